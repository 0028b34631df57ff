#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include <math.h>

static const struct thresholds limits = {.loss_warning = 1, .loss_critical = 5};

static void assert_near(double value, double expected, double slack)
{
	if (fabs(value - expected) > slack)
		fail_msg("%f is not %f", value, expected);
}

static void wilson_gives_the_published_intervals(void **state)
{
	(void)state;
	/* lost, sent, 95 % bounds in percent */
	static const struct {
		uint32_t k, n;
		double low, high, slack;
	} rows[] = {
	        {0, 5, 0, 43.4, 0.1},           {0, 20, 0, 16.1, 0.1},        {0, 100, 0, 3.699, 0.005},
	        {0, 1000, 0, 0.383, 0.001},     {0, 10000, 0, 0.038, 0.001},  {1, 100, 0.18, 5.45, 0.01},
	        {5, 100, 2.15, 11.2, 0.05},     {10, 1000, 0.54, 1.83, 0.01}, {50, 1000, 3.81, 6.53, 0.01},
	        {100, 10000, 0.82, 1.22, 0.01},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct interval interval = loss_wilson(rows[i].k, rows[i].n, 1.96);
		assert_near(interval.low * 100, rows[i].low, rows[i].slack);
		assert_near(interval.high * 100, rows[i].high, rows[i].slack);
	}
}

static void wilson_stays_within_zero_and_one(void **state)
{
	(void)state;
	assert_near(loss_wilson(0, 1, 2.5758).low, 0, 0);
	assert_near(loss_wilson(9, 9, 2.5758).high, 1, 0);
	assert_near(loss_wilson(12, 9, 2.5758).high, 1, 0);
}

static void fisher_gives_the_published_values(void **state)
{
	(void)state;
	assert_near(loss_fisher(3, 100, 0, 100), 0.25, 0.005);
	assert_near(loss_fisher(6, 100, 0, 100), 0.029, 0.0005);
	assert_near(loss_fisher(0, 100, 0, 100), 1, 1e-9);
	assert_near(loss_fisher(6, 100, 0, 100), loss_fisher(0, 100, 6, 100), 1e-9);
}

/* Both sides lose so much that few tables are left. */
static void fisher_keeps_to_the_tables_that_there_are(void **state)
{
	(void)state;
	assert_near(loss_fisher(9, 10, 5, 10), 0.14087, 1e-4);
	assert_near(loss_fisher(10, 10, 10, 10), 1, 1e-9);
	assert_near(loss_fisher(10, 10, 0, 10), 2 / 184756.0, 1e-9);
}

/* Whoever wants no loss at all gets what was asked for. */
static void a_threshold_of_zero_is_passed_by_any_loss(void **state)
{
	(void)state;
	const struct thresholds none = {.loss_warning = 0, .loss_critical = 5};
	assert_int_equal(loss_judge(1, 20, &none), LOSS_WARNING);
	assert_int_equal(loss_judge(0, 20, &none), LOSS_UNDECIDED);
	assert_int_equal(loss_judge(0, 300, &none), LOSS_OK);
	assert_int_equal(loss_judge(0, 0, &none), LOSS_UNDECIDED);
}

static void only_a_fast_ping_that_loses_is_measured_again(void **state)
{
	(void)state;
	static const struct {
		uint32_t lost;
		bool adaptive, probe, again;
	} rows[] = {
	        {9, true, false, true},   {90, true, false, true}, {0, true, false, false},
	        {9, false, false, false}, {9, true, true, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ping_run run = {
		        .counted = 300, .lost = rows[i].lost, .adaptive = rows[i].adaptive, .probe = rows[i].probe};
		assert_int_equal(loss_only_fast(&run, &limits), rows[i].again);
	}
}

static void loss_is_judged_by_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(loss_judge(0, 0, &limits), LOSS_UNDECIDED);
	assert_int_equal(loss_judge(0, 20, &limits), LOSS_UNDECIDED);
	assert_int_equal(loss_judge(0, 100, &limits), LOSS_OK);
	assert_int_equal(loss_judge(1, 100, &limits), LOSS_UNDECIDED);
	assert_int_equal(loss_judge(10, 300, &limits), LOSS_WARNING);
	assert_int_equal(loss_judge(20, 100, &limits), LOSS_CRITICAL);
	assert_int_equal(loss_judge(100, 100, &limits), LOSS_CRITICAL);
}

