#include "slot.h"

#include "ip.h"
#include "num.h"

bool slot_range(struct str slot, struct str word)
{
	unsigned low, high, value;
	ptrdiff_t dash = str_find_char(slot, '-');
	return dash > 0 && num_uint(str_cut(slot, 0, (size_t)dash), 0, 1000000, &low) &&
	       num_uint(str_from(slot, (size_t)dash + 1), 0, 1000000, &high) && word.p[0] != '0' &&
	       num_uint(word, low, high, &value);
}

bool slot_address(unsigned family, struct str word)
{
	struct ip ip;
	char text[IP_TEXT_MAX];
	return ip_parse(word, &ip) && (!family || ip.family == family) && ip_is_host(&ip, NULL) &&
	       str_is(word, ip_print(&ip, text));
}
