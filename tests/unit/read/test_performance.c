#include "support.h"

static const char modern[] =
        "CPU states: 6% user 4% system 0% nice 80% idle 0% iowait 1% irq 9% softirq \n"
        "CPU0 states: 1% user 2% system 0% nice 97% idle 0% iowait 0% irq 0% softirq \n"
        "CPU1 states: 4% user 3% system 0% nice 2% idle 0% iowait 1% irq 90% softirq \n"
        "CPU10 states: 13% user 7% system 0% nice 80% idle 0% iowait 0% irq 0% softirq \n"
        "Memory: 2000000k total, 820000k used (41.0%), 1000000k free (50.0%), 180000k freeable (9.0%) \n"
        "Average network usage: 120 / 18 kbps in 1 minute, 259 / 38 kbps in 10 minutes, 194 / 29 kbps in 30 minutes\n"
        "Maximal network usage: 804 / 146 kbps in 1 minute, 804 / 146 kbps in 10 minutes\n"
        "Average sessions: 73 sessions in 1 minute, 59 sessions in 10 minutes, 44 sessions in 30 minutes\n"
        "Maximal sessions: 105 sessions in 1 minute, 105 sessions in 10 minutes, 105 sessions in 30 minutes\n"
        "Average session setup rate: 2 sessions per second in last 1 minute, 4 sessions per second in last 10 minutes\n"
        "Average NPU sessions: 9 sessions in last 1 minute, 0 sessions in last 10 minutes\n"
        "Virus caught: 0 total in 1 minute\n"
        "Uptime: 22 days,  2 hours,  17 minutes\n";

static const char old[] = "CPU states: 32% user 67% system 0% nice 1% idle\n"
                          "CPU0 states: 32% user 67% system 0% nice 1% idle\n"
                          "Memory states: 33% used\n"
                          "Average network usage: 5898 kbps in 1 minute, 7604 kbps in 10 minutes\n"
                          "Average sessions: 2571 sessions in 1 minute, 2670 sessions in 10 minutes\n"
                          "Uptime: 0 days,  0 hours,  0 minutes\n";

static void modern_layout_is_read(void **state)
{
	struct facts *facts = read_text(*state, "performance", modern);
	assert_int_fact(facts, FACT_ID_CPU_SAMPLES, 1);
	assert_real_fact(facts, FACT_ID_CPU_BUSY, 20);
	assert_real_fact(facts, FACT_ID_CPU_CORE_BUSY_MAX, 98);
	assert_real_fact(facts, FACT_ID_CPU_CORE_SOFTIRQ_MAX, 90);
	assert_int_fact(facts, FACT_ID_CPU_CORES, 3);
	assert_int_fact(facts, FACT_ID_MEMORY_TOTAL, 2000000);
	assert_real_fact(facts, FACT_ID_MEMORY_USED, 41);
	assert_real_fact(facts, FACT_ID_MEMORY_FREEABLE, 9);
	assert_int_fact(facts, FACT_ID_NETWORK_IN, 120);
	assert_int_fact(facts, FACT_ID_NETWORK_OUT, 18);
	assert_int_fact(facts, FACT_ID_SESSIONS, 73);
	assert_int_fact(facts, FACT_ID_SESSION_SETUP_RATE, 2);
	assert_int_fact(facts, FACT_ID_DEVICE_UPTIME, 22 * 86400 + 2 * 3600 + 17 * 60);
}

static void sample_keeps_cores_in_order_with_their_lines(void **state)
{
	struct facts *facts = read_text(*state, "performance", modern);
	const struct performance *sample = &facts->performance[0];
	assert_int_equal(facts->performance_count, 1);
	assert_true(sample->have_all && sample->all.have_irq && sample->have_memory);
	assert_int_equal(sample->core_count, 3);
	assert_int_equal(sample->core_numbers[2], 10);
	assert_int_equal(sample->cores[1].from.line, 3);
	assert_near(sample->cores[1].irq, 1, 0.001);
	assert_near(sample->memory_free, 50, 0.001);
	assert_int_equal(facts->item[FACT_ID_CPU_CORE_BUSY_MAX].from.line, 3);
}

static void old_layout_is_read(void **state)
{
	struct facts *facts = read_text(*state, "performance", old);
	assert_real_fact(facts, FACT_ID_CPU_BUSY, 99);
	assert_absent(facts, FACT_ID_CPU_CORE_SOFTIRQ_MAX, "softirq");
	assert_real_fact(facts, FACT_ID_MEMORY_USED, 33);
	assert_absent(facts, FACT_ID_MEMORY_FREEABLE, "freeable");
	assert_false(facts->item[FACT_ID_MEMORY_TOTAL].present);
	assert_absent(facts, FACT_ID_NETWORK_IN, "one figure");
	assert_int_fact(facts, FACT_ID_DEVICE_UPTIME, 0);
}

static void whole_percent_memory_line_is_read(void **state)
{
	struct facts *facts =
	        read_text(*state, "performance", "Memory: 4050332k total, 527148k used (13%), 3381312k free (83%)\n");
	assert_real_fact(facts, FACT_ID_MEMORY_USED, 13);
	assert_absent(facts, FACT_ID_MEMORY_FREEABLE, "freeable");
	assert_absent(facts, FACT_ID_CPU_BUSY, "not read");
}

