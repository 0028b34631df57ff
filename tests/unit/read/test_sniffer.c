#include "sniffer_line.h"
#include "support.h"
#include "timestamp.h"

#define HEADER "interfaces=[any]\nfilters=[( host 10.0.0.5 )]\n"

static const char absolute[] =
        "Using Original Sniffing Mode\n" HEADER
        "2024-08-28 16:36:30.527027 port1 in 10.0.0.5.56662 -> 192.0.2.9.443: syn 1919112407 \n"
        "2024-08-28 16:36:30.527238 wan1 out 203.0.113.7.56662 -> 192.0.2.9.443: syn 1919112407 \n"
        "2024-08-28 16:36:30.547648 wan1 in 192.0.2.9.443 -> 203.0.113.7.56662: rst 0 ack 1919112408\n"
        "^C\n"
        "3 packets received by filter\n"
        "0 packets dropped by kernel\n";

static struct capture capture_of(struct arena *arena, const char *text)
{
	struct capture capture = {0};
	const struct read_input input = {.step = "sniffer", .text = str_of(text)};
	read_capture(arena, &input, &capture);
	return capture;
}

static struct packet packet_of(const char *body)
{
	struct packet packet = {0};
	if (!sniffer_body_parse(str_of(body), &packet))
		fail_msg("not read: %s", body);
	return packet;
}

static void assert_ip(struct ip ip, const char *wanted)
{
	char text[IP_TEXT_MAX];
	assert_string_equal(ip_print(&ip, text), wanted);
}

static void one_interface_is_told_from_all(void **state)
{
	assert_false(capture_of(*state, HEADER).one_interface);
	assert_true(capture_of(*state, "interfaces=[wan1]\nfilters=[none]\n").one_interface);
	assert_true(capture_of(*state, "interfaces=[wan1] filters=[none]\n").one_interface);
}

static void whole_capture_is_read(void **state)
{
	struct capture capture = capture_of(*state, absolute);
	int64_t time_us;
	assert_true(capture.started && capture.have_trailer);
	assert_string_equal(capture.filter, "( host 10.0.0.5 )");
	assert_int_equal(capture.packet_count, 3);
	assert_int_equal(capture.unread_count, 0);
	assert_int_equal(capture.received, 3);
	assert_int_equal(capture.trailer_from.line, 8);
	const struct packet *packet = &capture.packets[1];
	assert_true(timestamp_parse(str_of("2024-08-28"), str_of("16:36:30.527238"), &time_us));
	assert_int_equal(packet->time_us, time_us);
	assert_string_equal(packet->interface, "wan1");
	assert_int_equal(packet->direction, PACKET_OUT);
	assert_ip(packet->src, "203.0.113.7");
	assert_int_equal(packet->src_port, 56662);
	assert_int_equal(packet->dst_port, 443);
	assert_int_equal(packet->line, 5);
	assert_true(str_starts(packet->text, "2024-08-28 16:36:30.527238 wan1"));
	assert_int_equal(capture.packets[2].tcp_flags, TCP_RST | TCP_ACK);
}

static void clock_follows_the_command(void **state)
{
	static const struct {
		const char *command;
		enum capture_clock clock;
	} cases[] = {
	        {"diagnose sniffer packet any \"icmp\" 4 10 a", CAPTURE_UTC},
	        {"diagnose sniffer packet any \"icmp\" 4 10 l", CAPTURE_LOCAL},
	};
	for (size_t i = 0; i < 2; i++) {
		const struct step_run run = {.command = cases[i].command, .end.prompt = "FGT # "};
		const struct read_input input = {.step = "sniffer", .text = str_of(absolute), .run = &run};
		struct capture capture = {0};
		read_capture(*state, &input, &capture);
		assert_int_equal(capture.clock, cases[i].clock);
	}
	assert_int_equal(capture_of(*state, absolute).clock, CAPTURE_LOCAL);
	assert_int_equal(capture_of(*state, HEADER "0.5 x\n1501.000001 port1 in arp who-has a tell b\n").clock,
	                 CAPTURE_RELATIVE);
}

static void header_may_be_on_one_line(void **state)
{
	struct capture capture = capture_of(*state, "Using Original Sniffing Mode.\n"
	                                            "interfaces=[any]filters=[host 10.0.0.5 and tcp[13] = 2]\n"
	                                            "pcap_lookupnet: port2: no IPv4 address assigned\n");
	assert_true(capture.started);
	assert_string_equal(capture.filter, "host 10.0.0.5 and tcp[13] = 2");
	assert_null(capture.error);
}

