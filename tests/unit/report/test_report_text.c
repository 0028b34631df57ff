#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "page.h"
#include "report/sample.h"

static void expect_text(const struct sample *s, unsigned columns, const char *expected)
{
	struct buf out;
	sample_write(s, "text", columns, &out);
	assert_string_equal(out.p, expected);
	buf_done(&out);
}

static bool says(const struct sample *s, unsigned columns, const char *words)
{
	struct buf out;
	sample_write(s, "text", columns, &out);
	bool found = strstr(out.p, words) != NULL;
	buf_done(&out);
	return found;
}

static void at_80_columns_checks_are_a_table(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	expect_text(&s, 80,
	            "CRITICAL: requests stay without a reply, beyond the FortiGate (likely)\n"
	            "\n"
	            "Requests leave the FortiGate and nothing comes back.\n"
	            "\n"
	            "Mind\n"
	            "  - The entry says nothing about NAT.\n"
	            "  - Ping is clean, yet the server does not answer.\n"
	            "\n"
	            "Device    BRANCH-FW, at 192.0.2.1, FortiGate-60F, FortiOS 7.4.8, serial\n"
	            "          FGT60FTK00000000\n"
	            "Entry     udp 10.0.0.5:49152 to 192.0.2.53:53, lan to wan1, DNS, policy 7, VDOM\n"
	            "          root, logged by BRANCH-FW, 2023-11-14 22:13:20 UTC\n"
	            "Target    udp 192.0.2.53:53, VDOM root\n"
	            "\n"
	            "Checks\n"
	            "  ok        packet-loss      Nothing stands out here. (certain)\n"
	            "  ok        lan-segment      Nothing stands out here. (certain)\n"
	            "  ok        gate-resources   Nothing stands out here. (certain)\n"
	            "  ok        host-resources   Nothing stands out here. (certain)\n"
	            "  critical  missing-replies  Three requests of 10.0.0.5 left on wan1 and none\n"
	            "                             was answered within seven seconds. (likely)\n"
	            "  ok        icmp-error       Nothing stands out here. (certain)\n"
	            "  ok        refused          Nothing stands out here. (certain)\n"
	            "  skipped   fan              No step reads the sensors.\n"
	            "\n"
	            "Evidence (step:line)\n"
	            "  missing-replies\n"
	            "    entry: action=\"ip-conn\"\n"
	            "    sniffer:7: wan1 out 10.0.0.5.49152 -> 192.0.2.53.53: udp 40\n"
	            "\n"
	            "What to do\n"
	            "  - Ask the owner of the server whether it is up.\n"
	            "      diagnose sniffer packet any \"host 192.0.2.53 and port 53\" 4 100 a\n"
	            "\n"
	            "Steps not done\n"
	            "  sniffer: skipped, the run ended before this step\n"
	            "\n"
	            "Started 2023-11-14 22:15:00 UTC, took 83.2 s.\n");
	sample_done(&s);
}

