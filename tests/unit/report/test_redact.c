#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "redact_parts.h"
#include "report/sample.h"

/* Words and addresses in text of any form: what is replaced, what stays. */

enum { DRAWS = 20000, TEXTS = 3000, MAX_TEXT = 400 };

static const uint8_t key[REDACT_KEY_BYTES] = {7, 1, 2, 3};
static uint64_t lot = 1;

static unsigned draw(unsigned n)
{
	lot = lot * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(lot >> 33) % n;
}

struct fixture {
	struct arena *arena;
	struct redaction *redaction;
};

static struct fixture open_fixture(void)
{
	struct fixture f = {.arena = arena_new()};
	f.redaction = redaction_new(f.arena, key);
	redaction_learn(f.redaction, REDACT_HOST, STR("FGT-A"));
	redaction_learn(f.redaction, REDACT_HOST, STR("fgt"));
	redaction_learn(f.redaction, REDACT_HOST, STR("srv1.acme.example"));
	redaction_learn(f.redaction, REDACT_VDOM, STR("ACME_dmz"));
	redaction_learn(f.redaction, REDACT_VDOM, STR("internal"));
	redaction_learn(f.redaction, REDACT_USER, STR("CORP\\jdoe"));
	redaction_learn(f.redaction, REDACT_USER, STR("John Smith"));
	redaction_learn(f.redaction, REDACT_SERIAL, STR("FGT60FTK20001234"));
	return f;
}

static const char *shown(struct fixture *f, const char *text)
{
	return redact_words(f->arena, f->redaction, text);
}

/* ---- names ---- */

static void names_as_whole_words(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
	        {"FGT-A # get system status", "host-1 # get system status"},
	        {"fgt-a FGT fgtx xfgt", "host-1 host-2 fgtx xfgt"},
	        {"at FGT-A(Primary) (ACME_dmz) # x", "at host-1(Primary) (vdom-1) # x"},
	        {"\x1b[KFGT-A \x1b[0mfgt", "\x1b[Khost-1 \x1b[0mhost-2"},
	        {"SRV1.acme.EXAMPLE, srv1 and acme.example", "host-3, host-4 and host-5"},
	        {"sudo ACME_dmz get", "sudo vdom-1 get"},
	        /* The name of a VDOM that is a word too, only where it is a name. */
	        {"internal in 7, vd=internal, vd=\"internal\"", "internal in 7, vd=vdom-2, vd=\"vdom-2\""},
	        {"{\"vd\":\"internal\"} VDOM internal", "{\"vd\":\"vdom-2\"} VDOM vdom-2"},
	        {"FGT-A (internal) # ", "host-1 (vdom-2) # "},
	        {"user=\"CORP\\jdoe\" jdoe corp", "user=\"user-1\" user-3 host-6"},
	        {"user=\"CORP\\\\jdoe\" john smith", "user=\"user-2\" user-4"},
	        {"SN FGT60FTK20001234 fgt60ftk20001234", "SN FGT60FREDACT0001 FGT60FREDACT0001"},
	        {"other FG100FTK19001111.", "other FG100FREDACT0002."},
	        {"vdom root, mode global", "vdom root, mode global"},
	};
	struct fixture f = open_fixture();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(shown(&f, rows[i].text), rows[i].expected);
	arena_free(f.arena);
}

static void macs_in_every_form(void **state)
{
	struct fixture f = open_fixture();
	(void)state;
	assert_string_equal(shown(&f, "00:09:0F:aa:bb:01 > 00-09-0f-aa-bb-01, 0009.0fAA.BB01 00090faabb01"),
	                    "02:FD:1A:00:00:01 > 02-fd-1a-00-00-01, 02FD.1A00.0001 02fd1a000001");
	assert_string_equal(shown(&f, "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 123456789012"),
	                    "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 123456789012");
	assert_string_equal(shown(&f, "aa:bb:cc:dd:ee:ff: x"), "02:fd:1a:00:00:02: x");
	arena_free(f.arena);
}

static void words_that_are_no_names(void **state)
{
	static const char *const names[] = {"",    "root", "global", "N/A",     "10.1.2.3", "::1",
	                                    "443", "7.4",  "-",      "a\x1b[b", "  ",       "none"};
	struct arena *arena = arena_new();
	struct redaction *redaction = redaction_new(arena, key);
	size_t count;
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		redaction_learn(redaction, REDACT_HOST, str_of(names[i]));
	(void)redaction_pairs(redaction, &count);
	assert_int_equal(count, 0);
	arena_free(arena);
}

