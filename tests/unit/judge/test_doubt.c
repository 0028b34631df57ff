#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Pictures that are easily taken for more than they show; found by running
 * worlds drawn by lot. */

#define NAT    "203.0.113.2"
#define ROUTER "203.0.113.1"

static const struct check *check_of(struct world *w, enum check_id id)
{
	return &world_judge(w)->checks[id];
}

static void tcp_pair(struct world *w, const char *src, uint32_t seq, bool answered)
{
	struct packet *packet = world_packet(w, "internal", PACKET_IN, TCP, CLIENT, 50000, SERVER, 443);
	struct packet *out = world_packet(w, "wan1", PACKET_OUT, TCP, src, 50000, SERVER, 443);
	packet->tcp_flags = out->tcp_flags = TCP_SYN;
	packet->have_seq = out->have_seq = true;
	packet->tcp_seq = out->tcp_seq = seq;
	if (answered) {
		struct packet *in = world_packet(w, "wan1", PACKET_IN, TCP, SERVER, 443, src, 50000);
		struct packet *back = world_packet(w, "internal", PACKET_OUT, TCP, SERVER, 443, CLIENT, 50000);
		in->tcp_flags = back->tcp_flags = TCP_SYN | TCP_ACK;
		in->have_seq = back->have_seq = true;
		in->tcp_seq = back->tcp_seq = seq + 7000;
		packet = world_packet(w, "internal", PACKET_IN, TCP, CLIENT, 50000, SERVER, 443);
		out = world_packet(w, "wan1", PACKET_OUT, TCP, src, 50000, SERVER, 443);
		packet->tcp_flags = out->tcp_flags = TCP_ACK;
	}
	w->now_us += US_PER_SECOND;
}

static void a_port_used_again_is_a_new_connection(void **state)
{
	(void)state;
	static const char *const outside[] = {CLIENT, NAT};
	for (size_t i = 0; i < 2; i++) {
		struct world *w = world_new();
		world_aim(w, TCP);
		for (uint32_t k = 0; k < 8; k++)
			tcp_pair(w, outside[i], 1000 + k, k % 2 == 0);
		w->capture.quiet_us = 6 * US_PER_SECOND;
		const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
		assert_string_equal(state_word(check->state), "critical");
		assert_non_null(strstr(check->summary, "4 requests of 4 conversations"));
		world_free(w);
	}
}

/* The filter names neither end of an error on its way in to an unknown address. */
static void an_error_that_may_have_come_in_unseen_is_not_the_gates(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, NAT, 50000, SERVER, 53);
	w->now_us += 9000;
	world_error(w, "internal", PACKET_OUT, ROUTER, CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	const struct check *check = check_of(w, CHECK_ICMP_ERROR);
	assert_non_null(strstr(check->summary, "A router (" ROUTER ")"));
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	/* Told, the address is in the filter, and what did not come in was made here. */
	w->plan.target.nat_unknown = false;
	w->plan.target.translated_client = world_ip(NAT);
	w->capture.filter = "( host " CLIENT " or host " SERVER " or host " NAT
	                    " ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )";
	check = check_of(w, CHECK_ICMP_ERROR);
	assert_non_null(strstr(check->summary, "The FortiGate itself"));
	world_free(w);
}

/* Neither the request's way out nor the error's way in would be in the capture. */
static void an_error_about_a_hidden_request_has_no_place(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "A", UDP, 50000, 0);
	world_error(w, "internal", PACKET_OUT, ROUTER, CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	const struct check *check = check_of(w, CHECK_ICMP_ERROR);
	assert_string_equal(where_word(w->verdict.where), "gate");
	for (size_t i = 0; i < w->facts.ping_count; i++) {
		for (size_t r = 0; r < w->pings[i].reply_count; r++)
			w->pings[i].replies[r].rtt_us = 200;
	}
	check = check_of(w, CHECK_ICMP_ERROR);
	assert_non_null(strstr(check->summary, "The FortiGate or a router behind it"));
	assert_string_equal(cause_word(w->verdict.cause), "icmp-error");
	assert_string_equal(where_word(w->verdict.where), "unknown");
	world_free(w);
}

static void an_rst_of_a_hidden_server_is_not_the_gates(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "AD", TCP, 50000, SYN_RST);
	for (size_t i = 0; i < w->facts.ping_count; i++) {
		for (size_t r = 0; r < w->pings[i].reply_count; r++)
			w->pings[i].replies[r].rtt_us = 200;
	}
	const struct check *check = check_of(w, CHECK_REFUSED);
	assert_string_equal(state_word(check->state), "warning");
	assert_string_equal(certainty_word(check->certainty), "none");
	assert_string_equal(where_word(w->verdict.where), "unknown");
	world_free(w);
}

static void twins(struct world *w)
{
	for (unsigned i = 0; i < 4; i++) {
		world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000 + i, SERVER, 53);
		world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.77", 51000 + i, SERVER, 53);
		world_packet(w, "wan1", PACKET_OUT, UDP, "10.0.0.77", 51000 + i, SERVER, 53);
		w->now_us += US_PER_SECOND;
	}
	w->capture.quiet_us = 6 * US_PER_SECOND;
}

static void clients_that_are_not_translated_are_told_apart(void **state)
{
	(void)state;
	struct world *w = world_new();
	twins(w);
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_UNKNOWN);
	w->plan.target.nat_unknown = false;
	const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
	assert_string_equal(check->rule, "legs-A");
	assert_int_equal(check->state, STATE_CRITICAL);
	world_free(w);
}

