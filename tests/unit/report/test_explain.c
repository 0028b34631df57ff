#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "page.h"

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

static struct str shipped(const char *path)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	char *text = arena_alloc(arena, PLAYBOOK_MAX_BYTES);
	size_t n = fread(text, 1, PLAYBOOK_MAX_BYTES, file);
	(void)fclose(file);
	return (struct str){text, n};
}

#define ENDS "type=traffic action=ip-conn srcip=192.0.2.10 srcport=40001 dstip=198.51.100.53 dstport=443 proto=6 "

static const char *explained(const char *entry, const char *host, unsigned columns)
{
	struct plan_request request = {.playbook_name = "ip-conn",
	                               .playbook = shipped("playbooks/ip-conn.yaml"),
	                               .entry_text = entry,
	                               .target = entry ? NULL : "198.51.100.53",
	                               .host = host};
	struct report_style style = {.columns = columns};
	struct plan plan;
	struct err err;
	struct buf out;
	if (plan_make(arena, &request, &plan, &err) < 0)
		fail_msg("%s", err.text);
	buf_init(&out, REPORT_MAX_BYTES);
	explain_plan(&plan, 0, &style, &out);
	const char *text = arena_strndup(arena, out.p, out.n);
	buf_done(&out);
	return text;
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void test_what_is_told_and_what_is_not(void **state)
{
	(void)state;
	const char *text =
	        explained(ENDS "sentpkt=3 sentbyte=156 rcvdpkt=0 rcvdbyte=0 duration=11 trandisp=noop policyid=7 "
	                       "policyname=\"web out\" srcintf=lan dstintf=wan1 devname=FGT-1 vd=root",
	                  NULL, 200);
	expect(text, "192.0.2.10 port 40001, came in by lan");
	expect(text, "198.51.100.53 port 443, tcp, to be reached by wan1");
	expect(text, "7 \"web out\"; the traffic was allowed");
	expect(text, "none: both ends see each other's own address");
	expect(text, "3 packets, 156 bytes");
	expect(text, "0 packets, 0 bytes: nothing came back");
	expect(text, "11 s");
	expect(text, "FGT-1, VDOM root");
	text = explained(ENDS, NULL, 200);
	expect(text, "the entry does not tell whether addresses are translated");
	expect(text, "so a late reply is not excluded");
	expect(text, "the entry names none; --vdom does");
	assert_null(strstr(text, "When"));
	assert_null(strstr(text, "Policy "));
}

static void test_something_came_back(void **state)
{
	(void)state;
	expect(explained(ENDS "rcvdpkt=1 rcvdbyte=90", NULL, 200), "1 packet, 90 bytes: something did come back");
	expect(explained(ENDS "transip=203.0.113.9 transport=50001 trandisp=snat", NULL, 200),
	       "the server sees the client as 203.0.113.9 port 50001");
}

/* Every step of the plan is told, in the lane that it runs in. */
static void test_what_will_be_asked(void **state)
{
	(void)state;
	static const char *const parts[] = {
	        "main, one after the other, at once:",
	        "get system status: which device",
	        "get system performance status, 2 times: CPU and memory",
	        "diagnose hardware sysinfo conserve",
	        "ping, one after the other, after main:",
	        "execute ping 198.51.100.53: how many",
	        "only where fast pings are lost",
	        "sniffer, one after the other, after main:",
	        "sessions, one after the other, after sniffer:",
	        "host, on the client's machine, at once:",
	        "Loss under 4.64 %",
	};
	const char *text = explained(ENDS, "local", 200);
	const char *at = text;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("'%s' is not in its place in:\n%s", parts[i], text);
	}
	assert_null(strstr(text, "Loss between client and FortiGate"));
	expect(explained(ENDS, NULL, 200), "Loss between client and FortiGate");
	assert_null(strstr(text, "what the playbook reads from it"));
}

static void test_without_an_entry(void **state)
{
	(void)state;
	struct plan_request request = {.playbook_name = "x",
	                               .playbook =
	                                       str_of("playbook: x\nsummary: x\nneeds: target\nlimits: { time: 30s }\n"
	                                              "steps:\n  - id: ping\n    scope: vdom\n    send: execute ping "
	                                              "{server.ip}\n    read: ping\n"),
	                               .target = "198.51.100.53"};
	struct plan plan;
	struct err err;
	struct buf out;
	if (plan_make(arena, &request, &plan, &err) < 0)
		fail_msg("%s", err.text);
	buf_init(&out, REPORT_MAX_BYTES);
	explain_plan(&plan, 0, NULL, &out);
	assert_int_equal(strncmp(out.p, "What will be asked\n  About the server 198.51.100.53.\n", 53), 0);
	buf_done(&out);
}

static void test_options_that_aim_elsewhere(void **state)
{
	(void)state;
	static const struct {
		const char *target, *said;
	} rows[] = {
	        {"192.0.2.77", "About the server 192.0.2.77 port 443, in place of the entry's."},
	        {"198.51.100.53:8443", "About the server 198.51.100.53 port 8443, in place of the entry's."},
	        {"198.51.100.53:443", NULL},
	};
	assert_null(strstr(explained(ENDS, NULL, 200), "About the server"));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan_request request = {.playbook_name = "ip-conn",
		                               .playbook = shipped("playbooks/ip-conn.yaml"),
		                               .entry_text = ENDS,
		                               .target = rows[i].target};
		struct report_style style = {.columns = 200};
		struct plan plan;
		struct err err;
		struct buf out;
		if (plan_make(arena, &request, &plan, &err) < 0)
			fail_msg("%s", err.text);
		buf_init(&out, REPORT_MAX_BYTES);
		explain_plan(&plan, 0, &style, &out);
		if (rows[i].said)
			expect(out.p, rows[i].said);
		else
			assert_null(strstr(out.p, "About the server"));
		buf_done(&out);
	}
}

/* A log's text cannot write to the terminal, and no line is wider than it. */
static void test_hostile_text_on_narrow_pages(void **state)
{
	(void)state;
	for (unsigned columns = 20; columns < 120; columns += 7) {
		const char *text =
		        explained(ENDS "policyid=1 policyname=\"a\x1b]0;x\x07"
		                       "b\xe2\x80\xae"
		                       "c\" srcintf=\"\x1b[31m\" "
		                       "service=\"very-long-name-of-a-service-that-fits-no-narrow-page-at-all\"",
		                  "local", columns);
		struct str rest = str_of(text), line;
		assert_null(strchr(text, '\x1b'));
		assert_null(strchr(text, '\x07'));
		assert_null(strstr(text, "\xe2\x80\xae"));
		while (str_next_line(&rest, &line)) {
			if (page_columns(line) > columns)
				fail_msg("%u columns: %.*s", columns, (int)line.n, line.p);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_is_told_and_what_is_not),
	        cmocka_unit_test(test_something_came_back),
	        cmocka_unit_test(test_what_will_be_asked),
	        cmocka_unit_test(test_without_an_entry),
	        cmocka_unit_test(test_options_that_aim_elsewhere),
	        cmocka_unit_test(test_hostile_text_on_narrow_pages),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
