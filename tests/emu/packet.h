#ifndef EMU_PACKET_H
#define EMU_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"

/* A packet on one interface of the device. */

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16 };

enum icmp_kind {
	ICMP_KIND_NONE,
	ICMP_KIND_ECHO_REQUEST,
	ICMP_KIND_ECHO_REPLY,
	ICMP_KIND_PORT,
	ICMP_KIND_HOST,
	ICMP_KIND_NET,
	ICMP_KIND_ADMIN,
	ICMP_KIND_FRAG,
	ICMP_KIND_TIME,
	ICMP_KINDS
};

struct packet {
	int64_t time_us;
	const char *interface;
	bool out;
	unsigned proto;
	struct addr src, dst;
	unsigned sport, dport;
	unsigned flags;
	uint32_t seq, ack;
	unsigned length; /* bytes of payload */
	unsigned ip_id;  /* the same on all legs */
	unsigned dns_id; /* of a question or its answer */
	enum icmp_kind icmp;
	struct addr quoted_dst; /* of an ICMP error */
	unsigned quoted_proto, quoted_port;
	unsigned quoted_sport;
};

/* port-unreachable, host-unreachable, … ; ICMP_KIND_NONE when unknown. */
enum icmp_kind icmp_kind_of(const char *word);

/* ICMP type and code on the wire, for either family. */
unsigned icmp_type(const struct packet *packet);

struct packet_style {
	int level;          /* 1 to 6 */
	char stamp;         /* 'a', 'l' or 0 for relative */
	int64_t zero_us;    /* where relative time begins */
	int zone_minutes;   /* of the device, for 'l' */
	int64_t ahead_us;   /* its clock's error */
	bool one_interface; /* named, not any: no in/out */
};

/* The line without its end, as the sniffer prints it. */
void packet_print(const struct packet *packet, const struct packet_style *style, char *out, size_t size);

#endif
