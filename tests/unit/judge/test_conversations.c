#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "replies.h"

/* A verdict for each conversation, and what TCP's data adds to the checks. */

#define DATA FLAGS(TCP_PSH | TCP_ACK, TCP_PSH | TCP_ACK)

static const struct conversation *fate_of(struct world *w, size_t i, enum fate fate, const char *rule, enum where where)
{
	const struct verdict *verdict = world_judge(w);
	assert_true(i < verdict->conversation_count);
	const struct conversation *one = &verdict->conversations[i];
	assert_string_equal(fate_word(one->fate), fate_word(fate));
	assert_string_equal(one->rule, rule);
	assert_string_equal(where_word(one->where), where_word(where));
	return one;
}

static void assert_check(const struct world *w, enum check_id id, const char *state, const char *certainty,
                         const char *rule)
{
	const struct check *check = &w->verdict.checks[id];
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(certainty_word(check->certainty), certainty);
	assert_string_equal(check->rule, rule);
}

static void each_picture_has_its_fate(void **state)
{
	(void)state;
	static const struct {
		const char *legs;
		unsigned proto, flags;
		enum fate fate;
		const char *rule;
		enum where where;
	} rows[] = {
	        {"ABCD", UDP, 0, FATE_COMPLETE, "legs-ABCD", WHERE_NONE},
	        {"AB", UDP, 0, FATE_NO_REPLY, "legs-AB", WHERE_SERVER},
	        {"A", TCP, SYN_SYNACK, FATE_NOT_FORWARDED, "legs-A", WHERE_GATE},
	        {"ABC", UDP, 0, FATE_NOT_PASSED, "legs-ABC", WHERE_GATE},
	        {"ABCD", TCP, SYN_RST, FATE_REFUSED, "T2", WHERE_SERVER},
	        {"AD", TCP, SYN_RST, FATE_REFUSED, "T3", WHERE_GATE},
	        {"CD", UDP, 0, FATE_PARTLY_VISIBLE, "S4", WHERE_UNKNOWN},
	        {"AD", UDP, 0, FATE_PARTLY_VISIBLE, "S4", WHERE_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = world_new();
		w->plan.target.nat_unknown = false;
		world_aim(w, rows[i].proto);
		world_legs(w, rows[i].legs, rows[i].proto, 50000, rows[i].flags);
		const struct conversation *one = fate_of(w, 0, rows[i].fate, rows[i].rule, rows[i].where);
		assert_string_equal(one->client, CLIENT);
		assert_int_equal(one->client_port, 50000);
		assert_string_equal(one->server, SERVER);
		assert_int_equal(one->proto, rows[i].proto);
		assert_true(one->evidence_count >= strlen(rows[i].legs));
		assert_int_equal(w->verdict.conversation_count, 1);
		world_free(w);
	}
}

static void errors_name_their_place(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 50000);
	world_legs(w, "AB", UDP, 50001, 0);
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	fate_of(w, 0, FATE_ICMP_ERROR, "I1", WHERE_CLIENT);
	fate_of(w, 1, FATE_ICMP_ERROR, "I3", WHERE_BEYOND_GATE);
	world_free(w);
}

static void three_conversations_have_three_fates(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50001, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50001, SYN_SYNACK);
	world_legs(w, "ABCD", TCP, 50002, SYN_RST);
	fate_of(w, 0, FATE_COMPLETE, "legs-ABCD", WHERE_NONE);
	const struct conversation *silent = fate_of(w, 1, FATE_NO_REPLY, "T1", WHERE_SERVER);
	assert_int_equal(silent->requests, 2);
	assert_int_equal(silent->retransmissions, 1);
	fate_of(w, 2, FATE_REFUSED, "T2", WHERE_SERVER);
	world_free(w);
}

static void what_is_too_young_is_told_so(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	w->capture.quiet_us = US_PER_SECOND;
	fate_of(w, 0, FATE_WINDOW_TOO_SHORT, "S5", WHERE_UNKNOWN);
	world_free(w);
}

static void drops_take_negatives_and_leave_positives(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	world_legs(w, "ABCD", TCP, 50001, SYN_RST);
	w->capture.dropped = 3;
	fate_of(w, 0, FATE_PARTLY_VISIBLE, "S1", WHERE_UNKNOWN);
	fate_of(w, 1, FATE_REFUSED, "T2", WHERE_SERVER);
	assert_check(w, CHECK_MISSING_REPLIES, "unknown", "none", "S1");
	assert_check(w, CHECK_REFUSED, "warning", "certain", "T2");
	world_free(w);
}