/* What is given never is the original itself. */
static void serials_that_look_redacted(void **state)
{
	struct fixture f = open_fixture();
	(void)state;
	assert_string_not_equal(shown(&f, "FG100FREDACT0002"), "FG100FREDACT0002");
	arena_free(f.arena);
}

/* A number already taken by a real name is not given. */
static void numbers_that_are_real_names(void **state)
{
	struct arena *arena = arena_new();
	struct redaction *redaction = redaction_new(arena, key);
	(void)state;
	redaction_learn(redaction, REDACT_HOST, STR("alpha"));
	redaction_learn(redaction, REDACT_HOST, STR("host-3"));
	redaction_learn(redaction, REDACT_HOST, STR("beta"));
	assert_string_equal(redact_words(arena, redaction, "alpha host-3 beta"), "host-1 host-2 host-4");
	arena_free(arena);
}

static void common_words_are_sorted(void **state)
{
	static const char *const words[] = {"accept", "admin", "client", "internal", "replies", "reply", "server",
	                                    "yes",    "zone",  "wan",    "prod",     "lan",     "dmz",   "port"};
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		assert_true(redact_is_common(str_of(words[i])));
	assert_false(redact_is_common(STR("acme")));
}

/* ---- addresses ---- */

static void what_no_address_is_stays(void **state)
{
	static const char *const texts[] = {
	        "FortiGate-60F v7.4.8,build2795,250523 (GA.M)",
	        "v7.4.8.1 and V6.0.0.1.2",
	        "2026-11-23 08:03:09.109148 12:34:56",
	        "0.0.0.0/0 255.255.255.0 127.0.0.1 224.0.0.251 255.255.255.255 128.0.0.0 192.0.0.0",
	        ":: ::1 ff02::1 ::/0 std::x a::g",
	        "IPS-DB: 34.00122(2026-11-19 01:21)",
	        "1.2.3 1..2.3.4 256.1.1 40.5% 10.0.0.0/8 192.168.0.0/16",
	        "0x0010 1.5 -> 2",
	};
	struct fixture f = open_fixture();
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_string_equal(shown(&f, texts[i]), texts[i]);
	arena_free(f.arena);
}

