#include "support.h"

#include <stdio.h>

#include "buf.h"
#include "frame.h"

/* Frames as hex; blanks are for the eye. */
static size_t bytes_of(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (; *hex; hex++) {
		unsigned value;
		if (*hex != ' ' && sscanf(hex, "%2x", &value) == 1) {
			out[n++] = (uint8_t)value;
			hex++;
		}
	}
	return n;
}

#define MACS "020000000001 020000000002 "
#define V4   "0800 "
#define ADDR "c000020a c6336435 "
#define SIX  "20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define DNS  "c000 0035 0025 0000 1234 8183 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001"

static const struct {
	const char *name, *hex, *wanted;
} cases[] = {
        {"TCP with options",
         MACS V4 "4500003c000140004006 0000 " ADDR
                 "c00001bb 00000001 00000002 a012 ffff 0000 0000 020405b4 0402 080a0000000100000000 "
                 "01 030307",
         "net ok 192.0.2.10>198.51.100.53 p6 l60 h74; tr ok 49152>443 f12 s1 a2 w65535 mss1460 ws7 sack1 pl0"},
        {"UDP with DNS", MACS V4 "45000039000100004011 0000 " ADDR DNS,
         "net ok 192.0.2.10>198.51.100.53 p17 l57 h42; tr ok 49152>53 pl29; dns 1234 r1 3 t1 c1 example.com."},
        {"802.1Q twice", MACS "88a8 0064 8100 2005 0800 4500001d000100004011 0000 " ADDR "c000 0007 0009 0000 41",
         "v100 v5 net ok 192.0.2.10>198.51.100.53 p17 l29 h50; tr ok 49152>7 pl1"},
        {"PPPoE", MACS "8864 1100 0009 001f 0021 4500001d000100004011 0000 " ADDR "c000 0007 0009 0000 41",
         "s9 net ok 192.0.2.10>198.51.100.53 p17 l29 h50; tr ok 49152>7 pl1"},
        {"PPP control", MACS "8864 1100 0009 000a c023 01010008", "s9 net absent: a PPP protocol that is not IP"},
        {"IPv4 options", MACS V4 "46000021000100004011 0000 " ADDR "94040000 c000 0007 0009 0000 41",
         "net ok 192.0.2.10>198.51.100.53 p17 l33 h46; tr ok 49152>7 pl1"},
        {"a later fragment", MACS V4 "45000018000100b94011 0000 " ADDR "01020304",
         "net ok 192.0.2.10>198.51.100.53 p17 l24 h34; tr absent: a later fragment has no transport header"},
        {"port unreachable",
         MACS V4 "45000038000100004001 0000 " ADDR
                 "0303 0000 00000000 4500002400010000 4011 0000 c6336435 c000020a 0035 c000 0010 0000",
         "net ok 192.0.2.10>198.51.100.53 p1 l56 h70; tr ok i3/3; q 198.51.100.53:53>192.0.2.10:49152 p17"},
        {"an error that quotes a later fragment",
         MACS V4 "4500003c000100004001 0000 " ADDR
                 "0b01 0000 00000000 450000240001 00b9 4011 0000 c6336435 c000020a 7061796c 6f616421 21212121",
         "net ok 192.0.2.10>198.51.100.53 p1 l60 h62; tr ok i11/1; q 198.51.100.53:0>192.0.2.10:0 p17"},
        {"an error that quotes a protocol without known header",
         MACS V4 "4500003c000100004001 0000 " ADDR
                 "0b00 0000 00000000 4500002400010000 4063 0000 c6336435 c000020a 7061796c 6f616421 21212121",
         "net ok 192.0.2.10>198.51.100.53 p1 l60 h62; tr ok i11/0; q 198.51.100.53:0>192.0.2.10:0 p99"},
        {"an error that quotes an echo",
         MACS V4 "4500003c000100004001 0000 " ADDR
                 "0b00 0000 00000000 4500002400010000 4001 0000 c6336435 c000020a 08000000 00010002 7061796c",
         "net ok 192.0.2.10>198.51.100.53 p1 l60 h70; tr ok i11/0; q 198.51.100.53:0>192.0.2.10:0 p1"},
        {"neighbour solicitation",
         MACS "86dd 60000000 0020 3aff " SIX "8700 0000 00000000 20010db8000000000000000000000002 0101 020000000001",
         "net ok 2001:db8::1>2001:db8::2 p58 l72 h62; tr ok i135/0"},
        {"fragmentation needed", MACS V4 "45000020000100004001 0000 " ADDR "0304 0000 0000 0578 45000024",
         "net ok 192.0.2.10>198.51.100.53 p1 l32 h42; tr ok i3/4 m1400"},
        {"echo", MACS V4 "4500001e000100004001 0000 " ADDR "0800 0000 0007 0009 4142",
         "net ok 192.0.2.10>198.51.100.53 p1 l30 h42; tr ok i8/0 e7/9"},
        {"ESP", MACS V4 "4500001e000100004032 0000 " ADDR "11223344 00000005 4142",
         "net ok 192.0.2.10>198.51.100.53 p50 l30 h42; tr ok esp 11223344 5"},
        {"IPv6 extension headers",
         MACS "86dd 60000000 0022 0040 " SIX
              "2c00000000000000 3c00000000000001 1100000000000000 c000 0007 000a 0000 4142",
         "net ok 2001:db8::1>2001:db8::2 p17 l74 h86; tr ok 49152>7 pl2"},
        {"packet too big",
         MACS "86dd 60000000 0038 3a40 " SIX "0200 0000 00000500 60000000 0008 1140 " SIX "0035 c000 0008 0000",
         "net ok 2001:db8::1>2001:db8::2 p58 l96 h110; tr ok i2/0 m1280; q 2001:db8::1:53>2001:db8::2:49152 p17"},
        {"ARP", MACS "0806 0001 0800 06 04 0001 020000000002 c000020a 000000000000 c0000201", "net ok arp h42"},
        {"pseudo MAC",
         "000000000001 020000000002 0806 0001 0800 06 04 0001 020000000002 c000020a 000000000000 c0000201",
         "any net ok arp h42"},
        {"STP", MACS "0026 4242 03 00", "net absent: an 802.3 frame that is not IP"},
        {"cut in the Ethernet header", "0200", "net cut: the bytes end inside the link header"},
        {"cut in the TCP header", MACS V4 "45000028000140004006 0000 " ADDR "c00001bb 00000001 00",
         "net ok 192.0.2.10>198.51.100.53 p6 l40 h34; tr cut: the bytes end inside the TCP header"},
        {"no room for TCP", MACS V4 "4500001c000140004006 0000 " ADDR "c00001bb 00000001 00000000",
         "net ok 192.0.2.10>198.51.100.53 p6 l28 h34; tr damaged: the TCP header is longer than its packet"},
        {"data offset 3", MACS V4 "45000028000140004006 0000 " ADDR "c00001bb 00000001 00000002 3010 ffff 0000 0000",
         "net ok 192.0.2.10>198.51.100.53 p6 l40 h34; tr damaged: the TCP data offset is less than a TCP header"},
        {"header length 4", MACS V4 "44000028000140004006 0000 " ADDR,
         "net damaged: the IPv4 header's lengths contradict each other"},
        {"UDP longer than IP", MACS V4 "4500001d000100004011 0000 " ADDR "c000 0007 0019 0000 41",
         "net ok 192.0.2.10>198.51.100.53 p17 l29 h34; tr damaged: the UDP length contradicts the IP length"},
        {"version 5", MACS V4 "55000028", "net damaged: neither IPv4 nor IPv6"},
};