static void words_in_place_of_the_header_are_the_error(void **state)
{
	struct facts *facts = read_text(*state, "sniffer",
	                                "Using Original Sniffing Mode\ninterfaces=[any]\n\n"
	                                "unable to parse filter\n");
	assert_false(facts->captures[0].started);
	assert_string_equal(facts->captures[0].error, "unable to parse filter");
	assert_int_equal(facts->captures[0].error_from.line, 4);
	assert_absent(facts, FACT_ID_CAPTURE_PACKETS, "unable to parse filter");
	assert_absent(read_text(*state, "sniffer", ""), FACT_ID_CAPTURE_PACKETS, "missing");
}

static void no_packet_is_a_measured_zero(void **state)
{
	struct facts *facts =
	        read_text(*state, "sniffer", HEADER "\n0 packets received by filter\n0 packets dropped by kernel\n");
	assert_int_fact(facts, FACT_ID_CAPTURE_PACKETS, 0);
	assert_int_fact(facts, FACT_ID_CAPTURE_RECEIVED, 0);
	assert_int_fact(facts, FACT_ID_CAPTURE_DROPPED, 0);
}

static void half_a_trailer_is_none(void **state)
{
	struct facts *facts = read_text(*state, "sniffer", HEADER "7 packets received by filter\n");
	assert_false(facts->captures[0].have_trailer);
	assert_absent(facts, FACT_ID_CAPTURE_RECEIVED, "closing");
	assert_false(capture_of(*state, HEADER "7 packets dropped by kernel\n").have_trailer);
}

static void foreign_lines_and_hex_rows_are_passed_over(void **state)
{
	struct capture capture = capture_of(
	        *state, HEADER "0.100000 port1 in 10.0.0.5.53 -> 10.0.0.6.53: udp 12\n"
	                       "0x0000\t ffff ffff 0806 0001\t........\n"
	                       "0x0010   0a6c 116a        .l.j\n"
	                       "000000\t ff ff ff ff\t....\n"
	                       "\nPPP send: LCP Echo_Request id(15)\n][]dfg3.911262 port1 in arp who-has a tell b\n");
	assert_int_equal(capture.packet_count, 1);
	assert_int_equal(capture.unread_count, 0);
}

static void stamped_line_that_cannot_be_read_is_counted(void **state)
{
	struct capture capture =
	        capture_of(*state, HEADER "0.100000 port1 in 10.0.0.5.1 -> 10.191.19.1728443: syn 1919112407 \n"
	                                  "0.200000 port1 in 10.0.0.5.53 -> 10.0.0.6.53: udp 1PPP send: LCP\n"
	                                  "2024-08-28 16:36:30.527238 port1 in 10.0.0.5.53 -> 10.0.0.6.53: udp 1\n"
	                                  "0.300000 \n"
	                                  "0.400000 port1 in 10.0.0.5.53 -> 10.0.0.6.53: udp 5\n");
	assert_int_equal(capture.packet_count, 1);
	assert_int_equal(capture.unread_count, 4);
	assert_int_equal(capture.unread_from.line, 3);
	assert_non_null(strstr(capture.unread_from.text, "10.191.19.1728443"));
}

