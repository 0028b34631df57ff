/* Heads, tokens, quotes: how a line falls into fields. */
#include "support.h"

#include <time.h>

#include "kv.h"

static void test_a_head_ends_where_the_pairs_begin(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		size_t offset;
	} rows[] = {
	        {"date=1", 0},
	        {"<189>date=1", 5},
	        {"<0>date=1", 3},
	        {"<191> date=1", 6},
	        {"<192>date=1", 0},
	        {"<>date=1", 0},
	        {"<18", 0},
	        {"<1x9>date=1", 0},
	        {"Aug 23 03:52:14 10.95.216.1 date=1", 28},
	        {"Jan  6 19:47:37 host date=1", 21},
	        {"<189>Aug 23 03:52:14 host date=1", 26},
	        {"<111> Aug 17 00:00:00 host  date=1", 28},
	        {"Aug 23 03:52:14 date=1", 16},
	        {"Aug 32 03:52:14 host date=1", 0},
	        {"Aug 23 24:52:14 host date=1", 0},
	        {"aug 23 03:52:14 host date=1", 0},
	        {"Aug 23", 0},
	        {"\xef\xbb\xbf<189>date=1", 8},
	        {"", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (syslog_head(str_of(rows[i].line)) != rows[i].offset)
			fail_msg("'%s': %zu", rows[i].line, syslog_head(str_of(rows[i].line)));
	}
}

static void test_a_glued_priority_does_not_cost_the_first_field(void **state)
{
	static const char *const heads[] = {"<188>", "\xef\xbb\xbf<188>", "<188>Aug 23 03:52:14 fw ", "1: ", "\t "};
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct entry entry = parse(*state, arena_printf(*state, "%sdate=2024-06-26 time=16:18:28", heads[i]));
		assert_int_equal(entry.field_count, 2);
		assert_int_equal(entry.time_kind, ENTRY_TIME_LOCAL);
	}
}

static void test_columns_count_bytes_of_the_line_as_given(void **state)
{
	struct entry entry = parse(*state, "  <x> type=traffic\t vd=\"a b\"   policyid=7\r\n");
	assert_int_equal(entry_field(&entry, "type")->column, 7);
	assert_int_equal(entry_field(&entry, "vd")->column, 21);
	assert_int_equal(entry_field(&entry, "policyid")->column, 32);
	assert_span(entry.line, "  <x> type=traffic\t vd=\"a b\"   policyid=7");
}

static void test_values_are_taken_as_written(void **state)
{
	struct entry entry = parse(*state, "type=traffic empty= none=\"\" srcintf=\"LOCAL PORT\" dstintf=unknown0 "
	                                   "eq=a=b comma=\"a, b; c|d\" tz=\"+0100\" policyname=\"dn\xc3\xa4s\"");
	assert_value(&entry, "empty", "");
	assert_value(&entry, "none", "");
	assert_value(&entry, "eq", "a=b");
	assert_value(&entry, "comma", "a, b; c|d");
	assert_value(&entry, "policyname", "dn\xc3\xa4s");
	assert_span(entry.srcintf, "LOCAL PORT");
	assert_span(entry.dstintf, "unknown0");
	assert_null(entry_field(&entry, "absent"));
}

static void test_escapes_inside_quotes(void **state)
{
	static const struct {
		const char *line, *value;
	} rows[] = {
	        {"v=\"a\\\"b\" w=1", "a\"b"},           {"v=\"a\\=b\" w=1", "a=b"},       {"v=\"a\\nb\" w=1", "a\\nb"},
	        {"v=\"a\\\\\" w=1", "a\\\\"},           {"v=\"a\\\\=b\" w=1", "a\\\\=b"}, {"v=\"\\\"\" w=1", "\""},
	        {"v=\"<x\\\"></x>\" w=1", "<x\"></x>"}, {"v=a\\=b w=1", "a\\=b"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct entry entry = parse(*state, rows[i].line);
		assert_value(&entry, "v", rows[i].value);
		assert_value(&entry, "w", "1");
		assert_int_equal(entry.field_count, 2);
	}
}

static void test_text_inside_quotes_is_never_a_key(void **state)
{
	static const char *const urls[] = {
	        "/?srcip=127.0.0.1&dstip=127.0.0.1", "/ srcip=127.0.0.1 ", "\\\" srcip=127.0.0.1 ",
	        "\\\\\\\" srcip=127.0.0.1 x=\\\"",   " action=ip-conn ",   "\\=\\\"srcip=127.0.0.1",
	};
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		struct entry entry =
		        parse(*state, arena_printf(*state, "url=\"%s\" action=deny srcip=10.0.0.1", urls[i]));
		assert_int_equal(entry.field_count, 3);
		assert_address(&entry.srcip, "10.0.0.1");
		assert_span(entry.action, "deny");
	}
}

static void test_what_sticks_to_a_closing_quote_is_no_key(void **state)
{
	struct entry entry = parse(*state, "msg=\"a\"srcip=6.6.6.6 srcip=10.0.0.1 end=\"x\"|");
	assert_address(&entry.srcip, "10.0.0.1");
	assert_value(&entry, "msg", "a");
	assert_value(&entry, "end", "x");
	assert_int_equal(entry.field_count, 3);
}

static void test_the_first_of_equal_keys_counts(void **state)
{
	struct entry entry = parse(*state, "vd=one vd=two dstport=53 dstport=80 action=deny action=ip-conn");
	assert_span(entry.vd, "one");
	assert_int_equal(entry.dstport, 53);
	assert_span(entry.action, "deny");
	assert_int_equal(entry.field_count, 6);
}

