/* Texts of many lines: which entry is meant, and which lines go with it. */
#include "support.h"

#include <time.h>

#include "buf.h"

#define AT(second, fields) "date=2024-06-26 time=16:18:" second " tz=\"+0000\" type=traffic proto=17 " fields "\n"
#define CLIENT             "srcip=10.0.0.1 srcport=5000 "
#define CONN               "action=ip-conn "
#define TO(host)           "dstip=" host " dstport=53"

static struct entry_set take(struct arena *arena, const char *text, unsigned number)
{
	struct entry_set set;
	struct err err;
	if (entry_set_parse(arena, str_of(text), number, &set, &err) < 0)
		fail_msg("%s", err.text);
	return set;
}

static const char *refusal(struct arena *arena, const char *text, unsigned number)
{
	struct entry_set set = {.line_number = 77};
	struct err err = {0};
	if (entry_set_parse(arena, str_of(text), number, &set, &err) == 0)
		fail_msg("taken, line %u", set.line_number);
	assert_int_equal(set.line_number, 77);
	assert_int_equal(err.kind, ERR_ENTRY);
	assert_null(strchr(err.text, '\n'));
	return arena_strdup(arena, err.text);
}

static void assert_says(const char *text, const char *telling)
{
	if (!strstr(text, telling))
		fail_msg("'%s' does not say '%s'", text, telling);
}

static void test_the_one_ip_conn_entry_of_many_lines(void **state)
{
	const char *text = "fgt # execute log display\r\n\r\n" AT("20", "action=deny " CLIENT TO("8.8.8.8"))
	        AT("28", CONN CLIENT TO("8.8.4.4"))
	                AT("29", "action=accept srcip=10.0.0.7 srcport=5000 " TO("8.8.8.8"));
	struct entry_set set = take(*state, text, 0);
	assert_int_equal(set.line_number, 4);
	assert_address(&set.entry.dstip, "8.8.4.4");
	assert_int_equal(set.sibling_count, 0);
}

static void test_siblings_share_client_port_and_moment(void **state)
{
	const char *text = AT("30", CONN CLIENT TO("8.8.4.4") " sessionid=7") AT(
	        "25", "action=accept " CLIENT TO("1.1.1.1")) AT("35", "action=deny " CLIENT TO("1.1.1.2"))
	        AT("24", "action=accept " CLIENT TO("1.1.1.3")) AT("36", "action=accept " CLIENT TO("1.1.1.4")) AT(
	                "30", "action=accept srcip=10.0.0.1 srcport=50001 " TO(
	                              "1.1.1.5")) AT("30", "action=accept srcip=10.0.0.10 srcport=5000 " TO("1.1.1.6"))
	                AT("30",
	                   "action=accept " CLIENT TO(
	                           "8.8.4.4") " sessionid=7") "date=2024-06-26 time=16:18:30 tz=\"+0000\" type=utm "
	                                                      "proto=17 " CLIENT TO(
	                                                              "1.1.1.7") "\n"
	                                                                         "date=2024-06-26 time=16:18:30 "
	                                                                         "tz=\"+0000\" type=traffic "
	                                                                         "proto=6 " CLIENT TO(
	                                                                                 "1.1.1.8") "\n"
	                                                                                            "type=traffic "
	                                                                                            "proto="
	                                                                                            "17 " CLIENT TO(
	                                                                                                    "1.1.1."
	                                                                                                    "9") "\n"
	                                                                                                         "da"
	                                                                                                         "te"
	                                                                                                         "=2"
	                                                                                                         "02"
	                                                                                                         "4-"
	                                                                                                         "06"
	                                                                                                         "-2"
	                                                                                                         "6 "
	                                                                                                         "ti"
	                                                                                                         "me"
	                                                                                                         "=1"
	                                                                                                         "7:"
	                                                                                                         "18"
	                                                                                                         ":3"
	                                                                                                         "1 "
	                                                                                                         "tz"
	                                                                                                         "="
	                                                                                                         "\""
	                                                                                                         "+0"
	                                                                                                         "10"
	                                                                                                         "0"
	                                                                                                         "\""
	                                                                                                         " t"
	                                                                                                         "yp"
	                                                                                                         "e="
	                                                                                                         "tr"
	                                                                                                         "af"
	                                                                                                         "fi"
	                                                                                                         "c "
	                                                                                                         "pr"
	                                                                                                         "ot"
	                                                                                                         "o="
	                                                                                                         "17"
	                                                                                                         " " CLIENT TO(
	                                                                                                                 "9.9.9.9") "\n";
	struct entry_set set = take(*state, text, 0);
	assert_int_equal(set.sibling_count, 3);
	assert_address(&set.siblings[0].dstip, "1.1.1.1");
	assert_address(&set.siblings[1].dstip, "1.1.1.2");
	assert_address(&set.siblings[2].dstip, "9.9.9.9");
}