static void conversations_not_wholly_seen_are_counted(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "ABCD", UDP, 50000 + i, 0);
	world_legs(w, "ABD", UDP, 50010, 0);
	const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
	assert_int_equal(check->state, STATE_OK);
	assert_int_equal(check->certainty, CERTAINTY_LIKELY);
	assert_non_null(strstr(check->summary, "1 more is not wholly visible"));
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "ABD", UDP, 50011 + i, 0);
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_UNKNOWN);
	world_free(w);
}

/* Who asks in the last moment is not known to be answered. */
static void conversations_that_began_too_late_are_counted(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "ABCD", UDP, 50000 + i, 0);
	world_legs(w, "AB", UDP, 50010, 0);
	w->capture.quiet_us = US_PER_SECOND;
	const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
	assert_int_equal(check->state, STATE_OK);
	assert_int_equal(check->certainty, CERTAINTY_LIKELY);
	assert_non_null(strstr(check->summary, "1 more began too late in the capture to tell."));
	world_legs(w, "AB", UDP, 50011, 0);
	check = check_of(w, CHECK_MISSING_REPLIES);
	assert_int_equal(check->state, STATE_UNKNOWN);
	assert_string_equal(check->rule, "S5");
	world_free(w);
}

static void echo_leg(struct world *w, const char *interface, enum packet_direction direction, const char *src,
                     const char *dst, enum packet_icmp icmp)
{
	world_packet(w, interface, direction, ICMP, src, 0, dst, 0)->icmp = icmp;
}

/* Behind one address echoes carry nothing to tell the clients apart. */
static void an_echo_reply_to_another_client_is_not_held_back(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, ICMP);
	w->plan.target.nat_unknown = false;
	w->plan.target.translated_client = world_ip(NAT);
	w->capture.filter = "( host " CLIENT " or host " SERVER " or host " NAT " ) and ( icmp )";
	for (unsigned i = 0; i < 4; i++) {
		echo_leg(w, "internal", PACKET_IN, "10.0.0.77", SERVER, ICMP_ECHO_REQUEST);
		echo_leg(w, "wan1", PACKET_OUT, NAT, SERVER, ICMP_ECHO_REQUEST);
		w->now_us += US_PER_SECOND;
		echo_leg(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_ECHO_REQUEST);
		echo_leg(w, "wan1", PACKET_OUT, NAT, SERVER, ICMP_ECHO_REQUEST);
		w->now_us += 9000;
		echo_leg(w, "wan1", PACKET_IN, SERVER, NAT, ICMP_ECHO_REPLY);
		echo_leg(w, "internal", PACKET_OUT, SERVER, "10.0.0.77", ICMP_ECHO_REPLY);
		w->now_us += US_PER_SECOND;
	}
	w->capture.quiet_us = 6 * US_PER_SECOND;
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_UNKNOWN);
	world_free(w);
}

static void more_packets_than_replies_are_said(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.server_port = 0;
	w->capture.filter = "host " SERVER;
	for (unsigned i = 0; i < 6; i++)
		world_legs(w, i % 2 ? "AB" : "ABCD", UDP, 50000, 0);
	for (size_t i = 0; i < w->capture.packet_count; i++) {
		if (w->packets[i].src_port == 53)
			w->packets[i].src_port = 5000;
		if (w->packets[i].dst_port == 53)
			w->packets[i].dst_port = 5000;
	}
	const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
	assert_int_equal(check->state, STATE_OK);
	assert_int_equal(check->certainty, CERTAINTY_LIKELY);
	assert_non_null(strstr(check->summary, "6 packets went and 3 came back"));
	world_free(w);
}

static void the_client_pings_what_it_asks(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.nat_unknown = false;
	w->plan.target.mapped = world_ip("10.7.0.80");
	const struct check *check = check_of(w, CHECK_LAN_SEGMENT);
	assert_non_null(strstr(check->advice[0], SERVER));
	world_free(w);
}

/* A capture that is called decided is decided for the verdict too. */
static void decided_means_decided(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.quiet_us = 0;
	for (unsigned i = 0; i < 3; i++) {
		world_legs(w, "AB", UDP, 50000 + i, 0);
		w->now_us -= 500 * 1000;
		world_legs(w, "C", UDP, 50000 + i, 0);
	}
	for (int64_t later_us = 0; later_us < 6 * US_PER_SECOND; later_us += 50 * 1000) {
		struct trace trace;
		int64_t last_us = w->packets[w->capture.packet_count - 1].time_us;
		w->capture.quiet_us = 0;
		trace_make(w->arena, &w->capture, &w->plan, 10000, &trace);
		if (!trace_decided(&trace, last_us + later_us, 10000))
			continue;
		w->capture.quiet_us = later_us;
		assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_CRITICAL);
		world_free(w);
		return;
	}
	fail_msg("never decided");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_port_used_again_is_a_new_connection),
	        cmocka_unit_test(an_error_that_may_have_come_in_unseen_is_not_the_gates),
	        cmocka_unit_test(an_error_about_a_hidden_request_has_no_place),
	        cmocka_unit_test(an_rst_of_a_hidden_server_is_not_the_gates),
	        cmocka_unit_test(clients_that_are_not_translated_are_told_apart),
	        cmocka_unit_test(conversations_not_wholly_seen_are_counted),
	        cmocka_unit_test(conversations_that_began_too_late_are_counted),
	        cmocka_unit_test(an_echo_reply_to_another_client_is_not_held_back),
	        cmocka_unit_test(more_packets_than_replies_are_said),
	        cmocka_unit_test(the_client_pings_what_it_asks),
	        cmocka_unit_test(decided_means_decided),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
