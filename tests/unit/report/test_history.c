#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "timestamp.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct str written(const struct history *history)
{
	struct buf out;
	buf_init(&out, HISTORY_MAX_BYTES);
	history_write(history, &out);
	assert_false(out.full);
	struct str text = arena_str(arena, buf_str(&out));
	buf_done(&out);
	return text;
}

static struct history sample(void)
{
	return (struct history){.device = "fgt port 22",
	                        .playbook = "health",
	                        .at_us = 1795486891883759,
	                        .alert = STATE_CRITICAL,
	                        .better = 1,
	                        .counters = {{"wan1_rx_errors", 12}, {"wan1_tx_errors", INT64_MAX}},
	                        .counter_count = 2,
	                        .counted_us = 1795486891883759,
	                        .refused_mark = "$y$j9T$x",
	                        .refused_user = "admin",
	                        .refused_us = 7};
}

static void what_is_written_comes_back(void **state)
{
	(void)state;
	struct history history = sample(), back;
	struct err err;
	assert_int_equal(history_parse(arena, written(&history), &back, &err), 0);
	assert_string_equal(back.device, history.device);
	assert_string_equal(back.playbook, history.playbook);
	assert_int_equal(back.at_us, history.at_us);
	assert_int_equal(back.alert, history.alert);
	assert_int_equal(back.better, history.better);
	assert_int_equal(back.counter_count, 2);
	assert_string_equal(back.counters[1].label, "wan1_tx_errors");
	assert_int_equal(back.counters[1].value, INT64_MAX);
	assert_string_equal(back.refused_mark, history.refused_mark);
	assert_string_equal(back.refused_user, "admin");
	assert_int_equal(back.refused_us, 7);
}

static void text_that_is_no_utf8_does_no_harm(void **state)
{
	(void)state;
	struct history history = {.device = "a\xff\x01\"b"}, back;
	struct err err;
	assert_int_equal(history_parse(arena, written(&history), &back, &err), 0);
}

/* A file with any byte changed, or cut anywhere, is refused or is a state with
 * values that can be. */
static void damaged_files(void **state)
{
	(void)state;
	struct history history = sample(), back;
	struct str whole = written(&history);
	struct err err;
	for (size_t at = 0; at < whole.n; at++) {
		for (size_t k = 0; k < 8; k++) {
			static const char other[] = {'\0', '"', '}', '9', '-', ',', '\xff', 'e'};
			char *text = arena_strndup(arena, whole.p, whole.n);
			text[at] = other[k];
			if (history_parse(arena, (struct str){text, whole.n}, &back, &err) < 0) {
				assert_true(err.kind == ERR_USAGE && err.text[0]);
				continue;
			}
			assert_true(back.device && back.alert <= STATE_CRITICAL && back.better <= HISTORY_MAX_RECOVER);
			assert_true(back.at_us >= 0 && back.counter_count <= HISTORY_MAX_COUNTERS);
			for (size_t c = 0; c < back.counter_count; c++)
				assert_true(back.counters[c].value >= 0);
		}
		if (at + 2 < whole.n) /* what follows the last brace is a newline */
			assert_int_equal(history_parse(arena, str_cut(whole, 0, at), &back, &err), -1);
	}
}

static enum state hold(struct history *history, enum state now, unsigned recover)
{
	struct probe probe = {.state = now};
	struct history next = {0};
	history_hold(arena, history, recover, &probe, &next);
	*history = next;
	assert_true((probe.state != now) == (probe.word_count > 0));
	return probe.state;
}

static void an_alert_ends_after_runs_in_a_row(void **state)
{
	(void)state;
	struct history history = {0};
	assert_int_equal(hold(&history, STATE_OK, 3), STATE_OK);
	assert_int_equal(hold(&history, STATE_WARNING, 3), STATE_WARNING);
	assert_int_equal(hold(&history, STATE_OK, 3), STATE_WARNING);
	assert_int_equal(hold(&history, STATE_OK, 3), STATE_WARNING);
	assert_int_equal(hold(&history, STATE_OK, 3), STATE_OK);
	assert_int_equal(hold(&history, STATE_CRITICAL, 3), STATE_CRITICAL);
	assert_int_equal(hold(&history, STATE_OK, 3), STATE_CRITICAL);
	assert_int_equal(hold(&history, STATE_CRITICAL, 3), STATE_CRITICAL);
	assert_int_equal(hold(&history, STATE_OK, 3), STATE_CRITICAL);
	assert_int_equal(hold(&history, STATE_WARNING, 3), STATE_CRITICAL);
	assert_int_equal(hold(&history, STATE_WARNING, 3), STATE_WARNING);
	assert_int_equal(hold(&history, STATE_OK, 1), STATE_OK);
}

