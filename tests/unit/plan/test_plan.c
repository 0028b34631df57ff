#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "plan.h"
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
        "date=2024-06-26 time=16:18:28 eventtime=1719415108003787879 tz=\"+0100\" logid=\"0000000011\" "
        "type=\"traffic\" "
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

static const struct plan_step *step_of(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		if (strcmp(plan->steps[i].id, id) == 0)
			return &plan->steps[i];
	}
	fail_msg("the plan has no step %s", id);
	return NULL;
}

static void test_the_shipped_playbook_makes_a_plan(void **state)
{
	(void)state;
	static const char *const ids[] = {"status",     "performance.1", "performance.2", "performance-top",
	                                  "top",        "memory",        "conserve",      "ha",
	                                  "routes",     "arp",           "ping-first",    "ping",
	                                  "ping-again", "sniffer",       "sessions"};
	struct plan plan;
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	assert_int_equal(plan.step_count, sizeof ids / sizeof ids[0]);
	for (size_t i = 0; i < plan.step_count; i++)
		assert_string_equal(plan.steps[i].id, ids[i]);
	assert_int_equal(plan.steps[2].not_before_us, 5 * US_PER_SECOND);
	assert_int_equal(step_of(&plan, "ping-first")->after_count, 10);
	assert_string_equal(step_of(&plan, "ping")->lane, "ping");
	assert_int_equal(step_of(&plan, "sniffer")->kind, COMMAND_SNIFFER);
	assert_int_equal(plan.target.server_port, 53);
	assert_string_equal(plan.target.vdom, "PROD");
	assert_true(plan.target.nat_unknown);
	assert_int_equal(plan.time_us, 150 * US_PER_SECOND);
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
	assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "ping"), &learned, &commands, &err), 0);
	assert_string_equal(commands.command, "execute ping 8.8.4.4");
	assert_int_equal(commands.setup_count, 2);
	assert_string_equal(commands.setup[0], "execute ping-options repeat-count 1000");
	assert_string_equal(commands.setup[1], "execute ping-options adaptive-ping enable");
	assert_string_equal(commands.reset, "execute ping-options reset");
	assert_true(commands.adaptive);
	assert_int_equal(commands.requested, 1000);

	learned.median_rtt_us = 9999;
	learned.multi_vdom = true;
	assert_int_equal(plan_scope(&plan, step_of(&plan, "ping"), &learned, scope, &err), 0);
	assert_string_equal(scope, "sudo PROD ");
	assert_int_equal(plan_scope(&plan, &plan.steps[1], &learned, scope, &err), 0);
	assert_string_equal(scope, "sudo global ");
	assert_int_equal(plan_scope(&plan, &plan.steps[0], &learned, scope, &err), 0);
	assert_string_equal(scope, "");
	assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "ping"), &learned, &commands, &err), 0);
	assert_int_equal(commands.setup_count, 1);
	assert_string_equal(commands.setup[0], "sudo PROD execute ping-options repeat-count 80");
	assert_false(commands.adaptive);

	assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "sniffer"), &learned, &commands, &err), 0);
	assert_string_equal(
	        commands.command,
	        "sudo PROD diagnose sniffer packet any \"( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or "
	        "icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )\" 4 1000 a");
	assert_int_equal(commands.requested, 1000);
	learned.vdom_limited = true;
	assert_int_equal(plan_scope(&plan, step_of(&plan, "ping"), &learned, scope, &err), 0);
	assert_string_equal(scope, "");
}

static void test_an_account_limited_to_another_vdom_may_not_measure(void **state)
{
	static const struct {
		bool multi_vdom;
		const char *here;
		int rc;
	} cases[] = {{true, "PROD", 0}, {true, NULL, 0}, {true, "prod", -1}, {true, "B", -1}, {false, "B", -1}};
	(void)state;
	struct plan plan;
	struct err err;
	char scope[48];
	make(&(struct plan_request){.target = "192.0.2.9:53", .proto = "udp", .vdom = "PROD"}, &plan);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct plan_learned learned = {
		        .multi_vdom = cases[i].multi_vdom, .vdom_limited = true, .vdom_here = cases[i].here};
		assert_int_equal(plan_scope(&plan, step_of(&plan, "ping"), &learned, scope, &err), cases[i].rc);
		assert_int_equal(plan_scope(&plan, &plan.steps[1], &learned, scope, &err), 0);
		assert_string_equal(scope, "");
	}
}

