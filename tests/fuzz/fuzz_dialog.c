#include <string.h>

#include "dialog.h"
#include "fuzz.h"

enum { MOST_SENT = 100000 };

static const char command[] = "diagnose sys top 1 20 2";

/* What leaves is the started command with one newline, or a key. */
static size_t check_sent(struct dialog *dialog)
{
	struct str pending = dialog_pending(dialog);
	size_t n = pending.n;
	for (size_t i = 0; i < n;) {
		struct str rest = str_from(pending, i);
		if (str_starts(rest, command) && rest.n >= sizeof command && rest.p[sizeof command - 1] == '\n') {
			i += sizeof command;
			continue;
		}
		PROMISE(memchr(" aq\x03\n", rest.p[0], 5));
		i++;
	}
	dialog_sent(dialog, n);
	return n;
}

/* Bytes 0 and 1 choose the chunks and when a command starts and stops. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	int64_t now = 0;
	size_t chunk = data[0] % 32 + 1, turn = 0, sent = 0;
	struct dialog *dialog = dialog_new(&dialog_default_limits, now);
	for (size_t at = 2; at < size; at += chunk, turn++) {
		struct dialog_event event;
		now += (int64_t)data[1] * 1000;
		dialog_feed(dialog, str_cut(fuzz_str(data, size), at, chunk), now);
		dialog_tick(dialog, now);
		while (dialog_next(dialog, &event)) {
		}
		if (dialog_state(dialog) == DIALOG_IDLE)
			(void)dialog_command(dialog, command, now, NULL);
		if (turn % 64 == data[1] % 64)
			dialog_stop(dialog, now);
		if (dialog_state(dialog) == DIALOG_CLOSED)
			PROMISE(dialog_pending(dialog).n == 0);
		sent += check_sent(dialog);
	}
	PROMISE(sent <= MOST_SENT);
	dialog_end(dialog, now);
	PROMISE(dialog_pending(dialog).n == 0);
	dialog_free(dialog);
	struct buf clean;
	buf_init(&clean, 1 << 22);
	dialog_clean(str_from(fuzz_str(data, size), 2), command, "FGT # ", &clean);
	unsigned line;
	struct str text;
	(void)dialog_refusal(buf_str(&clean), &line, &text);
	buf_done(&clean);
	return 0;
}
