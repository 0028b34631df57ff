#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Pings that measured little or nothing, and what they are taken for. */

static void assert_loss(struct world *w, const char *state, const char *rule, const char *words)
{
	const struct check *check = &world_judge(w)->checks[CHECK_PACKET_LOSS];
	if (strcmp(state_word(check->state), state) != 0 || strcmp(check->rule, rule) != 0 ||
	    !strstr(check->summary, words))
		fail_msg("%s %s: %s", state_word(check->state), check->rule, check->summary);
}

static struct world *world_without_pings(void)
{
	struct world *w = world_new();
	w->facts.ping_count = 2;
	for (size_t i = 0; i < 2; i++) {
		const char *step = i ? "ping" : "ping-first";
		w->pings[i] = (struct ping_run){.step = step, .requested = 5, .started = true};
		w->pings[i].statistics_from = world_source(step, 4, "packets transmitted");
	}
	return w;
}

/* Only the first, which is never counted, came back. */
static void a_ping_that_counted_nothing_is_void(void **state)
{
	(void)state;
	struct world *w = world_without_pings();
	w->pings[0].have_statistics = true;
	w->pings[0].received = 1;
	assert_loss(w, "unknown", "P10", "The ping is void: it counted no packet beyond its first.");
	w->pings[0].send_errors = 1;
	assert_loss(w, "unknown", "P10", "The ping is void: it counted no packet beyond its first.");
	w->pings[0].send_errors = 0;
	w->pings[1].error = "the totals contradict the replies";
	assert_loss(w, "unknown", "P10", "The ping is void: the totals contradict the replies.");
	world_free(w);
}

static void silence_without_totals_counts_nothing(void **state)
{
	(void)state;
	struct world *w = world_without_pings();
	assert_loss(w, "unknown", "P6", "and it printed no totals.");
	world_free(w);
}

/* Sending failed, in words or without. Where the server answers the client all
 * the same, it is no fault of the way. */
static void pings_that_cannot_be_sent_tell_of_the_gate(void **state)
{
	(void)state;
	struct world *w = world_without_pings();
	w->pings[0].send_errors = 2;
	assert_loss(w, "unknown", "P4", "the FortiGate reported \"sending failed\"");
	w->pings[0].send_errors = 3;
	assert_loss(w, "critical", "P4", "(\"sending failed\", 3 times)");
	w->pings[1].send_errors = 1; /* the first that failed speaks */
	w->pings[1].error = "another";
	assert_loss(w, "critical", "P4", "(\"sending failed\", 4 times)");
	world_healthy_traffic(w);
	assert_loss(w, "unknown", "P4", "this says nothing about loss");
	assert_string_equal(where_word(w->verdict.where), "unknown");
	world_free(w);
}

static void only_a_probe_measures_no_loss(void **state)
{
	(void)state;
	struct world *w = world_without_pings();
	w->pings[0].probe = w->pings[1].probe = true;
	assert_loss(w, "unknown", "P10", "No ping ran: its output does not begin as a ping does.");
	world_free(w);
}

static void a_ping_that_nobody_planned_counts(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_run(w, "ping")->planned = NULL;
	world_run(w, "ping-first")->planned = NULL;
	assert_loss(w, "ok", "P1", "0 of 304 pings lost");
	w->facts.ping_count = 0;
	assert_loss(w, "skipped", "P6", "The playbook does not ping from the FortiGate.");
	world_free(w);
}

/* What is void beside answers stays unknown where a further ping did not run. */
static void a_void_ping_beside_one_that_did_not_run_is_unknown(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_ping(w, 0, 4, 4, false);
	w->pings[0].reply_count = 0;
	w->pings[0].received = 0;
	w->facts.ping_count = 1;
	assert_loss(w, "unknown", "P10",
	            "Not all pings ran (the output of step ping does not tell it). So far: No "
	            "ping was answered, yet");
	world_free(w);
}

/* Fast pings alone, or slow ones alone, compare with nothing. */
static void a_rate_limit_needs_both_speeds(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->facts.ping_count = 1;
	w->steps.steps[7].planned = NULL;
	world_ping(w, 0, 300, 90, true);
	assert_loss(w, "warning", "P2", "only fast pings show it");
	world_ping(w, 0, 300, 90, false);
	assert_loss(w, "critical", "P2", "loses packets");
	/* Slow ones that lose just as much are no rate limit, and decide. */
	world_ping(w, 1, 300, 95, true);
	assert_loss(w, "critical", "P2", "loses packets");
	/* Slow ones that lose less, and yet too much to be called fine. */
	world_ping(w, 0, 60, 3, false);
	assert_loss(w, "warning", "P2", "only fast pings show it");
	world_free(w);
}