/* In any surroundings the same address becomes the same. %s: the address. */
static void addresses_in_larger_words(void **state)
{
	static const char *const forms4[] = {
	        "%s",
	        "(%s)",
	        "%s.12345 -> %s.53: udp 9",
	        "%s:1->%s:2(%s:3)",
	        "x%s",
	        "[%s]:53",
	        "ip=%s,",
	        "::ffff:%s",
	        "%s-%s",
	        "\"%s\"",
	        "user@%s:22",
	        "http://%s/x",
	        "host %s and",
	        "%s%%wan1",
	        "%s/32",
	        "src\t%s\r",
	        "port1.%s",
	        "\x1b[1m%s\x1b[0m",
	};
	static const char *const forms6[] = {
	        "%s",      "[%s]:53", "(%s)",      "%s.12345 -> %s.53: udp 9", "src=%s,", "%s%%port1",
	        "addr:%s", "%s/128",  "%s: icmp6",
	};
	static const char *const address[] = {"192.168.5.4", "8.8.4.4", "10.200.3.77"};
	static const char *const address6[] = {"2001:db8:5::9", "fd00:1::abcd", "fe80::209:fff:fe09:900"};
	struct fixture f = open_fixture();
	char text[256], expected[512];
	(void)state;
	for (size_t a = 0; a < 3; a++) {
		const char *other = shown(&f, address[a]), *other6 = shown(&f, address6[a]);
		assert_string_not_equal(other, address[a]);
		assert_string_not_equal(other6, address6[a]);
		for (size_t i = 0; i < sizeof forms4 / sizeof forms4[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(text, sizeof text, forms4[i], address[a], address[a], address[a]);
			(void)snprintf(expected, sizeof expected, forms4[i], other, other, other);
			assert_string_equal(shown(&f, text), expected);
		}
		for (size_t i = 0; i < sizeof forms6 / sizeof forms6[0]; i++) {
			(void)snprintf(text, sizeof text, forms6[i], address6[a], address6[a]);
			(void)snprintf(expected, sizeof expected, forms6[i], other6, other6);
#pragma GCC diagnostic pop
			assert_string_equal(shown(&f, text), expected);
		}
	}
	arena_free(f.arena);
}

static void other_spellings_of_an_address(void **state)
{
	struct fixture f = open_fixture();
	const char *other = shown(&f, "2001:db8::a0b");
	const char *session = shown(&f, "2001:db8::a0b:443->2001:db8::a0b:1");
	(void)state;
	assert_string_equal(shown(&f, "2001:0DB8:0:0:0:0:0:0A0B"), other);
	struct ip nat64, mapped = sample_ip("10.1.2.3");
	mapped = redact_ip(f.redaction, &mapped);
	assert_true(ip_parse(str_of(shown(&f, "64:ff9b::10.1.2.3")), &nat64));
	assert_memory_equal(nat64.bytes + 12, mapped.bytes, 4);
	assert_string_equal(shown(&f, "010.001.002.003"), shown(&f, "10.1.2.3"));
	assert_string_equal(session, arena_printf(f.arena, "%s:443->%s:1", other, other));
	/* reverse DNS */
	struct ip ip = sample_ip("10.1.2.3");
	ip = redact_ip(f.redaction, &ip);
	assert_string_equal(
	        shown(&f, "3.2.1.10.in-addr.arpa"),
	        arena_printf(f.arena, "%u.%u.%u.%u.in-addr.arpa", ip.bytes[3], ip.bytes[2], ip.bytes[1], ip.bytes[0]));
	assert_string_not_equal(shown(&f, "2.1.10.in-addr.arpa"), "2.1.10.in-addr.arpa");
	static const char reverse[] = "b.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
	assert_string_not_equal(shown(&f, reverse), reverse);
	assert_int_equal(strlen(shown(&f, reverse)), strlen(reverse));
	arena_free(f.arena);
}

static void networks_stay_networks(void **state)
{
	struct fixture f = open_fixture();
	struct str made = str_of(shown(&f, "10.1.2.0/24 is directly connected"));
	(void)state;
	assert_true(str_find(made, ".0/24 is directly") > 0);
	assert_true(str_starts(made, "10."));
	struct ip host = sample_ip("10.1.2.77"), other = redact_ip(f.redaction, &host);
	char network[64];
	(void)snprintf(network, sizeof network, "%u.%u.%u.0/24", other.bytes[0], other.bytes[1], other.bytes[2]);
	assert_true(str_starts(made, network));
	arena_free(f.arena);
}

static unsigned common_bits(const struct ip *a, const struct ip *b)
{
	unsigned bits = a->family == 4 ? 32 : 128, n = 0;
	while (n < bits && !((a->bytes[n / 8] ^ b->bytes[n / 8]) >> (7 - n % 8) & 1))
		n++;
	return n;
}

/* Half of them in one of the ranges that keep to themselves. */
static struct ip draw_ip(uint8_t family)
{
	static const char *const starts[] = {"10.0.0.0", "172.16.0.0", "192.168.0.0", "100.64.0.0", "169.254.0.0",
	                                     "fc00::",   "fe80::",     "2001:db8::",  "64:ff9b::",  "fd00::"};
	struct ip ip = {.family = family};
	unsigned bits = family == 4 ? 32 : 128;
	if (draw(2)) {
		struct ip start = sample_ip(starts[(family == 4 ? 0U : 5U) + draw(5)]);
		ip = start;
		bits = draw(bits - 12);
	}
	for (unsigned i = 0; i < bits; i++) {
		unsigned at = (family == 4 ? 32U : 128U) - 1 - i;
		ip.bytes[at / 8] ^= (uint8_t)(draw(2) << (7 - at % 8));
	}
	return ip;
}

static void prefixes_are_kept(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DRAWS; i++) {
		uint8_t family = i % 2 ? 4 : 6;
		struct ip a = draw_ip(family), b = a;
		unsigned from = draw(family == 4 ? 32 : 128);
		for (unsigned at = from; at < (family == 4 ? 32U : 128U); at++)
			b.bytes[at / 8] ^= (uint8_t)(draw(2) << (7 - at % 8));
		struct ip x = redact_permute(key, &a), y = redact_permute(key, &b);
		char text[4][IP_TEXT_MAX];
		bool mask = family == 4 && ((a.bytes[0] & 0x3f) == 0 || (b.bytes[0] & 0x3f) == 0);
		if (common_bits(&a, &b) != common_bits(&x, &y) && !mask)
			fail_msg("%s %s share %u bits, %s %s %u", ip_print(&a, text[0]), ip_print(&b, text[1]),
			         common_bits(&a, &b), ip_print(&x, text[2]), ip_print(&y, text[3]),
			         common_bits(&x, &y));
		bool stays = family == 4 ? a.bytes[0] == 0 || a.bytes[0] == 127 || a.bytes[0] >= 224
		                         : a.bytes[0] == 0 || a.bytes[0] == 0xff;
		assert_true(stays || mask || !ip_equal(&a, &x));
		assert_int_equal(ip_is_private(&a), ip_is_private(&x));
		assert_int_equal(ip_is_host(&a, NULL), ip_is_host(&x, NULL));
	}
}

