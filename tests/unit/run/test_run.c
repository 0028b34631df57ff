#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support_run.h"

static void assert_typed_in_session(unsigned session, const char *const *wanted, size_t n)
{
	size_t at = 0;
	for (size_t i = 0; i < gate.line_count; i++) {
		if (gate.lines[i].session != session)
			continue;
		assert_in_range(at, 0, n - 1);
		assert_string_equal(gate.lines[i].text, wanted[at++]);
	}
	assert_int_equal(at, n);
}

static void test_a_run_sends_its_plan_in_order_and_leaves(void **state)
{
	static const char *const first[] = {
	        "get system status",
	        "get system performance status",
	        "get system performance top",
	        "get system performance status",
	        "execute ping-options reset",
	        "execute ping-options repeat-count 3",
	        "execute ping-options view-settings",
	        "execute ping 8.8.4.4",
	        "execute ping-options reset",
	        "execute ping-options reset",
	        "execute ping-options repeat-count 12",
	        "execute ping-options view-settings",
	        "execute ping 8.8.4.4",
	        "execute ping-options reset",
	        "exit",
	};
	static const char *const second[] = {
	        "diagnose sniffer packet any \"( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp[0] = 3 or "
	        "icmp[0] = 11 ) and not ( tcp port 22 )\" 4 100 a",
	        "exit",
	};
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}}, &run);
	assert_int_equal(run.result, 0);
	assert_int_equal(gate.session_count, 2);
	assert_typed_in_session(0, first, sizeof first / sizeof first[0]);
	assert_typed_in_session(1, second, sizeof second / sizeof second[0]);
	assert_left_clean();
	for (size_t i = 0; i < run.plan.step_count; i++) {
		if (strcmp(run.plan.steps[i].id, "sniffer") != 0)
			assert_step(&run, run.plan.steps[i].id, STEP_DONE, "");
	}
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	run_case_done(&run);
}

static void test_what_a_ping_was_asked_is_noted_with_its_end(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}}, &run);
	const struct step_end *end = &run_step(&run, "ping")->end;
	assert_int_equal(end->requested, 12);
	assert_true(end->options_read_back);
	assert_false(end->adaptive || end->interrupted || end->link_lost);
	assert_string_equal(end->prompt, "FGT # ");
	assert_non_null(strstr(run_step(&run, "ping")->raw.p, "12 packets transmitted"));
	run_case_done(&run);
}

static void test_a_far_server_is_pinged_adaptively(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.rtt_us = 80000}}, &run);
	assert_int_equal(gate_count("adaptive-ping enable"), 1);
	assert_true(run_step(&run, "ping")->end.adaptive);
	assert_left_clean();
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.rtt_us = 80000, .refuses_adaptive = true}}, &run);
	assert_int_equal(gate_count("adaptive-ping enable"), 1);
	assert_false(run_step(&run, "ping")->end.adaptive);
	run_case_done(&run);
}

static void test_what_only_fast_pings_lost_is_measured_again(void **state)
{
	static const char again[] = "playbook: pings\nsummary: pings\nneeds: entry\nlimits: { time: 60s }\n"
	                            "vars: { ping.count: 200 }\n"
	                            "steps:\n"
	                            "  - { id: status, scope: login, send: get system status, read: status }\n"
	                            "  - { id: first, send: 'execute ping {server.ip}', read: ping }\n"
	                            "  - id: fast\n"
	                            "    options: { repeat-count: '{ping.count}', adaptive-ping: '{ping.adaptive}' }\n"
	                            "    send: execute ping {server.ip}\n"
	                            "    stop: { time: 30s }\n"
	                            "    read: ping\n"
	                            "  - id: again\n"
	                            "    when: fast-loss\n"
	                            "    options: { repeat-count: 10, adaptive-ping: disable }\n"
	                            "    send: execute ping {server.ip}\n"
	                            "    stop: { time: 20s }\n"
	                            "    read: ping\n";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.rtt_us = 20000, .limits_pings = true}, .playbook = again}, &run);
	assert_step(&run, "again", STEP_DONE, "");
	assert_int_equal(run_step(&run, "again")->end.requested, 10);
	assert_false(run_step(&run, "again")->end.adaptive);
	assert_left_clean();
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.rtt_us = 20000}, .playbook = again}, &run);
	assert_step(&run, "again", STEP_SKIPPED, "no fast ping showed loss");
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.rtt_us = 2000, .limits_pings = true}, .playbook = again}, &run);
	assert_step(&run, "again", STEP_SKIPPED, "no fast ping showed loss");
	run_case_done(&run);
}

