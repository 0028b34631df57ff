#include "paste.h"
#include "support.h"

/* Pasted terminals: prompts, commands, outputs, and where each begins. */

static struct paste *paste_of(struct arena *arena, const char *text)
{
	struct paste *paste = ARENA_NEW(arena, struct paste);
	paste_init(paste, arena);
	paste_read(paste, "log", str_of(text));
	return paste;
}

static void assert_str(struct str text, const char *wanted)
{
	if (!str_is(text, wanted))
		fail_msg("'%.*s' is not '%s'", (int)text.n, text.p, wanted);
}

static void prompts_in_every_form(void **state)
{
	static const struct {
		const char *line;
		enum paste_prompt_kind kind;
		const char *host, *context, *command;
	} rows[] = {
	        {"FGT # get system status", PASTE_GATE, "FGT", "", "get system status"},
	        {"FGT $ get system status", PASTE_GATE, "FGT", "", "get system status"},
	        {"fw00 #get sys stat", PASTE_GATE, "fw00", "", "get sys stat"},
	        {"fw00 #", PASTE_GATE, "fw00", "", ""},
	        {"fw00#exec ping 192.0.2.1", PASTE_GATE, "fw00", "", "exec ping 192.0.2.1"},
	        {"FGT (PROD) # exec ping 192.0.2.1", PASTE_GATE, "FGT", "PROD", "exec ping 192.0.2.1"},
	        {"FGT (global) # ", PASTE_GATE, "FGT", "global", ""},
	        {"FGT(Primary) # dia sys top", PASTE_GATE, "FGT", "", "dia sys top"},
	        {"FGT(Secondary) (root) $ end", PASTE_GATE, "FGT", "root", "end"},
	        {"FortiGateInTheBas~XXX # end", PASTE_GATE, "FortiGateInTheBas~XXX", "", "end"},
	        {"FortiGate123456~# end", PASTE_GATE, "FortiGate123456~", "", "end"},
	        {"FGT # FGT # end", PASTE_GATE, "FGT", "", "end"},
	        {"FGT (PROD) # OTHER # end", PASTE_GATE, "OTHER", "", "end"},
	        {"FGT # OTHER # x", PASTE_GATE, "FGT", "", "OTHER # x"},
	        {"user@pc:~$ ping -c 100 192.0.2.1", PASTE_HOST, "", "", "ping -c 100 192.0.2.1"},
	        {"root@pc:/var/log# ls", PASTE_HOST, "", "", "ls"},
	        {"[user@pc tmp]$ ls", PASTE_HOST, "", "", "ls"},
	        {"C:\\Users\\me>ping 192.0.2.1", PASTE_HOST, "", "", "ping 192.0.2.1"},
	};
	static const char *const none[] = {
	        "",
	        "#",
	        " # x",
	        "interfaces=[any]",
	        "64 bytes from 192.0.2.1: icmp_seq=0 ttl=58 time=9.3 ms",
	        "CPU states: 2% user 2% system 0% nice 96% idle",
	        "srcip=192.0.2.1 user=\"a@b\" #",
	        "a-name-of-more-than-thirty-five-bytes # end",
	};
	struct paste_prompt prompt;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(paste_prompt_parse(str_of(rows[i].line), &prompt));
		assert_int_equal(prompt.kind, rows[i].kind);
		assert_str(prompt.host, rows[i].host);
		assert_str(prompt.context, rows[i].context);
		assert_str(prompt.command, rows[i].command);
	}
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_false(paste_prompt_parse(str_of(none[i]), &prompt));
}

