#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

static const struct {
	const char *filter;
	bool understood, dns, error, web;
} filters[] = {
        {"", true, true, true, true},
        {"none", true, true, true, true},
        {"host 10.0.0.5", true, true, true, true},
        {"host 10.0.0.6", true, false, false, false},
        {"host 10.0.0.5 and port 53", true, true, false, false},
        {"port 53 and host 10.0.0.5", true, true, false, false},
        {"udp && port 53 && host 10.0.0.5", true, true, false, false},
        {"( host 10.0.0.5 or host 10.0.0.6 ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )",
         true, true, true, false},
        {"icmp[0]=3", true, false, true, false},
        {"icmp[0] < 3", true, false, false, false},
        {"icmp[0] <= 3", true, false, true, false},
        {"icmp", true, false, true, false},
        {"icmp6 and ip6[40] < 5", true, false, false, false},
        {"tcp port 80", true, false, false, true},
        {"not tcp", true, true, true, false},
        {"!tcp", true, true, true, false},
        {"src host 198.51.100.53", true, false, true, false},
        {"dst host 198.51.100.53", true, true, false, true},
        {"tcp or udp", true, true, false, true},
        {"tcp || udp", true, true, false, true},
        {"src port 50000", true, true, false, true},
        {"src port 53", true, false, false, false},
        {"dst port 53", true, true, false, false},
        {"dst port 50000", true, false, false, false},
        {"tcp port 53", true, false, false, false},
        {"udp\tand\tport 53", true, true, false, false},
        {"icmp[0] == 3", true, false, true, false},
        {"(udp)", true, true, false, false},
        {"udp!", false, false, false, false},
        {"icmp[0] > 1", false, false, false, false},
        {"icmp[0]>1", false, false, false, false},
        {"port 53>", false, false, false, false},
        {"port", false, false, false, false},
        {"tcp port", false, false, false, false},
        {"host 10.0.0", false, false, false, false},
        {"src icmp[0] = 3", false, false, false, false},
        {"src ip6[40] = 3", false, false, false, false},
        {"host", false, false, false, false},
        {"host 10.0.0.5 and", false, false, false, false},
        {"( host 10.0.0.5", false, false, false, false},
        {"host 10.0.0.5 )", false, false, false, false},
        {"net 10.0.0.0/8", false, false, false, false},
        {"port 99999", false, false, false, false},
        {"src icmp", false, false, false, false},
        {"host 10.0.0.5 port 53", false, false, false, false},
        {"icmp[0]", false, false, false, false},
};

static void filters_are_evaluated_as_the_sniffer_would(void **state)
{
	(void)state;
	struct ip client = world_ip("10.0.0.5");
	struct ip server = world_ip("198.51.100.53");
	const struct sight dns = {UDP, client, server, 50000, 53, 0};
	const struct sight error = {ICMP, server, client, 0, 0, 3};
	const struct sight web = {TCP, client, server, 50000, 80, 0};
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct str filter = str_of(filters[i].filter);
		bool seen[3] = {false, false, false};
		bool understood = sight_test(filter, &dns, &seen[0]);
		sight_test(filter, &error, &seen[1]);
		sight_test(filter, &web, &seen[2]);
		if (understood != filters[i].understood || seen[0] != filters[i].dns || seen[1] != filters[i].error ||
		    seen[2] != filters[i].web)
			fail_msg("%s: %d %d %d %d", filters[i].filter, understood, seen[0], seen[1], seen[2]);
	}
}

static void deep_nesting_is_refused(void **state)
{
	(void)state;
	char text[4000];
	memset(text, '(', sizeof(text));
	struct sight packet = {.proto = UDP};
	bool seen = false;
	assert_false(sight_test((struct str){text, sizeof(text)}, &packet, &seen));
}

static struct fitness fitness_of(struct world *w)
{
	struct fitness fitness;
	fitness_make(w->arena, &w->capture, &w->plan.target, &fitness);
	return fitness;
}

static void assert_unfit(struct world *w, const char *rule)
{
	struct fitness fitness = fitness_of(w);
	assert_false(fitness.fit);
	assert_string_equal(fitness.rule, rule);
	assert_non_null(fitness.why);
}

static struct world *world_whole(void)
{
	struct world *w = world_new();
	world_healthy_traffic(w);
	world_close(w);
	return w;
}

static void whole_capture_is_fit(void **state)
{
	(void)state;
	struct world *w = world_whole();
	struct fitness fitness = fitness_of(w);
	assert_true(fitness.usable && fitness.fit && fitness.both_sides && fitness.sees_errors);
	assert_null(fitness.why);
	world_free(w);
}

static void s0_trailer_is_required_after_an_interrupt(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.have_trailer = false;
	assert_unfit(w, "S0");
	world_free(w);
}

static void s0_full_count_needs_no_trailer(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.have_trailer = false;
	w->capture.interrupted = false;
	assert_unfit(w, "S0");
	w->capture.requested = (uint32_t)w->capture.packet_count;
	assert_true(fitness_of(w).fit);
	w->capture.requested = 0;
	assert_unfit(w, "S0");
	world_free(w);
}

