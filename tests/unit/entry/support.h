#ifndef FGDIAG_TEST_ENTRY_SUPPORT_H
#define FGDIAG_TEST_ENTRY_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"

/* One arena per test, in *state. */

static inline int arena_setup(void **state)
{
	*state = arena_new();
	return 0;
}

static inline int arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#define ENTRY_TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

static inline struct entry parse(struct arena *arena, const char *line)
{
	struct entry entry;
	struct err err;
	if (entry_parse(arena, str_of(line), &entry, &err) < 0)
		fail_msg("'%s': %s", line, err.text);
	return entry;
}

static inline void assert_value(const struct entry *entry, const char *name, const char *want)
{
	const struct entry_field *field = entry_field(entry, name);
	if (!field)
		fail_msg("no %s", name);
	else if (!str_is(field->value, want))
		fail_msg("%s is '%.*s', not '%s'", name, (int)field->value.n, field->value.p, want);
}

static inline void assert_span(struct str text, const char *want)
{
	if (!str_is(text, want))
		fail_msg("'%.*s' is not '%s'", (int)text.n, text.p, want);
}

static inline void assert_address(const struct ip *ip, const char *want)
{
	char text[IP_TEXT_MAX];
	assert_string_equal(ip_print(ip, text), want);
}

/* Refused by entry_parse or entry_check_ip_conn, in words that hold `telling`. */
static inline void assert_refused(struct arena *arena, struct str line, const char *telling)
{
	struct entry entry;
	struct err err = {0};
	if (entry_parse(arena, line, &entry, &err) == 0 && entry_check_ip_conn(&entry, &err) == 0)
		fail_msg("taken: %.*s", (int)line.n, line.p);
	assert_int_equal(err.kind, ERR_ENTRY);
	if (!strstr(err.text, telling))
		fail_msg("'%s' does not say '%s'", err.text, telling);
	for (const char *p = err.text; *p; p++)
		assert_true((unsigned char)*p >= ' ');
}

#endif