static const char *const words[] = {"absent", "ok", "cut", "damaged"};

static void add_transport(const struct frame *f, struct buf *out)
{
	buf_printf(out, "; tr %s", words[f->transport.state]);
	if (f->transport.why)
		buf_printf(out, ": %s", f->transport.why);
	if (f->transport.state != FRAME_PRESENT)
		return;
	if (f->ip.protocol == PROTOCOL_TCP || f->ip.protocol == PROTOCOL_UDP)
		buf_printf(out, " %u>%u", f->source_port, f->destination_port);
	if (f->ip.protocol == PROTOCOL_TCP)
		buf_printf(out, " f%02x s%u a%u w%u mss%u ws%u sack%d", f->tcp.flags, f->tcp.sequence,
		           f->tcp.acknowledgment, f->tcp.window, f->tcp.mss, f->tcp.window_scale,
		           f->tcp.sack_permitted);
	if (f->ip.protocol == PROTOCOL_TCP || f->ip.protocol == PROTOCOL_UDP)
		buf_printf(out, " pl%u", f->payload_length);
	if (f->ip.protocol == PROTOCOL_ICMP || f->ip.protocol == PROTOCOL_ICMPV6)
		buf_printf(out, " i%u/%u", f->icmp.type, f->icmp.code);
	if (f->icmp.id)
		buf_printf(out, " e%u/%u", f->icmp.id, f->icmp.sequence);
	if (f->icmp.mtu)
		buf_printf(out, " m%u", f->icmp.mtu);
	if (f->ip.protocol == PROTOCOL_ESP)
		buf_printf(out, " esp %08x %u", f->spi, f->esp_sequence);
}

static void add_inner(const struct frame *f, struct buf *out)
{
	char a[IP_TEXT_MAX], b[IP_TEXT_MAX];
	const struct frame_quoted *q = &f->quoted;
	if (f->quoted_part.state == FRAME_PRESENT)
		buf_printf(out, "; q %s:%u>%s:%u p%u", ip_print(&q->source, a), q->source_port,
		           ip_print(&q->destination, b), q->destination_port, q->protocol);
	if (f->dns_part.state != FRAME_PRESENT)
		return;
	buf_printf(out, "; dns %04x r%d %u t%u c%u ", f->dns.id, f->dns.response, f->dns.rcode, f->dns.type,
	           f->dns.class);
	(void)frame_dns_name(f, out);
}

