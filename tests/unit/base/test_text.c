/* Spans at their edges, and the one encoder for terminals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "text.h"

static void test_the_empty_span_may_have_no_pointer(void **state)
{
	(void)state;
	struct str none = {NULL, 0}, rest = none, part;
	assert_true(str_is(none, ""));
	assert_true(str_is_nocase(none, ""));
	assert_true(str_starts(none, "") && str_ends(none, ""));
	assert_false(str_starts(none, "x") || str_ends(none, "x"));
	assert_int_equal(str_trim(none).n, 0);
	assert_int_equal(str_cut(none, 0, 5).n, 0);
	assert_int_equal(str_find(none, "x"), -1);
	assert_int_equal(str_find(none, ""), 0);
	assert_int_equal(str_find_char(none, 'x'), -1);
	assert_false(str_next_line(&rest, &part));
	assert_false(str_next_word(&rest, &part));
	assert_true(utf8_valid(none));
	assert_int_equal(str_of(NULL).n, 0);
}

static void test_case_is_ascii_case(void **state)
{
	(void)state;
	assert_true(str_is_nocase(STR("CoNFig"), "cONfIG"));
	assert_false(str_is_nocase(STR("config "), "config"));
	assert_false(str_is_nocase(STR("[{@`"), "{[`@"));
	assert_false(str_is_nocase(STR("\xc3\x84"), "\xc3\xa4"));
	assert_false(str_is_nocase(STR("a\0b"), "a"));
}

static void test_a_lone_cr_stays_in_the_line(void **state)
{
	(void)state;
	struct str rest = STR("a\rb\r\r\nc\r"), line;
	assert_true(str_next_line(&rest, &line) && str_is(line, "a\rb\r"));
	assert_true(str_next_line(&rest, &line) && str_is(line, "c\r"));
	assert_false(str_next_line(&rest, &line));
}

static void test_every_code_point_is_told_by_its_length(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 61) {
		size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
		char text[4];
		uint32_t rest = code, found = UINT32_MAX;
		for (size_t i = n; i-- > 1; rest >>= 6)
			text[i] = (char)(0x80 | (rest & 0x3f));
		text[0] = (char)(leads[n] | rest);
		size_t want = code >= 0xd800 && code <= 0xdfff ? 0 : n;
		assert_int_equal(utf8_length(text, n, &found), want);
		if (want)
			assert_int_equal(found, code);
		for (size_t cut = 1; cut < n; cut++)
			assert_int_equal(utf8_length(text, cut, NULL), 0);
	}
}

static void add_escaped(struct buf *out, const char **p)
{
	const char *at = *p + 2;
	bool braces = *at == '{';
	unsigned long value = 0;
	if ((*p)[1] == '\\') {
		buf_add_char(out, '\\');
		*p += 2;
		return;
	}
	char digits[8] = {0};
	size_t n = braces ? strcspn(++at, "}") : 2;
	assert_true(n > 0 && n < sizeof digits);
	memcpy(digits, at, n);
	value = strtoul(digits, NULL, 16);
	if (braces) /* two-byte forms are all that the test below makes */
		buf_printf(out, "%c%c", (int)(0xc0 | value >> 6), (int)(0x80 | (value & 0x3f)));
	else
		buf_add_char(out, (char)value);
	*p = at + n + braces;
}

/* Reads what text_add_safe wrote, in the simplest way. */
static void decode(const char *text, struct buf *out)
{
	while (*text) {
		bool escape = text[0] == '\\' && (text[1] == 'x' || text[1] == 'u' || text[1] == '\\');
		if (escape)
			add_escaped(out, &text);
		else
			buf_add_char(out, *text++);
	}
}

static void test_no_two_texts_look_the_same_when_made_safe(void **state)
{
	(void)state;
	static const char alphabet[] = "\\xu{}1\x01\x80\xc2\n";
	const size_t letters = sizeof alphabet - 1;
	struct buf safe, back;
	buf_init(&safe, 1000);
	buf_init(&back, 1000);
	for (size_t code = 0; code < letters * letters * letters * letters; code++) {
		char raw[4];
		size_t rest = code;
		for (size_t i = 0; i < sizeof raw; i++, rest /= letters)
			raw[i] = alphabet[rest % letters];
		buf_clear(&safe);
		buf_clear(&back);
		text_add_safe(&safe, (struct str){raw, sizeof raw});
		assert_true(utf8_valid(buf_str(&safe)));
		assert_null(strpbrk(safe.p, "\x01\n"));
		decode(safe.p, &back);
		assert_int_equal(back.n, sizeof raw);
		assert_memory_equal(back.p, raw, sizeof raw);
	}
	buf_done(&safe);
	buf_done(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_empty_span_may_have_no_pointer),
	        cmocka_unit_test(test_case_is_ascii_case),
	        cmocka_unit_test(test_a_lone_cr_stays_in_the_line),
	        cmocka_unit_test(test_every_code_point_is_told_by_its_length),
	        cmocka_unit_test(test_no_two_texts_look_the_same_when_made_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
