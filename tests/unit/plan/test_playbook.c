#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "playbook.h"
#include "threshold.h"
#include "timestamp.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

#define HEAD "playbook: t\nsummary: s\nneeds: entry\nlimits: { time: 60s }\n"
#define STEP "steps:\n  - id: status\n    send: get system status\n    read: status\n"

static int parse(const char *text, struct playbook *out, struct err *err)
{
	return playbook_parse(arena, "t.yaml", str_of(text), out, err);
}

static void test_a_small_playbook(void **state)
{
	(void)state;
	struct playbook playbook;
	struct err err;
	assert_int_equal(
	        parse(HEAD
	              "vars: { n: 5, t: 3s }\n"
	              "steps:\n"
	              "  - id: cpu\n    scope: global\n    send: get system performance status\n"
	              "    repeat: { count: 2, every: '{t}' }\n    read: performance\n"
	              "  - id: ping\n    lane: p\n    after: [cpu]\n    options: { repeat-count: '{n}' }\n"
	              "    send: execute ping {server.ip}\n    stop: { when: loss-decided, time: 10s, silence: 5s }\n"
	              "    bounds: { bytes: 2048, lines: 50 }\n    read: ping\n"
	              "thresholds: { loss.warning: 2%, entry.age: 5m }\n"
	              "checks:\n  - id: busy\n    when: cpu.busy > 50\n    state: warning\n    say: 'busy "
	              "{cpu.busy}'\n",
	              &playbook, &err),
	        0);
	assert_string_equal(playbook.name, "t");
	assert_int_equal(playbook.step_count, 2);
	assert_int_equal(playbook.steps[0].repeat_every_us, 3 * US_PER_SECOND);
	assert_int_equal(playbook.steps[1].stop_when, STOP_LOSS_DECIDED);
	assert_int_equal(playbook.steps[1].stop_silence_us, 5 * US_PER_SECOND);
	assert_int_equal(playbook.steps[1].max_bytes, 2048);
	assert_true(playbook.thresholds.loss_warning == 2);
	assert_true(playbook.thresholds.loss_critical == 5);
	assert_int_equal(playbook.thresholds.entry_age_us, 300 * US_PER_SECOND);
	assert_int_equal(playbook.check_count, 1);
	assert_int_equal(playbook.checks[0].compare, COMPARE_GT);
}

struct bad {
	const char *text, *telling;
};

