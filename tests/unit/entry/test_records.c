/* Texts of many records: lines, frames, JSON. */
#include "support.h"

#include <time.h>

#include "buf.h"
#include "records.h"

#define A "type=traffic action=ip-conn logid=11 srcip=192.0.2.1 dstip=198.51.100.1 proto=17 srcport=1 dstport=53"
#define B "type=traffic action=ip-conn logid=11 srcip=192.0.2.2 dstip=198.51.100.2 proto=17 srcport=2 dstport=53"
#define N "type=traffic action=accept logid=13 srcip=192.0.2.3 dstip=198.51.100.3 proto=17 srcport=3 dstport=53"

/* "line:text;…" of all records that are not empty. */
static void assert_records(struct arena *arena, struct str text, const char *want)
{
	struct records records;
	struct record record;
	struct buf got;
	buf_init(&got, 1 << 20);
	records_init(&records, arena, text);
	while (records_next(&records, &record)) {
		if (str_trim(record.text).n == 0)
			continue;
		buf_printf(&got, "%u:", record.line_number);
		buf_add_str(&got, str_trim(record.text));
		buf_add_text(&got, ";");
	}
	assert_string_equal(buf_str(&got).p, want);
	buf_done(&got);
}

static void test_lines_frames_and_values_are_told_apart(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	        {"a=1\nb=2\r\n\nc=3", "1:a=1;2:b=2;4:c=3;"},
	        {"\xef\xbb\xbf"
	         "a=1\n",
	         "1:a=1;"},
	        /* counted, glued */
	        {"21 <188>a=1 b=22222222ab"
	         "21 <188>a=2 b=33333333ab",
	         "1:<188>a=1 b=22222222ab;1:<188>a=2 b=33333333ab;"},
	        /* the line end counted, and not counted */
	        {"22 <188>a=1 b=22222222ab\n"
	         "22 <188>a=2 b=33333333ab\n",
	         "1:<188>a=1 b=22222222ab;2:<188>a=2 b=33333333ab;"},
	        {"21 <188>a=1 b=22222222ab\n"
	         "21 <188>a=2 b=33333333ab\n",
	         "1:<188>a=1 b=22222222ab;2:<188>a=2 b=33333333ab;"},
	        /* without <PRI> */
	        {"16 a=1 b=22222222ab"
	         "16 a=2 b=33333333ab",
	         "1:a=1 b=22222222ab;1:a=2 b=33333333ab;"},
	        /* a count that lies costs its own frame only */
	        {"99 <188>a=1 b=22222222ab"
	         "21 <188>a=2 b=33333333ab",
	         "1:99 <188>a=1 b=22222222ab;1:<188>a=2 b=33333333ab;"},
	        {"99 <188>a=1 b=22222222ab\n"
	         "21 <188>a=2 b=33333333ab",
	         "1:99 <188>a=1 b=22222222ab;2:<188>a=2 b=33333333ab;"},
	        /* a year is no count */
	        {"2018 Jun 21 00:00:35 x->y a=1\n2018 Jun 21 00:00:36 x->y a=2\n",
	         "1:2018 Jun 21 00:00:35 x->y a=1;2:2018 Jun 21 00:00:36 x->y a=2;"},
	        /* JSON */
	        {"{\"a\":\"1\"}\n{\"a\":\"2\"}\n", "1:{\"a\":\"1\"};2:{\"a\":\"2\"};"},
	        {"{\n \"a\": \"}\\\"{\"\n}\nb=2", "1:{\"a\":\"}\\\"{\"};4:b=2;"},
	        {"[{\"a\":\"1\"},\n {\"a\":\"2\"}]", "1:{\"a\":\"1\"};1:{\"a\":\"2\"};"},
	        {"\n{\"result\":{\"data\":[{\"a\":\"1\"},{\"a\":\"2\"}]},\"id\":1}",
	         "2:{\"a\":\"1\"};2:{\"a\":\"2\"};"},
	        {"  {\"a\":\"1\"},\n  {\"a\":\"2\"},\n", "1:{\"a\":\"1\"};2:{\"a\":\"2\"};"},
	        {"{\"type\":\"traffic\",\"action\":\"x\",\"list\":[{\"b\":\"1\"}]}",
	         "1:{\"type\":\"traffic\",\"action\":\"x\",\"list\":[{\"b\":\"1\"}]};"},
	        /* lists inside a record are part of it */
	        {"{\"event\":{\"original\":\"type=traffic\"},\"tags\":[{\"b\":\"1\"}]}",
	         "1:{\"event\":{\"original\":\"type=traffic\"},\"tags\":[{\"b\":\"1\"}]};"},
	        {"{\"source\":{\"ip\":\"192.0.2.1\"},\"related\":[{\"b\":\"1\"}]}",
	         "1:{\"source\":{\"ip\":\"192.0.2.1\"},\"related\":[{\"b\":\"1\"}]};"},
	        {"{\"a\": 1,\nb=2", "1:{\"a\": 1,;2:b=2;"},
	        {"{oops}\n[x]\n", "1:{oops};2:[x];"},
	        {"", ""},
	        {"7 ", "1:7;"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_records(*state, str_of(rows[i].text), rows[i].want);
	static const char nul[] = "<188>a=1\0<188>b=2\0\n<188>c=3\0";
	assert_records(*state, (struct str){nul, sizeof nul - 1}, "1:<188>a=1;1:<188>b=2;2:<188>c=3;");
}

static void test_a_record_of_any_form_can_be_chosen(void **state)
{
	const char *counted =
	        arena_printf(*state, "%zu <1>" N "%zu <1>" A "%zu <1>" B, strlen(N) + 3, strlen(A) + 3, strlen(B) + 3);
	const char *const texts[] = {
	        N "\n" A "\n" B "\n",
	        "{\"rows\":[{\"message\":\"" N "\"},{\"message\":\"" A "\"},\n{\"message\":\"" B "\"}]}",
	        counted,
	        "FGT # execute log display\r\n3 logs found.\r\n3 logs returned.\r\n\r\n1: " N "\r\n\r\n2: " A
	        "\r\n\r\n3: " B "\r\n\r\nFGT # \r\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct entry_set set;
		struct err err = {0};
		assert_int_equal(entry_set_parse(*state, str_of(texts[i]), 0, &set, &err), -1);
		if (!strstr(err.text, "2 ip-conn entries; choose one with --entry N"))
			fail_msg("%zu: %s", i, err.text);
		if (entry_set_parse(*state, str_of(texts[i]), 2, &set, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
		assert_address(&set.entry.srcip, "192.0.2.2");
	}
}

static void test_siblings_are_found_in_json_too(void **state)
{
	static const char first[] = "{\"message\":\"type=traffic action=ip-conn eventtime=1719415108 srcip=192.0.2.1 "
	                            "srcport=4001 dstip=198.51.100.1 proto=17 dstport=53 sessionid=1\"}";
	static const char second[] = "{\"message\":\"type=traffic action=accept eventtime=1719415109 srcip=192.0.2.1 "
	                             "srcport=4001 dstip=198.51.100.2 proto=17 dstport=53 sessionid=2\"}";
	struct entry_set set;
	struct err err = {0};
	const char *text = arena_printf(*state, "[%s,%s]", second, first);
	if (entry_set_parse(*state, str_of(text), 0, &set, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(set.sibling_count, 1);
	assert_address(&set.siblings[0].dstip, "198.51.100.2");
}

static void test_the_refusal_speaks_of_the_record_most_like_an_entry(void **state)
{
	struct entry_set set;
	struct err err = {0};
	static const char text[] = "FGT # execute log display\n1 logs found.\n\n1: " N "\n\nFGT # \n";
	assert_int_equal(entry_set_parse(*state, str_of(text), 0, &set, &err), -1);
	assert_non_null(strstr(err.text, "line 4: column"));
	assert_non_null(strstr(err.text, "action=accept is not ip-conn"));
}

static double seconds_for(const char *unit, size_t n)
{
	char *text = malloc(n);
	size_t width = strlen(unit);
	for (size_t i = 0; i < n; i++)
		text[i] = unit[i % width];
	struct arena *arena = arena_new();
	struct entry_set set;
	struct err err;
	struct timespec start, end;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	(void)entry_set_parse(arena, (struct str){text, n}, 0, &set, &err);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	arena_free(arena);
	free(text);
	return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

static void test_no_text_takes_square_time(void **state)
{
	static const char *const units[] = {"{\"a\":\n", "[\n",  "99999 <1>", "{\"a\":[{\n",       "\\\"",
	                                    "=",         "a=1 ", "ip-conn\n", "{\"ip-conn\":1}\n", "12 <1>x\n"};
	enum { HALF = 1 << 20 };
	(void)state;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		double half = seconds_for(units[i], HALF), whole = seconds_for(units[i], 2 * HALF);
		if (whole > 0.2 && whole > 3.2 * half)
			fail_msg("'%s': %.3f s, twice the text %.3f s", units[i], half, whole);
		if (whole > 20)
			fail_msg("'%s': %.1f s for 2 MiB", units[i], whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ENTRY_TEST(test_lines_frames_and_values_are_told_apart),
	        ENTRY_TEST(test_a_record_of_any_form_can_be_chosen),
	        ENTRY_TEST(test_siblings_are_found_in_json_too),
	        ENTRY_TEST(test_the_refusal_speaks_of_the_record_most_like_an_entry),
	        ENTRY_TEST(test_no_text_takes_square_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
