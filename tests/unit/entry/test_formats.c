/* One entry in every form that a log line comes in. */
#include "support.h"

#include "buf.h"

/* What all of them say. */
static void assert_same(const struct entry *entry, const char *form)
{
	char text[IP_TEXT_MAX];
	struct err err = {0};
	if (entry_check_ip_conn(entry, &err) < 0)
		fail_msg("%s: %s", form, err.text);
	if (strcmp(ip_print(&entry->srcip, text), "192.0.2.10") != 0 || entry->srcport != 40001 ||
	    strcmp(ip_print(&entry->dstip, text), "198.51.100.53") != 0 || entry->dstport != 53 || entry->proto != 17)
		fail_msg("%s: other addresses", form);
	if (!str_is(entry->devid, "FGT60FTK00000001") || !str_is(entry->vd, "PROD") ||
	    !str_is(entry->srcintf, "LAN 2") || !str_is(entry->dstintf, "wan1") || !str_is(entry->policyid, "20") ||
	    !str_is(entry->sessionid, "6250861") || !str_is(entry->service, "DNS"))
		fail_msg("%s: other fields", form);
	if (entry->time_kind != ENTRY_TIME_UTC || entry->time_us != INT64_C(1719415108003787))
		fail_msg("%s: another time", form);
}

#define HEAD "date=2024-06-26 time=16:18:28 eventtime=1719415108003787000 tz=\"+0100\" devid=\"FGT60FTK00000001\" "
#define FIELDS                                                                                        \
	"logid=\"0000000011\" type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"PROD\" "    \
	"srcip=192.0.2.10 srcport=40001 srcintf=\"LAN 2\" dstip=198.51.100.53 dstport=53 "            \
	"dstintf=\"wan1\" sessionid=6250861 proto=17 action=\"ip-conn\" policyid=20 service=\"DNS\" " \
	"url=\"/?srcip=10.9.9.9 dstip=10.9.9.9\""
#define LINE HEAD FIELDS

#define CEF_HEADER "0|Fortinet|Fortigate|v7.2.10|00011|traffic:forward ip-conn|4|"
#define CEF_FIELDS(p)                                                                                            \
	"deviceExternalId=FGT60FTK00000001 " p "eventtime=1719415108003787000 " p "tz=+0100 " p                  \
	"logid=0000000011 cat=traffic:forward " p "subtype=forward " p "vd=PROD src=192.0.2.10 spt=40001 "       \
	"deviceInboundInterface=LAN 2 dst=198.51.100.53 dpt=53 deviceOutboundInterface=wan1 externalId=6250861 " \
	"proto=17 act=ip-conn " p "policyid=20 app=DNS " p "url=/?srcip\\=10.9.9.9 dst\\=10.9.9.9 " p "osname=Win"

