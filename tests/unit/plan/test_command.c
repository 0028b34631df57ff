#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "command.h"
#include "filter.h"

static const char *const allowed[] = {
	"get system status",
	"get system performance status",
	"get system performance top",
	"diagnose sys top 1 20 2",
	"diagnose hardware sysinfo memory",
	"diagnose hardware sysinfo conserve",
	"execute ping 8.8.4.4",
	"execute ping6 2001:db8::1",
	"execute ping-options repeat-count 1000",
	"execute ping-options adaptive-ping enable",
	"execute ping-options view-settings",
	"execute ping-options reset",
	"execute ping6-options reset",
	"diagnose sniffer packet any \"( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) "
	"and not ( tcp port 22 )\" 4 1000 a",
	"sudo global get system performance status",
	"sudo PROD execute ping 8.8.4.4",
	"exit",
};

static const char *const refused[] = {
	"",
	" get system status",
	"get system status ",
	"get  system status",
	"get system status x",
	"get system",
	"GET system status",
	"show",
	"config system global",
	"config vdom",
	"edit root",
	"end",
	"diagnose sys session clear",
	"diagnose sys session list",
	"diagnose sys top",
	"diagnose sys top 0 20 2",
	"diagnose sys top 1 20 11",
	"diagnose sys top 01 20 2",
	"execute ping",
	"execute ping www.example.com",
	"execute ping 8.8.4.4;reboot",
	"execute ping 8.8.4.4 8.8.8.8",
	"execute ping 008.8.4.4",
	"execute ping 127.0.0.1",
	"execute ping 224.0.0.1",
	"execute ping 2001:db8::1",
	"execute ping6 8.8.8.8",
	"execute ping-options repeat-count 0",
	"execute ping-options repeat-count 10001",
	"execute ping-options adaptive-ping maybe",
	"execute ping-options source 1.2.3.4",
	"execute reboot",
	"execute factoryreset",
	"diagnose sniffer packet any \"icmp\" 4 0 a",
	"diagnose sniffer packet any \"icmp\" 3 10 a",
	"diagnose sniffer packet any \"icmp\" 4 10",
	"diagnose sniffer packet any icmp 4 10 a",
	"diagnose sniffer packet any \"icmp 4 10 a",
	"diagnose sniffer packet any \"icmp\"\" 4 10 a",
	"diagnose sniffer packet any \"host 1.2.3.4; x\" 4 10 a",
	"diagnose sniffer packet port1 \"icmp\" 4 10 a",
	"sudo root",
	"sudo root config vdom",
	"sudo a/b get system status",
	"sudo global sudo root get system status",
	"sudo global exit",
	"get system status\n",
	"get system status?",
	"get system\tstatus",
	"get system status\x03",
	"get system st\xc3\xa4tus",
};

static void test_the_table_takes_its_own_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		struct err err;
		if (!command_find(str_of(allowed[i]), &err))
			fail_msg("refused: %s: %s", allowed[i], err.text);
	}
}

static void test_everything_else_is_refused_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct err err = {0};
		if (command_find(str_of(refused[i]), &err))
			fail_msg("allowed: %s", refused[i]);
		assert_int_equal(err.kind, ERR_PLAYBOOK);
		assert_true(strlen(err.text) > 5);
	}
}

static void test_a_command_has_at_most_500_bytes(void **state)
{
	(void)state;
	char text[700];
	(void)snprintf(text, sizeof text, "get system status%600s", "x");
	assert_null(command_find(str_of(text), NULL));
}

static void test_kinds_and_rights(void **state)
{
	(void)state;
	assert_int_equal(command_find(str_of("execute ping 8.8.8.8"), NULL)->kind, COMMAND_PING);
	assert_int_equal(command_find(str_of("sudo root diagnose sys top 1 20 2"), NULL)->kind, COMMAND_TOP);
	assert_int_equal(command_find(str_of("execute ping-options reset"), NULL)->kind, COMMAND_RESET);
	assert_string_equal(command_find(str_of("diagnose hardware sysinfo memory"), NULL)->right, "cli-diagnose");
	assert_true(command_find(str_of("get system performance status"), NULL)->global);
}

