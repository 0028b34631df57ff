#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "scan.h"
#include "scan_log.h"

/* ---- lines ---- */

struct seen {
	struct buf text; /* "offset:line\n" */
	unsigned count;
};

static void on_line(void *arg, const struct scan_line *line)
{
	struct seen *seen = arg;
	buf_printf(&seen->text, "%u%s:", (unsigned)line->offset, line->too_long ? "!" : "");
	buf_add_str(&seen->text, str_cut(line->text, 0, 80));
	buf_add_char(&seen->text, '\n');
	seen->count++;
}

static void feed(struct seen *seen, const char *text, size_t n, size_t block)
{
	struct scan scan;
	*seen = (struct seen){0};
	buf_init(&seen->text, 1 << 20);
	scan_init(&scan, on_line, seen);
	for (size_t i = 0; i < n; i += block) {
		/* Each block in memory of its own: what is read beyond it is found. */
		size_t part = n - i < block ? n - i : block;
		char *copy = malloc(part);
		assert_non_null(copy);
		memcpy(copy, text + i, part);
		scan_feed(&scan, copy, part);
		free(copy);
	}
	scan_end(&scan);
	scan_done(&scan);
}

static const char sample[] = "ip-conn first\n"
                             "nothing\r\n"
                             "\n"
                             "date=1 action=\"ip-conn\" x\r\n"
                             "ip-con ip-con ip-ip-conn twice ip-conn\n"
                             "-conn ip\n-conn\n"
                             "a long line without it ----------------------------------------------------------\n"
                             "a long line with it ----------------------------------------------------- ip-conn\n"
                             "last ip-conn";
static const char expected[] = "0:ip-conn first\n"
                               "24:date=1 action=\"ip-conn\" x\n"
                               "51:ip-con ip-con ip-ip-conn twice ip-conn\n"
                               "187:a long line with it ----------------------------------------------------- ip-con\n"
                               "269:last ip-conn\n";

static void the_same_lines_from_blocks_of_any_size(void **state)
{
	(void)state;
	for (size_t block = 1; block <= sizeof sample; block++) {
		struct seen seen;
		feed(&seen, sample, sizeof sample - 1, block);
		assert_string_equal(seen.text.p, expected);
		buf_done(&seen.text);
	}
}

static void both_ways_to_find_agree(void **state)
{
	static const char alphabet[] = "ip-conip-conn\n";
	const char *(*fastest)(const char *p, const char *end) = scan_find_fastest();
	uint32_t seed = 1;
	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		size_t n = round % 300;
		char *text = malloc(n + 1);
		assert_non_null(text);
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = alphabet[(seed >> 24) % (sizeof alphabet - 1)];
		}
		for (size_t from = 0; from <= n; from += 1 + from / 8)
			assert_ptr_equal(fastest(text + from, text + n), scan_find_plain(text + from, text + n));
		free(text);
	}
}

static void too_long_a_line_is_told_and_the_next_one_is_read(void **state)
{
	size_t n = 3 * SCAN_MAX_LINE;
	char *text = malloc(n);
	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text + 2 * SCAN_MAX_LINE, "ip-conn", 7);
	memcpy(text + n - 20, "\nip-conn here\n", 14);
	for (size_t block = 1000; block < 2 * n; block *= 7) {
		struct seen seen;
		feed(&seen, text, n, block);
		assert_int_equal(seen.count, 2);
		assert_true(str_starts(buf_str(&seen.text), "0!:xxxx"));
		assert_non_null(strstr(seen.text.p, "ip-conn here"));
		buf_done(&seen.text);
	}
	free(text);
}

/* ---- entries ---- */

#define ENTRY(device, server, port, client, time)                                                                  \
	"date=2026-01-02 time=" time " devname=\"" device "\" devid=\"FGT60FTK0000000" device                      \
	"\" logid=\"0000000011\" type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"root\" srcip=" client \
	" srcport=40001 dstip=" server " dstport=" port                                                            \
	" proto=17 action=\"ip-conn\" policyid=20 service=\"DNS\" sessionid=1 tz=\"+0000\"\n"

static const uint8_t key[SIPHASH_KEY_BYTES] = "0123456789abcde";

static struct scan_log scan(const char *text, int64_t since_us, int64_t until_us)
{
	struct scan_log log;
	scan_log_init(&log, key);
	log.since_us = since_us;
	log.until_us = until_us;
	scan_log_file(&log, 0);
	scan_log_feed(&log, text, strlen(text));
	scan_log_end(&log);
	scan_log_sort(&log);
	return log;
}

