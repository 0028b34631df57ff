#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "command.h"
#include "filter.h"

static struct ip ip_of(const char *text)
{
	struct ip ip = {0};
	assert_true(ip_parse(str_of(text), &ip));
	return ip;
}

static void test_the_filter_grammar(void **state)
{
	(void)state;
	static const char *const good[] = {
	        "icmp",
	        "host 10.0.0.1",
	        "host 2001:db8::1",
	        "not icmp",
	        "tcp port 80 or udp port 53",
	        "( ( icmp ) )",
	        "icmp[0] = 3 or icmp[0] = 11",
	        "icmp6 and ip6[40] < 5",
	        "( host 10.0.0.1 or tcp ) and not ( port 22 )",
	};
	static const char *const bad[] = {
	        "",
	        " ",
	        "icmp ",
	        " icmp",
	        "icmp  or tcp",
	        "( icmp",
	        "icmp )",
	        "()",
	        "and",
	        "icmp and",
	        "host",
	        "host x",
	        "host 10.0.0",
	        "host 010.0.0.1",
	        "host 2001:DB8::1",
	        "host 2001:0db8::1",
	        "port 0",
	        "port 65536",
	        "port 080",
	        "icmp[0]=3",
	        "icmp[0] = 256",
	        "icmp[1] = 3",
	        "ip6[40] > 5",
	        "ip6[40] < 256",
	        "not not not not not not not not not not not not not not not not not not icmp",
	        "( ( ( ( ( ( ( ( ( ( ( ( ( ( ( ( ( ( icmp ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) )",
	        "tcp port",
	        "src host 10.0.0.1",
	        "icmp || tcp",
	        "icmp\" 4 1 a",
	        "not",
	        "((((((((((((((((((icmp))))))))))))))))))",
	        "icmp tcp",
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(command_filter_ok(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (command_filter_ok(str_of(bad[i])))
			fail_msg("taken: '%s'", bad[i]);
	}
}

static void test_a_filter_has_a_longest_form(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 8192);
	buf_add_text(&text, "icmp");
	while (text.n < 4096)
		buf_add_text(&text, " or icmp");
	assert_false(command_filter_ok(buf_str(&text)));
	buf_done(&text);
}

static void test_the_filter_of_a_conversation(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct filter_subject dns = {.client = ip_of("192.168.5.4"),
	                             .server = ip_of("8.8.4.4"),
	                             .proto = 17,
	                             .server_port = 53,
	                             .ssh_port = 22};
	assert_string_equal(
	        filter_conversation(arena, &dns),
	        "( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp "
	        "port 22 )");
	dns.plain_icmp = true;
	assert_string_equal(filter_conversation(arena, &dns),
	                    "( host 192.168.5.4 or host 8.8.4.4 ) and ( port 53 or icmp ) and not ( tcp port 22 )");
	struct filter_subject snat = {.client = ip_of("10.0.0.5"),
	                              .server = ip_of("192.0.2.9"),
	                              .proto = 6,
	                              .translated_client = ip_of("198.51.100.2"),
	                              .translated_server = ip_of("10.9.9.9"),
	                              .server_port = 80,
	                              .translated_server_port = 8080,
	                              .ssh_port = 2222};
	assert_string_equal(
	        filter_conversation(arena, &snat),
	        "( host 10.0.0.5 or host 192.0.2.9 or host 198.51.100.2 or host 10.9.9.9 ) and ( port 80 or port "
	        "8080 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 2222 )");
	struct filter_subject v6 = {.client = ip_of("2001:db8::5"),
	                            .server = ip_of("2001:db8::9"),
	                            .proto = 17,
	                            .server_port = 53,
	                            .ssh_port = 22};
	assert_string_equal(
	        filter_conversation(arena, &v6),
	        "( host 2001:db8::5 or host 2001:db8::9 ) and ( port 53 or ( icmp6 and ip6[40] < 5 ) ) and not ( "
	        "tcp port 22 )");
	struct filter_subject icmp = {
	        .client = ip_of("10.0.0.5"), .server = ip_of("192.0.2.9"), .proto = 1, .ssh_port = 22};
	assert_string_equal(filter_conversation(arena, &icmp),
	                    "( host 10.0.0.5 or host 192.0.2.9 ) and ( icmp ) and not ( tcp port 22 )");
	arena_free(arena);
}

static void test_an_entry_about_ssh_keeps_its_own_traffic(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct filter_subject ssh = {.client = ip_of("10.0.0.5"),
	                             .server = ip_of("192.0.2.9"),
	                             .proto = 6,
	                             .server_port = 22,
	                             .ssh_port = 22,
	                             .own = {50000, 22}};
	assert_string_equal(
	        filter_conversation(arena, &ssh),
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
		                                 .proto = protos[i / 4 % 6],
		                                 .server_port = ports[i / 24 % 5],
		                                 .plain_icmp = i / 2 % 2,
		                                 .ssh_port = 22,
		                                 .own = {50000, 22}};
		const char *filter = filter_conversation(arena, &subject);
		if (!command_filter_ok(str_of(filter)))
			fail_msg("outside the grammar: %s", filter);
	}
	arena_free(arena);
}

