#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>

#include "html_shape.h"
#include "report/sample.h"

/* Hostile text in every field, through every writer. The list of what must
 * not come out is written down here once more, apart from the encoders'. */

static const char *const forbidden[] = {
        "\x7f",         "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab",     "\xe2\x80\xac",
        "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",     "\xe2\x81\xa9",
        "\xd8\x9c",     "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xf3\xa0\x81\x81",
};

static void expect_clean(const struct buf *out)
{
	assert_true(utf8_valid(buf_str(out)));
	assert_null(memchr(out->p, '\0', out->n));
	for (size_t i = 0; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];
		if (c < 0x20 && c != '\n')
			fail_msg("control character %02x at %zu", c, i);
		if (c == 0xc2 && (unsigned char)out->p[i + 1] < 0xa0)
			fail_msg("C1 control character %02x at %zu", (unsigned char)out->p[i + 1], i);
	}
	for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
		assert_null(strstr(out->p, forbidden[i]));
}

static void each(void (*look)(const struct sample *s, size_t which))
{
	for (size_t i = 0; i < SAMPLE_HOSTILE; i++) {
		struct sample s;
		sample_init(&s, sample_hostile[i]);
		look(&s, i);
		s.conversations[1].fate = FATE_COMPLETE;
		s.report.error = &s.error;
		look(&s, i);
		s.report.verdict = NULL;
		look(&s, i);
		sample_done(&s);
	}
}

static void look_at_text(const struct sample *s, size_t which)
{
	static const unsigned widths[] = {20, 21, 39, 40, 59, 60, 80, 120};
	(void)which;
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
		struct buf out;
		sample_write(s, "text", widths[i], &out);
		expect_clean(&out);
		struct str rest = buf_str(&out), line;
		while (str_next_line(&rest, &line))
			assert_true(line.n == 0 || line.p[line.n - 1] != ' ');
		buf_done(&out);
	}
}

static void text_is_safe_for_a_terminal(void **state)
{
	(void)state;
	each(look_at_text);
}

/* Lines of our own must not be forged by a line end in what we were given. */
static void text_has_no_lines_of_others(void **state)
{
	struct sample s;
	struct buf out;
	(void)state;
	sample_init(&s, "x\nOK: nothing wrong was found (certain)\n");
	sample_write(&s, "text", 120, &out);
	assert_null(strstr(out.p, "\nOK: "));
	assert_true(strncmp(out.p, "CRITICAL: ", 10) == 0);
	buf_done(&out);
	sample_done(&s);
}

static void look_at_check(const struct sample *s, size_t which)
{
	struct buf out;
	(void)which;
	sample_write(s, "check", 80, &out);
	const char *bar = strchr(out.p, '|');
	assert_non_null(bar);
	assert_in_range(bar - out.p, 10, 201);
	assert_null(strchr(bar + 1, '|'));
	assert_null(strchr(out.p, '\\'));
	for (size_t i = 0; i + 1 < out.n; i++)
		assert_in_range(out.p[i], 0x20, 0x7e);
	assert_int_equal(out.p[out.n - 1], '\n');
	assert_true(strncmp(bar, "| loss=0.1%;1;5;0;100 rta=10.2ms;;;0 ", 37) == 0);
	buf_done(&out);
}

static void a_plugin_line_is_one_ascii_line_with_our_data_only(void **state)
{
	(void)state;
	each(look_at_check);
}

static void look_at_json(const struct sample *s, size_t which)
{
	struct buf out;
	json_error_t trouble;
	sample_write(s, "json", 80, &out);
	expect_clean(&out);
	json_t *root = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &trouble);
	if (!root)
		fail_msg("text %zu, line %d: %s", which, trouble.line, trouble.text);
	if (utf8_valid(str_of(sample_hostile[which])) && s->report.verdict) {
		json_t *verdict = json_object_get(root, "verdict");
		assert_string_equal(json_string_value(json_object_get(verdict, "summary")), sample_hostile[which]);
	}
	json_decref(root);
	buf_done(&out);
}

static void json_keeps_the_text_and_shows_nothing_raw(void **state)
{
	(void)state;
	each(look_at_json);
}

static void look_at_html(const struct sample *s, size_t which)
{
	static const char *const raw[] = {"<script", "\"double\"", "'quote'", "<img"};
	struct buf out;
	size_t at;
	sample_write(s, "html", 80, &out);
	expect_clean(&out);
	const char *wrong = html_shape_check(buf_str(&out), NULL, &at);
	if (wrong)
		fail_msg("text %zu, %s at %zu: %.60s", which, wrong, at, out.p + at);
	for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++)
		assert_null(strstr(out.p, raw[i]));
	buf_done(&out);
}

