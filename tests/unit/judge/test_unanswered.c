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
	        cmocka_unit_test(requests_that_do_not_leave_leave_the_place_open),
	        cmocka_unit_test(young_queries_may_still_be_answered),
	        cmocka_unit_test(slow_replies_in_order_are_all_there),
	        cmocka_unit_test(other_protocols_need_not_answer_each_packet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
