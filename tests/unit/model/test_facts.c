#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "facts.h"

static const struct source from = {.step = "status", .line = 3, .text = "Hostname: edge"};

static void every_registered_fact_is_found_by_its_name(void **state)
{
	(void)state;
	for (int id = 0; id < FACT_COUNT; id++) {
		assert_non_null(fact_defs[id].name);
		assert_non_null(fact_defs[id].unit);
		assert_true(strlen(fact_defs[id].what) > 0);
		assert_int_equal(fact_find(fact_defs[id].name), id);
	}
	assert_int_equal(fact_find("no.such.fact"), FACT_COUNT);
	assert_int_equal(fact_find(""), FACT_COUNT);
}

static void nothing_is_measured_at_first(void **state)
{
	struct facts facts;
	(void)state;
	facts_init(&facts, "not read");
	for (int id = 0; id < FACT_COUNT; id++) {
		assert_false(facts.item[id].present);
		assert_string_equal(facts.item[id].absent, "not read");
	}
	assert_int_equal(facts.ping_count + facts.capture_count + facts.performance_count + facts.top_count, 0);
}

static void values_keep_their_source(void **state)
{
	struct facts facts;
	(void)state;
	facts_init(&facts, "not read");
	facts_set_text(&facts, FACT_ID_DEVICE_HOSTNAME, "edge", from);
	facts_set_int(&facts, FACT_ID_DEVICE_BUILD, -1, from);
	facts_set_real(&facts, FACT_ID_CPU_BUSY, 12.5, (struct source){0});
	assert_string_equal(facts.item[FACT_ID_DEVICE_HOSTNAME].value.text, "edge");
	assert_int_equal(facts.item[FACT_ID_DEVICE_HOSTNAME].from.line, 3);
	assert_int_equal(facts.item[FACT_ID_DEVICE_BUILD].value.integer, -1);
	assert_true(facts.item[FACT_ID_CPU_BUSY].value.real > 12.4 && facts.item[FACT_ID_CPU_BUSY].value.real < 12.6);
	assert_null(facts.item[FACT_ID_CPU_BUSY].from.step);
	assert_null(facts.item[FACT_ID_CPU_BUSY].absent);
}

static void reason_never_replaces_a_value(void **state)
{
	struct facts facts;
	(void)state;
	facts_init(&facts, "not read");
	facts_set_absent(&facts, FACT_ID_SESSIONS, "refused");
	assert_string_equal(facts.item[FACT_ID_SESSIONS].absent, "refused");
	facts_set_int(&facts, FACT_ID_SESSIONS, 0, from);
	facts_set_absent(&facts, FACT_ID_SESSIONS, "refused again");
	assert_true(facts.item[FACT_ID_SESSIONS].present);
	assert_int_equal(facts.item[FACT_ID_SESSIONS].value.integer, 0);
}

static void later_value_replaces_an_earlier_one(void **state)
{
	struct facts facts;
	(void)state;
	facts_init(&facts, "not read");
	facts_set_int(&facts, FACT_ID_SESSIONS, 5, from);
	facts_set_int(&facts, FACT_ID_SESSIONS, 6, from);
	assert_int_equal(facts.item[FACT_ID_SESSIONS].value.integer, 6);
}

static void facts_of_a_playbook_are_found_too(void **state)
{
	struct extra_fact extra = {.name = "sensor.fans", .unit = "rpm", .type = FACT_INT};
	struct facts facts;
	enum fact_type type;
	const char *unit;
	(void)state;
	facts_init(&facts, "not read");
	facts.extra = &extra;
	facts.extra_count = 1;
	assert_ptr_equal(facts_find(&facts, "sensor.fans", &type, &unit), &extra.fact);
	assert_int_equal(type, FACT_INT);
	assert_string_equal(unit, "rpm");
	assert_ptr_equal(facts_find(&facts, "cpu.busy", &type, &unit), &facts.item[FACT_ID_CPU_BUSY]);
	assert_int_equal(type, FACT_REAL);
	assert_string_equal(unit, "%");
	assert_ptr_equal(facts_find(&facts, "cpu.busy", NULL, NULL), &facts.item[FACT_ID_CPU_BUSY]);
	assert_ptr_equal(facts_find(&facts, "sensor.fans", NULL, NULL), &extra.fact);
	assert_null(facts_find(&facts, "sensor", NULL, NULL));
}

static void icmp_errors_are_those_about_another_packet(void **state)
{
	static const enum packet_icmp others[] = {ICMP_NONE, ICMP_ECHO_REQUEST, ICMP_ECHO_REPLY, ICMP_OTHER};
	(void)state;
	for (int icmp = ICMP_PORT_UNREACHABLE; icmp <= ICMP_TIME_EXCEEDED; icmp++) {
		const struct packet packet = {.icmp = (enum packet_icmp)icmp};
		assert_true(packet_is_icmp_error(&packet));
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		const struct packet packet = {.icmp = others[i]};
		assert_false(packet_is_icmp_error(&packet));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_registered_fact_is_found_by_its_name),
	        cmocka_unit_test(nothing_is_measured_at_first),
	        cmocka_unit_test(values_keep_their_source),
	        cmocka_unit_test(reason_never_replaces_a_value),
	        cmocka_unit_test(later_value_replaces_an_earlier_one),
	        cmocka_unit_test(facts_of_a_playbook_are_found_too),
	        cmocka_unit_test(icmp_errors_are_those_about_another_packet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