static void at_40_columns_checks_are_a_stack(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	expect_text(&s, 40,
	            "CRITICAL: requests stay without a reply,\n"
	            "  beyond the FortiGate (likely)\n"
	            "\n"
	            "Requests leave the FortiGate and nothing\n"
	            "comes back.\n"
	            "\n"
	            "Mind\n"
	            "  - The entry says nothing about NAT.\n"
	            "  - Ping is clean, yet the server does\n"
	            "    not answer.\n"
	            "\n"
	            "Device: BRANCH-FW, at 192.0.2.1,\n"
	            "  FortiGate-60F, FortiOS 7.4.8, serial\n"
	            "  FGT60FTK00000000\n"
	            "Entry: udp 10.0.0.5:49152 to\n"
	            "  192.0.2.53:53, lan to wan1, DNS,\n"
	            "  policy 7, VDOM root, logged by\n"
	            "  BRANCH-FW, 2023-11-14 22:13:20 UTC\n"
	            "Target: udp 192.0.2.53:53, VDOM root\n"
	            "\n"
	            "Checks\n"
	            "  ok  packet-loss\n"
	            "    Nothing stands out here. (certain)\n"
	            "  ok  lan-segment\n"
	            "    Nothing stands out here. (certain)\n"
	            "  ok  gate-resources\n"
	            "    Nothing stands out here. (certain)\n"
	            "  ok  host-resources\n"
	            "    Nothing stands out here. (certain)\n"
	            "  critical  missing-replies\n"
	            "    Three requests of 10.0.0.5 left on\n"
	            "    wan1 and none was answered within\n"
	            "    seven seconds. (likely)\n"
	            "  ok  icmp-error\n"
	            "    Nothing stands out here. (certain)\n"
	            "  ok  refused\n"
	            "    Nothing stands out here. (certain)\n"
	            "  skipped  fan\n"
	            "    No step reads the sensors.\n"
	            "\n"
	            "Evidence (step:line)\n"
	            "  missing-replies\n"
	            "    entry: action=\"ip-conn\"\n"
	            "    sniffer:7: wan1 out 10.0.0.5.49152\n"
	            "      -> 192.0.2.53.53: udp 40\n"
	            "\n"
	            "What to do\n"
	            "  - Ask the owner of the server whether\n"
	            "    it is up.\n"
	            "      diagnose sniffer packet any \"host 192.0.2.53 and port 53\" 4 100 a\n"
	            "\n"
	            "Steps not done\n"
	            "  sniffer: skipped, the run ended before\n"
	            "    this step\n"
	            "\n"
	            "Started 2023-11-14 22:15:00 UTC, took\n"
	            "83.2 s.\n");
	sample_done(&s);
}

static void without_a_verdict_the_error_and_its_remedy_stand_first(void **state)
{
	struct report report = {.version = "0.1.0"};
	struct err error = {0};
	struct sample s = {0};
	(void)state;
	(void)err_set(&error, ERR_AUTH, "192.0.2.1 refused the password of 'probe'");
	report.error = &error;
	s.report = report;
	expect_text(&s, 60,
	            "UNKNOWN: no verdict (auth)\n"
	            "\n"
	            "192.0.2.1 refused the password of 'probe'\n"
	            "\n"
	            "What to do\n"
	            "  - Check user and credential before the next try: three\n"
	            "    failures lock this address out.\n");
}

static void every_kind_of_error_has_a_remedy(void **state)
{
	(void)state;
	for (int kind = ERR_NONE + 1; kind < ERR_KINDS; kind++) {
		struct err error = {0};
		struct sample s = {.report = {.error = &error}};
		(void)err_set(&error, (enum err_kind)kind, "it failed");
		assert_true(says(&s, 80, err_word((enum err_kind)kind)));
		assert_true(says(&s, 80, "\nWhat to do\n  - "));
	}
}

static void neither_verdict_nor_error_is_said_so(void **state)
{
	struct sample s = {0};
	(void)state;
	expect_text(&s, 80, "UNKNOWN: no verdict, nothing was judged\n");
}

static void trouble_beside_a_verdict_is_told_before_the_checks(void **state)
{
	struct sample s;
	struct buf out;
	(void)state;
	sample_init(&s, NULL);
	s.report.error = &s.error;
	sample_write(&s, "text", 80, &out);
	const char *trouble = strstr(out.p, "The run had trouble (timeout, at step sniffer):\n  the device did not");
	assert_non_null(trouble);
	assert_true(trouble < strstr(out.p, "\nChecks\n"));
	buf_done(&out);
	sample_done(&s);
}

static void every_cause_place_and_certainty_has_words(void **state)
{
	(void)state;
	for (int cause = 0; cause < CAUSES; cause++) {
		for (int where = 0; where < WHERES; where++) {
			for (int certainty = 0; certainty < CERTAINTIES; certainty++) {
				struct verdict verdict = {.cause = (enum cause)cause,
				                          .where = (enum where)where,
				                          .certainty = (enum certainty)certainty,
				                          .summary = "S."};
				struct sample s = {.report = {.verdict = &verdict}};
				assert_false(says(&s, 120, "(null)"));
				assert_true(says(&s, 120, "\n\nS.\n"));
				if (cause < CAUSE_NONE)
					assert_int_equal(says(&s, 120, "(not certain)"), certainty == CERTAINTY_NONE);
			}
		}
	}
}

