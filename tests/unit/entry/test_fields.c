/* Typed values: what an entry must be for a diagnosis, and how it is refused. */
#include "support.h"

#include "timestamp.h"

#define GOOD "type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 "

static void test_ports_are_plain_decimal_numbers(void **state)
{
	static const char *const bad[] = {
	        "0",   "65536", "053",      "1e3", "0x35",     "-1",         "+53",
	        "",    "53 ",   "53;id",    "5 3", "\xd9\xa1", "4294967349", "18446744073709551669",
	        "53.", "http",  "53\x1b[0m"};
	static const char *const names[] = {"srcport", "dstport"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		for (size_t k = 0; k < 2; k++) {
			const char *line = arena_printf(*state, GOOD "proto=17 %s=\"%s\"", names[k], bad[i]);
			assert_refused(*state, str_of(line), arena_printf(*state, "column 68: %s=", names[k]));
			assert_refused(*state, str_of(line), "is not a port (1 to 65535)");
		}
	}
	struct entry entry = parse(*state, GOOD "srcport=1 dstport=65535");
	assert_true(entry.have_srcport && entry.have_dstport);
	assert_int_equal(entry.srcport, 1);
	assert_int_equal(entry.dstport, 65535);
}

static void test_port_0_is_absence_only_where_there_are_no_ports(void **state)
{
	struct entry entry = parse(*state, GOOD "dstport=0 srcport=0 proto=50 service=\"esp\"");
	assert_false(entry.have_srcport || entry.have_dstport);
	assert_int_equal(entry.dstport, 0);
	assert_refused(*state, STR(GOOD "dstport=0 proto=6"), "dstport=0 is not a port");
	assert_refused(*state, STR(GOOD "dstport=0"), "dstport=0 is not a port");
	assert_refused(*state, STR(GOOD "proto=50 dstport=70000"), "dstport=70000 is not a port");
}

static void test_icmp_entries_have_no_ports(void **state)
{
	struct err err;
	struct entry entry = parse(*state, GOOD "proto=1 service=\"icmp/0/8\" identifier=256");
	assert_int_equal(entry_check_ip_conn(&entry, &err), 0);
	assert_false(entry.have_srcport || entry.have_dstport);
	assert_string_equal(entry_proto_word(1), "icmp");
	assert_string_equal(entry_proto_word(58), "icmp6");
	assert_string_equal(entry_proto_word(6), "tcp");
	assert_null(entry_proto_word(256));
}

static void test_nat_that_translated_nothing(void **state)
{
	struct entry entry = parse(*state, GOOD "trandisp=snat transip=0.0.0.0 transport=0");
	assert_int_equal(entry.transport, 0);
	assert_address(&entry.transip, "0.0.0.0");
	assert_refused(*state, STR(GOOD "tranport=65536"), "tranport=65536 is not a port (0 to 65535)");
	assert_refused(*state, STR(GOOD "transip=host"), "transip=host is not an IP address");
}

static void test_addresses_are_strict(void **state)
{
	static const char *const bad[] = {"010.1.1.1",     "1.2.3",    "1.2.3.4.5",  "999.1.1.1", "1.2.3.4/24",
	                                  "0x7f.0.0.1",    "16909060", "1.2.3.4 ",   "",          "fe80::1%port1",
	                                  "[2001:db8::1]", "host.lan", "1.2.3.4;id", "1.2.3.04"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *line =
		        arena_printf(*state, "type=traffic action=ip-conn srcip=10.0.0.1 dstip=\"%s\"", bad[i]);
		assert_refused(*state, str_of(line), "column 44: dstip=");
		assert_refused(*state, str_of(line), "is not an IP address");
	}
}

static void test_both_ends_must_be_hosts(void **state)
{
	static const struct {
		const char *ip, *why;
	} rows[] = {
	        {"127.0.0.1", "loopback"},
	        {"224.0.0.1", "multicast"},
	        {"239.255.255.250", "multicast"},
	        {"0.0.0.0", "unspecified"},
	        {"255.255.255.255", "broadcast"},
	        {"240.0.0.1", "reserved"},
	        {"::ffff:1.2.3.4", "IPv4-mapped"},
	        {"::1", "loopback"},
	        {"::", "unspecified"},
	        {"ff02::1", "multicast"},
	        {"fe80::1", "link-local"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *other = strchr(rows[i].ip, ':') ? "2001:db8::5" : "10.0.0.5";
		const char *to =
		        arena_printf(*state, "type=traffic action=ip-conn srcip=%s dstip=%s", other, rows[i].ip);
		const char *from =
		        arena_printf(*state, "type=traffic action=ip-conn srcip=%s dstip=%s", rows[i].ip, other);
		assert_refused(*state, str_of(to), rows[i].why);
		assert_refused(*state, str_of(from), rows[i].why);
		assert_refused(*state, str_of(from), "srcip=");
	}
	struct err err;
	struct entry entry = parse(*state, "type=traffic action=ip-conn srcip=2001:DB8::1 dstip=2001:db8:0:0::2");
	assert_int_equal(entry_check_ip_conn(&entry, &err), 0);
	assert_address(&entry.dstip, "2001:db8::2");
}

static void test_only_ip_conn_traffic_is_diagnosed(void **state)
{
	static const char *const actions[] = {"deny",    "accept",   "close",  "timeout",
	                                      "IP-CONN", "ip-conn2", "ip-con", ""};
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		const char *line =
		        arena_printf(*state, "type=traffic action=\"%s\" srcip=10.0.0.1 dstip=10.0.0.2", actions[i]);
		assert_refused(*state, str_of(line),
		               arena_printf(*state, "column 14: action=%s is not ip-conn", actions[i]));
	}
	assert_refused(
	        *state,
	        STR("type=\"utm\" subtype=\"webfilter\" action=\"blocked\" url=\"/?action=ip-conn\" srcip=10.0.0.1"),
	        "column 1: type=utm is not a traffic entry");
	assert_refused(*state, STR("type=traffic policyname=\"action=ip-conn\" action=deny srcip=10.0.0.1"),
	               "action=deny is not ip-conn");
}