static void test_two_resolvers_asked_at_once_are_one_case(void **state)
{
	const char *text = AT("28", CONN CLIENT TO("8.8.4.4")) AT("29", CONN CLIENT TO("8.8.8.8"));
	struct entry_set set = take(*state, text, 0);
	assert_int_equal(set.line_number, 1);
	assert_int_equal(set.sibling_count, 1);
	assert_address(&set.siblings[0].dstip, "8.8.8.8");
	set = take(*state, text, 2);
	assert_int_equal(set.line_number, 2);
	assert_address(&set.siblings[0].dstip, "8.8.4.4");
	/* Newest first, as an export may be sorted: the first line still leads. */
	set = take(*state, AT("29", CONN CLIENT TO("8.8.8.8")) AT("28", CONN CLIENT TO("8.8.4.4")), 0);
	assert_int_equal(set.line_number, 1);
	assert_address(&set.entry.dstip, "8.8.8.8");
}

static void test_six_seconds_make_two_cases(void **state)
{
	const char *text = AT("20", CONN CLIENT TO("8.8.4.4")) AT("24", CONN CLIENT TO("8.8.4.4"))
	        AT("28", CONN CLIENT TO("8.8.4.4"));
	const char *words = refusal(*state, text, 0);
	assert_says(words, "2 ip-conn entries; choose one with --entry N");
	assert_says(words, "(1: line 1, 10.0.0.1 to 8.8.4.4 port 53, 2024-06-26 16:18:20 UTC; 3: line 3, ");
	assert_int_equal(take(*state, text, 3).line_number, 3);
}

static void test_icmp_entries_have_no_siblings(void **state)
{
	const char *line = "eventtime=1719415108 type=traffic proto=1 action=ip-conn srcip=10.0.0.1 dstip=8.8.4.4";
	const char *words = refusal(*state, arena_printf(*state, "%s\n%s\n", line, line), 0);
	assert_says(words, "2 ip-conn entries");
	assert_says(words, "10.0.0.1 to 8.8.4.4, 2024");
	assert_int_equal(take(*state, arena_printf(*state, "%s\n%s\n", line, line), 2).sibling_count, 0);
}

static void test_entries_without_a_time_stand_alone(void **state)
{
	const char *text =
	        "type=traffic proto=17 " CONN CLIENT TO("8.8.4.4") "\ntype=traffic proto=17 " CONN CLIENT TO("8.8.8.8");
	assert_says(refusal(*state, text, 0), "(1: line 1, 10.0.0.1 to 8.8.4.4 port 53; 2: line 2, ");
}

static void test_a_number_beyond_the_last_is_refused(void **state)
{
	const char *text = AT("28", CONN CLIENT TO("8.8.4.4"));
	assert_int_equal(take(*state, text, 1).line_number, 1);
	assert_says(refusal(*state, text, 2), "--entry 2: there is only 1 ip-conn entry");
	assert_says(refusal(*state, text, UINT32_MAX), "only 1");
}

