#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "entry.h"
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

static const char old_form[] = "Aug 23 03:52:14 10.95.216.1 date=2016-08-23 time=03:52:14 devname=external-fgt-01 "
                               "devid=FGXXXXXXXX logid=0000000011 "
                               "type=traffic subtype=forward level=warning vd=root srcip=1.2.3.4 srcport=48641 "
                               "srcintf=\"PUBLIC-VIP\" dstip=4.3.2.1 "
                               "dstport=80 dstintf=\"LOCAL-PORT\" poluuid=342f44-adff-asdfasd sessionid=3025325172 "
                               "proto=6 action=ip-conn policyid=2 "
                               "appcat=\"unscanned\" crscore=5 craction=262144 crlevel=low";

static const char new_form[] =
        "date=2024-06-26 time=16:18:28 eventtime=1719415108003787879 tz=\"+0100\" logid=\"0000000011\" "
        "type=\"traffic\" "
        "subtype=\"forward\" level=\"warning\" vd=\"PROD\" srcip=192.168.5.4 srcport=12345 srcintf=\"internal\" "
        "srcintfrole=\"undefined\" dstip=8.8.4.4 dstport=53 dstintf=\"npu0_vlink1\" dstintfrole=\"undefined\" "
        "srccountry=\"Reserved\" dstcountry=\"United States\" sessionid=6250861 proto=17 action=\"ip-conn\" "
        "policyid=20 "
        "service=\"DNS\" crscore=5 craction=262144 crlevel=\"low\" mastersrcmac=\"b6:e0:31:37:ca:73\" srcserver=0";

static struct entry parsed(const char *line)
{
	struct entry entry;
	struct err err;
	if (entry_parse(arena, str_of(line), &entry, &err) < 0)
		fail_msg("%s", err.text);
	return entry;
}

static void assert_ip(const struct ip *ip, const char *want)
{
	char text[IP_TEXT_MAX];
	assert_string_equal(ip_print(ip, text), want);
}

static void assert_str(struct str text, const char *want)
{
	if (!str_is(text, want))
		fail_msg("'%.*s' is not '%s'", (int)text.n, text.p, want);
}

static void test_the_form_of_old_firmware_behind_a_syslog_head(void **state)
{
	(void)state;
	struct entry entry = parsed(old_form);
	struct err err;
	assert_int_equal(entry_check_ip_conn(&entry, &err), 0);
	assert_ip(&entry.srcip, "1.2.3.4");
	assert_ip(&entry.dstip, "4.3.2.1");
	assert_int_equal(entry.srcport, 48641);
	assert_int_equal(entry.dstport, 80);
	assert_int_equal(entry.proto, 6);
	assert_str(entry.srcintf, "PUBLIC-VIP");
	assert_str(entry.devname, "external-fgt-01");
	assert_str(entry.vd, "root");
	assert_int_equal(entry.time_kind, ENTRY_TIME_LOCAL);
	assert_false(entry.have_zone);
	assert_int_equal(entry.field_count, 24);
	assert_non_null(entry_field(&entry, "craction"));
	assert_null(entry_field(&entry, "Aug"));
	assert_false(entry.have_sent || entry.have_rcvd || entry.have_duration);
	assert_int_equal(entry.tranip.family, 0);
}

static void test_the_form_of_new_firmware(void **state)
{
	(void)state;
	struct entry entry = parsed(new_form);
	assert_ip(&entry.dstip, "8.8.4.4");
	assert_int_equal(entry.proto, 17);
	assert_int_equal(entry.time_kind, ENTRY_TIME_UTC);
	assert_int_equal(entry.time_us, INT64_C(1719415108003787));
	assert_int_equal(entry.zone_s, 3600);
	assert_str(entry_field(&entry, "dstcountry")->value, "United States");
	assert_int_equal(entry_field(&entry, "date")->column, 1);
	assert_int_equal(entry_field(&entry, "time")->column, 17);
	assert_string_equal(entry_proto_word(entry.proto), "udp");
	assert_null(entry_proto_word(47));
}

static void test_heads(void **state)
{
	(void)state;
	static const char *const heads[] = {"",
	                                    "<189>",
	                                    "<188> ",
	                                    "Aug  3 03:52:14 fw ",
	                                    "<189>Aug 23 03:52:14 10.0.0.1 ",
	                                    "<111> Aug 17 00:00:00 fortigate ",
	                                    "\xef\xbb\xbf",
	                                    "  ",
	                                    "some stray words ",
	                                    "<999>"};
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct entry entry = parsed(arena_printf(arena, "%s%s\r\n", heads[i], new_form));
		assert_ip(&entry.srcip, "192.168.5.4");
		assert_str(entry_field(&entry, "srcserver")->value, "0");
	}
}

