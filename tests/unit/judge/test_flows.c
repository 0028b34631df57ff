#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Packets of odd ways: told translations, copies, resets of the client, more
 * conversations than are followed. */

#define MAPPED "10.9.9.9"
#define NAT    "203.0.113.2"

static struct trace trace_of(struct world *w)
{
	struct trace trace;
	world_close(w);
	trace_make(w->arena, &w->capture, &w->plan, 10000, &trace);
	return trace;
}

static enum exchange_state only_state(struct world *w)
{
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 1);
	return trace.exchanges[0].state;
}

/* ---- a translation that the entry tells ---- */

static void virtual_legs(struct world *w, const char *legs, unsigned port)
{
	for (; *legs; legs++) {
		if (*legs == 'A')
			world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
		else if (*legs == 'B')
			world_packet(w, "dmz", PACKET_OUT, UDP, CLIENT, 50000, MAPPED, port);
		else if (*legs == 'C')
			world_packet(w, "dmz", PACKET_IN, UDP, MAPPED, port, CLIENT, 50000);
		else
			world_packet(w, "wan1", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000);
	}
	w->now_us += US_PER_SECOND;
}

static void the_told_port_behind_a_virtual_address_is_the_servers(void **state)
{
	(void)state;
	static const struct {
		unsigned told, port;
		enum exchange_state state;
	} rows[] = {
	        {5353, 5353, EXCHANGE_COMPLETE},
	        {0, 53, EXCHANGE_COMPLETE},
	        {5353, 53, EXCHANGE_PARTIAL}, /* legs B and C are somebody else's */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_new();
		w->plan.target.nat_unknown = false;
		w->plan.target.mapped = world_ip(MAPPED);
		w->plan.target.mapped_port = rows[i].told;
		w->capture.filter = "host " CLIENT;
		virtual_legs(w, "ABCD", rows[i].port);
		assert_int_equal(only_state(w), rows[i].state);
		world_free(w);
	}
	struct world *w = world_new();
	w->plan.target.mapped = world_ip(MAPPED);
	w->plan.target.server_port = 0;
	w->capture.filter = "host " CLIENT;
	virtual_legs(w, "ABCD", 7);
	assert_int_equal(only_state(w), EXCHANGE_COMPLETE);
	world_free(w);
}

/* ---- a translation that nobody tells ---- */

static struct ip redirected_by(struct world *w)
{
	return trace_of(w).redirected;
}

static void only_the_clients_own_request_shows_a_translation(void **state)
{
	(void)state;
	struct world *w = world_new();
	virtual_legs(w, "AB", 53);
	assert_int_equal(redirected_by(w).family, 4);
	struct packet left = w->packets[1];
	w->packets[1].src = world_ip("10.0.0.77"); /* nobody's */
	assert_int_equal(redirected_by(w).family, 0);
	w->packets[1] = left;
	w->packets[1].length = 99; /* another packet */
	assert_int_equal(redirected_by(w).family, 0);
	w->packets[1] = left;
	w->packets[1].time_us += 60000; /* much later */
	assert_int_equal(redirected_by(w).family, 0);
	w->packets[1] = left;
	w->packets[1].src = w->plan.target.server; /* the server asks on its own account */
	assert_int_equal(redirected_by(w).family, 0);
	w->packets[1] = left;
	w->packets[1].direction = PACKET_IN;
	assert_int_equal(redirected_by(w).family, 0);
	w->packets[1] = left;
	w->plan.target.nat_unknown = false;
	assert_int_equal(redirected_by(w).family, 0);
	world_free(w);
}

/* It left already, so what leaves again for elsewhere is not its translation. */
static void what_left_for_the_server_is_not_redirected(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "wan2", PACKET_OUT, UDP, CLIENT, 50000, MAPPED, 53);
	assert_int_equal(redirected_by(w).family, 0);
	world_free(w);
}

/* Packets between, of other ends, do not make it the client's own question. */
static void a_question_to_that_address_is_the_clients_own(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		struct world *w = world_new();
		world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
		struct packet *other = world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, 50000, MAPPED, 53);
		if (kind == 1)
			other->direction = PACKET_OUT;
		if (kind == 2)
			other->src_port = 50001;
		if (kind == 3)
			other->src = world_ip("10.0.0.77");
		if (kind == 4)
			other->dst = world_ip("10.9.9.10");
		if (kind == 1)
			other->length = 99;
		world_packet(w, "dmz", PACKET_OUT, UDP, CLIENT, 50000, MAPPED, 53);
		assert_int_equal(redirected_by(w).family, kind == 0 ? 0 : 4);
		world_free(w);
	}
}

/* ---- copies ---- */