static void test_a_text_without_ip_conn_says_why(void **state)
{
	assert_string_equal(refusal(*state, "", 0), "the entry is empty");
	assert_string_equal(refusal(*state, "\n \r\n\t\n", 3), "the entry is empty");
	assert_says(refusal(*state, "hello\n", 0), "this is not a FortiGate log entry");
	assert_says(refusal(*state, "\nhello\nworld\n", 0), "line 2: this is not");
	assert_says(refusal(*state, AT("28", "action=deny " CLIENT TO("8.8.4.4")), 0), "column 64: action=deny is not");
	/* The line that means to be one is the one to speak of. */
	const char *text = AT("28", "action=deny " CLIENT TO("8.8.4.4")) AT("29", CONN CLIENT TO("999.8.4.4"));
	assert_says(refusal(*state, text, 0), "line 2: column 107: dstip=999.8.4.4 is not an IP address");
}

static void test_long_lists_stay_one_sentence(void **state)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	for (unsigned i = 1; i <= 40; i++)
		buf_printf(&text,
		           "eventtime=1719415108 type=traffic action=ip-conn proto=6 "
		           "srcip=2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x "
		           "dstip=2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff srcport=65535 dstport=65535\n",
		           0x1000 + i);
	const char *words = refusal(*state, text.p, 0);
	assert_says(words, "40 ip-conn entries");
	assert_says(words, "; and 3");
	assert_true(words[strlen(words) - 1] == ')');
	assert_int_equal(take(*state, text.p, 40).line_number, 40);
	buf_done(&text);
}

static void test_no_more_siblings_than_the_maximum(void **state)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 3 * ENTRY_MAX_SIBLINGS; i++)
		buf_add_text(&text, AT("28", CONN CLIENT TO("8.8.4.4")));
	struct entry_set set = take(*state, text.p, 0);
	assert_int_equal(set.sibling_count, ENTRY_MAX_SIBLINGS);
	buf_done(&text);
}

/* Lines that differ in two numbers, each behind the text given for it. */
static double seconds_for(const char *first, const char *second, unsigned lines)
{
	struct buf text;
	struct entry_set set;
	buf_init(&text, 8 << 20);
	for (unsigned i = 0; i < lines; i++)
		buf_printf(&text, "%s%u%s%u\n", first, 1024 + i % 60000, second, 1719415108 + i * 6);
	assert_false(text.full);
	struct arena *arena = arena_new();
	clock_t start = clock();
	(void)entry_set_parse(arena, buf_str(&text), 0, &set, NULL);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	arena_free(arena);
	buf_done(&text);
	return seconds;
}

#define SHORT "type=traffic action=ip-conn proto=6 srcip=10.0.0.1 dstip=10.0.0.2 "

static void test_big_logs_take_linear_time(void **state)
{
	(void)state;
	assert_true(seconds_for(SHORT "srcport=", " eventtime=", 20000) < 5);
	assert_true(seconds_for(SHORT "srcport=5 policyid=", " eventtime=", 20000) < 5);
	assert_true(seconds_for("a=", " b=", 200000) < 5);
	assert_true(seconds_for("ip-conn ", " ", 100000) < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ENTRY_TEST(test_the_one_ip_conn_entry_of_many_lines),
	        ENTRY_TEST(test_siblings_share_client_port_and_moment),
	        ENTRY_TEST(test_two_resolvers_asked_at_once_are_one_case),
	        ENTRY_TEST(test_six_seconds_make_two_cases),
	        ENTRY_TEST(test_icmp_entries_have_no_siblings),
	        ENTRY_TEST(test_entries_without_a_time_stand_alone),
	        ENTRY_TEST(test_a_number_beyond_the_last_is_refused),
	        ENTRY_TEST(test_a_text_without_ip_conn_says_why),
	        ENTRY_TEST(test_long_lists_stay_one_sentence),
	        ENTRY_TEST(test_no_more_siblings_than_the_maximum),
	        ENTRY_TEST(test_big_logs_take_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