static void few_packets_prove_nothing_by_chance(void **state)
{
	(void)state;
	/* The score interval alone would call one of four proven. */
	assert_true(loss_wilson(1, 4, 2.5758).low > 0.01);
	assert_int_equal(loss_judge(1, 4, &limits), LOSS_UNDECIDED);
	assert_int_equal(loss_judge(1, 8, &limits), LOSS_UNDECIDED);
	assert_int_equal(loss_judge(8, 10, &limits), LOSS_CRITICAL);
}

static void more_loss_is_never_judged_better(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {1, 4, 20, 73, 99, 100, 137, 300, 1000};
	static const int rank[] = {[LOSS_OK] = 0, [LOSS_UNDECIDED] = 1, [LOSS_WARNING] = 2, [LOSS_CRITICAL] = 3};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int before = 0;
		for (uint32_t k = 0; k <= sizes[i]; k++) {
			int now = rank[loss_judge(k, sizes[i], &limits)];
			assert_true(now >= before);
			before = now;
		}
	}
}

static void running_ping_is_looked_at_only_at_its_marks(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 99, 0, false);
	assert_false(loss_stop(&w->pings[1], &limits));
	world_ping(w, 1, 100, 0, false);
	assert_true(loss_stop(&w->pings[1], &limits));
	/* One loss among the first hundred is undecided, whatever follows up to 299. */
	world_ping(w, 1, 150, 1, false);
	w->pings[1].replies[49].seq = 0;
	assert_false(loss_stop(&w->pings[1], &limits));
	world_ping(w, 1, 300, 10, false);
	assert_true(loss_stop(&w->pings[1], &limits));
	world_free(w);
}

static void running_ping_counts_distinct_sequences(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 100, 0, false);
	for (size_t i = 0; i <= 100; i++)
		w->pings[1].replies[i].seq = i < 98 ? (uint32_t)i : 1;
	assert_false(loss_stop(&w->pings[1], &limits));
	w->pings[1].replies[99].seq = UINT32_MAX;
	assert_false(loss_stop(&w->pings[1], &limits));
	world_free(w);
}

/* ---- the check ---- */

static const struct check *loss_check(struct world *w)
{
	return &world_judge(w)->checks[CHECK_PACKET_LOSS];
}

static void assert_check(const struct check *check, const char *state, const char *rule)
{
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(check->rule, rule);
	assert_true(strlen(check->summary) > 0);
}

static void p1_states_the_bound(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 96, 0, false);
	assert_check(loss_check(w), "ok", "P1");
	assert_non_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "below 3.7 %"));
	world_free(w);
}

static void p2_loss_only_by_fast_pings_is_at_most_a_warning(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 300, 90, true);
	assert_check(loss_check(w), "warning", "P2");
	assert_int_equal(w->verdict.checks[CHECK_PACKET_LOSS].certainty, CERTAINTY_LIKELY);
	world_ping(w, 1, 300, 90, false);
	assert_check(loss_check(w), "critical", "P2");
	world_free(w);
}

static void p2_fast_loss_that_vanishes_at_one_a_second_is_a_rate_limit(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 0, 200, 0, false);
	world_ping(w, 1, 300, 90, true);
	assert_check(loss_check(w), "ok", "P1");
	world_free(w);
}

static void p2_fast_loss_and_too_few_slow_pings_stay_a_warning(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 0, 40, 0, false);
	world_ping(w, 1, 300, 12, true);
	assert_check(loss_check(w), "warning", "P2");
	world_ping(w, 0, 200, 3, false);
	assert_check(loss_check(w), "warning", "P2");
	world_free(w);
}

/* A step that runs only after loss of fast pings. */
static void plan_again(struct world *w, enum step_state state, struct playbook_step *from, struct plan_step *planned)
{
	*from = (struct playbook_step){.id = "ping-again", .when = WHEN_FAST_LOSS};
	*planned = (struct plan_step){.id = "ping-again", .on = "gate", .read = "ping", .from = from};
	w->plan.steps = planned;
	w->plan.step_count = 1;
	world_step(w, "ping-again", "ping");
	world_run(w, "ping-again")->end.state = state;
	world_run(w, "ping-again")->end.reason = "because";
}

