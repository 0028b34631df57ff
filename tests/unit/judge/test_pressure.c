#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

static const struct check *load_check(struct world *w)
{
	return &world_judge(w)->checks[CHECK_GATE_RESOURCES];
}

static void assert_check(const struct check *check, const char *state, const char *certainty, const char *rule)
{
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(certainty_word(check->certainty), certainty);
	assert_string_equal(check->rule, rule);
}

static void m1_extreme_is_critical(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 95, 1);
	assert_check(load_check(w), "critical", "certain", "M1");
	world_free(w);
}

static void m1_is_only_likely_by_default_thresholds(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 96, 1);
	w->facts.item[FACT_ID_CONSERVE_EXTREME].present = false;
	assert_check(load_check(w), "critical", "likely", "M1");
	world_free(w);
}

static void devices_own_thresholds_win(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 93, 1);
	assert_check(load_check(w), "warning", "certain", "M2");
	facts_set_int(&w->facts, FACT_ID_CONSERVE_EXTREME, 92, world_source("conserve", 5, "extreme"));
	assert_check(load_check(w), "critical", "certain", "M1");
	world_free(w);
}

static void m2_red_is_a_warning(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 89, 0);
	assert_check(load_check(w), "warning", "likely", "M2");
	world_free(w);
}

static void m3_between_green_and_red_needs_the_mode(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 85, 1);
	assert_check(load_check(w), "warning", "certain", "M3");
	world_memory(w, 85, 0);
	assert_check(load_check(w), "ok", "certain", "M4");
	w->facts.item[FACT_ID_CONSERVE_MODE].present = false;
	assert_check(load_check(w), "unknown", "none", "M3");
	world_free(w);
}

static void m4_watch_is_said_but_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 76, 0);
	assert_check(load_check(w), "ok", "certain", "M4");
	world_free(w);
}

static void m5_low_memory_is_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(load_check(w), "ok", "certain", "M5");
	world_free(w);
}

static void memory_not_measured_is_unknown_not_zero(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->facts.item[FACT_ID_MEMORY_USED].present = false;
	w->facts.item[FACT_ID_MEMORY_USED].absent = "line not printed";
	const struct check *check = load_check(w);
	assert_check(check, "unknown", "none", "M5");
	assert_non_null(strstr(check->summary, "line not printed"));
	world_free(w);
}

static void conserve_mode_speaks_without_a_share(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_memory(w, 40, 1);
	w->facts.item[FACT_ID_MEMORY_USED].present = false;
	w->facts.item[FACT_ID_MEMORY_USED].absent = "x";
	assert_check(load_check(w), "warning", "certain", "M3");
	world_free(w);
}

static void c1_core_filled_with_softirq_in_two_samples(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 2; i++) {
		w->cores[i][1].softirq = 85;
		w->cores[i][1].idle = 10;
	}
	assert_check(load_check(w), "critical", "likely", "C1");
	/* Without idle, softirq only has to be the largest share. */
	for (unsigned i = 0; i < 2; i++) {
		w->cores[i][1].softirq = 60;
		w->cores[i][1].user = 37;
		w->cores[i][1].idle = 3;
	}
	assert_check(load_check(w), "critical", "likely", "C1");
	w->cores[0][1] = w->cores[0][0];
	assert_check(load_check(w), "ok", "certain", "M5");
	assert_non_null(strstr(w->verdict.checks[CHECK_GATE_RESOURCES].summary, "worth watching"));
	world_free(w);
}

static void c1_needs_the_same_core_twice(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 2; i++) {
		w->cores[i][i].softirq = 85;
		w->cores[i][i].idle = 10;
	}
	assert_check(load_check(w), "ok", "certain", "M5");
	assert_non_null(strstr(w->verdict.checks[CHECK_GATE_RESOURCES].summary, "worth watching"));
	world_free(w);
}

static void c2_busy_twice_is_a_finding(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_cpu(w, 0, 85, 1);
	world_cpu(w, 1, 84, 1);
	assert_check(load_check(w), "warning", "certain", "C2");
	world_cpu(w, 0, 95, 1);
	world_cpu(w, 1, 94, 1);
	assert_check(load_check(w), "critical", "certain", "C2");
	world_free(w);
}

/* All cores are busy, and one of them is full of packets: the worse one is said. */
static void c1_is_worse_than_a_busy_average(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 2; i++) {
		world_cpu(w, i, 85, 1);
		w->cores[i][1].softirq = 90;
		w->cores[i][1].idle = 2;
	}
	assert_check(load_check(w), "critical", "likely", "C1");
	for (unsigned i = 0; i < 2; i++)
		w->performance[i].all.idle = 5;
	assert_check(load_check(w), "critical", "certain", "C2");
	world_free(w);
}

