#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "grammar.h"
#include "plan.h"

/* Whatever is asked of it, a plan sends nothing but what the grammar takes:
 * random entries, options and variables, half of them hostile. FGDIAG_INPUTS
 * says how many. */

#ifdef __SANITIZE_ADDRESS__
enum { INPUTS = 10000 };
#else
enum { INPUTS = 100000 };
#endif
enum { VALUE_BYTES = 96 };

static const char playbook[] =
        "playbook: x\nsummary: x\nneeds: entry\nlimits: { time: 60s }\nvars:\n  ping.count: 12\n"
        "  sniffer.packets: 100\n  sniffer.level: 4\nsteps:\n"
        "  - { id: status, scope: login, send: get system status, read: status }\n"
        "  - { id: ping, scope: vdom, options: { repeat-count: '{ping.count}', adaptive-ping: '{ping.adaptive}' },\n"
        "      send: 'execute ping {server.ip}', read: ping }\n"
        "  - { id: sessions, scope: vdom, send: diagnose sys session list, read: sessions }\n"
        "  - { id: sniffer, scope: vdom, stop: { time: 8s }, read: sniffer,\n"
        "      send: 'diagnose sniffer packet any \"{filter.conversation}\" {sniffer.level} {sniffer.packets} a' }\n";

static uint64_t lot = 1;

static size_t draw(size_t n)
{
	lot = lot * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(lot >> 33) % n;
}

static const char *const good[] = {"192.0.2.4",
                                   "198.51.100.4",
                                   "2001:db8::1",
                                   "::ffff:192.0.2.9",
                                   "53",
                                   "443",
                                   "17",
                                   "6",
                                   "root",
                                   "PROD",
                                   "udp",
                                   "tcp",
                                   "icmp",
                                   "300",
                                   "6"};
static const char *const bad[] = {"",
                                  "53;reboot",
                                  "53\nexecute factoryreset",
                                  "192.0.2.1\rconfig system global",
                                  "010.1.1.1",
                                  "999.1.1.1",
                                  "0.0.0.0",
                                  "fe80::1%eth0",
                                  "1.2.3",
                                  "-1",
                                  "65536",
                                  "1e3",
                                  "0x35",
                                  "18446744073709551616",
                                  "root\" 4 1 a\nreboot",
                                  "global",
                                  "config",
                                  "root ?",
                                  "$(reboot)",
                                  "{server.ip}",
                                  "\x03",
                                  "\x1b[A",
                                  "\xe2\x80\xae",
                                  "[2001:db8::1]:53",
                                  "192.0.2.1:53"};

/* A value of the lists, with perhaps some of its bytes changed. */
static const char *value(char out[static VALUE_BYTES])
{
	bool hostile = draw(3) == 0;
	const char *from = hostile ? bad[draw(sizeof bad / sizeof bad[0])] : good[draw(sizeof good / sizeof good[0])];
	(void)snprintf(out, VALUE_BYTES, "%s", from);
	for (size_t n = strlen(out); n && draw(4) == 0;)
		out[draw(n)] = (char)(1 + draw(255));
	return out;
}

/* Mostly the value that fits, so that many plans are made. */
static const char *fit(const char *fitting, char out[static VALUE_BYTES])
{
	return draw(5) ? fitting : value(out);
}

struct tally {
	size_t plans, commands;
};

static void check_commands(const struct plan_commands *commands, struct tally *tally)
{
	if (!grammar_takes(commands->command))
		fail_msg("not in the grammar: %s", commands->command);
	for (size_t k = 0; k < commands->setup_count; k++) {
		if (!grammar_takes(commands->setup[k]))
			fail_msg("not in the grammar: %s", commands->setup[k]);
	}
	const char *const others[] = {commands->verify, commands->reset};
	for (size_t k = 0; k < 2; k++)
		assert_true(!others[k] || grammar_takes(others[k]));
	tally->commands += 1 + commands->setup_count;
}