static void colour_appears_only_when_asked(void **state)
{
	struct sample s;
	struct buf plain, colored;
	(void)state;
	sample_init(&s, NULL);
	sample_write(&s, "text", 80, &plain);
	buf_init(&colored, REPORT_MAX_BYTES);
	report_text(&s.report, &(struct report_style){.columns = 80, .color = true}, &colored);
	assert_null(strchr(plain.p, '\033'));
	assert_true(strncmp(colored.p, "\033[1;31mCRITICAL\033[0m: ", 21) == 0);
	size_t k = 0;
	for (size_t i = 0; i < colored.n; i++) {
		if (colored.p[i] == '\033')
			i += strcspn(colored.p + i, "m");
		else
			assert_int_equal(colored.p[i], plain.p[k++]);
	}
	assert_int_equal(k, plain.n);
	buf_done(&plain);
	buf_done(&colored);
	sample_done(&s);
}

static void an_ipv6_port_stands_outside_brackets(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.plan.target.server = sample_ip("2001:db8::53");
	assert_true(says(&s, 80, "Target    udp [2001:db8::53]:53, VDOM root\n"));
	s.plan.target.server_port = 0;
	assert_true(says(&s, 80, "Target    udp 2001:db8::53, VDOM root\n"));
	sample_done(&s);
}

static void a_time_without_zone_says_so(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.plan.entries.entry.time_kind = ENTRY_TIME_LOCAL;
	assert_true(says(&s, 200, "2023-11-14 22:13:20 device time, zone unknown\n"));
	s.plan.entries.entry.time_kind = ENTRY_TIME_NONE;
	assert_false(says(&s, 200, "2023-11-14 22:13"));
	sample_done(&s);
}

static void advice_is_given_once(void **state)
{
	static const char *const again[] = {"Ask the owner of the server whether it is up."};
	struct sample s;
	struct buf out;
	(void)state;
	sample_init(&s, NULL);
	s.checks[CHECK_REFUSED].advice = again;
	s.checks[CHECK_REFUSED].advice_count = 1;
	sample_write(&s, "text", 80, &out);
	const char *first = strstr(out.p, again[0]);
	assert_non_null(first);
	assert_null(strstr(first + 1, again[0]));
	buf_done(&out);
	sample_done(&s);
}

static void a_sentence_that_starts_with_a_command_word_is_wrapped(void **state)
{
	static const char *const advice[] = {"ping the server from the client and compare what is lost there."};
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.checks[CHECK_REFUSED].advice = advice;
	s.checks[CHECK_REFUSED].advice_count = 1;
	assert_true(says(&s, 40, "  - ping the server from the client and\n    compare"));
	sample_done(&s);
}

static void a_long_quote_is_cut_and_says_so(void **state)
{
	static char line[5000];
	struct evidence evidence = {"ping", 3, line};
	struct sample s;
	(void)state;
	/* two bytes each, so that a cut in the middle of one would show as \xc3 */
	for (size_t i = 1; i + 2 < sizeof line; i += 2)
		memcpy(line + i, "\xc3\xa9", 2);
	line[0] = 'x';
	sample_init(&s, NULL);
	s.checks[CHECK_REFUSED].evidence = &evidence;
	s.checks[CHECK_REFUSED].evidence_count = 1;
	assert_true(says(&s, 1000, " [cut, 4999 bytes in all]\n"));
	assert_false(says(&s, 1000, "\\x"));
	sample_done(&s);
}

static void an_id_too_wide_for_a_table_makes_a_stack(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.checks[CHECKS].id = "a-check-with-a-very-long-name";
	assert_true(says(&s, 80, "\n  skipped  a-check-with-a-very-long-name\n    No step reads the sensors.\n"));
	sample_done(&s);
}

static void a_cut_transcript_is_mentioned(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.transcript.cut = true;
	assert_true(says(&s, 80, "took 83.2 s; the transcript is cut.\n"));
	sample_done(&s);
}