static void without_directions_nothing_is_told(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		world_packet(w, "wan1", PACKET_DIRECTION_UNKNOWN, UDP, CLIENT, 50000 + i, SERVER, 53);
	fate_of(w, 0, FATE_PARTLY_VISIBLE, "S2", WHERE_UNKNOWN);
	assert_check(w, CHECK_MISSING_REPLIES, "unknown", "none", "S2");
	assert_int_equal(w->verdict.status, STATE_UNKNOWN);
	world_free(w);
}

static void a_virtual_server_hides_what_left(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < w->pings[i].reply_count; k++)
			w->pings[i].replies[k].rtt_us = 100;
	}
	w->plan.target.server = world_ip("203.0.114.53");
	w->capture.filter = "host " CLIENT " or host 203.0.114.53";
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, "203.0.114.53", 53);
	/* Seen on both sides only where nothing is translated. */
	world_judge(w);
	assert_int_equal(w->verdict.conversations[0].fate, FATE_PARTLY_VISIBLE);
	world_free(w);
}

static void most_are_counted_only(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 40; i++)
		world_legs(w, "ABCD", UDP, 50000 + i, 0);
	world_judge(w);
	assert_int_equal(w->verdict.conversation_count, VERDICT_MAX_CONVERSATIONS);
	assert_int_equal(w->verdict.conversations_omitted, 8);
	assert_int_equal(w->verdict.conversations[31].client_port, 50031);
	world_free(w);
}

/* Where the entry tells no port the packets do, from whichever leg was seen. */
static void the_port_is_told_by_any_packet(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.server_port = 0;
	w->plan.target.have_proto = false;
	world_legs(w, "AB", UDP, 50000, 0);
	world_judge(w);
	assert_int_equal(w->verdict.conversations[0].server_port, 53);
	assert_int_equal(w->verdict.conversations[0].proto, UDP);
	world_forget_packets(w);
	world_legs(w, "D", UDP, 50000, 0);
	world_judge(w);
	assert_int_equal(w->verdict.conversations[0].server_port, 53);
	assert_int_equal(w->verdict.conversations[0].proto, UDP);
	world_forget_packets(w);
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	world_judge(w);
	assert_int_equal(w->verdict.conversations[0].server_port, 0);
	assert_int_equal(w->verdict.conversations[0].proto, 0);
	world_free(w);
}

static void other_clients_are_not_listed(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.9", 50000, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, "10.0.0.9", 50000, SERVER, 53);
	world_judge(w);
	assert_int_equal(w->verdict.conversation_count, 0);
	world_free(w);
}

/* ---- the same port again ---- */

static void a_new_syn_from_a_port_begins_a_new_conversation(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50000, FLAGS(TCP_ACK, 0));
	size_t before = w->capture.packet_count;
	world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	for (size_t i = before; i < w->capture.packet_count; i++)
		w->packets[i].tcp_seq += 7777;
	fate_of(w, 0, FATE_COMPLETE, "legs-ABCD", WHERE_NONE);
	fate_of(w, 1, FATE_NO_REPLY, "legs-AB", WHERE_SERVER);
	assert_int_equal(w->verdict.conversation_count, 2);
	world_free(w);
}

static void a_syn_after_the_tail_of_another_connection_is_new(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, FLAGS(TCP_ACK, TCP_ACK));
	world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	world_judge(w);
	assert_int_equal(w->verdict.conversation_count, 2);
	fate_of(w, 1, FATE_NO_REPLY, "legs-AB", WHERE_SERVER);
	world_free(w);
}

static void a_capture_that_begins_with_the_syn_ack_has_one_conversation(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "CD", TCP, 50000, SYN_SYNACK);
	for (size_t i = 0; i < 2; i++) {
		w->packets[i].have_ack = true;
		w->packets[i].tcp_ack = 150001;
	}
	world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	world_judge(w);
	assert_int_equal(w->verdict.conversation_count, 1);
	world_free(w);
}

/* A server that still knows the old connection answers the SYN by an ACK. */
static void an_ack_in_answer_to_a_syn_completes_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, FLAGS(TCP_SYN, TCP_ACK));
	fate_of(w, 0, FATE_PARTLY_VISIBLE, "S4", WHERE_UNKNOWN);
	assert_check(w, CHECK_MISSING_REPLIES, "unknown", "none", "S4");
	world_free(w);
}

/* ---- RST of the FortiGate in mid-conversation ---- */

static void rst_in_mid_conversation(struct world *w, const char *legs)
{
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "A", TCP, 50000, DATA);
	world_legs(w, legs, TCP, 50000, FLAGS(0, TCP_RST | TCP_ACK));
}

