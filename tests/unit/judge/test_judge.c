#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

/* One test for each world of the design's table, then what competes. */

#define assert_verdict(verdict, status_, cause_, where_)                          \
	do {                                                                      \
		assert_string_equal(state_word((verdict)->status), (status_));    \
		assert_string_equal(cause_word((verdict)->cause), (cause_));      \
		assert_string_equal(where_word((verdict)->where), (where_));      \
		assert_findings_have_evidence(verdict);                           \
		assert_true((verdict)->summary &&strlen((verdict)->summary) > 0); \
	} while (0)

static void assert_findings_have_evidence(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		assert_non_null(check->summary);
		assert_non_null(check->rule);
		bool finding = check->state == STATE_WARNING || check->state == STATE_CRITICAL;
		if (finding)
			assert_true(check->evidence_count > 0);
		for (size_t k = 0; k < check->evidence_count; k++) {
			assert_non_null(check->evidence[k].step);
			assert_non_null(check->evidence[k].text);
		}
	}
}

static const struct check *check_of(const struct world *w, enum check_id id)
{
	return &w->verdict.checks[id];
}

static void healthy_with_traffic_is_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	const struct verdict *verdict = world_judge(w);
	assert_verdict(verdict, "ok", "none", "none");
	assert_int_equal(verdict->check_count, CHECKS);
	for (int i = 0; i < CHECKS; i++)
		assert_string_equal(verdict->checks[i].id, check_word((enum check_id)i));
	assert_int_equal(check_of(w, CHECK_LAN_SEGMENT)->state, STATE_SKIPPED);
	assert_int_equal(check_of(w, CHECK_HOST_RESOURCES)->state, STATE_SKIPPED);
	assert_true(check_of(w, CHECK_LAN_SEGMENT)->advice_count > 0);
	assert_int_equal(w->facts.item[FACT_ID_TRACE_COMPLETED].value.integer, 3);
	assert_int_equal(w->facts.item[FACT_ID_TRACE_UNANSWERED].value.integer, 0);
	world_free(w);
}

static void three_percent_loss_is_a_warning(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_ping(w, 1, 300, 10, false);
	assert_verdict(world_judge(w), "warning", "packet-loss", "beyond-gate");
	assert_string_equal(check_of(w, CHECK_PACKET_LOSS)->rule, "P2");
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	world_free(w);
}

static void twenty_percent_loss_is_critical(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_ping(w, 1, 100, 20, false);
	assert_verdict(world_judge(w), "critical", "packet-loss", "beyond-gate");
	world_free(w);
}

static void black_hole_is_beyond_the_gate(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 20, 20, false);
	assert_verdict(world_judge(w), "critical", "missing-replies", "beyond-gate");
	assert_string_equal(check_of(w, CHECK_PACKET_LOSS)->rule, "P6");
	assert_int_equal(check_of(w, CHECK_PACKET_LOSS)->state, STATE_UNKNOWN);
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	assert_non_null(strstr(w->verdict.summary, SERVER ":53"));
	world_free(w);
}

static void silent_server_with_clean_ping_is_the_server(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000, 0);
	assert_verdict(world_judge(w), "critical", "missing-replies", "server");
	assert_string_equal(check_of(w, CHECK_MISSING_REPLIES)->rule, "legs-AB");
	assert_int_equal(w->facts.item[FACT_ID_TRACE_UNANSWERED].value.integer, 1);
	world_free(w);
}

static void silent_server_with_an_undecided_ping_may_be_the_way(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000, 0);
	w->pings[1].counted = 20; /* too few to call the way clean */
	assert_verdict(world_judge(w), "critical", "missing-replies", "beyond-gate");
	world_free(w);
}

static void filtered_ping_is_neutral_when_the_server_answers(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 20, 20, false);
	assert_verdict(world_judge(w), "ok", "none", "none");
	assert_string_equal(check_of(w, CHECK_PACKET_LOSS)->rule, "P5");
	assert_int_equal(check_of(w, CHECK_PACKET_LOSS)->state, STATE_SKIPPED);
	assert_true(w->verdict.note_count > 0);
	world_free(w);
}