static void test_every_form_gives_the_same_entry(void **state)
{
	static const struct {
		const char *form, *line;
	} rows[] = {
	        {"key=value", LINE},
	        {"<PRI>", "<188>" LINE},
	        {"octet count", "420 <188>" LINE},
	        {"RFC 3164", "<188>Jun 26 16:18:28 fw " LINE},
	        {"ISO head", "2024-06-26T16:18:28.003787+01:00 192.0.2.1 " LINE},
	        {"archive head", "2024 Jun 26 16:18:28 fw->127.0.0.1 " LINE},
	        {"RFC 5424", "<188>1 2024-06-26T15:18:28Z fw - - - - " LINE},
	        {"RFC 5424 with data",
	         "<188>1 2024-06-26T15:18:28.003Z fw app 1 ID [meta type=\"x\" vd=\"a]\\\"\"] " LINE},
	        {"RFC 5424, all in data", "<188>1 2024-06-26T15:18:28Z fw - - - [FTNTFGT@12356 " LINE "]"},
	        {"log display", "1: " LINE},
	        {"FortiAnalyzer syslog",
	         "logver=704072795 timestamp=1719418708 itime=1719415110 tz=\"UTC+1\" eventtime=1719415108003787000 "
	         "devid=\"FGT60FTK00000001\" " FIELDS},
	        {"FortiAnalyzer raw view",
	         "itime=2024-06-26 16:18:30 itime_t=1719415110 eventtime=1719415108003787000 "
	         "devid=FGT60FTK00000001 logid=11 type=traffic subtype=forward vd=PROD srcip=192.0.2.10 srcport=40001 "
	         "srcintf=LAN 2 dstip=198.51.100.53 dstport=53 dstintf=wan1 sessionid=6250861 proto=17 "
	         "action=ip-conn policyid=20 service=DNS url=/?srcip=10.9.9.9"},
	        {"CSV",
	         "date=2024-06-26,time=16:18:28,eventtime=1719415108003787000,devid=\"FGT60FTK00000001\","
	         "logid=\"0000000011\",type=\"traffic\",vd=\"PROD\",srcip=192.0.2.10,srcport=40001,srcintf=\"LAN 2\","
	         "ipaddr=\"10.9.9.9, srcip=10.9.9.9\",dstip=198.51.100.53,dstport=53,dstintf=\"wan1\","
	         "sessionid=6250861,proto=17,action=\"ip-conn\",policyid=20,service=\"DNS\""},
	        {"CEF", "CEF:" CEF_HEADER CEF_FIELDS("FTNTFGT")},
	        {"CEF behind a head", "<188>Jun 26 16:18:28 fw CEF:" CEF_HEADER CEF_FIELDS("FTNTFGT")},
	        {"CEF of FortiOS 6.0", "CEF:" CEF_HEADER CEF_FIELDS("FortinetFortiGate")},
	        {"CEF without CEF:", CEF_HEADER CEF_FIELDS("FTNTFGT")},
	        {"CEF of a FortiAnalyzer",
	         "CEF:0|Fortinet|FortiGate-60F|7.4.8,build2795 (GA)|0000000011|forward traffic ip-conn|4|start=Jun 26 "
	         "2024 "
	         "16:18:28 deviceExternalId=FGT60FTK00000001 dvchost=FGT ad.vd=PROD ad.logid=0000000011 cat=traffic "
	         "ad.subtype=forward ad.eventtime=1719415108003787000 src=192.0.2.10 spt=40001 "
	         "deviceInboundInterface=LAN "
	         "2 dst=198.51.100.53 dpt=53 deviceOutboundInterface=wan1 externalID=6250861 proto=17 act=ip-conn "
	         "ad.policyid=20 app=DNS tz=\"+0100\""},
	        {"CEF of FortiOS 5.6",
	         "CEF:0|Fortinet|Fortigate|v5.6.0|00011|traffic:forward ip-conn|4|FTNTFGTlogid=0000000011 "
	         "deviceExternalId=FGT60FTK00000001 FTNTFGTeventtime=1719415108003787 FTNTFGTvd=PROD src=192.0.2.10 "
	         "spt=40001 deviceInboundInterface=LAN 2 dst=198.51.100.53 dpt=53 deviceOutboundInterface=wan1 "
	         "externalId=6250861 proto=17 cs5=20 cs5Label=Policy Id app=DNS cn1=7 cn1Label=Duration"},
	        {"JSON of FortiOS fields",
	         "{\"date\":\"2024-06-26\",\"time\":\"16:18:28\",\"eventtime\":1719415108003787000,\"devid\":"
	         "\"FGT60FTK00000001\",\"logid\":\"0000000011\",\"type\":\"traffic\",\"vd\":\"PROD\",\"srcip\":"
	         "\"192.0.2.10\",\"srcport\":40001,\"srcintf\":\"LAN "
	         "2\",\"dstip\":\"198.51.100.53\",\"dstport\":\"53\","
	         "\"dstintf\":\"wan1\",\"sessionid\":6250861,\"proto\":17,\"action\":\"ip-conn\",\"policyid\":20,"
	         "\"service\":\"DNS\",\"msg\":\"type=traffic srcip=10.9.9.9\",\"utmaction\":null}"},
	        {"ECS",
	         "{\"@timestamp\":\"2024-06-26T15:18:28.003787Z\",\"source\":{\"ip\":\"192.0.2.10\",\"port\":40001},"
	         "\"destination\":{\"ip\":\"198.51.100.53\",\"port\":53},\"network\":{\"transport\":\"udp\"},"
	         "\"observer\":{\"serial_number\":\"FGT60FTK00000001\",\"ingress\":{\"interface\":{\"name\":\"LAN "
	         "2\"}},"
	         "\"egress\":{\"interface\":{\"name\":\"wan1\"}}},\"rule\":{\"id\":\"20\"},\"event\":{\"action\":"
	         "\"ip-conn\",\"code\":\"0000000011\"},\"fortinet\":{\"firewall\":{\"type\":\"traffic\",\"vd\":"
	         "\"PROD\","
	         "\"sessionid\":\"6250861\",\"service\":\"DNS\"}},\"message\":\"a sentence\"}"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct entry entry;
		struct err err = {0};
		if (entry_parse(*state, str_of(rows[i].line), &entry, &err) < 0)
			fail_msg("%s: %s", rows[i].form, err.text);
		assert_same(&entry, rows[i].form);
		/* what a transcript keeps is read as the same entry again */
		assert_int_equal(entry_parse(*state, entry.line, &entry, &err), 0);
		assert_same(&entry, rows[i].form);
	}
}

/* The line as a JSON string. */
static const char *quoted(struct arena *arena, const char *text, unsigned times)
{
	while (times--) {
		char *out = arena_alloc(arena, 2 * strlen(text) + 3), *p = out;
		*p++ = '"';
		for (; *text; text++) {
			if (*text == '"' || *text == '\\')
				*p++ = '\\';
			*p++ = *text;
		}
		*p++ = '"';
		*p = '\0';
		text = out;
	}
	return text;
}

static void test_raw_lines_are_found_in_what_collectors_wrap_around_them(void **state)
{
	static const char *const wraps[] = {
	        "{\"message\":%s}",
	        "{\"_raw\":%s,\"_time\":1.5}",
	        "{\"a\":1,\"event\":{\"original\":%s},\"message\":\"one sentence\"}",
	        "{\"input\":{\"message\":%s},\"source\":{\"ip\":\"10.9.9.9\"}}",
	        "<14>Jun 26 16:18:28 collector {\"log\":%s}",
	};
	static const char *const lines[] = {LINE, "<188>" LINE, "CEF:" CEF_HEADER CEF_FIELDS("FTNTFGT")};
	for (size_t i = 0; i < sizeof wraps / sizeof wraps[0]; i++) {
		for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
			struct buf text;
			const char *at = strstr(wraps[i], "%s");
			buf_init(&text, 65536);
			buf_add(&text, wraps[i], (size_t)(at - wraps[i]));
			buf_add_text(&text, quoted(*state, lines[k], 1));
			buf_add_text(&text, at + 2);
			struct entry entry = parse(*state, text.p);
			assert_same(&entry, wraps[i]);
			buf_done(&text);
		}
	}
	/* escaped once too often, and JSON in JSON */
	const char *twice = quoted(*state, LINE, 1);
	struct entry entry =
	        parse(*state, arena_printf(*state, "{\"message\":%s}",
	                                   quoted(*state, str_cut(str_of(twice), 1, strlen(twice) - 2).p, 1)));
	assert_same(&entry, "escaped twice");
	const char *inner = arena_printf(*state, "{\"message\":%s}", quoted(*state, LINE, 1));
	entry = parse(*state, arena_printf(*state, "{\"message\":%s}", quoted(*state, inner, 1)));
	assert_same(&entry, "JSON in JSON");
}

