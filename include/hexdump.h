#ifndef FGDIAG_HEXDUMP_H
#define FGDIAG_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "facts.h"
#include "packet.h"
#include "sniffer_line.h"
#include "text.h"

/* The hex dumps of `diagnose sniffer packet` at levels 2, 3, 5 and 6, as a
 * device printed them or a person pasted them: text in, the bytes of each
 * packet out. Text may come in blocks of whole lines; memory is bounded.
 *
 * A packet is its line and then rows "0x0010 …" whose offsets leave nothing
 * out. One that misses a row, or has one that is no hex, is left out and
 * counted; the others are not touched by it. */

#define HEXDUMP_MAX_BYTES ((size_t)65536) /* of one packet: what four digits can count */

/* What the command and the header lines told of the capture that a packet is of. */
struct hexdump_capture {
	unsigned number;          /* in the text, from 1; 0 before any header */
	unsigned level;           /* 1 to 6 as in the command; 0 when the text has none */
	bool have_clock;          /* the command was seen: the clock is as asked for */
	enum capture_clock clock; /* as asked for */
	char interfaces[64];      /* of "interfaces=[…]", "" without */
};

/* Spans are valid during the call. */
struct hexdump_packet {
	const struct hexdump_capture *capture;
	enum sniffer_stamp stamp; /* never SNIFFER_STAMP_NONE */
	int64_t time_us;          /* as printed */
	struct str interface;     /* empty at levels 2 and 3 */
	enum packet_direction direction;
	struct str body;          /* the packet's line behind interface and direction */
	unsigned line, last_line; /* its own line and its last row, from 1 */
	const uint8_t *bytes;
	size_t n;
	/* A blank line follows and nothing foreign stands in between. Else the
	 * last rows may be missing, and only the packet's own lengths can tell. */
	bool ended;
};

/* Takes a packet: NULL, or the words why it is damaged (kept by pointer). */
typedef const char *hexdump_take(void *context, const struct hexdump_packet *packet);

struct hexdump_counts {
	size_t packets;       /* taken */
	size_t damaged;       /* left out */
	size_t without_bytes; /* lines of packets without any row, as levels 1 and 4 print them */
	unsigned damage_line; /* where the first damage shows */
	const char *damage;   /* words for it; NULL without */
};

struct hexdump;

struct hexdump *hexdump_new(struct arena *arena, hexdump_take *take, void *context);

/* A command whose output follows: level and clock of the capture. Lines count
 * from 1 again. */
void hexdump_command(struct hexdump *hexdump, struct str command);

/* Lines. A last one without its LF counts as cut. */
void hexdump_feed(struct hexdump *hexdump, struct str text);

/* The text ends here. */
void hexdump_end(struct hexdump *hexdump);

const struct hexdump_counts *hexdump_counts(const struct hexdump *hexdump);

/* The bytes of the hex digits behind a row's offset, at most 16, and 0 when it
 * is no row: groups of four digits, the last one of four or two, then the end,
 * a TAB or two blanks. */
unsigned hexdump_row(struct str text, uint8_t bytes[static 16]);

/* The offset that opens a row: "0x", four digits, a blank or TAB and more. */
bool hexdump_offset(struct str text, unsigned *out);

#endif