static void a_second_measurement_that_nobody_needed_is_no_gap(void **state)
{
	(void)state;
	struct playbook_step from;
	struct plan_step planned;
	struct world *w = world_new();
	plan_again(w, STEP_SKIPPED, &from, &planned);
	assert_check(loss_check(w), "ok", "P1");
	world_run(w, "ping-again")->end.state = STEP_FAILED;
	assert_check(loss_check(w), "unknown", "P10");
	world_ping(w, 1, 300, 90, true);
	world_run(w, "ping-again")->end.state = STEP_SKIPPED;
	assert_check(loss_check(w), "warning", "P2");
	world_free(w);
}

/* Five pings of 1472 bytes that may not be split. */
static struct ping_run *probe(struct world *w, uint32_t answered)
{
	static struct ping_reply replies[5];
	struct ping_run *run = &w->pings[2];
	*run = (struct ping_run){.step = "ping-df", .probe = true, .data_size = 1472, .requested = 5, .started = true};
	run->have_statistics = true;
	run->transmitted = 5;
	run->received = answered;
	run->replies = replies;
	run->reply_count = answered;
	for (uint32_t i = 0; i < answered; i++)
		replies[i] = (struct ping_reply){i, 8000, i + 2};
	run->counted = 4;
	run->lost = 5 - answered < 4 ? 5 - answered : 4;
	run->statistics_from = world_source("ping-df", 4, "5 packets transmitted");
	w->facts.ping_count = 3;
	return run;
}

static void i4_large_packets_that_vanish_are_a_finding(void **state)
{
	(void)state;
	struct world *w = world_new();
	(void)probe(w, 0);
	const struct check *check = loss_check(w);
	assert_check(check, "warning", "I4");
	assert_non_null(strstr(check->summary, "packets of 1500 bytes that may not be split"));
	assert_int_equal(w->verdict.cause, CAUSE_PACKET_LOSS);
	assert_string_equal(check->evidence[check->evidence_count - 1].step, "ping-df");
	world_free(w);
}

static void i4_needs_small_packets_that_pass(void **state)
{
	(void)state;
	struct world *w = world_new();
	(void)probe(w, 2);
	assert_check(loss_check(w), "ok", "P1");
	assert_non_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "1500 bytes that may not be split pass"));
	probe(w, 0)->error = "sendto failed";
	assert_check(loss_check(w), "ok", "P1");
	assert_non_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "says nothing: \"sendto failed\""));
	probe(w, 0)->have_statistics = false;
	assert_check(loss_check(w), "ok", "P1");
	assert_non_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "cannot be told"));
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 300, 300, false);
	(void)probe(w, 0);
	assert_check(loss_check(w), "unknown", "P6");
	world_ping(w, 0, 4, 0, false);
	world_ping(w, 1, 300, 90, false);
	(void)probe(w, 0);
	assert_check(loss_check(w), "critical", "P2");
	world_free(w);
}

static void an_extended_ping_is_not_ended_early(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 100, 50, false);
	assert_true(loss_stop(&w->pings[1], &w->plan.playbook.thresholds));
	w->pings[1].requested = 1001;
	assert_false(loss_stop(&w->pings[1], &w->plan.playbook.thresholds));
	world_free(w);
}

static void late_replies_are_told(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->pings[1].late = 7;
	assert_check(loss_check(w), "ok", "P1");
	assert_non_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "7 replies came late"));
	world_free(w);
}

static void p3_says_how_many_more(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 16, 0, false);
	const struct check *check = loss_check(w);
	assert_check(check, "unknown", "P3");
	/* 73 without a loss bring the upper bound under 5 %. */
	assert_non_null(strstr(check->summary, "53 more"));
	world_free(w);
}

static void p4_send_failures_are_not_loss(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 9, 9, false);
	w->pings[1].send_errors = 4;
	w->pings[1].error = "sendto failed";
	w->pings[1].error_from = world_source("ping", 2, "sendto failed");
	assert_check(loss_check(w), "critical", "P4");
	assert_string_equal(where_word(w->verdict.where), "gate");
	w->pings[1].send_errors = 0;
	assert_check(loss_check(w), "unknown", "P4");
	world_free(w);
}

