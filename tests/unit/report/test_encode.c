#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "encode.h"

static void expect(void (*encode)(struct buf *, struct str), struct str text, const char *expected)
{
	struct buf out;
	buf_init(&out, 4096);
	encode(&out, text);
	buf_add_text(&out, "");
	assert_string_equal(buf_str(&out).p, expected);
	buf_done(&out);
}

static void valid_utf8_stays(void **state)
{
	(void)state;
	expect(encode_utf8, STR("caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x94\xa5\n"),
	       "caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x94\xa5\n");
	expect(encode_utf8, STR(""), "");
}

static void broken_utf8_and_nul_become_replacement_characters(void **state)
{
	(void)state;
	expect(encode_utf8,
	       STR("a\xff"
	           "b"),
	       "a\xef\xbf\xbd"
	       "b");
	expect(encode_utf8, STR("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect(encode_utf8, STR("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
	expect(encode_utf8, STR("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd");
	expect(encode_utf8, STR("a\0b"),
	       "a\xef\xbf\xbd"
	       "b");
}

static void json_keeps_layout_and_readable_text(void **state)
{
	(void)state;
	expect(encode_json, STR("{\n  \"a\": \"\xc3\xa9 \\u001b\"\n}"), "{\n  \"a\": \"\xc3\xa9 \\u001b\"\n}");
	expect(encode_json, STR(""), "");
}

static void json_escapes_what_must_not_be_shown(void **state)
{
	(void)state;
	expect(encode_json, STR("\"\x7f\""), "\"\\u007f\"");
	expect(encode_json, STR("\"\xc2\x9b\""), "\"\\u009b\"");
	expect(encode_json, STR("\"\xe2\x80\xae!\xe2\x81\xa6\""), "\"\\u202e!\\u2066\"");
	expect(encode_json, STR("\"\xe2\x80\xa8\""), "\"\\u2028\"");
	expect(encode_json, STR("\"\xf3\xa0\x81\x81\""), "\"\\udb40\\udc41\"");
	expect(encode_json, STR("\"\xff\""), "\"\\ufffd\"");
}

static void plugin_text_is_one_ascii_line(void **state)
{
	(void)state;
	expect(encode_plugin, STR("a|b\\n"), "a/b/n");
	expect(encode_plugin, STR("a\r\nb\tc\033[1m"), "a b c [1m");
	expect(encode_plugin, STR("  a   b  "), "a b");
	expect(encode_plugin, STR("caf\xc3\xa9 \xff"), "caf? ?");
	expect(encode_plugin,
	       STR("a\xc2\x9b"
	           "b\x7f"
	           "c\xe2\x80\xae"
	           "d"),
	       "a b c d");
	expect(encode_plugin, STR("\0"), "");
	expect(encode_plugin, STR(" \n "), "");
}

static void a_label_ends_where_it_should(void **state)
{
	(void)state;
	expect(encode_openmetrics, STR("fgt-1.example:22"), "fgt-1.example:22");
	expect(encode_openmetrics, STR("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
	expect(encode_openmetrics, STR("x\r\x1b[1m\0"), "x??[1m?");
	expect(encode_openmetrics, STR("caf\xc3\xa9 \xff\xe2\x80\xae"), "caf\xc3\xa9 ??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(valid_utf8_stays),
	        cmocka_unit_test(broken_utf8_and_nul_become_replacement_characters),
	        cmocka_unit_test(json_keeps_layout_and_readable_text),
	        cmocka_unit_test(json_escapes_what_must_not_be_shown),
	        cmocka_unit_test(plugin_text_is_one_ascii_line),
	        cmocka_unit_test(a_label_ends_where_it_should),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
