#ifndef EMU_WIRE_H
#define EMU_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"

/* A packet as the bytes that a sniffer dumps. */

enum { WIRE_MAX = 2048 };

/* From the IP header on, or with the Ethernet header that "any" invents before
 * it; returns how many bytes. */
size_t wire_make(const struct packet *packet, int ethernet, uint8_t out[static WIRE_MAX]);

/* One row of the dump without its end; returns how many bytes it shows. */
size_t wire_row(const uint8_t *bytes, size_t n, size_t at, char *out, size_t size);

#endif