static void test_nat_and_counters(void **state)
{
	(void)state;
	struct entry entry = parsed(
	        "type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 trandisp=\"snat+dnat\" transip=1.1.1.1 "
	        "transport=1024 tranip=2.2.2.2 tranport=8080 sentbyte=61 rcvdbyte=0 sentpkt=1 rcvdpkt=0 duration=180");
	assert_str(entry.trandisp, "snat+dnat");
	assert_ip(&entry.transip, "1.1.1.1");
	assert_int_equal(entry.transport, 1024);
	assert_ip(&entry.tranip, "2.2.2.2");
	assert_int_equal(entry.tranport, 8080);
	assert_true(entry.have_sent && entry.have_rcvd && entry.have_duration);
	assert_int_equal(entry.sentbyte, 61);
	assert_int_equal(entry.rcvdpkt, 0);
	assert_int_equal(entry.duration_s, 180);
	assert_false(entry.have_srcport);
}

static void test_quoted_values_are_taken_whole(void **state)
{
	(void)state;
	struct entry entry = parsed("type=\"traffic\" action=\"ip-conn\" url=\"/?srcip=9.9.9.9 dstip=9.9.9.9\" msg=\"a "
	                            "\\\"b\\\" c\\=d e\\f\" "
	                            "srcip=10.0.0.1 dstip=10.0.0.2 dstip=10.0.0.3 srcport=5");
	assert_ip(&entry.srcip, "10.0.0.1");
	assert_ip(&entry.dstip, "10.0.0.2");
	assert_str(entry_field(&entry, "msg")->value, "a \"b\" c=d e\\f");
	assert_str(entry_field(&entry, "url")->value, "/?srcip=9.9.9.9 dstip=9.9.9.9");
}

static void test_damaged_lines_still_give_their_fields(void **state)
{
	(void)state;
	struct entry entry = parsed("type=traffic  action=ip-conn junk itime=2014-12-29 15:35:09 srcip=10.0.0.1 "
	                            "dstip=10.0.0.2 | msg=\"cut");
	assert_ip(&entry.dstip, "10.0.0.2");
	assert_str(entry_field(&entry, "msg")->value, "cut");
}

static void test_eventtime_by_its_digits(void **state)
{
	(void)state;
	static const char *const values[] = {"1719415108", "1719415108000", "1719415108000000", "1719415108000000000"};
	for (size_t i = 0; i < 4; i++) {
		struct entry entry = parsed(arena_printf(arena, "type=traffic eventtime=%s", values[i]));
		assert_int_equal(entry.time_us, INT64_C(1719415108000000));
	}
	struct entry zone = parsed("type=traffic date=2024-06-26 time=16:18:28 tz=\"+0100\"");
	assert_int_equal(zone.time_us, INT64_C(1719415108000000));
	struct entry odd = parsed("type=traffic eventtime=171941510");
	assert_int_equal(odd.time_kind, ENTRY_TIME_NONE);
}

struct bad {
	const char *line, *telling;
};

static void refuse(const char *line, const char *telling)
{
	struct entry_set set;
	struct err err = {0};
	if (entry_set_parse(arena, str_of(line), 0, &set, &err) == 0)
		fail_msg("taken: %s", line);
	assert_int_equal(err.kind, ERR_ENTRY);
	if (!strstr(err.text, telling))
		fail_msg("'%s' does not say '%s'", err.text, telling);
	assert_null(strchr(err.text, '\n'));
}

