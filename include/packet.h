#ifndef FGDIAG_PACKET_H
#define FGDIAG_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"
#include "text.h"

/* One packet as the sniffer printed it. */

enum packet_direction { PACKET_DIRECTION_UNKNOWN, PACKET_IN, PACKET_OUT };

/* RFC 9293 bit values */
enum packet_tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

/* what a level 1-6 header line tells of an ICMP packet */
enum packet_icmp {
	ICMP_NONE,
	ICMP_ECHO_REQUEST,
	ICMP_ECHO_REPLY,
	ICMP_PORT_UNREACHABLE,
	ICMP_PROTOCOL_UNREACHABLE,
	ICMP_HOST_UNREACHABLE,
	ICMP_NET_UNREACHABLE,
	ICMP_ADMIN_PROHIBITED,
	ICMP_FRAG_NEEDED,
	ICMP_UNREACHABLE_OTHER,
	ICMP_TIME_EXCEEDED,
	ICMP_OTHER, /* redirect, neighbour discovery, … : not an error about a packet */
};

struct frame; /* frame.h */

struct packet {
	int64_t time_us;       /* in the capture's own time, see enum capture_clock */
	const char *interface; /* NULL at levels 1-3 */
	enum packet_direction direction;
	uint8_t proto; /* IP protocol number; 0 when the line has none (ARP, 802.1Q, …) */
	struct ip src, dst;
	uint16_t src_port, dst_port; /* 0 when not printed */
	uint8_t tcp_flags;
	bool have_seq, have_ack;
	uint32_t tcp_seq, tcp_ack;
	uint32_t length; /* UDP payload bytes as printed, else 0 */
	bool fragment;   /* a later fragment: no ports */

	enum packet_icmp icmp;
	/* Of an ICMP error, as far as the line prints it: the destination of the
	 * quoted datagram, its protocol and its destination port. */
	struct ip quoted_dst;
	uint8_t quoted_proto;
	uint16_t quoted_port;

	unsigned line;   /* in the step's clean output, from 1 */
	struct str text; /* that line */

	/* Its bytes decoded, where the capture has them (levels 3 and 6) and they
	 * are whole; else NULL. */
	const struct frame *frame;
};

/* Is it an ICMP error about another packet (type 3 or 11 and their v6 kin)? */
bool packet_is_icmp_error(const struct packet *packet);

#endif