static void test_versions_and_what_they_leave_out(void **state)
{
	static const struct {
		const char *text;
		unsigned number;
	} rows[] = {{"7.4.8", 704}, {"5.6", 506}, {"4.3.18", 403}, {"10.0.1", 1000}, {"", 0},
	            {"7", 0},       {"v7.4", 0},  {"7.x", 0},      {".4", 0},        {"7.4.8 (GA)", 704}};
	struct plan plan;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(plan_fortios(rows[i].text), rows[i].number);
	make(&(struct plan_request){.target = "192.0.2.9"}, &plan);
	for (size_t i = 0; i < plan.step_count; i++) {
		const struct plan_step *step = &plan.steps[i];
		bool conserve = strcmp(step->id, "conserve") == 0;
		assert_int_equal(step->from->since, conserve ? 506 : 0);
		assert_int_equal(plan_leaves_out(step, 504), conserve);
		assert_false(plan_leaves_out(step, 506) || plan_leaves_out(step, 704) || plan_leaves_out(step, 0));
	}
}

static void test_a_vdom_name_that_is_none_is_never_typed(void **state)
{
	(void)state;
	struct plan plan;
	struct err err;
	char scope[48];
	make(
	        &(struct plan_request){
	                .entry_text = "type=traffic action=ip-conn vd=\"a b\" srcip=10.0.0.1 dstip=10.0.0.2 proto=17 "
	                              "dstport=5 srcport=6"},
	        &plan);
	struct plan_learned learned = {.multi_vdom = true, .ssh_port = 22};
	assert_int_equal(plan_scope(&plan, step_of(&plan, "ping"), &learned, scope, &err), -1);
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
	assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "ping"), &learned, &commands, &err), 0);
	assert_string_equal(commands.command, "execute ping6 2001:db8::9");
	assert_string_equal(commands.setup[0], "execute ping6-options repeat-count 1");
	assert_string_equal(commands.reset, "execute ping6-options reset");
}

