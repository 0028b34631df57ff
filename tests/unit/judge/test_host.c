#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* CPU, memory and interfaces of the client's machine. */

static struct host_sample samples[2];

static struct source line(unsigned number, const char *text)
{
	return world_source("host.2", number, text);
}

static struct world *world_of_host(void)
{
	struct world *w = world_new();
	world_healthy_traffic(w);
	static const char *const ids[] = {"host.1", "host.2"};
	for (size_t i = 0; i < 2; i++) {
		world_step(w, ids[i], "host");
		w->planned[w->steps.count - 1].on = "host";
		samples[i] = (struct host_sample){.step = ids[i], .have_cpu = true};
	}
	w->facts.hosts = samples;
	w->facts.host_count = 2;
	facts_set_real(&w->facts, FACT_ID_HOST_CPU_BUSY, 12, line(1, "cpu busy"));
	facts_set_real(&w->facts, FACT_ID_HOST_MEMORY_USED, 34, line(2, "MemAvailable"));
	return w;
}

static const struct check *host(struct world *w)
{
	return &world_judge(w)->checks[CHECK_HOST_RESOURCES];
}

static void assert_host(struct world *w, const char *state, const char *rule, const char *words)
{
	const struct check *check = host(w);
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(check->rule, rule);
	if (!strstr(check->summary, words))
		fail_msg("'%s' is not in '%s'", words, check->summary);
	bool said = check->state == STATE_OK || check->state == STATE_WARNING || check->state == STATE_CRITICAL;
	assert_int_equal(check->certainty, said ? CERTAINTY_LIKELY : CERTAINTY_NONE);
	assert_int_equal(check->evidence_count > 0, said);
}

static void a_machine_at_ease_is_ok_and_says_so_in_figures(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	assert_host(w, "ok", "C2", "On the client's machine CPU is 12.0 % busy and memory 34.0 % used.");
	assert_int_equal(w->verdict.status, STATE_OK);
	world_free(w);
}

static void the_machine_has_the_name_it_was_given(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	w->plan.host = "local";
	assert_host(w, "ok", "C2", "On this machine CPU");
	w->plan.host = "anna@10.0.0.5";
	assert_host(w, "ok", "C2", "On the machine anna@10.0.0.5 CPU");
	world_free(w);
}

static void every_figure_has_its_thresholds(void **state)
{
	(void)state;
	static const struct {
		enum fact_id id;
		double value;
		const char *state, *rule, *words;
	} rows[] = {
	        {FACT_ID_HOST_CPU_BUSY, 79, "ok", "C2", "79.0 % busy"},
	        {FACT_ID_HOST_CPU_BUSY, 80, "warning", "C2", "CPU is 80.0 % busy."},
	        {FACT_ID_HOST_CPU_BUSY, 90, "critical", "C2", "CPU is 90.0 % busy."},
	        {FACT_ID_HOST_MEMORY_USED, 88, "warning", "M1", "memory is 88.0 % used."},
	        {FACT_ID_HOST_MEMORY_USED, 95, "critical", "M1", "memory is 95.0 % used."},
	        {FACT_ID_HOST_CPU_IOWAIT, 100, "warning", "C2", "CPU waits 100.0 % of the time for I/O."},
	        {FACT_ID_HOST_CPU_STEAL, 51, "warning", "C2", "taken away 51.0 % of the time by the hypervisor."},
	        {FACT_ID_HOST_PRESSURE_CPU, 39, "ok", "C2", "12.0 % busy"},
	        {FACT_ID_HOST_PRESSURE_CPU, 40, "warning", "C2", "tasks wait 40.0 % of the time for CPU."},
	        {FACT_ID_HOST_PRESSURE_MEMORY, 20, "warning", "M1", "tasks wait 20.0 % of the time for memory."},
	        {FACT_ID_HOST_PRESSURE_IO, 50, "warning", "C2", "tasks wait 50.0 % of the time for I/O."},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_of_host();
		facts_set_real(&w->facts, rows[i].id, rows[i].value, line(9, "the figure"));
		assert_host(w, rows[i].state, rows[i].rule, rows[i].words);
		if (strcmp(rows[i].state, "ok") != 0) {
			assert_string_equal(host(w)->evidence[0].text, "the figure");
			assert_string_equal(cause_word(w->verdict.cause), "host-resources");
			assert_string_equal(where_word(w->verdict.where), "client");
		}
		world_free(w);
	}
}