static void test_a_value_that_the_line_end_cut_is_no_typed_value(void **state)
{
	struct entry entry = parse(*state, "type=traffic srcintf=\"LOCAL PO");
	assert_true(entry_field(&entry, "srcintf")->cut);
	assert_value(&entry, "srcintf", "LOCAL PO");
	assert_int_equal(entry.srcintf.n, 0);
	entry = parse(*state, "type=traffic srcintf=\"end \\\"");
	assert_true(entry_field(&entry, "srcintf")->cut);
	assert_value(&entry, "srcintf", "end \"");
	entry = parse(*state, "type=traffic srcintf=\"end \\");
	assert_value(&entry, "srcintf", "end \\");
	entry = parse(*state, "type=traffic srcintf=\"");
	assert_true(entry_field(&entry, "srcintf")->cut);
	entry = parse(*state, "type=traffic srcintf=");
	assert_false(entry_field(&entry, "srcintf")->cut);
	assert_refused(*state, STR("type=traffic srcip=10.0.0.1 dstip=10.0.0.2 action=\"ip-conn"),
	               "column 44: the line ends inside the value of action");
	assert_refused(*state, STR("type=traffic action=ip-conn srcip=10.0.0.1 dstip=\"10.0.0."),
	               "column 44: the line ends inside the value of dstip");
}

static void test_values_may_speak_of_other_formats(void **state)
{
	static const char *const starts[] = {"msg=\"CEF:0|Fortinet|\"", "url=\"/?a=1,b=2\"", "msg=\"{x}\" CEF:0|x|",
	                                     "policyname=\"a,b=c\"",    "time=1,2",          "a=[1]"};
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		struct entry entry = parse(*state, arena_printf(*state, "%s srcip=10.0.0.1", starts[i]));
		assert_address(&entry.srcip, "10.0.0.1");
	}
}

static void test_two_entries_in_one_line_are_not_mixed(void **state)
{
	assert_refused(*state,
	               STR("date=2016-08-23 logid=11 type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 "
	                   "crlevel=low599 date=2023-10-31 logid=11 type=traffic eventtime=1698708605"),
	               "two log entries in one line");
}

static double seconds_for(struct arena *arena, const char *unit, size_t n)
{
	char *text = malloc(n);
	struct entry entry;
	assert_non_null(text);
	for (size_t i = 0, width = strlen(unit); i < n; i++)
		text[i] = unit[i % width];
	clock_t start = clock();
	(void)entry_parse(arena, (struct str){text, n}, &entry, NULL);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	free(text);
	return seconds;
}

static void test_no_shape_of_line_is_slow(void **state)
{
	static const char *const units[] = {
	        "a",       "a=",       "a= ",   "\"",   "\" ",
	        "=",       " ",        "\\\"",  "a=\"", "a=\" ",
	        "a=\"\" ", "a=\"\\\"", "<",     "<1",   ",",
	        "a,",      "Aug ",     "1 ",    "{",    "\\",
	        "x\t",     "[ ",       "\r\n ", ", a=", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa="};
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		assert_true(seconds_for(*state, units[i], ENTRY_MAX_BYTES) < 0.5);
		assert_true(seconds_for(*state, units[i], 1 << 20) < 0.5);
	}
}

static void test_the_limits_are_exact(void **state)
{
	char *text = malloc(ENTRY_MAX_BYTES + 3);
	struct entry entry;
	struct err err;
	assert_non_null(text);
	memset(text, 'x', ENTRY_MAX_BYTES + 3);
	memcpy(text, "vd=", 3);
	assert_int_equal(entry_parse(*state, (struct str){text, ENTRY_MAX_BYTES}, &entry, &err), 0);
	assert_int_equal(entry.vd.n, ENTRY_MAX_BYTES - 3);
	assert_refused(*state, (struct str){text, ENTRY_MAX_BYTES + 1}, "longer than 65536 bytes");
	memcpy(text + ENTRY_MAX_BYTES, "\r\n", 2);
	assert_int_equal(entry_parse(*state, (struct str){text, ENTRY_MAX_BYTES + 2}, &entry, &err), 0);
	for (size_t i = 0; i < ENTRY_MAX_FIELDS + 1; i++)
		memcpy(text + i * 4, "a=1 ", 4);
	assert_int_equal(entry_parse(*state, (struct str){text, (size_t)ENTRY_MAX_FIELDS * 4}, &entry, &err), 0);
	assert_int_equal(entry.field_count, ENTRY_MAX_FIELDS);
	assert_refused(*state, (struct str){text, (size_t)(ENTRY_MAX_FIELDS + 1) * 4},
	               "column 2049: more than 512 fields");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ENTRY_TEST(test_a_head_ends_where_the_pairs_begin),
	        ENTRY_TEST(test_a_glued_priority_does_not_cost_the_first_field),
	        ENTRY_TEST(test_columns_count_bytes_of_the_line_as_given),
	        ENTRY_TEST(test_values_are_taken_as_written),
	        ENTRY_TEST(test_escapes_inside_quotes),
	        ENTRY_TEST(test_text_inside_quotes_is_never_a_key),
	        ENTRY_TEST(test_what_sticks_to_a_closing_quote_is_no_key),
	        ENTRY_TEST(test_the_first_of_equal_keys_counts),
	        ENTRY_TEST(test_a_value_that_the_line_end_cut_is_no_typed_value),
	        ENTRY_TEST(test_values_may_speak_of_other_formats),
	        ENTRY_TEST(test_two_entries_in_one_line_are_not_mixed),
	        ENTRY_TEST(test_no_shape_of_line_is_slow),
	        ENTRY_TEST(test_the_limits_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
