#ifndef FGDIAG_PCAPNG_H
#define FGDIAG_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "text.h"

/* A pcapng section (IETF draft-ietf-opsawg-pcapng), little-endian, written as
 * it comes: each block goes to the sink when it is made, nothing is kept.
 * Strings may be anything a device sent; they are written as one safe line of
 * UTF-8 and cut at PCAPNG_TEXT_MAX bytes. */

enum { PCAPNG_TEXT_MAX = 1024 };

enum pcapng_link { PCAPNG_ETHERNET = 1, PCAPNG_RAW_IP = 101 }; /* LINKTYPE_… */

struct pcapng {
	void (*write)(void *context, const void *bytes, size_t n);
	void *context;
	uint32_t interfaces; /* described so far */
};

struct pcapng_section {
	const char *hardware, *os, *application; /* NULL: not told */
	const char *comment;                     /* or NULL */
};

struct pcapng_packet {
	uint32_t interface; /* as pcapng_interface numbered it */
	uint64_t time_us;   /* since 1970-01-01 UTC */
	enum packet_direction direction;
	const void *bytes;
	uint32_t captured; /* bytes written */
	uint32_t original; /* bytes on the wire, at least captured */
	const char *comment;
};

/* The section header block, once and first. */
void pcapng_begin(struct pcapng *pcapng, const struct pcapng_section *section);

/* An interface description block; its number. An empty name is left out. */
uint32_t pcapng_interface(struct pcapng *pcapng, struct str name, enum pcapng_link link, const char *comment);

/* An enhanced packet block. */
void pcapng_packet(struct pcapng *pcapng, const struct pcapng_packet *packet);

#endif