static void commands_in_every_shortening(void **state)
{
	static const struct {
		const char *typed, *reader, *scope, *values;
		bool filtered;
	} rows[] = {
	        {"get system status", "status", "", "", false},
	        {"get sys stat", "status", "", "", false},
	        {"get sys perf stat", "performance", "", "", false},
	        {"get system performance status | grep CPU", "performance", "", "", true},
	        {"get sys perf top", "top", "", "", false},
	        {"diagnose system top", "top", "", "", false},
	        {"dia sys top 2 20", "top", "", "2 20", false},
	        {"diag sys top-mem", NULL, "", "", false},
	        {"diag hard sysinfo mem", "memory", "", "", false},
	        {"get hardware memory", "memory", "", "", false},
	        {"diag hardware sysinfo conserve", "conserve", "", "", false},
	        {"diag hardware sysinfo conserve x", NULL, "", "", false},
	        {"exec ping 192.0.2.1", "ping", "", "192.0.2.1", false},
	        {"execute ping6 2001:db8::1", "ping", "", "2001:db8::1", false},
	        {"exec pin 192.0.2.1", NULL, "", "", false},
	        {"exec ping-options repeat-count 100", NULL, "", "repeat-count 100", false},
	        {"sudo PROD exec ping 192.0.2.1", "ping", "PROD", "192.0.2.1", false},
	        {"sudo global get sys perf stat", "performance", "global", "", false},
	        {"diag sniff pack any 'host 192.0.2.1 or port 53' 4 0 a", "sniffer", "",
	         "any 'host 192.0.2.1 or port 53' 4 0 a", false},
	        {"diag sniffer packet any 'tcp[13] | 2 != 0' 4", "sniffer", "", "any 'tcp[13] | 2 != 0' 4", false},
	        {"show system interface", NULL, "", "", false},
	        {"end", NULL, "", "", false},
	        {"sudo", NULL, "", "", false},
	};
	struct paste_command command;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(paste_command_parse(str_of(rows[i].typed), &command));
		if (rows[i].reader && (!command.reader || strcmp(command.reader, rows[i].reader) != 0))
			fail_msg("'%s' is of %s", rows[i].typed, rows[i].reader);
		if (!rows[i].reader && command.reader)
			fail_msg("'%s' is not of %s", rows[i].typed, command.reader);
		assert_str(command.scope, rows[i].scope);
		assert_str(command.values, rows[i].values);
		assert_int_equal(command.filtered, rows[i].filtered);
	}
	assert_false(paste_command_parse(str_of(""), &command));
	assert_false(paste_command_parse(str_of("hello world"), &command));
}

