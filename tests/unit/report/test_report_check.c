#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "probe.h"
#include "report/sample.h"

static void expect_line(const struct sample *s, const char *expected)
{
	struct buf out;
	sample_write(s, "check", 80, &out);
	assert_string_equal(out.p, expected);
	buf_done(&out);
}

static struct buf written(const struct sample *s, struct probe *probe)
{
	struct buf out;
	struct report_style style = {.columns = 80, .probe = probe};
	probe_judge(s->arena, &s->report, probe);
	buf_init(&out, REPORT_MAX_BYTES);
	report_check(&s->report, &style, &out);
	return out;
}

static struct probe_limit *ranges(struct arena *arena, size_t *count, const char *const *warnings,
                                  const char *const *criticals)
{
	struct probe_limit *limits = NULL;
	struct err err;
	*count = 0;
	for (; *warnings; warnings++)
		assert_int_equal(probe_limit_add(arena, &limits, count, *warnings, false, &err), 0);
	for (; *criticals; criticals++)
		assert_int_equal(probe_limit_add(arena, &limits, count, *criticals, true, &err), 0);
	return limits;
}

static void ranges_make_the_state_worse_and_never_better(void **state)
{
	static const char *const none[] = {NULL};
	static const struct {
		enum state verdict;
		const char *warnings[3], *criticals[3];
		enum state expected;
		const char *words;
	} rows[] = {
	        {STATE_OK, {"cpu=30"}, {NULL}, STATE_WARNING, "cpu is 33.333%, outside 30."},
	        {STATE_OK, {"cpu=30"}, {"cpu=33"}, STATE_CRITICAL, "cpu is 33.333%, outside 33."},
	        {STATE_OK, {"cpu=30"}, {"cpu=33.333"}, STATE_WARNING, "cpu is 33.333%, outside 30."},
	        {STATE_OK, {"cpu=40"}, {"rta=10:"}, STATE_OK, "Requests leave"},
	        {STATE_OK, {"mem=40"}, {NULL}, STATE_UNKNOWN, "mem was not measured, so its range says nothing."},
	        {STATE_OK, {"mem=40", "cpu=1"}, {"rta=1"}, STATE_CRITICAL, "rta is 10.2ms, outside 1. cpu is 33.333%"},
	        {STATE_CRITICAL, {"cpu=100"}, {NULL}, STATE_CRITICAL, "Requests leave"},
	        {STATE_UNKNOWN, {"cpu=100"}, {NULL}, STATE_UNKNOWN, "Requests leave"},
	        {STATE_UNKNOWN, {"cpu=1"}, {NULL}, STATE_WARNING, "cpu is"},
	        {STATE_WARNING, {"mem=1"}, {NULL}, STATE_WARNING, "mem was not measured"},
	};
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct probe probe = {0};
		s.verdict.status = rows[i].verdict;
		probe.limits = ranges(s.arena, &probe.limit_count, rows[i].warnings,
		                      rows[i].criticals[0] ? rows[i].criticals : none);
		struct buf out = written(&s, &probe);
		assert_int_equal(probe.state, rows[i].expected);
		assert_int_equal(state_worst(probe.state, rows[i].verdict), probe.state);
		assert_non_null(strstr(out.p, rows[i].words));
		buf_done(&out);
	}
	sample_done(&s);
}

static void perfdata_shows_the_ranges_that_count(void **state)
{
	static const char *const warnings[] = {"cpu=@10:20", "sessions=~:5000", NULL};
	static const char *const criticals[] = {"rta=0.5:", NULL};
	struct sample s;
	struct probe probe = {0};
	(void)state;
	sample_init(&s, NULL);
	probe.limits = ranges(s.arena, &probe.limit_count, warnings, criticals);
	struct buf out = written(&s, &probe);
	assert_non_null(strstr(out.p, " cpu=33.333%;@10:20;90;0;100 "));
	assert_non_null(strstr(out.p, " sessions=4200;~:5000;;0 "));
	assert_non_null(strstr(out.p, " rta=10.2ms;;0.5:;0 "));
	assert_non_null(strstr(out.p, " loss=0.1%;1;5;0;100 "));
	buf_done(&out);
	sample_done(&s);
}