static void p6_silence_alone_cannot_tell(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 30, 30, false);
	assert_check(loss_check(w), "unknown", "P6");
	/* A ping ended before its totals, without one reply. */
	w->pings[0].counted = w->pings[0].lost = w->pings[1].counted = w->pings[1].lost = 0;
	assert_check(loss_check(w), "unknown", "P6");
	world_free(w);
}

static void p7_duplicates_without_their_lines_leave_it_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->pings[1].received = 320;
	w->pings[1].duplicates = 19;
	w->pings[1].reply_count = 0;
	assert_check(loss_check(w), "unknown", "P7");
	world_free(w);
}

static void p7_duplicates_are_left_out_of_the_count(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->pings[1].duplicates = 2;
	assert_check(loss_check(w), "ok", "P7");
	world_free(w);
}

static void p8_burst_is_an_outage(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 300, 5, false);
	w->pings[1].longest_run = 5;
	w->pings[1].longest_run_start = 40;
	const struct check *check = loss_check(w);
	assert_check(check, "warning", "P8");
	assert_non_null(strstr(check->summary, "from number 40"));
	world_free(w);
}

static void p8_long_burst_is_named_before_its_share(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 80, 12, false);
	w->pings[1].longest_run = 12;
	w->pings[1].longest_run_start = 40;
	const struct check *check = loss_check(w);
	assert_check(check, "critical", "P8");
	assert_int_equal(check->certainty, CERTAINTY_LIKELY);
	assert_true(str_starts(str_of(check->summary), "12 pings in a row"));
	assert_non_null(strstr(check->summary, "12 of 84 lost"));
	world_free(w);
}

static void p8_does_not_hide_loss_beside_the_burst(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 80, 40, false);
	w->pings[1].longest_run = 6;
	w->pings[1].longest_run_start = 40;
	const struct check *check = loss_check(w);
	assert_check(check, "critical", "P2");
	assert_non_null(strstr(check->summary, "6 of them in a row from number 40"));
	world_free(w);
}

static void p10_truncated_run_keeps_its_real_count(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->pings[1].requested = 1000;
	w->pings[1].counted = 90; /* before the first look: its time was up */
	w->pings[1].truncated = true;
	const struct check *check = loss_check(w);
	assert_check(check, "ok", "P1");
	assert_non_null(strstr(check->summary, "had been asked for"));
	world_free(w);
}

static void a_ping_ended_because_it_was_decided_needs_no_excuse(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->pings[1].requested = 1000;
	w->pings[1].truncated = true;
	const struct check *check = loss_check(w);
	assert_check(check, "ok", "P1");
	assert_null(strstr(check->summary, "had been asked for"));
	world_free(w);
}

static void failed_ping_step_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_fail(w, "ping", "cut");
	assert_check(loss_check(w), "unknown", "P10");
	w->facts.ping_count = 0;
	assert_check(loss_check(w), "unknown", "P10");
	world_free(w);
}

static void proven_loss_survives_a_failed_step(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 300, 60, false);
	world_fail(w, "ping", "cut");
	assert_check(loss_check(w), "critical", "P2");
	world_free(w);
}

static void ping_that_did_not_start_quotes_the_device(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (size_t i = 0; i < 2; i++) {
		w->pings[i].started = false;
		w->pings[i].error = "Unable to resolve";
	}
	assert_check(loss_check(w), "unknown", "P10");
	assert_non_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "Unable to resolve"));
	world_free(w);
}

/* ---- the host's own ping ---- */

static const struct check *compare_host(struct world *w, uint32_t lost)
{
	world_step(w, "ping-host", "ping");
	w->planned[w->steps.count - 1].on = "host";
	world_ping(w, 2, 100, lost, false);
	w->pings[2].step = "ping-host";
	w->pings[2].statistics_from.step = "ping-host";
	return &world_judge(w)->checks[CHECK_LAN_SEGMENT];
}

static void p9_host_that_loses_more_accuses_the_lan(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(compare_host(w, 20), "critical", "P9");
	assert_string_equal(cause_word(w->verdict.cause), "lan-segment");
	assert_string_equal(where_word(w->verdict.where), "client-side");
	world_free(w);
}

