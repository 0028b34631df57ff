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

static void test_the_dry_run_tells_everything_that_would_be_sent(void **state)
{
	(void)state;
	/* In this order. */
	static const char *const parts[] = {
	        "playbook ip-conn: why did no reply come back?\n",
	        "client   192.168.5.4 port 12345\n",
	        "server   8.8.4.4 port 53, udp\n",
	        "VDOM     PROD\n",
	        "at most 150 s",
	        "status (lane main)\n    get system status\n",
	        "[sudo global] get system performance status\n",
	        "not before 5 s after the one before it",
	        "[sudo global] get system performance top\n      at most 6 s",
	        "[sudo global] diagnose sys top 1 20 2\n      at most 8 s",
	        "diagnose hardware sysinfo memory\n",
	        "diagnose hardware sysinfo conserve\n",
	        "ping-first (lane ping)\n    [sudo PROD] execute ping-options reset\n"
	        "    [sudo PROD] execute ping-options repeat-count 5\n"
	        "    [sudo PROD] execute ping-options view-settings\n    [sudo PROD] execute ping 8.8.4.4\n",
	        "    [sudo PROD] execute ping-options reset\n",
	        "ping (lane ping)\n",
	        "repeat-count <what fits in the time, at most 1000>\n",
	        "adaptive-ping enable <only when the first ping's median is 10 ms or more>\n",
	        "at most 80 s, ended after 20 s of silence, ended early when the loss is decided",
	        "    [sudo PROD] execute ping-options reset\n",
	        "sniffer (lane sniffer)\n    [sudo PROD] diagnose sniffer packet any \"( host 192.168.5.4 or host "
	        "8.8.4.4 ) and ( "
	        "port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( <our own SSH connection> )\" 4 1000 a\n      at "
	        "most 60 s",
	        "at most 79 of them count; even with none lost, a loss\nunder 4.64 % is not excluded",
	        "<…> is known only after login",
	        "option is reset on every way out",
	};
	struct plan plan;
	struct buf text;
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	buf_init(&text, 65536);
	plan_print(&plan, 0, &text);
	assert_false(text.full);
	const char *at = text.p;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const char *found = strstr(at, parts[i]);
		if (!found)
			fail_msg("'%s' is missing or not in its place in\n%s", parts[i], text.p);
		at = found + strlen(parts[i]);
	}
	buf_done(&text);
}

static void test_the_dry_run_shows_no_control_characters(void **state)
{
	(void)state;
	struct plan plan;
	struct buf text;
	make(&(struct plan_request){.entry_text = "type=traffic action=ip-conn vd=\"a\xe2\x80\xae"
	                                          "b\" srcip=10.0.0.1 srcport=9 "
	                                          "dstip=10.0.0.2 proto=17 dstport=5"},
	     &plan);
	buf_init(&text, 65536);
	plan_print(&plan, 0, &text);
	assert_null(strstr(text.p, "\xe2\x80\xae"));
	assert_non_null(strstr(text.p, "[sudo <VDOM>] execute ping 10.0.0.2"));
	buf_done(&text);
}

static void test_the_dry_run_tells_how_long_it_would_wait(void **state)
{
	(void)state;
	static const char *const parts[] = {
	        "time     at most 240 s, 90 s of them to wait for the client's next try\n",
	        "4 1000 a\n      at most 90 s, ended early when the client's traffic is decided",
	};
	struct plan plan;
	struct buf text;
	make(&(struct plan_request){.entry_text = dns_entry}, &plan);
	buf_init(&text, 65536);
	plan_print(&plan, 90 * US_PER_SECOND, &text);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!strstr(text.p, parts[i]))
			fail_msg("'%s' is missing in\n%s", parts[i], text.p);
	}
	/* Pings are not prolonged by it. */
	assert_non_null(strstr(text.p, "at most 80 s, ended after 20 s of silence"));
	buf_clear(&text);
	plan_print(&plan, 30 * US_PER_SECOND, &text);
	assert_non_null(strstr(text.p, "4 1000 a\n      at most 60 s"));
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_dry_run_tells_everything_that_would_be_sent),
	        cmocka_unit_test(test_the_dry_run_shows_no_control_characters),
	        cmocka_unit_test(test_the_dry_run_tells_how_long_it_would_wait),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
