#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support_run.h"

/* Ends that come from our side: signals and limits. */

static const int64_t LEAVE_WITHIN_US = 5 * GATE_SECOND;

/* What may still be typed once the run was told to stop. */
static bool cleans_up(const char *text)
{
	return strcmp(text, "exit") == 0 || strstr(text, "ping-options reset");
}

static void assert_nothing_new_after_the_signal(void)
{
	for (size_t i = gate.lines_at_signal; i < gate.line_count; i++) {
		if (!cleans_up(gate.lines[i].text))
			fail_msg("begun after the signal: %s", gate.lines[i].text);
	}
}

/* Whatever ran at the stop and ends by Ctrl-C got one, unless it ended by itself. */
static void assert_ended_once(int64_t stop_us)
{
	for (size_t i = 0; i < gate.lines_at_signal; i++) {
		const struct gate_line *line = &gate.lines[i];
		bool endless = strstr(line->text, "sniffer") || strstr(line->text, "execute ping ");
		if (!endless || line->ended_us <= stop_us)
			continue;
		assert_true(line->ended_us != GATE_NEVER);
		if (line->interrupts != 1)
			fail_msg("%u Ctrl-C for: %s", line->interrupts, line->text);
	}
}

static void assert_stopped_by_signal(const struct run_result *run, int64_t stop_us)
{
	assert_int_equal(run->result, -1);
	assert_int_equal(run->err.kind, ERR_INTERRUPTED);
	assert_in_range(gate.now_us - stop_us, 0, LEAVE_WITHIN_US);
	assert_nothing_new_after_the_signal();
	assert_ended_once(stop_us);
	assert_left_clean();
}

static void signal_everywhere(const struct gate_script *script)
{
	struct run_result run;
	run_case(&(struct run_case){.script = *script}, &run);
	int64_t whole_us = gate.now_us;
	run_case_done(&run);
	assert_true(whole_us > 10 * GATE_SECOND);
	/* On the moments of the gate's own doings, and between them. */
	for (int64_t at_us = 50000; at_us < whole_us - GATE_SECOND; at_us += 50000) {
		struct run_case wanted = {.script = *script};
		wanted.script.signal_us[0] = at_us;
		run_case(&wanted, &run);
		assert_stopped_by_signal(&run, at_us);
		run_case_done(&run);
	}
}

static void test_a_signal_at_any_moment_ends_and_cleans_up(void **state)
{
	(void)state;
	signal_everywhere(&(struct gate_script){0});
}

static void test_a_signal_at_any_moment_with_one_session(void **state)
{
	(void)state;
	signal_everywhere(&(struct gate_script){.max_sessions = 1, .multi_vdom = true});
}

static void test_a_signal_at_any_moment_of_a_busy_capture(void **state)
{
	(void)state;
	signal_everywhere(&(struct gate_script){.packets_a_second = 7, .rtt_us = 200000});
}

static void test_a_signal_ends_even_what_never_answers(void **state)
{
	static const struct {
		const char *at;
		int64_t stop_us;
	} silent[] = {
	        {"system status", GATE_SECOND},           {"performance top", 2 * GATE_SECOND},
	        {"ping-options repeat", 8 * GATE_SECOND}, {"view-settings", 8 * GATE_SECOND},
	        {"execute ping 8.8", 8 * GATE_SECOND},    {"sniffer", 8 * GATE_SECOND},
	};
	(void)state;
	for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.at = silent[i].at,
		                                       .death = DEATH_SILENT,
		                                       .deaf = true,
		                                       .signal_us = {silent[i].stop_us}}},
		         &run);
		assert_int_equal(run.err.kind, ERR_INTERRUPTED);
		assert_in_range(gate.now_us, silent[i].stop_us, silent[i].stop_us + LEAVE_WITHIN_US);
		assert_nothing_new_after_the_signal();
		run_case_done(&run);
	}
}

static void test_a_signal_leaves_a_silent_option_in_time_for_the_reset(void **state)
{
	(void)state;
	struct run_result run;
	run_case(
	        &(struct run_case){
	                .script = {.at = "repeat-count 3", .death = DEATH_SILENT, .signal_us = {5 * GATE_SECOND}}},
	        &run);
	assert_int_equal(gate_typed("repeat-count 3")->interrupts, 1);
	assert_stopped_by_signal(&run, 5 * GATE_SECOND);
	assert_string_equal(gate.lines[gate.lines_at_signal + 1].text, "execute ping-options reset");
	assert_step(&run, "ping-first", STEP_SKIPPED, "");
	run_case_done(&run);
}