static void test_every_error_names_its_place(void **state)
{
	(void)state;
	static const struct bad rows[] = {
	        {"", "t.yaml:1:1: the playbook is empty"},
	        {"- a\n", "t.yaml:1:1: a mapping"},
	        {"a: [\n", "t.yaml:2:1:"},
	        {HEAD, "the key 'steps' is missing"},
	        {HEAD STEP "colour: red\n", "t.yaml:9:1: unknown key 'colour'"},
	        {HEAD STEP "summary: again\n", "t.yaml:9:1: 'summary' stands here twice"},
	        {"playbook: &a t\nsummary: *a\n", "t.yaml:1:11: anchors are not allowed"},
	        {"playbook: !!str t\n", "tags are not allowed"},
	        {HEAD STEP "---\na: b\n", "one document"},
	        {"playbook: t\nsummary: s\nneeds: luck\nlimits: { time: 60s }\n" STEP, "t.yaml:3:8: needs is entry"},
	        {"playbook: t\nsummary: s\nneeds: entry\nlimits: { time: 5h }\n" STEP,
	         "t.yaml:4:17: '5h' is not a time"},
	        {"playbook: t\nsummary: s\nneeds: entry\nlimits: { time: 60 }\n" STEP, "'60' is not a time"},
	        {HEAD "vars: { n: 5x }\n" STEP, "neither a count nor a duration"},
	        {HEAD "vars: { n: 0 }\n" STEP, "neither a count nor a duration"},
	        {HEAD "vars: { 'n;': 5 }\n" STEP, "is no name for a variable"},
	        {HEAD "steps:\n  - id: a\n    send: config vdom\n",
	         "t.yaml:6:5: step a: `config vdom` may not be sent"},
	        {HEAD "steps:\n  - id: a\n    send: diagnose sys session clear\n", "may not be sent"},
	        {HEAD "steps:\n  - id: a\n    send: sudo root get system status\n", "sudo comes from the step's scope"},
	        {HEAD "steps:\n  - id: a\n    send: exit\n", "leaves by itself"},
	        {HEAD "steps:\n  - id: a\n    send: execute ping {who}\n", "nothing is called {who}"},
	        {HEAD "steps:\n  - id: a\n    send: diagnose sniffer packet any \"icmp\" 4 0 a\n", "may not be sent"},
	        {HEAD "steps:\n  - id: A\n    send: get system status\n", "'A' is no name"},
	        {HEAD "steps:\n  - send: get system status\n", "the key 'id' is missing"},
	        {HEAD STEP "  - id: status\n    send: get system status\n", "called 'status' already"},
	        {HEAD "steps:\n  - id: a\n    after: [b]\n    send: get system status\n",
	         "no earlier step is called 'b'"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: tea\n", "there is no reader 'tea'"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    repeat: { count: 11, every: 1s }\n",
	         "not a number from 1 to 10"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    repeat: { count: 2, every: 61s }\n",
	         "not a duration of at most 60 s"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    bounds: { bytes: 9999999 }\n",
	         "not a number from 1024"},
	        {HEAD "steps:\n  - id: a\n    when: fast-loss\n    send: execute ping {server.ip}\n",
	         "needs a ping before it"},
	        {HEAD "steps:\n  - id: a\n    send: execute ping {server.ip}\n    read: ping\n    lane: other\n"
	              "  - id: b\n    when: fast-loss\n    send: execute ping {server.ip}\n",
	         "needs a ping before it"},
	        {HEAD "steps:\n  - id: a\n    on: moon\n    send: get system status\n", "'moon' is not one of"},
	        {HEAD "steps:\n  - id: a\n    options: { repeat-count: 5 }\n    send: get system status\n",
	         "only a ping has options"},
	        {HEAD "steps:\n  - id: a\n    options: { source: 5 }\n    send: execute ping {server.ip}\n",
	         "may not be sent"},
	        {HEAD "steps:\n  - id: a\n    options: { repeat-count: 0 }\n    send: execute ping {server.ip}\n",
	         "may not be sent"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n", "go together"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: '(?<x>'\n    "
	              "facts: { x: a.b }\n",
	         "does not compile at offset"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: '(?<x>.)'\n    "
	              "facts: { y: a.b }\n",
	         "the pattern has no group 'y'"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: '(?<x>.)'\n    "
	              "facts: { x: cpu.busy }\n",
	         "a fact of fgdiag's own"},
	        {HEAD STEP "checks:\n  - { id: f, when: fan.alarms > 0, state: warning, say: x }\n",
	         "no step reads the fact 'fan.alarms'"},
	        {HEAD STEP "checks:\n  - { id: f, when: cpu.busy ~ 0, state: warning, say: x }\n",
	         "none of > >= < <= == !="},
	        {HEAD STEP "checks:\n  - { id: f, when: cpu.busy > x, state: warning, say: x }\n", "is not a number"},
	        {HEAD STEP "checks:\n  - { id: f, when: cpu.busy > 0, state: ok, say: x }\n", "warning or critical"},
	        {HEAD STEP "checks:\n  - { id: refused, when: cpu.busy > 0, state: warning, say: x }\n",
	         "fgdiag's own"},
	        {HEAD STEP "checks:\n  - { id: f, when: cpu.busy > 0, state: warning, say: '{nope}' }\n",
	         "nothing is called {nope}"},
	        {HEAD STEP "thresholds: { loss.maximum: 5% }\n", "unknown threshold 'loss.maximum'"},
	        {HEAD STEP "thresholds: { loss.warning: 101% }\n", "not a percentage"},
	        {HEAD STEP "thresholds: { loss.warning: -1% }\n", "not a percentage"},
	        {HEAD "steps:\n  - id: a\n    send: execute ping-options reset\n", "ping options stand in `options`"},
	        {HEAD "steps:\n  - id: a\n    send: execute ping-options repeat-count 5\n",
	         "ping options stand in `options`"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    stop: { when: loss-decided }\n",
	         "only a ping can decide"},
	        {HEAD "steps:\n  - id: a\n    send: execute ping {server.ip}\n    stop: { when: traffic-decided }\n",
	         "only a sniffer can decide"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    stop: { when: tired }\n",
	         "'tired' is not one of: loss-decided, traffic-decided"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    stop: { time: 14401s }\n",
	         "at most 14400 s"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    stop: { time: '{none}' }\n",
	         "nothing is called {none}"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    bounds: { lines: 200001 }\n",
	         "not a number from 10 to 200000"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    bounds: { bytes: 0x1000 }\n",
	         "not a number from 1024"},
	        {HEAD "steps:\n  - id: a\n    on: host\n    send: get system status\n",
	         "may not run on a host: it is not in the table"},
	        {HEAD "steps:\n  - id: a\n    scope: all\n    send: get system status\n",
	         "'all' is not one of: login, global, vdom"},
	        {HEAD "steps:\n  - id: a\n    send: [get system status]\n", "t.yaml:7:11: one value is wanted here"},
	        {HEAD "steps: none\n", "t.yaml:5:8: a list is wanted here"},
	        {HEAD "steps:\n  - id: entry\n    send: get system status\n", "not 'entry'"},
	        {HEAD "steps:\n  - id: a\n    send: get system status?\n", "byte 0x3f may not be sent"},
	        {HEAD "steps:\n  - id: a\n    send: 'get system status{'\n", "a '{' without its '}'"},
	        {HEAD "vars: { server.ip: 5 }\n" STEP, "fgdiag has one of that name"},
	        {HEAD "vars: { loss.warning: 5 }\n" STEP, "fgdiag has one of that name"},
	        {HEAD "vars: { time: 5s }\n" STEP, "fgdiag has one of that name"},
	        {HEAD "vars: { n: 100001 }\n" STEP, "neither a count nor a duration"},
	        {"playbook: t\nsummary: s\nneeds: nothing\nlimits: { time: 60s }\nsteps:\n  - id: a\n    since: new\n  "
	         "  "
	         "send: get system status\n",
	         "t.yaml:7:12: 'new' is no FortiOS version"},
	        {"playbook: a b\nsummary: s\nneeds: entry\nlimits: { time: 60s }\n" STEP,
	         "t.yaml:1:11: 'a b' is no name for a playbook"},
	        {"playbook: t\nsummary: s\nneeds: nothing\nlimits: { time: 60s }\nsteps:\n  - id: a\n    send: execute "
	         "ping {server.ip}\n",
	         "nothing is called {server.ip}"},
	        {"!!map\nplaybook: t\n", "tags are not allowed"},
	        {"playbook: t\nsummary: \xff\n", "t.yaml:2:10:"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: "
	              "'(?<x>.)(?<y>.)'\n    facts: { x: a.b, y: a.b }\n",
	         "a fact is called 'a.b' already"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: "
	              "'(?<x>.)(?<y>.)'\n    facts: { x: a.b }\n  - id: b\n    send: get system status\n    read: "
	              "pattern\n    pattern: '(?<x>.)(?<y>.)'\n    facts: { y: a.b }\n",
	         "a fact is called 'a.b' already"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: "
	              "'(?<x>.)(?<y>.)'\n    facts: { x: a.b C D }\n",
	         "a fact is `NAME` or `NAME UNIT`"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: "
	              "'(?<x>.)(?<y>.)'\n    facts: { x: 'a.b <b>' }\n",
	         "a fact is `NAME` or `NAME UNIT`"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: "
	              "'(?<x>.)(?<y>.)'\n    facts: { x: A.B }\n",
	         "a fact is `NAME` or `NAME UNIT`"},
	        {HEAD "steps:\n  - id: a\n    send: get system status\n    facts: { x: a.b }\n", "go together"},
	        {HEAD STEP "checks:\n  - { id: f, when: cpu.busy > 0, state: warning, say: x }\n  - { id: f, when: "
	                   "cpu.busy > 0, state: warning, say: x }\n",
	         "a check is called 'f' already"},
	        {HEAD STEP "checks:\n  - { id: f, when: device.version > 7, state: warning, say: x }\n",
	         "only numbers are compared"},
	        {HEAD STEP "checks:\n  - { id: f, when: cpu.busy > 0 and more, state: warning, say: x }\n",
	         "a check says `FACT > NUMBER`"},
	        {HEAD STEP "checks:\n  - { id: F, when: cpu.busy > 0, state: warning, say: x }\n",
	         "is no name for a check"},
	        {"playbook: \"a\\nb\"\nsummary: s\nneeds: entry\nlimits: { time: 60s }\n" STEP,
	         "control character (0x0a)"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct playbook playbook;
		struct err err = {0};
		if (parse(rows[i].text, &playbook, &err) == 0)
			fail_msg("taken:\n%s", rows[i].text);
		assert_int_equal(err.kind, ERR_PLAYBOOK);
		if (!strstr(err.text, rows[i].telling) || strncmp(err.text, "t.yaml:", 7) != 0)
			fail_msg("'%s' does not say '%s'", err.text, rows[i].telling);
	}
}

static void test_nul_and_size_are_refused(void **state)
{
	(void)state;
	static char big[PLAYBOOK_MAX_BYTES + 2];
	struct playbook playbook;
	struct err err;
	memset(big, ' ', sizeof big - 1);
	assert_int_equal(playbook_parse(arena, "t", str_of(big), &playbook, &err), -1);
	assert_non_null(strstr(err.text, "64 KiB"));
	assert_int_equal(playbook_parse(arena, "t", STR("a: b\0c"), &playbook, &err), -1);
	assert_non_null(strstr(err.text, "NUL"));
}

static void test_a_pattern_makes_facts_for_checks(void **state)
{
	(void)state;
	struct playbook playbook;
	struct err err = {0};
	/* The order of the top keys is free. */
	int rc = parse(
	        "checks:\n  - { id: hot, when: sensor.heat >= 70.5, state: critical, say: '{sensor.heat} C' }\n" HEAD
	        "steps:\n  - id: a\n    send: get system status\n    read: pattern\n"
	        "    pattern: 'heat (?<t>[0-9]+)'\n    facts: { t: sensor.heat C }\n",
	        &playbook, &err);
	if (rc < 0)
		fail_msg("%s", err.text);
	assert_string_equal(playbook.steps[0].pattern_facts[0].unit, "C");
	assert_string_equal(playbook.checks[0].fact, "sensor.heat");
	assert_int_equal(playbook.checks[0].compare, COMPARE_GE);
	assert_true(playbook.checks[0].value == 70.5);
	assert_int_equal(playbook.checks[0].state, STATE_CRITICAL);
}

static void test_a_step_has_bounds_without_asking(void **state)
{
	(void)state;
	struct playbook playbook;
	assert_int_equal(parse(HEAD STEP, &playbook, NULL), 0);
	const struct playbook_step *step = &playbook.steps[0];
	assert_string_equal(step->on, "gate");
	assert_string_equal(step->lane, "main");
	assert_int_equal(step->repeat_count, 1);
	assert_int_equal(step->stop_time_us, PLAYBOOK_TIME_S * US_PER_SECOND);
	assert_int_equal(step->max_bytes, PLAYBOOK_OUTPUT);
	assert_int_equal(step->max_lines, PLAYBOOK_LINES);
	assert_int_equal(step->line, 6);
	assert_int_equal(step->column, 5);
	assert_int_equal(step->kind, COMMAND_PLAIN);
}

static void test_a_refused_playbook_leaves_the_old_one_alone(void **state)
{
	(void)state;
	struct playbook playbook, before;
	assert_int_equal(parse(HEAD STEP, &playbook, NULL), 0);
	before = playbook;
	assert_int_equal(parse("nonsense", &playbook, NULL), -1);
	assert_memory_equal(&playbook, &before, sizeof before);
}

static struct str shipped(void)
{
	FILE *file = fopen("playbooks/ip-conn.yaml", "rb");
	assert_non_null(file);
	char *text = arena_alloc(arena, PLAYBOOK_MAX_BYTES);
	size_t n = fread(text, 1, PLAYBOOK_MAX_BYTES, file);
	(void)fclose(file);
	return (struct str){text, n};
}

static void test_the_shipped_playbook_states_every_threshold(void **state)
{
	(void)state;
	static const char *const names[] = {"loss.warning",  "loss.critical",    "cpu.warning",        "cpu.critical",
	                                    "core.critical", "softirq.critical", "core.idle_critical", "memory.watch",
	                                    "memory.green",  "memory.red",       "memory.extreme",     "entry.age"};
	struct playbook playbook;
	struct err err = {0};
	struct str text = shipped();
	if (playbook_parse(arena, "ip-conn.yaml", text, &playbook, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (str_find(text, arena_printf(arena, "\n  %s: ", names[i])) < 0)
			fail_msg("%s is not stated", names[i]);
	}
	assert_memory_equal(&playbook.thresholds, &threshold_defaults, sizeof threshold_defaults);
	assert_string_equal(playbook.name, "ip-conn");
	assert_int_equal(playbook.needs, NEEDS_ENTRY);
}

static void test_the_shipped_playbook_reads_every_step(void **state)
{
	(void)state;
	struct playbook playbook;
	assert_int_equal(playbook_parse(arena, "ip-conn.yaml", shipped(), &playbook, NULL), 0);
	assert_int_equal(playbook.step_count, 17);
	for (size_t i = 0; i < playbook.step_count; i++) {
		assert_non_null(playbook.steps[i].read);
		assert_in_range(playbook.steps[i].stop_time_us, US_PER_SECOND, 80 * US_PER_SECOND);
		assert_true(playbook.steps[i].max_lines <= 200000);
	}
}

static void test_a_damaged_playbook_is_refused_or_read_but_never_followed_blindly(void **state)
{
	(void)state;
	struct str whole = shipped();
	uint32_t seed = 7;
	for (size_t round = 0; round < 3000; round++) {
		struct arena *scratch = arena_new();
		struct playbook playbook;
		struct err err = {0};
		char *text = arena_strndup(scratch, whole.p, whole.n);
		size_t n = whole.n;
		for (unsigned i = 0; i < 3; i++) {
			seed = seed * 1664525u + 1013904223u;
			text[(seed >> 8) % n] = "{}[]:'\"&*!|>-# \n\t,%a0"[(seed >> 4) % 22];
		}
		if (round % 2)
			n = seed % n;
		if (playbook_parse(scratch, "t.yaml", (struct str){text, n}, &playbook, &err) < 0) {
			assert_int_equal(err.kind, ERR_PLAYBOOK);
			assert_int_equal(strncmp(err.text, "t.yaml:", 7), 0);
		} else {
			assert_true(playbook.step_count <= PLAYBOOK_MAX_STEPS);
			assert_true(playbook.time_us <= PLAYBOOK_MAX_TIME_S * US_PER_SECOND);
		}
		arena_free(scratch);
	}
}

static void test_set_tells_what_is_wrong(void **state)
{
	(void)state;
	static const struct bad rows[] = {
	        {"x=1", "no variable or threshold 'x'"},
	        {"ping.count=5s", "'5s' is not a count"},
	        {"ping.count=0", "'0' is not a count"},
	        {"ping.count=10001", "wants <1-10000>"},
	        {"sniffer.time=5", "'5' is not a duration such as 30s"},
	        {"sniffer.time=5h", "is not a duration"},
	        {"loss.warning=101%", "not a percentage from 0 to 100"},
	        {"entry.age=old", "not a duration such as 15m"},
	        {"time=5h", "not a time from 1s to 14400s"},
	        {"sniffer.level=5", "wants <4|6>"},
	        {"sniffer.level=10s", "is not a count"},
	        {"ping.count=auto", "is not a count"},
	        {"novalue", "is not NAME=VALUE"},
	        {"=1", "is not NAME=VALUE"},
	        {"ping.count=", "is not NAME=VALUE"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct playbook playbook;
		struct err err = {0};
		assert_int_equal(playbook_parse(arena, "t", shipped(), &playbook, NULL), 0);
		assert_int_equal(playbook_set(arena, &playbook, rows[i].text, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		if (!strstr(err.text, rows[i].telling))
			fail_msg("'%s' does not say '%s'", err.text, rows[i].telling);
	}
}

static void test_set_shortens_every_wait(void **state)
{
	(void)state;
	static const struct {
		const char *set, *step;
		size_t offset;
	} rows[] = {
	        {"pause=100ms", "performance", offsetof(struct playbook_step, repeat_every_us)},
	        {"top.time=100ms", "performance-top", offsetof(struct playbook_step, stop_time_us)},
	        {"ping.time=100ms", "ping", offsetof(struct playbook_step, stop_time_us)},
	        {"ping.silence=100ms", "ping", offsetof(struct playbook_step, stop_silence_us)},
	        {"sniffer.time=100ms", "sniffer", offsetof(struct playbook_step, stop_time_us)},
	};
	struct playbook playbook;
	struct err err;
	assert_int_equal(playbook_parse(arena, "t", shipped(), &playbook, NULL), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (playbook_set(arena, &playbook, rows[i].set, &err) < 0)
			fail_msg("%s", err.text);
		size_t at = 0;
		while (at + 1 < playbook.step_count && strcmp(playbook.steps[at].id, rows[i].step) != 0)
			at++;
		const char *base = (const char *)&playbook.steps[at];
		assert_int_equal(*(const int64_t *)(const void *)(base + rows[i].offset), US_PER_SECOND / 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_small_playbook),
	        cmocka_unit_test(test_every_error_names_its_place),
	        cmocka_unit_test(test_nul_and_size_are_refused),
	        cmocka_unit_test(test_a_pattern_makes_facts_for_checks),
	        cmocka_unit_test(test_a_step_has_bounds_without_asking),
	        cmocka_unit_test(test_a_refused_playbook_leaves_the_old_one_alone),
	        cmocka_unit_test(test_the_shipped_playbook_states_every_threshold),
	        cmocka_unit_test(test_the_shipped_playbook_reads_every_step),
	        cmocka_unit_test(test_a_damaged_playbook_is_refused_or_read_but_never_followed_blindly),
	        cmocka_unit_test(test_set_tells_what_is_wrong),
	        cmocka_unit_test(test_set_shortens_every_wait),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