static void test_target_over_entry_and_its_errors(void **state)
{
	(void)state;
	static const char *const bad[] = {
	        "999.1.1.1", "10.0.0.1:", "10.0.0.1:0",     "10.0.0.1:65536", "127.0.0.1",      "::1",
	        "x",         "[::1",      "[2001:db8::1]x", "224.0.0.1",      "10.0.0.1;reboot"};
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
	static const char *const bad[] = {"x=1",
	                                  "ping.count=5s",
	                                  "ping.count=0",
	                                  "sniffer.time=5",
	                                  "=1",
	                                  "ping.count",
	                                  "ping.count=",
	                                  "ping.count=10001",
	                                  "loss.critical=x",
	                                  "time=0s",
	                                  "sniffer.packets=100001"};
	struct plan plan;
	struct err err;
	make(&(struct plan_request){.entry_text = dns_entry, .sets = sets, .set_count = 4}, &plan);
	assert_int_equal(step_of(&plan, "ping")->count_max, 50);
	assert_int_equal(step_of(&plan, "sniffer")->time_us, 5 * US_PER_SECOND);
	assert_true(plan.playbook.thresholds.loss_critical == 10);
	assert_int_equal(plan.time_us, 30 * US_PER_SECOND);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct plan_request request = {.playbook_name = "ip-conn",
		                               .playbook = shipped(),
		                               .entry_text = dns_entry,
		                               .sets = (const char *const *)&bad[i],
		                               .set_count = 1};
		if (plan_make(arena, &request, &plan, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void test_nat_fields_reach_ping_and_filter(void **state)
{
	(void)state;
	struct plan plan;
	make(&(struct plan_request){.entry_text = "type=traffic action=ip-conn srcip=203.0.113.9 srcport=4000 "
	                                          "dstip=192.0.2.80 dstport=80 proto=6 "
	                                          "trandisp=dnat tranip=10.0.0.80 tranport=8080"},
	     &plan);
	assert_string_equal(step_of(&plan, "ping")->command, "execute ping 10.0.0.80");
	assert_false(plan.target.nat_unknown);
	struct filter_subject subject = plan_filter_subject(&plan);
	assert_int_equal(subject.translated_server_port, 8080);
}

static void test_the_header_gives_the_same_plan_again(void **state)
{
	(void)state;
	static const char *sets[] = {"ping.count=50"};
	struct plan plan, again;
	struct plan_request request = {.playbook_name = "ip-conn",
	                               .playbook = shipped(),
	                               .entry_text = dns_entry,
	                               .sets = sets,
	                               .set_count = 1,
	                               .target = "192.0.2.7",
	                               .proto = "tcp",
	                               .vdom = "root"};
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
	plan_print(&plan, 0, &a);
	plan_print(&again, 0, &b);
	assert_string_equal(a.p, b.p);
	assert_non_null(strstr(a.p, "execute ping-options reset"));
	assert_non_null(strstr(a.p, "What this budget cannot decide"));
	buf_done(&a);
	buf_done(&b);
}

/* ---- the law: what comes out of plan_resolve is in the command table ---- */

static const char *const lines[] = {
        dns_entry,
        "type=traffic action=ip-conn srcip=10.0.0.5 dstip=192.0.2.9 proto=1 vd=root",
        "type=traffic action=ip-conn srcip=10.0.0.5 srcport=40000 dstip=192.0.2.9 dstport=22 proto=6 vd=root",
        "type=traffic action=ip-conn srcip=10.0.0.5 dstip=192.0.2.9 proto=47 vd=root",
        "type=traffic action=ip-conn srcip=10.0.0.5 dstip=192.0.2.9 vd=root",
        "type=traffic action=ip-conn srcip=2001:db8::5 srcport=4000 dstip=2001:db8::9 dstport=53 proto=17 vd=root",
        "type=traffic action=ip-conn srcip=2001:db8::5 dstip=2001:db8::9 proto=58 vd=root",
        "type=traffic action=ip-conn srcip=10.0.0.5 srcport=4000 dstip=192.0.2.9 dstport=80 proto=6 trandisp=snat+dnat "
        "transip=198.51.100.7 transport=61000 tranip=10.1.1.1 tranport=8080 vd=root",
};

static void assert_in_table(const char *command, const char *scope)
{
	struct err err;
	if (!command_find(str_of(command), &err))
		fail_msg("%s: %s", command, err.text);
	assert_int_equal(strncmp(command, scope, strlen(scope)), 0);
}

static void check_commands(const struct plan *plan, const struct plan_step *step, const struct plan_learned *learned)
{
	struct plan_commands commands;
	struct err err;
	char scope[48];
	if (plan_scope(plan, step, learned, scope, &err) < 0 ||
	    plan_resolve(arena, plan, step, learned, &commands, &err) < 0)
		fail_msg("%s: %s", step->id, err.text);
	assert_in_table(commands.command, scope);
	for (size_t i = 0; i < commands.setup_count; i++)
		assert_in_table(commands.setup[i], scope);
	/* A session filter ends with its CLI session; what clears it is in no table. */
	bool resets = commands.setup_count > 0 && step->kind != COMMAND_SESSIONS;
	assert_int_equal(commands.reset != NULL, resets);
	assert_int_equal(commands.verify != NULL, commands.setup_count > 0);
	if (commands.setup_count)
		assert_in_table(commands.verify, scope);
	if (resets) {
		assert_in_table(commands.reset, scope);
		assert_int_equal(command_find(str_of(commands.reset), NULL)->kind, COMMAND_RESET);
	}
	assert_true(commands.requested <= step->count_max);
	assert_int_equal(command_find(str_of(commands.command), NULL)->kind, step->kind);
}

static void test_whatever_is_learned_every_command_is_in_the_table(void **state)
{
	(void)state;
	static const int64_t rtts[] = {-1, 0, 9999, 10000, 250000, INT64_C(90000000)};
	static const int64_t times[] = {0, 1, US_PER_SECOND, 80 * US_PER_SECOND, 3600 * US_PER_SECOND};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct plan plan;
		make(&(struct plan_request){.entry_text = lines[i]}, &plan);
		for (unsigned bits = 0; bits < 16; bits++) {
			for (size_t k = 0; k < 6 * 5; k++) {
				struct plan_learned learned = {
				        .multi_vdom = bits & 1,
				        .vdom_limited = bits & 2,
				        .plain_icmp = bits & 4,
				        .ssh_port = bits & 8 ? 22 : 65535,
				        .own_local_port = 50000,
				        .own_remote_port = 22,
				        .median_rtt_us = rtts[k % 6],
				        .time_left_us = times[k / 6],
				};
				for (size_t s = 0; s < plan.step_count; s++)
					check_commands(&plan, &plan.steps[s], &learned);
			}
		}
	}
}

static void test_the_ping_count_is_what_fits_at_its_pace(void **state)
{
	(void)state;
	static const struct {
		int64_t rtt_us, seconds;
		unsigned requested;
		bool adaptive;
	} rows[] = {
	        {-1, 80, 80, false},     {9999, 80, 80, false},  {9999, 0, 1, false},       {10000, 80, 1000, true},
	        {200000, 80, 400, true}, {200000, 10, 50, true}, {9999, 3600, 1000, false},
	};
	struct plan plan;
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan_learned learned = {.ssh_port = 22,
		                               .median_rtt_us = rows[i].rtt_us,
		                               .time_left_us = rows[i].seconds * US_PER_SECOND};
		struct plan_commands commands;
		struct err err;
		assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "ping"), &learned, &commands, &err), 0);
		assert_int_equal(commands.requested, rows[i].requested);
		assert_int_equal(commands.adaptive, rows[i].adaptive);
		assert_non_null(strstr(commands.setup[0], arena_printf(arena, "repeat-count %u", rows[i].requested)));
	}
}

