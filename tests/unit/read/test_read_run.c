#include "readers.h"
#include "support.h"

/* A run made by hand: what each step received, as its lane's bytes. */

#define PROMPT "FGT # "

struct run {
	struct planned_step planned[12];
	struct step_run steps[12];
	struct step_list list;
	struct facts facts;
	struct str clean[12];
	struct playbook playbook;
};

static struct run *run_new(struct arena *arena)
{
	struct run *run = ARENA_NEW(arena, struct run);
	run->list.steps = run->steps;
	return run;
}

static struct step_run *add(struct arena *arena, struct run *run, const char *id, const char *read, const char *command,
                            const char *body)
{
	size_t i = run->list.count++;
	run->planned[i] =
	        (struct planned_step){.id = id, .on = "gate", .lane = "main", .read = read, .command = command};
	run->steps[i] = (struct step_run){.planned = &run->planned[i],
	                                  .id = id,
	                                  .lane = "main",
	                                  .command = command,
	                                  .scope = "",
	                                  .end = {.state = STEP_DONE, .prompt = PROMPT}};
	run->steps[i].raw = str_of(arena_printf(arena, "%s\r\r\n%s\r\n" PROMPT, command, body));
	return &run->steps[i];
}

static void read_it(struct arena *arena, struct run *run)
{
	read_run(arena, &run->playbook, &run->list, &run->facts, run->clean);
}

static void every_step_goes_to_its_reader(void **state)
{
	struct run *run = run_new(*state);
	add(*state, run, "status", "status", "get system status", "Hostname: FGT\r\nSerial-Number: FGT1\r\n");
	add(*state, run, "performance.1", "performance", "get system performance status",
	    "CPU states: 1% user 0% system 0% nice 99% idle\r\n");
	add(*state, run, "performance.2", "performance", "get system performance status",
	    "CPU states: 3% user 0% system 0% nice 97% idle\r\n");
	add(*state, run, "memory", "memory", "diagnose hardware sysinfo memory", "MemTotal: 1000 kB\r\n");
	add(*state, run, "conserve", "conserve", "diagnose hardware sysinfo conserve", "memory conserve mode: off\r\n");
	read_it(*state, run);
	assert_text_fact(&run->facts, FACT_ID_DEVICE_HOSTNAME, "FGT");
	assert_string_equal(run->facts.item[FACT_ID_DEVICE_SERIAL].from.step, "status");
	assert_int_equal(run->facts.item[FACT_ID_DEVICE_SERIAL].from.line, 2);
	assert_int_equal(run->facts.performance_count, 2);
	assert_string_equal(run->facts.performance[0].step, "performance.1");
	assert_real_fact(&run->facts, FACT_ID_CPU_BUSY, 3);
	assert_int_fact(&run->facts, FACT_ID_MEMORY_TOTAL, 1000);
	assert_int_fact(&run->facts, FACT_ID_CONSERVE_MODE, 0);
	assert_absent(&run->facts, FACT_ID_CONSERVE_RED, "output of step conserve");
	assert_absent(&run->facts, FACT_ID_PING_SENT, "no step of this run");
	assert_true(str_is(run->clean[4], "memory conserve mode: off\n"));
}

static void refused_command_fails_and_names_the_right(void **state)
{
	static const struct {
		const char *read, *command, *right;
	} cases[] = {
	        {"top", "diagnose sys top 1 20 2", "cli-diagnose from FortiOS 7.4.2 on, system-diagnostics from 6.4"},
	        {"ping", "execute ping 192.0.2.9", "lacks the right cli-exec"},
	        {"performance", "get system performance status", "lacks the right cli-get"},
	};
	for (size_t i = 0; i < 3; i++) {
		struct run *run = run_new(*state);
		struct step_run *step =
		        add(*state, run, "step", cases[i].read, cases[i].command,
		            "\r\ncommand parse error before 'sys'\r\nCommand fail. Return code -61\r\n");
		read_it(*state, run);
		assert_int_equal(step->end.state, STEP_FAILED);
		assert_non_null(strstr(step->end.reason, cases[i].right));
		assert_non_null(strstr(step->end.reason, "command parse error before 'sys'"));
		assert_non_null(strstr(step->end.reason, "VDOM context"));
		assert_absent(&run->facts, reader_find(cases[i].read)->facts[0], cases[i].right);
		assert_int_equal(run->facts.ping_count + run->facts.top_count, 0);
	}
}

