#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Packets into conversations and legs. */

static struct trace trace_of(struct world *w)
{
	struct trace trace;
	world_close(w);
	trace_make(w->arena, &w->capture, &w->plan, 10000, &trace);
	return trace;
}

static void assert_one(struct world *w, enum exchange_state state, unsigned requests, unsigned replies)
{
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 1);
	assert_int_equal(trace.exchanges[0].state, state);
	assert_int_equal(trace.exchanges[0].requests, requests);
	assert_int_equal(trace.exchanges[0].replies, replies);
	assert_true(trace.exchanges[0].of_entry);
}

static void legs_make_the_picture(void **state)
{
	(void)state;
	static const struct {
		const char *legs;
		enum exchange_state state;
	} rows[] = {
	        {"ABCD", EXCHANGE_COMPLETE},  {"AB", EXCHANGE_NO_REPLY}, {"A", EXCHANGE_NO_FORWARD},
	        {"ABC", EXCHANGE_NOT_PASSED}, {"CD", EXCHANGE_PARTIAL},  {"AD", EXCHANGE_PARTIAL},
	        {"ACD", EXCHANGE_PARTIAL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = world_new();
		world_legs(w, rows[i].legs, UDP, 50000, 0);
		struct trace trace = trace_of(w);
		assert_int_equal(trace.exchange_count, 1);
		assert_int_equal(trace.exchanges[0].state, rows[i].state);
		world_free(w);
	}
}

static void retries_on_the_same_ports_are_one_conversation(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000, 0);
	assert_one(w, EXCHANGE_NO_REPLY, 3, 0);
	world_legs(w, "ABCD", UDP, 50000, 0);
	assert_one(w, EXCHANGE_COMPLETE, 4, 1);
	world_free(w);
}

static void copies_on_lag_and_vlan_are_one_packet(void **state)
{
	(void)state;
	struct world *w = world_new();
	static const char *const in[] = {"port3", "LAG", "VLAN_10"};
	static const char *const out[] = {"VLAN_20", "LAG2", "port4"};
	for (size_t i = 0; i < 3; i++)
		world_packet(w, in[i], PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	for (size_t i = 0; i < 3; i++)
		world_packet(w, out[i], PACKET_OUT, UDP, CLIENT, 50000, SERVER, 53);
	w->now_us += 9000;
	for (size_t i = 3; i-- > 0;)
		world_packet(w, out[i], PACKET_IN, UDP, SERVER, 53, CLIENT, 50000);
	for (size_t i = 3; i-- > 0;)
		world_packet(w, in[i], PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000);
	assert_one(w, EXCHANGE_COMPLETE, 1, 1);
	world_free(w);
}

/* in port7, out and in over the VDOM link, out port2 translated */
static void vdom_link(struct world *w, bool second_forwards, bool reply)
{
	world_packet(w, "port7", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "npu0_vlink1", PACKET_OUT, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "npu0_vlink0", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	if (second_forwards)
		world_packet(w, "port2", PACKET_OUT, UDP, "203.0.113.2", 61000, SERVER, 53);
	if (!reply)
		return;
	w->now_us += 20000;
	world_packet(w, "port2", PACKET_IN, UDP, SERVER, 53, "203.0.113.2", 61000);
	world_packet(w, "npu0_vlink0", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000);
	world_packet(w, "npu0_vlink1", PACKET_IN, UDP, SERVER, 53, CLIENT, 50000);
	world_packet(w, "port7", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000);
}

static void vdom_links_are_hops_of_one_packet(void **state)
{
	(void)state;
	struct world *w = world_new();
	vdom_link(w, true, true);
	assert_one(w, EXCHANGE_COMPLETE, 1, 1);
	world_free(w);
}

static void packet_that_dies_in_the_second_vdom_did_not_leave(void **state)
{
	(void)state;
	struct world *w = world_new();
	vdom_link(w, false, false);
	assert_one(w, EXCHANGE_NO_FORWARD, 1, 0);
	world_free(w);
}

static void reply_that_dies_in_the_first_vdom_was_not_passed(void **state)
{
	(void)state;
	struct world *w = world_new();
	vdom_link(w, true, true);
	w->capture.packet_count--;
	assert_one(w, EXCHANGE_NOT_PASSED, 1, 1);
	world_free(w);
}

static void translation_in_the_first_vdom_is_followed(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "port7", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "vlink1", PACKET_OUT, UDP, "203.0.113.2", 61000, SERVER, 53);
	world_packet(w, "vlink0", PACKET_IN, UDP, "203.0.113.2", 61000, SERVER, 53);
	assert_one(w, EXCHANGE_NO_FORWARD, 1, 0);
	world_packet(w, "port2", PACKET_OUT, UDP, "203.0.113.2", 61000, SERVER, 53);
	assert_one(w, EXCHANGE_NO_REPLY, 1, 0);
	world_free(w);
}

static void an_equal_datagram_of_another_client_makes_a_negative_ambiguous(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	assert_one(w, EXCHANGE_NO_FORWARD, 1, 0);
	world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.9", 33000, SERVER, 53);
	struct trace trace = trace_of(w);
	for (size_t i = 0; i < trace.exchange_count; i++)
		assert_false(trace.exchanges[i].of_entry && trace.exchanges[i].state == EXCHANGE_NO_FORWARD);
	world_free(w);
}

static void source_translation_is_paired(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++) {
		world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000 + i, SERVER, 53);
		world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.9", 33000 + i, SERVER, 53)->length = 55;
		world_packet(w, "wan1", PACKET_OUT, UDP, "203.0.113.2", 61000 + i, SERVER, 53);
		world_packet(w, "wan1", PACKET_OUT, UDP, "203.0.113.2", 62000 + i, SERVER, 53)->length = 55;
		w->now_us += 10000;
		world_packet(w, "wan1", PACKET_IN, UDP, SERVER, 53, "203.0.113.2", 61000 + i)->length = 90;
		world_packet(w, "internal", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000 + i)->length = 90;
		w->now_us += US_PER_SECOND;
	}
	struct trace trace = trace_of(w);
	unsigned complete = 0;
	unsigned silent = 0;
	for (size_t i = 0; i < trace.exchange_count; i++) {
		complete += trace.exchanges[i].of_entry && trace.exchanges[i].state == EXCHANGE_COMPLETE;
		silent += !trace.exchanges[i].of_entry && trace.exchanges[i].state == EXCHANGE_NO_REPLY;
	}
	assert_int_equal(complete, 3);
	assert_int_equal(silent, 3);
	assert_int_equal(trace.strays, 0);
	world_free(w);
}