static void plan_with(const char *const *sets, size_t n, struct plan *plan)
{
	make(&(struct plan_request){.entry_text = dns_entry, .sets = sets, .set_count = n}, plan);
}

static void test_an_extended_ping_gets_the_time_it_takes(void **state)
{
	(void)state;
	static const char *const sets[] = {"ping.count=10000", "time=200s"},
	                         *const step_time[] = {"ping.count=10000", "ping.time=90s"},
	                         *const few[] = {"ping.count=60"};
	struct plan plan;
	plan_with(sets, 1, &plan);
	assert_int_equal(step_of(&plan, "ping")->time_us, 10005 * US_PER_SECOND);
	assert_int_equal(plan.time_us, (150 + 10005 - 80) * US_PER_SECOND);
	assert_int_equal(step_of(&plan, "ping-again")->time_us, 80 * US_PER_SECOND);
	plan_with(sets, 2, &plan);
	assert_int_equal(plan.time_us, 200 * US_PER_SECOND);
	plan_with(step_time, 2, &plan);
	assert_int_equal(step_of(&plan, "ping")->time_us, 90 * US_PER_SECOND);
	assert_int_equal(plan.time_us, 150 * US_PER_SECOND);
	plan_with(few, 1, &plan);
	assert_int_equal(step_of(&plan, "ping")->time_us, 80 * US_PER_SECOND);
	assert_int_equal(plan.time_us, 150 * US_PER_SECOND);
}

static void test_pings_of_full_size_are_planned_only_when_asked_for(void **state)
{
	(void)state;
	static const char *const sets[] = {"ping.df_size=1400"}, *const large[] = {"ping.df_size=65508"};
	static const char v6[] = "type=traffic action=ip-conn srcip=2001:db8::5 dstip=2001:db8::53 dstport=53 proto=17";
	struct plan plan;
	struct plan_commands commands;
	struct err err;
	plan_with(sets, 1, &plan);
	const struct plan_step *step = step_of(&plan, "ping-df");
	struct plan_learned learned = {.ssh_port = 22, .median_rtt_us = 50000, .time_left_us = 30 * US_PER_SECOND};
	assert_int_equal(plan_resolve(arena, &plan, step, &learned, &commands, &err), 0);
	assert_int_equal(commands.setup_count, 3);
	assert_string_equal(commands.setup[1], "execute ping-options data-size 1400");
	assert_string_equal(commands.setup[2], "execute ping-options df-bit yes");
	assert_non_null(commands.reset);
	assert_int_equal(plan.time_us, 165 * US_PER_SECOND);
	struct plan_request request = {
	        .playbook_name = "ip-conn", .playbook = shipped(), .entry_text = v6, .sets = sets, .set_count = 1};
	assert_int_equal(plan_make(arena, &request, &plan, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "--df-size"));
	request.entry_text = dns_entry;
	request.sets = large;
	assert_int_equal(plan_make(arena, &request, &plan, &err), -1);
	assert_non_null(strstr(err.text, "data-size 65508"));
}