/* One packet on more interfaces than are kept, and twice on one of them. */
static void a_packet_on_very_many_interfaces_is_one(void **state)
{
	(void)state;
	static const char *const names[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p1"};
	struct world *w = world_new();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		world_packet(w, names[i], PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, CLIENT, 50000, SERVER, 53);
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 1);
	assert_int_equal(trace.exchanges[0].requests, 1);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_NO_REPLY);
	for (size_t i = 0; i < w->capture.packet_count; i++)
		w->packets[i].interface = NULL;
	assert_int_equal(only_state(w), EXCHANGE_NO_REPLY);
	world_free(w);
}

/* A reply that leaves for another address than the client's was not passed on to it. */
static void a_reply_that_left_translated_did_not_reach_the_client(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, NAT, 61000, SERVER, 53);
	w->now_us += 8000;
	world_packet(w, "wan1", PACKET_IN, UDP, SERVER, 53, NAT, 61000);
	world_packet(w, "vlink0", PACKET_OUT, UDP, SERVER, 53, NAT, 61000);
	assert_int_equal(only_state(w), EXCHANGE_NOT_PASSED);
	world_free(w);
}

static void replies_to_nobody_known_are_nobodys(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "wan1", PACKET_IN, UDP, SERVER, 53, "203.0.113.77", 4444);
	assert_int_equal(trace_of(w).exchange_count, 0);
	world_packet(w, "wan1", PACKET_IN, UDP, SERVER, 53, CLIENT, 50000);
	assert_int_equal(only_state(w), EXCHANGE_PARTIAL);
	w->plan.target.client = (struct ip){0};
	assert_int_equal(trace_of(w).exchange_count, 0);
	world_free(w);
}

/* ---- TCP ---- */

/* A client that resets asks for nothing. */
static void a_reset_of_the_client_is_no_request(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50000, FLAGS(TCP_RST, 0));
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 1);
	assert_int_equal(trace.exchanges[0].requests, 1);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_COMPLETE);
	world_free(w);
}

/* Two resets for one connection: the first counts. */
static void a_server_that_resets_twice_refused_once(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	world_legs(w, "CD", TCP, 50000, FLAGS(0, TCP_RST | TCP_ACK));
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_REFUSED);
	assert_ptr_equal(trace.exchanges[0].error, &w->packets[2]);
	world_free(w);
	w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "ABCD", TCP, 50000, FLAGS(TCP_ACK, TCP_RST));
	world_legs(w, "CD", TCP, 50000, FLAGS(0, TCP_RST));
	trace = trace_of(w);
	assert_ptr_equal(trace.exchanges[0].reset, &w->packets[6]);
	world_free(w);
}

static void a_syn_that_left_under_any_address_did_leave(void **state)
{
	(void)state;
	const struct target target = {.nat_unknown = true};
	struct capture capture = {.packet_count = 2};
	struct packet packets[2] = {{.direction = PACKET_IN,
	                             .proto = TCP,
	                             .tcp_flags = TCP_SYN,
	                             .have_seq = true,
	                             .tcp_seq = 7,
	                             .time_us = 1000},
	                            {.direction = PACKET_OUT,
	                             .proto = TCP,
	                             .tcp_flags = TCP_SYN,
	                             .have_seq = true,
	                             .tcp_seq = 7,
	                             .time_us = 1110}};
	struct exchange exchange = {.picture = EXCHANGE_NO_FORWARD, .first = {&packets[0]}};
	capture.packets = packets;
	assert_true(exchange_is_ambiguous(&capture, &target, &exchange));
	packets[1].tcp_seq = 8;
	assert_false(exchange_is_ambiguous(&capture, &target, &exchange));
	packets[1].tcp_seq = 7;
	packets[1].time_us = 9000000;
	assert_false(exchange_is_ambiguous(&capture, &target, &exchange));
	packets[1].time_us = 999; /* before it came in */
	assert_false(exchange_is_ambiguous(&capture, &target, &exchange));
	packets[1].time_us = 1110;
	packets[1].tcp_flags = TCP_SYN | TCP_ACK;
	assert_false(exchange_is_ambiguous(&capture, &target, &exchange));
	packets[1].tcp_flags = TCP_SYN;
	packets[1].direction = PACKET_IN;
	assert_false(exchange_is_ambiguous(&capture, &target, &exchange));
	packets[1].direction = PACKET_OUT;
	packets[1].have_seq = false;
	assert_false(exchange_is_ambiguous(&capture, &target, &exchange));
}

/* Numbers that were not read make no next connection of a SYN that comes again. */
static void syns_without_numbers_are_one_connection(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	for (size_t i = 0; i < w->capture.packet_count; i++)
		w->packets[i].have_seq = false;
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 1);
	assert_int_equal(trace.exchanges[0].requests, 3);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_NO_REPLY);
	world_free(w);
}

/* ---- echoes behind one address ---- */

static void echo(struct world *w, const char *interface, bool in, const char *src, enum packet_icmp icmp)
{
	world_packet(w, interface, in ? PACKET_IN : PACKET_OUT, ICMP, src, 0, SERVER, 0)->icmp = icmp;
}

