/* Real log lines, where the collection is at hand: each ip-conn record gives
 * its fields, every other record is refused for the right reason. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"
#include "records.h"

static const char root[] = "../shared/corpus/logs";

/* Every ip-conn record of the collection, read by eye. */
static const struct expected {
	const char *file;
	const char *srcip, *dstip;
	unsigned srcport, dstport, proto;
	const char *devid, *vd, *srcintf, *dstintf, *sessionid;
	int64_t time_us;
} expected[] = {
#define KB                                                                                                  \
	"1.2.3.4", "4.3.2.1", 48641, 80, 6, "FGXXXXXXXX", "root", "PUBLIC-VIP", "LOCAL-PORT", "3025325172", \
	        INT64_C(1471924334000000)
#define ICMP_1                                                                                            \
	"170.80.110.49", "172.26.2.51", 0, 0, 1, "FG3K6C3A15800081", "root", "LLB- Connect", "Local_LAN", \
	        "1943972760", INT64_C(1698708601000000)
#define SEKOIA "1.1.1.1", "192.0.2.1", 0, 0, 1, "1", "root", "internal", "wan1", "706677975", INT64_C(1602591763587868)
#define CEF_5                                                                                                       \
	"1.2.3.4", "5.6.7.8", 53272, 443, 6, "FGT40FTK23052620", "root", "interface_02", "interface_01", "1248357", \
	        INT64_C(1737553257865429)
        {"article/01-ip-conn-tcp-rfc3164.log", KB},
        {"article/02-ip-conn-udp-dns.log", "192.168.5.4", "8.8.4.4", 12345, 53, 17, "", "PROD", "internal",
         "npu0_vlink1", "6250861", INT64_C(1719415108003787)},
        {"cef-noprefix/sekoia-traffic_forward.CEF-5.log", CEF_5},
        {"derived/bom-utf8.log", KB},
        {"derived/crlf.log", KB},
        {"derived/crlf.log", ICMP_1},
        {"derived/no-final-newline.log", KB},
        {"derived/nul-terminated.bin", KB},
        {"derived/nul-terminated.bin", ICMP_1},
        {"derived/octet-counted-ip-conn.bin", KB},
        {"derived/octet-counted-ip-conn.bin", ICMP_1},
        {"derived/truncated-after-action.log", ICMP_1},
        {"faz-kv-hdr-iso/bhuvan-01-ip-conn-icmp.log", ICMP_1},
        {"faz-kv-hdr-iso/bhuvan-02-ip-conn-icmp.log", "185.81.113.89", "172.26.2.51", 0, 0, 1, "FG3K6C3A15800081",
         "root", "LLB- Connect", "Local_LAN", "1943966208", INT64_C(1698708407000000)},
        {"faz-kv-hdr-iso/bhuvan-03-ip-conn-icmp.log", "194.135.25.85", "172.26.2.51", 0, 0, 1, "FG3K6C3A15800081",
         "root", "LLB- Connect", "Local_LAN", "1943993979", INT64_C(1698709208000000)},
        {"json/sekoia-cef5-whole-json-ip-conn.log", CEF_5},
        {"json/sekoia-icmp-whole-json-ip-conn.log", SEKOIA},
        {"kv-hdr-rfc3164/fortinet-kb198452-ip-conn.log", KB},
        {"kv-nodate/sekoia-icmp.log", SEKOIA},
};
enum { EXPECTED = sizeof expected / sizeof expected[0] };

/* Why a record that is no ip-conn entry is refused: the first row whose folder
 * and letters fit the record. What a record is, is told from its letters here,
 * not by the parser under test. */
static const struct reason {
	const char *folder, *letters, *telling;
} reasons[] = {
        {"abbreviated/", "action=", "neither type nor logid"},
        {"adversarial/", "url=", "neither type nor logid"},
        {"derived/truncated-in-action.log", "", "the line ends inside the value of action"},
        {"derived/truncated-in-quoted.log", "", "no action"},
        {"json/fazbd", "\"ip-conn\"", "no dstip"},
        {"json/azure", "Fortinet", "no valid JSON"},
        {"json/elastic-json", "\"events\"", "type=utm"},
        {"cef-noprefix/", "Zendesk", "neither type nor logid"},
        {"other-vendor/", "CEF:0|", "not of a FortiGate"},
        {"other-vendor/", "LEEF:", "LEEF"},
        {"other-vendor/", "", "neither type nor logid|no key=value pair|no action|is not ip-conn"},
        {"other-fortinet/", "type=traffic", "is not ip-conn|no action"},
        {"other-fortinet/", "", "is not a traffic entry|is not ip-conn|no action|neither type nor logid"},
        {"cli-log-display/", "logid=", "action=accept is not ip-conn"},
        {"cli-log-display/", "", "no key=value pair"},
        {"kv/spectx-example.log", "", "neither type nor logid"},
        {"", "\"type\":\"traffic\"", "is not ip-conn"},
        {"", "\"type\": \"traffic\"", "is not ip-conn"},
        {"", "type=traffic", "is not ip-conn"},
        {"", "type=\"traffic\"", "is not ip-conn"},
        {"", "type=\\\"traffic\\\"", "is not ip-conn"},
        {"", "cat=traffic", "is not ip-conn"},
        {"", "traffic:forward", "is not ip-conn"},
        {"", "type=", "is not a traffic entry"},
        {"", "cat=", "is not a traffic entry"},
        {"", "CEF:0|Fortinet", "is not a traffic entry"},
        {"", "|Fortinet|", "is not a traffic entry"},
        {"", "]", "no key=value pair"},
        {"", "[", "no key=value pair"},
};

