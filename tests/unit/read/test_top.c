#include "support.h"

#define FIRST                                                     \
	"Run Time:  12 days, 3 hours and 4 minutes\n"             \
	"0U, 0N, 0S, 100I, 0WA, 0HI, 0SI, 0ST; 1919T, 1214F\n"    \
	"       ipsengine      286      S <    99.9     0.7  3\n" \
	"          newcli    29806      R       0.1     0.5  0\n" \
	"         miglogd      269      S       0.0     0.1  1\n"
#define SECOND                                                    \
	"Run Time:  12 days, 3 hours and 4 minutes\n"             \
	"5U, 0N, 0S, 95I, 0WA, 0HI, 0SI, 0ST; 1919T, 1214F\n"     \
	"          newcli    29806      R      60.1     0.5  0\n" \
	"            sshd    29800      S      50.0     0.4  0\n" \
	"         miglogd      269      S<     12.5     0.1  1\n"

static void last_screen_counts(void **state)
{
	struct facts *facts = read_text(*state, "top", FIRST "\f\n" SECOND);
	assert_int_equal(facts->top_count, 1);
	assert_int_equal(facts->tops[0].frames, 2);
	assert_int_equal(facts->tops[0].process_count, 3);
	assert_text_fact(facts, FACT_ID_TOP_PROCESS, "miglogd");
	assert_real_fact(facts, FACT_ID_TOP_PROCESS_CPU, 12.5);
	assert_int_equal(facts->item[FACT_ID_TOP_PROCESS].from.line, 11);
}

static void processes_have_all_their_columns(void **state)
{
	struct facts *facts = read_text(*state, "top", FIRST SECOND);
	const struct process *row = &facts->tops[0].processes[2];
	assert_string_equal(row->name, "miglogd");
	assert_int_equal(row->pid, 269);
	assert_int_equal(row->state, 'S');
	assert_near(row->memory, 0.1, 0.001);
	assert_false(row->own);
	assert_true(facts->tops[0].processes[0].own);
	assert_true(facts->tops[0].processes[1].own);
	assert_int_equal(facts->tops[0].frames, 2);
}

static void first_screen_alone_gives_no_fact(void **state)
{
	struct facts *facts = read_text(*state, "top", FIRST);
	assert_int_equal(facts->tops[0].frames, 1);
	assert_int_equal(facts->tops[0].process_count, 3);
	assert_absent(facts, FACT_ID_TOP_PROCESS, "first screen");
}

static void screen_cut_by_our_key_is_not_the_last(void **state)
{
	struct facts *facts = read_text(*state, "top",
	                                "\f\n" FIRST "\f\n" SECOND "\f\nRun Time:  12 days\n"
	                                "         miglogd      269      S       0.0     0.1  1\n");
	assert_int_equal(facts->tops[0].frames, 2);
	assert_text_fact(facts, FACT_ID_TOP_PROCESS, "miglogd");
	assert_real_fact(facts, FACT_ID_TOP_PROCESS_CPU, 12.5);
	facts = read_text(*state, "top", FIRST SECOND "\f\nRun Time:  12 days, 3 hours and 4 minutes\n");
	assert_int_equal(facts->tops[0].frames, 2);
	assert_int_equal(facts->tops[0].process_count, 3);
}

static void old_and_narrow_rows_are_read(void **state)
{
	struct facts *facts = read_text(*state, "top",
	                                "Run Time: 13 days, 13 hours and 58 minutes\n"
	                                "0U, 0S, 98I; 123T, 25F, 32KF\n"
	                                "httpsd    903       R        0.5       5.5\n"
	                                " initXXXXXXXXXXX        1      S       0.0     2.2\n"
	                                "  wad   901  S< 0.5  4.0    12\n"
	                                "  typo  902  s  0.5  4.0\n");
	assert_int_equal(facts->tops[0].process_count, 4);
	assert_int_equal(facts->tops[0].processes[3].state, 'S');
}

static void figures_that_cannot_be_spoil_the_fact(void **state)
{
	struct facts *facts = read_text(*state, "top", FIRST FIRST "  wad   901  S  999999.5  4.0\n");
	assert_absent(facts, FACT_ID_TOP_PROCESS, "cannot be");
	facts = read_text(*state, "top", FIRST FIRST "  wad   901  S  0.5  104.0\n");
	assert_absent(facts, FACT_ID_TOP_PROCESS, "cannot be");
}

static void only_our_own_processes_are_no_finding(void **state)
{
	struct facts *facts = read_text(*state, "top",
	                                "Run Time:  1 days\n newcli 1 R 50.0 1.0\n"
	                                "Run Time:  1 days\n newcli 1 R 50.0 1.0\n");
	assert_absent(facts, FACT_ID_TOP_PROCESS, "our own");
}

static void text_without_processes_gives_no_top(void **state)
{
	static const char *const texts[] = {"",
	                                    "\f\n\f\n",
	                                    "Run Time: 1 days\n",
	                                    "a b c d e\n wad 12 QQ 1.0 2.0\n",
	                                    " wad 0 S 1.0 2.0\n",
	                                    " wad 5 S\n",
	                                    " wad 5 S x\n",
	                                    " wad 5 S 1.0 2.0 a\n"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct facts *facts = read_text(*state, "top", texts[i]);
		assert_int_equal(facts->top_count, 0);
		assert_absent(facts, FACT_ID_TOP_PROCESS, "not read");
	}
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	struct facts *facts = facts_new(arena);
	const struct read_input input = {.step = "step", .text = cut};
	reader_find("top")->read(arena, &input, facts);
	assert_true(facts->top_count == 1 || cut.n < whole);
	for (size_t i = 0; i < facts->top_count; i++)
		assert_in_range(facts->tops[i].process_count, 1, 3);
	if (facts->item[FACT_ID_TOP_PROCESS].present)
		assert_text_fact(facts, FACT_ID_TOP_PROCESS, "miglogd");
}

static void cut_at_any_byte_it_is_right_or_absent(void **state)
{
	(void)state;
	cut_everywhere(FIRST "\f\n" SECOND, check_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(last_screen_counts),
	        READ_TEST(processes_have_all_their_columns),
	        READ_TEST(first_screen_alone_gives_no_fact),
	        READ_TEST(screen_cut_by_our_key_is_not_the_last),
	        READ_TEST(old_and_narrow_rows_are_read),
	        READ_TEST(figures_that_cannot_be_spoil_the_fact),
	        READ_TEST(only_our_own_processes_are_no_finding),
	        READ_TEST(text_without_processes_gives_no_top),
	        READ_TEST(cut_at_any_byte_it_is_right_or_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
