#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Which conversation does an ICMP error belong to, and which none? */

#define ROUTER "203.0.113.9"
#define OTHER  "10.0.0.77"
#define NAT    "203.0.113.2"

static const struct check *error_check(struct world *w)
{
	return &world_judge(w)->checks[CHECK_ICMP_ERROR];
}

static void assert_error(struct world *w, const char *state, const char *certainty, const char *rule)
{
	const struct check *check = error_check(w);
	if (strcmp(state_word(check->state), state) != 0 || strcmp(certainty_word(check->certainty), certainty) != 0 ||
	    strcmp(check->rule, rule) != 0)
		fail_msg("%s %s %s, not %s %s %s: %s", state_word(check->state), certainty_word(check->certainty),
		         check->rule, state, certainty, rule, check->summary);
}

static void unreachable(struct world *w, const char *interface, enum packet_direction direction, const char *dst)
{
	world_error(w, interface, direction, ROUTER, dst, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
}

static void closed_port(struct world *w, unsigned proto, unsigned port)
{
	world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, proto, port);
	world_error(w, "wan1", PACKET_OUT, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, proto, port);
}

static void others_asks(struct world *w, unsigned port)
{
	world_packet(w, "internal", PACKET_IN, UDP, OTHER, port, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, OTHER, port, SERVER, 53);
}

/* ---- one error, or two ---- */

/* The router says no to each of them, at nearly the same time. */
static void errors_to_two_clients_are_two(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	others_asks(w, 51000);
	w->now_us += 5000;
	unreachable(w, "wan1", PACKET_IN, OTHER);
	unreachable(w, "internal", PACKET_OUT, OTHER);
	unreachable(w, "wan1", PACKET_IN, CLIENT);
	unreachable(w, "internal", PACKET_OUT, CLIENT);
	w->now_us += 10 * US_PER_SECOND;
	assert_error(w, "critical", "certain", "I3");
	assert_string_equal(cause_word(w->verdict.cause), "icmp-error");
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	world_free(w);
}

static void the_gates_own_errors_to_two_clients_are_two(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, OTHER, 51000, SERVER, 53);
	world_legs(w, "A", UDP, 50000, 0);
	unreachable(w, "internal", PACKET_OUT, OTHER);
	unreachable(w, "internal", PACKET_OUT, CLIENT);
	w->now_us += 10 * US_PER_SECOND;
	assert_error(w, "critical", "certain", "I3");
	assert_string_equal(where_word(w->verdict.where), "gate");
	world_free(w);
}

/* On its way an error is seen on each interface, behind a translation under
 * another address: it ends one conversation, not two. */
static void one_error_on_its_way_ends_one_conversation(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 2; i++) {
		world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000 + i, SERVER, 53);
		world_packet(w, "wan1", PACKET_OUT, UDP, NAT, 61000 + i, SERVER, 53);
	}
	w->now_us += 5000;
	unreachable(w, "wan1", PACKET_IN, NAT);
	unreachable(w, "vlink0", PACKET_OUT, CLIENT);
	unreachable(w, "vlink1", PACKET_IN, CLIENT);
	unreachable(w, "internal", PACKET_OUT, CLIENT);
	w->now_us += 10 * US_PER_SECOND;
	world_judge(w);
	unsigned errors = 0;
	for (size_t i = 0; i < w->verdict.conversation_count; i++)
		errors += w->verdict.conversations[i].fate == FATE_ICMP_ERROR;
	assert_int_equal(w->verdict.conversation_count, 2);
	assert_int_equal(errors, 1);
	world_free(w);
}

/* Without directions an error that was seen before may be a copy. */
static void copies_without_a_direction_are_one_error(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 2; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	unreachable(w, NULL, PACKET_DIRECTION_UNKNOWN, NAT);
	unreachable(w, NULL, PACKET_DIRECTION_UNKNOWN, CLIENT);
	world_judge(w);
	assert_non_null(w->verdict.conversations);
	assert_int_not_equal(w->verdict.conversations[0].fate, FATE_ICMP_ERROR);
	assert_int_not_equal(w->verdict.conversations[1].fate, FATE_ICMP_ERROR);
	world_free(w);
}

