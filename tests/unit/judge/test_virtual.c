#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* The server of the entry may be a virtual address of the FortiGate's own. */

#define REAL "10.7.0.80"

/* Legs of a conversation that the FortiGate sends on to another address. */
static void redirected(struct world *w, bool answered, unsigned port)
{
	world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, port, SERVER, 53);
	world_packet(w, "dmz", PACKET_OUT, UDP, CLIENT, port, REAL, 53);
	if (answered) {
		w->now_us += 400;
		world_packet(w, "dmz", PACKET_IN, UDP, REAL, 53, CLIENT, port);
		world_packet(w, "wan1", PACKET_OUT, UDP, SERVER, 53, CLIENT, port);
	}
	w->now_us += US_PER_SECOND;
}

static void pings_take(struct world *w, uint32_t rtt_us)
{
	for (size_t i = 0; i < w->facts.ping_count; i++) {
		for (size_t r = 0; r < w->pings[i].reply_count; r++)
			w->pings[i].replies[r].rtt_us = rtt_us;
	}
}

static const struct check *check_of(struct world *w, enum check_id id)
{
	return &world_judge(w)->checks[id];
}

static void ping_of_a_virtual_address_measures_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		redirected(w, false, 50000 + i);
	const struct check *loss = check_of(w, CHECK_PACKET_LOSS);
	assert_int_equal(loss->state, STATE_UNKNOWN);
	assert_string_equal(loss->rule, "L3");
	assert_non_null(strstr(loss->summary, REAL));
	assert_int_equal(w->verdict.status, STATE_CRITICAL);
	assert_string_equal(cause_word(w->verdict.cause), "missing-replies");
	assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	assert_non_null(strstr(w->verdict.summary, SERVER ":53 (" REAL ")"));
	world_free(w);
}

static void ping_of_a_virtual_address_is_neutral_beside_answers(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		redirected(w, true, 50000 + i);
	assert_int_equal(check_of(w, CHECK_PACKET_LOSS)->state, STATE_SKIPPED);
	assert_int_equal(w->verdict.status, STATE_OK);
	world_free(w);
}

static void quick_pings_tell_nothing_where_no_request_was_seen_leaving(void **state)
{
	(void)state;
	struct world *w = world_new();
	pings_take(w, 200);
	const struct check *loss = check_of(w, CHECK_PACKET_LOSS);
	assert_int_equal(loss->state, STATE_UNKNOWN);
	assert_string_equal(loss->rule, "L3");
	world_legs(w, "ABCD", UDP, 50000, 0);
	assert_int_equal(check_of(w, CHECK_PACKET_LOSS)->state, STATE_OK);
	world_forget_packets(w);
	pings_take(w, 8000);
	assert_int_equal(check_of(w, CHECK_PACKET_LOSS)->state, STATE_OK);
	world_free(w);
}

static void requests_enter(struct world *w)
{
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "A", UDP, 50000 + i, 0);
}

static void assert_missing(struct world *w, const char *state, const char *certainty, const char *where)
{
	const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(certainty_word(check->certainty), certainty);
	assert_string_equal(where_word(w->verdict.where), where);
}

static void unseen_leaving_proves_nothing_where_the_address_may_be_our_own(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_enter(w);
	assert_missing(w, "critical", "likely", "gate");
	/* Answered at once: perhaps by the FortiGate itself. */
	pings_take(w, 200);
	assert_missing(w, "warning", "none", "unknown");
	assert_string_equal(check_of(w, CHECK_MISSING_REPLIES)->rule, "S2");
	w->plan.target.nat_unknown = false;
	assert_missing(w, "critical", "likely", "gate");
	world_free(w);
}

/* The client's machine is on a wire from the FortiGate itself, so its pings
 * take their time to a virtual address too. */
