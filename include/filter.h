#ifndef FGDIAG_FILTER_H
#define FGDIAG_FILTER_H

#include <stdbool.h>

#include "arena.h"
#include "ip.h"

/* The one writer of sniffer filters. */
struct filter_subject {
	struct ip client, server;
	struct ip translated_client, translated_server; /* family 0 when unknown or not translated */
	unsigned proto;                                 /* 1, 6, 17, 58, …; 0 when unknown */
	unsigned server_port;                           /* 0 when the protocol has none */
	unsigned translated_server_port;                /* 0 or equal when not translated */
	unsigned ssh_port;                              /* of our own session: left out of the capture */
	struct { /* our own connection's two ports, used when ssh_port is the entry's own */
		unsigned local, remote;
	} own;
	bool plain_icmp; /* the device refused icmp[0] = N: use the word icmp */
};

/* ( host C or host S [or host T…] ) and ( port P or icmp[0] = 3 or icmp[0] = 11 )
 * and not ( tcp port 22 ), as the design has it; for ICMP entries the second
 * group is the word icmp (icmp6). Without a port the protocol stands in its
 * place: "tcp", "udp", "tcp or udp" when it is unknown, and for any other
 * protocol what is none of tcp, udp, icmp. Always within the command table's
 * sub-grammar. */
char *filter_conversation(struct arena *arena, const struct filter_subject *subject);

/* Does the filter see both sides of any one translation of addresses? A packet
 * needs one matching address: source NAT leaves the server's as it is and
 * destination NAT the client's, so a filter that names both ends (or both
 * addresses of the server) sees all four legs of either. False when only one
 * end is named; then "did not leave" is unknowable. Even when true, two things
 * stay hidden while NAT is unknown, and it is for the judge to weigh them: both
 * ends translated at once, and a translation of the server's port. */
bool filter_sees_both_sides(const struct filter_subject *subject);

#endif