/* Of a whole range: none stays, and no two become the same. */
static void no_address_stays_what_it_was(void **state)
{
	(void)state;
	for (uint8_t k = 0; k < 8; k++) {
		const uint8_t other_key[REDACT_KEY_BYTES] = {k};
		uint8_t seen[65536] = {0};
		struct ip ip = sample_ip("192.168.0.0");
		for (unsigned i = 0; i < 65536; i++) {
			ip.bytes[2] = (uint8_t)(i >> 8);
			ip.bytes[3] = (uint8_t)i;
			struct ip other = redact_permute(other_key, &ip);
			assert_false(ip_equal(&ip, &other));
			assert_int_equal(seen[other.bytes[2] << 8 | other.bytes[3]]++, 0);
		}
	}
}

/* ---- the way back ---- */

static void everything_comes_back(void **state)
{
	static const char text[] =
	        "FGT-A (ACME_dmz) # 10.1.2.3 10.1.2.0/24 [2001:db8::1]:53 00:09:0f:aa:bb:01 FGT60FTK20001234 "
	        "CORP\\jdoe vd=internal 4.3.2.10.in-addr.arpa 203.0.113.5.53 -> ::ffff:9.9.9.9";
	struct fixture f = open_fixture();
	struct buf back;
	(void)state;
	const char *other = shown(&f, text);
	buf_init(&back, 4096);
	redact_restore(f.redaction, str_of(other), &back);
	assert_string_equal(back.p, text);
	/* Kept pairs give the same again. */
	size_t count;
	const struct redact_pair *pairs = redaction_pairs(f.redaction, &count);
	struct redaction *second = redaction_new(f.arena, key);
	for (size_t i = 0; i < count; i++)
		assert_true(redaction_keep(second, pairs[i].kind, pairs[i].original, pairs[i].replacement));
	assert_string_equal(redact_words(f.arena, second, text), other);
	assert_false(redaction_keep(second, REDACT_HOST, "FGT-A", "host-99"));
	assert_false(redaction_keep(second, REDACT_HOST, "new", "host-1"));
	buf_done(&back);
	arena_free(f.arena);
}

/* ---- output, and texts by lot ---- */

static void rows_of_hex_are_left_out(void **state)
{
	struct fixture f = open_fixture();
	struct buf out;
	(void)state;
	buf_init(&out, 4096);
	redact_output(
	        f.redaction,
	        STR("a\r\n0x0000 \t 4500 0000\tE.\r\n0x0010   c0a8\r\n--More-- \r   \r0x0020 1111\r\n\r\nb\n0x00"),
	        &out);
	assert_string_equal(out.p, "a\r\n(rows of hex left out)\r\n\r\n\r\n\r\nb\n(rows of hex left out)");
	buf_done(&out);
	arena_free(f.arena);
}

/* Pieces of addresses and names, in any order: no crash, bounded, and what is
 * an address or a name by itself is gone. */
static void texts_by_lot(void **state)
{
	static const char *const pieces[] = {
	        "192.168.5.4",
	        "10.1.2.3",
	        ".",
	        ":",
	        "::",
	        "FGT-A",
	        " ",
	        "2001:db8::1",
	        "/24",
	        "fe80::1",
	        "1",
	        "ACME_dmz",
	        "\n",
	        "\x1b[1m",
	        "\xff",
	        "v",
	        "\"",
	        "=",
	        "vd=",
	        "-",
	        "aa:bb:cc:dd:ee:01",
	        "0x0010 ",
	        "in-addr.arpa",
	        "ip6.arpa",
	        "a",
	        "FGT60FTK20001234",
	        "\x1b",
	        "(",
	        "%",
	};
	static const char *const secrets[] = {" FGT-A ",       " ACME_dmz ",          " 192.168.5.4 ",     " 10.1.2.3 ",
	                                      " 2001:db8::1 ", " aa:bb:cc:dd:ee:01 ", " FGT60FTK20001234 "};
	(void)state;
	for (unsigned i = 0; i < TEXTS; i++) {
		struct fixture f = open_fixture();
		struct buf text, out, back;
		buf_init(&text, 2 * MAX_TEXT);
		buf_init(&out, 64 * MAX_TEXT);
		buf_init(&back, 64 * MAX_TEXT);
		while (text.n < draw(MAX_TEXT))
			buf_add_text(&text, pieces[draw(sizeof pieces / sizeof pieces[0])]);
		redact_text(f.redaction, buf_str(&text), &out);
		assert_true(out.n <= 64 * (text.n + 1));
		for (size_t k = 0; k < sizeof secrets / sizeof secrets[0]; k++)
			assert_int_equal(str_find(buf_str(&out), secrets[k]), -1);
		redact_restore(f.redaction, buf_str(&out), &back);
		redact_output(f.redaction, buf_str(&text), &out);
		assert_false(out.full || back.full);
		buf_done(&text);
		buf_done(&out);
		buf_done(&back);
		arena_free(f.arena);
	}
}

