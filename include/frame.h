#ifndef FGDIAG_FRAME_H
#define FGDIAG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "ip.h"
#include "packet.h"

/* The headers of one captured frame, by the words of the RFCs. Pure; offsets
 * count bytes from the frame's start, nothing is copied and no read leaves the
 * frame, whatever its own lengths claim. */

enum frame_link { FRAME_ETHERNET, FRAME_RAW_IP }; /* sniffer levels 3 and 6; 2 and 5 */

enum frame_state {
	FRAME_ABSENT, /* there is none, or none that is decoded */
	FRAME_PRESENT,
	FRAME_CUT,    /* the captured bytes end inside it */
	FRAME_DAMAGED /* its own fields contradict each other */
};

/* One layer; why is NULL when present, else words and never NULL. */
struct frame_part {
	enum frame_state state;
	const char *why;
};

enum {
	FRAME_MAX_VLANS = 4,
	FRAME_MAX_EXTENSIONS = 16,
	FRAME_DNS_NAME_MAX = 1100, /* bytes of a printed name, every byte escaped */
};

/* EtherTypes and IP protocol numbers (IANA). */
enum frame_ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPPOE_DISCOVERY = 0x8863,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
};
enum frame_protocol {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_ESP = 50,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_NO_NEXT = 59,
	PROTOCOL_DESTINATION = 60,
};

/* Words for numbers of the tables above and some more; NULL for others. */
const char *frame_ethertype_name(uint16_t ethertype);
const char *frame_protocol_name(uint8_t protocol);

struct frame_ip {
	struct ip source, destination;
	uint8_t protocol;       /* behind all extension headers */
	uint8_t ttl;            /* or hop limit */
	uint32_t length;        /* bytes from the IP header's start, as it says */
	uint32_t header_length; /* with options and extension headers */
	uint32_t id;            /* IPv4, or of the IPv6 fragment header */
	bool dont_fragment, more_fragments;
	uint32_t fragment_offset; /* bytes */
};

struct frame_tcp {
	uint8_t flags; /* enum packet_tcp_flag */
	uint32_t sequence, acknowledgment;
	uint16_t window;      /* as sent, not scaled */
	uint16_t mss;         /* bytes, 0 without the option */
	bool have_scale;      /* window scale option */
	uint8_t window_scale; /* bits to shift */
	bool sack_permitted;
	uint8_t sack_blocks;
};

struct frame_icmp {
	uint8_t type, code;
	uint16_t id, sequence; /* of an echo, else 0 */
	uint32_t mtu;          /* of "fragmentation needed" and "packet too big", else 0 */
};

/* The packet inside an ICMP error, as far as it is quoted. */
struct frame_quoted {
	struct ip source, destination;
	uint8_t protocol;
	bool have_ports;
	uint16_t source_port, destination_port;
};

struct frame_dns {
	uint16_t id;
	bool response; /* QR */
	bool truncated;
	uint8_t opcode, rcode;
	bool have_question;
	uint16_t type, class; /* of the first question */
	size_t offset;        /* of the message */
};

struct frame {
	enum frame_link link;
	const uint8_t *bytes;
	size_t n;

	const uint8_t *destination_mac, *source_mac; /* 6 bytes each; NULL without */
	/* On "any" the destination is 00:00:00:00:00:00 or …:01, which is no
	 * address but made by the FortiGate. */
	bool pseudo_mac;
	uint16_t vlans[FRAME_MAX_VLANS]; /* outermost first */
	unsigned vlan_count;
	uint16_t ethertype; /* behind all tags and PPPoE */
	bool pppoe;
	uint16_t pppoe_session;

	struct frame_part network; /* IPv4, IPv6 or ARP */
	size_t network_offset;
	struct frame_ip ip; /* when the network is present and its family is not 0 */

	struct frame_part transport;
	size_t transport_offset;
	uint16_t source_port, destination_port; /* TCP, UDP */
	uint32_t payload_length;                /* TCP, UDP: bytes by the lengths in the headers */
	uint32_t spi, esp_sequence;             /* ESP */
	struct frame_tcp tcp;
	struct frame_icmp icmp;
	struct frame_part quoted_part;
	struct frame_quoted quoted;
	struct frame_part dns_part;
	struct frame_dns dns;

	size_t headers; /* bytes of headers; what follows is payload */
};

void frame_decode(enum frame_link link, const uint8_t *bytes, size_t n, struct frame *out);

/* Bytes that the frame had on the wire, as its IP header tells; 0 when nothing
 * tells it. More than n: cut by the sniffer. */
size_t frame_wire_length(const struct frame *frame);

/* The first question's name, ASCII, odd bytes as \DDD (RFC 4343), "." for the
 * root; false when it is broken or runs past the frame. */
bool frame_dns_name(const struct frame *frame, struct buf *out);

#endif
