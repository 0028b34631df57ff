#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "command.h"
#include "placeholder.h"
#include "slot.h"

static const char *const allowed[] = {
        "get system status",
        "get system performance status",
        "get system performance top",
        "diagnose sys top 1 20 2",
        "diagnose hardware sysinfo memory",
        "diagnose hardware sysinfo conserve",
        "execute ping 8.8.4.4",
        "execute ping6 2001:db8::1",
        "execute ping-options repeat-count 1000",
        "execute ping-options adaptive-ping enable",
        "execute ping-options view-settings",
        "execute ping-options reset",
        "execute ping6-options reset",
        "diagnose sniffer packet any \"( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp[0] = 3 or icmp[0] = "
        "11 ) "
        "and not ( tcp port 22 )\" 4 1000 a",
        "sudo global get system performance status",
        "sudo PROD execute ping 8.8.4.4",
        "exit",
};

static const char *const refused[] = {
        "",
        " get system status",
        "get system status ",
        "get  system status",
        "get system status x",
        "get system",
        "GET system status",
        "show",
        "config system global",
        "config vdom",
        "edit root",
        "end",
        "diagnose sys session clear",
        "diagnose sys session list all",
        "diagnose sys top",
        "diagnose sys top 0 20 2",
        "diagnose sys top 1 20 11",
        "diagnose sys top 01 20 2",
        "execute ping",
        "execute ping www.example.com",
        "execute ping 8.8.4.4;reboot",
        "execute ping 8.8.4.4 8.8.8.8",
        "execute ping 008.8.4.4",
        "execute ping 127.0.0.1",
        "execute ping 224.0.0.1",
        "execute ping 2001:db8::1",
        "execute ping6 8.8.8.8",
        "execute ping-options repeat-count 0",
        "execute ping-options repeat-count 10001",
        "execute ping-options adaptive-ping maybe",
        "execute ping-options source 1.2.3.4",
        "execute reboot",
        "execute factoryreset",
        "diagnose sniffer packet any \"icmp\" 4 0 a",
        "diagnose sniffer packet any \"icmp\" 3 10 a",
        "diagnose sniffer packet any \"icmp\" 5 10 a",
        "diagnose sniffer packet any \"icmp\" 4 100001 a",
        "diagnose sniffer packet any \"host 2001:DB8::1\" 6 10 a",
        "diagnose sniffer packet any \"host example.com\" 4 10 a",
        "diagnose sniffer packet any \"ip6[40] < 256\" 6 10 a",
        "diagnose sniffer packet any \"ip6[40] = 1\" 6 10 a",
        "diagnose sniffer packet any \"( icmp\" 4 10 a",
        "diagnose sniffer packet any \"icmp )\" 4 10 a",
        "diagnose sniffer packet any \"\" 4 10 a",
        "diagnose sniffer packet any 'icmp' 4 10 a",
        "diagnose sniffer packet any \"icmp\" 4 10 a a",
        "get sys status",
        "sudo config get system status",
        "sudo show get system status",
        "sudo root show",
        "sudo  get system status",
        "sudo abcdefghijklmnopqrstuvwxyz012345 get system status",
        "diagnose sniffer packet any \"icmp\" 4 10",
        "diagnose sniffer packet any icmp 4 10 a",
        "diagnose sniffer packet any \"icmp 4 10 a",
        "diagnose sniffer packet any \"icmp\"\" 4 10 a",
        "diagnose sniffer packet any \"host 1.2.3.4; x\" 4 10 a",
        "diagnose sniffer packet port1 \"icmp\" 4 10 a",
        "sudo root",
        "sudo root config vdom",
        "sudo a/b get system status",
        "sudo global sudo root get system status",
        "sudo global exit",
        "get system status\n",
        "get system status?",
        "get system\tstatus",
        "get system status\x03",
        "get system st\xc3\xa4tus",
};

static void test_the_table_takes_its_own_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		struct err err;
		if (!command_find(str_of(allowed[i]), &err))
			fail_msg("refused: %s: %s", allowed[i], err.text);
	}
}