static void pings_of_the_host_do_not_show_that_it_is_far(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_enter(w);
	w->plan.target.server = world_ip(SERVER);
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 300, 300, false);
	w->pings[0].reply_count = w->pings[1].reply_count = 0;
	world_step(w, "host-ping", "ping");
	w->planned[w->steps.count - 1].on = "host";
	world_ping(w, 2, 100, 0, false);
	w->pings[2].step = w->pings[2].statistics_from.step = "host-ping";
	w->pings[2].on_host = true;
	assert_missing(w, "warning", "none", "unknown");
	assert_string_equal(w->verdict.checks[CHECK_MISSING_REPLIES].rule, "S2");
	world_free(w);
}

/* Without a port there is none behind which requests could be hidden. */
static void echoes_cannot_leave_for_another_port(void **state)
{
	(void)state;
	struct world *w = world_new();
	pings_take(w, 200);
	world_aim(w, ICMP);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "A", ICMP, 0, 0);
	w->now_us += 10 * US_PER_SECOND;
	assert_missing(w, "critical", "likely", "gate");
	world_free(w);
}

static void the_entry_may_exclude_a_virtual_address(void **state)
{
	(void)state;
	struct world *w = world_new();
	struct entry_field role = {.name = STR("dstintfrole"), .value = STR("wan")};
	requests_enter(w);
	pings_take(w, 200);
	w->plan.entries.entry.dstip = w->plan.target.server;
	w->plan.entries.entry.fields = &role;
	w->plan.entries.entry.field_count = 1;
	assert_missing(w, "critical", "likely", "gate");
	role.value = STR("dmz");
	assert_missing(w, "warning", "none", "unknown");
	world_free(w);
}

static void extreme_memory_explains_it_all_the_same(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_enter(w);
	pings_take(w, 200);
	world_memory(w, 97, 1);
	assert_missing(w, "critical", "likely", "gate");
	assert_string_equal(cause_word(w->verdict.cause), "gate-resources");
	world_free(w);
}

static struct world *world_mapped(void)
{
	struct world *w = world_new();
	w->plan.target.nat_unknown = false;
	w->plan.target.mapped = world_ip(REAL);
	w->plan.target.mapped_port = 53;
	w->capture.filter = "( host " CLIENT " or host " SERVER " or host " REAL
	                    " ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )";
	return w;
}

static void words_and_commands_name_the_real_server(void **state)
{
	(void)state;
	struct world *w = world_mapped();
	for (unsigned i = 0; i < 3; i++)
		redirected(w, false, 50000 + i);
	const struct check *check = check_of(w, CHECK_MISSING_REPLIES);
	assert_non_null(strstr(check->summary, SERVER ":53 (" REAL ":53)"));
	bool traced = false;
	for (size_t i = 0; i < check->advice_count; i++) {
		assert_null(strstr(check->advice[i], "traceroute " SERVER));
		traced |= strstr(check->advice[i], "traceroute " REAL) != NULL;
	}
	assert_true(traced);
	world_free(w);
}

static void error_of_the_real_server_is_the_servers(void **state)
{
	(void)state;
	struct world *w = world_mapped();
	redirected(w, false, 50000);
	world_error(w, "dmz", PACKET_IN, REAL, CLIENT, ICMP_PORT_UNREACHABLE, REAL, UDP, 53);
	assert_string_equal(check_of(w, CHECK_ICMP_ERROR)->rule, "I2");
	assert_string_equal(where_word(w->verdict.where), "server");
	assert_int_equal(check_of(w, CHECK_MISSING_REPLIES)->state, STATE_OK);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ping_of_a_virtual_address_measures_nothing),
	        cmocka_unit_test(ping_of_a_virtual_address_is_neutral_beside_answers),
	        cmocka_unit_test(quick_pings_tell_nothing_where_no_request_was_seen_leaving),
	        cmocka_unit_test(unseen_leaving_proves_nothing_where_the_address_may_be_our_own),
	        cmocka_unit_test(pings_of_the_host_do_not_show_that_it_is_far),
	        cmocka_unit_test(echoes_cannot_leave_for_another_port),
	        cmocka_unit_test(the_entry_may_exclude_a_virtual_address),
	        cmocka_unit_test(extreme_memory_explains_it_all_the_same),
	        cmocka_unit_test(words_and_commands_name_the_real_server),
	        cmocka_unit_test(error_of_the_real_server_is_the_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
