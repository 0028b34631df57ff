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

static void html_has_references_for_its_own_characters(void **state)
{
	(void)state;
	expect(encode_html, STR("a & b < c > d \" e ' f"), "a &amp; b &lt; c &gt; d &quot; e &#39; f");
	expect(encode_html, STR("&lt;"), "&amp;lt;");
	expect(encode_html, STR("caf\xc3\xa9 \xe6\xbc\xa2"), "caf\xc3\xa9 \xe6\xbc\xa2");
	expect(encode_html, STR(""), "");
}

static void html_shows_what_must_not_be_shown(void **state)
{
	(void)state;
	expect(encode_html, STR("a\0b\033[1m\n\t\x7f"), "a\\x00b\\x1b[1m\\x0a\\x09\\x7f");
	expect(encode_html, STR("\xc2\x9b<\xe2\x80\xae>\xef\xbb\xbf"), "\\u{9b}&lt;\\u{202e}&gt;\\u{feff}");
	expect(encode_html, STR("\xff<\xe2\x82>\xc3"), "\\xff&lt;\\xe2\\x82&gt;\\xc3");
	expect(encode_html, STR("\\x1b \\<"), "\\\\x1b \\&lt;");
}

static void markdown_means_nothing_more_than_its_words(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
	        {"npu0_vlink1 had 3.5 % (likely)", "npu0_vlink1 had 3.5 % (likely)"},
	        {"192.0.2.1:53 at 08:02:00, wan1 -> x", "192.0.2.1:53 at 08:02:00, wan1 -> x"},
	        {"*a* _b_ a_ ~~c~~ ~ a~ [d](e) {f} $g",
	         "\\*a\\* \\_b\\_ a\\_ `~~c~~` \\~ a\\~ \\[d\\](e) \\{f\\} `$g`"},
	        {"a|b`c`d", "a\\|b\\`c\\`d"},
	        {"back\\slash \\| end\\", "back\\\\slash \\\\\\| end\\\\"},
	        {"<script>x</script> &lt; &#60; a & b", "&lt;script>x&lt;/script> `&lt`; `&#60`; a &amp; b"},
	        {"admin@192.0.2.1:22, (see http://x.example/).", "`admin@192.0.2.1:22`, (see `http://x.example/`)."},
	        {"@all #123 GH-1 !2 o/r#4 www.x.example WWW.Y :x: :100: :+1:",
	         "`@all` `#123` `GH-1` `!2` `o/r#4` `www.x.example` `WWW.Y` `:x:` `:100:` `:+1:`"},
	        {"2001:ab::1 00:09:0f:aa:bb:cc a@b|c@d", "`2001:ab::1` `00:09:0f:aa:bb:cc` `a@b`\\|`c@d`"},
	        {"# a", "\\# a"},
	        {"1. a 2. b", "1\\. a 2. b"},
	        {"10) a", "10\\) a"},
	        {"- a - b", "\\- a - b"},
	        {"---", "\\---"},
	        {"=== >", "\\=== >"},
	        {"> a", "\\> a"},
	        {"+ a", "\\+ a"},
	        {"a\r\n\r\n# b\n\t- c  ", "a # b - c"},
	        {"\033[1m\x7f \xe2\x80\xae \xff", "\\\\x1b\\[1m\\\\x7f \\\\u\\{202e\\} \\\\xff"},
	        {" \n ", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect(encode_markdown, str_of(cases[i].text), cases[i].wanted);
	expect(encode_markdown, STR("a\0b"), "a\\\\x00b");
}

static void a_block_ends_where_it_shall(void **state)
{
	(void)state;
	expect(encode_markdown_block, STR("<b> *a* | @x\n"), "```\n<b> *a* | @x\n```\n");
	expect(encode_markdown_block, STR("```\nx ```` y\n"), "`````\n```\nx ```` y\n`````\n");
	expect(encode_markdown_block, STR("a\033\r\n\r\nb"), "```\na\\x1b\n\nb\n```\n");
	expect(encode_markdown_block, STR(""), "```\n```\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(valid_utf8_stays),
	        cmocka_unit_test(broken_utf8_and_nul_become_replacement_characters),
	        cmocka_unit_test(json_keeps_layout_and_readable_text),
	        cmocka_unit_test(json_escapes_what_must_not_be_shown),
	        cmocka_unit_test(html_has_references_for_its_own_characters),
	        cmocka_unit_test(html_shows_what_must_not_be_shown),
	        cmocka_unit_test(plugin_text_is_one_ascii_line),
	        cmocka_unit_test(a_label_ends_where_it_should),
	        cmocka_unit_test(markdown_means_nothing_more_than_its_words),
	        cmocka_unit_test(a_block_ends_where_it_shall),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
