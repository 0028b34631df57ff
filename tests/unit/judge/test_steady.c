#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* A client that sends on and on from one port: its newest request is always
 * too young to be missed, the ones before it are not. */

static struct trace trace_of(struct world *w, int64_t quiet_us)
{
	struct trace trace;
	w->capture.quiet_us = quiet_us;
	world_close(w);
	trace_make(w->arena, &w->capture, &w->plan, 10000, &trace);
	assert_int_equal(trace.exchange_count, 1);
	return trace;
}

static void requests_a_second(struct world *w, const char *legs, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		world_legs(w, legs, UDP, 50000, 0);
}

static void older_requests_of_a_steady_sender_count(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_a_second(w, "AB", 10);
	/* 3 s and two round trips before the end: the last three are too young. */
	struct trace trace = trace_of(w, 500 * 1000);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_NO_REPLY);
	assert_int_equal(trace.exchanges[0].requests, 10);
	assert_int_equal(trace.exchanges[0].settled, 7);
	const struct check *check = &world_judge(w)->checks[CHECK_MISSING_REPLIES];
	assert_string_equal(state_word(check->state), "critical");
	assert_non_null(strstr(check->summary, "7 requests"));
	world_free(w);
}

static void young_requests_alone_stay_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_a_second(w, "AB", 3);
	struct trace trace = trace_of(w, 500 * 1000);
	assert_int_equal(trace.exchanges[0].state, EXCHANGE_OPEN);
	assert_int_equal(trace.exchanges[0].settled, 0);
	world_free(w);
}

static void two_settled_requests_prove_nothing_yet(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_a_second(w, "AB", 5);
	w->capture.quiet_us = 500 * 1000;
	const struct check *check = &world_judge(w)->checks[CHECK_MISSING_REPLIES];
	assert_string_equal(state_word(check->state), "warning");
	assert_string_equal(certainty_word(check->certainty), "none");
	world_free(w);
}

static void reply_on_its_way_through_is_not_held_back(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_a_second(w, "AB", 8);
	/* The first reply has just come in. */
	world_legs(w, "ABC", UDP, 50000, 0);
	assert_int_equal(trace_of(w, 500 * 1000).exchanges[0].state, EXCHANGE_OPEN);
	assert_int_equal(trace_of(w, 5 * US_PER_SECOND).exchanges[0].state, EXCHANGE_NOT_PASSED);
	world_free(w);
}

static void steady_sender_is_decided_while_it_sends(void **state)
{
	(void)state;
	struct world *w = world_new();
	requests_a_second(w, "AB", 5);
	struct trace trace = trace_of(w, 0);
	int64_t last_us = w->packets[w->capture.packet_count - 1].time_us;
	assert_false(trace_decided(&trace, last_us, 10000));
	requests_a_second(w, "AB", 3);
	trace = trace_of(w, 0);
	last_us = w->packets[w->capture.packet_count - 1].time_us;
	assert_true(trace_decided(&trace, last_us, 10000));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(older_requests_of_a_steady_sender_count),
	        cmocka_unit_test(young_requests_alone_stay_open),
	        cmocka_unit_test(two_settled_requests_prove_nothing_yet),
	        cmocka_unit_test(reply_on_its_way_through_is_not_held_back),
	        cmocka_unit_test(steady_sender_is_decided_while_it_sends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