static void test_a_busy_device_is_not_asked_for_bytes(void **state)
{
	static const char capture[] =
	        "playbook: c\nsummary: c\nneeds: entry\nlimits: { time: 60s }\n"
	        "vars: { sniffer.level: 6 }\n"
	        "steps:\n"
	        "  - id: performance\n"
	        "    send: get system performance status\n"
	        "    read: performance\n"
	        "  - id: sniffer\n"
	        "    after: [performance]\n"
	        "    send: diagnose sniffer packet any \"{filter.conversation}\" {sniffer.level} 10 a\n"
	        "    stop: { time: 5s }\n"
	        "    read: sniffer\n";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}, .playbook = capture}, &run);
	assert_int_equal(gate_count("\" 6 10 a"), 1);
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.busy = true}, .playbook = capture}, &run);
	assert_int_equal(gate_count("\" 6 10 a"), 0);
	assert_int_equal(gate_count("\" 4 10 a"), 1);
	run_case_done(&run);
}

static const char list_sessions[] = "playbook: s\nsummary: s\nneeds: entry\nlimits: { time: 60s }\n"
                                    "steps:\n"
                                    "  - { id: sessions, send: diagnose sys session list, read: sessions }\n";

static void test_sessions_are_listed_behind_a_filter_that_was_read_back(void **state)
{
	static const char *const wanted[] = {
	        "diagnose sys session filter src 192.168.5.4",
	        "diagnose sys session filter dst 8.8.4.4",
	        "diagnose sys session filter proto 17",
	        "diagnose sys session filter dport 53",
	        "diagnose sys session filter",
	        "diagnose sys session list",
	        "exit",
	};
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}, .playbook = list_sessions}, &run);
	assert_typed_in_session(0, wanted, sizeof wanted / sizeof wanted[0]);
	assert_step(&run, "sessions", STEP_DONE, "");
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.forgets_filter = true}, .playbook = list_sessions}, &run);
	assert_int_equal(gate_count("session list"), 0);
	assert_step(&run, "sessions", STEP_SKIPPED, "read back, is not the one that was set");
	assert_int_equal(gate_count("exit"), 1);
	run_case_done(&run);
}

/* The filter ends with its CLI session, in which nobody else has work then. */
static void test_the_session_with_a_filter_is_left_at_once(void **state)
{
	static const char more[] = "playbook: s\nsummary: s\nneeds: entry\nlimits: { time: 60s }\n"
	                           "steps:\n"
	                           "  - { id: sessions, send: diagnose sys session list, read: sessions }\n"
	                           "  - { id: performance, send: get system performance status, read: performance }\n";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}, .playbook = more}, &run);
	assert_int_equal(gate_count("get system performance status"), 1);
	const struct gate_line *list = gate_typed("session list"), *after = gate_typed("performance status");
	assert_true(list->session != after->session);
	assert_step(&run, "performance", STEP_DONE, "");
	run_case_done(&run);
}

static void test_a_repetition_keeps_its_distance(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}}, &run);
	int64_t first = run_step(&run, "performance.1")->start_us, second = run_step(&run, "performance.2")->start_us;
	assert_in_range(second - first, 2 * GATE_SECOND, 4 * GATE_SECOND);
	run_case_done(&run);
}

static void test_top_is_ended_with_q(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}}, &run);
	const struct gate_line *top = gate_typed("performance top");
	assert_int_equal(top->quits, 1);
	assert_int_equal(top->interrupts, 0);
	assert_in_range(top->ended_us - top->at_us, 2 * GATE_SECOND, 3 * GATE_SECOND);
	run_case_done(&run);
}

/* ---- sessions ---- */

static void test_one_session_runs_everything_in_turn(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.max_sessions = 1}}, &run);
	assert_int_equal(run.result, 0);
	assert_int_equal(gate.session_count, 2);
	assert_int_equal(run.notes, 1);
	const struct step_run *ping = run_step(&run, "ping"), *sniffer = run_step(&run, "sniffer");
	assert_step(&run, "ping", STEP_DONE, "");
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	assert_true(ping->end_us <= sniffer->start_us || sniffer->end_us <= ping->start_us);
	for (size_t i = 0; i < gate.line_count; i++)
		assert_int_equal(gate.lines[i].session, 0);
	assert_left_clean();
	run_case_done(&run);
}