static void test_a_signal_does_not_wait_for_a_silent_reset(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.at = "ping-options reset",
	                                       .nth = 3,
	                                       .death = DEATH_SILENT,
	                                       .deaf = false,
	                                       .signal_us = {10 * GATE_SECOND}}},
	         &run);
	assert_int_equal(gate_count("ping-options reset"), 4);
	assert_in_range(gate.now_us, 10 * GATE_SECOND, 10 * GATE_SECOND + LEAVE_WITHIN_US);
	assert_step(&run, "ping", STEP_STOPPED, "interrupted by a signal");
	run_case_done(&run);
}

static void test_a_stopped_step_says_so(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.signal_us = {10 * GATE_SECOND}}}, &run);
	assert_step(&run, "ping-first", STEP_DONE, "");
	assert_step(&run, "ping", STEP_STOPPED, "interrupted by a signal");
	assert_step(&run, "sniffer", STEP_STOPPED, "interrupted by a signal");
	assert_true(run_step(&run, "ping")->end.interrupted);
	assert_string_equal(run_step(&run, "ping")->end.prompt, "FGT # ");
	assert_non_null(strstr(run_step(&run, "ping")->raw.p, "packets transmitted"));
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.signal_us = {2 * GATE_SECOND}}}, &run);
	assert_step(&run, "performance-top", STEP_STOPPED, "interrupted by a signal");
	assert_step(&run, "ping", STEP_SKIPPED, "interrupted by a signal");
	run_case_done(&run);
}

static void test_a_second_signal_ends_at_once(void **state)
{
	(void)state;
	for (int64_t at_us = GATE_SECOND; at_us < 18 * GATE_SECOND; at_us += 350000) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.signal_us = {at_us, at_us + 50000}}}, &run);
		assert_int_equal(run.err.kind, ERR_INTERRUPTED);
		assert_in_range(gate.now_us, at_us, at_us + 50000);
		for (size_t i = 0; i < gate.session_count; i++)
			assert_true(gate.sessions[i].closed || gate.sessions[i].exit_said);
		run_case_done(&run);
	}
}

static void test_two_signals_in_one_breath_clean_up_as_one_does(void **state)
{
	(void)state;
	for (int64_t at_us = GATE_SECOND; at_us < 18 * GATE_SECOND; at_us += 350000) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.signal_us = {at_us, at_us}}}, &run);
		assert_int_equal(run.err.kind, ERR_INTERRUPTED);
		assert_left_clean();
		run_case_done(&run);
	}
}

/* ---- limits ---- */

static void test_a_device_that_never_answers_ends_within_the_time(void **state)
{
	(void)state;
	for (unsigned deaf = 0; deaf < 2; deaf++) {
		struct run_result run;
		run_case(
		        &(struct run_case){
		                .script = {.at = " ", .death = DEATH_SILENT, .each = true, .deaf = deaf == 1}},
		        &run);
		assert_int_equal(run.result, -1);
		assert_int_equal(run.err.kind, ERR_TIMEOUT);
		assert_in_range(gate.now_us, 0, RUN_TIME_US);
		run_case_done(&run);
	}
}

static void test_an_option_that_is_never_answered_skips_its_step_only(void **state)
{
	static const char *const silent[] = {"repeat-count 12", "view-settings"};
	(void)state;
	for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.at = silent[i], .death = DEATH_SILENT}}, &run);
		assert_int_equal(gate_typed(silent[i])->interrupts, 1);
		assert_in_range(gate_typed(silent[i])->ended_us - gate_typed(silent[i])->at_us, 0, 11 * GATE_SECOND);
		assert_step(&run, i == 0 ? "ping" : "ping-first", STEP_SKIPPED, "was not answered");
		assert_step(&run, i == 0 ? "ping/options.1" : "ping-first/view", STEP_STOPPED, "its time was up");
		assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
		assert_step(&run, i == 0 ? "ping/reset" : "ping-first/reset", STEP_DONE, "");
		assert_left_clean();
		run_case_done(&run);
	}
}

