#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

/* missing-replies, icmp-error and refused beyond the table of worlds. */

static const struct check *judge_check(struct world *w, enum check_id id)
{
	return &world_judge(w)->checks[id];
}

static void assert_check(const struct check *check, const char *state, const char *certainty, const char *rule)
{
	assert_string_equal(state_word(check->state), state);
	assert_string_equal(certainty_word(check->certainty), certainty);
	assert_string_equal(check->rule, rule);
}

static void one_or_two_repetitions_only_warn(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "warning", "none", "legs-AB");
	world_legs(w, "AB", UDP, 50001, 0);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "warning", "none", "legs-AB");
	world_legs(w, "AB", UDP, 50002, 0);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "critical", "likely", "legs-AB");
	world_free(w);
}

static void t1_repeated_syn_without_any_answer(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "AB", TCP, 50000, SYN_SYNACK);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "critical", "likely", "T1");
	world_free(w);
}

static void t4_synack_lost_towards_the_client(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	world_legs(w, "ABCD", TCP, 50000, SYN_SYNACK);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "warning", "likely", "T4");
	assert_string_equal(where_word(w->verdict.where), "client-side");
	world_free(w);
}

static void t3_rst_of_the_gate_itself(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "AD", TCP, 50000, SYN_RST);
	assert_check(judge_check(w, CHECK_REFUSED), "warning", "likely", "T3");
	assert_string_equal(cause_word(w->verdict.cause), "refused");
	assert_string_equal(where_word(w->verdict.where), "gate");
	world_free(w);
}

static void unfit_capture_proves_no_negative(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	w->capture.dropped = 2;
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "unknown", "none", "S1");
	assert_int_equal(w->verdict.status, STATE_UNKNOWN);
	world_free(w);
}

static void failed_sniffer_step_proves_no_negative(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	world_fail(w, "sniffer", "time ran out");
	const struct check *check = judge_check(w, CHECK_MISSING_REPLIES);
	assert_check(check, "unknown", "none", "S0");
	assert_non_null(strstr(check->summary, "time ran out"));
	world_free(w);
}

static void positive_packet_counts_in_an_unfit_capture(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 50000);
	w->capture.dropped = 2;
	assert_check(judge_check(w, CHECK_ICMP_ERROR), "warning", "certain", "I1");
	assert_string_equal(cause_word(w->verdict.cause), "icmp-error");
	world_free(w);
}

static void silence_beside_pings_that_cannot_be_sent_is_the_gates(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", TCP, 50000 + i, SYN_SYNACK);
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 9, 9, false);
	w->pings[1].send_errors = 9;
	w->pings[1].error = "sendto failed";
	w->pings[1].error_from = world_source("ping", 2, "sendto failed");
	const struct check *check = judge_check(w, CHECK_MISSING_REPLIES);
	assert_check(check, "critical", "likely", "legs-AB");
	assert_non_null(strstr(check->summary, "sendto failed"));
	assert_string_equal(cause_word(w->verdict.cause), "missing-replies");
	assert_string_equal(where_word(w->verdict.where), "gate");
	assert_non_null(strstr(check->advice[0], "routing-table"));
	world_free(w);
}

static void s5_window_that_ended_early_is_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "AB", UDP, 50000, 0);
	w->capture.quiet_us = US_PER_SECOND;
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "unknown", "none", "S5");
	world_free(w);
}

static void s4_invisible_legs_stay_open(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "CD", UDP, 50000, 0);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "unknown", "none", "S4");
	world_free(w);
}

static void untied_requests_are_not_called_silence(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "wan1", PACKET_OUT, UDP, "203.0.113.2", 61000, SERVER, 53);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "unknown", "none", "legs-B");
	assert_string_equal(cause_word(w->verdict.cause), "undetermined");
	world_free(w);
}

static void one_stubborn_conversation_among_completed_ones_only_warns(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	for (unsigned i = 0; i < 5; i++)
		world_legs(w, "AB", UDP, 51000, 0);
	assert_check(judge_check(w, CHECK_MISSING_REPLIES), "warning", "none", "legs-AB");
	world_free(w);
}

static void asymmetric_return_is_told(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++) {
		world_legs(w, "ABC", UDP, 50000 + i, 0);
		w->packets[w->capture.packet_count - 1].interface = "wan2";
	}
	const struct check *check = judge_check(w, CHECK_MISSING_REPLIES);
	assert_check(check, "critical", "likely", "legs-ABC");
	assert_non_null(strstr(check->summary, "left by wan1 and the reply came in by wan2"));
	world_free(w);
}

/* ---- ICMP errors ---- */

static const struct check *error_check(struct world *w, const char *src, enum packet_icmp icmp, const char *quoted,
                                       unsigned port)
{
	world_forget_packets(w);
	world_legs(w, "AB", UDP, 50000, 0);
	world_error(w, "wan1", PACKET_IN, src, CLIENT, icmp, quoted, port ? UDP : 0, port);
	return judge_check(w, CHECK_ICMP_ERROR);
}

static void i2_server_closed_its_port(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(error_check(w, SERVER, ICMP_PORT_UNREACHABLE, SERVER, 53), "critical", "certain", "I2");
	assert_string_equal(where_word(w->verdict.where), "server");
	world_free(w);
}

static void i3_router_says_no(void **state)
{
	(void)state;
	struct world *w = world_new();
	static const enum packet_icmp kinds[] = {ICMP_HOST_UNREACHABLE, ICMP_NET_UNREACHABLE, ICMP_ADMIN_PROHIBITED,
	                                         ICMP_UNREACHABLE_OTHER, ICMP_PROTOCOL_UNREACHABLE};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_check(error_check(w, "203.0.113.9", kinds[i], SERVER, 0), "critical", "certain", "I3");
		assert_string_equal(where_word(w->verdict.where), "beyond-gate");
	}
	world_free(w);
}

