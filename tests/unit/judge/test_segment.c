#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* The host's ping beside the FortiGate's: what excludes the LAN and what does
 * not (P9), and pings that measure nothing. */

static struct ping_run *host_pings(struct world *w, uint32_t counted, uint32_t lost)
{
	world_step(w, "ping-host", "ping");
	w->planned[w->steps.count - 1].on = "host";
	world_ping(w, 2, counted, lost, false);
	struct ping_run *run = &w->pings[2];
	run->step = run->statistics_from.step = "ping-host";
	run->on_host = true;
	if (lost == counted)
		run->received = 0;
	return run;
}

static void gate_pings(struct world *w, uint32_t lost)
{
	world_ping(w, 0, 4, lost == 100 ? 4 : 0, false);
	world_ping(w, 1, 100, lost, false);
}

static const struct check *segment(struct world *w)
{
	return &world_judge(w)->checks[CHECK_LAN_SEGMENT];
}

static void assert_segment(struct world *w, const char *state, const char *certainty, const char *rule,
                           const char *words)
{
	const struct check *check = segment(w);
	if (strcmp(state_word(check->state), state) != 0 || strcmp(certainty_word(check->certainty), certainty) != 0 ||
	    strcmp(check->rule, rule) != 0 || !strstr(check->summary, words))
		fail_msg("%s %s %s: %s", state_word(check->state), certainty_word(check->certainty), check->rule,
		         check->summary);
}

static void loss_of_both_is_beyond_the_gate(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 20);
	(void)host_pings(w, 100, 22);
	assert_segment(w, "ok", "likely", "P9", "Both lose alike");
	world_free(w);
}

/* A server that drops ICMP lets nobody see the LAN. */
static void silence_of_both_tells_nothing_of_the_lan(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 100);
	(void)host_pings(w, 100, 100);
	assert_segment(w, "unknown", "none", "P6", "Neither the host's nor the FortiGate's pings were answered");
	world_healthy_traffic(w);
	assert_segment(w, "skipped", "none", "P5", "Other traffic is answered, so ICMP is filtered.");
	assert_int_equal(w->verdict.status, STATE_OK);
	world_free(w);
}

/* With thresholds so wide a single ping of the FortiGate's may not tell. */
static void one_lost_ping_of_the_gate_clears_nobody(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.playbook.thresholds.loss_critical = 60;
	w->plan.playbook.thresholds.loss_warning = 50;
	w->facts.ping_count = 0;
	world_ping(w, 0, 1, 1, false);
	world_ping(w, 1, 0, 0, false);
	w->pings[0].received = 0;
	w->pings[0].reply_count = 0;
	w->pings[1].started = false;
	(void)host_pings(w, 30, 10);
	assert_segment(w, "unknown", "none", "P9", "cannot be told apart");
	world_free(w);
}

static void one_that_loses_critically_and_one_that_warns(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 0);
	(void)host_pings(w, 100, 20);
	assert_segment(w, "critical", "likely", "P9", "The host loses more");
	world_free(w);
	w = world_new();
	world_ping(w, 0, 4, 0, false);
	world_ping(w, 1, 300, 0, false);
	(void)host_pings(w, 300, 12);
	assert_segment(w, "warning", "likely", "P9", "The host loses more");
	assert_string_equal(where_word(w->verdict.where), "client-side");
	world_free(w);
}

/* Proven on one side only, and not by enough to tell both apart. */
static void what_only_one_side_proves_stays_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 3);
	(void)host_pings(w, 100, 9);
	assert_segment(w, "unknown", "none", "P9", "cannot be told apart");
	world_free(w);
}

/* Behind a virtual address the host's pings go on to the server, and the
 * FortiGate answers its own: the loss may be behind it. */
static void pings_of_a_virtual_address_accuse_no_lan(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 0);
	(void)host_pings(w, 100, 20);
	for (size_t i = 0; i < 2; i++) {
		for (size_t r = 0; r < w->pings[i].reply_count; r++)
			w->pings[i].replies[r].rtt_us = 200;
	}
	assert_segment(w, "unknown", "none", "L3", "should " SERVER " be a virtual IP");
	/* A request that leaves for it shows that it is none. */
	world_healthy_traffic(w);
	assert_segment(w, "critical", "likely", "P9", "The host loses more");
	/* And one that leaves for another address, that it is one. */
	for (size_t i = 0; i < w->capture.packet_count; i++) {
		struct packet *packet = &w->packets[i];
		if (strcmp(packet->interface, "wan1") == 0)
			*(packet->direction == PACKET_OUT ? &packet->dst : &packet->src) = world_ip("10.9.9.9");
	}
	w->capture.filter = "port 53 or icmp";
	assert_segment(w, "unknown", "none", "L3", "should " SERVER " be a virtual IP");
	/* What loses nothing on the whole way loses nothing on its first part. */
	w->pings[2].lost = 0;
	assert_segment(w, "ok", "likely", "P9", "does not lose more");
	world_free(w);
}

static void a_host_without_answers_may_be_stopped_by_a_policy(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 0);
	(void)host_pings(w, 100, 100);
	assert_segment(w, "unknown", "none", "P6", "a policy may stop its pings, or the LAN loses everything");
	world_healthy_traffic(w);
	assert_segment(w, "skipped", "none", "P5", "its other traffic is, so a policy stops its pings");
	world_free(w);
}

static void a_host_that_cannot_send_says_so(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 0);
	struct ping_run *run = host_pings(w, 1, 1);
	run->error = "ping: connect: Network is unreachable";
	run->error_from = world_source("ping-host", 1, run->error);
	assert_segment(w, "warning", "likely", "P4", "The host could not ping");
	run->error = "something else";
	assert_segment(w, "unknown", "none", "P9", "cannot be told apart");
	run->counted = run->lost = 0;
	assert_segment(w, "unknown", "none", "P9", "one of the two pings counted nothing");
	world_free(w);
}

static void a_ping_that_did_not_run_compares_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	gate_pings(w, 0);
	(void)host_pings(w, 100, 0);
	world_fail(w, "ping-host", "killed");
	assert_segment(w, "unknown", "none", "P9", "cannot be compared: step ping-host failed: killed.");
	world_run(w, "ping-host")->end.state = STEP_DONE;
	w->facts.ping_count = 1;
	w->pings[0] = w->pings[2];
	assert_segment(w, "unknown", "none", "P9", "one of the two pings counted nothing");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(loss_of_both_is_beyond_the_gate),
	        cmocka_unit_test(silence_of_both_tells_nothing_of_the_lan),
	        cmocka_unit_test(one_lost_ping_of_the_gate_clears_nobody),
	        cmocka_unit_test(one_that_loses_critically_and_one_that_warns),
	        cmocka_unit_test(what_only_one_side_proves_stays_open),
	        cmocka_unit_test(pings_of_a_virtual_address_accuse_no_lan),
	        cmocka_unit_test(a_host_without_answers_may_be_stopped_by_a_policy),
	        cmocka_unit_test(a_host_that_cannot_send_says_so),
	        cmocka_unit_test(a_ping_that_did_not_run_compares_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