/* Both clients' echoes leave under one address: whose was not answered does not show. */
static void an_echo_beside_a_fellows_proves_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, ICMP);
	echo(w, "internal", true, CLIENT, ICMP_ECHO_REQUEST);
	echo(w, "wan1", false, NAT, ICMP_ECHO_REQUEST);
	w->now_us += 10 * US_PER_SECOND;
	assert_int_equal(only_state(w), EXCHANGE_NO_REPLY);
	echo(w, "internal", true, CLIENT, ICMP_ECHO_REQUEST); /* its own next one is no fellow */
	echo(w, "wan1", false, NAT, ICMP_ECHO_REQUEST);
	w->now_us += 10 * US_PER_SECOND;
	assert_int_equal(only_state(w), EXCHANGE_NO_REPLY);
	echo(w, "internal", true, "10.0.0.77", ICMP_ECHO_REQUEST);
	struct packet *fellow = &w->packets[w->capture.packet_count - 1];
	w->now_us += 10 * US_PER_SECOND;
	assert_int_equal(trace_of(w).exchanges[0].state, EXCHANGE_PARTIAL);
	fellow->dst = world_ip("203.0.113.77"); /* one that asks elsewhere is none */
	assert_int_equal(trace_of(w).exchanges[0].state, EXCHANGE_NO_REPLY);
	fellow->dst = w->plan.target.server;
	fellow->icmp = ICMP_OTHER;
	assert_int_equal(trace_of(w).exchanges[0].state, EXCHANGE_NO_REPLY);
	fellow->icmp = ICMP_ECHO_REQUEST;
	fellow->proto = UDP;
	assert_int_equal(trace_of(w).exchanges[0].state, EXCHANGE_NO_REPLY);
	world_free(w);
}

/* ---- too many ---- */

/* Whoever comes after as many conversations as are followed is not seen, so
 * nothing that is not seen is proven. */
static void more_conversations_than_are_followed_prove_no_negative(void **state)
{
	(void)state;
	enum { MANY = 2049 };
	struct world *w = world_new();
	struct packet *packets = ARENA_ARRAY(w->arena, MANY, struct packet);
	world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.77", 1, SERVER, 53);
	for (unsigned i = 0; i < MANY; i++) {
		packets[i] = w->packets[0];
		packets[i].time_us += 2000 * (int64_t)i;
		packets[i].src_port = (uint16_t)(i + 1);
	}
	packets[MANY - 1].src = world_ip(CLIENT);
	w->capture.packets = packets;
	w->capture.packet_count = MANY;
	struct trace trace = trace_of(w);
	assert_int_equal(trace.exchange_count, 2048);
	assert_false(trace.fit);
	assert_non_null(strstr(trace.unfit_why, "more conversations than are followed"));
	const struct check *check = &world_judge(w)->checks[CHECK_MISSING_REPLIES];
	assert_int_equal(check->state, STATE_UNKNOWN);
	assert_non_null(strstr(check->summary, "more conversations than are followed"));
	/* Replies and errors to those that are not followed, and packets without a direction, do no harm. */
	packets[MANY - 2].direction = PACKET_DIRECTION_UNKNOWN;
	packets[MANY - 1] = packets[0];
	packets[MANY - 1].src = world_ip(SERVER);
	packets[MANY - 1].dst = world_ip(CLIENT);
	packets[MANY - 1].src_port = 53;
	packets[MANY - 1].time_us = packets[MANY - 2].time_us + 1;
	packets[0].src_port = 60000;
	packets[1].direction = PACKET_DIRECTION_UNKNOWN;
	assert_int_equal(world_judge(w)->checks[CHECK_MISSING_REPLIES].state, STATE_UNKNOWN);
	w->capture.dropped = 1; /* what it was unfit for before stays the reason */
	assert_non_null(strstr(world_judge(w)->checks[CHECK_MISSING_REPLIES].summary, "dropped 1 packets"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_told_port_behind_a_virtual_address_is_the_servers),
	        cmocka_unit_test(only_the_clients_own_request_shows_a_translation),
	        cmocka_unit_test(what_left_for_the_server_is_not_redirected),
	        cmocka_unit_test(a_question_to_that_address_is_the_clients_own),
	        cmocka_unit_test(a_packet_on_very_many_interfaces_is_one),
	        cmocka_unit_test(a_reply_that_left_translated_did_not_reach_the_client),
	        cmocka_unit_test(replies_to_nobody_known_are_nobodys),
	        cmocka_unit_test(a_reset_of_the_client_is_no_request),
	        cmocka_unit_test(a_server_that_resets_twice_refused_once),
	        cmocka_unit_test(a_syn_that_left_under_any_address_did_leave),
	        cmocka_unit_test(syns_without_numbers_are_one_connection),
	        cmocka_unit_test(an_echo_beside_a_fellows_proves_nothing),
	        cmocka_unit_test(more_conversations_than_are_followed_prove_no_negative),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