static void test_everything_else_is_refused_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct err err = {0};
		if (command_find(str_of(refused[i]), &err))
			fail_msg("allowed: %s", refused[i]);
		assert_int_equal(err.kind, ERR_PLAYBOOK);
		assert_true(strlen(err.text) > 5);
	}
}

static void test_a_command_has_at_most_500_bytes(void **state)
{
	(void)state;
	char text[COMMAND_MAX_BYTES + 2];
	struct err err;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_null(command_find(str_of(text), &err));
	assert_non_null(strstr(err.text, "1 to 500 bytes"));
	text[COMMAND_MAX_BYTES] = '\0';
	assert_null(command_find(str_of(text), &err));
	assert_null(strstr(err.text, "1 to 500 bytes"));
}

/* More words than the reader has room for: refused, not cut. */
static void test_a_command_of_more_words_than_any_shape_is_refused(void **state)
{
	(void)state;
	struct buf text;
	struct err err = {0};
	buf_init(&text, COMMAND_MAX_BYTES);
	for (int i = 0; i < 64; i++)
		buf_add_text(&text, i ? " x" : "x");
	assert_null(command_find(buf_str(&text), &err));
	assert_non_null(strstr(err.text, "'x' is not in the command table"));
	buf_add_text(&text, " x");
	assert_null(command_find(buf_str(&text), &err));
	assert_non_null(strstr(err.text, "column 129"));
	buf_done(&text);
}

/* What is no key sends an empty line, never a byte of its own. */
static void test_keys_are_those_of_the_table(void **state)
{
	(void)state;
	static const char bytes[KEYS] = {' ', 'a', 'q', 3, '\n'};
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(command_key_byte((enum command_key)i), bytes[i]);
	assert_int_equal(command_key_byte(KEYS), '\n');
}

static bool nested_ok(int depth)
{
	struct buf text;
	buf_init(&text, 1000);
	for (int i = 0; i < depth; i++)
		buf_add_text(&text, "( ");
	buf_add_text(&text, "icmp");
	for (int i = 0; i < depth; i++)
		buf_add_text(&text, " )");
	bool ok = command_filter_ok(buf_str(&text));
	buf_done(&text);
	return ok;
}

static void test_a_filter_is_bounded_in_depth_and_length(void **state)
{
	(void)state;
	assert_true(nested_ok(15));
	assert_false(nested_ok(16));
	struct buf text;
	buf_init(&text, 1000);
	buf_add_text(&text, "not icmp");
	while (text.n + 8 <= 400)
		buf_add_text(&text, " or icmp");
	assert_true(text.n == 400 && command_filter_ok(buf_str(&text)));
	buf_add_text(&text, " or icmp");
	assert_false(command_filter_ok(buf_str(&text)));
	buf_done(&text);
}