/* An error of another kind, or much later, is one of its own. */
static void errors_of_two_kinds_or_times_are_two(void **state)
{
	(void)state;
	for (unsigned later = 0; later < 2; later++) {
		struct world *w = world_new();
		for (unsigned i = 0; i < 2; i++)
			world_legs(w, "AB", UDP, 50000 + i, 0);
		unreachable(w, "wan1", PACKET_IN, CLIENT);
		if (later)
			w->now_us += 60000;
		world_error(w, "wan1", PACKET_IN, ROUTER, CLIENT, later ? ICMP_HOST_UNREACHABLE : ICMP_ADMIN_PROHIBITED,
		            SERVER, 0, 0);
		w->now_us += 10 * US_PER_SECOND;
		world_judge(w);
		assert_int_equal(w->verdict.conversations[0].fate, FATE_ICMP_ERROR);
		assert_int_equal(w->verdict.conversations[1].fate, FATE_ICMP_ERROR);
		world_free(w);
	}
}

/* ---- errors of the client ---- */

/* QUIC on UDP 443 beside TCP 443: that its port is closed ended no TCP session. */
static void a_closed_port_of_another_protocol_ends_no_session(void **state)
{
	(void)state;
	static const unsigned ports[] = {50000, 58888};
	for (size_t i = 0; i < 2; i++) {
		struct world *w = world_new();
		world_aim(w, TCP);
		for (unsigned k = 0; k < 3; k++) {
			world_legs(w, "ABCD", TCP, 50000 + k, SYN_SYNACK);
			world_legs(w, "ABCD", TCP, 50000 + k, FLAGS(TCP_ACK | TCP_PSH, TCP_ACK | TCP_PSH));
		}
		closed_port(w, UDP, ports[i]);
		w->now_us += 10 * US_PER_SECOND;
		assert_error(w, "ok", "certain", "I3");
		assert_string_equal(cause_word(w->verdict.cause), "none");
		/* Where the entry tells no protocol it may well be this one. */
		w->plan.target.have_proto = false;
		assert_error(w, "warning", ports[i] == 50000 ? "certain" : "likely", "I1");
		world_free(w);
	}
}

/* The reply that the error is about was not seen: it may have been about
 * something else that the two talk about. */
static void a_closed_port_without_its_reply_is_likely(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	closed_port(w, UDP, 58888);
	assert_error(w, "warning", "likely", "I1");
	assert_string_equal(where_word(w->verdict.where), "client");
	world_free(w);
	w = world_new();
	closed_port(w, UDP, 50000); /* the port that the entry names */
	assert_error(w, "warning", "certain", "I1");
	/* That all requests had replies nobody saw. */
	assert_int_equal(w->verdict.checks[CHECK_MISSING_REPLIES].state, STATE_OK);
	assert_int_equal(w->verdict.checks[CHECK_MISSING_REPLIES].certainty, CERTAINTY_LIKELY);
	w->plan.target.client_port = 0;
	assert_error(w, "warning", "likely", "I1");
	world_free(w);
}

static void a_closed_port_of_nobody_we_know_is_nobodys(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_error(w, "internal", PACKET_IN, OTHER, SERVER, ICMP_PORT_UNREACHABLE, OTHER, UDP, 50000);
	assert_error(w, "ok", "certain", "I3");
	world_free(w);
	/* Without an entry's client only who asked before can have been answered late. */
	w = world_new();
	w->plan.target.client = (struct ip){0};
	closed_port(w, UDP, 50000);
	assert_error(w, "unknown", "none", "legs-0");
	world_legs(w, "ABCD", UDP, 50000, 0);
	closed_port(w, UDP, 50000);
	assert_error(w, "warning", "certain", "I1");
	world_free(w);
}

