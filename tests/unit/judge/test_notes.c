#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Is this the entry's device, and is the entry of now? */

#define MINUTE (60 * US_PER_SECOND)
#define HOUR   (60 * MINUTE)

static struct world *world_calm(void)
{
	struct world *w = world_new();
	world_healthy_traffic(w);
	return w;
}

/* An RST of the server is a certain finding, where nothing shakes it. */
static struct world *world_refused(void)
{
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	return w;
}

static void text(struct world *w, enum fact_id id, const char *value)
{
	facts_set_text(&w->facts, id, value, world_source("status", 2, value));
}

/* ---- the device ---- */

static struct world *world_by(const char *devid, const char *serial)
{
	struct world *w = world_calm();
	w->plan.entries.entry.devid = str_of(devid);
	if (serial)
		text(w, FACT_ID_DEVICE_SERIAL, serial);
	return w;
}

#define OURS   "FGT60FTK20000002"
#define OTHERS "FGT60FTK20000001"

static void only_whole_serials_that_differ_are_of_two_devices(void **state)
{
	(void)state;
	static const struct {
		const char *devid, *serial;
		bool wrong;
	} rows[] = {
	        {OTHERS, OURS, true},
	        {OURS, OURS, false},
	        {OTHERS, NULL, false},
	        {"", OURS, false},
	        {"FGT60FTK2000", OURS, false},     /* shortened */
	        {"FGT60FTKXXXX0001", OURS, false}, /* masked */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_by(rows[i].devid, rows[i].serial);
		assert_int_equal(world_told(w, "Wrong device: the entry was written by " OTHERS ", this is " OURS),
		                 rows[i].wrong);
		assert_int_equal(w->verdict.status, rows[i].wrong ? STATE_WARNING : STATE_OK);
		assert_int_equal(w->verdict.cause, rows[i].wrong ? CAUSE_UNDETERMINED : CAUSE_NONE);
		world_free(w);
	}
}

static void member(struct world *w, const char *serial)
{
	struct fact_row *row = facts_row(w->arena, &w->facts, "member", world_source("ha", 3, serial));
	facts_cell(w->arena, row, "serial", str_of(serial));
}

