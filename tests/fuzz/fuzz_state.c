#include "fuzz.h"
#include "history.h"
#include "shown.h"

/* The state of a probe's last run, and ranges: any bytes are refused with words
 * or are values that can be, and what is written comes back. */

static void check_range(struct arena *arena, struct str text)
{
	struct range range, back;
	struct err err = {0};
	struct buf out;
	if (range_parse(text, &range, &err) < 0) {
		PROMISE(err.kind == ERR_USAGE && err.text[0]);
		return;
	}
	buf_init(&out, 100);
	range_print(&range, &out);
	PROMISE(range_parse(buf_str(&out), &back, &err) == 0 && range.low == back.low && range.high == back.high);
	PROMISE(range.no_low || range.no_high || range.low <= range.high);
	buf_done(&out);
	struct probe_limit *limits = NULL;
	size_t count = 0;
	(void)probe_limit_add(arena, &limits, &count, arena_strndup(arena, text.p, text.n), true, &err);
}

static void check_history(struct arena *arena, struct str text)
{
	struct history history, back;
	struct err err = {0};
	struct buf out;
	if (history_parse(arena, text, &history, &err) < 0) {
		PROMISE(err.kind == ERR_USAGE && err.text[0]);
		return;
	}
	PROMISE(history.device && history.alert <= STATE_CRITICAL && history.at_us >= 0 && history.refused_us >= 0);
	for (enum state now = STATE_OK; now <= STATE_UNKNOWN; now++) {
		struct probe probe = {.state = now};
		history_hold(arena, &history, 2, &probe, &back);
		PROMISE(state_worst(probe.state, now) == probe.state);
	}
	const struct probe_rate *rates = history_rates(arena, &history, &history);
	for (size_t i = 0; i < history.counter_count; i++)
		PROMISE(!rates[i].measured && rates[i].why);
	buf_init(&out, 10 * HISTORY_MAX_BYTES);
	history_write(&history, &out);
	shown_check(buf_str(&out), "\n\x7f"); /* a file of ASCII */
	PROMISE(history_parse(arena, buf_str(&out), &back, &err) == 0 && back.counter_count == history.counter_count);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = fuzz_str(data, size);
	check_range(arena, text);
	check_history(arena, text);
	arena_free(arena);
	return 0;
}