static void add_frame(const struct frame *f, struct buf *out)
{
	char a[IP_TEXT_MAX], b[IP_TEXT_MAX];
	for (unsigned i = 0; i < f->vlan_count; i++)
		buf_printf(out, "v%u ", f->vlans[i]);
	if (f->pppoe)
		buf_printf(out, "s%u ", f->pppoe_session);
	buf_printf(out, "%snet %s", f->pseudo_mac ? "any " : "", words[f->network.state]);
	if (f->network.why)
		buf_printf(out, ": %s", f->network.why);
	if (f->network.state != FRAME_PRESENT)
		return;
	if (f->ethertype == ETHERTYPE_ARP) {
		buf_printf(out, " arp h%zu", f->headers);
		return;
	}
	buf_printf(out, " %s>%s p%u l%u h%zu", ip_print(&f->ip.source, a), ip_print(&f->ip.destination, b),
	           f->ip.protocol, f->ip.length, f->headers);
	add_transport(f, out);
	add_inner(f, out);
}

static void test_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t bytes[512];
		struct frame frame;
		struct buf out;
		buf_init(&out, 4096);
		frame_decode(FRAME_ETHERNET, bytes, bytes_of(cases[i].hex, bytes), &frame);
		add_frame(&frame, &out);
		if (strcmp(out.p, cases[i].wanted) != 0)
			fail_msg("%s:\n  %s\nnot\n  %s", cases[i].name, out.p, cases[i].wanted);
		buf_done(&out);
	}
}

/* Cut after every byte, in a block of that size: what is still there is what
 * the whole frame says, and a missing part says why. */
static void test_cut_everywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t bytes[512];
		size_t n = bytes_of(cases[i].hex, bytes);
		struct frame whole;
		frame_decode(FRAME_ETHERNET, bytes, n, &whole);
		for (size_t cut = 0; cut < n; cut++) {
			struct frame frame;
			uint8_t *copy = malloc(cut ? cut : 1);
			memcpy(copy, bytes, cut);
			frame_decode(FRAME_ETHERNET, copy, cut, &frame);
			assert_true(frame.headers <= cut);
			assert_true((frame.network.state == FRAME_PRESENT) == !frame.network.why);
			assert_true((frame.transport.state == FRAME_PRESENT) == !frame.transport.why);
			if (whole.network.state == FRAME_PRESENT)
				assert_true(frame.network.state == FRAME_PRESENT || frame.network.state == FRAME_CUT);
			if (whole.transport.state == FRAME_PRESENT && frame.transport.state == FRAME_PRESENT)
				assert_int_equal(whole.source_port, frame.source_port);
			free(copy);
		}
	}
}

static void test_raw_ip(void **state)
{
	(void)state;
	uint8_t bytes[128];
	struct frame frame;
	size_t n = bytes_of("4500001d000100004011 0000 " ADDR "c000 0007 0009 0000 41", bytes);
	frame_decode(FRAME_RAW_IP, bytes, n, &frame);
	assert_int_equal(frame.network.state, FRAME_PRESENT);
	assert_int_equal(frame.destination_port, 7);
	assert_int_equal(frame_wire_length(&frame), 29);
	frame_decode(FRAME_RAW_IP, bytes, 0, &frame);
	assert_int_not_equal(frame.network.state, FRAME_PRESENT);
}

static void test_dns_names(void **state)
{
	(void)state;
	static const struct {
		const char *question, *name;
	} rows[] = {
	        {"01 61 00 0001 0001", "a."},   {"00 0002 0001", "."}, {"03 2e5c1b 00 0001 0001", "\\046\\092\\027."},
	        {"c00c 0001 0001", NULL},       /* points at itself */
	        {"01 61 c00c 0001 0001", NULL}, /* a loop */
	        {"01 61 c0ff 0001 0001", NULL}, /* forward */
	        {"41 61 00 0001 0001", NULL},   {"05 61 00", NULL},    {"01 61 00 0001", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char hex[256];
		uint8_t bytes[128], question[64];
		size_t n = bytes_of(rows[i].question, question);
		(void)snprintf(hex, sizeof hex,
		               "4500%04zx000100004011 0000 " ADDR "c000 0035 %04zx 0000 1234 0100 0001 "
		               "0000 0000 0000 %s",
		               n + 40, n + 20, rows[i].question);
		struct frame frame;
		struct buf out;
		buf_init(&out, FRAME_DNS_NAME_MAX);
		frame_decode(FRAME_RAW_IP, bytes, bytes_of(hex, bytes), &frame);
		assert_int_equal(frame.dns_part.state, FRAME_PRESENT);
		assert_int_equal(frame.dns.have_question, rows[i].name != NULL);
		assert_int_equal(frame_dns_name(&frame, &out), rows[i].name != NULL);
		if (rows[i].name)
			assert_string_equal(out.p, rows[i].name);
		buf_done(&out);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(frame_ethertype_name(ETHERTYPE_VLAN), "802.1Q");
	assert_null(frame_ethertype_name(1));
	assert_string_equal(frame_protocol_name(PROTOCOL_GRE), "GRE");
	assert_null(frame_protocol_name(255));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_frames),    cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_raw_ip),
	        cmocka_unit_test(test_dns_names), cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