static void more_lines_hold_no_bar_and_none_is_empty(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_HOSTILE; i++) {
		for (unsigned verbosity = 0; verbosity < 4; verbosity++) {
			struct sample s;
			sample_init(&s, sample_hostile[i]);
			struct probe probe = {.verbosity = verbosity};
			struct buf out = written(&s, &probe);
			const char *end = strchr(out.p, '\n');
			assert_non_null(end);
			assert_true(verbosity > 1 || end[1] == '\0');
			assert_null(strchr(end, '|'));
			assert_null(strstr(end, "\n\n"));
			for (const char *p = out.p; *p; p++)
				assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
			buf_done(&out);
			sample_done(&s);
		}
	}
}

static void unknown_names_are_told_the_known_ones(void **state)
{
	static const char *const wrong[] = {"",       "=",   "cpu",          "=5",          "cpu=",    "CPU=5",
	                                    "mem =5", "x=5", "_rx_errors=5", "cpu=5,mem=5", "loss=5%", "wan1_errors=1"};
	struct arena *arena = arena_new();
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct probe_limit *limits = NULL;
		size_t count = 0;
		struct err err = {0};
		assert_int_equal(probe_limit_add(arena, &limits, &count, wrong[i], i % 2, &err), -1);
		assert_true(err.kind == ERR_USAGE && strstr(err.text, i % 2 ? "--critical" : "--warning"));
		assert_int_equal(count, 0);
	}
	arena_free(arena);
}

static bool says(const struct sample *s, const char *words)
{
	struct buf out;
	sample_write(s, "check", 80, &out);
	bool found = strstr(out.p, words) != NULL;
	buf_done(&out);
	return found;
}

static void one_line_with_status_words_and_data(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	expect_line(&s, "FGDIAG CRITICAL - Requests leave the FortiGate and nothing comes back. | loss=0.1%;1;5;0;100 "
	                "rta=10.2ms;;;0 cpu=33.333%;80;90;0;100 cpu_core_max=U mem=U sessions=4200;;;0 "
	                "time=83.25s;;;0\n");
	sample_done(&s);
}

static void what_was_not_measured_is_undetermined(void **state)
{
	struct sample s = {0};
	(void)state;
	expect_line(&s, "FGDIAG UNKNOWN - no verdict | loss=U rta=U cpu=U cpu_core_max=U mem=U sessions=U time=U\n");
}

static void without_a_verdict_the_error_is_told(void **state)
{
	struct err error = {0};
	struct sample s = {.report = {.error = &error}};
	(void)state;
	(void)err_set(&error, ERR_CONNECT, "192.0.2.1 port 22: connection refused");
	assert_true(says(&s, "FGDIAG UNKNOWN - connect: 192.0.2.1 port 22: connection refused | loss=U "));
}

static void trouble_beside_a_verdict_is_told_too(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.report.error = &s.error;
	assert_true(says(&s, "nothing comes back. Trouble: timeout: the device did not answer in time | "));
	sample_done(&s);
}

static void numbers_have_no_exponent_and_no_needless_zeros(void **state)
{
	static const struct {
		double value;
		const char *expected;
	} cases[] = {
	        {0, "loss=0%;"},          {100, "loss=100%;"},   {0.0004, "loss=0%;"},
	        {0.0005, "loss=0.001%;"}, {12.5, "loss=12.5%;"}, {1e-20, "loss=0%;"},
	        {99.9999, "loss=100%;"},  {0.05, "loss=0.05%;"}, {1e9, "loss=1000000000%;"},
	        {-2.25, "loss=-2.25%;"},  {1e300, "loss=U "},    {NAN, "loss=U "},
	        {INFINITY, "loss=U "},
	};
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		s.facts.item[FACT_ID_PING_LOSS].value.real = cases[i].value;
		assert_true(says(&s, cases[i].expected));
	}
	sample_done(&s);
}

static void a_void_ping_gives_no_loss_figure(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.facts.item[FACT_ID_PING_LOSS].value.real = 100;
	s.checks[CHECK_PACKET_LOSS].state = STATE_SKIPPED;
	assert_true(says(&s, "loss=U "));
	s.checks[CHECK_PACKET_LOSS].state = STATE_CRITICAL;
	assert_true(says(&s, "loss=100%;"));
	sample_done(&s);
}

