#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clocks.h"
#include "judge/world.h"

#define MINUTE (60 * US_PER_SECOND)
#define HOUR   (60 * MINUTE)

static struct clocks reconcile(struct clocks_seen seen)
{
	struct clocks clocks;
	clocks_reconcile(&seen, &clocks);
	return clocks;
}

static void the_entrys_zone_leaves_the_skew(void **state)
{
	(void)state;
	struct clocks clocks = reconcile(
	        (struct clocks_seen){.local_ahead_us = 2 * HOUR + US_PER_SECOND, .have_zone = true, .zone_s = 7200});
	assert_true(clocks.known);
	assert_int_equal(clocks.zone_s, 7200);
	assert_int_equal(clocks.skew_us, US_PER_SECOND);
	clocks = reconcile((struct clocks_seen){.local_ahead_us = 20 * MINUTE, .have_zone = true});
	assert_true(clocks.known);
	assert_int_equal(clocks.skew_us, 20 * MINUTE);
	assert_false(clocks.zone_differs);
}

static void another_zone_and_a_wrong_clock_look_the_same(void **state)
{
	(void)state;
	struct clocks_seen seen = {.local_ahead_us = 2 * HOUR, .have_zone = true};
	assert_false(reconcile(seen).known);
	seen.have_utc = true;
	seen.utc_ahead_us = -3 * US_PER_SECOND;
	struct clocks clocks = reconcile(seen);
	assert_true(clocks.known);
	assert_true(clocks.zone_differs);
	assert_int_equal(clocks.zone_s, 7200);
	assert_int_equal(clocks.skew_us, 0);
	seen.utc_ahead_us = 2 * HOUR - US_PER_SECOND;
	clocks = reconcile(seen);
	assert_false(clocks.zone_differs);
	assert_int_equal(clocks.skew_us, 2 * HOUR);
}

static void zones_west_and_of_odd_minutes(void **state)
{
	(void)state;
	struct clocks clocks = reconcile((struct clocks_seen){.local_ahead_us = -3 * HOUR - 30 * MINUTE + 5});
	assert_true(clocks.known);
	assert_int_equal(clocks.zone_s, -12600);
	assert_int_equal(clocks.skew_us, 5);
	clocks = reconcile((struct clocks_seen){.local_ahead_us = 5 * HOUR + 45 * MINUTE});
	assert_int_equal(clocks.zone_s, 20700);
	assert_false(reconcile((struct clocks_seen){.local_ahead_us = 7 * MINUTE}).known);
	assert_false(reconcile((struct clocks_seen){.local_ahead_us = 40 * HOUR}).known);
}

static struct world *world_ahead(int64_t ahead_us)
{
	struct world *w = world_new();
	w->plan.entries.entry.have_zone = true;
	facts_set_int(&w->facts, FACT_ID_DEVICE_TIME, WORLD_STARTED_US + ahead_us,
	              world_source("status", 1, "System time"));
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "ABCD", UDP, 50000 + i, 0);
	w->capture.clock = CAPTURE_RELATIVE;
	return w;
}

static void a_skew_is_told_and_measured(void **state)
{
	(void)state;
	struct world *w = world_ahead(US_PER_SECOND);
	assert_false(world_told(w, "clock"));
	assert_int_equal(w->facts.item[FACT_ID_TIME_SKEW].value.integer, US_PER_SECOND);
	assert_int_equal(w->facts.item[FACT_ID_TIME_ZONE].value.integer, 0);
	world_free(w);
	w = world_ahead(-5 * US_PER_SECOND);
	assert_true(world_told(w, "is 5.0 s behind ours"));
	world_free(w);
}

/* Both stamps are the device's: what is wrong with its clock falls out. */
static void the_devices_clock_tells_the_age(void **state)
{
	(void)state;
	struct world *w = world_ahead(20 * MINUTE);
	w->plan.entries.entry.time_us = WORLD_STARTED_US + 19 * MINUTE;
	assert_true(world_told(w, "is 20 minutes ahead of ours"));
	assert_false(world_told(w, "after this run began"));
	assert_int_equal(w->verdict.cause, CAUSE_NONE);
	w->plan.entries.entry.time_us = WORLD_STARTED_US - 10 * MINUTE;
	assert_true(world_told(w, "The entry is 30 minutes old"));
	assert_int_equal(w->verdict.cause, CAUSE_NOT_REPRODUCED);
	world_free(w);
}

/* A capture whose stamps are UTC tells the zone from a wrong clock. */
static struct world *world_with_utc(int64_t ahead_us)
{
	struct world *w = world_ahead(ahead_us);
	struct step_run *sniffer = world_run(w, "sniffer");
	sniffer->end_us = 60 * US_PER_SECOND;
	w->capture.clock = CAPTURE_UTC;
	for (size_t i = 0; i < w->capture.packet_count; i++)
		w->packets[i].time_us += WORLD_STARTED_US + 40 * US_PER_SECOND;
	w->capture.quiet_us = 60 * US_PER_SECOND - 43 * US_PER_SECOND;
	return w;
}

