#include <string.h>

#include "frame_parts.h"

enum { IPV4_BYTES = 20, IPV6_BYTES = 40 };

static const char cut_words[] = "the bytes end inside the IP header";
static const char damaged_words[] = "the IP header is longer than its packet";

static void set_address(struct ip *ip, uint8_t family, const uint8_t *bytes)
{
	*ip = (struct ip){.family = family};
	memcpy(ip->bytes, bytes, family == 4 ? 4 : 16);
}

/* The datagram ends where its length says, and that cannot be past the bytes
 * of what carries it; a quoted one may well be cut. */
static void span_limit(struct frame_span *span, size_t length)
{
	span->claimed = span->at + length;
	if (span->captured > span->claimed)
		span->captured = span->claimed;
}

static void damaged(struct frame_part *part, const char *why)
{
	*part = (struct frame_part){FRAME_DAMAGED, why};
}

static void ipv4_decode(struct frame_span *span, struct frame_ip *ip, struct frame_part *part)
{
	const uint8_t *p = frame_take(span, 0, IPV4_BYTES, part, cut_words, damaged_words);
	if (!p)
		return;
	size_t header = (size_t)(p[0] & 0x0f) * 4;
	ip->length = frame_16(p + 2);
	if (header < IPV4_BYTES || ip->length < header) {
		damaged(part, "the IPv4 header's lengths contradict each other");
		return;
	}
	uint16_t fragment = frame_16(p + 6);
	ip->id = frame_16(p + 4);
	ip->dont_fragment = fragment & 0x4000;
	ip->more_fragments = fragment & 0x2000;
	ip->fragment_offset = (uint32_t)(fragment & 0x1fff) * 8;
	ip->ttl = p[8];
	ip->protocol = p[9];
	set_address(&ip->source, 4, p + 12);
	set_address(&ip->destination, 4, p + 16);
	span_limit(span, ip->length);
	if (frame_take(span, 0, header, part, "the bytes end inside the IPv4 options", damaged_words)) {
		ip->header_length = (uint32_t)header;
		span->at += header;
	}
}

/* Length of an extension header by its first eight bytes; 0 for what is none. */
static size_t extension_length(uint8_t protocol, const uint8_t *p)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DESTINATION:
		return ((size_t)p[1] + 1) * 8;
	case PROTOCOL_AH:
		return ((size_t)p[1] + 2) * 4;
	case PROTOCOL_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

static bool is_extension(uint8_t protocol)
{
	static const uint8_t bytes[8];
	return extension_length(protocol, bytes) > 0;
}

static void extensions_decode(struct frame_span *span, struct frame_ip *ip, struct frame_part *part)
{
	static const char cut[] = "the bytes end inside an IPv6 extension header";
	static const char too_long[] = "an IPv6 extension header is longer than its packet";
	for (unsigned i = 0; is_extension(ip->protocol) && ip->fragment_offset == 0; i++) {
		const uint8_t *p = frame_take(span, 0, 8, part, cut, too_long);
		if (i == FRAME_MAX_EXTENSIONS)
			damaged(part, "more than sixteen IPv6 extension headers");
		if (!p || i == FRAME_MAX_EXTENSIONS)
			return;
		size_t length = extension_length(ip->protocol, p);
		if (!frame_take(span, 0, length, part, cut, too_long))
			return;
		if (ip->protocol == PROTOCOL_FRAGMENT) {
			ip->fragment_offset = frame_16(p + 2) & 0xfff8U;
			ip->more_fragments = p[3] & 1;
			ip->id = frame_32(p + 4);
		}
		ip->protocol = p[0];
		ip->header_length += (uint32_t)length;
		span->at += length;
	}
}

static void ipv6_decode(struct frame_span *span, struct frame_ip *ip, struct frame_part *part)
{
	const uint8_t *p = frame_take(span, 0, IPV6_BYTES, part, cut_words, damaged_words);
	if (!p)
		return;
	uint16_t payload = frame_16(p + 4);
	ip->length = payload ? IPV6_BYTES + (uint32_t)payload : 0; /* 0: a jumbogram, whose option is not read */
	ip->protocol = p[6];
	ip->ttl = p[7];
	set_address(&ip->source, 6, p + 8);
	set_address(&ip->destination, 6, p + 24);
	if (ip->length)
		span_limit(span, ip->length);
	ip->header_length = IPV6_BYTES;
	span->at += IPV6_BYTES;
	extensions_decode(span, ip, part);
}

/* IPv4 carries AH as a protocol; its next header counts as in IPv6. */
static void ipv4_ah_decode(struct frame_span *span, struct frame_ip *ip, struct frame_part *part)
{
	if (part->state == FRAME_PRESENT && ip->protocol == PROTOCOL_AH && ip->fragment_offset == 0)
		extensions_decode(span, ip, part);
}

void frame_ip_decode(struct frame_span *span, struct frame_ip *ip, struct frame_part *part)
{
	const uint8_t *p = frame_take(span, 0, 1, part, cut_words, damaged_words);
	*ip = (struct frame_ip){0};
	if (!p)
		return;
	switch (p[0] >> 4) {
	case 4:
		ipv4_decode(span, ip, part);
		ipv4_ah_decode(span, ip, part);
		break;
	case 6:
		ipv6_decode(span, ip, part);
		break;
	default:
		damaged(part, "neither IPv4 nor IPv6");
	}
}
