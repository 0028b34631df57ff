#include "kv.h"

#include "num.h"

static size_t skip_spaces(struct str line, size_t at)
{
	while (at < line.n && line.p[at] == ' ')
		at++;
	return at;
}

/* `<PRI>`, and a blank that some relays put behind it. */
static size_t skip_pri(struct str line)
{
	unsigned pri;
	ptrdiff_t close = str_starts(line, "<") ? str_find_char(str_cut(line, 0, 5), '>') : -1;
	if (close < 2 || !num_uint(str_cut(line, 1, (size_t)close - 1), 0, 191, &pri))
		return 0;
	return skip_spaces(line, (size_t)close + 1);
}

static bool is_month(struct str word)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
		if (str_is(word, months[i]))
			return true;
	}
	return false;
}

static bool is_clock(struct str word)
{
	unsigned hour, minute, second;
	return word.n == 8 && word.p[2] == ':' && word.p[5] == ':' && num_uint(str_cut(word, 0, 2), 0, 23, &hour) &&
	       num_uint(str_cut(word, 3, 2), 0, 59, &minute) && num_uint(str_cut(word, 6, 2), 0, 60, &second);
}

/* `Mmm dd hh:mm:ss host `; the host is any word without '='. */
static size_t skip_rfc3164(struct str line)
{
	struct str rest = line, month, day, clock, host;
	unsigned number;
	if (!str_next_word(&rest, &month) || !is_month(month) || !str_next_word(&rest, &day) ||
	    !num_uint(day, 1, 31, &number) || !str_next_word(&rest, &clock) || !is_clock(clock))
		return 0;
	struct str before_host = rest;
	if (!str_next_word(&rest, &host) || str_find_char(host, '=') >= 0)
		rest = before_host;
	return skip_spaces(line, line.n - rest.n);
}

size_t syslog_head(struct str line)
{
	size_t at = str_starts(line, "\xef\xbb\xbf") ? 3 : 0;
	at += skip_pri(str_from(line, at));
	at += skip_rfc3164(str_from(line, at));
	return at;
}
