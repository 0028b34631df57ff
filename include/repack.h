#ifndef FGDIAG_REPACK_H
#define FGDIAG_REPACK_H

#include "arena.h"
#include "hexdump.h"
#include "pcapng.h"

/* Sniffer text to pcapng. Pure; the section begins with its first packet, so
 * text without any writes nothing. */

struct repack_options {
	bool payload;     /* whole frames; else they are cut behind the transport header */
	bool have_zone;   /* of stamps that are not known to be UTC */
	int zone_seconds; /* east of UTC */
	bool have_start;  /* the moment at which relative stamps are 0 */
	int64_t start_us; /* UTC */
};

struct repack_counts {
	size_t packets;    /* written */
	size_t interfaces; /* described */
	size_t not_ip;     /* left out: level 2 and 5 print them without a link header */
	size_t local;      /* written with stamps that may be local time, taken as UTC */
	size_t unanchored; /* written with stamps from 1970 on: nothing tells when they began */
	struct hexdump_counts dump;
};

struct repack;

struct repack *repack_new(struct arena *arena, const struct repack_options *options, const struct pcapng *sink);

/* As hexdump_command and hexdump_feed. With a command, relative stamps begin
 * at start_us unless the options say otherwise; negative for not known. */
void repack_command(struct repack *repack, struct str command, int64_t start_us);
void repack_feed(struct repack *repack, struct str text);

/* The text ends; the counts are final then. */
void repack_end(struct repack *repack, struct repack_counts *out);

#endif
