#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "num.h"

/* Every pair of a number and a maximum near it, against plain comparison. */
static void test_maxima_are_exact(void **state)
{
	(void)state;
	static const uint64_t maxima[] = {0, 1, 5, 9, 10, 99, 191, 255, 65535, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
	for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++) {
		for (uint64_t step = 0; step < 25; step++) {
			char text[24];
			uint64_t value = maxima[i] - 12 + step, got = 42;
			bool want = value <= maxima[i];
			int n = snprintf(text, sizeof text, "%llu", (unsigned long long)value);
			assert_int_equal(num_u64((struct str){text, (size_t)n}, 0, maxima[i], &got), want);
			assert_true(got == (want ? value : 42));
		}
	}
}

static void test_longer_than_any_number(void **state)
{
	(void)state;
	char text[1000];
	uint64_t value = 7;
	memset(text, '0', sizeof text);
	assert_true(num_u64((struct str){text, sizeof text}, 0, 9, &value) && value == 0);
	memset(text, '9', sizeof text);
	assert_false(num_u64((struct str){text, sizeof text}, 0, UINT64_MAX, &value));
	assert_int_equal(value, 0);
}

static void test_signs(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "-", "+1", "--1", "- 1", "1-", "-9223372036854775809"};
	int64_t value = 7;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(num_i64(str_of(bad[i]), INT64_MIN, INT64_MAX, &value));
	assert_int_equal(value, 7);
	assert_true(num_i64(STR("-5"), -5, 5, &value) && value == -5);
	assert_false(num_i64(STR("-6"), -5, 5, &value));
	assert_true(num_i64(STR("5"), -5, 5, &value) && value == 5);
	assert_false(num_i64(STR("6"), -5, 5, &value));
	assert_true(num_i64(STR("-0"), -5, 5, &value) && value == 0);
	assert_true(num_i64(STR("9223372036854775807"), 0, INT64_MAX, &value) && value == INT64_MAX);
}

static void test_decimals_round_half_up_and_stay_in_range(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned scale;
		uint64_t value;
	} rows[] = {
	        {"0.5", 0, 1},         {"0.49", 0, 0},   {"0.4999999", 0, 0}, {"1.005", 2, 101},
	        {"0.000000001", 9, 1}, {"9.99", 1, 100}, {"007.5", 1, 75},    {"3", 9, 3000000000},
	};
	uint64_t value;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(num_decimal(str_of(rows[i].text), rows[i].scale, UINT64_MAX, &value));
		assert_true(value == rows[i].value);
	}
	static const char *const bad[] = {"18446744073709551615.9",
	                                  "18446744073709551616",
	                                  "1.",
	                                  ".",
	                                  "",
	                                  "1.x",
	                                  "1.-5",
	                                  "1 .5",
	                                  "1.5 ",
	                                  "1e5",
	                                  "nan",
	                                  "inf",
	                                  "0x1p3"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		for (unsigned scale = 0; scale <= 9; scale += 9)
			assert_false(num_decimal(str_of(bad[i]), scale, UINT64_MAX, &value));
	}
	assert_false(num_decimal(STR("1"), 10, UINT64_MAX, &value));
	assert_false(num_decimal(STR("1.0000000001"), 9, UINT64_MAX, &value));
	assert_false(num_decimal(STR("1.x"), 3, UINT64_MAX, &value));
	assert_false(num_decimal(STR("x.1"), 3, UINT64_MAX, &value));
	assert_false(num_decimal(STR("9.96"), 1, 99, &value));
}

static void test_durations_need_one_unit(void **state)
{
	(void)state;
	static const char *const bad[] = {"",     "s",     "ms", "10",  "10 s", "10S",         "-1s",
	                                  "10ss", "1m30s", "1d", "s10", "1.s",  "10000000000h"};
	int64_t us = 7;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(num_duration_us(str_of(bad[i]), 0, INT64_MAX, &us));
	assert_int_equal(us, 7);
	assert_true(num_duration_us(STR("3us"), 0, 10, &us) && us == 3);
	assert_true(num_duration_us(STR("1000000h"), 0, INT64_MAX, &us) && us == INT64_C(3600000000000000));
	assert_false(num_duration_us(STR("9us"), 10, 20, &us));
	assert_false(num_duration_us(STR("21us"), 10, 20, &us));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_maxima_are_exact),
	        cmocka_unit_test(test_longer_than_any_number),
	        cmocka_unit_test(test_signs),
	        cmocka_unit_test(test_decimals_round_half_up_and_stay_in_range),
	        cmocka_unit_test(test_durations_need_one_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
