#include "ip.h"

#include <arpa/inet.h>
#include <string.h>

bool ip_parse(struct str text, struct ip *out)
{
	char copy[IP_TEXT_MAX];
	if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, '\0', text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	struct ip ip = {0};
	if (inet_pton(AF_INET, copy, ip.bytes) == 1)
		ip.family = 4;
	else if (inet_pton(AF_INET6, copy, ip.bytes) == 1)
		ip.family = 6;
	else
		return false;
	*out = ip;
	return true;
}

const char *ip_print(const struct ip *ip, char text[static IP_TEXT_MAX])
{
	text[0] = '\0';
	if (ip->family)
		(void)inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, text, IP_TEXT_MAX);
	return text;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static const char *v4_trouble(const uint8_t *b)
{
	if (b[0] == 0)
		return "unspecified";
	if (b[0] == 127)
		return "loopback";
	if (b[0] >= 224 && b[0] <= 239)
		return "multicast";
	if (b[0] >= 240)
		return b[1] == 255 && b[2] == 255 && b[3] == 255 && b[0] == 255 ? "broadcast" : "reserved";
	return NULL;
}

static const char *v6_trouble(const uint8_t *b)
{
	if (all_zero(b, 16))
		return "unspecified";
	if (all_zero(b, 15) && b[15] == 1)
		return "loopback";
	if (all_zero(b, 10) && b[10] == 0xff && b[11] == 0xff)
		return "IPv4-mapped";
	if (b[0] == 0xff)
		return "multicast";
	if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return "link-local";
	return NULL;
}

bool ip_is_host(const struct ip *ip, const char **why_not)
{
	const char *trouble = "missing";
	if (ip->family == 4)
		trouble = v4_trouble(ip->bytes);
	else if (ip->family == 6)
		trouble = v6_trouble(ip->bytes);
	if (trouble && why_not)
		*why_not = trouble;
	return !trouble;
}

bool ip_is_private(const struct ip *ip)
{
	const uint8_t *b = ip->bytes;
	if (ip->family == 6)
		return (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168);
}
