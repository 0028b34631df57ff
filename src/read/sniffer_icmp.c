#include "num.h"
#include "readers.h"
#include "sniffer_line.h"

/* ICMP in the words of tcpdump, which FortiOS prints. */

enum { PROTO_TCP = 6, PROTO_UDP = 17 };

/* Texts that say everything by themselves, as they begin. */
static const struct {
	const char *text;
	enum packet_icmp icmp;
} phrases[] = {
        {"echo request", ICMP_ECHO_REQUEST},
        {"echo reply", ICMP_ECHO_REPLY},
        {"time exceed", ICMP_TIME_EXCEEDED},
        {"ip reassembly time exceed", ICMP_TIME_EXCEEDED},
        {"ip6 reassembly time exceed", ICMP_TIME_EXCEEDED},
        {"destination unreachable", ICMP_UNREACHABLE_OTHER},
        /* RFC 4443: 5 and 6, a policy and a route that rejects, are kinds of 1, prohibited. */
        {"unreachable code-#5", ICMP_ADMIN_PROHIBITED},
        {"unreachable code-#6", ICMP_ADMIN_PROHIBITED},
        {"unreachable code-#", ICMP_UNREACHABLE_OTHER},
        {"too big", ICMP_FRAG_NEEDED},
        {"packet too big", ICMP_FRAG_NEEDED},
        {"neighbor sol", ICMP_OTHER},
        {"neighbor adv", ICMP_OTHER},
        {"router ", ICMP_OTHER},
        {"redirect", ICMP_OTHER},
        {"multicast listener", ICMP_OTHER},
        {"parameter problem", ICMP_OTHER},
        {"source quench", ICMP_OTHER},
        {"address mask", ICMP_OTHER},
        {"time stamp", ICMP_OTHER},
        {"information re", ICMP_OTHER},
        {"type-#", ICMP_OTHER},
        {"type#", ICMP_OTHER},
};

/* What follows "HOST unreachable" or "host HOST unreachable". */
static const struct {
	const char *text;
	enum packet_icmp icmp;
} endings[] = {
        {"- need to frag", ICMP_FRAG_NEEDED}, {"- admin prohibited", ICMP_ADMIN_PROHIBITED},
        {"- ", ICMP_UNREACHABLE_OTHER},       {"prohibited", ICMP_ADMIN_PROHIBITED},
        {"route", ICMP_NET_UNREACHABLE},      {"address", ICMP_HOST_UNREACHABLE},
};

static bool port_parse(struct str *text, uint16_t *port)
{
	struct str word;
	unsigned number;
	if (!str_next_word(text, &word) || !num_uint(word, 0, 65535, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

/* After "HOST": "udp port 53 unreachable", "protocol 47 unreachable",
 * "protocol 17 port 53 unreachable". False and *text as it was for others. */
static bool quoted_parse(struct str *text, struct packet *packet)
{
	struct str rest = *text;
	struct str word;
	uint64_t proto = 0;
	uint16_t port = 0;
	if (read_after(rest, "udp port ", &rest)) {
		proto = PROTO_UDP;
	} else if (read_after(rest, "tcp port ", &rest)) {
		proto = PROTO_TCP;
	} else if (read_after(rest, "protocol ", &rest) && read_number(rest, 255, &proto, &rest)) {
		if (!read_after(rest, " port ", &rest)) {
			packet->icmp = ICMP_PROTOCOL_UNREACHABLE;
			packet->quoted_proto = (uint8_t)proto;
			*text = rest;
			return str_next_word(text, &word) && str_is(word, "unreachable");
		}
	} else {
		return false;
	}
	if (!port_parse(&rest, &port) || !str_next_word(&rest, &word) || !str_is(word, "unreachable"))
		return false;
	packet->icmp = ICMP_PORT_UNREACHABLE;
	packet->quoted_proto = (uint8_t)proto;
	packet->quoted_port = port;
	*text = rest;
	return true;
}

/* "unreachable[ - need to frag (mtu 1400)]" */
static bool unreachable_parse(struct str text, enum packet_icmp plain, struct packet *packet)
{
	struct str word;
	if (!str_next_word(&text, &word) || !str_is(word, "unreachable"))
		return false;
	text = str_trim(text);
	packet->icmp = plain;
	if (text.n == 0 || text.p[0] == '[' || text.p[0] == '(')
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		if (str_starts(text, endings[i].text)) {
			packet->icmp = endings[i].icmp;
			return true;
		}
	}
	return false;
}

/* "[host |net |#13 ]HOST …" */
static bool error_parse(struct str text, struct packet *packet)
{
	struct str host;
	enum packet_icmp plain = ICMP_UNREACHABLE_OTHER;
	uint64_t code;
	if (read_after(text, "host ", &text)) {
		plain = ICMP_HOST_UNREACHABLE;
	} else if (read_after(text, "net ", &text)) {
		plain = ICMP_NET_UNREACHABLE;
	} else if (text.n && text.p[0] == '#') {
		if (!read_number(str_from(text, 1), 255, &code, &text))
			return false;
		text = str_trim(text);
	}
	if (!str_next_word(&text, &host) || !ip_parse(host, &packet->quoted_dst))
		return false;
	text = str_trim(text);
	if (str_starts(text, "beyond scope ")) {
		packet->icmp = ICMP_UNREACHABLE_OTHER;
		return true;
	}
	return quoted_parse(&text, packet) || unreachable_parse(text, plain, packet);
}

bool sniffer_icmp_parse(struct str text, struct packet *packet)
{
	text = str_trim(text);
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
		if (!str_starts(text, phrases[i].text))
			continue;
		packet->icmp = phrases[i].icmp;
		ptrdiff_t about = str_find(text, " for ");
		struct str host;
		struct str rest = about < 0 ? (struct str){"", 0} : str_from(text, (size_t)about + 5);
		if (packet_is_icmp_error(packet) && str_next_word(&rest, &host))
			(void)ip_parse(host, &packet->quoted_dst);
		return true;
	}
	return error_parse(text, packet);
}
