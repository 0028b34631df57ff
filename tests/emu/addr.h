#ifndef EMU_ADDR_H
#define EMU_ADDR_H

#include <stdbool.h>

/* An IPv4 or IPv6 address. */
struct addr {
	int family; /* AF_INET, AF_INET6, or 0 for none */
	unsigned char bytes[16];
};

#define ADDR_TEXT 48

bool addr_parse(const char *text, struct addr *out);
bool addr_equal(const struct addr *a, const struct addr *b);
const char *addr_print(const struct addr *addr, char text[ADDR_TEXT]);

#endif