static void unknown_shows_and_counts_for_nothing(void **state)
{
	(void)state;
	struct history history = {0};
	(void)hold(&history, STATE_CRITICAL, 2);
	assert_int_equal(hold(&history, STATE_OK, 2), STATE_CRITICAL);
	assert_int_equal(hold(&history, STATE_UNKNOWN, 2), STATE_UNKNOWN);
	assert_int_equal(hold(&history, STATE_OK, 2), STATE_OK);
	assert_int_equal(hold(&history, STATE_UNKNOWN, 2), STATE_UNKNOWN);
}

/* Whatever was remembered, what is shown is never better than what is. */
static void no_state_is_better_for_its_history(void **state)
{
	(void)state;
	for (enum state alert = STATE_OK; alert <= STATE_CRITICAL; alert++) {
		for (enum state now = STATE_OK; now <= STATE_UNKNOWN; now++) {
			for (unsigned better = 0; better <= HISTORY_MAX_RECOVER; better++) {
				struct history history = {.alert = alert, .better = better};
				enum state shown = hold(&history, now, 1 + better % 5);
				assert_int_equal(state_worst(shown, now), shown);
			}
		}
	}
}

static const struct probe_rate *rate_of(struct history *before, struct history *now)
{
	before->counters[0].label = now->counters[0].label = "wan1_rx_errors";
	before->counter_count = now->counter_count = 1;
	return history_rates(arena, before, now);
}

static void counters_become_rates(void **state)
{
	(void)state;
	struct history before = {.counters = {{NULL, 100}}, .counted_us = 1000 * US_PER_SECOND};
	struct history now = {.counters = {{NULL, 130}}, .counted_us = 1300 * US_PER_SECOND};
	const struct probe_rate *rate = rate_of(&before, &now);
	assert_true(rate->measured && rate->value == RANGE_UNIT / 10);
	before.counters[0].value = 131;
	assert_false(rate_of(&before, &now)->measured);
	before.counters[0].value = 130;
	rate = rate_of(&before, &now);
	assert_true(rate->measured && rate->value == 0);
	before.counted_us = now.counted_us + US_PER_SECOND;
	assert_false(rate_of(&before, &now)->measured);
	before.counted_us = 0;
	assert_false(rate_of(&before, &now)->measured);
	before.counted_us = now.counted_us - US_PER_SECOND;
	before.counters[0].value = 0;
	now.counters[0].value = INT64_MAX;
	assert_false(rate_of(&before, &now)->measured);
	before.counter_count = 0;
	assert_string_equal(history_rates(arena, &before, &now)[0].why, "no earlier run counted it");
}

static void add_interface(struct facts *facts, const char *member, const char *name, const char *errors)
{
	struct fact_row *row = facts_row(arena, facts, "interface", (struct source){0});
	facts_cell(arena, row, "member", str_of(member));
	facts_cell(arena, row, "name", str_of(name));
	facts_cell(arena, row, "rx_errors", str_of(errors));
}

static void counters_are_of_this_device_and_their_labels_plain(void **state)
{
	(void)state;
	struct facts facts;
	struct history history = {0};
	facts_init(&facts, "x");
	facts_set_text(&facts, FACT_ID_DEVICE_SERIAL, "FGT1", (struct source){0});
	add_interface(&facts, "FGT2", "wan1", "5");
	add_interface(&facts, "FGT1", "wan1", "7");
	add_interface(&facts, "FGT1", "wan1", "8");
	add_interface(&facts, "FGT1", "a|b=1 '\xff", "9");
	add_interface(&facts, "FGT1", "bad", "1e5");
	add_interface(&facts, "FGT1", "", "1");
	history_count(arena, &facts, &history);
	assert_int_equal(history.counter_count, 2);
	assert_string_equal(history.counters[0].label, "wan1_rx_errors");
	assert_int_equal(history.counters[0].value, 7);
	assert_string_equal(history.counters[1].label, "a_b_1____rx_errors");
	for (size_t i = 0; i < 200; i++)
		add_interface(&facts, "FGT1", arena_printf(arena, "p%zu", i), "1");
	history = (struct history){0};
	history_count(arena, &facts, &history);
	assert_int_equal(history.counter_count, HISTORY_MAX_COUNTERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_written_comes_back),
	        cmocka_unit_test(text_that_is_no_utf8_does_no_harm),
	        cmocka_unit_test(damaged_files),
	        cmocka_unit_test(an_alert_ends_after_runs_in_a_row),
	        cmocka_unit_test(unknown_shows_and_counts_for_nothing),
	        cmocka_unit_test(no_state_is_better_for_its_history),
	        cmocka_unit_test(counters_become_rates),
	        cmocka_unit_test(counters_are_of_this_device_and_their_labels_plain),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