static void p9_host_that_loses_nothing_clears_the_lan(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(compare_host(w, 0), "ok", "P9");
	world_free(w);
}

static struct world *gate_that_loses(uint32_t lost)
{
	struct world *w = world_new();
	w->facts.ping_count = 0;
	world_ping(w, 0, 5, 0, false);
	world_ping(w, 1, 100, lost, false);
	return w;
}

static void p9_only_the_fortigates_own_pings_are_lost(void **state)
{
	(void)state;
	struct world *w = gate_that_loses(40);
	assert_check(compare_host(w, 0), "ok", "P9");
	world_free(w);
}

/* That the FortiGate loses more says nothing about what the host loses. */
static void p9_a_host_that_loses_too_is_no_ok(void **state)
{
	(void)state;
	static const uint32_t lost[] = {20, 3};
	for (size_t i = 0; i < 2; i++) {
		struct world *w = gate_that_loses(60);
		const struct check *check = compare_host(w, lost[i]);
		assert_check(check, "unknown", "P9");
		assert_int_equal(check->certainty, CERTAINTY_NONE);
		world_free(w);
	}
}

static void p9_small_differences_stay_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(compare_host(w, 3), "unknown", "P9");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wilson_gives_the_published_intervals),
	        cmocka_unit_test(wilson_stays_within_zero_and_one),
	        cmocka_unit_test(fisher_gives_the_published_values),
	        cmocka_unit_test(fisher_keeps_to_the_tables_that_there_are),
	        cmocka_unit_test(a_threshold_of_zero_is_passed_by_any_loss),
	        cmocka_unit_test(only_a_fast_ping_that_loses_is_measured_again),
	        cmocka_unit_test(loss_is_judged_by_its_bounds),
	        cmocka_unit_test(few_packets_prove_nothing_by_chance),
	        cmocka_unit_test(more_loss_is_never_judged_better),
	        cmocka_unit_test(running_ping_is_looked_at_only_at_its_marks),
	        cmocka_unit_test(running_ping_counts_distinct_sequences),
	        cmocka_unit_test(p1_states_the_bound),
	        cmocka_unit_test(p2_loss_only_by_fast_pings_is_at_most_a_warning),
	        cmocka_unit_test(p2_fast_loss_that_vanishes_at_one_a_second_is_a_rate_limit),
	        cmocka_unit_test(p2_fast_loss_and_too_few_slow_pings_stay_a_warning),
	        cmocka_unit_test(a_second_measurement_that_nobody_needed_is_no_gap),
	        cmocka_unit_test(i4_large_packets_that_vanish_are_a_finding),
	        cmocka_unit_test(i4_needs_small_packets_that_pass),
	        cmocka_unit_test(an_extended_ping_is_not_ended_early),
	        cmocka_unit_test(late_replies_are_told),
	        cmocka_unit_test(p3_says_how_many_more),
	        cmocka_unit_test(p4_send_failures_are_not_loss),
	        cmocka_unit_test(p6_silence_alone_cannot_tell),
	        cmocka_unit_test(p7_duplicates_without_their_lines_leave_it_open),
	        cmocka_unit_test(p7_duplicates_are_left_out_of_the_count),
	        cmocka_unit_test(p8_burst_is_an_outage),
	        cmocka_unit_test(p8_long_burst_is_named_before_its_share),
	        cmocka_unit_test(p8_does_not_hide_loss_beside_the_burst),
	        cmocka_unit_test(p10_truncated_run_keeps_its_real_count),
	        cmocka_unit_test(a_ping_ended_because_it_was_decided_needs_no_excuse),
	        cmocka_unit_test(failed_ping_step_is_unknown),
	        cmocka_unit_test(proven_loss_survives_a_failed_step),
	        cmocka_unit_test(ping_that_did_not_start_quotes_the_device),
	        cmocka_unit_test(p9_host_that_loses_more_accuses_the_lan),
	        cmocka_unit_test(p9_host_that_loses_nothing_clears_the_lan),
	        cmocka_unit_test(p9_only_the_fortigates_own_pings_are_lost),
	        cmocka_unit_test(p9_a_host_that_loses_too_is_no_ok),
	        cmocka_unit_test(p9_small_differences_stay_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