static void test_a_device_deaf_to_ctrl_c_does_not_hold_the_run(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.deaf = true}}, &run);
	assert_int_equal(run.result, -1);
	assert_int_equal(run.err.kind, ERR_TIMEOUT);
	assert_string_equal(run.err.step, "sniffer");
	assert_int_equal(gate_typed("sniffer")->interrupts, 1);
	assert_step(&run, "sniffer", STEP_FAILED, "may still run");
	assert_step(&run, "ping", STEP_DONE, "");
	run_case_done(&run);
}

static void test_silence_ends_a_ping_without_replies(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.silent_server = true}}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "ping-first", STEP_DONE, "");
	assert_step(&run, "ping", STEP_STOPPED, "nothing came back for too long");
	const struct step_run *ping = run_step(&run, "ping");
	assert_in_range(ping->quiet_us, 6 * GATE_SECOND, 7 * GATE_SECOND);
	assert_true(ping->end.interrupted);
	assert_left_clean();
	run_case_done(&run);
}

static void test_too_much_output_is_cut_and_told(void **state)
{
	static const char bounded[] = "playbook: bounded\n"
	                              "summary: bounded output\n"
	                              "needs: entry\n"
	                              "limits: { time: 20s }\n"
	                              "steps:\n"
	                              "  - id: bytes\n"
	                              "    send: diagnose sniffer packet any \"host {server.ip}\" 4 100 a\n"
	                              "    stop: { time: 15s }\n"
	                              "    bounds: { bytes: 4096 }\n"
	                              "    read: sniffer\n"
	                              "  - id: lines\n"
	                              "    send: diagnose sniffer packet any \"host {server.ip}\" 4 90 a\n"
	                              "    stop: { time: 15s }\n"
	                              "    bounds: { lines: 20 }\n"
	                              "    read: sniffer\n";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.packets_a_second = 20}, .playbook = bounded}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "bytes", STEP_STOPPED, "longer than its limit");
	assert_in_range(run_step(&run, "bytes")->raw.n, 4096, 5000);
	assert_step(&run, "lines", STEP_STOPPED, "more lines than its limit");
	run_case_done(&run);
}

static void test_time_that_does_not_suffice_is_told_and_cleaned_up(void **state)
{
	static const char brief[] = "playbook: brief\n"
	                            "summary: too little time\n"
	                            "needs: entry\n"
	                            "limits: { time: 12s }\n"
	                            "steps:\n"
	                            "  - id: ping\n"
	                            "    lane: ping\n"
	                            "    options: { repeat-count: 60 }\n"
	                            "    send: execute ping {server.ip}\n"
	                            "    stop: { time: 60s }\n"
	                            "    read: ping\n"
	                            "  - id: after\n"
	                            "    lane: ping\n"
	                            "    send: get system status\n"
	                            "    read: status\n";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}, .playbook = brief}, &run);
	assert_int_equal(run.err.kind, ERR_TIMEOUT);
	assert_step(&run, "ping", STEP_STOPPED, "time");
	assert_step(&run, "after", STEP_SKIPPED, "time for the whole run");
	assert_left_clean();
	run_case_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_signal_at_any_moment_ends_and_cleans_up),
	        cmocka_unit_test(test_a_signal_at_any_moment_with_one_session),
	        cmocka_unit_test(test_a_signal_at_any_moment_of_a_busy_capture),
	        cmocka_unit_test(test_a_signal_ends_even_what_never_answers),
	        cmocka_unit_test(test_a_signal_leaves_a_silent_option_in_time_for_the_reset),
	        cmocka_unit_test(test_a_signal_does_not_wait_for_a_silent_reset),
	        cmocka_unit_test(test_a_stopped_step_says_so),
	        cmocka_unit_test(test_a_second_signal_ends_at_once),
	        cmocka_unit_test(test_two_signals_in_one_breath_clean_up_as_one_does),
	        cmocka_unit_test(test_a_device_that_never_answers_ends_within_the_time),
	        cmocka_unit_test(test_an_option_that_is_never_answered_skips_its_step_only),
	        cmocka_unit_test(test_a_device_deaf_to_ctrl_c_does_not_hold_the_run),
	        cmocka_unit_test(test_silence_ends_a_ping_without_replies),
	        cmocka_unit_test(test_too_much_output_is_cut_and_told),
	        cmocka_unit_test(test_time_that_does_not_suffice_is_told_and_cleaned_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
