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

/* Feeds all bytes at one moment, in pieces of `chunk`; false when the dialogue
 * said or sent something before the last piece. */
static bool feed_at_once(struct dialog *dialog, struct str bytes, size_t chunk)
{
	struct dialog_event event;
	for (size_t at = 0; at < bytes.n; at += chunk) {
		dialog_feed(dialog, str_cut(bytes, at, chunk), 0);
		if (at + chunk < bytes.n && (dialog_pending(dialog).n || dialog_next(dialog, &event)))
			return false;
	}
	return true;
}

/* Where nothing was said or sent between the pieces, pieces change nothing:
 * neither at login nor for a command's output. */
static void check_pieces(struct str bytes, size_t chunk, bool login)
{
	struct dialog *dialogs[2];
	struct dialog_event events[2];
	bool quiet[2], more[2];
	for (size_t i = 0; i < 2; i++) {
		dialogs[i] = dialog_new(&dialog_default_limits, -1000000);
		if (!login) {
			dialog_feed(dialogs[i], STR("FGT # "), -900000);
			dialog_tick(dialogs[i], 0);
			(void)dialog_next(dialogs[i], &events[i]);
			(void)dialog_command(dialogs[i], command, 0, NULL);
			dialog_sent(dialogs[i], dialog_pending(dialogs[i]).n);
		}
		quiet[i] = feed_at_once(dialogs[i], bytes, i ? chunk : bytes.n);
	}
	if (quiet[0] && quiet[1]) {
		struct str a = dialog_pending(dialogs[0]), b = dialog_pending(dialogs[1]);
		PROMISE(a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0));
		PROMISE(dialog_state(dialogs[0]) == dialog_state(dialogs[1]));
		PROMISE(dialog_deadline(dialogs[0]) == dialog_deadline(dialogs[1]));
		PROMISE(dialog_output(dialogs[0]).n == dialog_output(dialogs[1]).n);
		for (size_t i = 0; i < 2; i++)
			more[i] = dialog_next(dialogs[i], &events[i]);
		PROMISE(more[0] == more[1] && (!more[0] || events[0].kind == events[1].kind));
	}
	dialog_free(dialogs[0]);
	dialog_free(dialogs[1]);
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
	check_pieces(str_from(fuzz_str(data, size), 2), chunk, data[1] & 1);
	struct buf clean;
	buf_init(&clean, 1 << 22);
	dialog_clean(str_from(fuzz_str(data, size), 2), command, "FGT # ", &clean);
	unsigned line;
	struct str text;
	(void)dialog_refusal(buf_str(&clean), &line, &text);
	buf_done(&clean);
	return 0;
}