static void i4_packet_too_big_is_a_warning(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(error_check(w, "203.0.113.9", ICMP_FRAG_NEEDED, SERVER, 0), "warning", "certain", "I4");
	world_free(w);
}

static void i5_time_exceeded_quotes_nothing_and_is_likely(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_check(error_check(w, "203.0.113.9", ICMP_TIME_EXCEEDED, NULL, 0), "critical", "likely", "I5");
	world_free(w);
}

static void error_printed_without_its_quote_is_likely(void **state)
{
	(void)state;
	struct world *w = world_new();
	static const enum packet_icmp kinds[] = {ICMP_ADMIN_PROHIBITED, ICMP_UNREACHABLE_OTHER};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_check(error_check(w, "203.0.113.9", kinds[i], NULL, 0), "critical", "likely", "I3");
	world_free(w);
}

static void gate_itself_may_say_unreachable(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_legs(w, "A", UDP, 50000, 0);
	world_error(w, "internal", PACKET_OUT, "10.0.0.1", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	assert_check(judge_check(w, CHECK_ICMP_ERROR), "critical", "certain", "I3");
	assert_string_equal(where_word(w->verdict.where), "gate");
	world_free(w);
}

static void error_of_another_conversation_is_neutral_when_ours_complete(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_error(w, "wan1", PACKET_IN, "203.0.113.9", "203.0.113.2", ICMP_ADMIN_PROHIBITED, SERVER, 0, 0);
	assert_check(judge_check(w, CHECK_ICMP_ERROR), "warning", "none", "I3");
	world_healthy_traffic(w);
	assert_check(judge_check(w, CHECK_ICMP_ERROR), "ok", "certain", "I3");
	world_free(w);
}

static void s3_filter_without_icmp_cannot_exclude_errors(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	w->capture.filter = "host " CLIENT " and port 53";
	assert_check(judge_check(w, CHECK_ICMP_ERROR), "unknown", "none", "S3");
	world_free(w);
}

static void the_fittest_capture_decides(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_close(w);
	struct capture captures[2] = {w->capture, {.step = "sniffer", .started = false}};
	w->facts.captures = captures;
	w->facts.capture_count = 2;
	assert_int_equal(world_judge_as_is(w)->status, STATE_OK);
	world_free(w);
}

/* Of two captures that are fit, one with an error says more than one with
 * traffic, and that more than one of other clients, whichever comes first. */
static void the_capture_that_says_most_decides(void **state)
{
	(void)state;
	for (unsigned turned = 0; turned < 2; turned++) {
		struct world *w = world_new();
		world_legs(w, "AB", UDP, 50000, 0);
		world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
		size_t error = w->capture.packet_count;
		world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.77", 50000, SERVER, 53);
		size_t others = w->capture.packet_count;
		world_healthy_traffic(w);
		struct capture with_error = w->capture, with_others = w->capture, healthy = w->capture;
		with_error.packet_count = with_error.received = error;
		with_others.packets += error;
		with_others.packet_count = with_others.received = others - error;
		healthy.packets += others;
		healthy.packet_count -= others;
		healthy.received = healthy.packet_count;
		struct capture unfit = with_error;
		unfit.dropped = 1;
		struct capture captures[][2] = {{with_error, healthy}, {healthy, with_others}, {healthy, unfit}};
		static const char *const causes[] = {"icmp-error", "none", "icmp-error"};
		for (size_t i = 0; i < 3; i++) {
			struct capture two[2] = {captures[i][turned], captures[i][!turned]};
			w->facts.captures = two;
			w->facts.capture_count = 2;
			assert_string_equal(cause_word(world_judge_as_is(w)->cause), causes[i]);
		}
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_or_two_repetitions_only_warn),
	        cmocka_unit_test(t1_repeated_syn_without_any_answer),
	        cmocka_unit_test(t4_synack_lost_towards_the_client),
	        cmocka_unit_test(t3_rst_of_the_gate_itself),
	        cmocka_unit_test(unfit_capture_proves_no_negative),
	        cmocka_unit_test(failed_sniffer_step_proves_no_negative),
	        cmocka_unit_test(positive_packet_counts_in_an_unfit_capture),
	        cmocka_unit_test(silence_beside_pings_that_cannot_be_sent_is_the_gates),
	        cmocka_unit_test(s5_window_that_ended_early_is_open),
	        cmocka_unit_test(s4_invisible_legs_stay_open),
	        cmocka_unit_test(untied_requests_are_not_called_silence),
	        cmocka_unit_test(one_stubborn_conversation_among_completed_ones_only_warns),
	        cmocka_unit_test(asymmetric_return_is_told),
	        cmocka_unit_test(i2_server_closed_its_port),
	        cmocka_unit_test(i3_router_says_no),
	        cmocka_unit_test(i4_packet_too_big_is_a_warning),
	        cmocka_unit_test(i5_time_exceeded_quotes_nothing_and_is_likely),
	        cmocka_unit_test(error_printed_without_its_quote_is_likely),
	        cmocka_unit_test(gate_itself_may_say_unreachable),
	        cmocka_unit_test(error_of_another_conversation_is_neutral_when_ours_complete),
	        cmocka_unit_test(s3_filter_without_icmp_cannot_exclude_errors),
	        cmocka_unit_test(the_fittest_capture_decides),
	        cmocka_unit_test(the_capture_that_says_most_decides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