static void test_without_a_port_the_protocol_stands_in_its_place(void **state)
{
	(void)state;
	static const struct {
		unsigned proto;
		bool v6;
		const char *traffic;
	} rows[] = {
	        {6, false, "( tcp or icmp[0] = 3 or icmp[0] = 11 )"},
	        {17, true, "( udp or ( icmp6 and ip6[40] < 5 ) )"},
	        {0, false, "( tcp or udp or icmp[0] = 3 or icmp[0] = 11 )"},
	        {47, false, "( not ( tcp or udp or icmp ) or icmp[0] = 3 or icmp[0] = 11 )"},
	        {50, true, "( not ( tcp or udp or icmp6 ) or ( icmp6 and ip6[40] < 5 ) )"},
	        {1, false, "( icmp )"},
	        {58, true, "( icmp6 )"},
	};
	struct arena *arena = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct filter_subject subject = {.server = ip_of(rows[i].v6 ? "2001:db8::9" : "192.0.2.9"),
		                                 .proto = rows[i].proto};
		const char *filter = filter_conversation(arena, &subject);
		if (!strstr(filter, rows[i].traffic))
			fail_msg("'%s' holds no '%s'", filter, rows[i].traffic);
		assert_true(command_filter_ok(str_of(filter)));
	}
	arena_free(arena);
}

static void test_a_target_on_the_ssh_port_is_never_filtered_out(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct filter_subject subject = {.server = ip_of("192.0.2.9"), .server_port = 22, .ssh_port = 22};
	assert_null(strstr(filter_conversation(arena, &subject), "not"));
	subject.own.local = 50000;
	subject.own.remote = 22;
	assert_non_null(strstr(filter_conversation(arena, &subject), "and not ( tcp port 50000 and tcp port 22 )"));
	subject.proto = 17;
	assert_non_null(strstr(filter_conversation(arena, &subject), "and not ( tcp port 22 )"));
	arena_free(arena);
}

static void test_the_longest_filter_fits_a_command(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct filter_subject subject = {
	        .client = ip_of("2001:db8:1111:1111:1111:1111:1111:1111"),
	        .server = ip_of("2001:db8:2222:2222:2222:2222:2222:2222"),
	        .translated_client = ip_of("2001:db8:3333:3333:3333:3333:3333:3333"),
	        .translated_server = ip_of("2001:db8:4444:4444:4444:4444:4444:4444"),
	        .proto = 6,
	        .server_port = 50022,
	        .translated_server_port = 65535,
	        .ssh_port = 50022,
	        .own = {60001, 50022},
	};
	const char *command = arena_printf(
	        arena, "sudo abcdefghijklmnopqrstuvwxyz01234 diagnose sniffer packet any \"%s\" 4 100000 a",
	        filter_conversation(arena, &subject));
	struct err err = {0};
	if (!command_find(str_of(command), &err))
		fail_msg("%s", err.text);
	arena_free(arena);
}

static void test_one_translation_leaves_one_end_to_see(void **state)
{
	(void)state;
	struct filter_subject subject = {.server = ip_of("192.0.2.9"), .proto = 6, .server_port = 80};
	assert_false(filter_sees_both_sides(&subject));
	subject.client = ip_of("10.0.0.5");
	assert_true(filter_sees_both_sides(&subject));
	subject.client = (struct ip){0};
	subject.translated_server = ip_of("10.9.9.9");
	assert_true(filter_sees_both_sides(&subject));
	subject.server = (struct ip){0};
	assert_false(filter_sees_both_sides(&subject));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_filter_grammar),
	        cmocka_unit_test(test_a_filter_has_a_longest_form),
	        cmocka_unit_test(test_the_filter_of_a_conversation),
	        cmocka_unit_test(test_an_entry_about_ssh_keeps_its_own_traffic),
	        cmocka_unit_test(test_every_filter_is_in_the_grammar),
	        cmocka_unit_test(test_without_a_port_the_protocol_stands_in_its_place),
	        cmocka_unit_test(test_a_target_on_the_ssh_port_is_never_filtered_out),
	        cmocka_unit_test(test_the_longest_filter_fits_a_command),
	        cmocka_unit_test(test_one_translation_leaves_one_end_to_see),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
