#ifndef FGDIAG_TEST_READ_SUPPORT_H
#define FGDIAG_TEST_READ_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read.h"

/* One arena per test, and a reader run over a text. */

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

#define READ_TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

static inline struct facts *facts_new(struct arena *arena)
{
	struct facts *facts = ARENA_NEW(arena, struct facts);
	facts_init(facts, "not read");
	return facts;
}

static inline void read_into(struct arena *arena, const char *reader, const char *text, struct facts *facts)
{
	const struct read_input input = {.step = "step", .text = str_of(text)};
	const struct reader *found = reader_find(reader);
	assert_non_null(found);
	found->read(arena, &input, facts);
}

static inline struct facts *read_text(struct arena *arena, const char *reader, const char *text)
{
	struct facts *facts = facts_new(arena);
	read_into(arena, reader, text, facts);
	return facts;
}

static inline void assert_int_fact(const struct facts *facts, enum fact_id id, int64_t value)
{
	assert_true(facts->item[id].present);
	assert_int_equal(facts->item[id].value.integer, value);
}

static inline void assert_near(double value, double wanted, double tolerance)
{
	assert_true(value >= wanted - tolerance && value <= wanted + tolerance);
}

static inline void assert_real_fact(const struct facts *facts, enum fact_id id, double value)
{
	assert_true(facts->item[id].present);
	assert_near(facts->item[id].value.real, value, 0.0001);
}

static inline void assert_text_fact(const struct facts *facts, enum fact_id id, const char *value)
{
	assert_true(facts->item[id].present);
	assert_string_equal(facts->item[id].value.text, value);
}

static inline void assert_absent(const struct facts *facts, enum fact_id id, const char *words)
{
	assert_false(facts->item[id].present);
	assert_non_null(facts->item[id].absent);
	if (!strstr(facts->item[id].absent, words))
		fail_msg("'%s' does not say '%s'", facts->item[id].absent, words);
}

/* The text cut after every byte, in a block of exactly that size. */
static inline void cut_everywhere(const char *text, void (*check)(struct arena *arena, struct str cut, size_t whole))
{
	size_t whole = strlen(text);
	for (size_t n = 0; n <= whole; n++) {
		struct arena *arena = arena_new();
		char *copy = malloc(n ? n : 1);
		memcpy(copy, text, n);
		check(arena, (struct str){copy, n}, whole);
		free(copy);
		arena_free(arena);
	}
}

#endif
