#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "report/sample.h"

static struct buf written(const struct sample *s, const struct probe *probe)
{
	struct buf out;
	struct report_style style = {.columns = 80, .probe = probe};
	buf_init(&out, REPORT_MAX_BYTES);
	report_openmetrics(&s->report, &style, &out);
	return out;
}

/* NAME{label="value",…} NUMBER, a comment, or the end. */
static void check_line(struct str line)
{
	if (str_starts(line, "# HELP fgdiag_") || str_starts(line, "# TYPE fgdiag_") ||
	    str_starts(line, "# UNIT fgdiag_") || str_is(line, "# EOF"))
		return;
	assert_true(str_starts(line, "fgdiag_"));
	size_t i = strspn(line.p, "abcdefghijklmnopqrstuvwxyz_");
	assert_true(line.p[i] == '{');
	do {
		i++;
		size_t n = strspn(line.p + i, "abcdefghijklmnopqrstuvwxyz");
		assert_true(n > 0 && line.p[i + n] == '=' && line.p[i + n + 1] == '"');
		for (i += n + 2; line.p[i] != '"'; i++) {
			assert_true((unsigned char)line.p[i] >= ' ' && line.p[i] != 0x7f);
			if (line.p[i] != '\\')
				continue;
			i++;
			assert_true(line.p[i] == '\\' || line.p[i] == '"' || line.p[i] == 'n');
		}
		i++;
	} while (line.p[i] == ',');
	assert_true(line.p[i] == '}' && line.p[i + 1] == ' ');
	size_t n = strspn(line.p + i + 2, "0123456789.-");
	assert_true(n > 0 && i + 2 + n == line.n);
}

static void each_line_has_its_form_whatever_the_device_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_HOSTILE; i++) {
		struct sample s;
		sample_init(&s, sample_hostile[i]);
		facts_set_text(&s.facts, FACT_ID_DEVICE_MODEL, sample_hostile[i], (struct source){0});
		facts_set_text(&s.facts, FACT_ID_DEVICE_VERSION, sample_hostile[i], (struct source){0});
		struct probe probe = {
		        .device = sample_hostile[i], .playbook = sample_hostile[i], .state = STATE_WARNING};
		for (size_t k = 0; k < 2; k++) {
			struct buf out = written(&s, k ? &probe : NULL);
			struct str rest = buf_str(&out), line, last = {"", 0};
			while (str_next_line(&rest, &line)) {
				check_line(line);
				last = line;
			}
			assert_true(str_is(last, "# EOF"));
			buf_done(&out);
		}
		sample_done(&s);
	}
}

static size_t count(const char *text, const char *words)
{
	size_t n = 0;
	for (const char *p = text; (p = strstr(p, words)); p++)
		n++;
	return n;
}

static void exactly_one_state_is_on(void **state)
{
	(void)state;
	for (enum state one = STATE_OK; one <= STATE_UNKNOWN; one++) {
		struct sample s;
		sample_init(&s, NULL);
		struct probe probe = {.state = one};
		struct buf out = written(&s, &probe);
		char words[64];
		(void)snprintf(words, sizeof words, "verdict=\"%s\"} 1\n", state_word(one));
		assert_int_equal(count(out.p, words), 1);
		assert_int_equal(count(out.p, "fgdiag_verdict{"), 4);
		assert_int_equal(count(out.p, "\"} 0\n"), 3 + (one == STATE_UNKNOWN));
		buf_done(&out);
		sample_done(&s);
	}
}

static void what_was_not_measured_has_no_sample(void **state)
{
	struct err error = {0};
	struct sample s = {.report = {.error = &error}};
	struct probe probe = {.device = "fgt", .playbook = "health", .state = STATE_UNKNOWN, .at_us = 5000000};
	(void)state;
	(void)err_set(&error, ERR_CONNECT, "refused");
	struct buf out = written(&s, &probe);
	assert_non_null(strstr(out.p, "fgdiag_success{device=\"fgt\",playbook=\"health\"} 0\n"));
	assert_non_null(strstr(out.p, "fgdiag_last_run_timestamp_seconds{device=\"fgt\",playbook=\"health\"} 5\n"));
	assert_null(strstr(out.p, "memory"));
	assert_null(strstr(out.p, "loss"));
	buf_done(&out);
}

static void figures_are_in_base_units(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.facts.item[FACT_ID_PING_LOSS].value.real = 12.5;
	struct buf out = written(&s, NULL);
	assert_non_null(strstr(out.p, "origin=\"fortigate\"} 0.125\n"));
	assert_non_null(strstr(out.p, "fgdiag_cpu_usage_ratio"));
	assert_non_null(strstr(out.p, "cpu=\"all\"} 0.333333\n"));
	buf_done(&out);
	static const double senseless[] = {NAN, INFINITY, -INFINITY, 1e300};
	for (size_t i = 0; i < sizeof senseless / sizeof senseless[0]; i++) {
		s.facts.item[FACT_ID_PING_LOSS].value.real = senseless[i];
		s.facts.item[FACT_ID_CPU_BUSY].value.real = senseless[i];
		out = written(&s, NULL);
		assert_null(strstr(out.p, "loss_ratio"));
		assert_null(strstr(out.p, "cpu=\"all\""));
		buf_done(&out);
	}
	sample_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_line_has_its_form_whatever_the_device_says),
	        cmocka_unit_test(exactly_one_state_is_on),
	        cmocka_unit_test(what_was_not_measured_has_no_sample),
	        cmocka_unit_test(figures_are_in_base_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