static void unknown_server_translation_is_learnt_from_the_capture(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "dmz", PACKET_OUT, UDP, CLIENT, 50000, "10.9.9.9", 53);
	assert_one(w, EXCHANGE_NO_REPLY, 1, 0);
	w->now_us += 9000;
	world_packet(w, "dmz", PACKET_IN, UDP, "10.9.9.9", 53, CLIENT, 50000);
	world_packet(w, "wan1", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000);
	assert_one(w, EXCHANGE_COMPLETE, 1, 1);
	world_free(w);
}

static void query_to_another_server_is_not_a_translation(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 12345, "203.0.113.8", 53);
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 12345, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, CLIENT, 12345, "203.0.113.8", 53);
	assert_one(w, EXCHANGE_NO_FORWARD, 1, 0);
	world_free(w);
}

static void untied_request_leaves_no_forward_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "A", UDP, 50000, 0);
	/* left a second later, translated: too late to be paired by size alone */
	world_packet(w, "wan1", PACKET_OUT, UDP, "203.0.113.2", 61000, SERVER, 53);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_PARTIAL);
	assert_int_equal(trace.strays, 1);
	world_free(w);
}

static void tcp_sequence_pairs_a_held_back_request(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "A", TCP, 50000, SYN_SYNACK);
	struct packet *out = world_packet(w, "wan1", PACKET_OUT, TCP, "203.0.113.2", 61000, SERVER, 443);
	out->tcp_flags = TCP_SYN;
	out->have_seq = true;
	out->tcp_seq = 150000;
	assert_one(w, EXCHANGE_NO_REPLY, 1, 0);
	world_free(w);
}

static void filter_on_one_side_makes_forwarding_unknowable(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.filter = "host " CLIENT;
	world_legs(w, "A", UDP, 50000, 0);
	struct trace trace = trace_of(w);
	assert_false(trace.both_sides);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_PARTIAL);
	world_forget_packets(w);
	world_legs(w, "AD", UDP, 50000, 0);
	assert_one(w, EXCHANGE_COMPLETE, 1, 1);
	world_free(w);
}

static void request_too_young_for_a_reply_is_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	w->capture.quiet_us = 2900 * 1000;
	assert_one(w, EXCHANGE_OPEN, 1, 0);
	w->capture.quiet_us = 3100 * 1000;
	assert_one(w, EXCHANGE_NO_REPLY, 1, 0);
	world_free(w);
}

static void tcp_seen_from_the_middle_proves_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "AB", TCP, 50000, FLAGS(TCP_ACK | TCP_PSH, TCP_ACK));
	assert_one(w, EXCHANGE_PARTIAL, 1, 0);
	world_free(w);
}

