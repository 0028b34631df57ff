#include "sniffer_line.h"

#include "num.h"
#include "readers.h"
#include "timestamp.h"

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ESP = 50, PROTO_AH = 51, PROTO_ICMP6 = 58 };

/* ---- time stamp ---- */

static bool relative_parse(struct str word, int64_t *time_us)
{
	uint64_t us;
	if (word.n < 8 || word.p[word.n - 7] != '.' || !num_decimal(word, 6, (uint64_t)INT64_MAX / 2, &us))
		return false;
	*time_us = (int64_t)us;
	return true;
}

enum sniffer_stamp sniffer_stamp_parse(struct str line, int64_t *time_us, struct str *rest)
{
	struct str first, second;
	if (!line.n || line.p[0] < '0' || line.p[0] > '9' || !str_next_word(&line, &first))
		return SNIFFER_STAMP_NONE;
	if (relative_parse(first, time_us)) {
		*rest = line;
		return SNIFFER_STAMP_RELATIVE;
	}
	if (!str_next_word(&line, &second) || second.n != 15 || !timestamp_parse(first, second, time_us))
		return SNIFFER_STAMP_NONE;
	*rest = line;
	return SNIFFER_STAMP_ABSOLUTE;
}

/* ---- interface and direction ---- */

enum packet_direction sniffer_place_parse(struct str text, struct str *interface, struct str *rest)
{
	static const struct {
		const char *word;
		enum packet_direction direction;
	} directions[] = {{"in", PACKET_IN}, {"out", PACKET_OUT}, {"--", PACKET_DIRECTION_UNKNOWN}};
	struct str left = text = str_trim(text);
	struct str word;
	*interface = (struct str){"", 0};
	*rest = text;
	while (str_next_word(&left, &word) && !str_is(word, "->")) {
		for (size_t i = 0; i < 3; i++) {
			size_t before = (size_t)(word.p - text.p);
			if (before == 0 || !str_is(word, directions[i].word))
				continue;
			*interface = str_trim(str_cut(text, 0, before));
			*rest = left;
			return directions[i].direction;
		}
	}
	return PACKET_DIRECTION_UNKNOWN;
}

/* ---- addresses ---- */

/* "10.0.0.1", "10.0.0.1.53", "fe80::1.546"; *port is left at 0 without one. */
static bool endpoint_parse(struct str text, struct ip *ip, uint16_t *port)
{
	unsigned number;
	if (ip_parse(text, ip))
		return true;
	size_t dot = text.n;
	while (dot > 0 && text.p[dot - 1] != '.')
		dot--;
	if (dot == 0 || !num_uint(str_from(text, dot), 0, 65535, &number) || !ip_parse(str_cut(text, 0, dot - 1), ip))
		return false;
	*port = (uint16_t)number;
	return true;
}

/* ---- after the addresses ---- */

/* "" or groups such as " [hlim 1] (len 154)"; a fragment's place is read. */
static bool tail_parse(struct str text, struct packet *packet)
{
	for (text = str_trim(text); text.n; text = str_trim(text)) {
		struct str inner;
		uint64_t number, offset;
		ptrdiff_t end = -1;
		if (text.p[0] == '[')
			end = str_find_char(text, ']');
		else if (text.p[0] == '(')
			end = str_find_char(text, ')');
		if (end < 0)
			return false;
		if (read_after(text, "(frag ", &inner) && read_number(inner, UINT32_MAX, &number, &inner) &&
		    read_after(inner, ":", &inner) && read_number(inner, 65535, &number, &inner) &&
		    read_after(inner, "@", &inner) && read_number(inner, 65535, &offset, &inner))
			packet->fragment = offset > 0;
		text = str_from(text, (size_t)end + 1);
	}
	return true;
}

static bool udp_parse(struct str text, struct packet *packet)
{
	uint64_t length;
	if (!read_number(text, 65535, &length, &text))
		return false;
	packet->proto = PROTO_UDP;
	packet->length = (uint32_t)length;
	return tail_parse(text, packet);
}

static const struct {
	const char *word;
	uint8_t flag;
} tcp_words[] = {
        {"syn", TCP_SYN}, {"fin", TCP_FIN}, {"rst", TCP_RST}, {"psh", TCP_PSH}, {"urg", TCP_URG}, {"ack", TCP_ACK},
};

static uint8_t tcp_flag(struct str word)
{
	for (size_t i = 0; i < sizeof tcp_words / sizeof tcp_words[0]; i++) {
		if (str_is(word, tcp_words[i].word))
			return tcp_words[i].flag;
	}
	return 0;
}

