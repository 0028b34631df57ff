/* What grows, and where it stops: buffers, arenas, error texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "mem.h"

static void test_a_buffer_holds_exactly_its_maximum(void **state)
{
	(void)state;
	struct buf buf;
	for (size_t max = 0; max < 200; max++) {
		buf_init(&buf, max);
		for (size_t i = 0; i < max; i++)
			buf_add_char(&buf, 'x');
		assert_false(buf.full);
		buf_add(&buf, "", 0);
		buf_printf(&buf, "%s", "");
		assert_false(buf.full);
		assert_int_equal(strlen(buf.p), max);
		buf_add_char(&buf, 'y');
		assert_true(buf.full);
		assert_int_equal(buf.n, max);
		buf_done(&buf);
	}
}

static void test_a_formatted_piece_goes_in_whole_or_not_at_all(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 10);
	buf_printf(&buf, "%d-%s", 12345, "6789");
	assert_string_equal(buf.p, "12345-6789");
	assert_false(buf.full);
	buf_clear(&buf);
	buf_printf(&buf, "%d-%s", 12345, "67890");
	assert_true(buf.full);
	assert_int_equal(buf.n, 0);
	buf_done(&buf);
}

static void test_dropping_keeps_the_rest(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 10);
	buf_drop(&buf, 0);
	buf_add_text(&buf, "abc");
	buf_drop(&buf, 0);
	assert_string_equal(buf.p, "abc");
	buf_drop(&buf, 3);
	assert_int_equal(buf.n, 0);
	assert_string_equal(buf.p, "");
	buf_add_str(&buf, STR("a\0b"));
	assert_int_equal(buf.n, 3);
	assert_int_equal(buf.p[3], 0);
	buf_done(&buf);
}

static void test_arena_blocks_do_not_overlap_and_are_zero(void **state)
{
	(void)state;
	enum { PIECES = 3000 };
	static unsigned char *pieces[PIECES];
	static size_t sizes[PIECES];
	struct arena *arena = arena_new();
	for (size_t i = 0; i < PIECES; i++) {
		sizes[i] = i % 100 == 99 ? 20000 : i % 77;
		pieces[i] = arena_alloc(arena, sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)(i % 250 + 1), sizes[i]);
	}
	for (size_t i = 0; i < PIECES; i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], i % 250 + 1);
	}
	arena_free(arena);
}

static void test_arena_copies_end_with_nul(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct str copy = arena_str(arena, STR("a\0b"));
	assert_int_equal(copy.n, 3);
	assert_memory_equal(copy.p, "a\0b", 4);
	assert_int_equal(arena_str(arena, (struct str){NULL, 0}).n, 0);
	assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(arena, "%s", ""), "");
	const char *text = arena_printf(arena, "%050000d", 7);
	assert_int_equal(strlen(text), 50000);
	arena_free(arena);
}

static jmp_buf exhausted;

static void on_exhausted(void)
{
	longjmp(exhausted, 1);
}

static void test_an_impossible_size_ends_in_the_handler(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	volatile int reached = 0;
	mem_on_exhausted(on_exhausted);
	if (setjmp(exhausted) == 0)
		(void)arena_array(arena, SIZE_MAX / 2, 3);
	else
		reached++;
	if (setjmp(exhausted) == 0)
		(void)arena_alloc(arena, SIZE_MAX);
	else
		reached++;
	if (setjmp(exhausted) == 0)
		(void)arena_alloc(arena, SIZE_MAX - 16);
	else
		reached++;
	mem_on_exhausted(NULL);
	assert_int_equal(reached, 3);
	arena_free(arena);
}

static void test_error_texts_are_cut_at_their_size(void **state)
{
	(void)state;
	struct err err;
	char wide[sizeof err.text + 100];
	memset(wide, 'w', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	assert_int_equal(err_set(&err, ERR_ENTRY, "%s", wide), -1);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_string_equal(err.step, "");
	assert_int_equal(err_prefix(&err, "step %s", "x"), -1);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_memory_equal(err.text, "step x: www", 11);
	assert_int_equal(err_prefix(&err, "%s", wide), -1);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_int_equal(err.kind, ERR_ENTRY);
	assert_int_equal(err_prefix(NULL, "x"), -1);
	assert_string_equal(err_word((enum err_kind)99), "internal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_buffer_holds_exactly_its_maximum),
	        cmocka_unit_test(test_a_formatted_piece_goes_in_whole_or_not_at_all),
	        cmocka_unit_test(test_dropping_keeps_the_rest),
	        cmocka_unit_test(test_arena_blocks_do_not_overlap_and_are_zero),
	        cmocka_unit_test(test_arena_copies_end_with_nul),
	        cmocka_unit_test(test_an_impossible_size_ends_in_the_handler),
	        cmocka_unit_test(test_error_texts_are_cut_at_their_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