static void terminal_traces_go_and_lines_keep_their_numbers(void **state)
{
	static const struct {
		const char *raw, *plain;
	} rows[] = {
	        {"a\r\nb\r\r\nc\n", "a\nb\nc\n"},
	        {"a\n--More-- \r         \rb\n", "a\nb\n"},
	        {"a\n--More--                      b\n", "a\nb\n"},
	        {"\x1b[32mFGT # \x1b[0mget\n", "FGT # get\n"},
	        {"\x1b[H\x1b[JRun Time:  1 days\n", "Run Time:  1 days\n"},
	        {"FGT # gett\b \b sys\n", "FGT # get sys\n"},
	        {"\b\ba\n", "a\n"},
	        {"\xef\xbb\xbf"
	         "a\n",
	         "a\n"},
	        {"[2026-11-23 08:03:09] FGT # end\n[2026-11-23 08:03:10] x\n", "FGT # end\nx\n"},
	        {"08:03:09.123 FGT # end\n08:03:10.123 2026-11-23 08:03:10.1 x\n",
	         "FGT # end\n2026-11-23 08:03:10.1 x\n"},
	        {"2026-11-23 08:03:10.100000 wan1 out\n", "2026-11-23 08:03:10.100000 wan1 out\n"},
	        {"no end", "no end"},
	        {"", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_str(paste_normalise(*state, str_of(rows[i].raw)), rows[i].plain);
}

static const char session[] = "=~=~=~=~=~=~=~=~=~=~=~= PuTTY log 2026.11.23 08:00:01 =~=~=~=~=~=~=~=~=~=~=~=\n"
                              "FGT # config vdom\n"
                              "\n"
                              "FGT (vdom) # edit PROD\n"
                              "current vf=PROD:1\n"
                              "\n"
                              "FGT (PROD) # exec ping-options repeat-count 3\n"
                              "\n"
                              "FGT (PROD) # exec ping 198.51.100.53\n"
                              "PING 198.51.100.53 (198.51.100.53): 56 data bytes\n"
                              "64 bytes from 198.51.100.53: icmp_seq=0 ttl=58 time=9.3 ms\n"
                              "\n"
                              "--- 198.51.100.53 ping statistics ---\n"
                              "3 packets transmitted, 1 packets received, 66% packet loss\n"
                              "round-trip min/avg/max = 9.3/9.3/9.3 ms\n"
                              "\n"
                              "FGT (PROD) # dia sniff pack any 'host 198.51.100.53' 4 7 a\n"
                              "interfaces=[any]\n"
                              "filters=[host 198.51.100.53]\n"
                              "^C\n"
                              "0 packets received by filter\n"
                              "0 packets dropped by kernel\n"
                              "\n"
                              "FGT (PROD) # end\n"
                              "\n"
                              "FGT # get sys perf stat | grep CPU\n"
                              "CPU states: 2% user 2% system 0% nice 96% idle\n"
                              "FGT # ";

static void session_becomes_its_commands(void **state)
{
	const struct paste *paste = paste_of(*state, session);
	assert_int_equal(paste->count, 3);
	assert_string_equal(paste->host, "FGT");
	const struct pasted *ping = &paste->items[0], *sniffer = &paste->items[1], *cpu = &paste->items[2];
	assert_string_equal(ping->reader, "ping");
	assert_string_equal(ping->vdom, "PROD");
	assert_int_equal(ping->requested, 3);
	assert_int_equal(ping->line, 9);
	assert_true(ping->closed);
	assert_string_equal(ping->prompt, "FGT (PROD) # ");
	assert_string_equal(sniffer->reader, "sniffer");
	assert_int_equal(sniffer->requested, 7);
	assert_true(sniffer->interrupted);
	assert_string_equal(cpu->reader, "performance");
	assert_true(cpu->filtered);
	assert_null(cpu->vdom);
	assert_string_equal(paste_target(paste), "198.51.100.53");
}

static void outputs_without_a_prompt(void **state)
{
	const struct paste *paste = paste_of(*state, "see below\n"
	                                             "PING 192.0.2.1 (192.0.2.1): 56 data bytes\n"
	                                             "PING 192.0.2.2 (192.0.2.2): 56 data bytes\n"
	                                             "CPU states: 2% user 2% system 0% nice 96% idle\n"
	                                             "Uptime: 1 days\n"
	                                             "Run Time:  1 days\n"
	                                             "Run Time:  1 days\n"
	                                             "memory conserve mode: off\n"
	                                             "MemTotal: 1 kB\n"
	                                             "Version: FortiGate-60F v7.4.8\n"
	                                             "interfaces=[any]\n"
	                                             "filters=[host 192.0.2.1]\n");
	static const char *const readers_wanted[] = {"ping",     "ping",   "performance", "top",
	                                             "conserve", "memory", "status",      "sniffer"};
	assert_int_equal(paste->count, 8);
	for (size_t i = 0; i < paste->count; i++) {
		assert_string_equal(paste->items[i].reader, readers_wanted[i]);
		assert_int_equal(paste->items[i].closed, i == 2);
	}
	assert_int_equal(paste->items[7].line, 11);
	assert_null(paste_target(paste));
}

static void another_machine_is_not_the_gate(void **state)
{
	const struct paste *paste = paste_of(*state, "user@pc:~$ ping -c 2 192.0.2.1\n"
	                                             "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n"
	                                             "user@pc:~$ cat /proc/meminfo\n"
	                                             "MemTotal: 1 kB\n"
	                                             "FGT # get hardware memory\n"
	                                             "MemTotal: 2 kB\n");
	assert_int_equal(paste->count, 2);
	assert_string_equal(paste->items[0].on, "host");
	assert_string_equal(paste->items[1].on, "gate");
	assert_int_equal(paste->items[1].line, 5);
}

static void log_lines_are_kept_for_the_entry(void **state)
{
	const struct paste *paste = paste_of(*state, "hello\ndate=2026-11-23 srcip=192.0.2.1 dstip=198.51.100.53 "
	                                             "action=\"ip-conn\"\nFGT # end\n");
	assert_str(paste->entries, "date=2026-11-23 srcip=192.0.2.1 dstip=198.51.100.53 action=\"ip-conn\"\n");
	assert_int_equal(paste->count, 0);
}

static void too_many_commands_are_said(void **state)
{
	struct paste *paste = ARENA_NEW(*state, struct paste);
	paste_init(paste, *state);
	for (size_t i = 0; i < PASTE_MAX_STEPS + 2; i++)
		paste_read(paste, "log", STR("FGT # get system status\n"));
	assert_int_equal(paste->count, PASTE_MAX_STEPS);
	assert_true(paste->full);
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	struct paste paste;
	paste_init(&paste, arena);
	paste_read(&paste, "log", cut);
	(void)paste_target(&paste);
	assert_true(paste.count <= 3);
	/* An end is shown by a prompt or by the last lines of an output, whole. */
	for (size_t i = 0; i < paste.count; i++) {
		const struct pasted *item = &paste.items[i];
		assert_true(!item->closed || *item->prompt || str_find(item->raw, "3/9.3/9.3 ms\n") > 0 ||
		            str_find(item->raw, "dropped by kernel\n") > 0);
	}
	(void)whole;
}

static void cut_anywhere(void **state)
{
	(void)state;
	cut_everywhere(session, check_cut);
}

/* ---- pasted commands as steps of a plan ---- */

static const char playbook[] = "playbook: x\nsummary: x\nneeds: entry\nlimits: { time: 60s }\nsteps:\n"
                               "  - id: status\n    scope: login\n    send: get system status\n    read: status\n"
                               "  - id: first\n    scope: vdom\n    send: execute ping {server.ip}\n    read: ping\n"
                               "  - id: long\n    scope: vdom\n    send: execute ping {server.ip}\n    read: ping\n"
                               "  - id: memory\n    scope: global\n    send: diagnose hardware sysinfo memory\n"
                               "    read: memory\n";

static struct step_list *steps_of(struct arena *arena, const char *text, const char *target, struct paste_notes *notes)
{
	struct step_list *steps = ARENA_NEW(arena, struct step_list);
	struct plan *plan = ARENA_NEW(arena, struct plan);
	struct err err = {0};
	struct plan_request request = {.playbook_name = "x",
	                               .playbook = str_of(playbook),
	                               .target = target,
	                               .vdom = "PROD",
	                               .may_lack_target = true};
	if (plan_make(arena, &request, plan, &err) < 0)
		fail_msg("%s", err.text);
	paste_steps(paste_of(arena, text), plan, steps, notes);
	return steps;
}

static const struct step_run *step_called(const struct step_list *steps, const char *id)
{
	for (size_t i = 0; i < steps->count; i++) {
		if (strcmp(steps->steps[i].id, id) == 0)
			return &steps->steps[i];
	}
	fail_msg("no step %s", id);
	return NULL;
}

#define PING_OF(address)                                  \
	"PING " address " (" address "): 56 data bytes\n" \
	"--- " address " ping statistics ---\n"           \
	"9 packets transmitted, 0 packets received, 100% packet loss\n"

static void what_is_not_pasted_is_missing(void **state)
{
	struct paste_notes notes = {0};
	const struct step_list *steps =
	        steps_of(*state, "FGT # exec ping 192.0.2.1\n" PING_OF("192.0.2.1") "FGT # ", "192.0.2.1", &notes);
	assert_int_equal(steps->count, 4);
	assert_int_equal(step_called(steps, "long")->end.state, STEP_DONE);
	assert_true(step_called(steps, "long")->end.interrupted);
	assert_int_equal(step_called(steps, "long")->first_line, 2);
	assert_int_equal(step_called(steps, "memory")->end.state, STEP_SKIPPED);
	assert_non_null(step_called(steps, "memory")->planned);
	/* One ping is enough: the other planned one is no missing evidence. */
	assert_int_equal(step_called(steps, "first")->end.state, STEP_SKIPPED);
	assert_null(step_called(steps, "first")->planned);
	assert_int_equal(notes.count, 0);
}

static void pings_of_others_are_left_out(void **state)
{
	static const struct {
		const char *text, *target, *words;
	} rows[] = {
	        {"FGT # exec ping 192.0.2.9\n" PING_OF("192.0.2.9") "FGT # ", "192.0.2.1", "not to the server"},
	        {"FGT # sudo LAB exec ping 192.0.2.1\n" PING_OF("192.0.2.1") "FGT # ", "192.0.2.1", "in VDOM LAB"},
	        {"FGT (LAB) # exec ping 192.0.2.1\n" PING_OF("192.0.2.1") "FGT (LAB) # ", "192.0.2.1", "in VDOM LAB"},
	        {"FGT # exec ping 192.0.2.1\n" PING_OF("192.0.2.1") "FGT # ", NULL, "give --target"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct paste_notes notes = {0};
		const struct step_list *steps = steps_of(*state, rows[i].text, rows[i].target, &notes);
		assert_int_equal(step_called(steps, "long")->end.state, STEP_SKIPPED);
		assert_non_null(step_called(steps, "long")->planned);
		assert_int_equal(notes.count, 1);
		assert_non_null(strstr(notes.words[0], rows[i].words));
	}
}

static void an_end_that_is_not_shown_fails_the_step(void **state)
{
	static const struct {
		const char *text;
		enum step_state state;
	} rows[] = {
	        {"FGT # diag hard sysinfo memory\nMemTotal: 1 kB\nFGT # ", STEP_DONE},
	        {"FGT # diag hard sysinfo memory\nMemTotal: 1 kB\n", STEP_FAILED},
	        {"FGT # diag hard sysinfo memory | grep Total\nMemTotal: 1 kB\nFGT # ", STEP_FAILED},
	        {"MemTotal: 1 kB\nSwapFree: 0 kB\n", STEP_DONE},
	        {"MemTotal: 1 kB\nSwapFree: 0 kB", STEP_FAILED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct paste_notes notes = {0};
		const struct step_run *step = step_called(steps_of(*state, rows[i].text, NULL, &notes), "memory");
		assert_int_equal(step->end.state, rows[i].state);
		assert_int_equal(step->end.link_lost, rows[i].state != STEP_DONE);
	}
}

static void a_mistyped_command_does_not_count(void **state)
{
	struct paste_notes notes = {0};
	const struct step_list *steps = steps_of(*state,
	                                         "FGT # diag hard sysinfo memory\n\nUnknown action 0\n\n"
	                                         "FGT (global) # diag hard sysinfo memory\nMemTotal: 1 kB\n\n"
	                                         "FGT (global) # ",
	                                         NULL, &notes);
	assert_int_equal(steps->count, 4);
	assert_int_equal(step_called(steps, "memory")->first_line, 6);
}

static void a_ping_without_a_prompt_is_an_assumption(void **state)
{
	struct paste_notes notes = {0};
	(void)steps_of(*state, PING_OF("192.0.2.1"), "192.0.2.1", &notes);
	assert_true(notes.doubtful);
	assert_int_equal(notes.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(prompts_in_every_form),
	        READ_TEST(commands_in_every_shortening),
	        READ_TEST(terminal_traces_go_and_lines_keep_their_numbers),
	        READ_TEST(session_becomes_its_commands),
	        READ_TEST(outputs_without_a_prompt),
	        READ_TEST(another_machine_is_not_the_gate),
	        READ_TEST(log_lines_are_kept_for_the_entry),
	        READ_TEST(too_many_commands_are_said),
	        READ_TEST(cut_anywhere),
	        READ_TEST(what_is_not_pasted_is_missing),
	        READ_TEST(pings_of_others_are_left_out),
	        READ_TEST(an_end_that_is_not_shown_fails_the_step),
	        READ_TEST(a_mistyped_command_does_not_count),
	        READ_TEST(a_ping_without_a_prompt_is_an_assumption),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