/* "syn 1", "syn 1 ack 2", "ack 2", "psh 1 ack 2", "fin 1 ack 2", "rst 1 [ack 2]" */
static bool tcp_parse(struct str text, struct packet *packet)
{
	struct str word;
	unsigned number;
	packet->proto = PROTO_TCP;
	uint8_t flag = 0;
	while (text.n && text.p[0] != '[' && text.p[0] != '(' && str_next_word(&text, &word)) {
		uint8_t next = tcp_flag(word);
		if (next) {
			packet->tcp_flags |= flag = next;
		} else if (flag && num_uint(word, 0, UINT32_MAX, &number)) {
			bool ack = flag == TCP_ACK;
			*(ack ? &packet->have_ack : &packet->have_seq) = true;
			*(ack ? &packet->tcp_ack : &packet->tcp_seq) = number;
			flag = 0;
		} else {
			return false;
		}
		text = str_trim(text);
	}
	/* A reset may come without numbers; anything else that does was cut. */
	if (flag && flag != TCP_RST)
		return false;
	return packet->tcp_flags && tail_parse(text, packet);
}

/* "ip-proto-17 930 (frag 37572:930@1472)" */
static bool number_parse(struct str text, struct packet *packet)
{
	uint64_t proto, length;
	if (!read_number(text, 255, &proto, &text))
		return false;
	packet->proto = (uint8_t)proto;
	text = str_trim(text);
	if (text.n && text.p[0] != '(' && text.p[0] != '[' && !read_number(text, 65535, &length, &text))
		return false;
	return tail_parse(text, packet);
}

static bool icmp_parse(struct str text, struct packet *packet)
{
	packet->proto = PROTO_ICMP;
	return sniffer_icmp_parse(text, packet);
}

static bool icmp6_parse(struct str text, struct packet *packet)
{
	packet->proto = PROTO_ICMP6;
	return sniffer_icmp_parse(text, packet);
}

static bool esp_parse(struct str text, struct packet *packet)
{
	packet->proto = PROTO_ESP;
	return str_find_char(text, ')') >= 0;
}

static bool ah_parse(struct str text, struct packet *packet)
{
	packet->proto = PROTO_AH;
	return str_find_char(text, ')') >= 0;
}

static const struct {
	const char *begins;
	bool (*parse)(struct str text, struct packet *packet);
	bool ports; /* must the addresses have ports? */
} protocols[] = {
        {"udp ", udp_parse, true},  {"icmp: ", icmp_parse, false}, {"icmp6: ", icmp6_parse, false},
        {"ESP(", esp_parse, false}, {"AH(", ah_parse, false},      {"ip-proto-", number_parse, false},
};

static bool payload_parse(struct str text, bool ports, struct packet *packet)
{
	struct str rest;
	struct str word = {"", 0};
	text = str_trim(text);
	if (read_after(text, "[icmp6 sum ok]", &rest))
		text = rest;
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (read_after(text, protocols[i].begins, &rest))
			return ports == protocols[i].ports && protocols[i].parse(rest, packet);
	}
	rest = text;
	return str_next_word(&rest, &word) && tcp_flag(word) && ports && tcp_parse(text, packet);
}

/* "SRC -> DST: …" */
static bool ip_line_parse(struct str text, struct packet *packet)
{
	struct str src, arrow, dst;
	if (!str_next_word(&text, &src) || !str_next_word(&text, &arrow) || !str_next_word(&text, &dst) ||
	    !str_is(arrow, "->") || !str_ends(dst, ":"))
		return false;
	uint16_t *sp = &packet->src_port;
	uint16_t *dp = &packet->dst_port;
	struct ip src_only, dst_only;
	dst = str_cut(dst, 0, dst.n - 1);
	if (!endpoint_parse(src, &packet->src, sp) || !endpoint_parse(dst, &packet->dst, dp) ||
	    packet->src.family != packet->dst.family)
		return false;
	bool no_ports = ip_parse(src, &src_only) && ip_parse(dst, &dst_only);
	bool ports = !ip_parse(src, &src_only) && !ip_parse(dst, &dst_only);
	return ports != no_ports && payload_parse(text, ports, packet);
}

/* What is no IP packet, or none that FortiOS prints as one. */
static const char *const other_kinds[] = {
        "arp ", "rarp ", "stp ", "lldp", "cdp ", "mpls", "eapol", "pppoe ", "Ether type ", "llc ", "snap ",
};

static bool other_parse(struct str text)
{
	for (size_t i = 0; i < sizeof other_kinds / sizeof other_kinds[0]; i++) {
		if (str_starts(text, other_kinds[i]))
			return true;
	}
	return str_find(text, "printer havn't been added to sniffer") >= 0;
}

/* "802.1Q vlan#10 P0 ", with the packet inside it or without */
static bool vlan_parse(struct str text, struct str *inner)
{
	uint64_t number;
	return read_after(text, "802.1Q vlan#", &text) && read_number(text, 4095, &number, &text) &&
	       read_after(text, " P", &text) && read_number(text, 7, &number, inner);
}

bool sniffer_body_parse(struct str text, struct packet *packet)
{
	struct str inner;
	text = str_trim(text);
	if (vlan_parse(text, &inner)) {
		text = str_trim(inner);
		if (text.n == 0)
			return true;
	}
	if (str_find(text, " -> ") < 0)
		return other_parse(text);
	return ip_line_parse(text, packet);
}
