#ifndef FGDIAG_FRAME_PARTS_H
#define FGDIAG_FRAME_PARTS_H

#include "frame.h"

/* What the files of the frame decoder share. */

/* Bytes of a frame between an offset and an end that lengths in outer headers
 * set; `captured` ends them earlier when the sniffer did. */
struct frame_span {
	const uint8_t *bytes;
	size_t at;
	size_t claimed;  /* end by the headers */
	size_t captured; /* end of what there is, at most claimed */
};

static inline uint16_t frame_16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t frame_32(const uint8_t *p)
{
	return (uint32_t)frame_16(p) << 16 | frame_16(p + 2);
}

/* n bytes at an offset from span->at, or NULL with *part saying why not. */
const uint8_t *frame_take(const struct frame_span *span, size_t offset, size_t n, struct frame_part *part,
                          const char *cut, const char *damaged);

/* An IP header with its extension headers; span->at moves behind it and its
 * ends to where the datagram ends. */
void frame_ip_decode(struct frame_span *span, struct frame_ip *ip, struct frame_part *part);

void frame_transport_decode(struct frame *frame, struct frame_span span);
void frame_dns_decode(struct frame *frame, struct frame_span span);

#endif