/* The worst speaks, the first of equals. */
static void the_worst_figure_speaks(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	facts_set_real(&w->facts, FACT_ID_HOST_CPU_BUSY, 85, line(3, "busy"));
	facts_set_real(&w->facts, FACT_ID_HOST_MEMORY_USED, 96, line(4, "full"));
	facts_set_real(&w->facts, FACT_ID_HOST_PRESSURE_MEMORY, 60, line(5, "pressed"));
	assert_host(w, "critical", "M1", "memory is 96.0 % used.");
	w->facts.item[FACT_ID_HOST_MEMORY_USED].value.real = 89;
	assert_host(w, "warning", "C2", "CPU is 85.0 % busy.");
	world_free(w);
}

static void errors_of_its_interfaces_are_a_warning(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	facts_set_int(&w->facts, FACT_ID_HOST_NET_ERRORS, 0, line(7, "eth0"));
	assert_host(w, "ok", "C2", "CPU is 12.0 % busy");
	w->facts.item[FACT_ID_HOST_NET_ERRORS].value.integer = 17;
	assert_host(w, "warning", "C2", "its interfaces counted 17 errors between the two looks.");
	world_free(w);
}

/* What was not told is not fine. */
static void without_cpu_or_memory_it_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	w->facts.item[FACT_ID_HOST_CPU_BUSY] = (struct fact){.absent = "one sample only"};
	assert_host(w, "unknown", "C2", "On the client's machine CPU or memory was not told: one sample only.");
	assert_int_equal(w->verdict.status, STATE_UNKNOWN);
	world_free(w);
	w = world_of_host();
	w->facts.item[FACT_ID_HOST_MEMORY_USED] = (struct fact){.absent = "no MemAvailable"};
	assert_host(w, "unknown", "C2", "CPU or memory was not told: no MemAvailable.");
	world_free(w);
}

static void a_look_that_failed_is_unknown_and_a_finding_stands(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	world_fail(w, "host.2", "no such host");
	assert_host(w, "unknown", "C2", "nothing could be told: step host.2 failed: no such host.");
	facts_set_real(&w->facts, FACT_ID_HOST_MEMORY_USED, 96, world_source("host.1", 4, "full"));
	assert_host(w, "critical", "M1", "memory is 96.0 % used.");
	world_free(w);
}

/* Both looks ran, and one of them printed nothing of a CPU. */
static void a_look_without_figures_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_of_host();
	samples[1].have_cpu = false;
	assert_host(w, "unknown", "C2", "the output of step host.2 does not tell it");
	w->facts.host_count = 1;
	assert_host(w, "unknown", "C2", "the output of step host.2 does not tell it");
	world_free(w);
}

static void nobody_asked_the_machine(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_host(w, "skipped", "C2", "not part of this run (--host).");
	assert_int_equal(host(w)->advice_count, 2);
	world_free(w);
	w = world_of_host();
	assert_int_equal(host(w)->advice_count, 1);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_machine_at_ease_is_ok_and_says_so_in_figures),
	        cmocka_unit_test(the_machine_has_the_name_it_was_given),
	        cmocka_unit_test(every_figure_has_its_thresholds),
	        cmocka_unit_test(the_worst_figure_speaks),
	        cmocka_unit_test(errors_of_its_interfaces_are_a_warning),
	        cmocka_unit_test(without_cpu_or_memory_it_is_unknown),
	        cmocka_unit_test(a_look_that_failed_is_unknown_and_a_finding_stands),
	        cmocka_unit_test(a_look_without_figures_is_unknown),
	        cmocka_unit_test(nobody_asked_the_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
