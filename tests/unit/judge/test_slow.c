#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* A server that takes its time, and a handshake that is not ended. */

/* Conversations every half second; each reply comes after five seconds. */
static void slow_server(struct world *w, unsigned count)
{
	int64_t began_us = w->now_us;
	for (unsigned tick = 0; tick < count + 10; tick++) {
		w->now_us = began_us + tick * US_PER_SECOND / 2;
		if (tick < count)
			world_legs(w, "AB", UDP, 50000 + tick, 0);
		w->now_us = began_us + tick * US_PER_SECOND / 2 + 100 * 1000;
		if (tick >= 10 && tick < count)
			world_legs(w, "CD", UDP, 50000 + tick - 10, 0);
	}
	w->capture.quiet_us = 0;
}

static struct trace trace_of(struct world *w)
{
	struct trace trace;
	world_close(w);
	trace_make(w->arena, &w->capture, &w->plan, 10000, &trace);
	return trace;
}

static void a_slow_server_gets_the_time_that_it_takes(void **state)
{
	(void)state;
	struct world *w = world_new();
	slow_server(w, 40);
	struct trace trace = trace_of(w);
	unsigned complete = 0;
	for (size_t i = 0; i < trace.exchange_count; i++) {
		assert_int_not_equal(trace.exchanges[i].state, EXCHANGE_NO_REPLY);
		complete += trace.exchanges[i].state == EXCHANGE_COMPLETE;
	}
	assert_int_equal(complete, 30);
	assert_int_equal(world_judge(w)->status, STATE_OK);
	world_free(w);
}

static void silence_beside_fast_replies_is_not_given_more(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	for (unsigned i = 0; i < 8; i++)
		world_legs(w, "AB", UDP, 51000 + i, 0);
	w->capture.quiet_us = 0;
	const struct check *check = &world_judge(w)->checks[CHECK_MISSING_REPLIES];
	assert_int_equal(check->state, STATE_CRITICAL);
	world_free(w);
}

/* What a long conversation sends after a pause is no slow reply. */
static void later_packets_of_a_conversation_do_not_count_as_slow(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50000, FLAGS(TCP_ACK, 0));
	w->now_us += 20 * US_PER_SECOND;
	world_legs(w, "CD", TCP, 50000, FLAGS(0, TCP_ACK));
	for (unsigned i = 0; i < 6; i++)
		world_legs(w, "AB", TCP, 51000 + i, SYN_SYNACK);
	w->capture.quiet_us = 0;
	assert_int_equal(trace_of(w).exchanges[1].state, EXCHANGE_NO_REPLY);
	world_free(w);
}

static void a_syn_ack_that_comes_again_was_not_acknowledged(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "CD", TCP, 50000, SYN_SYNACK);
	const struct check *check = &world_judge(w)->checks[CHECK_MISSING_REPLIES];
	assert_int_equal(check->state, STATE_WARNING);
	assert_string_equal(check->rule, "T4");
	assert_string_equal(where_word(w->verdict.where), "client-side");
	assert_non_null(strstr(check->summary, "did not acknowledge"));
	world_free(w);
}

static void a_syn_ack_that_comes_again_and_is_acknowledged_is_fine(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "CD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "AB", TCP, 50000, FLAGS(TCP_ACK, 0));
	assert_int_equal(world_judge(w)->checks[CHECK_MISSING_REPLIES].state, STATE_OK);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_slow_server_gets_the_time_that_it_takes),
	        cmocka_unit_test(silence_beside_fast_replies_is_not_given_more),
	        cmocka_unit_test(later_packets_of_a_conversation_do_not_count_as_slow),
	        cmocka_unit_test(a_syn_ack_that_comes_again_was_not_acknowledged),
	        cmocka_unit_test(a_syn_ack_that_comes_again_and_is_acknowledged_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
