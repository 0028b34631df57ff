#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

/* Each pair of evidence that contradicts itself is told, in every verdict. */

static void a_silent_ping_of_a_server_that_answers(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_false(world_told(w, "ICMP is filtered"));
	world_ping(w, 0, 4, 4, false);
	world_ping(w, 1, 300, 300, false);
	assert_true(world_told(w, "ICMP is filtered"));
	world_free(w);
}

static void a_clean_ping_of_a_silent_server(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	assert_true(world_told(w, "The ping is clean"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

static void an_entry_that_counts_replies(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "ABCD", TCP, 50000 + i, SYN_RST);
	assert_false(world_told(w, "counts received traffic"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	w->plan.entries.entry.have_rcvd = true;
	assert_false(world_told(w, "counts received traffic"));
	w->plan.entries.entry.rcvdpkt = 2;
	assert_true(world_told(w, "counts received traffic (2 packets"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	w->plan.entries.entry.rcvdpkt = 0; /* some devices log bytes only */
	w->plan.entries.entry.rcvdbyte = 96;
	assert_true(world_told(w, "counts received traffic (0 packets, 96 bytes)"));
	world_free(w);
}

static void an_error_for_some_and_silence_for_others(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	assert_false(world_told(w, "others nothing at all"));
	for (unsigned i = 1; i < 4; i++)
		world_legs(w, "AB", TCP, 50000 + i, SYN_SYNACK);
	assert_true(world_told(w, "1 conversation got an RST or an ICMP error"));
	assert_int_not_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	world_free(w);
}

static void extreme_memory_that_lets_requests_pass(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_false(world_told(w, "extreme threshold"));
	world_memory(w, 96, 1);
	assert_true(world_told(w, "extreme threshold"));
	assert_int_not_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	world_free(w);
}

static void a_busy_cpu_without_a_busy_process(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	facts_set_real(&w->facts, FACT_ID_CPU_BUSY, 97, world_source("performance.2", 1, "CPU states"));
	assert_false(world_told(w, "though no process is"));
	facts_set_real(&w->facts, FACT_ID_TOP_PROCESS_CPU, 80, world_source("top", 3, "ipsengine"));
	assert_false(world_told(w, "though no process is"));
	facts_set_real(&w->facts, FACT_ID_TOP_PROCESS_CPU, 2, world_source("top", 3, "miglogd"));
	assert_true(world_told(w, "though no process is"));
	world_free(w);
}

static void fewer_packets_than_the_sniffer_counts(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_false(world_told(w, "lines were lost"));
	w->capture.received = w->capture.packet_count + 5;
	world_judge_as_is(w);
	assert_non_null(strstr(w->verdict.notes[0], "The sniffer counts 17 packets and none dropped, and 12"));
	world_free(w);
}

static void an_old_entry_and_clean_traffic(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_false(world_told(w, "not reproduced"));
	w->plan.entries.entry.time_us -= 3600 * US_PER_SECOND;
	assert_true(world_told(w, "not reproduced"));
	assert_int_equal(w->verdict.cause, CAUSE_NOT_REPRODUCED);
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50010 + i, 0);
	assert_false(world_told(w, "not reproduced"));
	world_free(w);
}

static void some_answered_and_some_not(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_false(world_told(w, "Some conversations completed"));
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50010 + i, 0);
	assert_true(world_told(w, "Some conversations completed"));
	world_ping(w, 1, 300, 60, false); /* proven loss explains it */
	assert_false(world_told(w, "Some conversations completed"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_silent_ping_of_a_server_that_answers),
	        cmocka_unit_test(a_clean_ping_of_a_silent_server),
	        cmocka_unit_test(an_entry_that_counts_replies),
	        cmocka_unit_test(an_error_for_some_and_silence_for_others),
	        cmocka_unit_test(extreme_memory_that_lets_requests_pass),
	        cmocka_unit_test(a_busy_cpu_without_a_busy_process),
	        cmocka_unit_test(fewer_packets_than_the_sniffer_counts),
	        cmocka_unit_test(an_old_entry_and_clean_traffic),
	        cmocka_unit_test(some_answered_and_some_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