/* One text in every field: no writer prints what was not redacted. */
static void every_field_of_a_report(void **state)
{
	struct sample s;
	struct report other;
	(void)state;
	sample_init(&s, "10.66.77.88 kanarie-host");
	s.report.version = "0.1.0";
	struct redaction *redaction = redaction_new(s.arena, key);
	redaction_learn(redaction, REDACT_HOST, STR("kanarie-host"));
	s.report.error = &s.error;
	redact_report(s.arena, redaction, &s.report, &other);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t k = 0; k < report_format_count; k++) {
			struct buf out;
			buf_init(&out, REPORT_MAX_BYTES);
			report_formats[k].write(&other, NULL, &out);
			if (str_find(buf_str(&out), "kanarie") >= 0 || str_find(buf_str(&out), "10.66.77.88") >= 0)
				fail_msg("%s: %s", report_formats[k].name, strstr(out.p, "kanarie"));
			buf_done(&out);
		}
		other.verdict = NULL;
	}
	sample_done(&s);
}

/* Sentences name what was asked, which only the left out bytes tell. */
static void names_of_dns_questions(void **state)
{
	static const uint8_t query[] = "\0\7\1\0\0\1\0\0\0\0\0\0\3www\7kanarie\0\0\1\0";
	struct frame frame = {.bytes = query, .n = sizeof query, .transport.state = FRAME_PRESENT};
	struct packet packet = {.frame = &frame, .text = STR("1.0 wan1 in x")};
	struct capture capture = {.step = "sniffer", .packets = &packet, .packet_count = 1};
	struct sample s;
	struct report other;
	(void)state;
	frame.dns_part.state = FRAME_PRESENT;
	frame.dns = (struct frame_dns){.have_question = true, .type = 1, .class = 1};
	sample_init(&s, NULL);
	s.facts.captures = &capture;
	s.facts.capture_count = 1;
	s.verdict.summary = "It asked another the same (www.kanarie.) before.";
	redact_report(s.arena, redaction_new(s.arena, key), &s.report, &other);
	assert_null(strstr(other.verdict->summary, "kanarie"));
	assert_non_null(strstr(other.verdict->summary, "the same (host-"));
	assert_null(other.facts->captures[0].packets[0].frame);
	sample_done(&s);
}

static void hostile_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_HOSTILE; i++) {
		struct sample s;
		struct report shown_report;
		sample_init(&s, sample_hostile[i]);
		s.report.error = &s.error;
		redact_report(s.arena, redaction_new(s.arena, key), &s.report, &shown_report);
		assert_int_equal(shown_report.verdict->status, s.verdict.status);
		for (size_t k = 0; k < report_format_count; k++) {
			struct buf out;
			buf_init(&out, REPORT_MAX_BYTES);
			report_formats[k].write(&shown_report, NULL, &out);
			assert_int_equal(str_find(buf_str(&out), "10.0.0.5"), -1);
			assert_int_equal(str_find(buf_str(&out), "192.0.2.53"), -1);
			buf_done(&out);
		}
		sample_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_as_whole_words),
	        cmocka_unit_test(macs_in_every_form),
	        cmocka_unit_test(words_that_are_no_names),
	        cmocka_unit_test(numbers_that_are_real_names),
	        cmocka_unit_test(serials_that_look_redacted),
	        cmocka_unit_test(common_words_are_sorted),
	        cmocka_unit_test(what_no_address_is_stays),
	        cmocka_unit_test(addresses_in_larger_words),
	        cmocka_unit_test(other_spellings_of_an_address),
	        cmocka_unit_test(networks_stay_networks),
	        cmocka_unit_test(prefixes_are_kept),
	        cmocka_unit_test(no_address_stays_what_it_was),
	        cmocka_unit_test(everything_comes_back),
	        cmocka_unit_test(rows_of_hex_are_left_out),
	        cmocka_unit_test(texts_by_lot),
	        cmocka_unit_test(hostile_reports),
	        cmocka_unit_test(names_of_dns_questions),
	        cmocka_unit_test(every_field_of_a_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