static void test_a_refusal_says_where_and_what_is_wanted(void **state)
{
	(void)state;
	static const struct {
		const char *command, *telling;
	} rows[] = {
	        {"get system status x", "'x' is not in the command table at this place"},
	        {"diagnose sys session clear", "'clear' is not in the command table"},
	        {"get system", "ends too early"},
	        {"execute ping-options repeat-count 10001",
	         "'10001' is not in the command table at this place, which wants <1-10000>"},
	        {"sudo config get system status", "a VDOM's name"},
	        {"sudo root exit", "'exit' is not"},
	        {"get system status?", "column 18: byte 0x3f may not be sent"},
	        {"get  system status", "column 5: words are separated by exactly one blank"},
	        {"diagnose sniffer packet any \"icmp", "a quote is not closed"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err = {0};
		assert_null(command_find(str_of(rows[i].command), &err));
		if (!strstr(err.text, rows[i].telling))
			fail_msg("'%s' does not say '%s'", err.text, rows[i].telling);
	}
}

static void test_kinds_and_rights(void **state)
{
	(void)state;
	assert_int_equal(command_find(str_of("execute ping 8.8.8.8"), NULL)->kind, COMMAND_PING);
	assert_int_equal(command_find(str_of("sudo root diagnose sys top 1 20 2"), NULL)->kind, COMMAND_TOP);
	assert_int_equal(command_find(str_of("execute ping-options reset"), NULL)->kind, COMMAND_RESET);
	assert_string_equal(command_find(str_of("diagnose hardware sysinfo memory"), NULL)->right, "cli-diagnose");
	assert_true(command_find(str_of("get system performance status"), NULL)->global);
}

/* ---- property: whatever is accepted, a second reader finds harmless ---- */

static const char *const pieces[] = {
        "config",
        "edit",
        "clear",
        "set",
        "show",
        "delete",
        "unset",
        "purge",
        "end",
        "session",
        "filter",
        "reboot",
        "sudo",
        "global",
        "root",
        "get",
        "system",
        "diagnose",
        "execute",
        "ping",
        "ping6",
        "ping-options",
        "ping6-options",
        "reset",
        "view-settings",
        "repeat-count",
        "adaptive-ping",
        "enable",
        "status",
        "top",
        "sniffer",
        "packet",
        "any",
        "a",
        "4",
        "6",
        "0",
        "1",
        "60",
        "10000",
        "100001",
        "8.8.8.8",
        "2001:db8::1",
        "\"icmp\"",
        "\"",
        "'",
        "(",
        ")",
        "and",
        "not",
        "host",
        "port",
        "icmp[0]",
        "=",
        "|",
        "grep",
        ";",
        "exit",
        "\\",
        "$(x)",
        "`",
        "\n",
        "\t",
        "?",
        "\x03",
        "\xc3\xa9",
        " ",
        "",
        "factoryreset",
        "console",
        "--",
        "%s",
};

static uint32_t roll(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static const char *any_piece(uint32_t *seed)
{
	return pieces[roll(seed) % (sizeof pieces / sizeof pieces[0])];
}

/* One change: a byte, a word put in, a word replaced, a cut, a scope or a tail. */
static void mutate(struct buf *text, uint32_t *seed)
{
	char old[600];
	size_t n = text->n < sizeof old ? text->n : sizeof old - 1;
	size_t at = n ? roll(seed) % n : 0, end;
	if (n)
		memcpy(old, text->p, n);
	old[n] = '\0';
	buf_clear(text);
	switch (roll(seed) % 6) {
	case 0:
		old[at] = (char)(roll(seed) % 255 + 1);
		buf_add(text, old, n);
		break;
	case 1:
		at += strcspn(old + at, " ");
		buf_printf(text, "%.*s %s%s", (int)at, old, any_piece(seed), old + at);
		break;
	case 2:
		end = at + strcspn(old + at, " ");
		while (at > 0 && old[at - 1] != ' ')
			at--;
		buf_printf(text, "%.*s%s%s", (int)at, old, any_piece(seed), old + end);
		break;
	case 3:
		buf_add(text, old, at);
		break;
	case 4:
		buf_printf(text, "sudo %s %s", any_piece(seed), old);
		break;
	default:
		buf_printf(text, "%s%s%s", old, roll(seed) % 2 ? " " : "", any_piece(seed));
		break;
	}
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(p, word, n) == 0;
}

static bool has_word(const char *text, const char *const *words, size_t count)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " \"()");
		for (size_t i = 0; i < count; i++) {
			if (is_word(p, n, words[i]))
				return true;
		}
		p += n + (p[n] != '\0');
	}
	return false;
}

static const char *behind_scope(const char *text)
{
	const char *name = strncmp(text, "sudo ", 5) == 0 ? text + 5 : NULL;
	const char *blank = name ? strchr(name, ' ') : NULL;
	return blank ? blank + 1 : text;
}

/* No token is a word that changes something, and there are only bytes that no
 * shell, line editor or filter reads oddly. */