static void test_hostile_values_are_shortened_and_made_safe(void **state)
{
	char line[400] = "type=traffic action=ip-conn srcip=10.0.0.1 dstip=";
	struct err err;
	struct entry entry;
	size_t n = strlen(line);
	memset(line + n, '9', sizeof line - n);
	assert_int_equal(entry_parse(*state, (struct str){line, sizeof line}, &entry, &err), -1);
	assert_string_equal(err.text,
	                    "column 44: dstip=9999999999999999999999999999999999999999… is not an IP address");
	/* A character that lies across the limit is left out whole. */
	const char *wide = "type=traffic action=\"123456789012345678901234567890123456789\xe2\x82\xac more\"";
	entry = parse(*state, wide);
	assert_int_equal(entry_check_ip_conn(&entry, &err), -1);
	assert_non_null(strstr(err.text, "action=123456789012345678901234567890123456789… is not"));
	entry = parse(*state, "type=traffic action=\"\x1b]0;x\x07\xc2\x9b\xe2\x80\xae\xff\"");
	assert_int_equal(entry_check_ip_conn(&entry, &err), -1);
	assert_non_null(strstr(err.text, "action=\\x1b]0;x\\x07\\u{9b}\\u{202e}\\xff is not"));
	assert_true(utf8_valid(str_of(err.text)));
}

