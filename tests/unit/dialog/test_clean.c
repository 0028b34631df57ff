#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "dialog.h"
#include "echo.h"
#include "prompt.h"

#define PROMPT "FGT # "

static void check(const char *raw, const char *command, const char *prompt, const char *wanted)
{
	struct buf out;
	buf_init(&out, 1 << 20);
	dialog_clean(str_of(raw), command, prompt, &out);
	assert_string_equal(buf_str(&out).p, wanted);
	buf_done(&out);
}

static void removes_echo_carriage_returns_and_prompt(void **state)
{
	(void)state;
	check("get system status\r\r\nVersion: x\r\nHostname: FGT\r\n\r\nFGT # ", "get system status", PROMPT,
	      "Version: x\nHostname: FGT\n");
}

static void an_empty_answer_is_empty(void **state)
{
	(void)state;
	check("execute ping-options reset\r\r\n\r\nFGT # ", "execute ping-options reset", PROMPT, "");
	check("execute ping-options reset\r\r\nFGT # ", "execute ping-options reset", PROMPT, "");
	check("", "get system status", PROMPT, "");
}

static void keeps_blank_lines_and_trailing_blanks(void **state)
{
	(void)state;
	check("get x\r\r\n\r\na  \r\n\r\n  b\r\n\r\n\r\nFGT # ", "get x", PROMPT, "\na  \n\n  b\n\n");
}

static void finds_an_echo_that_was_wrapped_or_edited(void **state)
{
	(void)state;
	static const char *const echoes[] = {
	        "diagnose sys top 1 20 2\r\r\n",
	        "diagnose sys \r\ntop 1 20 2\r\r\n",
	        "diagnose sys t \rop 1 20 2\r\r\n",
	        "diagn\x07ose sya\b\x1b[Ks top 1 20 2\r\r\n",
	        "diagnose sys tp 1 20 2\x1b[8D\x1b[1@o\r\r\n",
	        "diagnose sys toop 1 20 2\x1b[9D\x1b[P\r\r\n",
	        "diagnose sx\b \bys top 1 20 2\r\r\n",
	        "diag\rFGT # diagnose sys top 1 20 2\r\r\n",
	        "late line of another\r\ndiagnose sys top 1 20 2\r\r\n",
	};
	for (size_t i = 0; i < sizeof echoes / sizeof echoes[0]; i++) {
		char raw[256];
		(void)snprintf(raw, sizeof raw, "%sRun Time:  1 days\r\n\r\nFGT # ", echoes[i]);
		check(raw, "diagnose sys top 1 20 2", PROMPT, "Run Time:  1 days\n");
		assert_int_equal(echo_end(str_of(raw), "diagnose sys top 1 20 2"), strlen(echoes[i]));
	}
}

static void without_an_echo_nothing_is_lost(void **state)
{
	(void)state;
	check("Version: x\r\n\r\nFGT # ", "get system status", PROMPT, "Version: x\n");
	check("get sys", "get system status", "", "get sys");
	check("Version: x\r\n", "", "", "Version: x\n");
}

static void removes_pager_traces(void **state)
{
	(void)state;
	check("get x\r\r\na\r\n--More-- \r         \rb\r\n\r\nFGT # ", "get x", PROMPT, "a\nb\n");
	check("get x\r\r\na\r\n--More--  \r         \r   b\r\n\r\nFGT # ", "get x", PROMPT, "a\n   b\n");
	check("get x\r\r\na\r\n--More-- \r         \r\r\nFGT # ", "get x", PROMPT, "a\n");
	check("get x\r\r\na\r\n--More-- \b\b\b\b\b\b\b\b\b\x1b[Kb\r\n", "get x", "", "a\nb\n");
	check("get x\r\r\na --More-- \r         \rb\r\n", "get x", "", "a b\n");
	check("a\n--More--                      b\n", "", "", "a\nb\n");
	check("get x\r\r\na\r\n--More-- ", "get x", "", "a\n");
}

static void text_that_only_looks_like_the_pager_stays(void **state)
{
	(void)state;
	check("a --More-- or less\r\n--Mo\r\n--More--x\r\n", "", "", "a --More-- or less\n--Mo\n--More--x\n");
}

static void a_repaint_becomes_a_form_feed_line(void **state)
{
	(void)state;
	check("t\r\r\n\x1b[H\x1b[JRun 1\r\nrow\r\n\x1b[H\x1b[JRun 2\r\n\r\nFGT # ", "t", PROMPT,
	      "\f\nRun 1\nrow\n\f\nRun 2\n");
	check("Run 1\r\nrow\x1b[2J\x1b[HRun 2\r\n", "", "", "Run 1\nrow\n\f\nRun 2\n");
}