static void rst_is_a_refusal_only_as_the_first_answer(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "CD", TCP, 50000, FLAGS(0, TCP_RST));
	assert_one(w, EXCHANGE_COMPLETE, 1, 2);
	world_legs(w, "ABCD", TCP, 50001, SYN_RST);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[1].state, EXCHANGE_REFUSED);
	assert_false(trace.exchanges[1].from_gate);
	world_free(w);
}

static void rst_that_never_came_in_is_the_gates_own(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "AD", TCP, 50000, SYN_RST);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_REFUSED);
	assert_true(trace.exchanges[0].from_gate);
	world_free(w);
}

static void syn_repeated_after_the_synack_passed_is_told(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	struct trace trace = trace_of(w);
	assert_true(trace.exchanges[0].repeated);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_PARTIAL);
	/* The client did go on in the end. */
	world_legs(w, "AB", TCP, 50000, FLAGS(TCP_ACK, 0));
	trace = trace_of(w);
	assert_false(trace.exchanges[0].repeated);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_COMPLETE);
	world_free(w);
}

static void packets_without_direction_prove_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, NULL, PACKET_DIRECTION_UNKNOWN, UDP, CLIENT, 50000, SERVER, 53);
	assert_one(w, EXCHANGE_PARTIAL, 1, 0);
	world_packet(w, NULL, PACKET_DIRECTION_UNKNOWN, UDP, SERVER, 53, CLIENT, 50000);
	assert_one(w, EXCHANGE_PARTIAL, 1, 1);
	world_free(w);
}

static void other_ports_protocols_and_fragments_are_left_out(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, SERVER, 123);
	world_packet(w, "internal", PACKET_IN, TCP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "internal", PACKET_IN, 0, CLIENT, 0, SERVER, 0);
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 0, SERVER, 0)->fragment = true;
	assert_int_equal(trace_of(w).exchange_count, 0);
	world_free(w);
}

static void echoes_are_one_conversation_per_client(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, ICMP);
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "ABCD", ICMP, 0, 0);
	assert_one(w, EXCHANGE_COMPLETE, 4, 4);
	world_free(w);
}

static void translated_echoes_are_paired(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, ICMP);
	world_packet(w, "internal", PACKET_IN, ICMP, CLIENT, 0, SERVER, 0)->icmp = ICMP_ECHO_REQUEST;
	world_packet(w, "wan1", PACKET_OUT, ICMP, "203.0.113.2", 0, SERVER, 0)->icmp = ICMP_ECHO_REQUEST;
	w->now_us += 9000;
	world_packet(w, "wan1", PACKET_IN, ICMP, SERVER, 0, "203.0.113.2", 0)->icmp = ICMP_ECHO_REPLY;
	world_packet(w, "internal", PACKET_OUT, ICMP, SERVER, 0, CLIENT, 0)->icmp = ICMP_ECHO_REPLY;
	assert_one(w, EXCHANGE_COMPLETE, 1, 1);
	world_free(w);
}

/* ---- ICMP errors ---- */

static void late_error_ties_by_address_and_printed_port(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 12345, 0);
	world_legs(w, "ABCD", UDP, 12346, 0);
	world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 12345);
	world_error(w, "wan1", PACKET_OUT, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 12345);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 2);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_ICMP_ERROR);
	assert_true(trace.exchanges[0].late);
	assert_int_equal(trace.exchanges[1].state, EXCHANGE_COMPLETE);
	world_free(w);
}

static void late_error_counts_without_its_request(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 12345);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 1);
	assert_true(trace.exchanges[0].late && trace.exchanges[0].of_entry);
	assert_int_equal(trace.exchanges[0].client_port, 12345);
	world_free(w);
}

static void late_error_to_another_server_is_not_ours(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_error(w, "internal", PACKET_IN, CLIENT, "203.0.113.8", ICMP_PORT_UNREACHABLE, CLIENT, UDP, 12345);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 0);
	assert_null(trace.other_error);
	world_free(w);
}

static void router_error_ties_to_the_newest_unanswered_request(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	world_legs(w, "AB", UDP, 50001, 0);
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_COMPLETE);
	assert_int_equal(trace.exchanges[1].state, EXCHANGE_ICMP_ERROR);
	assert_false(trace.exchanges[1].late);
	assert_false(trace.exchanges[1].from_gate);
	world_free(w);
}

static void error_that_never_came_in_is_the_gates_own(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "A", UDP, 50000, 0);
	world_error(w, "internal", PACKET_OUT, "10.0.0.1", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_ICMP_ERROR);
	assert_true(trace.exchanges[0].from_gate);
	world_free(w);
}

static void error_about_another_conversation_is_kept_apart(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", "203.0.113.2", ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 0);
	assert_non_null(trace.other_error);
	world_free(w);
}