static void steps_that_did_their_work_are_not_listed(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.runs[2].end.state = STEP_STOPPED;
	assert_false(says(&s, 80, "Steps not done"));
	s.runs[0].end = (struct step_end){.state = STEP_FAILED};
	assert_true(says(&s, 80, "\nSteps not done\n  performance.1: failed\n"));
	sample_done(&s);
}

/* Independent of page_columns for what is ASCII. */
static void conversations_are_listed_where_they_fared_differently(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	assert_false(says(&s, 80, "Conversations"));
	s.conversations[1].fate = FATE_COMPLETE;
	s.conversations[1].where = WHERE_NONE;
	s.conversations[1].replies = 1;
	s.conversations[1].retransmissions = 2;
	assert_true(says(&s, 100,
	                 "\nConversations\n"
	                 "  complete             10.0.0.5:49153; 3 requests, 1 reply, 2 sent again\n"
	                 "  no reply             10.0.0.5:49152; 3 requests, 0 replies; beyond-gate\n\n"));
	s.conversations[0].client = "2001:db8::5";
	s.conversations[1].client_port = 0;
	s.verdict.conversations_omitted = 5;
	assert_true(says(&s, 40,
	                 "\nConversations\n"
	                 "  complete\n    10.0.0.5; 3 requests, 1 reply, 2\n    sent again\n"
	                 "  no reply\n    [2001:db8::5]:49152; 3 requests, 0\n    replies; beyond-gate\n"
	                 "  and 5 more, not listed\n\n"));
	sample_done(&s);
}

static void expect_width(const struct sample *s, unsigned columns)
{
	struct buf out;
	sample_write(s, "text", columns, &out);
	struct str rest = buf_str(&out), line;
	while (str_next_line(&rest, &line)) {
		bool ends_blank = line.n && line.p[line.n - 1] == ' ';
		bool command = str_starts(str_trim(line), "diagnose sniffer packet any \"host");
		assert_false(ends_blank);
		if (!command && page_columns(line) > columns)
			fail_msg("at %u columns: '%.*s'", columns, (int)line.n, line.p);
	}
	buf_done(&out);
}

static void lines_keep_to_the_width(void **state)
{
	static const char *const texts[] = {
	        NULL, "word", "averyverylongwordwithoutanyblankthatnotableonearthcouldeverhopetoholdonasinglelineofit",
	        "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97 \xe6\xbc\xa2\xe5\xad\x97 mixed with words of many "
	        "kinds"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct sample s;
		sample_init(&s, texts[i]);
		for (unsigned columns = 20; columns <= 120; columns++) {
			s.report.error = columns % 2 ? &s.error : NULL;
			s.report.verdict = columns % 3 ? &s.verdict : NULL;
			expect_width(&s, columns);
		}
		sample_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(at_80_columns_checks_are_a_table),
	        cmocka_unit_test(at_40_columns_checks_are_a_stack),
	        cmocka_unit_test(without_a_verdict_the_error_and_its_remedy_stand_first),
	        cmocka_unit_test(every_kind_of_error_has_a_remedy),
	        cmocka_unit_test(neither_verdict_nor_error_is_said_so),
	        cmocka_unit_test(trouble_beside_a_verdict_is_told_before_the_checks),
	        cmocka_unit_test(every_cause_place_and_certainty_has_words),
	        cmocka_unit_test(colour_appears_only_when_asked),
	        cmocka_unit_test(an_ipv6_port_stands_outside_brackets),
	        cmocka_unit_test(a_time_without_zone_says_so),
	        cmocka_unit_test(advice_is_given_once),
	        cmocka_unit_test(a_sentence_that_starts_with_a_command_word_is_wrapped),
	        cmocka_unit_test(a_long_quote_is_cut_and_says_so),
	        cmocka_unit_test(an_id_too_wide_for_a_table_makes_a_stack),
	        cmocka_unit_test(a_cut_transcript_is_mentioned),
	        cmocka_unit_test(steps_that_did_their_work_are_not_listed),
	        cmocka_unit_test(conversations_are_listed_where_they_fared_differently),
	        cmocka_unit_test(lines_keep_to_the_width),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