static void interface_and_direction_are_read(void **state)
{
	static const struct {
		const char *text, *interface;
		enum packet_direction direction;
	} cases[] = {
	        {"port1 in 10.0.0.5.1 -> 10.0.0.6.2: udp 1", "port1", PACKET_IN},
	        {"HUB1-VPN1_0 out 10.0.0.5.1 -> 10.0.0.6.2: udp 1", "HUB1-VPN1_0", PACKET_OUT},
	        {"wan1.20 -- 10.0.0.5.1 -> 10.0.0.6.2: udp 1", "wan1.20", PACKET_DIRECTION_UNKNOWN},
	        {"guest net in arp who-has a tell b", "guest net", PACKET_IN},
	        {"10.0.0.5.1 -> 10.0.0.6.2: udp 1", "", PACKET_DIRECTION_UNKNOWN},
	        {"arp who-has a tell b", "", PACKET_DIRECTION_UNKNOWN},
	        {"10.0.0.5 -> 10.0.0.6: icmp: time exceeded in out", "", PACKET_DIRECTION_UNKNOWN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str interface, rest;
		assert_int_equal(sniffer_place_parse(str_of(cases[i].text), &interface, &rest), cases[i].direction);
		assert_true(str_is(interface, cases[i].interface));
		assert_true(rest.n > 0);
	}
}

static void udp_lines_are_read(void **state)
{
	(void)state;
	struct packet packet = packet_of("10.0.0.5.50324 -> 8.8.4.4.53: udp 35");
	assert_int_equal(packet.proto, 17);
	assert_int_equal(packet.length, 35);
	assert_int_equal(packet.src_port, 50324);
	packet = packet_of("fe80::1ff:fe23.64105 -> ff02::c.1900: udp 146 [hlim 1] (len 154)");
	assert_ip(packet.src, "fe80::1ff:fe23");
	assert_ip(packet.dst, "ff02::c");
	assert_int_equal(packet.dst_port, 1900);
	packet = packet_of("::ffff:192.0.2.1.53 -> 2001:db8::.53: udp 1");
	assert_int_equal(packet.src_port, 53);
	assert_ip(packet.dst, "2001:db8::");
}

static void tcp_lines_are_read(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
		bool seq, ack;
	} cases[] = {
	        {"syn 4294967295 ", TCP_SYN, true, false},
	        {"syn 1 ack 2 ", TCP_SYN | TCP_ACK, true, true},
	        {"ack 2", TCP_ACK, false, true},
	        {"psh 1 ack 2 ", TCP_PSH | TCP_ACK, true, true},
	        {"fin 1 ack 2", TCP_FIN | TCP_ACK, true, true},
	        {"rst 1", TCP_RST, true, false},
	        {"rst 1 ack 2", TCP_RST | TCP_ACK, true, true},
	        {"rst", TCP_RST, false, false},
	        {"fin psh 1 ack 2 [tos 0x10]", TCP_FIN | TCP_PSH | TCP_ACK, true, true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct packet packet =
		        packet_of(arena_printf(*state, "10.0.0.5.1025 -> 192.0.2.9.443: %s", cases[i].text));
		assert_int_equal(packet.proto, 6);
		assert_int_equal(packet.tcp_flags, cases[i].flags);
		assert_int_equal(packet.have_seq, cases[i].seq);
		assert_int_equal(packet.have_ack, cases[i].ack);
		assert_int_equal(packet.tcp_ack, cases[i].ack ? 2 : 0);
	}
}

static void other_protocols_are_read(void **state)
{
	static const struct {
		const char *text;
		unsigned proto;
	} cases[] = {
	        {"10.0.0.5 -> 224.0.0.22:  ip-proto-2 16", 2},
	        {"10.0.0.5 -> 10.0.0.6: ESP(spi=0x94fc2aee,seq=0x1c)", 50},
	        {"10.0.0.5 -> 10.0.0.6: AH(spi=0x94fc2aee,seq=0x1c): x", 51},
	        {"arp who-has 10.0.0.5 tell 10.0.0.6", 0},
	        {"arp reply 10.0.0.5 is-at 8:5b:e:1c:41:14", 0},
	        {"802.1Q vlan#10 P0 ", 0},
	        {"802.1Q vlan#10 P0 10.0.0.5.1 -> 10.0.0.6.2: udp 1", 17},
	        {"stp 802.1w, rapid stp, flags [forward], bridge-id 80ec.00", 0},
	        {"Ether type 0x8890 printer havn't been added to sniffer.", 0},
	        {"pppoe printer havn't been added to sniffer", 0},
	        {"brand-new printer havn't been added to sniffer", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(packet_of(cases[i].text).proto, cases[i].proto);
}

static void fragments_are_told_apart(void **state)
{
	(void)state;
	struct packet packet = packet_of("10.0.0.5.9388 -> 10.0.0.6.9388: udp 2394 (frag 37572:1472@0+)");
	assert_false(packet.fragment);
	assert_int_equal(packet.src_port, 9388);
	packet = packet_of("10.0.0.5 -> 10.0.0.6:  ip-proto-17 (frag 37572:930@1472)");
	assert_true(packet.fragment);
	assert_int_equal(packet.proto, 17);
	assert_int_equal(packet.src_port, 0);
}

static void icmp_words_are_read(void **state)
{
	static const struct {
		const char *words;
		enum packet_icmp icmp;
		const char *dst; /* quoted */
		unsigned proto, port;
	} cases[] = {
	        {"icmp: echo request", ICMP_ECHO_REQUEST, "", 0, 0},
	        {"icmp: echo reply", ICMP_ECHO_REPLY, "", 0, 0},
	        {"icmp: 10.0.0.5 udp port 60614 unreachable", ICMP_PORT_UNREACHABLE, "10.0.0.5", 17, 60614},
	        {"icmp: 10.0.0.5 tcp port 443 unreachable [tos 0xc0]", ICMP_PORT_UNREACHABLE, "10.0.0.5", 6, 443},
	        {"icmp: 10.0.0.5 protocol 132 port 9 unreachable", ICMP_PORT_UNREACHABLE, "10.0.0.5", 132, 9},
	        {"icmp: 10.0.0.5 protocol 47 unreachable", ICMP_PROTOCOL_UNREACHABLE, "10.0.0.5", 47, 0},
	        {"icmp: host 10.0.0.5 unreachable", ICMP_HOST_UNREACHABLE, "10.0.0.5", 0, 0},
	        {"icmp: net 10.0.0.5 unreachable", ICMP_NET_UNREACHABLE, "10.0.0.5", 0, 0},
	        {"icmp: host 10.0.0.5 unreachable - admin prohibited", ICMP_ADMIN_PROHIBITED, "10.0.0.5", 0, 0},
	        {"icmp: host 10.0.0.5 unreachable - admin prohibited filter", ICMP_ADMIN_PROHIBITED, "10.0.0.5", 0, 0},
	        {"icmp: net 10.0.0.5 unreachable - tos prohibited", ICMP_UNREACHABLE_OTHER, "10.0.0.5", 0, 0},
	        {"icmp: 10.0.0.5 unreachable - need to frag (mtu 1400)", ICMP_FRAG_NEEDED, "10.0.0.5", 0, 0},
	        {"icmp: 10.0.0.5 unreachable - need to frag", ICMP_FRAG_NEEDED, "10.0.0.5", 0, 0},
	        {"icmp: #17 10.0.0.5 unreachable", ICMP_UNREACHABLE_OTHER, "10.0.0.5", 0, 0},
	        {"icmp: destination unreachable", ICMP_UNREACHABLE_OTHER, "", 0, 0},
	        {"icmp: time exceeded in-transit", ICMP_TIME_EXCEEDED, "", 0, 0},
	        {"icmp: ip reassembly time exceeded", ICMP_TIME_EXCEEDED, "", 0, 0},
	        {"icmp: time exceeded-#7", ICMP_TIME_EXCEEDED, "", 0, 0},
	        {"icmp: parameter problem - octet 20", ICMP_OTHER, "", 0, 0},
	        {"icmp: redirect 10.0.0.5 to host 10.0.0.1", ICMP_OTHER, "", 0, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct packet packet = packet_of(arena_printf(*state, "10.0.0.5 -> 192.0.2.9: %s", cases[i].words));
		assert_int_equal(packet.proto, 1);
		assert_int_equal(packet.icmp, cases[i].icmp);
		assert_ip(packet.quoted_dst, cases[i].dst);
		assert_int_equal(packet.quoted_proto, cases[i].proto);
		assert_int_equal(packet.quoted_port, cases[i].port);
	}
}

static void icmp6_words_are_read(void **state)
{
	static const struct {
		const char *words;
		enum packet_icmp icmp;
		const char *dst;
	} cases[] = {
	        {"icmp6: echo request seq 1", ICMP_ECHO_REQUEST, ""},
	        {"[icmp6 sum ok] icmp6: echo reply seq 1 (len 64, hlim 59)", ICMP_ECHO_REPLY, ""},
	        {"[icmp6 sum ok] icmp6: neighbor sol: who has 2001:db8::1 (len 32, hlim 255)", ICMP_OTHER, ""},
	        {"icmp6: 2001:db8::5 udp port 53 unreachable", ICMP_PORT_UNREACHABLE, "2001:db8::5"},
	        {"icmp6: 2001:db8::5 unreachable route", ICMP_NET_UNREACHABLE, "2001:db8::5"},
	        {"icmp6: 2001:db8::5 unreachable address", ICMP_HOST_UNREACHABLE, "2001:db8::5"},
	        {"icmp6: 2001:db8::5 unreachable prohibited", ICMP_ADMIN_PROHIBITED, "2001:db8::5"},
	        {"icmp6: time exceed in-transit for 2001:db8::5", ICMP_TIME_EXCEEDED, "2001:db8::5"},
	        {"icmp6: too big 1280", ICMP_FRAG_NEEDED, ""},
	        {"icmp6: 2001:db8::5 beyond scope fe80::1", ICMP_UNREACHABLE_OTHER, "2001:db8::5"},
	        {"icmp6: unreachable code-#5", ICMP_ADMIN_PROHIBITED, ""},
	        {"[icmp6 sum ok] icmp6: unreachable code-#6 (len 64, hlim 62)", ICMP_ADMIN_PROHIBITED, ""},
	        {"icmp6: unreachable code-#7", ICMP_UNREACHABLE_OTHER, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct packet packet =
		        packet_of(arena_printf(*state, "2001:db8::1 -> 2001:db8::2: %s", cases[i].words));
		assert_int_equal(packet.proto, 58);
		assert_int_equal(packet.icmp, cases[i].icmp);
		assert_ip(packet.quoted_dst, cases[i].dst);
	}
}

static void texts_that_are_no_packet_are_refused(void **state)
{
	static const char *const texts[] = {
	        "",
	        "in",
	        "10.0.0.5 -> 10.0.0.6",
	        "10.0.0.5 -> 10.0.0.6:",
	        "10.0.0.5.1 -> 10.0.0.6: udp 5",
	        "10.0.0.5 -> 10.0.0.6: udp 5",
	        "10.0.0.5.1 -> 10.0.0.6.2: icmp: echo request",
	        "10.0.0.5.1 -> 2001:db8::1.2: udp 5",
	        "10.0.0.5.65536 -> 10.0.0.6.2: udp 5",
	        "10.0.0.256.1 -> 10.0.0.6.2: udp 5",
	        "10.0.0.5.1 -> 10.0.0.6.2: udp",
	        "10.0.0.5.1 -> 10.0.0.6.2: udp 70000",
	        "10.0.0.5.1 -> 10.0.0.6.2: udp 5 // note",
	        "10.0.0.5.1 -> 10.0.0.6.2: udp 5 [cut",
	        "10.0.0.5.1 -> 10.0.0.6.2: syn",
	        "10.0.0.5.1 -> 10.0.0.6.2: syn 4294967296",
	        "10.0.0.5.1 -> 10.0.0.6.2: syn 1 2",
	        "10.0.0.5.1 -> 10.0.0.6.2: 17",
	        "10.0.0.5 -> 10.0.0.6: ip-proto-300 4",
	        "10.0.0.5 -> 10.0.0.6: ESP(spi=0x1",
	        "10.0.0.5 -> 10.0.0.6: icmp: 10.0.0.5 udp port 60614",
	        "10.0.0.5 -> 10.0.0.6: icmp: 10.0.0.5 udp port x unreachable",
	        "10.0.0.5 -> 10.0.0.6: icmp: host nowhere unreachable",
	        "10.0.0.5 -> 10.0.0.6: icmp: 10.0.0.5 unreachable by fate",
	        "10.0.0.5 -> 10.0.0.6: icmp: #x 10.0.0.5 unreachable",
	        "10.0.0.5 -> 10.0.0.6: icmp: ",
	        "802.1Q vlan#99999 P0",
	        "802.1Q vlan#10 P0 junk",
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct packet packet = {0};
		if (sniffer_body_parse(str_of(texts[i]), &packet))
			fail_msg("was read: %s", texts[i]);
	}
}

static void stamps_are_told_from_other_numbers(void **state)
{
	static const struct {
		const char *text;
		enum sniffer_stamp stamp;
	} cases[] = {
	        {"0.000001 x", SNIFFER_STAMP_RELATIVE},
	        {"1501.123456 x", SNIFFER_STAMP_RELATIVE},
	        {"2024-02-29 23:59:59.999999 x", SNIFFER_STAMP_ABSOLUTE},
	        {"2024-02-30 23:59:59.999999 x", SNIFFER_STAMP_NONE},
	        {"2024-02-28 23:59:59 x", SNIFFER_STAMP_NONE},
	        {"0.12345 x", SNIFFER_STAMP_NONE},
	        {"10.0.0.5 -> x", SNIFFER_STAMP_NONE},
	        {"12345678 x", SNIFFER_STAMP_NONE},
	        {"99999999999999999999.123456 x", SNIFFER_STAMP_NONE},
	        {" 0.123456 x", SNIFFER_STAMP_NONE},
	        {"", SNIFFER_STAMP_NONE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t time_us = 0;
		struct str rest;
		assert_int_equal(sniffer_stamp_parse(str_of(cases[i].text), &time_us, &rest), cases[i].stamp);
	}
}

static void end_of_the_step_is_taken_over(void **state)
{
	const struct step_run run = {
	        .command = "diagnose sniffer packet any \"icmp\" 4 10 a",
	        .start_us = 1000000,
	        .end_us = 61000000,
	        .quiet_us = 5000000,
	        .end = {.state = STEP_STOPPED, .prompt = "", .interrupted = true, .requested = 10}};
	const struct read_input input = {.step = "sniffer", .text = str_of(HEADER), .run = &run};
	struct facts *facts = facts_new(*state);
	reader_find("sniffer")->read(*state, &input, facts);
	const struct capture *capture = &facts->captures[0];
	assert_int_equal(capture->requested, 10);
	assert_true(capture->interrupted && capture->link_lost);
	assert_int_equal(capture->quiet_us, 5000000);
	assert_int_fact(facts, FACT_ID_CAPTURE_DURATION, 60000000);
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	struct capture capture = {0};
	const struct read_input input = {.step = "sniffer", .text = cut};
	read_capture(arena, &input, &capture);
	assert_int_equal(capture.unread_count, 0);
	assert_in_range(capture.packet_count, 0, 3);
	assert_true(cut.n < whole || (capture.packet_count == 3 && capture.have_trailer));
	for (size_t i = 0; i < capture.packet_count; i++)
		assert_int_equal(capture.packets[i].proto, 6);
}

static void cut_at_any_byte_whole_lines_count(void **state)
{
	(void)state;
	cut_everywhere(absolute, check_cut);
}

/* The line parsers see cut text too when an LF follows the damage. */
static void bodies_cut_anywhere_are_read_or_refused(void **state)
{
	static const char *const bodies[] = {
	        "port1 in 10.0.0.5.1025 -> 192.0.2.9.443: psh 1 ack 2 [tos 0x10]",
	        "port1 in 10.0.0.5 -> 192.0.2.9: icmp: 10.0.0.5 udp port 60614 unreachable",
	        "port1 in 10.0.0.5 -> 192.0.2.9: icmp: 10.0.0.5 unreachable - need to frag (mtu 1400)",
	        "port1 in 802.1Q vlan#10 P0 fe80::1.64105 -> ff02::c.1900: udp 146 [hlim 1] (len 154)",
	        "port1 in 10.0.0.5.9388 -> 10.0.0.6.9388: udp 2394 (frag 37572:1472@0+)",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		for (size_t n = 0; n <= strlen(bodies[i]); n++) {
			char *copy = malloc(n ? n : 1);
			memcpy(copy, bodies[i], n);
			struct str interface, rest;
			struct packet packet = {0};
			(void)sniffer_place_parse((struct str){copy, n}, &interface, &rest);
			bool read = sniffer_body_parse(rest, &packet);
			assert_true(read || n < strlen(bodies[i]));
			assert_true(packet.icmp != ICMP_PORT_UNREACHABLE || packet.quoted_port == 60614);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(whole_capture_is_read),
	        READ_TEST(clock_follows_the_command),
	        READ_TEST(header_may_be_on_one_line),
	        READ_TEST(words_in_place_of_the_header_are_the_error),
	        READ_TEST(no_packet_is_a_measured_zero),
	        READ_TEST(half_a_trailer_is_none),
	        READ_TEST(foreign_lines_and_hex_rows_are_passed_over),
	        READ_TEST(stamped_line_that_cannot_be_read_is_counted),
	        READ_TEST(interface_and_direction_are_read),
	        READ_TEST(udp_lines_are_read),
	        READ_TEST(tcp_lines_are_read),
	        READ_TEST(other_protocols_are_read),
	        READ_TEST(fragments_are_told_apart),
	        READ_TEST(icmp_words_are_read),
	        READ_TEST(icmp6_words_are_read),
	        READ_TEST(texts_that_are_no_packet_are_refused),
	        READ_TEST(stamps_are_told_from_other_numbers),
	        READ_TEST(end_of_the_step_is_taken_over),
	        READ_TEST(one_interface_is_told_from_all),
	        READ_TEST(cut_at_any_byte_whole_lines_count),
	        READ_TEST(bodies_cut_anywhere_are_read_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
