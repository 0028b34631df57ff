#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

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

/* A row that is not whole, or of another's ends, counts nowhere. */
static void rows_that_cannot_be_read_say_nothing(void **state)
{
	(void)state;
	static const struct {
		size_t cell;
		const char *value;
	} harm[] = {
	        {0, "udp"},
	        {2, "many"},
	        {3, "none"},
	        {4, "10.0.0.5->" SERVER ":53(0.0.0.0:0)"},
	        {4, ":50000->" SERVER ":53(0.0.0.0:0)"},
	        {4, "client:50000->" SERVER ":53(0.0.0.0:0)"},
	        {4, CLIENT ":port->" SERVER ":53(0.0.0.0:0)"},
	        {4, CLIENT ":50000->" SERVER "(0.0.0.0:0)"},
	        {4, CLIENT ":50000->203.0.113.77:53(0.0.0.0:0)"},
	        {4, CLIENT ":50000 " SERVER ":53(0.0.0.0:0)"},
	        {4, CLIENT ":50000->" SERVER ":53"},
	};
	for (size_t i = 0; i < sizeof harm / sizeof harm[0]; i++) {
		struct world *w = world_new();
		w->capture.started = false;
		session(w, 50000, "9", "0")->cells[harm[i].cell].value = harm[i].value;
		assert_string_equal(replies(w)->rule, "S0");
		assert_int_equal(replies(w)->state, STATE_UNKNOWN);
		world_free(w);
	}
	struct world *w = world_new();
	w->capture.started = false;
	(void)session(w, 50000, "9", "0");
	for (size_t n = 4; n >= 2; n--) { /* without its last cells */
		w->facts.rows[0].cell_count = n;
		assert_string_equal(replies(w)->rule, "S0");
	}
	world_free(w);
}

/* Sessions of a protocol that the entry does not tell are nobody's. */
static void without_a_protocol_no_session_is_the_entrys(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.started = false;
	w->plan.target.have_proto = false;
	(void)session(w, 50000, "9", "0");
	assert_string_equal(replies(w)->rule, "S0");
	world_free(w);
}

/* Echoes have no port of the server; the table prints their type in its place. */
static void sessions_of_echoes_are_found_without_a_port(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, ICMP);
	w->capture.started = false;
	struct fact_row *echo = session(w, 1, "5", "0");
	echo->cells[0].value = "1";
	echo->cells[4].value = CLIENT ":1->" SERVER ":8(0.0.0.0:0)";
	assert_string_equal(replies(w)->rule, "4.7");
	world_free(w);
}

static void more_sessions_than_are_looked_at_do_no_harm(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.started = false;
	for (unsigned i = 0; i < TABLE_SESSIONS + 1; i++)
		(void)session(w, 40000 + i, "1", "0");
	const struct check *check = replies(w);
	assert_int_equal(check->state, STATE_CRITICAL);
	assert_non_null(strstr(check->summary, "256 packets"));
	assert_int_equal(check->evidence_count, 1); /* all of one line here */
	world_free(w);
}

/* A session that has sent nothing neither agrees nor contradicts. */
static void a_session_without_packets_says_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	(void)session(w, 50000, "0", "0");
	(void)session(w, 60000, "4", "4"); /* of no conversation that was seen */
	assert_int_equal(replies(w)->state, STATE_CRITICAL);
	assert_null(strstr(replies(w)->summary, "session table"));
	w->capture.started = false;
	w->facts.row_count = 1;
	assert_int_equal(replies(w)->state, STATE_UNKNOWN);
	assert_string_equal(replies(w)->rule, "S0");
	world_free(w);
}

/* Not because of offloading: the words must not say so. */
static void a_blind_sniffer_need_not_be_offloading(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	cell(w, session(w, 50000, "1", "1"), "offload", "0/0");
	assert_int_equal(replies(w)->state, STATE_UNKNOWN);
	assert_non_null(strstr(replies(w)->summary, "the sniffer is blind for them, so nothing is proven."));
	world_free(w);
}

/* The capture is unfit, so its silence proves nothing; the table's does. */
static void beside_an_unfit_capture_the_table_speaks(void **state)
{
	(void)state;
	struct world *w = world_new();
	silent_traffic(w);
	w->capture.dropped = 2;
	(void)session(w, 50000, "4", "0");
	const struct check *check = replies(w);
	assert_int_equal(check->state, STATE_CRITICAL);
	assert_string_equal(check->rule, "4.7");
	assert_non_null(strstr(check->summary, "but the capture cannot prove it: the sniffer dropped 2 packets."));
	world_free(w);
}

/* What was answered by an RST, an ICMP error or the server is not silent,
 * whatever a session of before counts. */
static void the_table_is_silent_where_packets_speak(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	w->capture.dropped = 2;
	struct fact_row *other = session(w, 50007, "4", "0");
	other->cells[0].value = "6";
	other->cells[4].value = CLIENT ":50007->" SERVER ":443(0.0.0.0:0)";
	assert_string_equal(state_word(replies(w)->state), "unknown");
	assert_null(strstr(replies(w)->summary, "session table"));
	world_free(w);
	w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	(void)session(w, 50007, "4", "0");
	assert_string_equal(state_word(replies(w)->state), "unknown");
	assert_string_equal(replies(w)->rule, "I3");
	world_free(w);
	w = world_new();
	world_legs(w, "ABCD", UDP, 50000, 0);
	w->capture.dropped = 2;
	(void)session(w, 50007, "4", "0");
	assert_string_equal(state_word(replies(w)->state), "unknown");
	assert_null(strstr(replies(w)->summary, "session table"));
	world_free(w);
}