static void filtered_ping_counts_as_unmeasured_until_three_completed(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	world_legs(w, "ABCD", UDP, 50001, 0);
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 20, 20, false);
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	world_free(w);
}

static void request_that_does_not_leave_is_the_gate(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "A", UDP, 50000 + i, 0);
	assert_verdict(world_judge(w), "critical", "missing-replies", "gate");
	assert_string_equal(check_of(w, CHECK_MISSING_REPLIES)->rule, "legs-A");
	world_free(w);
}

static void reply_that_is_not_passed_on_is_the_gate(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "ABC", UDP, 50000 + i, 0);
	assert_verdict(world_judge(w), "critical", "missing-replies", "gate");
	assert_string_equal(check_of(w, CHECK_MISSING_REPLIES)->rule, "legs-ABC");
	world_free(w);
}

static void late_reply_is_the_clients_own_port_unreachable(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 12345, 0);
	w->now_us -= US_PER_SECOND - 1000;
	world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 12345);
	world_error(w, "wan1", PACKET_OUT, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 12345);
	assert_verdict(world_judge(w), "warning", "icmp-error", "client");
	assert_string_equal(check_of(w, CHECK_ICMP_ERROR)->rule, "I1");
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_OK);
	world_free(w);
}

static void router_that_says_unreachable_is_beyond_the_gate(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	w->now_us -= US_PER_SECOND - 1000;
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	world_error(w, "internal", PACKET_OUT, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	assert_verdict(world_judge(w), "critical", "icmp-error", "beyond-gate");
	assert_string_equal(check_of(w, CHECK_ICMP_ERROR)->rule, "I3");
	assert_non_null(strstr(w->verdict.summary, "203.0.113.9"));
	world_free(w);
}

static void syn_answered_by_rst_is_refused(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	assert_verdict(world_judge(w), "warning", "refused", "server");
	assert_string_equal(check_of(w, CHECK_REFUSED)->rule, "T2");
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_OK);
	world_free(w);
}

static void no_packet_in_the_window_is_not_observed(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_verdict(world_judge(w), "unknown", "not-observed", "unknown");
	world_free(w);
}

static void other_clients_do_not_decide(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++) {
		world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.77", 40000 + i, SERVER, 53);
		world_packet(w, "wan1", PACKET_OUT, UDP, "10.0.0.77", 40000 + i, SERVER, 53);
		w->now_us += US_PER_SECOND;
	}
	assert_verdict(world_judge(w), "unknown", "not-observed", "unknown");
	world_free(w);
}

static void extreme_memory_explains_requests_that_do_not_leave(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "A", UDP, 50000 + i, 0);
	world_memory(w, 96.5, 1);
	assert_verdict(world_judge(w), "critical", "gate-resources", "gate");
	assert_string_equal(check_of(w, CHECK_GATE_RESOURCES)->rule, "M1");
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	world_free(w);
}

static void account_without_diagnose_leaves_it_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	static const char *const refused[] = {"top", "memory", "conserve", "sniffer"};
	for (size_t i = 0; i < 4; i++)
		world_fail(w, refused[i], "the account lacks cli-diagnose");
	w->facts.capture_count = 0;
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_UNKNOWN);
	assert_int_equal(check_of(w, CHECK_GATE_RESOURCES)->state, STATE_UNKNOWN);
	assert_non_null(strstr(check_of(w, CHECK_MISSING_REPLIES)->summary, "cli-diagnose"));
	world_free(w);
}

/* ---- age, device, cuts ---- */

static void old_entry_with_all_clean_is_not_reproduced(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->plan.entries.entry.time_us = WORLD_STARTED_US - 16 * 60 * US_PER_SECOND;
	assert_verdict(world_judge(w), "ok", "not-reproduced", "unknown");
	world_free(w);
}

