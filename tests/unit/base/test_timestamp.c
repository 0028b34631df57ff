#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "timestamp.h"

static void test_days_agree_with_the_c_library(void **state)
{
	(void)state;
	char text[TIMESTAMP_TEXT_MAX], want[TIMESTAMP_TEXT_MAX];
	for (int64_t second = -INT64_C(60000000000); second < INT64_C(250000000000); second += INT64_C(86399) * 97) {
		time_t moment = (time_t)second;
		struct tm tm;
		assert_non_null(gmtime_r(&moment, &tm));
		if (tm.tm_year + 1900 > 9999)
			break;
		assert_int_equal(date_to_days(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday),
		                 (second - (tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec)) / 86400);
		if (tm.tm_year + 1900 < 1000)
			continue;
		(void)strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.007Z", &tm);
		assert_string_equal(timestamp_print(second * US_PER_SECOND + 7999, text), want);
	}
}

static void test_every_month_has_its_last_day(void **state)
{
	(void)state;
	static const struct {
		const char *date;
		bool fine;
	} rows[] = {
	        {"2024-02-29", true},  {"2100-02-29", false}, {"2000-02-29", true},  {"2024-04-31", false},
	        {"2024-12-31", true},  {"2024-00-10", false}, {"2024-13-10", false}, {"2024-01-00", false},
	        {"1969-12-31", false}, {"9999-12-31", true},  {"2024-1-01", false},  {"2024/01/01", false},
	        {"", false},           {"+024-01-01", false}, {"2024-01- 1", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t us;
		assert_int_equal(timestamp_parse(str_of(rows[i].date), STR("00:00:00"), &us), rows[i].fine);
	}
}

static void test_fractions_of_a_second(void **state)
{
	(void)state;
	static const struct {
		struct str time;
		int64_t us; /* -1: refused */
	} rows[] = {
	        {{"00:00:00.5", 10}, 500000},
	        {{"00:00:00.000000500", 18}, 1},
	        {{"00:00:00.999999999", 18}, 1000000},
	        {{"00:00:00.1234567890", 19}, -1},
	        {{"00:00:00.", 9}, -1},
	        {{"00:00:00,5", 10}, -1},
	        {{"00:00:00.5\0x", 12}, -1},
	        {{"00:00:00.5.5", 12}, -1},
	        {{"00:00:00.-5", 11}, -1},
	        {{"00:00:00 ", 9}, -1},
	        {{"00:00:60", 8}, -1},
	        {{"0:00:00", 7}, -1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t us = -1;
		bool fine = timestamp_parse(STR("1970-01-01"), rows[i].time, &us);
		assert_int_equal(fine, rows[i].us >= 0);
		assert_int_equal(us, rows[i].us);
	}
}

static void test_zones(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int seconds; /* 1: refused */
	} rows[] = {
	        {"Z", 0},         {"UTC", 0},        {"+0000", 0},        {"+0100", 3600},       {"-0300", -10800},
	        {"+02:00", 7200}, {"UTC-3", -10800}, {"UTC+5:30", 19800}, {"UTC-03:30", -12600}, {"+14", 50400},
	        {"", 1},          {"+", 1},          {"UTC+", 1},         {"0100", 1},           {"+100", 1},
	        {"+01000", 1},    {"+15", 1},        {"+0160", 1},        {"+02:0", 1},          {"+2:5", 1},
	        {"+002:00", 1},   {"+:30", 1},       {"+02:000", 1},      {"+0 00", 1},          {"UTC 1", 1},
	        {"ZZ", 1},        {"+-100", 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int seconds = 1;
		assert_int_equal(timestamp_parse_zone(str_of(rows[i].text), &seconds), rows[i].seconds != 1);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void test_rfc3339_is_read_back(void **state)
{
	(void)state;
	int64_t us = -1;
	assert_true(timestamp_parse_rfc3339(STR("1970-01-01T00:30:00+01:00"), &us));
	assert_int_equal(us, -1800 * US_PER_SECOND);
	static const char *const bad[] = {
	        "2024-06-26T15:18:28", "2024-06-26 15:18:28Z",  "2024-06-26T15:18:28Zx", "2024-06-26T15:18:28.+01", "",
	        "2024-06-26T15:18Z",   "2024-06-26T15:18:28 Z", "2024-06-26T15:18:28UTC"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(timestamp_parse_rfc3339(str_of(bad[i]), &us));
	assert_int_equal(us, -1800 * US_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_days_agree_with_the_c_library),
	        cmocka_unit_test(test_every_month_has_its_last_day),
	        cmocka_unit_test(test_fractions_of_a_second),
	        cmocka_unit_test(test_zones),
	        cmocka_unit_test(test_rfc3339_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