static void test_bytes_are_captured_for_tcp_where_cpu_is_to_spare(void **state)
{
	(void)state;
	static const struct {
		const char *set, *proto;
		unsigned samples;
		bool strained;
		unsigned level;
	} rows[] = {
	        {NULL, "udp", 2, false, 4},
	        {NULL, "tcp", 2, false, 6},
	        {NULL, "tcp", 1, false, 4},
	        {NULL, "tcp", 2, true, 4},
	        {"sniffer.level=6", "udp", 0, false, 6},
	        {"sniffer.level=6", "udp", 2, true, 4},
	        {"sniffer.level=4", "tcp", 2, false, 4},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan plan;
		struct plan_commands commands;
		struct err err;
		make(&(struct plan_request){.entry_text = dns_entry,
		                            .proto = rows[i].proto,
		                            .sets = &rows[i].set,
		                            .set_count = rows[i].set != NULL},
		     &plan);
		struct plan_learned learned = {.ssh_port = 22,
		                               .cpu_samples = rows[i].samples,
		                               .strained = rows[i].strained,
		                               .time_left_us = 80 * US_PER_SECOND};
		assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "sniffer"), &learned, &commands, &err), 0);
		assert_non_null(strstr(commands.command, arena_printf(arena, "\" %u 1000 a", rows[i].level)));
	}
}

static void test_a_second_measurement_is_never_fast(void **state)
{
	(void)state;
	struct plan plan;
	struct plan_commands commands;
	struct err err;
	plan_with(NULL, 0, &plan);
	struct plan_learned learned = {.ssh_port = 22, .median_rtt_us = 50000, .time_left_us = 70 * US_PER_SECOND};
	assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "ping-again"), &learned, &commands, &err), 0);
	assert_int_equal(commands.requested, 70);
	assert_int_equal(commands.setup_count, 1);
	assert_false(commands.adaptive);
}

static void test_the_first_ping_has_its_own_count(void **state)
{
	(void)state;
	struct plan plan;
	struct plan_commands commands;
	struct err err;
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	assert_int_equal(step_of(&plan, "ping-first")->count_max, 5);
	assert_int_equal(step_of(&plan, "ping")->count_max, 1000);
	assert_int_equal(step_of(&plan, "sniffer")->count_max, 1000);
	assert_int_equal(plan.steps[0].count_max, 0);
	struct plan_learned learned = {.ssh_port = 22, .median_rtt_us = -1, .time_left_us = US_PER_SECOND};
	assert_int_equal(plan_resolve(arena, &plan, step_of(&plan, "ping-first"), &learned, &commands, &err), 0);
	assert_int_equal(commands.requested, 5);
	assert_int_equal(commands.setup_count, 1);
	assert_false(commands.adaptive);
}

static void test_a_vdom_that_is_not_told_is_asked_for(void **state)
{
	(void)state;
	struct plan plan;
	struct err err;
	char scope[48] = "untouched";
	make(&(struct plan_request){.target = "192.0.2.7"}, &plan);
	struct plan_learned learned = {.multi_vdom = true, .ssh_port = 22};
	assert_int_equal(plan_scope(&plan, step_of(&plan, "ping"), &learned, scope, &err), -1);
	assert_int_equal(err.kind, ERR_PLAYBOOK);
	assert_non_null(strstr(err.text, "--vdom NAME"));
	assert_int_equal(plan_scope(&plan, &plan.steps[1], &learned, scope, &err), 0);
	assert_string_equal(scope, "sudo global ");
	learned.multi_vdom = false;
	assert_int_equal(plan_scope(&plan, step_of(&plan, "ping"), &learned, scope, &err), 0);
	assert_string_equal(scope, "");
}