/* A core without idle is full of packets where their share is the largest of all. */
static void c1_needs_softirq_to_be_the_largest_share(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 2; i++) {
		w->cores[i][1] = (struct cpu_share){.softirq = 50, .idle = 2, .have_irq = true};
		w->cores[i][1].from = world_source(w->performance[i].step, 3, "CPU1 states");
	}
	assert_check(load_check(w), "critical", "likely", "C1");
	for (unsigned kind = 0; kind < 6; kind++) {
		for (unsigned i = 0; i < 2; i++) {
			struct cpu_share *core = &w->cores[i][1];
			core->user = kind == 0 ? 51 : 0;
			core->system = kind == 1 ? 51 : 0;
			core->nice = kind == 2 ? 51 : 0;
			core->iowait = kind == 3 ? 51 : 0;
			core->irq = kind == 4 ? 51 : 0;
			core->have_irq = kind != 5; /* an older device does not print it */
		}
		assert_check(load_check(w), "ok", "certain", "M5");
	}
	/* Beside the sniffer the second sample is the sniffer's own. */
	for (unsigned i = 0; i < 2; i++)
		w->cores[i][1].have_irq = true;
	w->cores[0][1].irq = w->cores[1][1].irq = 0;
	world_run(w, "performance.1")->end_us = 1;
	world_run(w, "performance.2")->start_us = 10;
	world_run(w, "performance.2")->end_us = 20;
	world_run(w, "sniffer")->start_us = 5;
	world_run(w, "sniffer")->end_us = 50;
	assert_int_not_equal(load_check(w)->state, STATE_CRITICAL);
	world_free(w);
}

static void c2_names_the_kind_of_work(void **state)
{
	(void)state;
	static const struct {
		double user, system, softirq;
		bool have_irq;
		const char *words, *advice;
	} rows[] = {
	        {90, 5, 0, true, "most of it user, work of processes", "diagnose sys top 1 20 2"},
	        {20, 75, 0, true, "most of it system, work of the kernel", "Ask Fortinet support"},
	        {20, 25, 50, true, "most of it softirq, the handling of packets", "get system performance status"},
	        {20, 60, 15, true, "most of it system, work of the kernel", "Ask Fortinet support"},
	        {60, 20, 15, true, "most of it user, work of processes", "diagnose sys top 1 20 2"},
	        {60, 35, 90, false, "most of it user, work of processes", "diagnose sys top 1 20 2"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_new();
		for (unsigned k = 0; k < 2; k++) {
			world_cpu(w, k, 95, 1);
			struct cpu_share *all = &w->performance[k].all;
			all->user = rows[i].user;
			all->system = rows[i].system;
			all->softirq = rows[i].softirq;
			all->have_irq = rows[i].have_irq;
		}
		const struct check *check = load_check(w);
		assert_check(check, "critical", "certain", "C2");
		assert_non_null(strstr(check->summary, rows[i].words));
		assert_non_null(strstr(check->advice[0], rows[i].advice));
		world_free(w);
	}
}

/* One look is too few for a busy core as well. */
static void c3_a_busy_core_in_the_only_sample_proves_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->cores[0][1].idle = 1;
	w->performance[1].have_all = false;
	assert_check(load_check(w), "unknown", "none", "C2");
	assert_non_null(strstr(load_check(w)->summary, "in the only sample"));
	world_free(w);
}

/* The listing of conserve mode tells the share too. */
static void m_the_share_may_come_from_the_conserve_listing(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->facts.item[FACT_ID_MEMORY_USED] = (struct fact){.absent = "not printed"};
	facts_set_int(&w->facts, FACT_ID_CONSERVE_USED, 96, world_source("conserve", 4, "memory used: 96%"));
	const struct check *check = load_check(w);
	assert_check(check, "critical", "likely", "M1");
	assert_string_equal(check->evidence[0].text, "memory used: 96%");
	w->facts.item[FACT_ID_CONSERVE_USED].value.integer = 50;
	assert_check(load_check(w), "ok", "certain", "M5");
	w->facts.item[FACT_ID_CONSERVE_USED] = (struct fact){.absent = "not printed"};
	w->facts.item[FACT_ID_CONSERVE_MODE] = (struct fact){.absent = "not printed"};
	assert_check(load_check(w), "unknown", "none", "M5");
	world_free(w);
}

