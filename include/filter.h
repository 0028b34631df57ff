#ifndef FGDIAG_FILTER_H
#define FGDIAG_FILTER_H

#include <stdbool.h>

#include "arena.h"
#include "ip.h"

/* The one writer of sniffer filters. */
struct filter_subject {
	struct ip client, server;
	struct ip translated_client, translated_server; /* family 0 when unknown or not translated */
	unsigned proto;                                 /* 1, 6, 17, 58, … */
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
 * group is the word icmp (icmp6). Always within the command table's
 * sub-grammar. */
char *filter_conversation(struct arena *arena, const struct filter_subject *subject);

/* Does the filter see both sides of a translation (address of the client, the
 * server and every translated address known)? False when NAT is unknown and
 * only one end is matched; the judge then calls "did not leave" unknowable. */
bool filter_sees_both_sides(const struct filter_subject *subject);

#endif