static void the_cluster_tells_who_is_its_member(void **state)
{
	(void)state;
	struct world *w = world_by(OTHERS, OURS);
	text(w, FACT_ID_DEVICE_HA_MODE, "standalone");
	assert_true(world_told(w, "Wrong device"));
	w->facts.item[FACT_ID_DEVICE_HA_MODE].value.text = "a-p, primary";
	assert_true(world_told(w, "perhaps the other member of the cluster"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	/* Other listings have rows too. */
	(void)facts_row(w->arena, &w->facts, "arp", world_source("arp", 2, "x"));
	assert_true(world_told(w, "perhaps the other member of the cluster"));
	member(w, OURS);
	assert_true(world_told(w, "Wrong device"));
	assert_int_equal(w->verdict.status, STATE_WARNING);
	member(w, OTHERS);
	assert_true(world_told(w, "the other member of this cluster; this is " OURS));
	assert_int_equal(w->verdict.status, STATE_OK);
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

static void only_a_device_without_vdoms_lacks_one(void **state)
{
	(void)state;
	static const struct {
		const char *vd, *mode, *current;
		bool wrong;
	} rows[] = {
	        {"PROD", "disable", "root", true}, {"root", "disable", "root", false},
	        {"", "disable", "root", false},    {"PROD", "multiple", "root", false},
	        {"PROD", NULL, "root", false},     {"PROD", "disable", NULL, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_calm();
		w->plan.entries.entry.vd = str_of(rows[i].vd);
		if (rows[i].mode)
			text(w, FACT_ID_DEVICE_VDOM_MODE, rows[i].mode);
		if (rows[i].current)
			text(w, FACT_ID_DEVICE_VDOM, rows[i].current);
		assert_int_equal(world_told(w, "the entry is of VDOM PROD, and this device has only root"),
		                 rows[i].wrong);
		assert_int_equal(w->verdict.status, rows[i].wrong ? STATE_WARNING : STATE_OK);
		world_free(w);
	}
}

/* A verdict that could not be made is not made better by the wrong device. */
static void the_wrong_device_says_nothing_of_the_entry(void **state)
{
	(void)state;
	struct world *w = world_by(OTHERS, OURS);
	world_forget_packets(w);
	world_judge(w);
	assert_int_equal(w->verdict.status, STATE_WARNING);
	assert_string_equal(cause_word(w->verdict.cause), "undetermined");
	assert_non_null(strstr(w->verdict.summary, "Nothing found here says anything about the entry."));
	w->plan.entries.entry.time_us -= HOUR;
	world_healthy_traffic(w);
	world_judge(w);
	assert_string_equal(cause_word(w->verdict.cause), "undetermined");
	world_free(w);
}

/* ---- the age ---- */

static void the_age_is_told_in_words(void **state)
{
	(void)state;
	static const struct {
		int64_t age_us;
		const char *words;
	} rows[] = {
	        {16 * MINUTE, "The entry is 16 minutes old"}, {119 * MINUTE, "The entry is 119 minutes old"},
	        {2 * HOUR, "The entry is 2 hours old"},       {47 * HOUR, "The entry is 47 hours old"},
	        {48 * HOUR, "The entry is 2 days old"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world *w = world_calm();
		w->plan.entries.entry.time_us = WORLD_STARTED_US - rows[i].age_us;
		assert_true(world_told(w, rows[i].words));
		assert_string_equal(cause_word(w->verdict.cause), "not-reproduced");
		assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
		world_free(w);
	}
	struct world *w = world_calm();
	w->plan.entries.entry.time_us = WORLD_STARTED_US - 15 * MINUTE;
	assert_false(world_told(w, "old"));
	world_free(w);
}

/* What no clock tells may be long ago: nothing of now is certain for then. */
static void an_age_that_is_not_known_makes_nothing_certain(void **state)
{
	(void)state;
	struct world *w = world_refused();
	world_judge(w);
	assert_string_equal(cause_word(w->verdict.cause), "refused");
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	w->plan.entries.entry.time_kind = ENTRY_TIME_NONE;
	assert_true(world_told(w, "How old the entry is cannot be told"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	w->plan.entries.entry.time_kind = ENTRY_TIME_LOCAL;
	assert_true(world_told(w, "How old the entry is cannot be told"));
	facts_set_int(&w->facts, FACT_ID_DEVICE_TIME, WORLD_STARTED_US, world_source("status", 1, "System time"));
	assert_false(world_told(w, "How old the entry is cannot be told"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	world_free(w);
}

static void an_entry_of_the_future_makes_nothing_certain(void **state)
{
	(void)state;
	struct world *w = world_refused();
	w->plan.entries.entry.time_us = WORLD_STARTED_US + 14 * MINUTE;
	assert_false(world_told(w, "after this run began"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	w->plan.entries.entry.time_us = WORLD_STARTED_US + 3 * HOUR;
	assert_true(world_told(w, "dated 3 hours after this run began: a clock is wrong"));
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

/* ---- the rest ---- */

static void without_an_entry_nothing_is_said_of_one(void **state)
{
	(void)state;
	struct world *w = world_by(OTHERS, OURS);
	w->plan.target.have_entry = false;
	w->plan.entries.entry.time_kind = ENTRY_TIME_NONE;
	world_judge(w);
	assert_int_equal(w->verdict.note_count, 0);
	assert_int_equal(w->verdict.status, STATE_OK);
	world_free(w);
}

static void lines_of_the_same_client_and_port_are_told(void **state)
{
	(void)state;
	struct world *w = world_calm();
	w->plan.entries.sibling_count = 1;
	assert_true(world_told(w, "1 more log line of the same client and port"));
	w->plan.entries.sibling_count = 2;
	assert_true(world_told(w, "2 more log lines of the same client and port"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(only_whole_serials_that_differ_are_of_two_devices),
	        cmocka_unit_test(the_cluster_tells_who_is_its_member),
	        cmocka_unit_test(only_a_device_without_vdoms_lacks_one),
	        cmocka_unit_test(the_wrong_device_says_nothing_of_the_entry),
	        cmocka_unit_test(the_age_is_told_in_words),
	        cmocka_unit_test(an_age_that_is_not_known_makes_nothing_certain),
	        cmocka_unit_test(an_entry_of_the_future_makes_nothing_certain),
	        cmocka_unit_test(without_an_entry_nothing_is_said_of_one),
	        cmocka_unit_test(lines_of_the_same_client_and_port_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
