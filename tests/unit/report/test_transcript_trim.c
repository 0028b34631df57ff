#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "transcript_trim.h"

#define COMMAND "diagnose sniffer packet any \"host 192.0.2.10\" 6 10 a"
#define ECHO    COMMAND "\r\r\ninterfaces=[any]\r\nfilters=[host 192.0.2.10]\r\n"
#define STAMP   "2026-11-23 08:00:00.000001 port1 in "
#define LINE    STAMP "192.0.2.10.49152 -> 198.51.100.53.7: udp 20\r\n"
#define PROMPT  "FGT # "

/* UDP with twenty bytes: the headers end at 42, in the third row. */
#define ROW_0   "0x0000\t 0200 0000 0001 0200 0000 0002 0800 4500"
#define ROW_1   "0x0010\t 0030 0001 0000 4011 0000 c000 020a c633"
#define ROW_2   "0x0020\t 6435 c000 0007 001c 0000"
#define DATA_2  " 7365 6372 6574\td5......secret\r\n"
#define DATA_3  "0x0030\t 7061 796c 6f61 6470 6179 6c6f 6164     \tpayloadpayload.\r\n"
#define ROWS    ROW_0 "\t..............E.\r\n" ROW_1 "\t.0....@........3\r\n" ROW_2 DATA_2 DATA_3
#define TRIMMED ROW_0 "\r\n" ROW_1 "\r\n" ROW_2 "\r\n\r\n"

static const struct {
	const char *name, *raw, *wanted;
} cases[] = {
        {"headers stay", ECHO LINE ROWS "\r\n" LINE ROWS "\r\n" PROMPT,
         ECHO LINE TRIMMED "\r\n" LINE TRIMMED "\r\n" PROMPT},
        {"no blank line behind the last one", ECHO LINE ROWS "1 packets received by filter\r\n" PROMPT,
         ECHO LINE TRIMMED "1 packets received by filter\r\n" PROMPT},
        {"a row is missing", ECHO LINE ROW_0 "\r\n" ROW_2 DATA_2 DATA_3 "\r\n" PROMPT,
         ECHO LINE "\r\n\r\n\r\n\r\n" PROMPT},
        {"cut inside a row", ECHO LINE ROW_0 "\r\n" ROW_1 "\r\n" ROW_2 " 7365", ECHO LINE "\r\n\r\n"},
        {"a message breaks a row in two",
         ECHO LINE ROW_0 "\t....\r\n" ROW_1 "\t....\r\n" ROW_2 " 73debug: x\r\n65 6372 6574\tsecret\r\n" DATA_3
                         "\r\n" LINE ROWS "\r\n" PROMPT,
         ECHO LINE "\r\n\r\n\r\n\r\n\r\n\r\n" LINE TRIMMED "\r\n" PROMPT},
        {"rows without their line", ECHO ROW_0 "\r\n" ROW_1 "\r\n" ROW_2 DATA_2 DATA_3 "\r\n" PROMPT,
         ECHO "\r\n\r\n\r\n\r\n\r\n" PROMPT},
        {"no line end before a row", ECHO STAMP "arp who-has " ROW_2 DATA_2 DATA_3 PROMPT,
         ECHO STAMP "arp who-has 0x\r\n\r\n" PROMPT},
        {"a refusal behind packets", ECHO LINE ROWS "\r\nCommand fail. Return code -61\r\n" PROMPT,
         ECHO LINE TRIMMED "\r\nCommand fail. Return code -61\r\n" PROMPT},
        {"a pager between the rows",
         ECHO LINE ROW_0 "\t....\r\n--More-- \r         \r" ROW_1 "\t....\r\n" ROW_2 DATA_2 "--More-- \x1b[2K\r" DATA_3
                         "--More-- \r         \r\r\n" PROMPT,
         ECHO LINE ROW_0 "\r\n--More-- \r         \r" ROW_1 "\r\n" ROW_2 "\r\n--More-- \x1b[2K\r\r\n"
                         "--More-- \r         \r\r\n" PROMPT},
        {"no rows", ECHO LINE "debug: x\r\n" PROMPT, ECHO LINE "debug: x\r\n" PROMPT},
};

static void sniff(struct transcript *transcript, struct str raw, size_t piece)
{
	const struct step_end end = {.state = STEP_DONE, .prompt = PROMPT};
	transcript_output(transcript, 0, "sniffer", STR(PROMPT));
	transcript_begin(transcript, 1, "sniffer", "sniffer", COMMAND, "");
	transcript_begin(transcript, 1, "ping", "ping", "execute ping 192.0.2.1", "");
	for (size_t at = 0; at < raw.n; at += piece) {
		transcript_output(transcript, 2, "sniffer", str_cut(raw, at, piece));
		transcript_output(transcript, 2, "ping", STR("0x0000\t 4142\r\n"));
	}
	transcript_end(transcript, 3, "sniffer", "sniffer", &end);
}

/* The same whatever the pieces are in which the bytes came. */
static void the_headers_stay_and_the_payload_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str raw = str_of(cases[i].raw);
		for (size_t piece = 1; piece <= raw.n; piece++) {
			struct arena *arena = arena_new();
			struct transcript whole, trimmed, again;
			struct step_list steps;
			transcript_init(&whole, arena);
			sniff(&whole, raw, piece);
			transcript_trim(&whole, &trimmed);
			transcript_steps(&trimmed, &steps);
			struct str got = steps.steps[0].raw;
			struct str wanted = str_of(cases[i].wanted);
			if (got.n != wanted.n || memcmp(got.p, wanted.p, wanted.n) != 0)
				fail_msg("%s, pieces of %zu:\n%.*s\nnot\n%s", cases[i].name, piece, (int)got.n, got.p,
				         wanted.p);
			assert_int_equal(trimmed.event_count, whole.event_count);
			assert_true(trimmed.bytes <= whole.bytes);
			transcript_trim(&trimmed, &again);
			assert_int_equal(again.bytes, trimmed.bytes);
			transcript_steps(&whole, &steps);
			assert_int_equal(steps.steps[0].raw.n, raw.n);
			arena_free(arena);
		}
	}
}

/* What a sniffer printed after its step had ended is in the file all the same. */
static void nothing_is_left_behind_the_end(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct transcript whole, trimmed;
	struct buf file;
	transcript_init(&whole, arena);
	sniff(&whole, STR(ECHO LINE ROW_0 "\r\n" PROMPT), 1000);
	transcript_output(&whole, 4, "sniffer", STR(ROW_1 "\r\n" ROW_2 DATA_2 DATA_3 "\r\nxyz secret\r\n" PROMPT));
	transcript_begin(&whole, 5, "sniffer", "status", "get system status", "");
	transcript_output(&whole, 6, "sniffer", STR("get system status\r\r\n0x0000\t 4142 of a status\r\n"));
	whole.header = (struct transcript_header){.version = "", .device = "", .playbook_name = "", .playbook = ""};
	transcript_trim(&whole, &trimmed);
	buf_init(&file, 65536);
	transcript_write(&trimmed, &file);
	assert_null(strstr(file.p, "secret"));
	assert_null(strstr(file.p, "7365"));
	assert_non_null(strstr(file.p, "4142 of a status"));
	assert_non_null(strstr(file.p, "0x0000\\t 4142\\r\\n"));
	buf_done(&file);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_headers_stay_and_the_payload_goes),
	        cmocka_unit_test(nothing_is_left_behind_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