static void t3_rst_that_left_and_never_entered(void **state)
{
	(void)state;
	struct world *w = world_new();
	rst_in_mid_conversation(w, "D");
	fate_of(w, 0, FATE_REFUSED, "T3", WHERE_GATE);
	assert_check(w, CHECK_REFUSED, "warning", "likely", "T3");
	world_free(w);
	w = world_new();
	rst_in_mid_conversation(w, "CD");
	fate_of(w, 0, FATE_COMPLETE, "legs-ABCD", WHERE_NONE);
	assert_check(w, CHECK_REFUSED, "ok", "certain", "T2");
	assert_non_null(strstr(w->verdict.checks[CHECK_REFUSED].summary, "ended 1 by RST after its first reply"));
	assert_int_equal(w->verdict.checks[CHECK_REFUSED].evidence_count, 1);
	w->capture.dropped = 1;
	world_judge(w);
	assert_check(w, CHECK_REFUSED, "unknown", "none", "S1");
	world_free(w);
}

static void t3_needs_a_view_of_both_sides(void **state)
{
	(void)state;
	struct world *w = world_new();
	rst_in_mid_conversation(w, "D");
	w->capture.filter = "host " CLIENT;
	world_judge(w);
	assert_int_not_equal(w->verdict.conversations[0].fate, FATE_REFUSED);
	world_free(w);
}

/* ---- data ---- */

static void connect(struct world *w, unsigned port)
{
	world_legs(w, "ABCD", TCP, port, SYN_SYNACK);
	world_legs(w, "AB", TCP, port, FLAGS(TCP_ACK, 0));
}

/* Data of a connection, `times` times, a second apart; the server's answer acknowledges it. */
static void talk(struct world *w, unsigned port, const char *legs, unsigned times, bool answered)
{
	connect(w, port);
	for (unsigned i = 0; i < times; i++) {
		size_t before = w->capture.packet_count;
		world_legs(w, legs, TCP, port, DATA);
		for (; before < w->capture.packet_count; before++)
			w->packets[before].tcp_seq = 100000 + port + 1;
	}
	if (!answered)
		return;
	size_t before = w->capture.packet_count;
	world_legs(w, "CD", TCP, port, FLAGS(0, TCP_ACK));
	for (; before < w->capture.packet_count; before++) {
		w->packets[before].have_seq = false;
		w->packets[before].have_ack = true;
		w->packets[before].tcp_ack = 100000 + port + 41;
	}
}

static void t5_data_sent_again_warns_with_its_place(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		talk(w, 50000 + i, "AB", 2, true);
	const struct conversation *one = fate_of(w, 0, FATE_COMPLETE, "T5", WHERE_BEYOND_GATE);
	assert_int_equal(one->retransmissions, 1);
	assert_check(w, CHECK_MISSING_REPLIES, "warning", "likely", "T5");
	assert_string_equal(cause_word(w->verdict.cause), "missing-replies");
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	world_free(w);
}

static void once_is_no_finding_but_is_told(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		talk(w, 50000 + i, "AB", i == 0 ? 2 : 1, true);
	world_judge(w);
	assert_check(w, CHECK_MISSING_REPLIES, "ok", "likely", "legs-ABCD");
	assert_non_null(
	        strstr(w->verdict.checks[CHECK_MISSING_REPLIES].summary, "Of 4 data segments 1 were sent again"));
	assert_int_equal(w->verdict.status, STATE_OK);
	world_free(w);
}

static void s6_under_load_the_times_prove_little(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		talk(w, 50000 + i, "AB", 2, true);
	world_cpu(w, 0, 97, 1);
	world_cpu(w, 1, 97, 1);
	world_judge(w);
	assert_check(w, CHECK_MISSING_REPLIES, "warning", "none", "T5");
	world_free(w);
}

static void a_handshake_alone_is_no_completed_conversation(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	talk(w, 50000, "AB", 4, false);
	const struct conversation *one = fate_of(w, 0, FATE_NO_REPLY, "T5", WHERE_BEYOND_GATE);
	assert_int_equal(one->retransmissions, 3);
	assert_check(w, CHECK_MISSING_REPLIES, "critical", "likely", "T5");
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	world_free(w);
	/* The window may end before the answer. */
	w = world_new();
	world_aim(w, TCP);
	talk(w, 50000, "AB", 2, false);
	w->capture.quiet_us = 0;
	world_judge(w);
	assert_int_not_equal(w->verdict.conversations[0].fate, FATE_NO_REPLY);
	world_free(w);
}

/* A translation that the entry does not tell may hide the other side. */
static void a_stall_on_the_clients_side_has_no_place(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "AD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "A", TCP, 50000, FLAGS(TCP_ACK, 0));
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "A", TCP, 50000, DATA);
	fate_of(w, 0, FATE_NO_REPLY, "T5", WHERE_UNKNOWN);
	assert_check(w, CHECK_MISSING_REPLIES, "critical", "likely", "T5");
	world_free(w);
}