static void other_sequences_vanish_and_odd_bytes_stay(void **state)
{
	(void)state;
	check("\x1b[1;31mred\x1b[0m\x1b[K\x1b]0;title\x07\x1b"
	      "7\r\n",
	      "", "", "red\n");
	check("a\x1b[", "", "", "a\x1b[");
	check("a\x1b\x01\xff\b\r\n", "", "", "a\x1b\x01\xff\b\n");
}

static void an_unfinished_line_stays_unfinished(void **state)
{
	(void)state;
	check("ping\r\r\n64 bytes\r\n64 by", "ping", "", "64 bytes\n64 by");
}

static void a_quit_that_reached_the_prompt_leaves_no_trace(void **state)
{
	(void)state;
	check("t\r\r\nRun\r\n\r\nFGT # q\r\r\nUnknown action 0\r\n\r\nFGT # ", "t", PROMPT, "Run\n");
	check("t\r\r\nRun\r\n\r\nFGT # \r\r\n\r\nFGT # ", "t", PROMPT, "Run\n");
	check("t\r\r\nUnknown action 0\r\n\r\nFGT # ", "t", PROMPT, "Unknown action 0\n");
}

static void an_interrupted_command_keeps_its_trailer(void **state)
{
	(void)state;
	check("s\r\r\nfilters=[x]\r\n^C\r\n0 packets received by filter\r\n\r\nFGT # ", "s", PROMPT,
	      "filters=[x]\n^C\n0 packets received by filter\n");
}

static void appends_to_what_is_there(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 100);
	buf_add_text(&out, "FGT # ");
	dialog_clean(STR("x\r\r\n\r\nFGT # "), "x", PROMPT, &out);
	assert_string_equal(buf_str(&out).p, "FGT # ");
	buf_done(&out);
}

static void long_output_takes_linear_time(void **state)
{
	(void)state;
	static const char *const pieces[] = {"-", "\x1b[", "--More-- ", "\r", "\x1b[H", "\n", "FGT # q\n"};
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct buf raw, out;
		buf_init(&raw, 4 << 20);
		buf_init(&out, 8 << 20);
		while (!raw.full)
			buf_add_text(&raw, pieces[i]);
		dialog_clean(buf_str(&raw), "get system status", PROMPT, &out);
		assert_false(out.full);
		buf_done(&raw);
		buf_done(&out);
	}
}

static void knows_the_texts_of_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *clean;
		enum dialog_refusal refusal;
		unsigned line;
		const char *text;
	} cases[] = {
	        {"Unknown action 0\n", REFUSAL_UNKNOWN, 1, "Unknown action 0"},
	        {"\ncommand parse error before 'psu'\nCommand fail. Return code -61\n", REFUSAL_UNKNOWN, 2,
	         "command parse error before 'psu'"},
	        {"Command parse error before 'test'\n", REFUSAL_UNKNOWN, 1, "Command parse error before 'test'"},
	        {"\nincomplete command in the end\nCommand fail. Return code -160\n", REFUSAL_INCOMPLETE, 2,
	         "incomplete command in the end"},
	        {"ambiguous command before 'ip'\n", REFUSAL_INCOMPLETE, 1, "ambiguous command before 'ip'"},
	        {"invalid ip address\n\nvalue parse error before '1.1'\nCommand fail. Return code -8\n", REFUSAL_VALUE,
	         1, "invalid ip address"},
	        {"entry not found in datasource\n", REFUSAL_VALUE, 1, "entry not found in datasource"},
	        {"node_check_object fail! for name x\n", REFUSAL_VALUE, 1, "node_check_object fail! for name x"},
	        {"object check operator error, -45, discard the setting\nCommand fail. Return code 1\n", REFUSAL_VALUE,
	         1, "object check operator error, -45, discard the setting"},
	        {"token line: Unmatched double quote.\n", REFUSAL_VALUE, 1, "token line: Unmatched double quote."},
	        {"Command fail. Return code 1\nCommand fail. Return code 2\n", REFUSAL_OTHER, 1,
	         "Command fail. Return code 1"},
	        {"Command fail. Return code 1\nUnknown action 0\n", REFUSAL_UNKNOWN, 2, "Unknown action 0"},
	        {"Reached maximum number of logged in administrators.\n", REFUSAL_OTHER, 1,
	         "Reached maximum number of logged in administrators."},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned line = 0;
		struct str text = {0};
		assert_int_equal(dialog_refusal(str_of(cases[i].clean), &line, &text), cases[i].refusal);
		assert_int_equal(line, cases[i].line);
		assert_true(str_is(text, cases[i].text));
	}
}