static void test_the_forms_of_a_target(void **state)
{
	(void)state;
	static const struct {
		const char *text, *ip;
		unsigned port;
	} rows[] = {
	        {"192.0.2.7", "192.0.2.7", 0},           {"192.0.2.7:65535", "192.0.2.7", 65535},
	        {"2001:db8::7", "2001:db8::7", 0},       {"[2001:db8::7]", "2001:db8::7", 0},
	        {"[2001:db8::7]:53", "2001:db8::7", 53}, {"64:ff9b::192.0.2.7", "64:ff9b::c000:207", 0},
	};
	static const char *const bad[] = {
	        "[2001:db8::7]:", "[2001:db8::7]53", "[]:53",        "[",      "]", ":", ":53", "", "192.0.2.7:53:53",
	        "192.0.2.7 ",     "fe80::1",         "192.0.2.7:+5", "0.0.0.0"};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan plan;
		char text[IP_TEXT_MAX];
		make(&(struct plan_request){.target = rows[i].text}, &plan);
		assert_string_equal(ip_print(&plan.target.server, text), rows[i].ip);
		assert_int_equal(plan.target.server_port, rows[i].port);
		assert_false(plan.target.have_entry);
		assert_true(plan.target.nat_unknown);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct plan plan;
		struct err err = {0};
		struct plan_request request = {.playbook = shipped(), .target = bad[i]};
		if (plan_make(arena, &request, &plan, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void test_another_target_has_nothing_to_do_with_the_entrys_nat(void **state)
{
	(void)state;
	struct plan plan;
	struct err err;
	make(&(struct plan_request){.entry_text = lines[7], .target = "192.0.2.77"}, &plan);
	assert_int_equal(plan.target.mapped.family, 0);
	assert_int_equal(plan.target.translated_client.family, 0);
	assert_true(plan.target.nat_unknown);
	assert_int_equal(plan.target.server_port, 80);
	assert_string_equal(step_of(&plan, "ping")->command, "execute ping 192.0.2.77");
	struct plan_request mixed = {.playbook = shipped(), .entry_text = dns_entry, .target = "2001:db8::7"};
	assert_int_equal(plan_make(arena, &mixed, &plan, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "another IP version"));
}

static void test_proto_and_vdom_win_over_the_entry(void **state)
{
	(void)state;
	struct plan plan;
	struct err err;
	make(&(struct plan_request){.entry_text = dns_entry, .proto = "icmp", .vdom = "other"}, &plan);
	assert_int_equal(plan.target.proto, 1);
	assert_int_equal(plan.target.server_port, 0);
	assert_string_equal(plan.target.vdom, "other");
	make(&(struct plan_request){.target = "2001:db8::7", .proto = "icmp"}, &plan);
	assert_int_equal(plan.target.proto, 58);
	struct plan_request proto = {.playbook = shipped(), .entry_text = dns_entry, .proto = "sctp"};
	assert_int_equal(plan_make(arena, &proto, &plan, &err), -1);
	assert_non_null(strstr(err.text, "tcp, udp or icmp"));
	struct plan_request vdom = {.playbook = shipped(), .entry_text = dns_entry, .vdom = "global"};
	assert_int_equal(plan_make(arena, &vdom, &plan, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
}

static void test_an_unspecified_nat_address_is_no_address(void **state)
{
	(void)state;
	struct plan plan;
	make(&(struct plan_request){.entry_text =
	                                    "type=traffic action=ip-conn srcip=10.0.0.5 srcport=4000 dstip=192.0.2.9 "
	                                    "dstport=80 proto=6 transip=0.0.0.0 tranip=0.0.0.0"},
	     &plan);
	assert_int_equal(plan.target.mapped.family, 0);
	assert_int_equal(plan.target.translated_client.family, 0);
	assert_true(plan.target.nat_unknown);
	assert_string_equal(step_of(&plan, "ping")->command, "execute ping 192.0.2.9");
}

static void test_no_translation_told_is_not_nat_unknown(void **state)
{
	(void)state;
	struct plan plan;
	make(&(struct plan_request){.entry_text =
	                                    "type=traffic action=ip-conn srcip=10.0.0.5 srcport=4000 dstip=192.0.2.9 "
	                                    "dstport=80 proto=6 trandisp=noop"},
	     &plan);
	assert_false(plan.target.nat_unknown);
}

static void test_an_entry_that_is_none_is_an_entry_error(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "hello", "type=traffic action=accept srcip=10.0.0.5 dstip=192.0.2.9",
	                                  "type=traffic action=ip-conn srcip=10.0.0.5 dstip=224.0.0.1",
	                                  "type=traffic action=ip-conn srcip=10.0.0.5 dstip=10.0.0.6;reboot"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct plan plan;
		struct err err = {0};
		struct plan_request request = {.playbook = shipped(), .entry_text = bad[i]};
		if (plan_make(arena, &request, &plan, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.kind, ERR_ENTRY);
	}
}

static void test_a_playbook_that_needs_nothing_runs_without_a_target(void **state)
{
	(void)state;
	struct plan plan;
	struct err err = {0};
	struct buf text;
	struct plan_request request = {
	        .playbook_name = "health",
	        .playbook = STR("playbook: health\nsummary: s\nneeds: nothing\nlimits: { time: 20s }\n"
	                        "steps:\n  - { id: memory, scope: global, send: diagnose hardware sysinfo memory, "
	                        "read: memory }\n"),
	};
	if (plan_make(arena, &request, &plan, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(plan.target.server.family, 0);
	buf_init(&text, 65536);
	plan_print(&plan, 0, &text);
	assert_non_null(strstr(text.p, "diagnose hardware sysinfo memory"));
	assert_null(strstr(text.p, "server"));
	buf_done(&text);
}

/* The shipped playbook for schedulers: a ping only where there is a target. */
static void test_a_step_for_a_target_is_planned_only_with_one(void **state)
{
	(void)state;
	static const char playbook[] = "playbook: x\nsummary: s\nneeds: nothing\nlimits: { time: 30s }\nsteps:\n"
	                               "  - { id: status, send: get system status, read: status }\n"
	                               "  - { id: arp, when: target, send: get system arp, read: arp }\n"
	                               "  - { id: ping, when: target, scope: vdom, send: 'execute ping {server.ip}', "
	                               "read: ping }\n";
	struct plan plan;
	struct err err = {0};
	struct plan_request request = {.playbook_name = "x", .playbook = STR(playbook)};
	assert_int_equal(plan_make(arena, &request, &plan, &err), 0);
	assert_int_equal(plan.step_count, 1);
	request.target = "2001:db8::1";
	assert_int_equal(plan_make(arena, &request, &plan, &err), 0);
	assert_int_equal(plan.step_count, 3);
	assert_string_equal(plan.steps[2].command, "execute ping6 2001:db8::1");
	assert_false(plan_is_extra(&plan.steps[2]));
	/* Without the word, a server is named that nobody gave. */
	request.playbook = STR("playbook: x\nsummary: s\nneeds: nothing\nlimits: { time: 30s }\nsteps:\n"
	                       "  - { id: ping, send: 'execute ping {server.ip}', read: ping }\n");
	assert_int_equal(plan_make(arena, &request, &plan, &err), -1);
	assert_non_null(strstr(err.text, "server.ip"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_shipped_playbook_makes_a_plan),
	        cmocka_unit_test(test_scope_and_late_values),
	        cmocka_unit_test(test_versions_and_what_they_leave_out),
	        cmocka_unit_test(test_an_account_limited_to_another_vdom_may_not_measure),
	        cmocka_unit_test(test_a_vdom_name_that_is_none_is_never_typed),
	        cmocka_unit_test(test_ipv6_servers_are_pinged_with_ping6),
	        cmocka_unit_test(test_target_over_entry_and_its_errors),
	        cmocka_unit_test(test_set_changes_variables_and_thresholds),
	        cmocka_unit_test(test_nat_fields_reach_ping_and_filter),
	        cmocka_unit_test(test_the_header_gives_the_same_plan_again),
	        cmocka_unit_test(test_whatever_is_learned_every_command_is_in_the_table),
	        cmocka_unit_test(test_the_ping_count_is_what_fits_at_its_pace),
	        cmocka_unit_test(test_an_extended_ping_gets_the_time_it_takes),
	        cmocka_unit_test(test_pings_of_full_size_are_planned_only_when_asked_for),
	        cmocka_unit_test(test_bytes_are_captured_for_tcp_where_cpu_is_to_spare),
	        cmocka_unit_test(test_a_second_measurement_is_never_fast),
	        cmocka_unit_test(test_the_first_ping_has_its_own_count),
	        cmocka_unit_test(test_a_vdom_that_is_not_told_is_asked_for),
	        cmocka_unit_test(test_the_forms_of_a_target),
	        cmocka_unit_test(test_another_target_has_nothing_to_do_with_the_entrys_nat),
	        cmocka_unit_test(test_proto_and_vdom_win_over_the_entry),
	        cmocka_unit_test(test_an_unspecified_nat_address_is_no_address),
	        cmocka_unit_test(test_no_translation_told_is_not_nat_unknown),
	        cmocka_unit_test(test_an_entry_that_is_none_is_an_entry_error),
	        cmocka_unit_test(test_a_playbook_that_needs_nothing_runs_without_a_target),
	        cmocka_unit_test(test_a_step_for_a_target_is_planned_only_with_one),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