static void right_has_its_name_in_the_version_at_hand(void **state)
{
	static const struct {
		const char *version, *diagnose, *execute;
	} cases[] = {
	        {"7.6.3", "profile lacks the right cli-diagnose,", "lacks the right cli-exec,"},
	        {"7.4.2", "profile lacks the right cli-diagnose,", "lacks the right cli-exec,"},
	        {"7.4.1", "lacks the right system-diagnostics", "FortiOS 7.4.1 has no right of its own"},
	        {"6.4.0", "lacks the right system-diagnostics", "FortiOS 6.4.0 has no right of its own"},
	        {"6.2.16", "FortiOS 6.2.16 gives no read-only profile the diagnose", "6.2.16 has no right"},
	        {"5.4.5", "FortiOS 5.4.5 gives no read-only profile the diagnose", "5.4.5 has no right"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct run *run = run_new(*state);
		add(*state, run, "status", "status", "get system status",
		    arena_printf(*state, "Version: FortiGate-60F v%s,build0100,250101 (GA)\r\n", cases[i].version));
		struct step_run *top =
		        add(*state, run, "top", "top", "diagnose sys top 1 20 2", "Unknown action 0\r\n");
		struct step_run *ping =
		        add(*state, run, "ping", "ping", "execute ping 192.0.2.9", "Unknown action 0\r\n");
		read_it(*state, run);
		if (!strstr(top->end.reason, cases[i].diagnose) || !strstr(ping->end.reason, cases[i].execute))
			fail_msg("%s: %s; %s", cases[i].version, top->end.reason, ping->end.reason);
	}
}

static void command_that_this_version_lacks_is_no_missing_right(void **state)
{
	struct run *run = run_new(*state);
	add(*state, run, "status", "status", "get system status",
	    "Version: FortiGate-60C v5.0.7,build3608,140401 (GA)\r\n");
	add(*state, run, "memory", "memory", "diagnose hardware sysinfo memory", "MemTotal: 1000 kB\r\n");
	struct step_run *conserve = add(*state, run, "conserve", "conserve", "diagnose hardware sysinfo conserve",
	                                "\r\ncommand parse error before 'conserve'\r\nCommand fail. Return code 1\r\n");
	struct step_run *scoped =
	        add(*state, run, "top", "top", "sudo root diagnose sys top 1 20 2", "Unknown action 0\r\n");
	scoped->scope = "sudo root ";
	read_it(*state, run);
	assert_non_null(strstr(conserve->end.reason, "FortiOS 5.0.7 does not know it"));
	assert_null(strstr(conserve->end.reason, "right"));
	assert_non_null(strstr(scoped->end.reason, "profile"));
}

static void other_refusals_name_no_right(void **state)
{
	struct run *run = run_new(*state);
	struct step_run *value =
	        add(*state, run, "ping", "ping", "execute ping 192.0.2.9", "value parse error before 'x'\r\n");
	struct step_run *unknown = add(*state, run, "odd", NULL, "get odd thing", "Unknown action 0\r\n");
	unknown->planned = NULL;
	read_it(*state, run);
	assert_int_equal(value->end.state, STEP_FAILED);
	assert_null(strstr(value->end.reason, "right"));
	assert_int_equal(unknown->end.state, STEP_FAILED);
	assert_null(strstr(unknown->end.reason, "right"));
}

static void scope_of_a_refused_command_is_doubted(void **state)
{
	struct run *run = run_new(*state);
	struct step_run *step =
	        add(*state, run, "ping", "ping", "sudo PROD execute ping 192.0.2.9", "Unknown action 0\r\n");
	step->scope = "sudo PROD ";
	read_it(*state, run);
	assert_int_equal(step->end.state, STEP_FAILED);
	assert_non_null(strstr(step->end.reason, "may not enter this VDOM"));
}

static void a_vdom_that_the_device_stumbles_over_is_named(void **state)
{
	struct run *run = run_new(*state);
	struct step_run *step = add(*state, run, "ping", "ping", "sudo NOPE execute ping 192.0.2.9",
	                            "\r\ncommand parse error before 'NOPE'\r\nCommand fail. Return code -61\r\n");
	step->scope = "sudo NOPE ";
	read_it(*state, run);
	assert_int_equal(step->end.state, STEP_FAILED);
	assert_non_null(strstr(step->end.reason, "no VDOM 'NOPE'"));
	assert_non_null(strstr(step->end.reason, "--vdom"));
}

static void refusal_words_deep_in_output_are_output(void **state)
{
	struct run *run = run_new(*state);
	struct step_run *step = add(*state, run, "status", "status", "get system status",
	                            "Hostname: FGT\r\nOperation Mode: NAT\r\nBranch point: 1\r\nUnknown action 0\r\n");
	read_it(*state, run);
	assert_int_equal(step->end.state, STEP_DONE);
	assert_text_fact(&run->facts, FACT_ID_DEVICE_HOSTNAME, "FGT");
}

static void skipped_and_failed_steps_give_their_reason(void **state)
{
	struct run *run = run_new(*state);
	struct step_run *skipped = add(*state, run, "conserve", "conserve", "diagnose hardware sysinfo conserve", "");
	skipped->end = (struct step_end){.state = STEP_SKIPPED, .reason = "out of time", .prompt = ""};
	skipped->raw = (struct str){"", 0};
	struct step_run *failed = add(*state, run, "memory", "memory", "diagnose hardware sysinfo memory", "");
	failed->end = (struct step_end){.state = STEP_FAILED, .reason = "the link was lost", .prompt = ""};
	failed->raw = str_of("diagnose hardware sysinfo memory\r\r\nMemTotal: 1000 kB\r\nMemFree:   50");
	read_it(*state, run);
	assert_absent(&run->facts, FACT_ID_CONSERVE_MODE, "step conserve was skipped: out of time");
	assert_int_fact(&run->facts, FACT_ID_MEMORY_TOTAL, 1000);
	assert_absent(&run->facts, FACT_ID_MEMORY_FREE, "step memory failed: the link was lost");
	assert_int_equal(run->clean[0].n, 0);
}

static void stopped_step_gives_what_it_told(void **state)
{
	struct run *run = run_new(*state);
	struct step_run *step = add(*state, run, "ping", "ping", "execute ping 192.0.2.9",
	                            "PING 192.0.2.9 (192.0.2.9): 56 data bytes\r\n"
	                            "64 bytes from 192.0.2.9: icmp_seq=0 ttl=64 time=1.0 ms\r\n"
	                            "64 bytes from 192.0.2.9: icmp_seq=1 ttl=64 time=1.0 ms\r\n\r\n"
	                            "2 packets transmitted, 2 packets received, 0% packet loss\r\n");
	step->end = (struct step_end){.state = STEP_STOPPED,
	                              .reason = "loss is decided",
	                              .prompt = PROMPT,
	                              .interrupted = true,
	                              .requested = 300,
	                              .adaptive = true,
	                              .options_read_back = true};
	add(*state, run, "top", "top", "diagnose sys top 1 20 2", "")->end =
	        (struct step_end){.state = STEP_STOPPED, .reason = "time is up", .prompt = ""};
	read_it(*state, run);
	const struct ping_run *ping = &run->facts.pings[0];
	assert_int_equal(ping->requested, 300);
	assert_true(ping->adaptive && ping->options_read_back && ping->truncated);
	assert_int_fact(&run->facts, FACT_ID_PING_SENT, 1);
	assert_absent(&run->facts, FACT_ID_TOP_PROCESS, "step top was stopped before it told it: time is up");
}

static void first_failed_sample_does_not_hide_the_second(void **state)
{
	struct run *run = run_new(*state);
	add(*state, run, "performance.1", "performance", "get system performance status", "Unknown action 0\r\n");
	add(*state, run, "performance.2", "performance", "get system performance status",
	    "CPU states: 3% user 0% system 0% nice 97% idle\r\n");
	add(*state, run, "performance.3", "performance", "get system performance status", "Unknown action 0\r\n");
	read_it(*state, run);
	assert_real_fact(&run->facts, FACT_ID_CPU_BUSY, 3);
	assert_absent(&run->facts, FACT_ID_MEMORY_USED, "performance.3");
}

static void repaints_of_top_are_its_screens(void **state)
{
	struct run *run = run_new(*state);
	add(*state, run, "top", "top", "diagnose sys top 1 20 2",
	    "\x1b[H\x1b[JRun Time:  1 days\r\n         wad      1      S      99.0     0.1\r\n"
	    "\x1b[H\x1b[JRun Time:  1 days\r\n         wad      1      S       7.0     0.1\r\n");
	read_it(*state, run);
	assert_int_equal(run->facts.tops[0].frames, 2);
	assert_real_fact(&run->facts, FACT_ID_TOP_PROCESS_CPU, 7);
}

static void repeated_step_finds_its_pattern(void **state)
{
	struct playbook_step step = {
	        .id = "sensors", .read = "pattern", .pattern = "fan=(?<f>\\d+)", .repeat_count = 2};
	struct run *run = run_new(*state);
	step.pattern_facts = arena_array(*state, 1, sizeof *step.pattern_facts);
	step.pattern_facts[0].group = "f";
	step.pattern_facts[0].name = "fan";
	step.pattern_facts[0].unit = "";
	step.pattern_fact_count = 1;
	run->playbook = (struct playbook){.steps = &step, .step_count = 1};
	add(*state, run, "sensors.1", "pattern", "get system status", "fan=3\r\n");
	add(*state, run, "sensors.2", "pattern", "get system status", "")->end.state = STEP_SKIPPED;
	read_it(*state, run);
	assert_int_equal(run->facts.extra_count, 1);
	assert_int_equal(facts_find(&run->facts, "fan", NULL, NULL)->value.integer, 3);
	run->list.count = 0;
	add(*state, run, "sensors.1", "pattern", "get system status", "fan\r\n");
	read_it(*state, run);
	assert_non_null(strstr(facts_find(&run->facts, "fan", NULL, NULL)->absent, "step sensors.1"));
}

static void what_the_host_says_is_no_fact_of_the_gate(void **state)
{
	struct run *run = run_new(*state);
	add(*state, run, "host-memory", "memory", "cat /proc/meminfo", "MemTotal: 1000 kB\r\n");
	run->planned[0].on = "host";
	read_it(*state, run);
	assert_absent(&run->facts, FACT_ID_MEMORY_TOTAL, "no step of this run");
}

static void steps_without_a_reader_are_only_cleaned(void **state)
{
	struct run *run = run_new(*state);
	add(*state, run, "ping/view", NULL, "execute ping-options view-settings", "Repeat Count: 5\r\n")->planned =
	        NULL;
	add(*state, run, "odd", "no-such-reader", "get system status", "Hostname: FGT\r\n");
	read_it(*state, run);
	assert_true(str_is(run->clean[0], "Repeat Count: 5\n"));
	assert_absent(&run->facts, FACT_ID_DEVICE_HOSTNAME, "no step of this run");
}

static void every_reader_of_playbooks_exists(void **state)
{
	(void)state;
	assert_int_equal(reader_count, playbook_reader_count);
	for (size_t i = 0; i < playbook_reader_count; i++)
		assert_non_null(reader_find(playbook_readers[i].name));
	assert_null(reader_find("nobody"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(every_step_goes_to_its_reader),
	        READ_TEST(refused_command_fails_and_names_the_right),
	        READ_TEST(right_has_its_name_in_the_version_at_hand),
	        READ_TEST(command_that_this_version_lacks_is_no_missing_right),
	        READ_TEST(other_refusals_name_no_right),
	        READ_TEST(scope_of_a_refused_command_is_doubted),
	        READ_TEST(a_vdom_that_the_device_stumbles_over_is_named),
	        READ_TEST(refusal_words_deep_in_output_are_output),
	        READ_TEST(skipped_and_failed_steps_give_their_reason),
	        READ_TEST(stopped_step_gives_what_it_told),
	        READ_TEST(first_failed_sample_does_not_hide_the_second),
	        READ_TEST(repaints_of_top_are_its_screens),
	        READ_TEST(repeated_step_finds_its_pattern),
	        READ_TEST(what_the_host_says_is_no_fact_of_the_gate),
	        READ_TEST(steps_without_a_reader_are_only_cleaned),
	        READ_TEST(every_reader_of_playbooks_exists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