/* A request that left for elsewhere does not show that the address is no virtual one. */
static void a_request_to_another_address_shows_nothing_of_this_one(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (size_t i = 0; i < 2; i++) {
		for (size_t r = 0; r < w->pings[i].reply_count; r++)
			w->pings[i].replies[r].rtt_us = 200;
	}
	assert_loss(w, "unknown", "L3", "should it be a virtual IP");
	world_packet(w, "wan1", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "dmz", PACKET_OUT, UDP, CLIENT, 50000, "10.9.9.9", 53);
	assert_loss(w, "unknown", "L3", "sends the client's requests on to 10.9.9.9");
	const struct check *check = &w->verdict.checks[CHECK_PACKET_LOSS];
	assert_string_equal(check->advice[check->advice_count - 1], "execute ping 10.9.9.9");
	world_free(w);
}

static void behind_an_ipv6_address_ping6_is_advised(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.client = world_ip("2001:db8:1::5");
	w->plan.target.server = world_ip("2001:db8::53");
	w->capture.filter = "port 53 or icmp6";
	world_packet(w, "wan1", PACKET_IN, UDP, "2001:db8:1::5", 50000, "2001:db8::53", 53);
	world_packet(w, "dmz", PACKET_OUT, UDP, "2001:db8:1::5", 50000, "fd00::9", 53);
	assert_loss(w, "unknown", "L3", "sends the client's requests on to fd00::9");
	const struct check *check = &w->verdict.checks[CHECK_PACKET_LOSS];
	assert_string_equal(check->advice[check->advice_count - 1], "execute ping6 fd00::9");
	world_free(w);
}

/* ---- large pings ---- */

static struct ping_run *probe(struct world *w)
{
	struct ping_run *run = &w->pings[2];
	*run = (struct ping_run){.step = "ping-df", .probe = true, .data_size = 1472, .requested = 5, .started = true};
	run->have_statistics = true;
	run->transmitted = 5;
	run->statistics_from = world_source("ping-df", 4, "5 packets transmitted");
	w->facts.ping_count = 3;
	return run;
}

static void large_pings_that_prove_nothing_say_so(void **state)
{
	(void)state;
	struct world *w = world_new();
	probe(w)->transmitted = 2;
	assert_loss(w, "ok", "P1", "Whether packets of 1500 bytes pass cannot be told.");
	probe(w)->received = 1; /* its line is missing, but the totals count it */
	assert_loss(w, "ok", "P1", "Whether packets of 1500 bytes pass cannot be told.");
	probe(w)->started = false;
	assert_loss(w, "ok", "P1", "pings lost");
	assert_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "1500"));
	probe(w)->on_host = true;
	assert_loss(w, "ok", "P1", "pings lost");
	assert_null(strstr(w->verdict.checks[CHECK_PACKET_LOSS].summary, "1500"));
	world_free(w);
}

/* Where small ones are lost too, that large ones are says little more. */
static void large_pings_beside_loss_are_told_only(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_ping(w, 1, 300, 60, false);
	(void)probe(w);
	assert_loss(w, "critical", "P2", "None of 5 pings in packets of 1500 bytes that may not be split came back.");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_ping_that_counted_nothing_is_void),
	        cmocka_unit_test(silence_without_totals_counts_nothing),
	        cmocka_unit_test(pings_that_cannot_be_sent_tell_of_the_gate),
	        cmocka_unit_test(only_a_probe_measures_no_loss),
	        cmocka_unit_test(a_ping_that_nobody_planned_counts),
	        cmocka_unit_test(a_void_ping_beside_one_that_did_not_run_is_unknown),
	        cmocka_unit_test(a_rate_limit_needs_both_speeds),
	        cmocka_unit_test(a_request_to_another_address_shows_nothing_of_this_one),
	        cmocka_unit_test(behind_an_ipv6_address_ping6_is_advised),
	        cmocka_unit_test(large_pings_that_prove_nothing_say_so),
	        cmocka_unit_test(large_pings_beside_loss_are_told_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
