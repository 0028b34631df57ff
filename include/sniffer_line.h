#ifndef FGDIAG_SNIFFER_LINE_H
#define FGDIAG_SNIFFER_LINE_H

#include "packet.h"
#include "text.h"

/* One header line of `diagnose sniffer packet`, levels 1 to 6. */

/* The time stamp a line begins with: "12.345678" (relative) or
 * "2024-08-28 16:36:30.527027" (absolute); *rest is what follows it. */
enum sniffer_stamp { SNIFFER_STAMP_NONE, SNIFFER_STAMP_RELATIVE, SNIFFER_STAMP_ABSOLUTE };
enum sniffer_stamp sniffer_stamp_parse(struct str line, int64_t *time_us, struct str *rest);

/* The interface and direction of levels 4 to 6; *interface is empty and the
 * direction unknown where the line has none. *rest is the packet's own text. */
enum packet_direction sniffer_place_parse(struct str text, struct str *interface, struct str *rest);

/* "SRC -> DST: …", ARP, 802.1Q and what else FortiOS names. Fills addresses,
 * protocol and what belongs to it; false for text that is none of these, the
 * packet is then of no use. */
bool sniffer_body_parse(struct str text, struct packet *packet);

/* What comes after "icmp: " or "icmp6: ". */
bool sniffer_icmp_parse(struct str text, struct packet *packet);

#endif
