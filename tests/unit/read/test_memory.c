#include "support.h"

static const char modern[] = "MemTotal:        2040052 kB\n"
                             "MemFree:          663468 kB\n"
                             "MemAvailable:     900000 kB\n"
                             "Buffers:             172 kB\n"
                             "Active(anon):     172000 kB\n";

static const char conserve[] = "memory conserve mode:                        on\n"
                               "total RAM:                                          1000 MB\n"
                               "memory used:                                        890 MB   89% of total RAM\n"
                               "memory freeable:                                    40 MB   4% of total RAM\n"
                               "memory used + freeable threshold extreme:           950 MB   95% of total RAM\n"
                               "memory used threshold red:                          880 MB   88% of total RAM\n"
                               "memory used threshold green:                        820 MB   82% of total RAM\n";

static void rows_in_kilobytes_are_read(void **state)
{
	struct facts *facts = read_text(*state, "memory", modern);
	assert_int_fact(facts, FACT_ID_MEMORY_TOTAL, 2040052);
	assert_int_fact(facts, FACT_ID_MEMORY_FREE, 663468);
	assert_int_fact(facts, FACT_ID_MEMORY_AVAILABLE, 900000);
	assert_int_equal(facts->item[FACT_ID_MEMORY_FREE].from.line, 2);
}

static void table_in_bytes_is_read(void **state)
{
	struct facts *facts = read_text(*state, "memory",
	                                "        total:    used:    free:  shared: buffers:  cached: shm:\n"
	                                "Mem:  2048000 1024000 512000        0  1024 2048 4096\n"
	                                "Swap:        0        0        0\n");
	assert_int_fact(facts, FACT_ID_MEMORY_TOTAL, 2000);
	assert_int_fact(facts, FACT_ID_MEMORY_FREE, 500);
	assert_absent(facts, FACT_ID_MEMORY_AVAILABLE, "not read");
}

static void rows_win_over_the_table(void **state)
{
	struct facts *facts =
	        read_text(*state, "memory", "Mem:  2048000 1024000 512000 0 1024 2048\nMemTotal: 1999 kB\n");
	assert_int_fact(facts, FACT_ID_MEMORY_TOTAL, 1999);
	assert_int_fact(facts, FACT_ID_MEMORY_FREE, 500);
}

static void amounts_that_cannot_be_are_never_taken(void **state)
{
	struct facts *facts = read_text(*state, "memory", "MemTotal: 0 kB\nMemFree: 5 kB\n");
	assert_absent(facts, FACT_ID_MEMORY_TOTAL, "no memory");
	assert_absent(facts, FACT_ID_MEMORY_FREE, "more is free");
	facts = read_text(*state, "memory", "MemTotal: 12 MB\nMemFree: -5 kB\nMem: 1 2 x 4 5 6\nMem: 1 2\n");
	assert_absent(facts, FACT_ID_MEMORY_TOTAL, "not read");
	assert_absent(facts, FACT_ID_MEMORY_FREE, "not read");
}

static void conserve_lines_are_read(void **state)
{
	struct facts *facts = read_text(*state, "conserve", conserve);
	assert_int_fact(facts, FACT_ID_CONSERVE_MODE, 1);
	assert_int_fact(facts, FACT_ID_CONSERVE_USED, 89);
	assert_int_fact(facts, FACT_ID_CONSERVE_EXTREME, 95);
	assert_int_fact(facts, FACT_ID_CONSERVE_RED, 88);
	assert_int_fact(facts, FACT_ID_CONSERVE_GREEN, 82);
	assert_int_equal(facts->item[FACT_ID_CONSERVE_USED].from.line, 3);
}

static void conserve_mode_off_is_a_measured_no(void **state)
{
	struct facts *facts = read_text(*state, "conserve", "memory conserve mode:   off\n");
	assert_int_fact(facts, FACT_ID_CONSERVE_MODE, 0);
	assert_absent(facts, FACT_ID_CONSERVE_USED, "not read");
}

static void conserve_lines_that_cannot_be_are_never_taken(void **state)
{
	struct facts *facts = read_text(*state, "conserve",
	                                "memory conserve mode: offf\n"
	                                "memory used: 890 MB   189% of total RAM\n"
	                                "memory used threshold red: 88%\n");
	assert_absent(facts, FACT_ID_CONSERVE_MODE, "neither");
	assert_absent(facts, FACT_ID_CONSERVE_USED, "plausible");
	assert_absent(facts, FACT_ID_CONSERVE_RED, "plausible");
}

static void thresholds_out_of_order_are_never_taken(void **state)
{
	struct facts *facts = read_text(*state, "conserve",
	                                "memory used threshold red:   880 MB   88% of total RAM\n"
	                                "memory used threshold green: 890 MB   89% of total RAM\n");
	assert_absent(facts, FACT_ID_CONSERVE_RED, "order");
	assert_absent(facts, FACT_ID_CONSERVE_GREEN, "order");
}

static void check_memory(struct arena *arena, struct str cut, size_t whole)
{
	struct facts *facts = facts_new(arena);
	const struct read_input input = {.step = "step", .text = cut};
	reader_find("memory")->read(arena, &input, facts);
	assert_true(cut.n < whole || facts->item[FACT_ID_MEMORY_AVAILABLE].present);
	if (facts->item[FACT_ID_MEMORY_TOTAL].present)
		assert_int_fact(facts, FACT_ID_MEMORY_TOTAL, 2040052);
	if (facts->item[FACT_ID_MEMORY_FREE].present)
		assert_int_fact(facts, FACT_ID_MEMORY_FREE, 663468);
}

static void check_conserve(struct arena *arena, struct str cut, size_t whole)
{
	struct facts *facts = facts_new(arena);
	const struct read_input input = {.step = "step", .text = cut};
	reader_find("conserve")->read(arena, &input, facts);
	assert_true(cut.n < whole || facts->item[FACT_ID_CONSERVE_GREEN].present);
	if (facts->item[FACT_ID_CONSERVE_MODE].present)
		assert_int_fact(facts, FACT_ID_CONSERVE_MODE, 1);
	if (facts->item[FACT_ID_CONSERVE_EXTREME].present)
		assert_int_fact(facts, FACT_ID_CONSERVE_EXTREME, 95);
}

static void cut_at_any_byte_it_is_right_or_absent(void **state)
{
	(void)state;
	cut_everywhere(modern, check_memory);
	cut_everywhere(conserve, check_conserve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(rows_in_kilobytes_are_read),
	        READ_TEST(table_in_bytes_is_read),
	        READ_TEST(rows_win_over_the_table),
	        READ_TEST(amounts_that_cannot_be_are_never_taken),
	        READ_TEST(conserve_lines_are_read),
	        READ_TEST(conserve_mode_off_is_a_measured_no),
	        READ_TEST(conserve_lines_that_cannot_be_are_never_taken),
	        READ_TEST(thresholds_out_of_order_are_never_taken),
	        READ_TEST(cut_at_any_byte_it_is_right_or_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
