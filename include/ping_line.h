#ifndef FGDIAG_PING_LINE_H
#define FGDIAG_PING_LINE_H

#include "facts.h"
#include "text.h"

/* The lines of ping, in the forms of busybox (sequences from 0) and of iputils
 * (from 1). */

struct ping_start {
	uint32_t first;     /* sequence of the first request, as printed */
	uint32_t data_size; /* bytes of payload; 0 when it is not told */
};

/* "PING 8.8.8.8 (8.8.8.8): 56 data bytes", "PING ::1(::1) 56 data bytes" */
bool ping_start_parse(struct str line, struct ping_start *out);

/* "64 bytes from 8.8.8.8: icmp_seq=0 ttl=110 time=25.9 ms"; seq as printed */
bool ping_reply_parse(struct str line, uint32_t *seq, int64_t *rtt_us);

struct ping_statistics {
	uint32_t transmitted, received, duplicates;
};

/* "5 packets transmitted, 5 packets received, 4 duplicates, 0% packet loss";
 * false also where its percentage is not that of its numbers. */
bool ping_statistics_parse(struct str line, struct ping_statistics *out);

/* A line that tells why there is no reply. */
enum ping_error { PING_ERROR_NONE, PING_ERROR_SEND, PING_ERROR_OTHER };
enum ping_error ping_error_parse(struct str line);

#endif
