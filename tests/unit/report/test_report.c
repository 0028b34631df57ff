#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "report/sample.h"

static void formats_are_found_by_name(void **state)
{
	(void)state;
	assert_true(report_format_count >= 4);
	for (size_t i = 0; i < report_format_count; i++) {
		assert_ptr_equal(report_format_find(report_formats[i].name), &report_formats[i]);
		assert_non_null(report_formats[i].write);
		assert_true(strlen(report_formats[i].what) > 10);
	}
	assert_null(report_format_find("html"));
	assert_null(report_format_find(""));
	assert_null(report_format_find(NULL));
}

static void status_word_and_exit_say_the_same(void **state)
{
	static const struct {
		enum state status;
		const char *word;
		int exit;
	} cases[] = {
	        {STATE_OK, "OK", 0},           {STATE_WARNING, "WARNING", 1}, {STATE_CRITICAL, "CRITICAL", 2},
	        {STATE_UNKNOWN, "UNKNOWN", 3}, {STATE_SKIPPED, "UNKNOWN", 3},
	};
	struct verdict verdict = {0};
	struct report report = {.verdict = &verdict};
	char word[REPORT_WORD_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		verdict.status = cases[i].status;
		assert_string_equal(report_word(&report, word), cases[i].word);
		assert_int_equal(report_exit(&report), cases[i].exit);
	}
}

static void no_verdict_is_unknown(void **state)
{
	struct report report = {0};
	(void)state;
	assert_int_equal(report_status(&report), STATE_UNKNOWN);
	assert_int_equal(report_exit(&report), 3);
}

static void an_error_without_kind_is_no_trouble(void **state)
{
	struct err error = {0};
	struct report report = {.error = &error};
	(void)state;
	assert_null(report_trouble(&report));
	error.kind = ERR_AUTH;
	assert_ptr_equal(report_trouble(&report), &error);
}

static void an_absent_fact_is_not_handed_out(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	assert_non_null(report_fact(&s.report, FACT_ID_PING_LOSS));
	assert_null(report_fact(&s.report, FACT_ID_MEMORY_USED));
	s.report.facts = NULL;
	assert_null(report_fact(&s.report, FACT_ID_PING_LOSS));
	sample_done(&s);
}

/* Every writer, from nothing at all to a full report. */
static void writers_do_with_what_there_is(void **state)
{
	(void)state;
	for (unsigned missing = 0; missing < 128; missing++) {
		struct sample s;
		sample_init(&s, NULL);
		s.report.plan = missing & 1 ? NULL : s.report.plan;
		s.report.transcript = missing & 2 ? NULL : s.report.transcript;
		s.report.steps = missing & 4 ? NULL : s.report.steps;
		s.report.clean = missing & 8 ? NULL : s.report.clean;
		s.report.facts = missing & 16 ? NULL : s.report.facts;
		s.report.verdict = missing & 32 ? NULL : s.report.verdict;
		s.report.error = missing & 64 ? NULL : &s.error;
		for (size_t i = 0; i < report_format_count; i++) {
			struct buf out;
			buf_init(&out, REPORT_MAX_BYTES);
			report_formats[i].write(&s.report, NULL, &out);
			assert_false(out.full);
			assert_true(out.n > 10);
			assert_int_equal(out.p[out.n - 1], '\n');
			assert_int_not_equal(out.p[out.n - 2], '\n');
			buf_done(&out);
		}
		sample_done(&s);
	}
}

static void writing_twice_gives_the_same_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < report_format_count; i++) {
		struct sample one, two;
		struct buf first, second;
		sample_init(&one, NULL);
		sample_init(&two, NULL);
		sample_write(&one, report_formats[i].name, 80, &first);
		sample_write(&two, report_formats[i].name, 80, &second);
		assert_string_equal(first.p, second.p);
		buf_done(&first);
		buf_done(&second);
		sample_done(&one);
		sample_done(&two);
	}
}

static void a_full_buffer_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < report_format_count; i++) {
		struct sample s;
		struct buf out;
		sample_init(&s, NULL);
		buf_init(&out, 64);
		report_formats[i].write(&s.report, NULL, &out);
		assert_true(out.full);
		assert_true(out.n <= 64);
		buf_done(&out);
		sample_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(formats_are_found_by_name),
	        cmocka_unit_test(status_word_and_exit_say_the_same),
	        cmocka_unit_test(no_verdict_is_unknown),
	        cmocka_unit_test(an_error_without_kind_is_no_trouble),
	        cmocka_unit_test(an_absent_fact_is_not_handed_out),
	        cmocka_unit_test(writers_do_with_what_there_is),
	        cmocka_unit_test(writing_twice_gives_the_same_bytes),
	        cmocka_unit_test(a_full_buffer_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