static void old_entry_caps_certainty(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_ping(w, 1, 300, 60, false);
	w->plan.entries.entry.time_us = WORLD_STARTED_US - 16 * 60 * US_PER_SECOND;
	assert_verdict(world_judge(w), "critical", "packet-loss", "beyond-gate");
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

static void local_entry_time_is_compared_with_the_devices_clock(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->plan.entries.entry.time_kind = ENTRY_TIME_LOCAL;
	w->plan.entries.entry.time_us = 1000 * US_PER_SECOND;
	facts_set_int(&w->facts, FACT_ID_DEVICE_TIME, 5000 * US_PER_SECOND, world_source("status", 9, "System time"));
	assert_verdict(world_judge(w), "ok", "not-reproduced", "unknown");
	world_free(w);
}

static void wrong_device_is_a_warning_said_first(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->plan.entries.entry.devid = STR("FGT60FTK20000001");
	facts_set_text(&w->facts, FACT_ID_DEVICE_SERIAL, "FGT60FTK20000002",
	               world_source("status", 2, "Serial-Number"));
	assert_verdict(world_judge(w), "warning", "undetermined", "unknown");
	assert_non_null(strstr(w->verdict.notes[0], "FGT60FTK20000001"));
	assert_non_null(strstr(w->verdict.summary, "Wrong device"));
	/* A finding of now stands, behind the warning. */
	world_forget_packets(w);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	assert_verdict(world_judge(w), "critical", "missing-replies", "server");
	assert_true(str_starts(str_of(w->verdict.summary), "Wrong device"));
	assert_non_null(strstr(w->verdict.summary, "no reply came back"));
	world_free(w);
}

static void cluster_member_caps_certainty_only(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->plan.entries.entry.devid = STR("FGT60FTK20000001");
	facts_set_text(&w->facts, FACT_ID_DEVICE_SERIAL, "FGT60FTK20000002",
	               world_source("status", 2, "Serial-Number"));
	facts_set_text(&w->facts, FACT_ID_DEVICE_HA_MODE, "a-p, primary", world_source("status", 8, "HA"));
	assert_verdict(world_judge(w), "ok", "none", "none");
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

static void masked_serial_proves_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->plan.entries.entry.devid = STR("FGXXXXXXXX");
	facts_set_text(&w->facts, FACT_ID_DEVICE_SERIAL, "FGT60FTK20000002",
	               world_source("status", 2, "Serial-Number"));
	assert_verdict(world_judge(w), "ok", "none", "none");
	assert_int_equal(w->verdict.note_count, 0);
	world_free(w);
}

static void prompt_that_changes_is_told_and_lowers_certainty(void **state)
{
	static const struct {
		const char *first, *second;
		bool changed;
	} cases[] = {
	        {"FGT # ", "FGT # ", false},
	        {"FGT(Primary) # ", "FGT(Primary) (global) # ", false},
	        {"FGT # ", "", false},
	        {"FGT # ", "NEW # ", true},
	        {"FGT(Primary) # ", "FGT(Secondary) # ", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world *w = world_new();
		world_healthy_traffic(w);
		for (size_t k = 0; k < w->steps.count; k++)
			w->runs[k].end.prompt = k + 1 < w->steps.count ? cases[i].first : cases[i].second;
		world_judge(w);
		bool told = w->verdict.note_count && strstr(w->verdict.notes[0], "prompt changed");
		assert_int_equal(told, cases[i].changed);
		assert_true(!told || w->verdict.certainty != CERTAINTY_CERTAIN);
		world_free(w);
	}
}

static void vdom_the_device_lacks_is_a_wrong_device(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->plan.entries.entry.vd = STR("PROD");
	facts_set_text(&w->facts, FACT_ID_DEVICE_VDOM_MODE, "disable", world_source("status", 6, "mode"));
	facts_set_text(&w->facts, FACT_ID_DEVICE_VDOM, "root", world_source("status", 5, "vdom"));
	assert_verdict(world_judge(w), "warning", "undetermined", "unknown");
	world_free(w);
}

static void received_counters_of_the_entry_are_a_contradiction(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	w->plan.entries.entry.have_rcvd = true;
	w->plan.entries.entry.rcvdpkt = 4;
	assert_verdict(world_judge(w), "critical", "missing-replies", "server");
	assert_non_null(strstr(w->verdict.notes[0], "4 packets"));
	world_free(w);
}

static void cut_transcript_is_never_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->cut = true;
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	assert_non_null(strstr(w->verdict.summary, "the transcript is cut"));
	world_free(w);
}

/* The healthy world with a look at the cluster that ended so. */
static const struct verdict *with_ha(struct world *w, const struct step_end *end, bool trouble)
{
	world_healthy_traffic(w);
	world_step(w, "ha", "ha");
	world_run(w, "ha")->end = *end;
	w->steps.have_trouble = trouble;
	return world_judge(w);
}

static void what_the_connection_took_is_not_ok_though_no_check_asks_for_it(void **state)
{
	static const struct {
		struct step_end end;
		bool trouble;
		const char *status, *says;
	} cases[] = {
	        {{STEP_FAILED, .reason = "reset", .prompt = "", .link_lost = true},
	         true,
	         "unknown",
	         "step ha failed: reset"},
	        {{STEP_FAILED, .reason = "refused", .prompt = "fw # "}, false, "ok", ""},
	        {{STEP_FAILED, .reason = "refused", .prompt = "fw # "}, true, "ok", ""},
	        {{STEP_STOPPED, .reason = "late", .prompt = "", .interrupted = true},
	         false,
	         "unknown",
	         "step ha was cut: late"},
	        {{STEP_STOPPED, .reason = "long", .prompt = "fw # ", .interrupted = true}, false, "ok", ""},
	        {{STEP_SKIPPED, .reason = "lost before", .prompt = ""},
	         true,
	         "unknown",
	         "step ha did not run: lost before"},
	        {{STEP_SKIPPED, .reason = "not asked", .prompt = ""}, false, "ok", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world *w = world_new();
		const struct verdict *verdict = with_ha(w, &cases[i].end, cases[i].trouble);
		assert_string_equal(state_word(verdict->status), cases[i].status);
		assert_string_equal(cause_word(verdict->cause), verdict->status == STATE_OK ? "none" : "undetermined");
		assert_non_null(strstr(verdict->summary, cases[i].says));
		world_free(w);
	}
}

static void a_step_whose_options_were_not_answered_is_not_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_step(w, "sessions", "sessions");
	world_run(w, "sessions")->end = (struct step_end){STEP_SKIPPED, .reason = "reset", .prompt = ""};
	world_step(w, "sessions/options.1", "");
	struct step_run *option = world_run(w, "sessions/options.1");
	option->planned = NULL;
	option->end = (struct step_end){STEP_FAILED, .reason = "refused", .prompt = "fw # "};
	assert_verdict(world_judge(w), "ok", "none", "none");
	option->end = (struct step_end){STEP_STOPPED, .reason = "late", .prompt = "fw # ", .interrupted = true};
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	assert_non_null(strstr(w->verdict.summary, "step sessions did not run: reset"));
	world_free(w);
}

static void an_output_that_was_cut_is_not_ok_though_it_told_something(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_run(w, "memory")->end =
	        (struct step_end){STEP_STOPPED, .reason = "late", .prompt = "", .interrupted = true};
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	assert_non_null(strstr(w->verdict.summary, "step memory was cut: late"));
	world_free(w);
}

static void planned_step_missing_from_the_list_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	struct plan_step step = {.id = "sniffer-2", .on = "gate", .read = "sniffer"};
	w->plan.steps = &step;
	w->plan.step_count = 1;
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	world_free(w);
}

