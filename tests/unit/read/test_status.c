#include "support.h"
#include "timestamp.h"

static const char sample[] = "Version: FortiGate-61F v7.4.8,build2795,250523 (GA.M)\n"
                             "First GA patch build date: 230509\n"
                             "Virus-DB: 93.06337(2025-11-26 16:20)\n"
                             "Serial-Number: FGT61FTK00000001\n"
                             "Hostname: edge-7 \n"
                             "Operation Mode: NAT\n"
                             "Current virtual domain: root\n"
                             "Max number of virtual domains: 10\n"
                             "Virtual domains status: 2 in NAT mode, 0 in TP mode\n"
                             "Virtual domain configuration: multiple\n"
                             "Current HA mode: a-p, primary\n"
                             "Cluster uptime: 36 days, 21 hours, 42 minutes, 22 seconds\n"
                             "Branch point: 2795\n"
                             "System time: Tue Dec  2 08:51:07 2025\n"
                             "Last reboot reason: warm reboot\n";

static void device_facts_are_read(void **state)
{
	struct facts *facts = read_text(*state, "status", sample);
	int64_t time_us;
	assert_text_fact(facts, FACT_ID_DEVICE_MODEL, "FortiGate-61F");
	assert_text_fact(facts, FACT_ID_DEVICE_VERSION, "7.4.8");
	assert_int_fact(facts, FACT_ID_DEVICE_BUILD, 2795);
	assert_text_fact(facts, FACT_ID_DEVICE_SERIAL, "FGT61FTK00000001");
	assert_text_fact(facts, FACT_ID_DEVICE_HOSTNAME, "edge-7");
	assert_text_fact(facts, FACT_ID_DEVICE_VDOM, "root");
	assert_text_fact(facts, FACT_ID_DEVICE_VDOM_MODE, "multiple");
	assert_text_fact(facts, FACT_ID_DEVICE_HA_MODE, "a-p, primary");
	assert_true(timestamp_parse(str_of("2025-12-02"), str_of("08:51:07"), &time_us));
	assert_int_fact(facts, FACT_ID_DEVICE_TIME, time_us);
}

static void source_names_step_line_and_text(void **state)
{
	struct facts *facts = read_text(*state, "status", sample);
	const struct source *from = &facts->item[FACT_ID_DEVICE_SERIAL].from;
	assert_string_equal(from->step, "step");
	assert_int_equal(from->line, 4);
	assert_string_equal(from->text, "Serial-Number: FGT61FTK00000001");
}

static void old_and_virtual_devices_are_read(void **state)
{
	struct facts *facts =
	        read_text(*state, "status", "Version: FortiGate-VM64-KVM v5.2.2,build0642,141118 (GA)\r\n");
	assert_text_fact(facts, FACT_ID_DEVICE_MODEL, "FortiGate-VM64-KVM");
	assert_text_fact(facts, FACT_ID_DEVICE_VERSION, "5.2.2");
	assert_int_fact(facts, FACT_ID_DEVICE_BUILD, 642);
}

static void first_of_two_lines_counts(void **state)
{
	struct facts *facts = read_text(*state, "status", "Hostname: first\nHostname: second\n");
	assert_text_fact(facts, FACT_ID_DEVICE_HOSTNAME, "first");
}

static void damaged_lines_give_no_fact(void **state)
{
	static const char *const texts[] = {
	        "Version: FortiGate\nSystem time: yesterday\n",
	        "Version: FortiGate-61F v7.x,build,1\nSystem time: Tue Foo  2 08:51:07 2025\n",
	        "Version: FortiGate-61F v7.4,build99999999999\nSystem time: Tue Feb 30 08:51:07 2025\n",
	        "Version: FortiGate-61F v7.4.8.1,buildx\nSystem time: Tue Dec  2 25:51:07 2025\n",
	        "Version: v7.4.8\nSystem time: Tue Dec  2 08:51:07 2025 CET\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct facts *facts = read_text(*state, "status", texts[i]);
		assert_absent(facts, FACT_ID_DEVICE_VERSION, "ver");
		assert_false(facts->item[FACT_ID_DEVICE_BUILD].present);
		assert_absent(facts, FACT_ID_DEVICE_TIME, "time");
	}
}

static void line_that_was_cut_gives_no_fact(void **state)
{
	struct facts *facts = read_text(*state, "status", "Serial-Number: FGT61F\nHostname: edg");
	assert_text_fact(facts, FACT_ID_DEVICE_SERIAL, "FGT61F");
	assert_false(facts->item[FACT_ID_DEVICE_HOSTNAME].present);
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	struct facts *full = read_text(arena, "status", sample);
	struct facts *facts = facts_new(arena);
	const struct read_input input = {.step = "step", .text = cut};
	reader_find("status")->read(arena, &input, facts);
	const struct reader *reader = reader_find("status");
	for (size_t i = 0; i < reader->fact_count; i++) {
		const struct fact *part = &facts->item[reader->facts[i]];
		const struct fact *all = &full->item[reader->facts[i]];
		if (!part->present)
			assert_true(cut.n < whole);
		else if (fact_defs[reader->facts[i]].type == FACT_TEXT)
			assert_string_equal(part->value.text, all->value.text);
		else
			assert_int_equal(part->value.integer, all->value.integer);
	}
}

static void cut_at_any_byte_it_is_right_or_absent(void **state)
{
	(void)state;
	cut_everywhere(sample, check_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(device_facts_are_read),
	        READ_TEST(source_names_step_line_and_text),
	        READ_TEST(old_and_virtual_devices_are_read),
	        READ_TEST(first_of_two_lines_counts),
	        READ_TEST(damaged_lines_give_no_fact),
	        READ_TEST(line_that_was_cut_gives_no_fact),
	        READ_TEST(cut_at_any_byte_it_is_right_or_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
