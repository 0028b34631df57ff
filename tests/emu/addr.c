#include "addr.h"

#include <arpa/inet.h>
#include <string.h>

bool addr_parse(const char *text, struct addr *out)
{
	struct addr addr = {0};
	addr.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(addr.family, text, addr.bytes) != 1)
		return false;
	*out = addr;
	return true;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

const char *addr_print(const struct addr *addr, char text[ADDR_TEXT])
{
	if (!addr->family || !inet_ntop(addr->family, addr->bytes, text, ADDR_TEXT))
		strcpy(text, "?");
	return text;
}