static void test_one_session_shares_its_time_between_ping_and_capture(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.max_sessions = 1}, .set = "time=26s"}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "ping", STEP_DONE, "");
	assert_in_range(run_step(&run, "ping")->end.requested, 4, 8);
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	const struct step_run *sniffer = run_step(&run, "sniffer");
	assert_in_range(sniffer->end_us - sniffer->start_us, 4 * GATE_SECOND, 8 * GATE_SECOND);
	assert_left_clean();
	run_case_done(&run);
}

static void test_a_device_that_ignores_exit_is_left_without_an_error(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.max_sessions = 1, .ignores_exit = true}, .set = "time=26s"}, &run);
	assert_int_equal(run.result, 0);
	assert_true(gate.sessions[0].exit_said && gate.sessions[0].closed);
	run_case_done(&run);
}

static void test_a_first_login_that_fails_ends_the_run(void **state)
{
	static const enum err_kind kinds[] = {ERR_CONNECT, ERR_AUTH, ERR_HOST_KEY};
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct run_result run;
		run_case(&(struct run_case){.script = {.refusal = kinds[i]}}, &run);
		assert_int_equal(run.result, -1);
		assert_int_equal(run.err.kind, kinds[i]);
		assert_int_equal(gate.session_count, 1);
		assert_int_equal(gate.line_count, 0);
		for (size_t j = 0; j < run.plan.step_count; j++)
			assert_step(&run, run.plan.steps[j].id, STEP_SKIPPED, "no session could be opened");
		run_case_done(&run);
	}
}

static void test_a_question_after_the_login_is_not_answered(void **state)
{
	static const char forced[] = "You are forced to change your password. Please input a new password.\r\n"
	                             "New Password:";
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.greeting = forced}}, &run);
	assert_int_equal(run.err.kind, ERR_AUTH);
	assert_int_equal(gate.sessions[0].received.n, 0);
	assert_true(gate.sessions[0].closed);
	assert_step(&run, "status", STEP_SKIPPED, "no session could be opened");
	run_case_done(&run);
}

static void test_a_device_without_a_prompt_is_left(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.greeting = "hello"}}, &run);
	assert_int_equal(run.err.kind, ERR_TIMEOUT);
	assert_int_equal(gate.sessions[0].received.n, 0);
	assert_in_range(gate.now_us, 0, 16 * GATE_SECOND);
	run_case_done(&run);
}

/* ---- VDOMs ---- */

static void test_several_vdoms_bring_the_scope_in_front(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.multi_vdom = true}}, &run);
	assert_int_equal(run.result, 0);
	assert_string_equal(gate.lines[0].text, "get system status");
	for (size_t i = 1; i < gate.line_count; i++) {
		const char *text = gate.lines[i].text;
		const char *scope = strstr(text, "performance") ? "sudo global get " : "sudo PROD ";
		if (strcmp(text, "exit") != 0)
			assert_true(str_starts(str_of(text), scope));
	}
	assert_string_equal(run_step(&run, "ping")->scope, "sudo PROD ");
	assert_string_equal(run_step(&run, "ping")->command, "sudo PROD execute ping 8.8.4.4");
	assert_left_clean();
	run_case_done(&run);
}

static void test_a_vdom_that_is_no_name_skips_its_steps_and_no_time_is_lost(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.multi_vdom = true}, .vd = "global"}, &run);
	assert_int_equal(run.result, 0);
	assert_step(&run, "performance.2", STEP_DONE, "");
	assert_step(&run, "ping-first", STEP_SKIPPED, "VDOM");
	assert_step(&run, "ping", STEP_SKIPPED, "VDOM");
	assert_step(&run, "sniffer", STEP_SKIPPED, "VDOM");
	assert_in_range(gate.now_us, 0, 8 * GATE_SECOND);
	run_case_done(&run);
}

static void test_an_account_without_sudo_is_asked_bare_in_its_own_vdom(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.multi_vdom = true, .vdom = "PROD", .no_sudo = true}}, &run);
	assert_int_equal(run.result, 0);
	assert_int_equal(gate_count("sudo "), 1);
	assert_step(&run, "performance.1", STEP_DONE, "");
	assert_string_equal(run_step(&run, "performance.1")->command, "get system performance status");
	assert_string_equal(run_step(&run, "ping")->command, "execute ping 8.8.4.4");
	assert_step(&run, "ping", STEP_DONE, "");
	assert_left_clean();
	run_case_done(&run);
}

