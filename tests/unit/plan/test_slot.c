#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "placeholder.h"
#include "slot.h"

/* A slot that is no range takes nothing: a shape written wrong lets nothing
 * through. */
static void test_a_range_takes_what_is_in_it_and_no_other_way_to_write_it(void **state)
{
	(void)state;
	static const struct {
		const char *slot, *word;
		bool taken;
	} rows[] = {
	        {"1-60", "1", true},   {"1-60", "60", true},  {"1-60", "0", false},  {"1-60", "61", false},
	        {"1-60", "07", false}, {"1-60", "+7", false}, {"1-60", "x", false},  {"0-9", "0", false},
	        {"60", "60", false},   {"-60", "6", false},   {"a-60", "6", false},  {"1-b", "6", false},
	        {"1-", "1", false},    {"", "1", false},      {"9-1", "5", false},   {"1-9999999", "5", false},
	        {"1-60", "6 ", false}, {"1-60", "-6", false}, {"1-60", "6x", false}, {"1-60", "", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (slot_range(str_of(rows[i].slot), str_of(rows[i].word)) != rows[i].taken)
			fail_msg("'%s' in <%s>", rows[i].word, rows[i].slot);
	}
}

static void test_an_address_is_a_host_s_in_one_way_to_write_it(void **state)
{
	(void)state;
	static const struct {
		unsigned family;
		const char *word;
		bool taken;
	} rows[] = {
	        {4, "192.0.2.1", true},
	        {4, "2001:db8::1", false},
	        {6, "2001:db8::1", true},
	        {6, "192.0.2.1", false},
	        {0, "192.0.2.1", true},
	        {0, "2001:db8::1", true},
	        {6, "2001:DB8::1", false},
	        {0, "127.0.0.1", false},
	        {0, "fe80::1", false},
	        {6, "2001:db8::01", false},
	        {0, "", false},
	        {0, "fgt", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (slot_address(rows[i].family, str_of(rows[i].word)) != rows[i].taken)
			fail_msg("'%s' of family %u", rows[i].word, rows[i].family);
	}
}

static const char *value(void *arg, const char *name)
{
	return strcmp(name, "name") == 0 || strlen(name) == 60 ? arg : NULL;
}

#define NAME_60 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static void test_placeholders_are_filled_or_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *filled, *refusal;
	} rows[] = {
	        {"", "", NULL},
	        {"plain }", "plain }", NULL},
	        {"a {name}", "a value", NULL},
	        {"{name}{name}.", "valuevalue.", NULL},
	        {"{" NAME_60 "}", "value", NULL},
	        {"{" NAME_60 "x}", NULL, "without its"},
	        {"{}", NULL, "without its"},
	        {"{name", NULL, "without its"},
	        {"{", NULL, "without its"},
	        {"{other}", NULL, "nothing is called {other}"},
	};
	static char word[] = "value";
	struct arena *arena = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err = {0};
		const char *out = NULL;
		int rc = placeholder_fill(arena, rows[i].text, value, word, &out, &err);
		assert_int_equal(rc, rows[i].filled ? 0 : -1);
		if (rows[i].filled)
			assert_string_equal(out, rows[i].filled);
		else if (out || err.kind != ERR_PLAYBOOK || !strstr(err.text, rows[i].refusal))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
	arena_free(arena);
}

/* 4096 bytes, and not a byte cut off. */
static void test_a_text_too_long_is_refused_not_cut(void **state)
{
	(void)state;
	char text[4090], word[8] = "value78";
	struct arena *arena = arena_new();
	struct err err = {0};
	const char *out = NULL;
	memset(text, 'x', sizeof text);
	strcpy(text + sizeof text - 7, "{name}");
	assert_int_equal(placeholder_fill(arena, text, value, word, &out, &err), 0);
	assert_int_equal(strlen(out), sizeof text - 7 + 7);
	out = NULL;
	char longer[5000];
	memset(longer, 'x', sizeof longer);
	longer[4097] = '\0';
	assert_int_equal(placeholder_fill(arena, longer, value, word, &out, &err), -1);
	assert_non_null(strstr(err.text, "too long"));
	assert_null(out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_range_takes_what_is_in_it_and_no_other_way_to_write_it),
	        cmocka_unit_test(test_an_address_is_a_host_s_in_one_way_to_write_it),
	        cmocka_unit_test(test_placeholders_are_filled_or_refused),
	        cmocka_unit_test(test_a_text_too_long_is_refused_not_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