static void try_one(struct tally *tally)
{
	char v[9][VALUE_BYTES], entry[1200], sets[3][160];
	struct arena *arena = arena_new();
	(void)snprintf(entry, sizeof entry,
	               "date=2024-06-26 time=16:18:28 type=\"traffic\" vd=\"%s\" srcip=%s srcport=%s srcintf=\"%s\" "
	               "dstip=%s dstport=%s dstintf=\"wan1\" proto=%s action=\"ip-conn\"",
	               fit("PROD", v[0]), fit("192.0.2.4", v[1]), fit("12345", v[2]), fit("internal", v[3]),
	               fit("198.51.100.4", v[4]), fit("53", v[5]), fit("17", v[6]));
	static const char *const names[] = {"ping.count", "sniffer.packets", "sniffer.level"};
	const char *list[3];
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(sets[i], sizeof sets[i], "%s=%s", names[i], fit(i == 2 ? "4" : "50", v[7]));
		list[i] = sets[i];
	}
	char target[VALUE_BYTES], proto[VALUE_BYTES], vdom[VALUE_BYTES];
	struct plan_request request = {.playbook_name = "x",
	                               .playbook = str_of(playbook),
	                               .sets = list,
	                               .set_count = draw(4),
	                               .entry_text = entry,
	                               .target = draw(4) ? NULL : value(target),
	                               .proto = draw(8) ? NULL : value(proto),
	                               .vdom = draw(8) ? NULL : value(vdom)};
	struct plan_learned learned = {.multi_vdom = draw(2),
	                               .ssh_port = (unsigned)draw(65536),
	                               .own_local_port = (unsigned)draw(65536),
	                               .own_remote_port = 22,
	                               .median_rtt_us = (int64_t)draw(200000) - 1,
	                               .time_left_us = (int64_t)draw(60000000),
	                               .plain_icmp = draw(2)};
	struct plan plan;
	struct err err;
	if (plan_make(arena, &request, &plan, &err) == 0) {
		tally->plans++;
		for (size_t i = 0; i < plan.step_count; i++) {
			struct plan_commands commands;
			if (plan_resolve(arena, &plan, &plan.steps[i], &learned, &commands, &err) == 0)
				check_commands(&commands, tally);
		}
	}
	arena_free(arena);
}

static void what_is_sent_is_in_the_grammar(void **state)
{
	(void)state;
	const char *asked = getenv("FGDIAG_INPUTS");
	size_t inputs = asked ? strtoul(asked, NULL, 10) : INPUTS;
	struct tally tally = {0};
	for (size_t i = 0; i < inputs; i++)
		try_one(&tally);
	print_message("%zu inputs, %zu plans, %zu commands\n", inputs, tally.plans, tally.commands);
	assert_true(tally.plans > inputs / 50);
}

static void the_grammar_knows_what_it_must_not_take(void **state)
{
	(void)state;
	static const char *const never[] = {"execute reboot",
	                                    "get system status ",
	                                    "get system status\nexecute reboot",
	                                    "execute ping 999.1.1.1",
	                                    "execute ping 192.0.2.1;reboot",
	                                    "sudo config get system status",
	                                    "diagnose sys session clear",
	                                    "diagnose sniffer packet any \"host 1.2.3\" 4 100 a",
	                                    "diagnose sniffer packet any \"udp and\" 4 100 a",
	                                    "diagnose sniffer packet any \"( udp\" 4 100 a",
	                                    "diagnose sniffer packet any \"udp\" 5 100 a",
	                                    ""};
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		if (grammar_takes(never[i]))
			fail_msg("the grammar takes: %s", never[i]);
	}
	assert_true(
	        grammar_takes("sudo root diagnose sniffer packet any \"( host 192.0.2.4 or host 2001:db8::1 ) and not "
	                      "( tcp port 22 )\" 4 100 a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_sent_is_in_the_grammar),
	        cmocka_unit_test(the_grammar_knows_what_it_must_not_take),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