static void test_the_names_of_old_firmware(void **state)
{
	struct entry entry = parse(*state, "date=2011-07-24 time=10: 13:03 devname=fw device_id=FGT1 log_id=0038016004 "
	                                   "type=traffic subtype=other pri=notice vd=root SN=77 duration=5 "
	                                   "service=443/tcp status=ip-conn src=10.3.3.3 dst=10.4.4.4 src_port=5 "
	                                   "dst_port=443 src_int=N/A dst_int=\"wan1\" sent=60 rcvd=0 tran_ip=0.0.0.0");
	struct err err = {0};
	assert_int_equal(entry_check_ip_conn(&entry, &err), 0);
	assert_address(&entry.srcip, "10.3.3.3");
	assert_address(&entry.dstip, "10.4.4.4");
	assert_span(entry.devid, "FGT1");
	assert_span(entry.sessionid, "77");
	assert_span(entry.dstintf, "wan1");
	assert_int_equal(entry.srcport, 5);
	assert_int_equal(entry.dstport, 443);
	assert_int_equal(entry.proto, 6);
	assert_int_equal(entry.sentbyte, 60);
	assert_int_equal(entry.time_kind, ENTRY_TIME_LOCAL);
	assert_int_equal(entry.time_us, INT64_C(1311502383000000));
	/* where a line has both names, the new one counts */
	entry = parse(*state, "type=traffic action=ip-conn status=deny srcip=10.0.0.1 src=10.9.9.9");
	assert_span(entry.action, "ip-conn");
	assert_address(&entry.srcip, "10.0.0.1");
}

