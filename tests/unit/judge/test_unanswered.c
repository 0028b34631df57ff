#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* A client that asks from one port all the time, and is answered now and then:
 * one conversation, which is complete, and yet replies are missing. */

static void asks(struct world *w, unsigned proto, const char *pattern)
{
	for (; *pattern; pattern++)
		world_legs(w,
		           *pattern == '+'   ? "ABCD"
		           : *pattern == '-' ? "AB"
		                             : "A",
		           proto, proto == ICMP ? 0 : 50000, 0);
}

static const struct check *missing(struct world *w)
{
	return &world_judge(w)->checks[CHECK_MISSING_REPLIES];
}

static void assert_missing(struct world *w, const char *state, const char *certainty, const char *rule)
{
	const struct check *check = missing(w);
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(certainty_word(check->certainty), certainty);
	assert_string_equal(check->rule, rule);
}

static void queries_without_replies_among_others_are_found(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "+--+--+--+--");
	assert_missing(w, "critical", "likely", "legs-AB");
	const struct check *check = missing(w);
	assert_non_null(strstr(check->summary, "8 of 12 requests"));
	assert_true(check->evidence_count > 0);
	assert_string_equal(check->evidence[0].text, w->packets[4].text.p);
	assert_string_equal(cause_word(w->verdict.cause), "missing-replies");
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	world_free(w);
}

static void few_of_many_are_a_warning(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 5; i++)
		asks(w, UDP, "++++++++++");
	asks(w, UDP, "-+-+-");
	w->capture.quiet_us = 6 * US_PER_SECOND;
	assert_missing(w, "warning", "likely", "legs-AB");
	world_free(w);
}

static void one_or_two_prove_nothing_yet(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "++-++-++++");
	assert_missing(w, "warning", "none", "legs-AB");
	assert_non_null(strstr(missing(w)->summary, "2 of 10 requests"));
	world_free(w);
}

static void echoes_are_queries_too(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, ICMP);
	asks(w, ICMP, "+-+-+-+-");
	assert_missing(w, "critical", "likely", "legs-AB");
	world_free(w);
}

/* Levels that print no interface tell as much of one. */
static void without_interfaces_they_are_counted_alike(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "+--+--+--+--");
	for (size_t i = 0; i < w->capture.packet_count; i++)
		w->packets[i].interface = NULL;
	assert_missing(w, "critical", "likely", "legs-AB");
	assert_non_null(strstr(missing(w)->summary, "8 of 12 requests"));
	world_free(w);
}

static void echoes_of_ipv6_are_queries_too(void **state)
{
	(void)state;
	enum { ICMP6 = 58 };
	struct world *w = world_new();
	world_aim(w, ICMP);
	asks(w, ICMP, "+-+-+-+-");
	w->plan.target.proto = ICMP6;
	w->plan.target.client = world_ip("2001:db8::5");
	w->plan.target.server = world_ip("2001:db8::53");
	w->capture.filter = "host 2001:db8::53 or icmp6";
	for (size_t i = 0; i < w->capture.packet_count; i++) {
		bool request = w->packets[i].icmp == ICMP_ECHO_REQUEST;
		w->packets[i].proto = ICMP6;
		w->packets[i].src = request ? w->plan.target.client : w->plan.target.server;
		w->packets[i].dst = request ? w->plan.target.server : w->plan.target.client;
	}
	assert_missing(w, "critical", "likely", "legs-AB");
	world_free(w);
}

/* Some of a connection's data look unanswered: the network processor has the rest. */
static void of_an_offloaded_session_nothing_is_proven(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "+--+--+--+--");
	struct fact_row *row = facts_row(w->arena, &w->facts, "session", world_source("sessions", 1, "session info"));
	static const char *const cells[][2] = {{"proto", "17"},
	                                       {"org_packets", "12"},
	                                       {"reply_packets", "12"},
	                                       {"offload", "8/8"},
	                                       {"org", CLIENT ":50000->" SERVER ":53(0.0.0.0:0)"}};
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		facts_cell(w->arena, row, cells[i][0], str_of(cells[i][1]));
	assert_missing(w, "unknown", "none", "N2");
	assert_non_null(strstr(missing(w)->summary, "8 of 12 requests from one port"));
	world_free(w);
}

/* Part of them does not leave, and part of them is not answered: no one place. */
static void requests_lost_here_and_there_have_no_place(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "+-a+-a+-a");
	assert_missing(w, "critical", "likely", "legs-AB");
	assert_string_equal(where_word(w->verdict.where), "unknown");
	world_free(w);
}

