#include <string.h>

#include "redact_parts.h"

/* Addresses, bit by bit: each is turned or not, as the key and the bits before
 * it say, so that common prefixes stay common. The ranges below keep to
 * themselves: on the way to them no bit is turned. */

struct range {
	uint8_t family, bits;
	uint8_t bytes[12];
	bool fixed; /* nothing in it is changed */
};

static const struct range ranges[] = {
        {4, 8, {0}, true},
        {4, 8, {10}, false},
        {4, 10, {100, 64}, false},
        {4, 8, {127}, true},
        {4, 16, {169, 254}, false},
        {4, 12, {172, 16}, false},
        {4, 16, {192, 168}, false},
        {4, 3, {0xe0}, true}, /* multicast, netmasks, broadcast */
        {6, 80, {0}, true},   /* ::, ::1; IPv4 in IPv6 is seen to before */
        {6, 3, {0x20}, false},
        {6, 8, {0xfc}, false},
        {6, 8, {0xfd}, false},
        {6, 96, {0, 0x64, 0xff, 0x9b}, true}, /* likewise */
        {6, 10, {0xfe, 0x80}, false},
        {6, 64, {0xfe, 0x80}, false},
        {6, 8, {0xff}, true},
};
enum { RANGES = sizeof ranges / sizeof ranges[0] };

static unsigned bit(const uint8_t *bytes, unsigned i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

static unsigned common(const uint8_t *a, const uint8_t *b, unsigned max)
{
	unsigned n = 0;
	while (n < max && bit(a, n) == bit(b, n))
		n++;
	return n;
}

/* Bits at the start that stay: up to where the last range parts ways. */
static unsigned kept_bits(const struct ip *ip, bool *fixed)
{
	unsigned kept = 0;
	*fixed = false;
	for (size_t i = 0; i < RANGES; i++) {
		const struct range *range = &ranges[i];
		if (range->family != ip->family)
			continue;
		unsigned same = common(range->bytes, ip->bytes, range->bits);
		*fixed = *fixed || (same == range->bits && range->fixed);
		/* The bit that differs stays too: turned, it would lead into the range. */
		unsigned keep = same == range->bits ? same : same + 1;
		kept = keep > kept ? keep : kept;
	}
	return kept;
}

/* Masks that are no end of the ranges above. */
static bool is_mask(const struct ip *ip)
{
	static const uint8_t masks[][4] = {{128, 0, 0, 0}, {192, 0, 0, 0}};
	return ip->family == 4 && (memcmp(ip->bytes, masks[0], 4) == 0 || memcmp(ip->bytes, masks[1], 4) == 0);
}

static unsigned turned(const uint8_t key[static REDACT_KEY_BYTES], const struct ip *ip, unsigned at)
{
	uint8_t prefix[18] = {ip->family, (uint8_t)at};
	for (unsigned i = 0; i < at; i++)
		prefix[2 + i / 8] |= (uint8_t)(bit(ip->bytes, i) << (7 - i % 8));
	return (unsigned)(siphash(key, prefix, 2 + (at + 7) / 8) & 1);
}

/* The first bit is always turned, so that no address stays what it was. */
static void permute_from(const uint8_t key[static REDACT_KEY_BYTES], const struct ip *ip, unsigned from, struct ip *out)
{
	unsigned bits = ip->family == 4 ? 32 : 128;
	*out = *ip;
	for (unsigned i = from; i < bits; i++) {
		if (i == from || turned(key, ip, i))
			out->bytes[i / 8] ^= (uint8_t)(1U << (7 - i % 8));
	}
}

/* ::1.2.3.4, ::ffff:1.2.3.4 and 64:ff9b::1.2.3.4 hold an IPv4 address. */
static bool holds_ip4(const struct ip *ip)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	static const uint8_t compatible[12] = {0};
	return ip->family == 6 && (memcmp(ip->bytes, mapped, 12) == 0 || memcmp(ip->bytes, nat64, 12) == 0 ||
	                           memcmp(ip->bytes, compatible, 12) == 0);
}

/* Solicited-node multicast ends with the last bytes of an address. */
static bool is_solicited_node(const struct ip *ip)
{
	static const uint8_t prefix[13] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
	return ip->family == 6 && memcmp(ip->bytes, prefix, 13) == 0;
}

struct ip redact_permute(const uint8_t key[static REDACT_KEY_BYTES], const struct ip *ip)
{
	struct ip out = *ip;
	bool fixed;
	if (holds_ip4(ip)) {
		struct ip inner = {.family = 4};
		memcpy(inner.bytes, ip->bytes + 12, 4);
		inner = redact_permute(key, &inner);
		memcpy(out.bytes + 12, inner.bytes, 4);
		return out;
	}
	if (!ip->family || is_mask(ip))
		return out;
	unsigned kept = kept_bits(ip, &fixed);
	if (is_solicited_node(ip))
		permute_from(key, ip, 104, &out);
	else if (!fixed)
		permute_from(key, ip, kept, &out);
	return out;
}