static void c2_busy_once_is_not_a_finding(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_cpu(w, 0, 95, 1);
	for (unsigned c = 0; c < 2; c++)
		w->cores[0][c].idle = 50;
	const struct check *check = load_check(w);
	assert_check(check, "ok", "likely", "C2");
	assert_non_null(strstr(check->summary, "95.0 % busy in one of 2 samples"));
	w->facts.performance_count = 1;
	assert_check(load_check(w), "unknown", "none", "C2");
	world_free(w);
}

static void c4_process_in_the_traffic_path(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->processes[0] = (struct process){"ipsengine", 9, 'R', 97, 4, false, {"top", 3, "ipsengine 9 R 97.0"}};
	assert_check(load_check(w), "warning", "likely", "C4");
	w->processes[0].name = "node";
	assert_check(load_check(w), "ok", "certain", "M5");
	world_free(w);
}

static void own_session_and_the_first_frame_are_never_findings(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->processes[0] = (struct process){"wad", 9, 'R', 97, 4, true, {"top", 3, "wad"}};
	assert_check(load_check(w), "ok", "certain", "M5");
	w->processes[0].own = false;
	w->top.frames = 1;
	assert_check(load_check(w), "ok", "certain", "M5");
	world_free(w);
}

static void c6_sample_beside_the_sniffer_is_discarded(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_cpu(w, 0, 95, 1);
	world_cpu(w, 1, 95, 1);
	for (unsigned i = 0; i < 2; i++) {
		world_run(w, i ? "performance.2" : "performance.1")->start_us = 10;
		world_run(w, i ? "performance.2" : "performance.1")->end_us = 20;
	}
	world_run(w, "sniffer")->start_us = 5;
	world_run(w, "sniffer")->end_us = 50;
	assert_check(load_check(w), "unknown", "none", "C6");
	world_free(w);
}

static void core_that_was_not_read_is_no_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->performance[0].cores_damaged = 1;
	assert_int_equal(load_check(w)->state, STATE_UNKNOWN);
	w->performance[0].cores_damaged = 0;
	assert_int_equal(load_check(w)->state, STATE_OK);
	w->performance[1].core_count = 1;
	assert_int_equal(load_check(w)->state, STATE_UNKNOWN);
	world_memory(w, 90, 0);
	assert_int_equal(load_check(w)->state, STATE_WARNING);
	world_free(w);
}

static void process_that_was_not_read_is_no_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_int_equal(load_check(w)->state, STATE_OK);
	w->top.damaged = true;
	assert_int_equal(load_check(w)->state, STATE_UNKNOWN);
	world_free(w);
}

static void missing_step_keeps_a_finding_but_no_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_fail(w, "conserve", "refused");
	assert_int_equal(load_check(w)->state, STATE_UNKNOWN);
	world_memory(w, 90, 0);
	assert_int_equal(load_check(w)->state, STATE_WARNING);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(m1_extreme_is_critical),
	        cmocka_unit_test(m1_is_only_likely_by_default_thresholds),
	        cmocka_unit_test(devices_own_thresholds_win),
	        cmocka_unit_test(m2_red_is_a_warning),
	        cmocka_unit_test(m3_between_green_and_red_needs_the_mode),
	        cmocka_unit_test(m4_watch_is_said_but_ok),
	        cmocka_unit_test(m5_low_memory_is_ok),
	        cmocka_unit_test(memory_not_measured_is_unknown_not_zero),
	        cmocka_unit_test(conserve_mode_speaks_without_a_share),
	        cmocka_unit_test(c1_core_filled_with_softirq_in_two_samples),
	        cmocka_unit_test(c1_needs_the_same_core_twice),
	        cmocka_unit_test(c2_busy_twice_is_a_finding),
	        cmocka_unit_test(c1_is_worse_than_a_busy_average),
	        cmocka_unit_test(c1_needs_softirq_to_be_the_largest_share),
	        cmocka_unit_test(c2_names_the_kind_of_work),
	        cmocka_unit_test(c3_a_busy_core_in_the_only_sample_proves_nothing),
	        cmocka_unit_test(m_the_share_may_come_from_the_conserve_listing),
	        cmocka_unit_test(c2_busy_once_is_not_a_finding),
	        cmocka_unit_test(c4_process_in_the_traffic_path),
	        cmocka_unit_test(own_session_and_the_first_frame_are_never_findings),
	        cmocka_unit_test(c6_sample_beside_the_sniffer_is_discarded),
	        cmocka_unit_test(core_that_was_not_read_is_no_ok),
	        cmocka_unit_test(process_that_was_not_read_is_no_ok),
	        cmocka_unit_test(missing_step_keeps_a_finding_but_no_ok),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