static void entries_of_one_problem_are_one_group(void **state)
{
	(void)state;
	struct scan_log log = scan(ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:00") ENTRY("1", "192.0.2.54", "53",
	                                                                                        "10.0.0.1", "10:00:01")
	                                   ENTRY("1", "192.0.2.53", "53", "10.0.0.2", "10:00:05")
	                                           ENTRY("2", "192.0.2.53", "53", "10.0.0.2", "10:00:03")
	                                                   ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:02"),
	                           INT64_MIN, INT64_MAX);
	assert_int_equal(log.entries, 5);
	assert_int_equal(log.group_count, 3);
	const struct scan_group *first = &log.groups[0];
	assert_int_equal(first->count, 3);
	assert_int_equal(first->client_count, 2);
	assert_int_equal(first->place_count, 3);
	assert_int_equal(first->places[0].offset, 0);
	assert_true(first->last_us - first->first_us == 5000000);
	assert_non_null(strstr(first->line, "10:00:05"));
	assert_string_equal(first->service, "DNS");
	assert_int_equal(log.groups[1].count, 1);
	scan_log_done(&log);
}

static void time_bounds_leave_out_and_count(void **state)
{
	(void)state;
	int64_t ten_us = INT64_C(1767348000) * 1000000; /* 2026-01-02T10:00:00Z */
	struct scan_log log = scan(ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "09:59:59")
	                                   ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:00")
	                                           ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:01"),
	                           ten_us, ten_us);
	assert_int_equal(log.entries, 1);
	assert_int_equal(log.outside, 2);
	assert_int_equal(log.groups[0].count, 1);
	scan_log_done(&log);
}

#define LOCAL(time)                                                                                          \
	"date=2026-01-02 time=" time                                                                         \
	" devname=\"1\" devid=\"FGT60FTK00000001\" logid=\"0000000011\" type=\"traffic\" "                   \
	"subtype=\"forward\" vd=\"root\" srcip=10.0.0.1 srcport=40001 dstip=192.0.2.53 dstport=53 proto=17 " \
	"action=\"ip-conn\" policyid=20 sessionid=1\n"

/* Where no zone is told it may be any: 14 hours ahead of UTC to 12 behind. */
static void without_a_zone_only_what_is_surely_outside_is_left_out(void **state)
{
	(void)state;
	int64_t ten_us = INT64_C(1767348000) * 1000000, hour_us = INT64_C(3600) * 1000000;
	struct scan_log log = scan(LOCAL("10:00:00"), ten_us + 12 * hour_us, INT64_MAX);
	assert_int_equal(log.entries, 1);
	scan_log_done(&log);
	log = scan(LOCAL("10:00:00"), ten_us + 12 * hour_us + 1, INT64_MAX);
	assert_int_equal(log.outside, 1);
	scan_log_done(&log);
	log = scan(LOCAL("10:00:00"), INT64_MIN, ten_us - 14 * hour_us);
	assert_int_equal(log.entries, 1);
	scan_log_done(&log);
	log = scan(LOCAL("10:00:00"), INT64_MIN, ten_us - 14 * hour_us - 1);
	assert_int_equal(log.outside, 1);
	scan_log_done(&log);
}

static void without_a_zone_nothing_is_said_of_now(void **state)
{
	char words[160];
	(void)state;
	struct scan_log log = scan(LOCAL("01:00:00") LOCAL("01:00:01") LOCAL("01:00:02")
	                                   ENTRY("2", "192.0.2.53", "53", "10.0.0.2", "10:16:00"),
	                           INT64_MIN, INT64_MAX);
	assert_true(log.local && log.utc);
	assert_true(log.groups[0].local);
	assert_false(log.groups[1].local);
	assert_string_equal(scan_group_worth(&log, &log.groups[0], words), "3 entries of 1 client");
	scan_log_done(&log);
}

static void what_cannot_be_read_is_counted_and_told(void **state)
{
	(void)state;
	struct scan_log log =
	        scan("date=2026-01-02 action=\"ip-conn\" type=\"traffic\" srcip=999.1.1.1\n"
	             "the words ip-conn alone\n"
	             "date=2026-01-02 time=10:00:00 type=\"traffic\" subtype=\"forward\" action=\"accept\" "
	             "srcip=10.0.0.1 dstip=192.0.2.1 msg=\"ip-conn\" logid=\"0000000013\"\n",
	             INT64_MIN, INT64_MAX);
	assert_int_equal(log.entries, 0);
	assert_int_equal(log.others, 1);
	assert_int_equal(log.malformed, 2);
	assert_int_equal(log.example_count, 2);
	assert_non_null(strstr(log.examples[0].words, "srcip"));
	assert_int_equal(log.examples[1].place.offset, 64);
	scan_log_done(&log);
}

