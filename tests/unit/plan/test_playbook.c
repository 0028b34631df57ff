#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pattern.h"
#include "plan.h"
#include "playbook.h"
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
	assert_int_equal(parse(HEAD "vars: { n: 5, t: 3s }\n"
			       "steps:\n"
			       "  - id: cpu\n    scope: global\n    send: get system performance status\n"
			       "    repeat: { count: 2, every: '{t}' }\n    read: performance\n"
			       "  - id: ping\n    lane: p\n    after: [cpu]\n    options: { repeat-count: '{n}' }\n"
			       "    send: execute ping {server.ip}\n    stop: { when: loss-decided, time: 10s, silence: 5s }\n"
			       "    bounds: { bytes: 2048, lines: 50 }\n    read: ping\n"
			       "thresholds: { loss.warning: 2%, entry.age: 5m }\n"
			       "checks:\n  - id: busy\n    when: cpu.busy > 50\n    state: warning\n    say: 'busy {cpu.busy}'\n",
			       &playbook, &err), 0);
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
		{"playbook: t\nsummary: s\nneeds: entry\nlimits: { time: 2h }\n" STEP, "t.yaml:4:17: '2h' is not a time"},
		{"playbook: t\nsummary: s\nneeds: entry\nlimits: { time: 60 }\n" STEP, "'60' is not a time"},
		{HEAD "vars: { n: 5x }\n" STEP, "neither a count nor a duration"},
		{HEAD "vars: { n: 0 }\n" STEP, "neither a count nor a duration"},
		{HEAD "vars: { 'n;': 5 }\n" STEP, "is no name for a variable"},
		{HEAD "steps:\n  - id: a\n    send: config vdom\n", "t.yaml:6:5: step a: `config vdom` may not be sent"},
		{HEAD "steps:\n  - id: a\n    send: diagnose sys session clear\n", "may not be sent"},
		{HEAD "steps:\n  - id: a\n    send: sudo root get system status\n", "the runner adds scope"},
		{HEAD "steps:\n  - id: a\n    send: exit\n", "the runner adds scope and exit"},
		{HEAD "steps:\n  - id: a\n    send: execute ping {who}\n", "nothing is called {who}"},
		{HEAD "steps:\n  - id: a\n    send: diagnose sniffer packet any \"icmp\" 4 0 a\n", "may not be sent"},
		{HEAD "steps:\n  - id: A\n    send: get system status\n", "'A' is no name"},
		{HEAD "steps:\n  - send: get system status\n", "the key 'id' is missing"},
		{HEAD STEP "  - id: status\n    send: get system status\n", "called 'status' already"},
		{HEAD "steps:\n  - id: a\n    after: [b]\n    send: get system status\n", "no earlier step is called 'b'"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    read: tea\n", "there is no reader 'tea'"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    repeat: { count: 11, every: 1s }\n", "not a number from 1 to 10"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    repeat: { count: 2, every: 61s }\n", "not a duration of at most 60 s"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    bounds: { bytes: 9999999 }\n", "not a number from 1024"},
		{HEAD "steps:\n  - id: a\n    on: moon\n    send: get system status\n", "'moon' is not one of"},
		{HEAD "steps:\n  - id: a\n    options: { repeat-count: 5 }\n    send: get system status\n", "only a ping has options"},
		{HEAD "steps:\n  - id: a\n    options: { source: 5 }\n    send: execute ping {server.ip}\n", "may not be sent"},
		{HEAD "steps:\n  - id: a\n    options: { repeat-count: 0 }\n    send: execute ping {server.ip}\n", "may not be sent"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n", "go together"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: '(?<x>'\n    facts: { x: a.b }\n",
		 "does not compile at offset"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: '(?<x>.)'\n    facts: { y: a.b }\n",
		 "the pattern has no group 'y'"},
		{HEAD "steps:\n  - id: a\n    send: get system status\n    read: pattern\n    pattern: '(?<x>.)'\n    facts: { x: cpu.busy }\n",
		 "a fact of fgdiag's own"},
		{HEAD STEP "checks:\n  - { id: f, when: fan.alarms > 0, state: warning, say: x }\n", "no step reads the fact 'fan.alarms'"},
		{HEAD STEP "checks:\n  - { id: f, when: cpu.busy ~ 0, state: warning, say: x }\n", "none of > >= < <= == !="},
		{HEAD STEP "checks:\n  - { id: f, when: cpu.busy > x, state: warning, say: x }\n", "is not a number"},
		{HEAD STEP "checks:\n  - { id: f, when: cpu.busy > 0, state: ok, say: x }\n", "warning or critical"},
		{HEAD STEP "checks:\n  - { id: refused, when: cpu.busy > 0, state: warning, say: x }\n", "fgdiag's own"},
		{HEAD STEP "checks:\n  - { id: f, when: cpu.busy > 0, state: warning, say: '{nope}' }\n", "nothing is called {nope}"},
		{HEAD STEP "thresholds: { loss.maximum: 5% }\n", "unknown threshold 'loss.maximum'"},
		{HEAD STEP "thresholds: { loss.warning: 101% }\n", "not a percentage"},
		{HEAD STEP "thresholds: { loss.warning: -1% }\n", "not a percentage"},
		{"playbook: \"a\\nb\"\nsummary: s\nneeds: entry\nlimits: { time: 60s }\n" STEP, "control character (0x0a)"},
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

