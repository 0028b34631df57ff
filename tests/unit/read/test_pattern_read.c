#include "support.h"

static const char output[] = "Fan1 alarm=0 speed=4200.5 RPM\nTemp 41 C name=cpu-die\n";

static struct playbook_step *step_with(struct arena *arena, const char *pattern, const char *const (*facts)[3])
{
	struct playbook_step *step = ARENA_NEW(arena, struct playbook_step);
	step->id = "sensors";
	step->pattern = pattern;
	step->repeat_count = 1;
	step->pattern_facts = arena_array(arena, 4, sizeof *step->pattern_facts);
	for (size_t i = 0; facts[i][0]; i++) {
		step->pattern_facts[i].group = facts[i][0];
		step->pattern_facts[i].name = facts[i][1];
		step->pattern_facts[i].unit = facts[i][2];
		step->pattern_fact_count++;
	}
	return step;
}

static struct facts *read_with(struct arena *arena, const struct playbook_step *step, const char *text)
{
	const struct read_input input = {.step = "sensors", .text = str_of(text), .playbook_step = step};
	struct facts *facts = facts_new(arena);
	reader_find("pattern")->read(arena, &input, facts);
	return facts;
}

static void groups_become_facts_of_their_type(void **state)
{
	static const char *const wanted[][3] = {
	        {"alarm", "fan.alarm", ""}, {"speed", "fan.speed", "rpm"}, {"name", "sensor.name", ""}, {NULL}};
	struct facts *facts = read_with(
	        *state,
	        step_with(*state, "alarm=(?<alarm>\\d+) speed=(?<speed>\\S+) RPM\\n.*name=(?<name>\\S+)", wanted),
	        output);
	enum fact_type type;
	const char *unit;
	const struct fact *fact = facts_find(facts, "fan.alarm", &type, &unit);
	assert_true(fact->present && type == FACT_INT);
	assert_int_equal(fact->value.integer, 0);
	assert_int_equal(fact->from.line, 1);
	fact = facts_find(facts, "fan.speed", &type, &unit);
	assert_true(fact->present && type == FACT_REAL);
	assert_near(fact->value.real, 4200.5, 0.001);
	assert_string_equal(unit, "rpm");
	fact = facts_find(facts, "sensor.name", &type, &unit);
	assert_true(fact->present && type == FACT_TEXT);
	assert_string_equal(fact->value.text, "cpu-die");
	assert_int_equal(fact->from.line, 2);
	assert_string_equal(fact->from.text, "Temp 41 C name=cpu-die");
}

static void negative_numbers_are_read(void **state)
{
	static const char *const wanted[][3] = {{"t", "temp", "C"}, {"u", "volt", "V"}, {NULL}};
	struct facts *facts =
	        read_with(*state, step_with(*state, "t=(?<t>\\S+) u=(?<u>\\S+)", wanted), "t=-3 u=-0.5\n");
	assert_int_equal(facts_find(facts, "temp", NULL, NULL)->value.integer, -3);
	assert_near(facts_find(facts, "volt", NULL, NULL)->value.real, -0.5, 0.001);
}

static void output_without_the_pattern_gives_no_fact(void **state)
{
	static const char *const wanted[][3] = {{"t", "temp", "C"}, {NULL}};
	const struct playbook_step *step = step_with(*state, "Temp (?<t>\\d+)", wanted);
	const struct fact *fact = facts_find(read_with(*state, step, "nothing here\n"), "temp", NULL, NULL);
	assert_false(fact->present);
	assert_non_null(strstr(fact->absent, "does not hold"));
	fact = facts_find(read_with(*state, step, "Temp 4"), "temp", NULL, NULL);
	assert_false(fact->present);
}

static void text_where_a_unit_wants_a_number_gives_no_fact(void **state)
{
	static const char *const wanted[][3] = {{"t", "temp", "C"}, {NULL}};
	struct facts *facts = read_with(*state, step_with(*state, "Temp (?<t>\\S+)", wanted), "Temp N/A\n");
	const struct fact *fact = facts_find(facts, "temp", NULL, NULL);
	assert_false(fact->present);
	assert_non_null(strstr(fact->absent, "no number of C"));
}

static void group_that_took_no_part_gives_no_fact(void **state)
{
	static const char *const wanted[][3] = {{"a", "fact.a", ""}, {"b", "fact.b", ""}, {NULL}};
	struct facts *facts = read_with(*state, step_with(*state, "x(?<a>1)|x(?<b>2)", wanted), "x2\n");
	assert_false(facts_find(facts, "fact.a", NULL, NULL)->present);
	assert_true(facts_find(facts, "fact.b", NULL, NULL)->present);
}

static void pattern_that_takes_too_long_gives_no_fact(void **state)
{
	static const char *const wanted[][3] = {{"a", "fact.a", ""}, {NULL}};
	struct facts *facts = read_with(*state, step_with(*state, "(?<a>(a+)+)(*COMMIT)\\d|(?<b>(a|aa)+)+c\\d", wanted),
	                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\n");
	assert_false(facts_find(facts, "fact.a", NULL, NULL)->present);
}

static void reader_without_a_pattern_does_nothing(void **state)
{
	static const char *const wanted[][3] = {{"a", "fact.a", ""}, {NULL}};
	struct facts *facts = read_text(*state, "pattern", output);
	assert_int_equal(facts->extra_count, 0);
	facts = read_with(*state, step_with(*state, "(?<a>", wanted), output);
	assert_non_null(strstr(facts_find(facts, "fact.a", NULL, NULL)->absent, "compile"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(groups_become_facts_of_their_type),
	        READ_TEST(negative_numbers_are_read),
	        READ_TEST(output_without_the_pattern_gives_no_fact),
	        READ_TEST(text_where_a_unit_wants_a_number_gives_no_fact),
	        READ_TEST(group_that_took_no_part_gives_no_fact),
	        READ_TEST(pattern_that_takes_too_long_gives_no_fact),
	        READ_TEST(reader_without_a_pattern_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