static void assert_harmless(const char *text)
{
	static const char *const nowhere[] = {"config", "edit", "clear", "set", "show", "delete", "unset", "purge"};
	static const char *const not_commands[] = {"reboot", "console", "session", "factoryreset", "sudo", "end"};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .:_-\"()[]=<";
	size_t quotes = 0;
	assert_int_equal(strspn(text, letters), strlen(text));
	for (const char *p = text; *p; p++)
		quotes += *p == '"';
	assert_true(quotes == 0 || (quotes == 2 && strstr(text, "diagnose sniffer packet any \"")));
	assert_false(has_word(text, nowhere, sizeof nowhere / sizeof nowhere[0]));
	assert_false(has_word(behind_scope(text), not_commands, sizeof not_commands / sizeof not_commands[0]));
}

/* Does the text, behind its scope, have as many blank-separated tokens as the
 * shape (the quoted filter is one), and the same literal words? */
static void assert_has_shape(const char *text, const char *shape)
{
	text = behind_scope(text);
	while (*shape) {
		size_t want = strcspn(shape, " ");
		size_t got = *text == '"' ? strcspn(text + 1, "\"") + 2 : strcspn(text, " ");
		assert_true(got > 0);
		if (*shape != '<')
			assert_true(want == got && memcmp(shape, text, got) == 0);
		shape += want + (shape[want] == ' ');
		text += got;
		assert_true(*shape ? *text == ' ' : *text == '\0');
		text += *text == ' ';
	}
	assert_int_equal(*text, '\0');
}

static void test_mutated_commands_stay_inside_the_table(void **state)
{
	(void)state;
	uint32_t seed = 20240626;
	size_t accepted = 0;
	struct buf text;
	buf_init(&text, 600);
	for (size_t round = 0; round < 100000; round++) {
		buf_clear(&text);
		buf_add_text(&text, allowed[round % (sizeof allowed / sizeof allowed[0])]);
		for (uint32_t changes = roll(&seed) % 3 + 1; changes; changes--)
			mutate(&text, &seed);
		const struct command_shape *shape = command_find(buf_str(&text), NULL);
		if (!shape)
			continue;
		accepted++;
		assert_harmless(text.p);
		assert_has_shape(text.p, shape->shape);
	}
	buf_done(&text);
	assert_in_range(accepted, 500, 90000);
}

static void test_vdom_names(void **state)
{
	(void)state;
	assert_true(command_vdom_ok(STR("root")));
	assert_true(command_vdom_ok(STR("VD-01_x")));
	assert_false(command_vdom_ok(STR("")));
	assert_false(command_vdom_ok(STR("global")));
	assert_false(command_vdom_ok(STR("config")));
	assert_false(command_vdom_ok(STR("Edit")));
	assert_true(command_vdom_ok(STR("editors")));
	assert_true(command_vdom_ok(STR("abcdefghijklmnopqrstuvwxyz01234")));
	assert_false(command_vdom_ok(STR("a b")));
	assert_false(command_vdom_ok(STR("a.b")));
	assert_false(command_vdom_ok(STR("abcdefghijklmnopqrstuvwxyz012345")));
}

static void test_keys(void **state)
{
	(void)state;
	assert_int_equal(command_key_byte(KEY_PAGER_NEXT), ' ');
	assert_int_equal(command_key_byte(KEY_BANNER_ACCEPT), 'a');
	assert_int_equal(command_key_byte(KEY_TOP_QUIT), 'q');
	assert_int_equal(command_key_byte(KEY_INTERRUPT), 3);
	assert_int_equal(command_key_byte(KEY_NEWLINE), '\n');
	/* What is no key does what the least of them does. */
	assert_int_equal(command_key_byte(KEYS), '\n');
}

static void test_a_command_has_a_number_of_words(void **state)
{
	(void)state;
	struct buf text;
	struct err err;
	buf_init(&text, COMMAND_MAX_BYTES);
	buf_add_text(&text, "get");
	for (unsigned i = 0; i < 100; i++)
		buf_add_text(&text, " x");
	assert_null(command_find(buf_str(&text), &err));
	assert_int_equal(err.kind, ERR_PLAYBOOK);
	buf_done(&text);
}