static void test_an_account_of_another_vdom_measures_nothing_there(void **state)
{
	static const struct gate_script scripts[] = {
	        {.multi_vdom = true, .vdom = "customer-b", .no_sudo = true},
	        {.multi_vdom = true, .greeting = "FGT (customer-b) $ ", .no_sudo = true},
	        {.no_mode = true, .vdom = "customer-b"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		struct run_result run;
		run_case(&(struct run_case){.script = scripts[i]}, &run);
		assert_int_equal(run.result, 0);
		assert_step(&run, "performance.2", STEP_DONE, "");
		assert_step(&run, "ping", STEP_SKIPPED, "limited to VDOM customer-b and the traffic is of VDOM PROD");
		assert_step(&run, "sniffer", STEP_SKIPPED, "limited to VDOM customer-b");
		assert_int_equal(gate_count("ping"), 0);
		assert_int_equal(gate_count("sniffer"), 0);
		run_case_done(&run);
	}
}

static void test_what_is_refused_with_and_without_sudo_does_not_cost_the_scope(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.multi_vdom = true, .vdom = "root", .no_get_at_all = true}}, &run);
	assert_string_equal(gate.lines[1].text, "sudo global get system performance status");
	assert_string_equal(gate.lines[2].text, "get system performance status");
	assert_string_equal(gate.lines[3].text, "sudo global get system performance top");
	assert_string_equal(run_step(&run, "ping")->command, "sudo PROD execute ping 8.8.4.4");
	assert_step(&run, "ping", STEP_DONE, "");
	assert_left_clean();
	run_case_done(&run);
}

static void test_a_ping_that_is_tried_again_bare_resets_its_options_first(void **state)
{
	static const char *const wanted[] = {
	        "get system status",
	        "sudo PROD execute ping-options reset",
	        "sudo PROD execute ping-options repeat-count 3",
	        "sudo PROD execute ping-options view-settings",
	        "sudo PROD execute ping 8.8.4.4",
	        "sudo PROD execute ping-options reset",
	        "execute ping-options reset",
	        "execute ping-options repeat-count 3",
	        "execute ping-options view-settings",
	        "execute ping 8.8.4.4",
	        "execute ping-options reset",
	        "exit",
	};
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.multi_vdom = true, .vdom = "PROD", .no_sudo_ping = true},
	                            .playbook =
	                                    "playbook: pings\nsummary: pings\nneeds: entry\n"
	                                    "limits: { time: 60s }\n"
	                                    "steps:\n"
	                                    "  - { id: status, scope: login, send: get system status, read: status }\n"
	                                    "  - id: ping\n"
	                                    "    scope: vdom\n"
	                                    "    options: { repeat-count: 3 }\n"
	                                    "    send: execute ping {server.ip}\n"
	                                    "    read: ping\n"},
	         &run);
	assert_int_equal(run.result, 0);
	assert_typed_in_session(0, wanted, sizeof wanted / sizeof wanted[0]);
	assert_step(&run, "ping", STEP_DONE, "");
	assert_left_clean();
	run_case_done(&run);
}

static void test_a_vdom_that_is_not_told_is_not_taken_for_the_traffics(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.multi_vdom = true, .no_sudo = true}}, &run);
	assert_int_equal(gate_count("sudo global get system performance status"), 2);
	assert_int_equal(gate_count("sudo "), gate.line_count - 1 - gate_count("exit"));
	assert_string_equal(run_step(&run, "ping")->command, "sudo PROD execute ping 8.8.4.4");
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.greeting = "FGT (cust_b) $ ", .multi_vdom = true}}, &run);
	assert_step(&run, "ping", STEP_SKIPPED, "limited to VDOM cust_b");
	run_case_done(&run);
	run_case(&(struct run_case){.script = {.no_mode = true, .vdom = "customer b"}}, &run);
	assert_step(&run, "ping", STEP_SKIPPED, "limited to VDOM customer b and the traffic is of VDOM PROD");
	assert_int_equal(gate_count("ping"), 0);
	run_case_done(&run);
}

/* ---- the sniffer ---- */

static void test_a_refused_filter_is_tried_once_more_and_apart_from_the_ping(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.refuses_icmp_offset = true}}, &run);
	assert_int_equal(run.result, 0);
	assert_int_equal(gate_count("sniffer packet"), 2);
	const struct gate_line *plain = gate_typed("( port 53 or icmp )");
	assert_non_null(plain);
	for (size_t i = 0; i < gate.line_count; i++) {
		const struct gate_line *line = &gate.lines[i];
		if (strcmp(line->text, "execute ping 8.8.4.4") == 0)
			assert_true(line->ended_us <= plain->at_us || line->at_us >= plain->ended_us);
	}
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	assert_step(&run, "ping", STEP_DONE, "");
	run_case_done(&run);
}