static void error_about_another_port_is_ignored(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	world_error(w, "wan1", PACKET_IN, SERVER, CLIENT, ICMP_PORT_UNREACHABLE, SERVER, UDP, 161);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_COMPLETE);
	assert_null(trace.other_error);
	world_free(w);
}

/* ---- when a running capture has seen enough ---- */

static bool decided(struct world *w, int64_t later_us)
{
	struct trace trace;
	trace_make(w->arena, &w->capture, &w->plan, 10000, &trace);
	int64_t last = w->capture.packet_count ? w->packets[w->capture.packet_count - 1].time_us : 0;
	return trace_decided(&trace, last + later_us, 10000);
}

static void three_of_a_kind_decide_after_the_wait(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.quiet_us = 0;
	w->capture.have_trailer = false;
	w->capture.interrupted = false;
	assert_false(decided(w, 60 * US_PER_SECOND));
	world_legs(w, "AB", UDP, 50000, 0);
	world_legs(w, "AB", UDP, 50000, 0);
	assert_false(decided(w, 10 * US_PER_SECOND));
	world_legs(w, "AB", UDP, 50000, 0);
	assert_false(decided(w, 2900 * 1000));
	assert_true(decided(w, 3100 * 1000));
	world_free(w);
}

static void different_pictures_do_not_add_up(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	world_legs(w, "A", UDP, 50001, 0);
	world_legs(w, "ABCD", UDP, 50002, 0);
	assert_false(decided(w, 60 * US_PER_SECOND));
	world_free(w);
}

static void one_positive_packet_decides(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	assert_false(decided(w, US_PER_SECOND));
	assert_true(decided(w, 4 * US_PER_SECOND));
	world_free(w);
}

static void other_clients_never_decide(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.client = world_ip("10.0.0.200");
	world_healthy_traffic(w);
	assert_false(decided(w, 60 * US_PER_SECOND));
	world_free(w);
}

static void without_an_entry_every_client_counts(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.client = (struct ip){0};
	w->plan.target.have_entry = false;
	world_healthy_traffic(w);
	assert_true(decided(w, 60 * US_PER_SECOND));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(legs_make_the_picture),
	        cmocka_unit_test(retries_on_the_same_ports_are_one_conversation),
	        cmocka_unit_test(copies_on_lag_and_vlan_are_one_packet),
	        cmocka_unit_test(vdom_links_are_hops_of_one_packet),
	        cmocka_unit_test(packet_that_dies_in_the_second_vdom_did_not_leave),
	        cmocka_unit_test(reply_that_dies_in_the_first_vdom_was_not_passed),
	        cmocka_unit_test(translation_in_the_first_vdom_is_followed),
	        cmocka_unit_test(an_equal_datagram_of_another_client_makes_a_negative_ambiguous),
	        cmocka_unit_test(source_translation_is_paired),
	        cmocka_unit_test(unknown_server_translation_is_learnt_from_the_capture),
	        cmocka_unit_test(query_to_another_server_is_not_a_translation),
	        cmocka_unit_test(untied_request_leaves_no_forward_open),
	        cmocka_unit_test(tcp_sequence_pairs_a_held_back_request),
	        cmocka_unit_test(filter_on_one_side_makes_forwarding_unknowable),
	        cmocka_unit_test(request_too_young_for_a_reply_is_open),
	        cmocka_unit_test(tcp_seen_from_the_middle_proves_nothing),
	        cmocka_unit_test(rst_is_a_refusal_only_as_the_first_answer),
	        cmocka_unit_test(rst_that_never_came_in_is_the_gates_own),
	        cmocka_unit_test(syn_repeated_after_the_synack_passed_is_told),
	        cmocka_unit_test(packets_without_direction_prove_nothing),
	        cmocka_unit_test(other_ports_protocols_and_fragments_are_left_out),
	        cmocka_unit_test(echoes_are_one_conversation_per_client),
	        cmocka_unit_test(translated_echoes_are_paired),
	        cmocka_unit_test(late_error_ties_by_address_and_printed_port),
	        cmocka_unit_test(late_error_counts_without_its_request),
	        cmocka_unit_test(late_error_to_another_server_is_not_ours),
	        cmocka_unit_test(router_error_ties_to_the_newest_unanswered_request),
	        cmocka_unit_test(error_that_never_came_in_is_the_gates_own),
	        cmocka_unit_test(error_about_another_conversation_is_kept_apart),
	        cmocka_unit_test(error_about_another_port_is_ignored),
	        cmocka_unit_test(three_of_a_kind_decide_after_the_wait),
	        cmocka_unit_test(different_pictures_do_not_add_up),
	        cmocka_unit_test(one_positive_packet_decides),
	        cmocka_unit_test(other_clients_never_decide),
	        cmocka_unit_test(without_an_entry_every_client_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
