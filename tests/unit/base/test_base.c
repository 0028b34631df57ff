#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "ip.h"
#include "num.h"
#include "text.h"
#include "timestamp.h"

static void test_numbers_are_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
	        "", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "18446744073709551616", "9x", "\xd9\xa1"};
	uint64_t value = 7;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(num_u64(str_of(bad[i]), 0, UINT64_MAX, &value));
	assert_int_equal(value, 7);
	assert_true(num_u64(STR("18446744073709551615"), 0, UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_true(num_u64(STR("007"), 0, 9, &value) && value == 7);
	assert_false(num_u64(STR("10"), 0, 9, &value));
	assert_false(num_u64(STR("0"), 1, 9, &value));
	unsigned small;
	assert_true(num_uint(STR("65535"), 1, 65535, &small) && small == 65535);
	assert_false(num_uint(STR("65536"), 1, 65535, &small));
	int64_t with_sign;
	assert_true(num_i64(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &with_sign) && with_sign == INT64_MIN);
	assert_false(num_i64(STR("9223372036854775808"), INT64_MIN, INT64_MAX, &with_sign));
	assert_false(num_i64(STR("--1"), INT64_MIN, INT64_MAX, &with_sign));
}

static void test_decimals_and_durations(void **state)
{
	(void)state;
	uint64_t value;
	assert_true(num_decimal(STR("25.9"), 3, 1000000, &value) && value == 25900);
	assert_true(num_decimal(STR("0.05"), 1, 10, &value) && value == 1);
	assert_true(num_decimal(STR("12"), 2, 1200, &value) && value == 1200);
	assert_false(num_decimal(STR("12.01"), 2, 1200, &value));
	static const char *const bad[] = {".5", "5.", "1,5", "1.2.3", "-1.0", "1.0000000001", "18446744073709551615"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(num_decimal(str_of(bad[i]), 3, UINT64_MAX, &value));
	int64_t us;
	assert_true(num_duration_us(STR("1.5s"), 0, INT64_MAX, &us) && us == 1500000);
	assert_true(num_duration_us(STR("250ms"), 0, INT64_MAX, &us) && us == 250000);
	assert_true(num_duration_us(STR("15m"), 0, INT64_MAX, &us) && us == 900 * US_PER_SECOND);
	assert_true(num_duration_us(STR("2h"), 0, INT64_MAX, &us) && us == 7200 * US_PER_SECOND);
	assert_false(num_duration_us(STR("30"), 0, INT64_MAX, &us));
	assert_false(num_duration_us(STR("30x"), 0, INT64_MAX, &us));
	assert_false(num_duration_us(STR("s"), 0, INT64_MAX, &us));
	assert_false(num_duration_us(STR("61s"), 0, 60 * US_PER_SECOND, &us));
}

static void test_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = {"",          "1.2.3",      "1.2.3.4.5",       "010.1.1.1",
	                                  "999.1.1.1", "1.2.3.4 ",   "fe80::1%eth0",    "[::1]",
	                                  ":::",       "1.2.3.4/24", "::ffff:999.1.1.1"};
	struct ip ip, other;
	char text[IP_TEXT_MAX];
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(ip_parse(str_of(bad[i]), &ip));
	assert_true(ip_parse(STR("2001:DB8:0:0::0001"), &ip));
	assert_string_equal(ip_print(&ip, text), "2001:db8::1");
	assert_true(ip_parse(STR("10.0.0.1"), &other));
	assert_false(ip_equal(&ip, &other));
	assert_true(ip_is_private(&other));
	static const char *const no_hosts[] = {
	        "0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
	        "::",      "::1",       "ff02::1",   "fe80::1",         "::ffff:10.0.0.1"};
	for (size_t i = 0; i < sizeof no_hosts / sizeof no_hosts[0]; i++) {
		const char *why = NULL;
		assert_true(ip_parse(str_of(no_hosts[i]), &ip));
		assert_false(ip_is_host(&ip, &why));
		assert_non_null(why);
	}
	assert_true(ip_is_host(&other, NULL));
}

static void test_times(void **state)
{
	(void)state;
	int64_t us;
	int zone;
	char text[TIMESTAMP_TEXT_MAX];
	assert_true(timestamp_parse(STR("2024-02-29"), STR("23:59:59.000001"), &us));
	assert_string_equal(timestamp_print(us, text), "2024-02-29T23:59:59.000Z");
	assert_int_equal(us % US_PER_SECOND, 1);
	assert_true(timestamp_parse(STR("1970-01-01"), STR("00:00:00"), &us) && us == 0);
	assert_false(timestamp_parse(STR("2023-02-29"), STR("00:00:00"), &us));
	assert_false(timestamp_parse(STR("2024-01-01"), STR("24:00:00"), &us));
	assert_false(timestamp_parse(STR("2024-01-01"), STR("00:00:00."), &us));
	assert_false(timestamp_parse(STR("24-01-01"), STR("00:00:00"), &us));
	assert_true(timestamp_parse_rfc3339(STR("2024-06-26T16:18:28.003+01:00"), &us));
	assert_string_equal(timestamp_print(us, text), "2024-06-26T15:18:28.003Z");
	assert_true(timestamp_parse_zone(STR("-0330"), &zone) && zone == -12600);
	assert_true(timestamp_parse_zone(STR("UTC+5:30"), &zone) && zone == 19800);
	assert_true(timestamp_parse_zone(STR("UTC+2"), &zone) && zone == 7200);
	assert_false(timestamp_parse_zone(STR("CET"), &zone));
	assert_false(timestamp_parse_zone(STR("+1500"), &zone));
	for (int64_t day = -1000; day < 40000; day += 13) {
		int64_t moment = day * 86400 * US_PER_SECOND;
		(void)timestamp_print(moment, text);
		if (day >= 0)
			assert_true(timestamp_parse_rfc3339(str_of(text), &us) && us == moment);
	}
}

static void test_lines_and_words(void **state)
{
	(void)state;
	struct str rest = STR("a\r\n\nb  c\td"), line, word;
	assert_true(str_next_line(&rest, &line) && str_is(line, "a"));
	assert_true(str_next_line(&rest, &line) && line.n == 0);
	assert_true(str_next_line(&rest, &line) && str_is(line, "b  c\td"));
	assert_false(str_next_line(&rest, &line));
	rest = STR(" b  c\td ");
	assert_true(str_next_word(&rest, &word) && str_is(word, "b"));
	assert_true(str_next_word(&rest, &word) && str_is(word, "c"));
	assert_true(str_next_word(&rest, &word) && str_is(word, "d"));
	assert_false(str_next_word(&rest, &word));
	assert_int_equal(str_find(STR("abcabd"), "abd"), 3);
	assert_int_equal(str_find(STR("ab"), "abc"), -1);
	assert_true(str_is(str_trim(STR("\t x \r\n")), "x"));
	assert_int_equal(str_cut(STR("abc"), 5, 2).n, 0);
}

static void test_utf8(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {{"a", 1},        {"\xc3\xa4", 2},     {"\xe2\x82\xac", 3},     {"\xf0\x9f\x98\x80", 4},
	            {"\xc0\x80", 0}, {"\xed\xa0\x80", 0}, {"\xf4\x90\x80\x80", 0}, {"\x80", 0},
	            {"\xc3", 0},     {"\xe0\x80\x80", 0}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(utf8_length(rows[i].text, strlen(rows[i].text), NULL), rows[i].n);
}

static void safe(struct str text, const char *want)
{
	struct buf out;
	buf_init(&out, 1000);
	text_add_safe(&out, text);
	assert_string_equal(out.p ? out.p : "", want);
	buf_done(&out);
}

static void test_nothing_unsafe_reaches_a_terminal(void **state)
{
	(void)state;
	safe(STR("plain \xc3\xa4 text"), "plain \xc3\xa4 text");
	safe(STR("\x1b[2J"), "\\x1b[2J");
	safe(STR("a\nb\tc\x7f"), "a\\x0ab\\x09c\\x7f");
	safe(STR("\xc2\x9b"
	         "31m"),
	     "\\u{9b}31m");
	safe(STR("\x9b"
	         "31m"),
	     "\\x9b31m");
	safe(STR("\xe2\x80\xae"
	         "abc"),
	     "\\u{202e}abc");
	safe(STR("\xff\xfe"), "\\xff\\xfe");
	safe(STR("C:\\new \\x41"), "C:\\new \\\\x41");
	safe(STR("a\0b"), "a\\x00b");
	for (uint32_t code = 0; code < 0x20; code++)
		assert_false(text_code_is_safe(code));
	for (uint32_t code = 0x7f; code < 0xa0; code++)
		assert_false(text_code_is_safe(code));
	assert_false(text_code_is_safe(0xfeff));
	assert_false(text_code_is_safe(0x10ffff));
}

static void test_buffers_keep_to_their_maximum(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 5);
	buf_add_text(&buf, "abc");
	buf_printf(&buf, "%s", "def");
	assert_true(buf.full);
	assert_string_equal(buf.p, "abc");
	buf_add_char(&buf, 'd');
	assert_string_equal(buf.p, "abcd");
	buf_drop(&buf, 2);
	assert_string_equal(buf.p, "cd");
	buf_clear(&buf);
	assert_false(buf.full);
	assert_int_equal(buf_str(&buf).n, 0);
	buf_done(&buf);
	assert_int_equal(buf_str(&buf).n, 0);
}

static void test_arenas_grow_and_keep(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *first = arena_strdup(arena, "first");
	size_t capacity = 0;
	unsigned *numbers = NULL;
	for (unsigned i = 0; i < 10000; i++) {
		numbers = arena_grow(arena, numbers, i, &capacity, sizeof *numbers);
		numbers[i] = i;
	}
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(numbers[i], i);
	char *big = arena_alloc(arena, 1 << 20);
	assert_int_equal(big[(1 << 20) - 1], 0);
	assert_string_equal(first, "first");
	assert_string_equal(arena_printf(arena, "%d-%s", 5, "x"), "5-x");
	assert_int_equal((uintptr_t)arena_alloc(arena, 1) % _Alignof(max_align_t), 0);
	arena_free(arena);
	arena_free(NULL);
}

static void test_errors_have_kind_and_words(void **state)
{
	(void)state;
	struct err err;
	assert_int_equal(err_set(&err, ERR_AUTH, "user %s", "x"), -1);
	assert_int_equal(err_prefix(&err, "fgt"), -1);
	assert_string_equal(err.text, "fgt: user x");
	assert_int_equal(err.kind, ERR_AUTH);
	assert_int_equal(err_set(NULL, ERR_AUTH, "x"), -1);
	for (size_t i = 0; i < ERR_KINDS; i++)
		assert_int_equal(err_from_word(err_word((enum err_kind)i)), i);
	assert_int_equal(err_from_word("nonsense"), ERR_KINDS);
	for (int i = 0; i < 2000; i++)
		(void)err_prefix(&err, "%s", "and again");
	assert_true(strlen(err.text) < sizeof err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_numbers_are_strict),
	        cmocka_unit_test(test_decimals_and_durations),
	        cmocka_unit_test(test_addresses),
	        cmocka_unit_test(test_times),
	        cmocka_unit_test(test_lines_and_words),
	        cmocka_unit_test(test_utf8),
	        cmocka_unit_test(test_nothing_unsafe_reaches_a_terminal),
	        cmocka_unit_test(test_buffers_keep_to_their_maximum),
	        cmocka_unit_test(test_arenas_grow_and_keep),
	        cmocka_unit_test(test_errors_have_kind_and_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