static void another_zone_is_told_and_nothing_is_certain(void **state)
{
	(void)state;
	struct world *w = world_with_utc(2 * HOUR);
	assert_true(world_told(w, "The FortiGate's zone is now +02:00, another than the entry's."));
	assert_int_equal(w->facts.item[FACT_ID_TIME_ZONE].value.integer, 7200);
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
	w = world_with_utc(-3 * HOUR - 30 * MINUTE);
	assert_true(world_told(w, "zone is now -03:30, another"));
	world_free(w);
	w = world_with_utc(US_PER_SECOND);
	assert_false(world_told(w, "zone"));
	world_free(w);
}

/* What does not tell UTC, or when it came, leaves zone and skew alike. */
static void a_capture_that_tells_no_utc_does_not_help(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		struct world *w = world_with_utc(2 * HOUR);
		if (kind == 0)
			world_run(w, "sniffer")->end_us = 0;
		else if (kind == 1)
			w->capture.clock = CAPTURE_LOCAL;
		else if (kind == 2)
			w->capture.packet_count = 0;
		else if (kind == 3)
			w->facts.capture_count = 0;
		else
			w->capture.step = "another";
		assert_true(world_told(w, "another zone than the entry's, or its clock is wrong"));
		world_free(w);
	}
}

static void a_time_that_was_not_read_beside_ours_tells_nothing(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 4; kind++) {
		struct world *w = world_ahead(2 * HOUR);
		if (kind == 0)
			w->facts.item[FACT_ID_DEVICE_TIME].from.step = NULL;
		else if (kind == 1)
			w->facts.item[FACT_ID_DEVICE_TIME].from.step = "nowhere";
		else if (kind == 2)
			world_run(w, "status")->file = "log.txt";
		else
			world_fail(w, "status", "cut");
		assert_false(world_told(w, "zone"));
		assert_string_equal(w->facts.item[FACT_ID_TIME_SKEW].absent,
		                    "the FortiGate's time was not read beside ours");
		world_free(w);
	}
}

/* Without an entry there is no zone to compare with, and nothing to say of it. */
static void without_an_entrys_zone_only_the_facts_are_told(void **state)
{
	(void)state;
	struct world *w = world_ahead(2 * HOUR);
	w->plan.target.have_entry = false;
	world_judge(w);
	assert_int_equal(w->verdict.note_count, 0);
	assert_int_equal(w->facts.item[FACT_ID_TIME_ZONE].value.integer, 7200);
	world_free(w);
	w = world_ahead(7 * MINUTE);
	w->plan.target.have_entry = false;
	world_judge(w);
	assert_int_equal(w->verdict.note_count, 0);
	assert_string_equal(w->facts.item[FACT_ID_TIME_ZONE].absent, "a wrong clock and another zone look the same");
	world_free(w);
}

/* A clock that is far wrong makes the age doubtful, one a little off does not. */
static void a_large_skew_makes_nothing_certain(void **state)
{
	(void)state;
	struct world *w = world_ahead(20 * MINUTE);
	w->plan.entries.entry.time_us = WORLD_STARTED_US + 19 * MINUTE;
	world_aim(w, TCP);
	world_forget_packets(w);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	assert_true(world_told(w, "is 20 minutes ahead of ours"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
	w = world_ahead(90 * US_PER_SECOND);
	world_aim(w, TCP);
	world_forget_packets(w);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	assert_true(world_told(w, "ahead of ours"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	world_free(w);
}

static void zones_end_at_twelve_and_fourteen_hours(void **state)
{
	(void)state;
	struct clocks_seen seen = {.local_ahead_us = -13 * HOUR, .have_utc = true};
	assert_false(reconcile(seen).known);
	seen.local_ahead_us = 15 * HOUR;
	assert_false(reconcile(seen).known);
	seen.local_ahead_us = 14 * HOUR + 2 * MINUTE; /* no zone: both stamps do not agree */
	assert_false(reconcile(seen).known);
	seen.local_ahead_us = 14 * HOUR - 2 * MINUTE;
	assert_false(reconcile(seen).known);
	seen.local_ahead_us = 14 * HOUR;
	assert_true(reconcile(seen).known);
}

static void what_cannot_be_told_apart_is_said(void **state)
{
	(void)state;
	struct world *w = world_ahead(2 * HOUR);
	assert_true(world_told(w, "another zone than the entry's, or its clock is wrong"));
	assert_false(w->facts.item[FACT_ID_TIME_SKEW].present);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_entrys_zone_leaves_the_skew),
	        cmocka_unit_test(another_zone_and_a_wrong_clock_look_the_same),
	        cmocka_unit_test(zones_west_and_of_odd_minutes),
	        cmocka_unit_test(a_skew_is_told_and_measured),
	        cmocka_unit_test(the_devices_clock_tells_the_age),
	        cmocka_unit_test(what_cannot_be_told_apart_is_said),
	        cmocka_unit_test(another_zone_is_told_and_nothing_is_certain),
	        cmocka_unit_test(a_capture_that_tells_no_utc_does_not_help),
	        cmocka_unit_test(a_time_that_was_not_read_beside_ours_tells_nothing),
	        cmocka_unit_test(without_an_entrys_zone_only_the_facts_are_told),
	        cmocka_unit_test(a_large_skew_makes_nothing_certain),
	        cmocka_unit_test(zones_end_at_twelve_and_fourteen_hours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
