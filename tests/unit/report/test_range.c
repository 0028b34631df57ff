#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "range.h"

#define UNITS(value) ((int64_t)((value)*RANGE_UNIT))

static bool parses(const char *text, struct range *out)
{
	struct err err = {0};
	bool good = range_parse(str_of(text), out, &err) == 0;
	if (!good)
		assert_true(err.kind == ERR_USAGE && err.text[0]);
	return good;
}

/* The table of the guidelines: alerts at these values, and not at those. */
static void the_table_of_the_guidelines(void **state)
{
	static const struct {
		const char *text;
		int64_t alerts[3], quiet[3];
	} rows[] = {
	        {"10", {-1, UNITS(10) + 1, UNITS(1000)}, {0, UNITS(5), UNITS(10)}},
	        {"10:", {UNITS(10) - 1, 0, -UNITS(5)}, {UNITS(10), UNITS(11), RANGE_MAX}},
	        {"~:10", {UNITS(10) + 1, UNITS(11), RANGE_MAX}, {UNITS(10), 0, -RANGE_MAX}},
	        {"10:20", {UNITS(10) - 1, UNITS(20) + 1, 0}, {UNITS(10), UNITS(15), UNITS(20)}},
	        {"@10:20", {UNITS(10), UNITS(15), UNITS(20)}, {UNITS(10) - 1, UNITS(20) + 1, 0}},
	        {"0", {-1, 1, UNITS(3)}, {0, 0, 0}},
	        {"-2.5:-1", {-UNITS(3), 0, UNITS(1)}, {-UNITS(2), -UNITS(1), -2500000}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct range range;
		assert_true(parses(rows[i].text, &range));
		for (size_t k = 0; k < 3; k++) {
			assert_true(range_alerts(&range, rows[i].alerts[k]));
			assert_false(range_alerts(&range, rows[i].quiet[k]));
		}
	}
}

static void what_is_no_range_is_refused(void **state)
{
	static const char *const texts[] = {"",
	                                    ":",
	                                    "@",
	                                    "~",
	                                    "@:",
	                                    "1:2:3",
	                                    "a",
	                                    "1e3",
	                                    "1:1e3",
	                                    "nan",
	                                    "inf",
	                                    "0x10",
	                                    "+1",
	                                    "1,5",
	                                    ".5",
	                                    "5.",
	                                    "-",
	                                    "--1",
	                                    " 1",
	                                    "1 ",
	                                    "20:10",
	                                    "-5",
	                                    "1:~",
	                                    "~~:1",
	                                    "@@1",
	                                    "1000000000001",
	                                    "99999999999999999999999999",
	                                    "1.1234567",
	                                    "1;2",
	                                    "1|2",
	                                    "10:\n",
	                                    "@~",
	                                    "~10:20",
	                                    "%s"};
	struct range range;
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_false(parses(texts[i], &range));
}

static void a_range_is_printed_as_it_is_read(void **state)
{
	static const char *const texts[][2] = {{"10", "10"},
	                                       {"0:10", "10"},
	                                       {":10", "10"},
	                                       {"10:", "10:"},
	                                       {"~:10", "~:10"},
	                                       {"@10:20", "@10:20"},
	                                       {"0.50:1.0", "0.5:1"},
	                                       {"~:", "~:"},
	                                       {"0:", "0:"},
	                                       {"@0", "@0"},
	                                       {"-1:-0.000001", "-1:-0.000001"},
	                                       {"010:1000000000000", "10:1000000000000"}};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct range range;
		struct buf out;
		buf_init(&out, 100);
		assert_true(parses(texts[i][0], &range));
		range_print(&range, &out);
		assert_string_equal(out.p, texts[i][1]);
		buf_done(&out);
	}
}

static uint64_t lot = 1;

static uint64_t draw(uint64_t n)
{
	lot = lot * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (lot >> 16) % n;
}

/* Any text is refused or is a range that comes back from its own print. */
static void random_texts(void **state)
{
	static const char letters[] = "0123456789@~:.-+eE naifx\0|;%";
	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		char text[12];
		size_t n = draw(sizeof text);
		for (size_t k = 0; k < n; k++)
			text[k] = letters[draw(i % 2 ? 15 : sizeof letters)];
		struct range range, back;
		struct err err;
		struct buf out;
		if (range_parse((struct str){text, n}, &range, &err) < 0)
			continue;
		buf_init(&out, 100);
		range_print(&range, &out);
		assert_int_equal(range_parse(buf_str(&out), &back, &err), 0);
		assert_memory_equal(&range, &back, sizeof range);
		assert_true(range.no_low || range.no_high || range.low <= range.high);
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_table_of_the_guidelines),
	        cmocka_unit_test(what_is_no_range_is_refused),
	        cmocka_unit_test(a_range_is_printed_as_it_is_read),
	        cmocka_unit_test(random_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