static void a_locale_with_decimal_commas_changes_nothing(void **state)
{
	struct sample s;
	(void)state;
	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
		print_message("no locale with decimal commas is installed; tested in C only\n");
	sample_init(&s, NULL);
	assert_true(says(&s, " loss=0.1%;1;5;0;100 rta=10.2ms;;;0 cpu=33.333%;80;90;0;100 "));
	sample_done(&s);
	(void)setlocale(LC_ALL, "C");
}

static void thresholds_are_those_of_the_playbook_or_the_device(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	facts_set_real(&s.facts, FACT_ID_MEMORY_USED, 61, (struct source){0});
	facts_set_real(&s.facts, FACT_ID_CPU_CORE_BUSY_MAX, 97, (struct source){0});
	assert_true(says(&s, " cpu_core_max=97%;;90;0;100 mem=61%;88;95;0;100 "));
	facts_set_int(&s.facts, FACT_ID_CONSERVE_RED, 80, (struct source){0});
	facts_set_int(&s.facts, FACT_ID_CONSERVE_EXTREME, 90, (struct source){0});
	assert_true(says(&s, " mem=61%;80;90;0;100 "));
	s.report.plan = NULL;
	assert_true(says(&s, " loss=0.1%;;;0;100 "));
	sample_done(&s);
}

static void round_trips_are_those_of_the_gate_without_the_first(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.ping.on_host = true;
	assert_true(says(&s, " rta=U "));
	s.ping.on_host = false;
	s.ping.reply_count = 1;
	assert_true(says(&s, " rta=U "));
	s.ping.reply_count = 2;
	assert_true(says(&s, " rta=10.1ms;;;0 "));
	sample_done(&s);
}

static void absurd_round_trips_do_not_overflow(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.replies[1].rtt_us = INT64_MAX;
	s.replies[2].rtt_us = -5;
	assert_true(says(&s, " rta=U "));
	sample_done(&s);
}

static size_t head_length(const struct sample *s)
{
	struct buf out;
	sample_write(s, "check", 80, &out);
	const char *bar = strstr(out.p, " | ");
	assert_non_null(bar);
	size_t n = (size_t)(bar - out.p);
	buf_done(&out);
	return n;
}

static void a_long_summary_is_cut_between_words(void **state)
{
	static char words[2000], block[2000];
	static char huge[200000];
	struct sample s;
	(void)state;
	for (size_t i = 0; i + 1 < sizeof words; i++)
		words[i] = i % 7 == 6 ? ' ' : 'w';
	memset(block, 'b', sizeof block - 1);
	memset(huge, 'h', sizeof huge - 1);
	sample_init(&s, NULL);
	s.verdict.summary = words;
	assert_true(says(&s, " wwwwww... | loss="));
	assert_in_range(head_length(&s), 150, 200);
	s.verdict.summary = block;
	assert_true(says(&s, "bbb... | loss="));
	assert_int_equal(head_length(&s), 200);
	s.verdict.summary = huge;
	assert_true(says(&s, "hhh... | loss="));
	s.verdict.summary = NULL;
	assert_true(says(&s, "FGDIAG CRITICAL -  | loss="));
	sample_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ranges_make_the_state_worse_and_never_better),
	        cmocka_unit_test(perfdata_shows_the_ranges_that_count),
	        cmocka_unit_test(more_lines_hold_no_bar_and_none_is_empty),
	        cmocka_unit_test(unknown_names_are_told_the_known_ones),
	        cmocka_unit_test(one_line_with_status_words_and_data),
	        cmocka_unit_test(what_was_not_measured_is_undetermined),
	        cmocka_unit_test(without_a_verdict_the_error_is_told),
	        cmocka_unit_test(trouble_beside_a_verdict_is_told_too),
	        cmocka_unit_test(numbers_have_no_exponent_and_no_needless_zeros),
	        cmocka_unit_test(a_void_ping_gives_no_loss_figure),
	        cmocka_unit_test(a_locale_with_decimal_commas_changes_nothing),
	        cmocka_unit_test(thresholds_are_those_of_the_playbook_or_the_device),
	        cmocka_unit_test(round_trips_are_those_of_the_gate_without_the_first),
	        cmocka_unit_test(absurd_round_trips_do_not_overflow),
	        cmocka_unit_test(a_long_summary_is_cut_between_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
