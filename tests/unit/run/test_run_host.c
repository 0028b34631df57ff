#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support_host.h"
#include "support_run.h"

/* Steps on the client's machine beside those on the gate. */

#define PROC                                                                                                       \
	"grep -H . /proc/stat /proc/meminfo /proc/loadavg /proc/net/dev /proc/pressure/cpu /proc/pressure/memory " \
	"/proc/pressure/io"

static const char both[] = "playbook: both\nsummary: both\nneeds: entry\nlimits: { time: 60s }\n"
                           "vars: { ping.count: 10 }\n"
                           "steps:\n"
                           "  - { id: status, scope: login, send: get system status, read: status }\n"
                           "  - { id: gate-ping, lane: ping, send: 'execute ping {server.ip}', read: ping }\n"
                           "  - id: look\n"
                           "    on: host\n"
                           "    lane: host\n"
                           "    send: " PROC "\n"
                           "    read: host\n"
                           "  - id: host-ping\n"
                           "    on: host\n"
                           "    lane: host\n"
                           "    after: [look]\n"
                           "    send: ping -c {ping.count} {server.ip}\n"
                           "    stop: { time: 30s }\n"
                           "    read: ping\n";

static void run_both(const struct gate_script *script, const struct host_script *machine, struct run_result *run)
{
	host = *machine;
	run_case(&(struct run_case){.script = *script, .playbook = both, .host = "local"}, run);
	assert_int_equal(host.alive, 0);
}

static void test_the_host_is_measured_beside_the_gate(void **state)
{
	(void)state;
	struct run_result run;
	run_both(&(struct gate_script){0}, &(struct host_script){0}, &run);
	assert_int_equal(run.result, 0);
	const struct step_run *ping = run_step(&run, "host-ping");
	assert_string_equal(ping->command, "ping -c 10 8.8.4.4");
	assert_string_equal(ping->lane, "host");
	assert_step(&run, "host-ping", STEP_DONE, "");
	assert_int_equal(ping->end.requested, 10);
	assert_non_null(strstr(ping->raw.p, "10 packets transmitted"));
	assert_non_null(strstr(run_step(&run, "look")->raw.p, "/proc/loadavg:"));
	/* side by side */
	assert_true(ping->start_us < run_step(&run, "gate-ping")->end_us);
	assert_int_equal(gate_count("ping -c"), 0);
	assert_int_equal(host.interrupts, 0);
	run_case_done(&run);
}

static void test_without_a_host_nothing_of_it_is_planned(void **state)
{
	(void)state;
	struct run_result run;
	host = (struct host_script){0};
	run_case(&(struct run_case){.script = {0}, .playbook = both}, &run);
	assert_int_equal(host.started, 0);
	assert_int_equal(run.plan.step_count, 2);
	run_case_done(&run);
}

static void test_a_host_that_cannot_be_reached_costs_its_own_steps(void **state)
{
	(void)state;
	struct run_result run;
	run_both(&(struct gate_script){0}, &(struct host_script){.unreachable = true}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "look", STEP_FAILED, "no way to the host");
	assert_step(&run, "host-ping", STEP_FAILED, "no way to the host");
	assert_step(&run, "gate-ping", STEP_DONE, "");
	run_case_done(&run);
}

static void test_a_signal_ends_what_runs_on_the_host(void **state)
{
	(void)state;
	struct run_result run;
	run_both(&(struct gate_script){.signal_us = {3 * GATE_SECOND}}, &(struct host_script){0}, &run);
	assert_int_equal(run.err.kind, ERR_INTERRUPTED);
	assert_int_equal(host.interrupts, 1);
	assert_step(&run, "host-ping", STEP_STOPPED, "signal");
	assert_non_null(strstr(run_step(&run, "host-ping")->raw.p, "packets transmitted"));
	run_case_done(&run);
}

static void test_a_program_that_is_deaf_is_ended_all_the_same(void **state)
{
	(void)state;
	struct run_result run;
	run_both(&(struct gate_script){.signal_us = {3 * GATE_SECOND}}, &(struct host_script){.deaf = true}, &run);
	assert_int_equal(host.interrupts, 1);
	assert_step(&run, "host-ping", STEP_STOPPED, "signal");
	run_case_done(&run);
}

/* Nobody pings from a machine of whose gate nothing can be learned. */
static void test_without_a_gate_nothing_runs_on_the_host(void **state)
{
	(void)state;
	struct run_result run;
	run_both(&(struct gate_script){.refusal = ERR_AUTH}, &(struct host_script){0}, &run);
	assert_int_equal(host.started, 0);
	run_case_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_host_is_measured_beside_the_gate),
	        cmocka_unit_test(test_without_a_host_nothing_of_it_is_planned),
	        cmocka_unit_test(test_a_host_that_cannot_be_reached_costs_its_own_steps),
	        cmocka_unit_test(test_a_signal_ends_what_runs_on_the_host),
	        cmocka_unit_test(test_a_program_that_is_deaf_is_ended_all_the_same),
	        cmocka_unit_test(test_without_a_gate_nothing_runs_on_the_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
