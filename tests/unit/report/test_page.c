#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "page.h"

struct fixture {
	struct buf out;
	struct page page;
};

static int set_up(void **state)
{
	static struct fixture f;
	buf_init(&f.out, 4096);
	buf_add_text(&f.out, "");
	page_init(&f.page, &f.out, 20, false);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	page_done(&f->page);
	buf_done(&f->out);
	return 0;
}

static void columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(page_columns(STR("")), 0);
	assert_int_equal(page_columns(STR("abc")), 3);
	assert_int_equal(page_columns(STR("caf\xc3\xa9")), 4);
	assert_int_equal(page_columns(STR("e\xcc\x81")), 1);
	assert_int_equal(page_columns(STR("\xe6\xbc\xa2\xe5\xad\x97")), 4);
	assert_int_equal(page_columns(STR("\xf0\x9f\x94\xa5")), 2);
}

static void text_is_wrapped_between_words(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 2, STR("one two three four five six"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "one two three four\n  five six\n");
}

static void a_line_may_be_filled_to_its_edge(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 0, STR("12345678901234567890 x"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "12345678901234567890\nx\n");
}

static void blanks_between_words_stay_as_they_are(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 0, STR("a   b  c"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "a   b  c\n");
}

static void a_word_wider_than_the_line_is_cut(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 4, STR("see aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."));
	page_line(&f->page);
	assert_string_equal(f->out.p, "see aaaaaaaaaaaaaaaa\n    aaaaaaaaaaaaaaaa\n    aaaa.\n");
}

static void wide_characters_do_not_stick_out(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 0,
	          STR("x\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
	              "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"));
	page_line(&f->page);
	struct str rest = buf_str(&f->out), line;
	assert_true(str_next_line(&rest, &line));
	assert_int_equal(page_columns(line), 19);
	assert_true(str_next_line(&rest, &line));
	assert_int_equal(page_columns(line), 2);
}

static void no_line_ends_in_blanks(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 0, STR("a    "));
	page_line(&f->page);
	page_to(&f->page, 10);
	page_line(&f->page);
	page_text(&f->page, 0, STR("                          b"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "a\n\nb\n");
}

static void the_cursor_goes_on_to_the_next_line_when_it_is_past(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 0, STR("label"));
	page_to(&f->page, 3);
	page_text(&f->page, 3, STR("x"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "label\n   x\n");
}

static void gaps_are_one_empty_line(void **state)
{
	struct fixture *f = *state;
	page_gap(&f->page);
	page_text(&f->page, 0, STR("a"));
	page_gap(&f->page);
	page_gap(&f->page);
	page_text(&f->page, 0, STR("b"));
	page_line(&f->page);
	page_gap(&f->page);
	page_text(&f->page, 0, STR("c"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "a\n\nb\n\nc\n");
}

static void a_whole_text_is_never_broken(void **state)
{
	struct fixture *f = *state;
	page_to(&f->page, 2);
	page_whole(&f->page, STR(" execute ping 192.0.2.53 and more "));
	page_line(&f->page);
	assert_string_equal(f->out.p, "  execute ping 192.0.2.53 and more\n");
}

static void control_characters_do_not_pass(void **state)
{
	struct fixture *f = *state;
	page_text(&f->page, 0, STR("a\033[2J\n"));
	page_whole(&f->page, STR("\x9b"));
	page_state(&f->page, STATE_OK, STR("\a"));
	page_line(&f->page);
	assert_string_equal(f->out.p, "a\\x1b[2J\\x0a\\x9b\\x07\n");
}

static void states_have_colours_only_when_asked(void **state)
{
	struct fixture *f = *state;
	page_state(&f->page, STATE_CRITICAL, STR("bad"));
	assert_string_equal(f->out.p, "bad");
	f->page.color = true;
	page_to(&f->page, 5);
	page_state(&f->page, STATE_OK, STR("good"));
	assert_string_equal(f->out.p, "bad  \033[1;32mgood\033[0m");
	assert_int_equal(f->page.at, 9);
}

static void a_width_of_nothing_is_the_least(void **state)
{
	struct fixture *f = *state;
	struct page page;
	page_init(&page, &f->out, 0, false);
	assert_int_equal(page.columns, PAGE_MIN_COLUMNS);
	page_done(&page);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(columns_are_those_of_a_terminal),
	        TEST(text_is_wrapped_between_words),
	        TEST(a_line_may_be_filled_to_its_edge),
	        TEST(blanks_between_words_stay_as_they_are),
	        TEST(a_word_wider_than_the_line_is_cut),
	        TEST(wide_characters_do_not_stick_out),
	        TEST(no_line_ends_in_blanks),
	        TEST(the_cursor_goes_on_to_the_next_line_when_it_is_past),
	        TEST(gaps_are_one_empty_line),
	        TEST(a_whole_text_is_never_broken),
	        TEST(control_characters_do_not_pass),
	        TEST(states_have_colours_only_when_asked),
	        TEST(a_width_of_nothing_is_the_least),
	};
#undef TEST
	return cmocka_run_group_tests(tests, NULL, NULL);
}