static void html_has_no_markup_of_others(void **state)
{
	(void)state;
	each(look_at_html);
}

/* As many elements as a harmless text gives: none came of the text. */
static void html_gains_no_element_from_text(void **state)
{
	static const char *const texts[] = {
	        "harmless",
	        "</p></td></section><script>alert(1)</script>",
	        "\"><img src=x onerror=alert(1)>",
	        "' onmouseover='alert(1)",
	        "</title></style></pre></details><svg onload=alert(1)>",
	        "<!--",
	        "&lt;b&gt; &#60;b&#62; &",
	        "]]><![CDATA[<b>",
	};
	size_t expected = 0;
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct sample s;
		struct buf out;
		size_t elements;
		sample_init(&s, texts[i]);
		sample_write(&s, "html", 80, &out);
		assert_null(html_shape_check(buf_str(&out), &elements, NULL));
		if (i == 0)
			expected = elements;
		assert_int_equal(elements, expected);
		buf_done(&out);
		sample_done(&s);
	}
}

/* Every line that no text of others may make: outside of code blocks each
 * begins as one of ours does, and only ours begin a block. */
static void look_at_markdown(const struct sample *s, size_t which)
{
	static const char *const begins[] = {"## ",       "| ",         "|-",        "- ", "**",
	                                     "<details>", "</details>", "<summary>", "By "};
	struct buf out;
	struct str line;
	size_t fence = 0, paragraphs = 0, tags = 0;
	sample_write(s, "markdown", 80, &out);
	expect_clean(&out);
	for (struct str rest = buf_str(&out); str_next_line(&rest, &line);) {
		size_t ticks = 0;
		while (ticks < line.n && line.p[ticks] == '`')
			ticks++;
		if (fence || (ticks > 2 && ticks == line.n)) {
			fence = !fence ? ticks : ticks == line.n && ticks >= fence ? 0 : fence;
			continue;
		}
		bool ours = line.n == 0;
		for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
			ours = ours || str_starts(line, begins[i]);
		paragraphs += !ours;
		tags += line.n && line.p[0] == '<';
	}
	assert_int_equal(fence, 0);
	/* The summary, or the words of the trouble. */
	assert_in_range(paragraphs, 0, 1);
	assert_int_equal(tags, s->report.verdict ? 3 : 0);
	buf_done(&out);
	(void)which;
}

static void markdown_has_no_lines_of_others(void **state)
{
	(void)state;
	each(look_at_markdown);
}

static void very_long_text_passes_every_writer(void **state)
{
	size_t n = 100000;
	char *text = calloc(n + 1, 1);
	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 1000 == 999 ? '\033' : 'x';
	struct sample s;
	sample_init(&s, text);
	for (size_t i = 0; i < report_format_count; i++) {
		struct buf out;
		sample_write(&s, report_formats[i].name, 80, &out);
		assert_false(out.full);
		expect_clean(&out);
		buf_done(&out);
	}
	sample_done(&s);
	free(text);
}

static void nul_in_an_entry_field_is_replaced(void **state)
{
	struct sample s;
	struct buf out;
	(void)state;
	sample_init(&s, NULL);
	struct entry *entry = &s.plan.entries.entry;
	entry->service = STR("a\0b");
	entry->fields[entry->field_count++] =
	        (struct entry_field){.name = STR("na\0me"), .value = STR("a\0b"), .column = 1};
	sample_write(&s, "json", 80, &out);
	assert_non_null(strstr(out.p, "\"na\xef\xbf\xbdme\": \"a\xef\xbf\xbd"
	                              "b\""));
	buf_done(&out);
	sample_write(&s, "text", 200, &out);
	assert_non_null(strstr(out.p, ", a\\x00b, "));
	buf_done(&out);
	sample_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(text_is_safe_for_a_terminal),
	        cmocka_unit_test(text_has_no_lines_of_others),
	        cmocka_unit_test(a_plugin_line_is_one_ascii_line_with_our_data_only),
	        cmocka_unit_test(json_keeps_the_text_and_shows_nothing_raw),
	        cmocka_unit_test(html_has_no_markup_of_others),
	        cmocka_unit_test(html_gains_no_element_from_text),
	        cmocka_unit_test(markdown_has_no_lines_of_others),
	        cmocka_unit_test(very_long_text_passes_every_writer),
	        cmocka_unit_test(nul_in_an_entry_field_is_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