static void nothing_planned_is_not_ok(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->steps.count = 0;
	w->facts.ping_count = w->facts.capture_count = w->facts.performance_count = w->facts.top_count = 0;
	assert_verdict(world_judge(w), "unknown", "undetermined", "unknown");
	for (size_t i = 0; i < CHECKS; i++)
		assert_int_equal(w->verdict.checks[i].state, STATE_SKIPPED);
	world_free(w);
}

/* ---- causes that compete ---- */

static void loss_with_completed_conversations_beats_missing_replies(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 51000 + i, 0);
	world_ping(w, 1, 300, 60, false);
	assert_verdict(world_judge(w), "critical", "packet-loss", "beyond-gate");
	world_free(w);
}

static void loss_without_completed_conversations_gives_way_to_missing_replies(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 51000 + i, 0);
	world_ping(w, 1, 300, 60, false);
	assert_verdict(world_judge(w), "critical", "missing-replies", "beyond-gate");
	world_free(w);
}

static void resources_are_the_cause_when_nothing_else_is(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_cpu(w, 0, 95, 2);
	world_cpu(w, 1, 97, 2);
	assert_verdict(world_judge(w), "critical", "gate-resources", "gate");
	world_free(w);
}

static void extreme_memory_with_requests_leaving_is_a_contradiction(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_memory(w, 96, 1);
	assert_verdict(world_judge(w), "critical", "gate-resources", "gate");
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(healthy_with_traffic_is_ok),
	        cmocka_unit_test(three_percent_loss_is_a_warning),
	        cmocka_unit_test(twenty_percent_loss_is_critical),
	        cmocka_unit_test(black_hole_is_beyond_the_gate),
	        cmocka_unit_test(silent_server_with_clean_ping_is_the_server),
	        cmocka_unit_test(silent_server_with_an_undecided_ping_may_be_the_way),
	        cmocka_unit_test(filtered_ping_is_neutral_when_the_server_answers),
	        cmocka_unit_test(filtered_ping_counts_as_unmeasured_until_three_completed),
	        cmocka_unit_test(request_that_does_not_leave_is_the_gate),
	        cmocka_unit_test(reply_that_is_not_passed_on_is_the_gate),
	        cmocka_unit_test(late_reply_is_the_clients_own_port_unreachable),
	        cmocka_unit_test(router_that_says_unreachable_is_beyond_the_gate),
	        cmocka_unit_test(syn_answered_by_rst_is_refused),
	        cmocka_unit_test(no_packet_in_the_window_is_not_observed),
	        cmocka_unit_test(other_clients_do_not_decide),
	        cmocka_unit_test(extreme_memory_explains_requests_that_do_not_leave),
	        cmocka_unit_test(account_without_diagnose_leaves_it_open),
	        cmocka_unit_test(old_entry_with_all_clean_is_not_reproduced),
	        cmocka_unit_test(old_entry_caps_certainty),
	        cmocka_unit_test(local_entry_time_is_compared_with_the_devices_clock),
	        cmocka_unit_test(wrong_device_is_a_warning_said_first),
	        cmocka_unit_test(cluster_member_caps_certainty_only),
	        cmocka_unit_test(masked_serial_proves_nothing),
	        cmocka_unit_test(prompt_that_changes_is_told_and_lowers_certainty),
	        cmocka_unit_test(vdom_the_device_lacks_is_a_wrong_device),
	        cmocka_unit_test(received_counters_of_the_entry_are_a_contradiction),
	        cmocka_unit_test(cut_transcript_is_never_ok),
	        cmocka_unit_test(what_the_connection_took_is_not_ok_though_no_check_asks_for_it),
	        cmocka_unit_test(a_step_whose_options_were_not_answered_is_not_ok),
	        cmocka_unit_test(an_output_that_was_cut_is_not_ok_though_it_told_something),
	        cmocka_unit_test(planned_step_missing_from_the_list_is_unknown),
	        cmocka_unit_test(nothing_planned_is_not_ok),
	        cmocka_unit_test(loss_with_completed_conversations_beats_missing_replies),
	        cmocka_unit_test(loss_without_completed_conversations_gives_way_to_missing_replies),
	        cmocka_unit_test(resources_are_the_cause_when_nothing_else_is),
	        cmocka_unit_test(extreme_memory_with_requests_leaving_is_a_contradiction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