static void test_nul_bytes_are_refused_wherever_they_stand(void **state)
{
	static const char line[] = GOOD "msg=\"x\"";
	for (size_t i = 0; i < sizeof line - 1; i++) {
		char *copy = arena_strdup(*state, line);
		copy[i] = '\0';
		assert_refused(*state, (struct str){copy, sizeof line - 1},
		               arena_printf(*state, "column %zu: the entry holds a NUL byte", i + 1));
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *fields;
		int kind;
		int64_t us;
	} rows[] = {
	        {"eventtime=1719415108 tz=\"+0100\"", ENTRY_TIME_UTC, INT64_C(1719415108000000)},
	        {"eventtime=1719415108003 date=2000-01-01 time=00:00:00", ENTRY_TIME_UTC, INT64_C(1719415108003000)},
	        {"eventtime=1719415108003787", ENTRY_TIME_UTC, INT64_C(1719415108003787)},
	        {"eventtime=\"1719415108003787879\"", ENTRY_TIME_UTC, INT64_C(1719415108003787)},
	        {"eventtime=9999999999999999999", ENTRY_TIME_NONE, 0},
	        {"eventtime=17194151080", ENTRY_TIME_NONE, 0},
	        {"eventtime=1719415x08", ENTRY_TIME_NONE, 0},
	        {"eventtime=-719415108", ENTRY_TIME_NONE, 0},
	        {"eventtime=7 date=2024-06-26 time=16:18:28 tz=\"+0100\"", ENTRY_TIME_UTC, INT64_C(1719415108000000)},
	        {"date=2024-06-26 time=20:48:28 tz=\"UTC+5:30\"", ENTRY_TIME_UTC, INT64_C(1719415108000000)},
	        {"date=2024-06-26 time=15:18:28", ENTRY_TIME_LOCAL, INT64_C(1719415108000000)},
	        {"date=2024-06-26 time=15:18:28 tz=CET", ENTRY_TIME_LOCAL, INT64_C(1719415108000000)},
	        {"time=15:18:28 tz=\"+0100\"", ENTRY_TIME_NONE, 0},
	        {"date=2024-06-26", ENTRY_TIME_NONE, 0},
	        {"date=2024-06-26 time=\"15:18:28", ENTRY_TIME_NONE, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct entry entry = parse(*state, rows[i].fields);
		if ((int)entry.time_kind != rows[i].kind || entry.time_us != rows[i].us)
			fail_msg("%s: kind %d, %lld us", rows[i].fields, (int)entry.time_kind,
			         (long long)entry.time_us);
	}
	assert_refused(*state, STR("date=2023-02-29 time=00:00:00 type=traffic action=ip-conn"),
	               "column 1: date=2023-02-29 is not a date");
	assert_refused(*state, STR("date=2024-02-29 time=25:00:00 type=traffic action=ip-conn"),
	               "column 17: time=25:00:00 is not a time of day");
	struct entry zone = parse(*state, "eventtime=1719415108 tz=\"-0330\"");
	assert_true(zone.have_zone);
	assert_int_equal(zone.zone_s, -12600);
}

static void test_protocols_and_counts(void **state)
{
	assert_refused(*state, STR(GOOD "proto=256"), "proto=256 is not an IP protocol number");
	assert_refused(*state, STR(GOOD "proto=tcp"), "proto=tcp is not an IP protocol number");
	assert_refused(*state, STR(GOOD "proto=06"), "proto=06 is not an IP protocol number");
	assert_refused(*state, STR(GOOD "duration=-1"), "duration=-1 is not a count");
	struct entry entry = parse(*state, GOOD "proto=0 rcvdbyte=18446744073709551615 sentpkt=0");
	assert_true(entry.have_proto && entry.have_rcvd && entry.have_sent);
	assert_false(entry.have_duration);
	assert_int_equal(entry.proto, 0);
	assert_true(entry.rcvdbyte == UINT64_MAX);
	entry = parse(*state, GOOD);
	assert_false(entry.have_proto || entry.have_rcvd || entry.have_sent);
}

static void test_a_failure_leaves_the_output_alone(void **state)
{
	struct entry entry, before;
	memset(&entry, 0x5a, sizeof entry);
	memset(&before, 0x5a, sizeof before);
	assert_int_equal(entry_parse(*state, STR(GOOD "proto=256"), &entry, NULL), -1);
	assert_memory_equal(&entry, &before, sizeof entry);
}

static const char article_like[] =
        "<188>Jun 26 16:18:28 fw date=2024-06-26 time=16:18:28 eventtime=1719415108003787879 tz=\"+0100\" "
        "logid=\"0000000011\" type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"PROD\" srcip=192.168.5.4 "
        "srcport=12345 srcintf=\"in \\\"1\\\"\" dstip=8.8.4.4 dstport=53 dstintf=\"LOCAL PORT\" sessionid=6250861 "
        "proto=17 action=\"ip-conn\" policyid=20 service=\"DNS\" msg=\"\\=\"";

/* Cut, or with one byte changed, in a block of exactly its size: nothing is
 * read outside of it, and what is accepted aims at a host. */
static void try_bytes(struct arena *arena, char *bytes, size_t n)
{
	struct entry entry;
	struct err err = {0};
	if (entry_parse(arena, (struct str){bytes, n}, &entry, &err) < 0) {
		assert_int_equal(err.kind, ERR_ENTRY);
		assert_true(strlen(err.text) > 10);
		return;
	}
	for (size_t i = 0; i < entry.field_count; i++)
		assert_true(entry.fields[i].name.n > 0 && entry.fields[i].column <= n);
	if (entry_check_ip_conn(&entry, &err) == 0)
		assert_true(ip_is_host(&entry.srcip, NULL) && ip_is_host(&entry.dstip, NULL));
}

static void test_every_cut_is_read_inside_its_bytes(void **state)
{
	for (size_t n = 0; n < sizeof article_like; n++) {
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, article_like, n);
		try_bytes(*state, copy, n);
		free(copy);
	}
}

static void test_every_changed_byte_is_survived(void **state)
{
	static const char changes[] = "\0\"\\= <{,\xff\n";
	size_t n = sizeof article_like - 1;
	char *copy = malloc(n);
	assert_non_null(copy);
	for (size_t at = 0; at < n; at++) {
		for (size_t i = 0; i < sizeof changes - 1; i++) {
			memcpy(copy, article_like, n);
			copy[at] = changes[i];
			try_bytes(*state, copy, n);
		}
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ENTRY_TEST(test_ports_are_plain_decimal_numbers),
	        ENTRY_TEST(test_port_0_is_absence_only_where_there_are_no_ports),
	        ENTRY_TEST(test_icmp_entries_have_no_ports),
	        ENTRY_TEST(test_nat_that_translated_nothing),
	        ENTRY_TEST(test_addresses_are_strict),
	        ENTRY_TEST(test_both_ends_must_be_hosts),
	        ENTRY_TEST(test_only_ip_conn_traffic_is_diagnosed),
	        ENTRY_TEST(test_hostile_values_are_shortened_and_made_safe),
	        ENTRY_TEST(test_nul_bytes_are_refused_wherever_they_stand),
	        ENTRY_TEST(test_times),
	        ENTRY_TEST(test_protocols_and_counts),
	        ENTRY_TEST(test_a_failure_leaves_the_output_alone),
	        ENTRY_TEST(test_every_cut_is_read_inside_its_bytes),
	        ENTRY_TEST(test_every_changed_byte_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
