#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support_run.h"

/* Ends that come from the device's side: sessions that die. */

struct loss {
	const char *at;
	const char *step;    /* the planned step that it hits */
	const char *command; /* the id of the command that it hits */
};

static const struct loss losses[] = {
        {"get system status", "status", "status"},
        {"performance status", "performance.1", "performance.1"},
        {"performance top", "performance-top", "performance-top"},
        {"repeat-count 3", "ping-first", "ping-first/options.1"},
        {"view-settings", "ping-first", "ping-first/view"},
        {"execute ping 8", "ping-first", "ping-first"},
        {"ping-options reset", "ping-first", "ping-first/clear"},
        {"repeat-count 12", "ping", "ping/options.1"},
        {"sniffer", "sniffer", "sniffer"},
};

static bool is_main(const struct loss *loss)
{
	return strcmp(loss->step, loss->command) == 0;
}

static void assert_lost(const struct run_result *run, const struct loss *loss)
{
	assert_int_equal(run->result, -1);
	assert_int_equal(run->err.kind, ERR_CLOSED);
	assert_string_equal(run->err.step, loss->step);
	assert_step(run, loss->command, STEP_FAILED, "closed the session");
	assert_true(run_step(run, loss->command)->end.link_lost);
	assert_non_null(strstr(run->err.text, "run again"));
	if (!is_main(loss))
		assert_step(run, loss->step, STEP_SKIPPED, "closed the session");
}

static void test_a_session_lost_in_a_command_fails_its_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.at = losses[i].at, .death = DEATH_CUT}}, &run);
		assert_lost(&run, &losses[i]);
		assert_left_clean();
		run_case_done(&run);
	}
}

static void test_other_lanes_go_on_when_a_session_is_lost(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.at = "execute ping 8", .death = DEATH_CUT, .death_us = GATE_SECOND}},
	         &run);
	assert_step(&run, "ping-first", STEP_FAILED, "may still run");
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	assert_step(&run, "ping", STEP_DONE, "");
	assert_int_equal(run.err.kind, ERR_CLOSED);
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.at = "sniffer", .death = DEATH_CUT, .death_us = 2 * GATE_SECOND}},
	         &run);
	assert_step(&run, "sniffer", STEP_FAILED, "closed the session");
	assert_step(&run, "ping", STEP_DONE, "");
	run_case_done(&run);
}

static void test_an_only_session_that_is_lost_ends_the_run(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.max_sessions = 1, .at = "performance top", .death = DEATH_CUT}}, &run);
	assert_int_equal(run.err.kind, ERR_CLOSED);
	assert_step(&run, "performance-top", STEP_FAILED, "closed the session");
	assert_step(&run, "ping", STEP_SKIPPED, "session was lost");
	assert_step(&run, "sniffer", STEP_SKIPPED, "session was lost");
	run_case_done(&run);
}

static void test_a_session_lost_at_any_moment_never_hangs_the_run(void **state)
{
	(void)state;
	for (int64_t after_us = 50000; after_us < 25 * GATE_SECOND; after_us += 150000) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.at = "status", .death = DEATH_CUT, .death_us = after_us}},
		         &run);
		assert_in_range(gate.now_us, 0, 50 * GATE_SECOND);
		assert_true(run.result == 0 || run.err.kind == ERR_CLOSED);
		run_case_done(&run);
	}
}

static void test_a_session_that_our_ctrl_c_closes_is_no_error(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.closes_on_interrupt = true, .silent_server = true}}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	assert_step(&run, "ping", STEP_STOPPED, "nothing came back for too long");
	assert_null(strstr(run_step(&run, "ping")->end.reason, "may still run"));
	assert_true(run_step(&run, "ping")->end.interrupted);
	run_case_done(&run);
}

/* Nobody knows whether the Ctrl-C arrived. */
static void test_what_a_broken_connection_may_leave_is_told_after_our_ctrl_c_too(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.breaks_on_interrupt = true, .silent_server = true}}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	assert_step(&run, "sniffer", STEP_STOPPED, "may still run");
	assert_step(&run, "ping", STEP_STOPPED, "may still run");
	run_case_done(&run);
}

static const char captures[] = "playbook: captures\n"
                               "summary: one capture after the other\n"
                               "needs: entry\n"
                               "limits: { time: 40s }\n"
                               "steps:\n"
                               "  - id: one\n"
                               "    send: diagnose sniffer packet any \"host {server.ip}\" 4 100 a\n"
                               "    stop: { time: 2s }\n"
                               "    read: sniffer\n"
                               "  - id: two\n"
                               "    send: diagnose sniffer packet any \"host {server.ip}\" 4 90 a\n"
                               "    stop: { time: 2s }\n"
                               "    read: sniffer\n"
                               "  - id: three\n"
                               "    send: get system status\n"
                               "    read: status\n";