static void one_stall_among_many_only_warns(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	talk(w, 50000, "AB", 4, false);
	for (unsigned i = 1; i < 4; i++)
		talk(w, 50000 + i, "AB", 1, true);
	world_judge(w);
	assert_check(w, CHECK_MISSING_REPLIES, "warning", "none", "T5");
	world_free(w);
}

/* ---- N2: what an offloaded session does not show ---- */

static struct judging *judging_of(struct world *w)
{
	struct judging *judging = ARENA_NEW(w->arena, struct judging);
	judging->arena = w->arena;
	judging->target = &w->plan.target;
	judging->facts = &w->facts;
	judging->limits = &w->plan.playbook.thresholds;
	judging->capture = &w->capture;
	world_close(w);
	trace_make(w->arena, &w->capture, &w->plan, 10000, &judging->trace);
	trace_streams(w->arena, &judging->trace);
	return judging;
}

/* Data that nobody acknowledged on an offloaded session is out of sight only. */
static void a_stall_of_an_offloaded_session_is_no_fate(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	talk(w, 50000, "AB", 4, false);
	fate_of(w, 0, FATE_NO_REPLY, "T5", WHERE_BEYOND_GATE);
	struct fact_row *row = facts_row(w->arena, &w->facts, "session", world_source("sessions", 1, "session info"));
	static const char *const cells[][2] = {{"proto", "6"},
	                                       {"org_packets", "6"},
	                                       {"reply_packets", "2"},
	                                       {"offload", "8/8"},
	                                       {"org", CLIENT ":50000->" SERVER ":443(0.0.0.0:0)"}};
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		facts_cell(w->arena, row, cells[i][0], str_of(cells[i][1]));
	fate_of(w, 0, FATE_PARTLY_VISIBLE, "N2", WHERE_UNKNOWN);
	world_free(w);
}

static void n2_an_offloaded_session_proves_no_silence_of_data(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	talk(w, 50000, "AB", 4, false);
	struct judging *judging = judging_of(w);
	struct check_draft draft;
	check_begin(&draft, w->arena, "x");
	assert_true(replies_stalled(judging, &draft));
	assert_string_equal(draft.check.rule, "T5");
	judging->offloaded = true;
	assert_true(replies_stalled(judging, &draft));
	assert_string_equal(draft.check.rule, "N2");
	assert_int_equal(draft.check.state, STATE_UNKNOWN);
	world_free(w);
}

static void n2_an_offloaded_session_proves_no_loss_of_data(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		talk(w, 50000 + i, "AB", 2, true);
	struct judging *judging = judging_of(w);
	struct check_draft draft;
	check_begin(&draft, w->arena, "x");
	assert_true(replies_sent_again(judging, &draft));
	judging->offloaded = true;
	assert_false(replies_sent_again(judging, &draft));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_picture_has_its_fate),
	        cmocka_unit_test(errors_name_their_place),
	        cmocka_unit_test(three_conversations_have_three_fates),
	        cmocka_unit_test(what_is_too_young_is_told_so),
	        cmocka_unit_test(drops_take_negatives_and_leave_positives),
	        cmocka_unit_test(without_directions_nothing_is_told),
	        cmocka_unit_test(a_virtual_server_hides_what_left),
	        cmocka_unit_test(most_are_counted_only),
	        cmocka_unit_test(the_port_is_told_by_any_packet),
	        cmocka_unit_test(a_stall_of_an_offloaded_session_is_no_fate),
	        cmocka_unit_test(other_clients_are_not_listed),
	        cmocka_unit_test(a_new_syn_from_a_port_begins_a_new_conversation),
	        cmocka_unit_test(a_syn_after_the_tail_of_another_connection_is_new),
	        cmocka_unit_test(a_capture_that_begins_with_the_syn_ack_has_one_conversation),
	        cmocka_unit_test(an_ack_in_answer_to_a_syn_completes_nothing),
	        cmocka_unit_test(t3_rst_that_left_and_never_entered),
	        cmocka_unit_test(t3_needs_a_view_of_both_sides),
	        cmocka_unit_test(t5_data_sent_again_warns_with_its_place),
	        cmocka_unit_test(once_is_no_finding_but_is_told),
	        cmocka_unit_test(s6_under_load_the_times_prove_little),
	        cmocka_unit_test(a_handshake_alone_is_no_completed_conversation),
	        cmocka_unit_test(a_stall_on_the_clients_side_has_no_place),
	        cmocka_unit_test(one_stall_among_many_only_warns),
	        cmocka_unit_test(n2_an_offloaded_session_proves_no_silence_of_data),
	        cmocka_unit_test(n2_an_offloaded_session_proves_no_loss_of_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
