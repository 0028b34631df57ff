#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "pattern.h"

static void test_named_groups_are_spans_of_the_text(void **state)
{
	(void)state;
	struct str groups[PATTERN_MAX_GROUPS], whole;
	struct err err;
	struct pattern *pattern = pattern_new(STR("^fan(?<n>[0-9]+): (?<state>\\w+)(?<more>!)?$"), &err);
	assert_non_null(pattern);
	assert_int_equal(pattern_group_count(pattern), 3);
	assert_null(pattern_group_name(pattern, 3));
	assert_int_equal(pattern_match(pattern, STR("x\nfan2: alarm\n"), 0, groups, &whole, &err), 1);
	assert_true(str_is(whole, "fan2: alarm"));
	size_t seen = 0;
	for (size_t i = 0; i < 3; i++) {
		const char *name = pattern_group_name(pattern, i);
		seen += strcmp(name, "n") == 0 && str_is(groups[i], "2");
		seen += strcmp(name, "state") == 0 && str_is(groups[i], "alarm");
		seen += strcmp(name, "more") == 0 && !groups[i].p;
	}
	assert_int_equal(seen, 3);
	assert_int_equal(pattern_match(pattern, STR("nothing"), 0, groups, &whole, &err), 0);
	pattern_free(pattern);
}

static void test_a_match_starts_where_it_is_told_to(void **state)
{
	(void)state;
	struct str groups[PATTERN_MAX_GROUPS], whole;
	struct pattern *pattern = pattern_new(STR("(?<d>[0-9])"), NULL);
	struct str text = STR("a1b2");
	assert_int_equal(pattern_match(pattern, text, 2, groups, &whole, NULL), 1);
	assert_ptr_equal(groups[0].p, text.p + 3);
	assert_int_equal(pattern_match(pattern, text, 4, groups, &whole, NULL), 0);
	assert_int_equal(pattern_match(pattern, text, 5, groups, &whole, NULL), 0);
	assert_int_equal(pattern_match(pattern, (struct str){NULL, 0}, 0, groups, &whole, NULL), 0);
	pattern_free(pattern);
}

static void test_nested_quantifiers_end_with_a_limit(void **state)
{
	(void)state;
	static const char *const evil[] = {"(a+)+$", "(?<x>(a|aa)+)+$", "(?:(?:a*)*)*[bc]"};
	struct str groups[PATTERN_MAX_GROUPS], whole;
	char text[4001];
	memset(text, 'a', sizeof text - 2);
	text[sizeof text - 2] = '!';
	text[sizeof text - 1] = '\0';
	for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
		struct err err = {0};
		struct pattern *pattern = pattern_new(str_of(evil[i]), &err);
		assert_non_null(pattern);
		assert_int_equal(pattern_match(pattern, str_of(text), 0, groups, &whole, &err), -1);
		assert_int_equal(err.kind, ERR_PLAYBOOK);
		assert_non_null(strstr(err.text, "too long"));
		pattern_free(pattern);
	}
}

/* Each start is cheap enough by itself; the limit is for all of them together. */
static void test_work_over_a_long_text_has_one_limit(void **state)
{
	(void)state;
	struct str groups[PATTERN_MAX_GROUPS], whole;
	struct err err;
	size_t n = (size_t)4 * 1024 * 1024;
	struct buf text;
	buf_init(&text, n);
	while (!text.full)
		buf_add_text(&text, "aaaaaaaaaa!");
	struct pattern *pattern = pattern_new(STR("(a+)+$"), &err);
	assert_int_equal(pattern_match(pattern, buf_str(&text), 0, groups, &whole, &err), -1);
	pattern_free(pattern);
	pattern = pattern_new(STR("^total: (?<n>[0-9]+)$"), &err);
	assert_int_equal(pattern_match(pattern, buf_str(&text), 0, groups, &whole, &err), 0);
	pattern_free(pattern);
	buf_done(&text);
}

/* CPU time for a call, in seconds; of three the least, since the machine is shared. */
static double least_time(const struct pattern *pattern, struct str text)
{
	struct str groups[PATTERN_MAX_GROUPS], whole;
	double least = 1e9;
	for (unsigned i = 0; i < 3; i++) {
		clock_t before = clock();
		(void)pattern_match(pattern, text, 0, groups, &whole, NULL);
		double took = (double)(clock() - before) / CLOCKS_PER_SEC;
		least = took < least ? took : least;
	}
	return least;
}