static void test_after_our_ctrl_c_closed_it_a_new_session_goes_on(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.closes_on_interrupt = true}, .playbook = captures}, &run);
	assert_int_equal(run.result, 0);
	assert_int_equal(gate.session_count, 3);
	assert_step(&run, "one", STEP_STOPPED, "its time was up");
	assert_step(&run, "two", STEP_STOPPED, "its time was up");
	assert_step(&run, "three", STEP_DONE, "");
	run_case_done(&run);
}

static void test_a_new_session_that_is_refused_is_told_and_not_tried_on_and_on(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.closes_on_interrupt = true, .max_logins = 1}, .playbook = captures},
	         &run);
	assert_int_equal(run.result, -1);
	assert_int_equal(run.err.kind, ERR_AUTH);
	assert_in_range(gate.session_count, 2, 3);
	assert_step(&run, "one", STEP_STOPPED, "its time was up");
	assert_step(&run, "two", STEP_SKIPPED, "");
	assert_step(&run, "three", STEP_SKIPPED, "");
	run_case_done(&run);
}

static void test_sessions_that_keep_ending_are_an_error(void **state)
{
	static const char pauses[] = "playbook: pauses\n"
	                             "summary: long pauses\n"
	                             "needs: entry\n"
	                             "limits: { time: 60s }\n"
	                             "steps:\n"
	                             "  - id: status\n"
	                             "    send: get system status\n"
	                             "    repeat: { count: 10, every: 5s }\n"
	                             "    read: status\n";
	(void)state;
	struct run_result run;
	run_case(
	        &(struct run_case){
	                .script = {.at = "status", .death = DEATH_CUT, .death_us = GATE_SECOND, .each = true},
	                .playbook = pauses},
	        &run);
	assert_int_equal(run.result, -1);
	assert_int_equal(run.err.kind, ERR_CLOSED);
	assert_step(&run, "status.1", STEP_DONE, "");
	assert_step(&run, "status.10", STEP_SKIPPED, "session was lost");
	run_case_done(&run);
}

static void test_without_room_for_a_session_lanes_share_what_there_is(void **state)
{
	static const char many[] = "playbook: many\n"
	                           "summary: each capture costs its session\n"
	                           "needs: entry\n"
	                           "limits: { time: 100s }\n"
	                           "steps:\n"
	                           "  - id: status\n"
	                           "    send: get system status\n"
	                           "    repeat: { count: 2, every: 60s }\n"
	                           "    read: status\n"
	                           "  - id: capture\n"
	                           "    lane: capture\n"
	                           "    send: diagnose sniffer packet any \"host {server.ip}\" 4 100 a\n"
	                           "    repeat: { count: 8, every: 1s }\n"
	                           "    stop: { time: 2s }\n"
	                           "    read: sniffer\n";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.closes_on_interrupt = true}, .playbook = many}, &run);
	assert_int_equal(gate.session_count, 8);
	assert_step(&run, "capture.7", STEP_STOPPED, "its time was up");
	assert_step(&run, "capture.8", STEP_STOPPED, "its time was up");
	assert_step(&run, "status.2", STEP_SKIPPED, "session was lost");
	assert_int_equal(run.err.kind, ERR_CLOSED);
	run_case_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_session_lost_in_a_command_fails_its_step),
	        cmocka_unit_test(test_other_lanes_go_on_when_a_session_is_lost),
	        cmocka_unit_test(test_an_only_session_that_is_lost_ends_the_run),
	        cmocka_unit_test(test_a_session_lost_at_any_moment_never_hangs_the_run),
	        cmocka_unit_test(test_a_session_that_our_ctrl_c_closes_is_no_error),
	        cmocka_unit_test(test_what_a_broken_connection_may_leave_is_told_after_our_ctrl_c_too),
	        cmocka_unit_test(test_after_our_ctrl_c_closed_it_a_new_session_goes_on),
	        cmocka_unit_test(test_a_new_session_that_is_refused_is_told_and_not_tried_on_and_on),
	        cmocka_unit_test(test_sessions_that_keep_ending_are_an_error),
	        cmocka_unit_test(test_without_room_for_a_session_lanes_share_what_there_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