static void test_a_sniffer_that_is_not_known_is_not_tried_with_another_filter(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.no_sniffer = true}}, &run);
	assert_int_equal(gate_count("sniffer packet"), 1);
	assert_step(&run, "ping", STEP_DONE, "");
	run_case_done(&run);
}

static void test_a_refused_filter_of_ipv6_is_tried_once_more(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {.refuses_icmp_offset = true}, .v6 = true}, &run);
	assert_int_equal(run.result, 0);
	assert_int_equal(gate_count("ip6[40]"), 1);
	assert_int_equal(gate_count("( port 53 or icmp6 )"), 1);
	assert_int_equal(gate_count("execute ping6 2001:db8:8::4"), 2);
	assert_left_clean();
	run_case_done(&run);
}

static void test_for_icmp_ping_and_sniffer_never_overlap(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}, .proto = "icmp"}, &run);
	const struct gate_line *sniffer = gate_typed("sniffer packet");
	assert_int_equal(run.result, 0);
	for (size_t i = 0; i < gate.line_count; i++) {
		const struct gate_line *line = &gate.lines[i];
		if (strcmp(line->text, "execute ping 8.8.4.4") == 0)
			assert_true(line->ended_us <= sniffer->at_us || line->at_us >= sniffer->ended_us);
	}
	run_case_done(&run);
}

static void test_waiting_for_the_client_prolongs_the_capture_only(void **state)
{
	(void)state;
	struct run_result run;
	run_case(&(struct run_case){.script = {0}, .wait_us = 100 * GATE_SECOND}, &run);
	const struct gate_line *sniffer = gate_typed("sniffer packet");
	assert_int_equal(run.result, 0);
	assert_in_range(sniffer->ended_us - sniffer->at_us, 100 * GATE_SECOND, 101 * GATE_SECOND);
	assert_step(&run, "sniffer", STEP_STOPPED, "its time was up");
	assert_step(&run, "ping", STEP_DONE, "");
	run_case_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_run_sends_its_plan_in_order_and_leaves),
	        cmocka_unit_test(test_what_a_ping_was_asked_is_noted_with_its_end),
	        cmocka_unit_test(test_a_far_server_is_pinged_adaptively),
	        cmocka_unit_test(test_what_only_fast_pings_lost_is_measured_again),
	        cmocka_unit_test(test_a_busy_device_is_not_asked_for_bytes),
	        cmocka_unit_test(test_sessions_are_listed_behind_a_filter_that_was_read_back),
	        cmocka_unit_test(test_the_session_with_a_filter_is_left_at_once),
	        cmocka_unit_test(test_a_repetition_keeps_its_distance),
	        cmocka_unit_test(test_top_is_ended_with_q),
	        cmocka_unit_test(test_one_session_runs_everything_in_turn),
	        cmocka_unit_test(test_one_session_shares_its_time_between_ping_and_capture),
	        cmocka_unit_test(test_a_device_that_ignores_exit_is_left_without_an_error),
	        cmocka_unit_test(test_a_first_login_that_fails_ends_the_run),
	        cmocka_unit_test(test_a_question_after_the_login_is_not_answered),
	        cmocka_unit_test(test_a_device_without_a_prompt_is_left),
	        cmocka_unit_test(test_several_vdoms_bring_the_scope_in_front),
	        cmocka_unit_test(test_a_vdom_that_is_no_name_skips_its_steps_and_no_time_is_lost),
	        cmocka_unit_test(test_an_account_without_sudo_is_asked_bare_in_its_own_vdom),
	        cmocka_unit_test(test_an_account_of_another_vdom_measures_nothing_there),
	        cmocka_unit_test(test_what_is_refused_with_and_without_sudo_does_not_cost_the_scope),
	        cmocka_unit_test(test_a_ping_that_is_tried_again_bare_resets_its_options_first),
	        cmocka_unit_test(test_a_vdom_that_is_not_told_is_not_taken_for_the_traffics),
	        cmocka_unit_test(test_a_refused_filter_is_tried_once_more_and_apart_from_the_ping),
	        cmocka_unit_test(test_a_sniffer_that_is_not_known_is_not_tried_with_another_filter),
	        cmocka_unit_test(test_a_refused_filter_of_ipv6_is_tried_once_more),
	        cmocka_unit_test(test_for_icmp_ping_and_sniffer_never_overlap),
	        cmocka_unit_test(test_waiting_for_the_client_prolongs_the_capture_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