/* Unanswered and not unanswered enough: a session may wait for its reply still. */
static void young_sessions_are_no_finding(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->capture.started = false;
	session(w, 50000, "9", "0")->cells[1].value = "2";
	(void)session(w, 50001, "9", "1");
	assert_int_equal(replies(w)->state, STATE_UNKNOWN);
	assert_non_null(strstr(replies(w)->summary, "counts replies in 1 session."));
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

/* Once is too little for a negative, and enough where the FortiGate says why. */
static void a_statement_of_the_device_needs_no_repetition(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.nat_unknown = false;
	world_legs(w, "A", UDP, 50000, 0);
	w->now_us += 10 * US_PER_SECOND;
	assert_int_equal(replies(w)->state, STATE_WARNING);
	assert_int_equal(replies(w)->certainty, CERTAINTY_NONE);
	(void)row(w, "no-route", 2);
	assert_int_equal(replies(w)->state, STATE_WARNING);
	assert_int_equal(replies(w)->certainty, CERTAINTY_LIKELY);
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
	route(w, "", "blackhole");
	assert_non_null(strstr(replies(w)->summary, "is a black hole."));
	world_free(w);
	w = stuck();
	route(w, "203.0.113.254", "wan2");
	assert_non_null(strstr(replies(w)->summary, "leaves by wan2 now, the entry's traffic left by wan1"));
	w->plan.target.dstintf = NULL;
	assert_null(strstr(replies(w)->summary, "leaves by"));
	w->plan.target.dstintf = "wan1";
	w->facts.rows[0].cells[2].value = "";
	assert_non_null(strstr(replies(w)->summary, "leaves by ? now"));
	w->facts.rows[0].cells[3].value = "no";
	assert_null(strstr(replies(w)->summary, "leaves by"));
	world_free(w);
}

static struct world *stuck_beside_neighbours(const char *gateway)
{
	struct world *w = stuck();
	route(w, gateway, "wan1");
	world_step(w, "arp", "arp");
	facts_set_int(&w->facts, FACT_ID_ARP_ENTRIES, 1, world_source("arp", 1, "Address"));
	return w;
}

static void a_next_hop_without_neighbour_is_named(void **state)
{
	(void)state;
	struct world *w = stuck();
	route(w, "203.0.113.254", "wan1");
	assert_null(strstr(replies(w)->summary, "neighbours"));
	world_free(w);
	w = stuck_beside_neighbours("203.0.113.254");
	assert_non_null(strstr(replies(w)->summary, "The next hop 203.0.113.254 on wan1 is not among"));
	cell(w, row(w, "arp", 2), "address", "203.0.113.254");
	assert_null(strstr(replies(w)->summary, "neighbours"));
	world_free(w);
}

/* Where the network is connected the server is its own next hop, behind a
 * virtual address the mapped one. */
static void a_connected_server_is_the_next_hop(void **state)
{
	(void)state;
	struct world *w = stuck_beside_neighbours("");
	assert_non_null(strstr(replies(w)->summary, "The next hop " SERVER " on wan1 is not among"));
	w->plan.target.mapped = world_ip("10.9.9.9");
	assert_non_null(strstr(replies(w)->summary, "The next hop 10.9.9.9 on wan1 is not among"));
	w->facts.rows[0].cell_count = 1; /* nor interface nor gateway were printed */
	cell(w, &w->facts.rows[0], "active", "yes");
	assert_non_null(strstr(replies(w)->summary, "The next hop 10.9.9.9 on ? is not among"));
	world_free(w);
	w = stuck_beside_neighbours("hub-tunnel");
	assert_null(strstr(replies(w)->summary, "neighbours"));
	world_free(w);
}

/* Who is missing from half a list may stand in the other half. */
static void a_cut_list_of_neighbours_misses_nobody(void **state)
{
	(void)state;
	struct world *w = stuck_beside_neighbours("203.0.113.254");
	world_fail(w, "arp", "its output went over 2097152 bytes");
	assert_null(strstr(replies(w)->summary, "neighbours"));
	w->facts.item[FACT_ID_ARP_ENTRIES].from.step = "elsewhere";
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
	        cmocka_unit_test(rows_that_cannot_be_read_say_nothing),
	        cmocka_unit_test(without_a_protocol_no_session_is_the_entrys),
	        cmocka_unit_test(sessions_of_echoes_are_found_without_a_port),
	        cmocka_unit_test(more_sessions_than_are_looked_at_do_no_harm),
	        cmocka_unit_test(a_session_without_packets_says_nothing),
	        cmocka_unit_test(a_blind_sniffer_need_not_be_offloading),
	        cmocka_unit_test(beside_an_unfit_capture_the_table_speaks),
	        cmocka_unit_test(the_table_is_silent_where_packets_speak),
	        cmocka_unit_test(young_sessions_are_no_finding),
	        cmocka_unit_test(without_the_sniffer_the_table_speaks_alone),
	        cmocka_unit_test(little_or_answered_is_no_finding_of_the_table),
	        cmocka_unit_test(ipv6_sessions_have_a_blank_before_the_arrow),
	        cmocka_unit_test(no_route_is_named),
	        cmocka_unit_test(a_statement_of_the_device_needs_no_repetition),
	        cmocka_unit_test(a_black_hole_and_another_interface_are_named),
	        cmocka_unit_test(a_next_hop_without_neighbour_is_named),
	        cmocka_unit_test(a_connected_server_is_the_next_hop),
	        cmocka_unit_test(a_cut_list_of_neighbours_misses_nobody),
	        cmocka_unit_test(routes_say_nothing_of_requests_that_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
