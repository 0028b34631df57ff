#include "session_filter.h"

#include <string.h>

#include "ip.h"
#include "lines.h"
#include "num.h"

/* "A" or "A-A" gives A; anything else is not one value. */
static bool one_value(struct str text, struct str *out)
{
	*out = text;
	if (text.n % 2 == 0 || text.n < 3 || text.p[text.n / 2] != '-')
		return text.n > 0;
	struct str first = str_cut(text, 0, text.n / 2), second = str_from(text, text.n / 2 + 1);
	if (first.n != second.n || memcmp(first.p, second.p, first.n) != 0)
		return false;
	*out = first;
	return true;
}

static bool shows_ip(struct str text, const struct ip *wanted)
{
	struct str value;
	struct ip ip;
	return one_value(text, &value) && ip_parse(value, &ip) && ip_equal(&ip, wanted);
}

static bool shows_number(struct str text, unsigned wanted)
{
	struct str value;
	unsigned number;
	return one_value(text, &value) && num_uint(value, 0, 65535, &number) && number == wanted;
}

bool session_filter_is(struct str clean, const struct target *target)
{
	bool source = false, dest = false, proto = false, port = target->server_port == 0;
	struct lines lines;
	lines_init(&lines, clean);
	while (lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		ptrdiff_t colon = str_find(text, ": ");
		if (colon < 0)
			continue;
		struct str name = str_cut(text, 0, (size_t)colon), value = str_trim(str_from(text, (size_t)colon + 1));
		source = source || (str_is(name, "source ip") && shows_ip(value, &target->client));
		dest = dest || (str_is(name, "dest ip") && shows_ip(value, &target->server));
		proto = proto || (str_is(name, "proto") && shows_number(value, target->proto));
		port = port || (str_is(name, "dest port") && shows_number(value, target->server_port));
	}
	return source && dest && proto && port;
}