/* ---- errors of the way ---- */

static void an_error_about_another_protocol_is_not_ours(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	world_error(w, "wan1", PACKET_IN, SERVER, CLIENT, ICMP_PORT_UNREACHABLE, SERVER, TCP, 53);
	assert_error(w, "ok", "certain", "I3");
	w->packets[2].quoted_proto = UDP;
	assert_error(w, "critical", "certain", "I2");
	world_free(w);
}

/* Behind an address that the FortiGate is seen to send on to, that one is the server. */
static void an_error_of_the_server_behind_is_the_servers(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.filter = "port 53 or icmp";
	world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "dmz", PACKET_OUT, UDP, CLIENT, 50000, "10.9.9.9", 53);
	w->now_us += 5000;
	world_error(w, "dmz", PACKET_IN, "10.9.9.9", CLIENT, ICMP_PORT_UNREACHABLE, "10.9.9.9", UDP, 53);
	assert_error(w, "critical", "certain", "I2");
	assert_string_equal(where_word(w->verdict.where), "server");
	w->packets[2].src = world_ip(ROUTER);
	assert_error(w, "critical", "certain", "I3");
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	world_free(w);
}

/* The request that it is about was sent before the capture began. */
static void an_error_without_its_request_is_the_entrys_by_its_address(void **state)
{
	(void)state;
	struct world *w = world_new();
	unreachable(w, "wan1", PACKET_IN, CLIENT);
	assert_error(w, "critical", "certain", "I3");
	world_free(w);
	w = world_new();
	world_error(w, "wan1", PACKET_IN, ROUTER, CLIENT, ICMP_TIME_EXCEEDED, NULL, 0, 0);
	assert_error(w, "unknown", "none", "legs-0"); /* it quotes nothing: about whatever */
	w->plan.target.client = (struct ip){0};
	w->packets[0].quoted_dst = world_ip(SERVER);
	assert_error(w, "warning", "none", "I5");
	world_free(w);
}

/* The first of them ended the session, the second is about the next try. */
static void the_first_error_is_the_one_that_is_quoted(void **state)
{
	(void)state;
	struct world *w = world_new();
	unreachable(w, "wan1", PACKET_IN, NAT);
	const char *first = w->packets[0].text.p;
	w->now_us += US_PER_SECOND;
	unreachable(w, "wan1", PACKET_IN, NAT);
	assert_error(w, "warning", "none", "I3");
	assert_string_equal(error_check(w)->evidence[0].text, first);
	world_free(w);
	w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	closed_port(w, UDP, 50000);
	first = w->packets[4].text.p;
	w->now_us += US_PER_SECOND;
	closed_port(w, UDP, 50000);
	assert_error(w, "warning", "certain", "I1");
	assert_string_equal(error_check(w)->evidence[4].text, first);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(errors_to_two_clients_are_two),
	        cmocka_unit_test(the_gates_own_errors_to_two_clients_are_two),
	        cmocka_unit_test(one_error_on_its_way_ends_one_conversation),
	        cmocka_unit_test(copies_without_a_direction_are_one_error),
	        cmocka_unit_test(errors_of_two_kinds_or_times_are_two),
	        cmocka_unit_test(a_closed_port_of_another_protocol_ends_no_session),
	        cmocka_unit_test(a_closed_port_without_its_reply_is_likely),
	        cmocka_unit_test(a_closed_port_of_nobody_we_know_is_nobodys),
	        cmocka_unit_test(an_error_about_another_protocol_is_not_ours),
	        cmocka_unit_test(an_error_without_its_request_is_the_entrys_by_its_address),
	        cmocka_unit_test(an_error_of_the_server_behind_is_the_servers),
	        cmocka_unit_test(the_first_error_is_the_one_that_is_quoted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