static void many_groups_are_all_found(void **state)
{
	enum { GROUPS = 5000 };
	struct buf text;
	(void)state;
	buf_init(&text, 16 << 20);
	for (unsigned i = 0; i < 2 * GROUPS; i++)
		buf_printf(
		        &text,
		        "date=2026-01-02 time=10:00:00 devid=\"FGT60FTK00000001\" logid=\"0000000011\" "
		        "type=\"traffic\" subtype=\"forward\" vd=\"root\" srcip=10.0.0.1 srcport=4 dstip=192.0.%u.%u "
		        "dstport=53 proto=17 action=\"ip-conn\" policyid=1 sessionid=1\n",
		        i % GROUPS / 250, i % GROUPS % 250 + 1);
	struct scan_log log = scan(text.p, INT64_MIN, INT64_MAX);
	assert_int_equal(log.group_count, GROUPS);
	for (size_t i = 0; i < GROUPS; i++)
		assert_int_equal(log.groups[i].count, 2);
	scan_log_done(&log);
	buf_done(&text);
}

static void clients_and_places_have_their_bounds(void **state)
{
	struct buf text;
	(void)state;
	buf_init(&text, 16 << 20);
	for (unsigned i = 0; i < 200; i++)
		buf_printf(&text,
		           "date=2026-01-02 time=10:00:00 devid=\"FGT60FTK00000001\" logid=\"0000000011\" "
		           "type=\"traffic\" subtype=\"forward\" vd=\"root\" srcip=10.0.0.%u srcport=4 dstip=192.0.2.1 "
		           "dstport=53 proto=17 action=\"ip-conn\" policyid=1 sessionid=1\n",
		           i + 1);
	struct scan_log log = scan(text.p, INT64_MIN, INT64_MAX);
	assert_int_equal(log.groups[0].count, 200);
	assert_int_equal(log.groups[0].client_count, SCAN_GROUP_CLIENTS);
	assert_int_equal(log.groups[0].place_count, SCAN_GROUP_PLACES);
	scan_log_done(&log);
	buf_done(&text);
}

static void worth_is_what_goes_on_and_is_no_single_case(void **state)
{
	char words[160];
	(void)state;
	struct scan_log log =
	        scan(ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:00")
	                     ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:01")
	                             ENTRY("1", "192.0.2.53", "53", "10.0.0.1", "10:00:02")
	                                     ENTRY("2", "192.0.2.53", "53", "10.0.0.1", "10:14:00")
	                                             ENTRY("2", "192.0.2.53", "53", "10.0.0.2", "10:16:00")
	                                                     ENTRY("3", "192.0.2.53", "53", "10.0.0.2", "10:16:00"),
	             INT64_MIN, INT64_MAX);
	assert_null(scan_group_worth(&log, &log.groups[0], words)); /* long over */
	assert_string_equal(scan_group_worth(&log, &log.groups[1], words),
	                    "2 entries of 2 clients, and it goes on at the end of the log");
	assert_null(scan_group_worth(&log, &log.groups[2], words)); /* a single case */
	scan_log_done(&log);
}

/* ---- time ---- */

static uint64_t sum(const struct histogram *histogram)
{
	uint64_t all = 0;
	for (size_t i = 0; i < histogram->bars; i++)
		all += histogram->counts[i];
	return all;
}

static void bars_grow_with_the_range_and_lose_nothing(void **state)
{
	struct histogram histogram;
	(void)state;
	histogram_init(&histogram);
	int64_t time_us = INT64_C(1767348000) * 1000000;
	for (unsigned i = 0; i < 40; i++) {
		histogram_add(&histogram, time_us);
		histogram_add(&histogram, INT64_C(2) * 1767348000 * 1000000 - time_us);
		assert_int_equal(sum(&histogram), 2 * (i + 1));
		assert_in_range(histogram.bars, 1, HISTOGRAM_BARS);
		time_us += (INT64_C(1) << i) * 1000;
	}
	assert_int_equal(histogram.undated, 0);
}

static void before_1970_too(void **state)
{
	struct histogram histogram;
	(void)state;
	histogram_init(&histogram);
	histogram_add(&histogram, -1);
	histogram_add(&histogram, 1);
	assert_int_equal(histogram.first, -1);
	assert_int_equal(histogram.bars, 2);
	histogram_add(&histogram, INT64_MAX);
	histogram_add(&histogram, INT64_MIN);
	assert_int_equal(sum(&histogram) + histogram.undated, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_same_lines_from_blocks_of_any_size),
	        cmocka_unit_test(both_ways_to_find_agree),
	        cmocka_unit_test(too_long_a_line_is_told_and_the_next_one_is_read),
	        cmocka_unit_test(entries_of_one_problem_are_one_group),
	        cmocka_unit_test(time_bounds_leave_out_and_count),
	        cmocka_unit_test(without_a_zone_only_what_is_surely_outside_is_left_out),
	        cmocka_unit_test(without_a_zone_nothing_is_said_of_now),
	        cmocka_unit_test(what_cannot_be_read_is_counted_and_told),
	        cmocka_unit_test(many_groups_are_all_found),
	        cmocka_unit_test(clients_and_places_have_their_bounds),
	        cmocka_unit_test(worth_is_what_goes_on_and_is_no_single_case),
	        cmocka_unit_test(bars_grow_with_the_range_and_lose_nothing),
	        cmocka_unit_test(before_1970_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
