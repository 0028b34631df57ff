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

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* `588 <189>…`: the count that RFC 6587 puts before a message. */
static size_t skip_count(struct str line)
{
	size_t n = 0;
	while (n < line.n && n < 7 && is_digit(line.p[n]))
		n++;
	return n > 0 && str_starts(str_from(line, n), " <") && skip_pri(str_from(line, n + 1)) ? n + 1 : 0;
}

size_t syslog_head(struct str line)
{
	size_t at = str_starts(line, "\xef\xbb\xbf") ? 3 : 0;
	at += skip_count(str_from(line, at));
	at += skip_pri(str_from(line, at));
	at += skip_rfc3164(str_from(line, at));
	return at;
}

/* ---- RFC 5424 ---- */

/* Behind one SD-ELEMENT `[id name="value" …]`, in whose values \" \] and \\ are
 * escaped; 0 when there is none. */
static size_t skip_element(struct str text)
{
	bool quoted = false;
	if (!str_starts(text, "["))
		return 0;
	for (size_t i = 1; i < text.n; i++) {
		if (quoted && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (text.p[i] == ']' && !quoted)
			return i + 1;
	}
	return 0;
}

static bool holds_pair(struct str text)
{
	struct str word;
	while (str_next_word(&text, &word)) {
		if (kv_key_length(word))
			return true;
	}
	return false;
}

static bool is_timestamp(struct str word)
{
	unsigned year;
	return str_is(word, "-") || (word.n >= 20 && num_uint(str_cut(word, 0, 4), 1970, 9999, &year) &&
	                             word.p[4] == '-' && word.p[10] == 'T');
}

bool syslog_rfc5424(struct str line, struct str *body)
{
	enum { WORDS = 5 }; /* TIMESTAMP HOSTNAME APP-NAME PROCID MSGID */
	size_t at = str_starts(line, "\xef\xbb\xbf") ? 3 : 0;
	at += skip_count(str_from(line, at));
	size_t pri = skip_pri(str_from(line, at));
	struct str rest = str_from(line, at + pri), word;
	if (pri == 0 || !str_starts(rest, "1 "))
		return false;
	rest = str_from(rest, 2);
	for (unsigned i = 0; i < WORDS; i++) {
		if (!str_next_word(&rest, &word) || (i == 0 && !is_timestamp(word)))
			return false;
	}
	rest = str_trim(rest);
	struct str data = rest;
	size_t element;
	while ((element = skip_element(rest)) > 0)
		rest = str_from(rest, element);
	data.n -= rest.n;
	if (data.n == 0 && str_starts(rest, "-"))
		rest = str_from(rest, 1);
	*body = holds_pair(rest) || data.n == 0 ? rest : str_cut(data, 1, data.n - 2);
	return true;
}