static struct str shipped(void)
{
	FILE *file = fopen("playbooks/ip-conn.yaml", "rb");
	assert_non_null(file);
	char *text = arena_alloc(arena, PLAYBOOK_MAX_BYTES);
	size_t n = fread(text, 1, PLAYBOOK_MAX_BYTES, file);
	(void)fclose(file);
	return (struct str){text, n};
}

static const char dns_entry[] =
	"date=2024-06-26 time=16:18:28 eventtime=1719415108003787879 tz=\"+0100\" logid=\"0000000011\" type=\"traffic\" "
	"subtype=\"forward\" level=\"warning\" vd=\"PROD\" srcip=192.168.5.4 srcport=12345 srcintf=\"internal\" "
	"dstip=8.8.4.4 dstport=53 dstintf=\"npu0_vlink1\" sessionid=6250861 proto=17 action=\"ip-conn\" policyid=20";

static void make(const struct plan_request *more, struct plan *plan)
{
	struct plan_request request = *more;
	struct err err;
	request.playbook_name = "ip-conn";
	request.playbook = shipped();
	if (plan_make(arena, &request, plan, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_the_shipped_playbook_makes_a_plan(void **state)
{
	(void)state;
	static const char *const ids[] = {"status", "performance.1", "performance.2", "performance-top", "top", "memory",
					  "conserve", "ping-first", "ping", "sniffer"};
	struct plan plan;
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	assert_int_equal(plan.step_count, sizeof ids / sizeof ids[0]);
	for (size_t i = 0; i < plan.step_count; i++)
		assert_string_equal(plan.steps[i].id, ids[i]);
	assert_int_equal(plan.steps[2].not_before_us, 5 * US_PER_SECOND);
	assert_int_equal(plan.steps[7].after_count, 7);
	assert_string_equal(plan.steps[8].lane, "ping");
	assert_int_equal(plan.steps[9].kind, COMMAND_SNIFFER);
	assert_int_equal(plan.target.server_port, 53);
	assert_string_equal(plan.target.vdom, "PROD");
	assert_true(plan.target.nat_unknown);
	assert_int_equal(plan.time_us, 120 * US_PER_SECOND);
}

static void test_scope_and_late_values(void **state)
{
	(void)state;
	struct plan plan;
	struct plan_commands commands;
	struct err err;
	char scope[48];
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	struct plan_learned learned = {.ssh_port = 22, .median_rtt_us = 11000, .time_left_us = 80 * US_PER_SECOND};
	assert_int_equal(plan_resolve(arena, &plan, &plan.steps[8], &learned, &commands, &err), 0);
	assert_string_equal(commands.command, "execute ping 8.8.4.4");
	assert_int_equal(commands.setup_count, 2);
	assert_string_equal(commands.setup[0], "execute ping-options repeat-count 1000");
	assert_string_equal(commands.setup[1], "execute ping-options adaptive-ping enable");
	assert_string_equal(commands.reset, "execute ping-options reset");
	assert_true(commands.adaptive);
	assert_int_equal(commands.requested, 1000);

	learned.median_rtt_us = 9999;
	learned.multi_vdom = true;
	assert_int_equal(plan_scope(&plan, &plan.steps[8], &learned, scope, &err), 0);
	assert_string_equal(scope, "sudo PROD ");
	assert_int_equal(plan_scope(&plan, &plan.steps[1], &learned, scope, &err), 0);
	assert_string_equal(scope, "sudo global ");
	assert_int_equal(plan_scope(&plan, &plan.steps[0], &learned, scope, &err), 0);
	assert_string_equal(scope, "");
	assert_int_equal(plan_resolve(arena, &plan, &plan.steps[8], &learned, &commands, &err), 0);
	assert_int_equal(commands.setup_count, 1);
	assert_string_equal(commands.setup[0], "sudo PROD execute ping-options repeat-count 80");
	assert_false(commands.adaptive);

	assert_int_equal(plan_resolve(arena, &plan, &plan.steps[9], &learned, &commands, &err), 0);
	assert_string_equal(commands.command,
			    "sudo PROD diagnose sniffer packet any \"( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or "
			    "icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )\" 4 1000 a");
	assert_int_equal(commands.requested, 1000);
	learned.vdom_limited = true;
	assert_int_equal(plan_scope(&plan, &plan.steps[8], &learned, scope, &err), 0);
	assert_string_equal(scope, "");
}

static void test_a_vdom_name_that_is_none_is_never_typed(void **state)
{
	(void)state;
	struct plan plan;
	struct err err;
	char scope[48];
	make(&(struct plan_request){.entry_text = "type=traffic action=ip-conn vd=\"a b\" srcip=10.0.0.1 dstip=10.0.0.2 proto=17 "
						  "dstport=5 srcport=6"},
	     &plan);
	struct plan_learned learned = {.multi_vdom = true, .ssh_port = 22};
	assert_int_equal(plan_scope(&plan, &plan.steps[8], &learned, scope, &err), -1);
	assert_non_null(strstr(err.text, "--vdom"));
}

static void test_ipv6_servers_are_pinged_with_ping6(void **state)
{
	(void)state;
	struct plan plan;
	struct plan_commands commands;
	struct err err;
	make(&(struct plan_request){.target = "[2001:db8::9]:443", .proto = "tcp"}, &plan);
	struct plan_learned learned = {.ssh_port = 22, .median_rtt_us = -1, .time_left_us = US_PER_SECOND};
	assert_int_equal(plan_resolve(arena, &plan, &plan.steps[8], &learned, &commands, &err), 0);
	assert_string_equal(commands.command, "execute ping6 2001:db8::9");
	assert_string_equal(commands.setup[0], "execute ping6-options repeat-count 1");
	assert_string_equal(commands.reset, "execute ping6-options reset");
}

static void test_target_over_entry_and_its_errors(void **state)
{
	(void)state;
	static const char *const bad[] = {"999.1.1.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "127.0.0.1", "::1", "x", "[::1",
					  "[2001:db8::1]x", "224.0.0.1", "10.0.0.1;reboot"};
	struct plan plan;
	struct err err;
	make(&(struct plan_request){.entry_text = dns_entry, .target = "192.0.2.7:99", .vdom = "root"}, &plan);
	assert_int_equal(plan.target.server_port, 99);
	assert_int_equal(plan.target.client_port, 12345);
	assert_string_equal(plan.target.vdom, "root");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct plan_request request = {.playbook_name = "ip-conn", .playbook = shipped(), .target = bad[i]};
		assert_int_equal(plan_make(arena, &request, &plan, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
	struct plan_request nothing = {.playbook_name = "ip-conn", .playbook = shipped()};
	assert_int_equal(plan_make(arena, &nothing, &plan, &err), -1);
	assert_non_null(strstr(err.text, "which log entry?"));
}

static void test_set_changes_variables_and_thresholds(void **state)
{
	(void)state;
	static const char *sets[] = {"ping.count=50", "sniffer.time=5s", "loss.critical=10%", "time=30s"};
	static const char *const bad[] = {"x=1", "ping.count=5s", "ping.count=0", "sniffer.time=5", "=1", "ping.count", "ping.count=",
					  "ping.count=10001", "loss.critical=x", "time=0s", "sniffer.packets=100001"};
	struct plan plan;
	struct err err;
	make(&(struct plan_request){.entry_text = dns_entry, .sets = sets, .set_count = 4}, &plan);
	assert_int_equal(plan.steps[8].count_max, 50);
	assert_int_equal(plan.steps[9].time_us, 5 * US_PER_SECOND);
	assert_true(plan.playbook.thresholds.loss_critical == 10);
	assert_int_equal(plan.time_us, 30 * US_PER_SECOND);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct plan_request request = {.playbook_name = "ip-conn", .playbook = shipped(), .entry_text = dns_entry,
					       .sets = (const char *const *)&bad[i], .set_count = 1};
		if (plan_make(arena, &request, &plan, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void test_nat_fields_reach_ping_and_filter(void **state)
{
	(void)state;
	struct plan plan;
	make(&(struct plan_request){.entry_text =
					    "type=traffic action=ip-conn srcip=203.0.113.9 srcport=4000 dstip=192.0.2.80 dstport=80 proto=6 "
					    "trandisp=dnat tranip=10.0.0.80 tranport=8080"},
	     &plan);
	assert_string_equal(plan.steps[8].command, "execute ping 10.0.0.80");
	assert_false(plan.target.nat_unknown);
	struct filter_subject subject = plan_filter_subject(&plan);
	assert_int_equal(subject.translated_server_port, 8080);
}

static void test_the_header_gives_the_same_plan_again(void **state)
{
	(void)state;
	static const char *sets[] = {"ping.count=50"};
	struct plan plan, again;
	struct plan_request request = {.playbook_name = "ip-conn", .playbook = shipped(), .entry_text = dns_entry, .sets = sets,
				       .set_count = 1, .target = "192.0.2.7", .proto = "tcp", .vdom = "root"};
	struct plan_request back;
	struct transcript_header header = {0};
	struct err err;
	assert_int_equal(plan_make(arena, &request, &plan, &err), 0);
	plan_describe(arena, &request, &plan, &header);
	assert_int_equal(header.planned_count, plan.step_count);
	plan_request_of(&header, &back);
	assert_int_equal(plan_make(arena, &back, &again, &err), 0);
	struct buf a, b;
	buf_init(&a, 65536);
	buf_init(&b, 65536);
	plan_print(&plan, &a);
	plan_print(&again, &b);
	assert_string_equal(a.p, b.p);
	assert_non_null(strstr(a.p, "execute ping-options reset"));
	assert_non_null(strstr(a.p, "What this budget cannot decide"));
	buf_done(&a);
	buf_done(&b);
}

static void test_patterns_have_limits(void **state)
{
	(void)state;
	char text[4001];
	struct str groups[PATTERN_MAX_GROUPS], whole;
	struct err err;
	memset(text, 'a', 4000);
	text[4000] = '\0';
	struct pattern *evil = pattern_new(STR("(?<x>(a+)+)b$"), &err);
	assert_non_null(evil);
	assert_int_not_equal(pattern_match(evil, str_of(text), 0, groups, &whole, &err), 1);
	pattern_free(evil);
	struct pattern *good = pattern_new(STR("^fan(?<n>[0-9]+): (?<state>\\w+)(?<more>!)?$"), &err);
	assert_int_equal(pattern_group_count(good), 3);
	assert_int_equal(pattern_match(good, STR("x\nfan2: alarm\n"), 0, groups, &whole, &err), 1);
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(pattern_group_name(good, i), "n") == 0)
			assert_true(str_is(groups[i], "2"));
		if (strcmp(pattern_group_name(good, i), "more") == 0)
			assert_null(groups[i].p);
	}
	assert_int_equal(pattern_match(good, STR("nothing"), 0, groups, &whole, &err), 0);
	pattern_free(good);
	assert_null(pattern_new(STR(""), &err));
	assert_null(pattern_new(STR("a(b"), &err));
	pattern_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_small_playbook),
		cmocka_unit_test(test_every_error_names_its_place),
		cmocka_unit_test(test_nul_and_size_are_refused),
		cmocka_unit_test(test_the_shipped_playbook_makes_a_plan),
		cmocka_unit_test(test_scope_and_late_values),
		cmocka_unit_test(test_a_vdom_name_that_is_none_is_never_typed),
		cmocka_unit_test(test_ipv6_servers_are_pinged_with_ping6),
		cmocka_unit_test(test_target_over_entry_and_its_errors),
		cmocka_unit_test(test_set_changes_variables_and_thresholds),
		cmocka_unit_test(test_nat_fields_reach_ping_and_filter),
		cmocka_unit_test(test_the_header_gives_the_same_plan_again),
		cmocka_unit_test(test_patterns_have_limits),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