static void test_a_mebibyte_made_to_hurt_takes_a_tenth_of_a_second(void **state)
{
	(void)state;
	static const char *const evil[] = {"(a+)+$",
	                                   "(?<x>(a|aa)+)+$",
	                                   "(?:(?:a*)*)*[bc]",
	                                   "^(a?){30}a{30}$",
	                                   ".*.*.*.*=.*",
	                                   "(a|b|ab)*c",
	                                   "(\\w+\\s?)*:",
	                                   "^(([a-z])+.)+[A-Z]",
	                                   "(x+x+)+y",
	                                   "[^=]*=[bd]",
	                                   "[^=]*=[bd]$",
	                                   "a{60000}$",
	                                   "(?:a{999}|a{998}|a{997})[bc]",
	                                   "(?=(?:a{999}))b{2}[bc]",
	                                   "\\s+$",
	                                   "(?s).*[XY]"};
	static const char *const units[] = {"a", "ab", "x", "a ", "aaaaaaaaaa!", "aaa\n", "a=", "\xff"};
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
	const double most = 3;
#else
	const double most = 0.4; /* a tenth where nothing else runs; without the limits it is minutes */
#endif
	for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
		struct buf text;
		buf_init(&text, (size_t)1024 * 1024);
		while (!text.full)
			buf_add_text(&text, units[u]);
		for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
			struct pattern *pattern = pattern_new(str_of(evil[i]), NULL);
			assert_non_null(pattern);
			double took = least_time(pattern, buf_str(&text));
			if (took > most)
				print_message("%s over '%s': %.3f s\n", evil[i], units[u], took);
			pattern_free(pattern);
		}
		buf_done(&text);
	}
}

static void test_output_is_bytes_not_characters(void **state)
{
	(void)state;
	struct str groups[PATTERN_MAX_GROUPS], whole;
	struct err err;
	assert_null(pattern_new(STR("(*UTF)a"), &err));
	struct pattern *pattern = pattern_new(STR("(?<b>.)b"), &err);
	assert_int_equal(pattern_match(pattern,
	                               STR("\xc3\x28\xff"
	                                   "b"),
	                               0, groups, &whole, &err),
	                 1);
	assert_int_equal((unsigned char)groups[0].p[0], 0xff);
	pattern_free(pattern);
}

static void test_a_pattern_does_not_refer_back(void **state)
{
	(void)state;
	static const char *const refer[] = {"(a)\\1", "(?<n>a)\\k<n>", "(.*)\\g{-1}"};
	for (size_t i = 0; i < sizeof refer / sizeof refer[0]; i++) {
		struct err err = {0};
		assert_null(pattern_new(str_of(refer[i]), &err));
		assert_int_equal(err.kind, ERR_PLAYBOOK);
		assert_non_null(strstr(err.text, "refers back"));
	}
}

static void test_what_does_not_compile_says_where(void **state)
{
	(void)state;
	char text[PATTERN_MAX_BYTES + 2];
	struct err err;
	assert_null(pattern_new(STR("a(b"), &err));
	assert_int_equal(err.kind, ERR_PLAYBOOK);
	assert_non_null(strstr(err.text, "offset 3"));
	assert_null(pattern_new(STR(""), &err));
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_null(pattern_new(str_of(text), &err));
	assert_non_null(strstr(err.text, "1 to 1000 bytes"));
	pattern_free(NULL);
}

static void test_groups_have_a_maximum(void **state)
{
	(void)state;
	struct buf text;
	struct err err;
	buf_init(&text, 2000);
	for (unsigned i = 0; i < PATTERN_MAX_GROUPS; i++)
		buf_printf(&text, "(?<g%u>a)", i);
	struct pattern *pattern = pattern_new(buf_str(&text), &err);
	assert_non_null(pattern);
	pattern_free(pattern);
	buf_add_text(&text, "(?<more>a)");
	assert_null(pattern_new(buf_str(&text), &err));
	assert_non_null(strstr(err.text, "more than 32"));
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_named_groups_are_spans_of_the_text),
	        cmocka_unit_test(test_a_match_starts_where_it_is_told_to),
	        cmocka_unit_test(test_nested_quantifiers_end_with_a_limit),
	        cmocka_unit_test(test_work_over_a_long_text_has_one_limit),
	        cmocka_unit_test(test_a_mebibyte_made_to_hurt_takes_a_tenth_of_a_second),
	        cmocka_unit_test(test_output_is_bytes_not_characters),
	        cmocka_unit_test(test_a_pattern_does_not_refer_back),
	        cmocka_unit_test(test_what_does_not_compile_says_where),
	        cmocka_unit_test(test_groups_have_a_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