static void normal_output_is_no_refusal(void **state)
{
	(void)state;
	unsigned line = 7;
	struct str text = {0};
	assert_int_equal(dialog_refusal(STR("CPU states: 1% user\n log says Unknown action 0\nx command parse error\n"),
	                                &line, &text),
	                 REFUSAL_NONE);
	assert_int_equal(dialog_refusal(STR(""), &line, &text), REFUSAL_NONE);
	assert_int_equal(line, 7);
	assert_null(text.p);
}

static void parses_every_shape_of_prompt(void **state)
{
	(void)state;
	static const struct {
		const char *line, *host;
		bool context;
		char mark;
	} good[] = {
	        {"FGT # ", "FGT", false, '#'},
	        {"TEST-FW1234 $ ", "TEST-FW1234", false, '$'},
	        {"FW (global) # ", "FW", true, '#'},
	        {"fw-2 (fw-inet) # ", "fw-2", true, '#'},
	        {"FW(Primary) $ ", "FW", false, '$'},
	        {"FW(Primary) (global) # ", "FW", true, '#'},
	        {"ABCDEFGHIJKLMNOPQRST~XYZ # ", "ABCDEFGHIJKLMNOPQRST~XYZ", false, '#'},
	        {"fw (an entry) $ ", "fw", true, '$'},
	};
	static const char *const bad[] = {"",
	                                  "#",
	                                  " # ",
	                                  "FGT #",
	                                  "FGT#  ",
	                                  "FGT > ",
	                                  "FGT  # ",
	                                  "two words # ",
	                                  "FGT (a)b # ",
	                                  "FGT () # ",
	                                  "FGT(1) # ",
	                                  "FGT # x",
	                                  "F(P)(g) # ",
	                                  "a-name-of-more-than-thirty-five-bytes # "};
	struct prompt prompt;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(prompt_parse(str_of(good[i].line), &prompt));
		assert_string_equal(prompt.text, good[i].line);
		assert_string_equal(prompt.host, good[i].host);
		assert_int_equal(prompt.context[0] != '\0', good[i].context);
		assert_int_equal(prompt.mark, good[i].mark);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(prompt_parse(str_of(bad[i]), &prompt));
}

/* Every recorded terminal log: what follows a typed command reads without its echo. */
static void recorded_echoes_are_found(void **state)
{
	(void)state;
	FILE *file = fopen("../shared/corpus/outputs/diagnose-sniffer-packet/12-level6-wan1-zero-packets.txt", "r");
	if (!file) {
		print_message("no corpus of recorded outputs here: skipped\n");
		skip();
		return;
	}
	char bytes[8192];
	size_t n = fread(bytes, 1, sizeof bytes - 1, file);
	(void)fclose(file);
	bytes[n] = '\0';
	struct buf out;
	buf_init(&out, sizeof bytes);
	dialog_clean((struct str){bytes, n}, "diag snif pack wan1 \"ether proto 0x8890\" 6 0 a", "", &out);
	assert_true(str_starts(buf_str(&out), "interfaces=[wan1]\nfilters=[ether proto 0x8890]\n\n0 packets received"));
	const char *second = strstr(bytes + 1, "FG600C3913802320 (root) # ");
	assert_non_null(second);
	buf_clear(&out);
	dialog_clean(str_of(second), "diag snif pack wan1 \"ether proto 0x8891\" 6 0 a", "", &out);
	assert_true(str_starts(buf_str(&out), "interfaces=[wan1]\nfilters=[ether proto 0x8891]\n"));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(removes_echo_carriage_returns_and_prompt),
	        cmocka_unit_test(an_empty_answer_is_empty),
	        cmocka_unit_test(keeps_blank_lines_and_trailing_blanks),
	        cmocka_unit_test(finds_an_echo_that_was_wrapped_or_edited),
	        cmocka_unit_test(without_an_echo_nothing_is_lost),
	        cmocka_unit_test(removes_pager_traces),
	        cmocka_unit_test(text_that_only_looks_like_the_pager_stays),
	        cmocka_unit_test(a_repaint_becomes_a_form_feed_line),
	        cmocka_unit_test(other_sequences_vanish_and_odd_bytes_stay),
	        cmocka_unit_test(an_unfinished_line_stays_unfinished),
	        cmocka_unit_test(a_quit_that_reached_the_prompt_leaves_no_trace),
	        cmocka_unit_test(an_interrupted_command_keeps_its_trailer),
	        cmocka_unit_test(appends_to_what_is_there),
	        cmocka_unit_test(long_output_takes_linear_time),
	        cmocka_unit_test(knows_the_texts_of_refusals),
	        cmocka_unit_test(normal_output_is_no_refusal),
	        cmocka_unit_test(parses_every_shape_of_prompt),
	        cmocka_unit_test(recorded_echoes_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