static void test_what_nothing_quotes_must_not_speak_twice(void **state)
{
	static const char *const lines[] = {
	        "itime_t=1 type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2 msg=x srcip=10.9.9.9 y",
	        "CEF:" CEF_HEADER "src=10.0.0.1 dst=10.0.0.2 FTNTFGTmsg=a src=10.9.9.9",
	        "CEF:" CEF_HEADER "act=ip-conn FTNTFGTaction=accept src=10.0.0.1 dst=10.0.0.2",
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_refused(*state, str_of(lines[i]), "cannot be told");
}

static void test_others_are_refused_by_name(void **state)
{
	static const struct {
		const char *line, *telling;
	} rows[] = {
	        {"CEF:0|Check Point|VPN-1|1|x|y|1|src=10.0.0.1", "a log line of Check Point VPN-1, not of a FortiGate"},
	        {"CEF:0|Fortinet|FortiWeb|1|x|traffic:forward ip-conn|1|src=10.0.0.1", "of Fortinet FortiWeb"},
	        {"CEF:0|Fortinet|Fortigate|v7", "the CEF header is cut"},
	        {"LEEF:1.0|Fortinet|x|type=traffic", "LEEF"},
	        {"{\"a\":", "this is no valid JSON"},
	        {"{\"type\":\"traffic\",\"type\":\"event\"}", "duplicate"},
	        {"[{\"type\":\"traffic\"}]", "no object"},
	        {"{\"message\":\"type=traffic logid=1 srcip=1.2.3.999 action=ip-conn\"}", "in the JSON: column"},
	        {"{}", "no field"},
	        {"devid=FVVM01 type=traffic action=ip-conn srcip=10.0.0.1 dstip=10.0.0.2", "is a FortiWeb's"},
	        {"a=b", "neither type nor logid"},
	        {"type=event action=login srcip=x.x.x.x", "type=event is not a traffic entry"},
	        {"logid=1 action=ip-conn srcip=10.0.0.1", "no type"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_refused(*state, str_of(rows[i].line), rows[i].telling);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ENTRY_TEST(test_every_form_gives_the_same_entry),
	        ENTRY_TEST(test_raw_lines_are_found_in_what_collectors_wrap_around_them),
	        ENTRY_TEST(test_the_names_of_old_firmware),
	        ENTRY_TEST(test_what_nothing_quotes_must_not_speak_twice),
	        ENTRY_TEST(test_others_are_refused_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