static void s0_lost_link_is_a_cut(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.link_lost = true;
	assert_unfit(w, "S0");
	world_free(w);
}

static void s1_drops_spoil_negatives(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.dropped = 1;
	assert_unfit(w, "S1");
	world_free(w);
}

static void s1b_counts_must_agree(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.received++;
	assert_unfit(w, "S1b");
	w->capture.received--;
	w->capture.unread_count = 1;
	assert_unfit(w, "S1b");
	world_free(w);
}

static void s2_filter_must_let_the_conversation_through(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.filter = "host 10.0.0.6";
	assert_unfit(w, "S2");
	w->capture.filter = "ether proto 0x8890";
	assert_unfit(w, "S2");
	w->capture.filter = NULL;
	assert_true(fitness_of(w).fit);
	world_free(w);
}

static void s2_one_sided_filters_are_told(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.filter = "host 10.0.0.5 and port 53";
	assert_true(fitness_of(w).fit);
	assert_false(fitness_of(w).both_sides);
	assert_false(fitness_of(w).sees_errors);
	/* The entry says that nothing is translated: one end is enough then. */
	w->plan.target.nat_unknown = false;
	assert_true(fitness_of(w).both_sides);
	w->plan.target.translated_client = world_ip("203.0.113.2");
	assert_false(fitness_of(w).both_sides);
	w->capture.filter = "( host 10.0.0.5 or host 198.51.100.53 ) and ( port 53 or icmp )";
	assert_true(fitness_of(w).both_sides);
	assert_true(fitness_of(w).sees_errors);
	world_free(w);
}

static void s2_one_interface_shows_half_of_the_way(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.one_interface = true;
	assert_unfit(w, "S2");
	assert_true(fitness_of(w).usable);
	world_free(w);
}

static void sniffer_that_did_not_start_is_no_capture(void **state)
{
	(void)state;
	struct world *w = world_whole();
	w->capture.started = false;
	w->capture.error = "unknown interface";
	struct fitness fitness = fitness_of(w);
	assert_false(fitness.usable || fitness.fit);
	assert_non_null(strstr(fitness.why, "unknown interface"));
	fitness_make(w->arena, NULL, &w->plan.target, &fitness);
	assert_false(fitness.usable || fitness.fit);
	world_free(w);
}

static void ipv6_conversations_are_judged_alike(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target.client = world_ip("2001:db8::5");
	w->plan.target.server = world_ip("2001:db8:1::53");
	w->capture.filter = "( host 2001:db8::5 or host 2001:db8:1::53 ) and ( port 53 or ( icmp6 and ip6[40] < 5 ) )";
	struct fitness fitness = fitness_of(w);
	assert_true(fitness.fit && fitness.both_sides && fitness.sees_errors);
	world_free(w);
}

/* What passes one way only, or not for each error, is not seen. */
static void half_a_filter_sees_half(void **state)
{
	(void)state;
	static const struct {
		const char *filter;
		bool fit, errors;
	} rows[] = {
	        {"port 53 or icmp", true, true},
	        {"( host " CLIENT " and dst port 53 ) or icmp", false, true},
	        {"( host " CLIENT " and src port 53 ) or icmp", false, true},
	        {"port 53 or ( src host " SERVER " and icmp )", true, false},
	        {"port 53 or ( src host " CLIENT " and icmp )", true, false},
	        {"port 53", true, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_new();
		world_healthy_traffic(w);
		world_close(w);
		w->capture.filter = rows[i].filter;
		struct fitness fitness;
		fitness_make(w->arena, &w->capture, &w->plan.target, &fitness);
		assert_int_equal(fitness.fit, rows[i].fit);
		assert_int_equal(fitness.sees_errors, rows[i].errors);
		if (!rows[i].fit)
			assert_string_equal(fitness.rule, "S2");
		const struct check *check = &world_judge(w)->checks[CHECK_ICMP_ERROR];
		assert_int_equal(check->state == STATE_OK, rows[i].fit && rows[i].errors);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(filters_are_evaluated_as_the_sniffer_would),
	        cmocka_unit_test(deep_nesting_is_refused),
	        cmocka_unit_test(whole_capture_is_fit),
	        cmocka_unit_test(s0_trailer_is_required_after_an_interrupt),
	        cmocka_unit_test(s0_full_count_needs_no_trailer),
	        cmocka_unit_test(s0_lost_link_is_a_cut),
	        cmocka_unit_test(s1_drops_spoil_negatives),
	        cmocka_unit_test(s1b_counts_must_agree),
	        cmocka_unit_test(s2_filter_must_let_the_conversation_through),
	        cmocka_unit_test(s2_one_sided_filters_are_told),
	        cmocka_unit_test(half_a_filter_sees_half),
	        cmocka_unit_test(s2_one_interface_shows_half_of_the_way),
	        cmocka_unit_test(sniffer_that_did_not_start_is_no_capture),
	        cmocka_unit_test(ipv6_conversations_are_judged_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
