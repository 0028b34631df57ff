#ifndef FGDIAG_IP_H
#define FGDIAG_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* An IP address as a value; family is 4, 6, or 0 for none. */
struct ip {
	uint8_t family;
	uint8_t bytes[16]; /* network order; the first 4 for IPv4, rest zero */
};

/* Longest printed form with its NUL. */
#define IP_TEXT_MAX 46

/* Strict text form: dotted quad with no leading zeros, or RFC 4291 text with
 * no zone and no brackets. False leaves *out untouched. */
bool ip_parse(struct str text, struct ip *out);

/* Canonical text (RFC 5952 for IPv6); returns text. */
const char *ip_print(const struct ip *ip, char text[static IP_TEXT_MAX]);

bool ip_equal(const struct ip *a, const struct ip *b);

/* Can a diagnosis be aimed at it? False, with a word why, for unspecified,
 * loopback, multicast, broadcast and IPv4-mapped addresses and link-local v6. */
bool ip_is_host(const struct ip *ip, const char **why_not);

/* 32 or 64 bits, RFC 1918 and its v6 cousin ULA. */
bool ip_is_private(const struct ip *ip);

#endif