static void test_a_slot_is_a_range_of_two_numbers(void **state)
{
	(void)state;
	assert_true(slot_range(STR("1-100"), STR("100")));
	assert_false(slot_range(STR("1-100"), STR("101")));
	assert_false(slot_range(STR("1-100"), STR("01")));
	assert_false(slot_range(STR("100"), STR("1")));
	assert_false(slot_range(STR("-100"), STR("1")));
	assert_false(slot_range(STR("x-100"), STR("1")));
	assert_false(slot_range(STR("1-x"), STR("1")));
}

static const char *value_of(void *arg, const char *name)
{
	(void)name;
	return arg;
}

static void expect_unfilled(const char *text, const char *value, const char *words)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	const char *out = "untouched";
	assert_int_equal(placeholder_fill(arena, text, value_of, (void *)(uintptr_t)value, &out, &err), -1);
	assert_non_null(strstr(err.text, words));
	assert_string_equal(out, "untouched");
	arena_free(arena);
}

static void test_a_placeholder_is_a_short_name_in_braces(void **state)
{
	(void)state;
	char large[8192];
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	expect_unfilled("{server.ip", "x", "without its '}'");
	expect_unfilled("{}", "x", "without its '}'");
	expect_unfilled("{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}", "x",
	                "without its '}'");
	expect_unfilled("{a}", NULL, "nothing is called {a}");
	expect_unfilled("{a}", large, "too long");
}

/* Whatever begins like a shape: the word that cuts sessions stands in none. */
static void test_no_shape_holds_a_word_that_changes_something(void **state)
{
	(void)state;
	static const char *const words[] = {"clear", "config",  "edit", "set",    "unset",    "delete", "purge",
	                                    "show",  "console", "kill", "reboot", "shutdown", "flush"};
	for (size_t i = 0; i < command_shape_count; i++) {
		for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
			struct str rest = str_of(command_shapes[i].shape), word;
			while (str_next_word(&rest, &word))
				assert_false(str_is_nocase(word, words[k]));
			struct err err;
			char text[400];
			(void)snprintf(text, sizeof text, "%s %s", command_shapes[i].shape, words[k]);
			assert_null(command_find(str_of(text), &err));
			(void)snprintf(text, sizeof text, "sudo root %s %s", command_shapes[i].shape, words[k]);
			assert_null(command_find(str_of(text), &err));
		}
	}
	static const char *const cuts[] = {"diagnose sys session clear",      "diagnose sys session filter clear",
	                                   "diagnose sys session6 clear",     "sudo root diagnose sys session clear",
	                                   "diagnose sys session list clear", "diagnose sys session filter src clear"};
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct err err;
		assert_null(command_find(str_of(cuts[i]), &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_no_shape_holds_a_word_that_changes_something),
	        cmocka_unit_test(test_the_table_takes_its_own_shapes),
	        cmocka_unit_test(test_everything_else_is_refused_with_words),
	        cmocka_unit_test(test_a_command_has_at_most_500_bytes),
	        cmocka_unit_test(test_a_command_of_more_words_than_any_shape_is_refused),
	        cmocka_unit_test(test_keys_are_those_of_the_table),
	        cmocka_unit_test(test_a_filter_is_bounded_in_depth_and_length),
	        cmocka_unit_test(test_a_refusal_says_where_and_what_is_wanted),
	        cmocka_unit_test(test_kinds_and_rights),
	        cmocka_unit_test(test_mutated_commands_stay_inside_the_table),
	        cmocka_unit_test(test_vdom_names),
	        cmocka_unit_test(test_keys),
	        cmocka_unit_test(test_a_command_has_a_number_of_words),
	        cmocka_unit_test(test_a_slot_is_a_range_of_two_numbers),
	        cmocka_unit_test(test_a_placeholder_is_a_short_name_in_braces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