static void newest_of_two_samples_counts(void **state)
{
	struct facts *facts = read_text(*state, "performance", modern);
	read_into(*state, "performance", old, facts);
	assert_int_equal(facts->performance_count, 2);
	assert_int_fact(facts, FACT_ID_CPU_SAMPLES, 2);
	assert_real_fact(facts, FACT_ID_CPU_BUSY, 99);
	assert_real_fact(facts, FACT_ID_MEMORY_USED, 33);
	assert_near(facts->performance[0].all.idle, 80, 0.001);
}

static void figures_that_cannot_be_are_never_taken(void **state)
{
	static const char *const lines[] = {
	        "CPU states: 120% user 0% system 0% nice 1% idle\n",
	        "CPU states: -1% user 0% system 0% nice 101% idle\n",
	        "CPU states: 0% user 0% system 0% nice 0% idle 0% iowait 0% irq 0% softirq\n",
	        "CPU states: 90% user 90% system 0% nice 90% idle\n",
	        "CPU states: 1% user 1% system 98% idle\n",
	        "CPU states: 1% user 1% system 0% nice 98% idle 0% iowait\n",
	        "CPU states: a lot\n",
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct facts *facts = read_text(*state, "performance", lines[i]);
		assert_absent(facts, FACT_ID_CPU_BUSY, "add up");
		assert_false(facts->item[FACT_ID_CPU_SAMPLES].present);
		assert_int_equal(facts->performance_count, 0);
	}
}

static void damaged_line_of_a_core_leaves_no_busiest_core(void **state)
{
	struct facts *facts = read_text(*state, "performance",
	                                "CPU states: 2% user 2% system 0% nice 96% idle\n"
	                                "CPU0 states: 1% user 2% system 0% nice 97% idle\n"
	                                "CPU1 states: 4% user 3% sys\n");
	assert_real_fact(facts, FACT_ID_CPU_BUSY, 4);
	assert_absent(facts, FACT_ID_CPU_CORE_BUSY_MAX, "add up");
	assert_int_equal(facts->performance[0].cores_damaged, 1);
}

static void memory_lines_that_cannot_be_are_never_taken(void **state)
{
	static const struct {
		const char *line, *reason;
	} cases[] = {
	        {"Memory: Data Unavailable\n", "unavailable"},
	        {"Memory: 1000k total, 900k used (12.0%), 100k free (10%)\n", "contradicts"},
	        {"Memory: 0k total, 0k used (0%), 0k free (0%)\n", "contradicts"},
	        {"Memory: 1000k total, 900k used (190%), 100k free (10%)\n", "form"},
	        {"Memory: 1000k total, 900k used\n", "form"},
	        {"Memory states: 149% used\n", "form"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct facts *facts = read_text(*state, "performance", cases[i].line);
		assert_absent(facts, FACT_ID_MEMORY_USED, cases[i].reason);
		assert_false(facts->item[FACT_ID_MEMORY_TOTAL].present);
	}
}

static void missing_uptime_is_absent(void **state)
{
	struct facts *facts =
	        read_text(*state, "performance", "Uptime: 3 days,  25 hours,  1 minutes\nget uptime failed.\n");
	assert_absent(facts, FACT_ID_DEVICE_UPTIME, "not read");
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	static const enum fact_id reals[] = {FACT_ID_CPU_BUSY, FACT_ID_MEMORY_USED, FACT_ID_MEMORY_FREEABLE};
	static const double values[] = {20, 41, 9};
	static const enum fact_id ints[] = {FACT_ID_SESSIONS, FACT_ID_NETWORK_IN, FACT_ID_DEVICE_UPTIME};
	static const int64_t numbers[] = {73, 120, 1909020};
	struct facts *facts = facts_new(arena);
	const struct read_input input = {.step = "step", .text = cut};
	reader_find("performance")->read(arena, &input, facts);
	for (size_t i = 0; i < 3; i++) {
		if (facts->item[reals[i]].present)
			assert_real_fact(facts, reals[i], values[i]);
		if (facts->item[ints[i]].present)
			assert_int_fact(facts, ints[i], numbers[i]);
		assert_true(cut.n < whole || facts->item[ints[i]].present);
	}
}

static void cut_at_any_byte_it_is_right_or_absent(void **state)
{
	(void)state;
	cut_everywhere(modern, check_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(modern_layout_is_read),
	        READ_TEST(sample_keeps_cores_in_order_with_their_lines),
	        READ_TEST(old_layout_is_read),
	        READ_TEST(whole_percent_memory_line_is_read),
	        READ_TEST(newest_of_two_samples_counts),
	        READ_TEST(figures_that_cannot_be_are_never_taken),
	        READ_TEST(damaged_line_of_a_core_leaves_no_busiest_core),
	        READ_TEST(memory_lines_that_cannot_be_are_never_taken),
	        READ_TEST(missing_uptime_is_absent),
	        READ_TEST(cut_at_any_byte_it_is_right_or_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