static void test_every_refusal_says_what_and_where(void **state)
{
	(void)state;
	static const struct bad rows[] = {
	        {"", "empty"},
	        {" \r\n\n", "empty"},
	        {"hello", "no key=value"},
	        {"type=traffic action=deny srcip=10.0.0.1 dstip=10.0.0.2", "column 14: action=deny is not ip-conn"},
	        {"type=utm action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2", "column 1: type=utm is not a traffic entry"},
	        {"type=traffic url=\"action=ip-conn\" srcip=10.0.0.1 dstip=10.0.0.2", "no action"},
	        {"action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2", "neither type nor logid"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1", "no dstip"},
	        {"type=traffic action=ip-conn dstip=10.0.0.1", "no srcip"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=999.1.1.1",
	         "column 44: dstip=999.1.1.1 is not an IP address"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=010.1.1.1", "dstip=010.1.1.1"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=1.2.3", "dstip=1.2.3 "},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=::ffff:1.2.3.4", "IPv4-mapped"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=127.0.0.1", "loopback"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=224.0.0.1", "multicast"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=0.0.0.0", "unspecified"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=fe80::1", "link-local"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=2001:db8::1", "different IP versions"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 dstport=53;reboot",
	         "dstport=53;reboot is not a port"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 dstport=0", "dstport=0 is not a port"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 dstport=65536", "dstport=65536"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 dstport=1e3", "dstport=1e3"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 dstport=-1", "dstport=-1"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 dstport=", "dstport= is not a port"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 proto=256", "proto=256"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 rcvdpkt=18446744073709551616",
	         "is not a count"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 date=2024-13-01 time=00:00:00",
	         "date=2024-13-01"},
	        {"type=traffic action=ip-conn srcip=10.0.0.1 dstip=\"10.0.0.2\x1b[2J\"", "\\x1b[2J"},
	        {"CEF:0|Fortinet|Fortigate|7.2|00011|traffic:forward|4|act=ip-conn", "no dstip"},
	        {"{\"action\":\"ip-conn\"}", "neither type nor logid"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		refuse(rows[i].line, rows[i].telling);
	struct entry entry;
	struct err err;
	assert_int_equal(entry_parse(arena, STR("type=traffic\0action=ip-conn"), &entry, &err), -1);
	assert_non_null(strstr(err.text, "NUL"));
}

static void test_long_and_crowded_lines_are_refused_at_once(void **state)
{
	(void)state;
	struct entry entry;
	struct err err;
	char *text = malloc(1 << 20);
	clock_t start = clock();
	assert_non_null(text);
	memset(text, '"', 1 << 20);
	assert_int_equal(entry_parse(arena, (struct str){text, 1 << 20}, &entry, &err), -1);
	for (size_t i = 0; i < ENTRY_MAX_BYTES; i++)
		text[i] = "a= "[i % 3];
	assert_int_equal(entry_parse(arena, (struct str){text, ENTRY_MAX_BYTES}, &entry, &err), -1);
	assert_non_null(strstr(err.text, "more than"));
	memset(text, '\\', ENTRY_MAX_BYTES);
	memcpy(text, "a=\"", 3);
	assert_int_equal(entry_parse(arena, (struct str){text, ENTRY_MAX_BYTES}, &entry, &err), 0);
	assert_true(clock() - start < CLOCKS_PER_SEC);
	free(text);
}

static void test_every_prefix_is_read_inside_its_bytes(void **state)
{
	(void)state;
	for (size_t n = 0; n <= strlen(old_form); n++) {
		struct entry entry;
		struct err err;
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, old_form, n);
		if (entry_parse(arena, (struct str){copy, n}, &entry, &err) == 0)
			assert_true(entry.field_count > 0);
		else
			assert_int_equal(err.kind, ERR_ENTRY);
		free(copy);
	}
}

#define AT(second, more) "date=2024-06-26 time=16:18:" second " tz=\"+0000\" type=traffic proto=17 " more "\n"
#define CONN             "action=ip-conn srcip=10.0.0.1 srcport=5000 dstip=8.8.4.4 dstport=53"

static void test_siblings_are_evidence(void **state)
{
	(void)state;
	struct entry_set set;
	struct err err;
	const char *text = AT("26", "action=accept srcip=10.0.0.1 srcport=5000 dstip=8.8.8.8 dstport=53")
	        AT("28", CONN) "\n" AT("29", "action=ip-conn srcip=10.0.0.1 srcport=5000 dstip=9.9.9.9 dstport=53")
	                AT("28", "action=accept srcip=10.0.0.1 srcport=5001 dstip=8.8.8.8 dstport=53")
	                        AT("34", "action=accept srcip=10.0.0.1 srcport=5000 dstip=8.8.8.8 dstport=53")
	                                AT("28", "action=accept srcip=10.0.0.2 srcport=5000 dstip=8.8.8.8 dstport=53");
	assert_int_equal(entry_set_parse(arena, str_of(text), 0, &set, &err), 0);
	assert_int_equal(set.line_number, 2);
	assert_int_equal(set.sibling_count, 2);
	assert_ip(&set.siblings[0].dstip, "8.8.8.8");
	assert_ip(&set.siblings[1].dstip, "9.9.9.9");
}

static void test_several_entries_ask_for_a_number(void **state)
{
	(void)state;
	struct entry_set set;
	struct err err;
	const char *text =
	        "junk\n" AT("00", CONN) AT("30", "action=ip-conn srcip=10.0.0.9 srcport=1 dstip=1.1.1.1 dstport=80");
	assert_int_equal(entry_set_parse(arena, str_of(text), 0, &set, &err), -1);
	assert_non_null(strstr(err.text, "--entry N"));
	assert_non_null(strstr(err.text, "line 3, 10.0.0.9 to 1.1.1.1 port 80"));
	assert_int_equal(entry_set_parse(arena, str_of(text), 2, &set, &err), 0);
	assert_ip(&set.entry.srcip, "10.0.0.9");
	assert_int_equal(entry_set_parse(arena, str_of(text), 3, &set, &err), -1);
	assert_non_null(strstr(err.text, "only 2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_form_of_old_firmware_behind_a_syslog_head),
	        cmocka_unit_test(test_the_form_of_new_firmware),
	        cmocka_unit_test(test_heads),
	        cmocka_unit_test(test_nat_and_counters),
	        cmocka_unit_test(test_quoted_values_are_taken_whole),
	        cmocka_unit_test(test_damaged_lines_still_give_their_fields),
	        cmocka_unit_test(test_eventtime_by_its_digits),
	        cmocka_unit_test(test_every_refusal_says_what_and_where),
	        cmocka_unit_test(test_long_and_crowded_lines_are_refused_at_once),
	        cmocka_unit_test(test_every_prefix_is_read_inside_its_bytes),
	        cmocka_unit_test(test_siblings_are_evidence),
	        cmocka_unit_test(test_several_entries_ask_for_a_number),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
