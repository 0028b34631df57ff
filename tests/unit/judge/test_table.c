#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "judge/world.h"

/* The session table, routes and neighbours as arbiters. */

static struct fact_row *row(struct world *w, const char *table, unsigned line)
{
	return facts_row(w->arena, &w->facts, table, world_source("sessions", line, table));
}

static void cell(struct world *w, struct fact_row *of, const char *name, const char *value)
{
	facts_cell(w->arena, of, name, str_of(value));
}

static struct fact_row *session(struct world *w, unsigned port, const char *sent, const char *back)
{
	struct fact_row *of = row(w, "session", 1);
	cell(w, of, "proto", "17");
	cell(w, of, "duration", "9");
	cell(w, of, "org_packets", sent);
	cell(w, of, "reply_packets", back);
	cell(w, of, "org", arena_printf(w->arena, CLIENT ":%u->" SERVER ":53(0.0.0.0:0)", port));
	return of;
}

static const struct check *replies(struct world *w)
{
	return &world_judge(w)->checks[CHECK_MISSING_REPLIES];
}

static void silent_traffic(struct world *w)
{
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	w->now_us += 10 * US_PER_SECOND;
}

static void the_table_agrees_with_the_sniffer(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	(void)session(w, 50000, "1", "0");
	(void)session(w, 50001, "1", "0");
	const struct check *check = replies(w);
	assert_int_equal(check->state, STATE_CRITICAL);
	assert_non_null(strstr(check->summary, "The session table agrees: no packet in reply in 2 sessions."));
	bool quoted = false;
	for (size_t i = 0; i < check->evidence_count; i++)
		quoted = quoted || strcmp(check->evidence[i].step, "sessions") == 0;
	assert_true(quoted);
	world_free(w);
}

static void replies_that_only_the_table_counts_make_the_sniffer_blind(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	cell(w, session(w, 50000, "1", "1"), "offload", "8/8");
	const struct check *check = replies(w);
	assert_int_equal(check->state, STATE_UNKNOWN);
	assert_non_null(strstr(check->summary, "the sniffer is blind for them, because the sessions are offloaded"));
	assert_int_equal(w->verdict.status, STATE_UNKNOWN);
	world_free(w);
}

static void other_peoples_sessions_say_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	struct fact_row *other = session(w, 50000, "1", "9");
	other->cells[4].value = "10.0.0.6:50000->" SERVER ":53(0.0.0.0:0)";
	other = session(w, 50000, "1", "9");
	other->cells[4].value = CLIENT ":50000->" SERVER ":54(0.0.0.0:0)";
	other = session(w, 50000, "1", "9");
	other->cells[0].value = "6";
	other = session(w, 50000, "1", "9");
	other->cells[4].value = CLIENT ":50000 and so on";
	assert_int_equal(replies(w)->state, STATE_CRITICAL);
	assert_null(strstr(w->verdict.checks[CHECK_MISSING_REPLIES].summary, "session table"));
	world_free(w);
}

static void without_the_sniffer_the_table_speaks_alone(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.started = false;
	(void)session(w, 50000, "3", "0");
	const struct check *check = replies(w);
	assert_int_equal(check->state, STATE_CRITICAL);
	assert_int_equal(check->certainty, CERTAINTY_LIKELY);
	assert_string_equal(check->rule, "4.7");
	assert_int_equal(w->verdict.where, WHERE_UNKNOWN);
	world_free(w);
}

static void little_or_answered_is_no_finding_of_the_table(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.started = false;
	struct fact_row *only = session(w, 50000, "1", "0");
	assert_int_equal(replies(w)->state, STATE_WARNING);
	assert_int_equal(w->verdict.checks[CHECK_MISSING_REPLIES].certainty, CERTAINTY_NONE);
	only->cells[1].value = "2"; /* seconds: a reply may be under way */
	assert_int_equal(replies(w)->state, STATE_UNKNOWN);
	only->cells[3].value = "1";
	assert_int_equal(replies(w)->state, STATE_UNKNOWN);
	assert_non_null(strstr(w->verdict.checks[CHECK_MISSING_REPLIES].summary, "counts replies in 1 session."));
	world_free(w);
}

static void ipv6_sessions_have_a_blank_before_the_arrow(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.client = world_ip("2001:db8::5");
	w->plan.target.server = world_ip("2001:db8::53");
	w->capture.started = false;
	session(w, 50000, "3", "0")->cells[4].value = "2001:db8::5:50000 ->2001:db8::53:53(:::0)";
	assert_string_equal(replies(w)->rule, "4.7");
	world_free(w);
}

/* ---- routes ---- */

static struct world *stuck(void)
{
	struct world *w = world_new();
	w->plan.target.nat_unknown = false;
	w->plan.target.dstintf = "wan1";
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "A", UDP, 50000 + i, 0);
	w->now_us += 10 * US_PER_SECOND;
	return w;
}

static void route(struct world *w, const char *gateway, const char *interface)
{
	struct fact_row *of = row(w, "route", 3);
	cell(w, of, "prefix", "0.0.0.0/0");
	cell(w, of, "gateway", gateway);
	cell(w, of, "interface", interface);
	cell(w, of, "active", "yes");
}

static void no_route_is_named(void **state)
{
	(void)state;
	struct world *w = stuck();
	(void)row(w, "no-route", 2);
	const struct check *check = replies(w);
	assert_non_null(strstr(check->summary, "The FortiGate has no route to it."));
	assert_int_equal(w->verdict.where, WHERE_GATE);
	world_free(w);
}

static void a_black_hole_and_another_interface_are_named(void **state)
{
	(void)state;
	struct world *w = stuck();
	route(w, "", "Null");
	assert_non_null(strstr(replies(w)->summary, "Its route (0.0.0.0/0) is a black hole."));
	world_free(w);
	w = stuck();
	route(w, "203.0.113.254", "wan2");
	assert_non_null(strstr(replies(w)->summary, "leaves by wan2 now, the entry's traffic left by wan1"));
	world_free(w);
}

static void a_next_hop_without_neighbour_is_named(void **state)
{
	(void)state;
	struct world *w = stuck();
	route(w, "203.0.113.254", "wan1");
	assert_null(strstr(replies(w)->summary, "neighbours"));
	facts_set_int(&w->facts, FACT_ID_ARP_ENTRIES, 1, world_source("arp", 1, "Address"));
	assert_non_null(strstr(replies(w)->summary, "The next hop 203.0.113.254 on wan1 is not among"));
	cell(w, row(w, "arp", 2), "address", "203.0.113.254");
	assert_null(strstr(replies(w)->summary, "neighbours"));
	world_free(w);
}

/* Where requests do leave, routes are nobody's fault. */
static void routes_say_nothing_of_requests_that_leave(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	(void)row(w, "no-route", 2);
	assert_null(strstr(replies(w)->summary, "route to it"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_table_agrees_with_the_sniffer),
	        cmocka_unit_test(replies_that_only_the_table_counts_make_the_sniffer_blind),
	        cmocka_unit_test(other_peoples_sessions_say_nothing),
	        cmocka_unit_test(without_the_sniffer_the_table_speaks_alone),
	        cmocka_unit_test(little_or_answered_is_no_finding_of_the_table),
	        cmocka_unit_test(ipv6_sessions_have_a_blank_before_the_arrow),
	        cmocka_unit_test(no_route_is_named),
	        cmocka_unit_test(a_black_hole_and_another_interface_are_named),
	        cmocka_unit_test(a_next_hop_without_neighbour_is_named),
	        cmocka_unit_test(routes_say_nothing_of_requests_that_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
