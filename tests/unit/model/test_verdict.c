#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict.h"

static void words_are_those_of_the_report(void **state)
{
	(void)state;
	assert_string_equal(state_word(STATE_OK), "ok");
	assert_string_equal(state_word(STATE_WARNING), "warning");
	assert_string_equal(state_word(STATE_CRITICAL), "critical");
	assert_string_equal(state_word(STATE_UNKNOWN), "unknown");
	assert_string_equal(state_word(STATE_SKIPPED), "skipped");
	assert_string_equal(certainty_word(CERTAINTY_CERTAIN), "certain");
	assert_string_equal(certainty_word(CERTAINTY_LIKELY), "likely");
	assert_string_equal(certainty_word(CERTAINTY_NONE), "none");
	assert_string_equal(cause_word(CAUSE_NONE), "none");
	assert_string_equal(cause_word(CAUSE_NOT_OBSERVED), "not-observed");
	assert_string_equal(cause_word(CAUSE_NOT_REPRODUCED), "not-reproduced");
	assert_string_equal(cause_word(CAUSE_UNDETERMINED), "undetermined");
	assert_string_equal(where_word(WHERE_BEYOND_GATE), "beyond-gate");
	assert_string_equal(where_word(WHERE_CLIENT_SIDE), "client-side");
}

static void every_value_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < CAUSES; i++) {
		assert_non_null(cause_word((enum cause)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(cause_word((enum cause)i), cause_word((enum cause)j));
	}
	for (int i = 0; i < WHERES; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(where_word((enum where)i), where_word((enum where)j));
	}
	for (int i = 0; i < FATES; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(fate_word((enum fate)i), fate_word((enum fate)j));
	}
	for (int i = 0; i < CHECKS; i++)
		assert_string_equal(check_word((enum check_id)i), cause_word((enum cause)i));
}

static void values_out_of_range_are_never_good(void **state)
{
	(void)state;
	assert_string_equal(state_word(STATES), "unknown");
	assert_string_equal(cause_word(CAUSES), "undetermined");
	assert_string_equal(where_word(WHERES), "unknown");
	assert_string_equal(fate_word(FATES), "partly visible");
	assert_string_equal(certainty_word(CERTAINTIES), "none");
	assert_string_equal(check_word(CHECKS), "undetermined");
	assert_int_equal(state_exit(STATES), 3);
}

static void exit_status_follows_the_plugin_convention(void **state)
{
	(void)state;
	assert_int_equal(state_exit(STATE_OK), 0);
	assert_int_equal(state_exit(STATE_WARNING), 1);
	assert_int_equal(state_exit(STATE_CRITICAL), 2);
	assert_int_equal(state_exit(STATE_UNKNOWN), 3);
	assert_int_equal(state_exit(STATE_SKIPPED), 3);
}

static void worst_orders_critical_warning_unknown_ok_skipped(void **state)
{
	(void)state;
	static const enum state order[] = {STATE_SKIPPED, STATE_OK, STATE_UNKNOWN, STATE_WARNING, STATE_CRITICAL};
	for (size_t i = 0; i < STATES; i++) {
		for (size_t j = 0; j < STATES; j++)
			assert_int_equal(state_worst(order[i], order[j]), order[i > j ? i : j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(words_are_those_of_the_report),
	        cmocka_unit_test(every_value_has_a_word_of_its_own),
	        cmocka_unit_test(values_out_of_range_are_never_good),
	        cmocka_unit_test(exit_status_follows_the_plugin_convention),
	        cmocka_unit_test(worst_orders_critical_warning_unknown_ok_skipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