struct count {
	size_t files, entries, refused;
	bool seen[EXPECTED];
};

static bool says_one_of(const char *text, const char *telling)
{
	struct str rest = str_of(telling);
	for (;;) {
		ptrdiff_t bar = str_find_char(rest, '|');
		char part[80] = "";
		struct str one = bar < 0 ? rest : str_cut(rest, 0, (size_t)bar);
		memcpy(part, one.p, one.n < sizeof part - 1 ? one.n : sizeof part - 1);
		if (strstr(text, part))
			return true;
		if (bar < 0)
			return false;
		rest = str_from(rest, (size_t)bar + 1);
	}
}

static void check_reason(const char *file, struct str record, const struct err *err)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (!str_starts(str_of(file), reasons[i].folder) || str_find(record, reasons[i].letters) < 0)
			continue;
		if (!says_one_of(err->text, reasons[i].telling))
			fail_msg("%s: '%s' does not say '%s'", file, err->text, reasons[i].telling);
		return;
	}
	fail_msg("%s: nobody said why this is refused: %s", file, err->text);
}

static bool is_ip(const struct ip *ip, const char *want)
{
	char text[IP_TEXT_MAX];
	return strcmp(ip_print(ip, text), want) == 0;
}

static bool fits(const struct entry *entry, const struct expected *want)
{
	return is_ip(&entry->srcip, want->srcip) && is_ip(&entry->dstip, want->dstip) &&
	       entry->srcport == want->srcport && entry->dstport == want->dstport && entry->have_proto &&
	       entry->proto == want->proto && str_is(entry->devid, want->devid) && str_is(entry->vd, want->vd) &&
	       str_is(entry->srcintf, want->srcintf) && str_is(entry->dstintf, want->dstintf) &&
	       str_is(entry->sessionid, want->sessionid) && entry->time_us == want->time_us;
}

static void check_entry(const char *file, const struct entry *entry, struct count *count)
{
	for (size_t i = 0; i < EXPECTED; i++) {
		if (!count->seen[i] && strcmp(expected[i].file, file) == 0 && fits(entry, &expected[i])) {
			count->seen[i] = true;
			return;
		}
	}
	fail_msg("%s: an ip-conn entry that nobody expects: %.*s", file, (int)entry->line.n, entry->line.p);
}

static void read_file(const char *folder, const char *name, struct count *count)
{
	static char text[4 * 1024 * 1024];
	char path[1024], file[768];
	(void)snprintf(file, sizeof file, "%s/%s", folder, name);
	(void)snprintf(path, sizeof path, "%s/%s", root, file);
	FILE *in = fopen(path, "rb");
	assert_non_null(in);
	size_t n = fread(text, 1, sizeof text, in);
	(void)fclose(in);
	struct arena *arena = arena_new();
	struct records records;
	struct record record;
	records_init(&records, arena, (struct str){text, n});
	while (records_next(&records, &record)) {
		struct entry entry;
		struct err err = {0};
		if (str_trim(record.text).n == 0)
			continue;
		if (entry_parse(arena, record.text, &entry, &err) == 0 && entry_check_ip_conn(&entry, &err) == 0) {
			check_entry(file, &entry, count);
			count->entries++;
		} else {
			check_reason(file, record.text, &err);
			count->refused++;
		}
	}
	arena_free(arena);
	count->files++;
}

static void read_folder(const char *folder, struct count *count)
{
	char path[1024];
	(void)snprintf(path, sizeof path, "%s/%s", root, folder);
	DIR *dir = opendir(path);
	for (const struct dirent *item; dir && (item = readdir(dir));) {
		if (item->d_name[0] != '.' && !str_ends(str_of(item->d_name), ".tsv"))
			read_file(folder, item->d_name, count);
	}
	if (dir)
		(void)closedir(dir);
}

static void test_every_record_of_the_collection(void **state)
{
	(void)state;
	struct count count = {0};
	DIR *dir = opendir(root);
	if (!dir) {
		(void)fprintf(stderr, "skip: no %s here, so no real log lines were read\n", root);
		skip();
	}
	for (const struct dirent *item; (item = readdir(dir));) {
		if (item->d_name[0] != '.' && item->d_type == DT_DIR)
			read_folder(item->d_name, &count);
	}
	(void)closedir(dir);
	for (size_t i = 0; i < EXPECTED; i++) {
		if (!count.seen[i])
			fail_msg("%s: its ip-conn entry from %s was not read", expected[i].file, expected[i].srcip);
	}
	(void)fprintf(stderr, "%zu files: %zu ip-conn entries read, %zu other records refused\n", count.files,
	              count.entries, count.refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_record_of_the_collection)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