/* Random changes of good commands: whatever is still accepted holds no byte and
 * no word that could do anything else. */
static void test_mutated_commands_stay_inside_the_table(void **state)
{
	(void)state;
	static const char bytes[] = " \"?;|&$()[]=<>\t\n\r\\'ab0129.:-_qQ\x03\x7f\xff";
	static const char *const words[] = {"config", "edit", "clear", "delete", "show", "reboot", " set "};
	uint32_t seed = 12345;
	size_t accepted = 0;
	for (size_t round = 0; round < 100000; round++) {
		char text[600];
		const char *from = allowed[round % (sizeof allowed / sizeof allowed[0])];
		size_t n = strlen(from);
		memcpy(text, from, n + 1);
		seed = seed * 1664525u + 1013904223u;
		text[(seed >> 8) % n] = bytes[(seed >> 20) % (sizeof bytes - 1)];
		if (!command_find(str_of(text), NULL))
			continue;
		accepted++;
		for (size_t i = 0; text[i]; i++)
			assert_true(text[i] >= 0x20 && text[i] <= 0x7e && text[i] != '?' && text[i] != ';');
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			assert_null(strstr(text, words[i]));
	}
	assert_true(accepted > 0);
}

static void test_the_filter_grammar(void **state)
{
	(void)state;
	static const char *const good[] = {
		"icmp", "host 10.0.0.1", "host 2001:db8::1", "not icmp", "tcp port 80 or udp port 53", "( ( icmp ) )",
		"icmp[0] = 3 or icmp[0] = 11", "icmp6 and ip6[40] < 5", "( host 10.0.0.1 or tcp ) and not ( port 22 )",
	};
	static const char *const bad[] = {
		"", " ", "icmp ", " icmp", "icmp  or tcp", "( icmp", "icmp )", "()", "and", "icmp and", "host", "host x",
		"host 10.0.0", "host 010.0.0.1", "port 0", "port 65536", "port 080", "icmp[0]=3", "icmp[0] = 256",
		"icmp[1] = 3", "ip6[40] > 5", "tcp port", "src host 10.0.0.1", "icmp || tcp", "icmp\" 4 1 a", "not",
		"((((((((((((((((((icmp))))))))))))))))))", "icmp tcp",
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(command_filter_ok(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (command_filter_ok(str_of(bad[i])))
			fail_msg("taken: '%s'", bad[i]);
	}
}

static struct ip ip_of(const char *text)
{
	struct ip ip = {0};
	assert_true(ip_parse(str_of(text), &ip));
	return ip;
}

static void test_the_filter_of_a_conversation(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct filter_subject dns = {.client = ip_of("192.168.5.4"), .server = ip_of("8.8.4.4"), .proto = 17,
				     .server_port = 53, .ssh_port = 22};
	assert_string_equal(filter_conversation(arena, &dns),
			    "( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp "
			    "port 22 )");
	dns.plain_icmp = true;
	assert_string_equal(filter_conversation(arena, &dns),
			    "( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp ) and not ( tcp port 22 )");
	struct filter_subject snat = {.client = ip_of("10.0.0.5"), .server = ip_of("192.0.2.9"), .proto = 6,
				      .translated_client = ip_of("198.51.100.2"), .translated_server = ip_of("10.9.9.9"),
				      .server_port = 80, .translated_server_port = 8080, .ssh_port = 2222};
	assert_string_equal(filter_conversation(arena, &snat),
			    "( host 10.0.0.5 or host 192.0.2.9 or host 198.51.100.2 or host 10.9.9.9 ) and ( port 80 or port "
			    "8080 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 2222 )");
	struct filter_subject v6 = {.client = ip_of("2001:db8::5"), .server = ip_of("2001:db8::9"), .proto = 17,
				    .server_port = 53, .ssh_port = 22};
	assert_string_equal(filter_conversation(arena, &v6),
			    "( host 2001:db8::5 or host 2001:db8::9 ) and ( port 53 or ( icmp6 and ip6[40] < 5 ) ) and not ( "
			    "tcp port 22 )");
	struct filter_subject icmp = {.client = ip_of("10.0.0.5"), .server = ip_of("192.0.2.9"), .proto = 1, .ssh_port = 22};
	assert_string_equal(filter_conversation(arena, &icmp),
			    "( host 10.0.0.5 or host 192.0.2.9 ) and ( icmp ) and not ( tcp port 22 )");
	arena_free(arena);
}

static void test_an_entry_about_ssh_keeps_its_own_traffic(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct filter_subject ssh = {.client = ip_of("10.0.0.5"), .server = ip_of("192.0.2.9"), .proto = 6,
				     .server_port = 22, .ssh_port = 22, .own = {50000, 22}};
	assert_string_equal(filter_conversation(arena, &ssh),
			    "( host 10.0.0.5 or host 192.0.2.9 ) and ( port 22 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp "
			    "port 50000 and tcp port 22 )");
	arena_free(arena);
}

static void test_every_filter_is_in_the_grammar(void **state)
{
	(void)state;
	static const unsigned protos[] = {0, 1, 6, 17, 47, 58};
	static const unsigned ports[] = {0, 1, 22, 53, 65535};
	struct arena *arena = arena_new();
	for (size_t i = 0; i < 6 * 5 * 2 * 2; i++) {
		struct filter_subject subject = {.server = ip_of(i % 2 ? "2001:db8::9" : "192.0.2.9"),
						 .proto = protos[i / 4 % 6], .server_port = ports[i / 24 % 5],
						 .plain_icmp = i / 2 % 2, .ssh_port = 22, .own = {50000, 22}};
		const char *filter = filter_conversation(arena, &subject);
		if (!command_filter_ok(str_of(filter)))
			fail_msg("outside the grammar: %s", filter);
	}
	arena_free(arena);
}

static void test_vdom_names(void **state)
{
	(void)state;
	assert_true(command_vdom_ok(STR("root")));
	assert_true(command_vdom_ok(STR("VD-01_x")));
	assert_false(command_vdom_ok(STR("")));
	assert_false(command_vdom_ok(STR("global")));
	assert_false(command_vdom_ok(STR("a b")));
	assert_false(command_vdom_ok(STR("a.b")));
	assert_false(command_vdom_ok(STR("abcdefghijklmnopqrstuvwxyz012345")));
}

static void test_keys(void **state)
{
	(void)state;
	assert_int_equal(command_key_byte(KEY_PAGER_NEXT), ' ');
	assert_int_equal(command_key_byte(KEY_BANNER_ACCEPT), 'a');
	assert_int_equal(command_key_byte(KEY_TOP_QUIT), 'q');
	assert_int_equal(command_key_byte(KEY_INTERRUPT), 3);
	assert_int_equal(command_key_byte(KEY_NEWLINE), '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table_takes_its_own_shapes),
		cmocka_unit_test(test_everything_else_is_refused_with_words),
		cmocka_unit_test(test_a_command_has_at_most_500_bytes),
		cmocka_unit_test(test_kinds_and_rights),
		cmocka_unit_test(test_mutated_commands_stay_inside_the_table),
		cmocka_unit_test(test_the_filter_grammar),
		cmocka_unit_test(test_the_filter_of_a_conversation),
		cmocka_unit_test(test_an_entry_about_ssh_keeps_its_own_traffic),
		cmocka_unit_test(test_every_filter_is_in_the_grammar),
		cmocka_unit_test(test_vdom_names),
		cmocka_unit_test(test_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