static void requests_that_do_not_leave_leave_the_place_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "+aa+aa+aa");
	assert_missing(w, "critical", "likely", "legs-A");
	assert_string_equal(where_word(w->verdict.where), "gate");
	world_free(w);
}

static void young_queries_may_still_be_answered(void **state)
{
	(void)state;
	struct world *w = world_new();
	asks(w, UDP, "++++---");
	w->capture.quiet_us = 0;
	assert_missing(w, "ok", "certain", "legs-ABCD");
	world_free(w);
}

static void slow_replies_in_order_are_all_there(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "AB", UDP, 50000, 0);
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "CD", UDP, 50000, 0);
	assert_missing(w, "ok", "certain", "legs-ABCD");
	world_free(w);
}

/* A capture of the client's side alone shows that replies are missing, and not where. */
static void what_the_clients_side_misses_has_no_place(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.filter = "host " CLIENT " and ( port 53 or icmp )";
	for (unsigned i = 0; i < 4; i++) {
		world_legs(w, "AD", UDP, 50000, 0);
		world_legs(w, "A", UDP, 50000, 0);
		world_legs(w, "A", UDP, 50000, 0);
	}
	assert_missing(w, "warning", "none", "S2");
	assert_non_null(strstr(missing(w)->summary, "8 of 12 requests"));
	assert_string_equal(where_word(w->verdict.where), "unknown");
	world_free(w);
}

/* Packets that differ in one thing are neither its requests nor its replies. */
static void only_its_own_packets_count(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 7; kind++) {
		struct world *w = world_new();
		for (unsigned i = 0; i < 4; i++) {
			asks(w, UDP, "+--");
			struct packet other = w->packets[i % 2 ? 0 : 3]; /* a request, or a reply as it leaves */
			struct packet *packet =
			        world_packet(w, other.interface, other.direction, UDP, CLIENT, 1, SERVER, 1);
			other.time_us = packet->time_us;
			other.text = packet->text;
			*packet = other;
			bool request = i % 2;
			switch (kind) {
			case 0:
				packet->proto = TCP;
				break;
			case 1:
				*(request ? &packet->src_port : &packet->dst_port) = 50009;
				break;
			case 2:
				*(request ? &packet->dst_port : &packet->src_port) = 5353;
				break;
			case 3:
				*(request ? &packet->src : &packet->dst) =
				        world_ip(request ? "10.0.0.77" : "10.0.0.78");
				break;
			case 4:
				*(request ? &packet->dst : &packet->src) = world_ip("203.0.113.77");
				break;
			case 5:
				packet->fragment = true;
				packet->src_port = packet->dst_port = 0;
				break;
			default:
				packet->icmp = ICMP_OTHER;
				packet->proto = ICMP;
				break;
			}
			w->now_us += US_PER_SECOND;
		}
		if (!strstr(missing(w)->summary, "8 of 12 requests"))
			fail_msg("kind %u: %s", kind, missing(w)->summary);
		world_free(w);
	}
}

/* What is no question and answer may send as much as it likes. */
static void other_protocols_need_not_answer_each_packet(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.server_port = 4500;
	w->capture.filter = "host " SERVER;
	asks(w, UDP, "+--+--+--");
	for (size_t i = 0; i < w->capture.packet_count; i++) {
		if (w->packets[i].src_port == 53)
			w->packets[i].src_port = 4500;
		if (w->packets[i].dst_port == 53)
			w->packets[i].dst_port = 4500;
	}
	assert_int_equal(missing(w)->state, STATE_OK);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(queries_without_replies_among_others_are_found),
	        cmocka_unit_test(few_of_many_are_a_warning),
	        cmocka_unit_test(one_or_two_prove_nothing_yet),
	        cmocka_unit_test(echoes_are_queries_too),
	        cmocka_unit_test(without_interfaces_they_are_counted_alike),
	        cmocka_unit_test(echoes_of_ipv6_are_queries_too),
	        cmocka_unit_test(of_an_offloaded_session_nothing_is_proven),
	        cmocka_unit_test(requests_lost_here_and_there_have_no_place),
	        cmocka_unit_test(requests_that_do_not_leave_leave_the_place_open),
	        cmocka_unit_test(young_queries_may_still_be_answered),
	        cmocka_unit_test(slow_replies_in_order_are_all_there),
	        cmocka_unit_test(what_the_clients_side_misses_has_no_place),
	        cmocka_unit_test(only_its_own_packets_count),
	        cmocka_unit_test(other_protocols_need_not_answer_each_packet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
