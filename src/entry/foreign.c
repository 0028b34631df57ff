#include "kv.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(struct str text, size_t at)
{
	size_t n = 0;
	while (at + n < text.n && is_digit(text.p[at + n]))
		n++;
	return n;
}

/* `LEN <PRI>…`, RFC 6587. */
static bool is_octet_counted(struct str line)
{
	size_t n = count_digits(line, 0);
	return n > 0 && str_starts(str_from(line, n), " <") && count_digits(line, n + 2) > 0;
}

/* `<PRI>1 2022-12-11T…` */
static bool is_rfc5424(struct str line)
{
	size_t n = line.n && line.p[0] == '<' ? count_digits(line, 1) : 0;
	struct str rest = str_from(line, n + 2);
	return n > 0 && str_starts(str_from(line, n + 1), ">1 ") && count_digits(rest, 2) == 4 &&
	       str_starts(str_from(rest, 6), "-");
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
}

/* Does a comma and then another key follow the first value: `date=…,time=…`? */
static bool is_csv(struct str word)
{
	ptrdiff_t comma = str_find_char(word, ',');
	ptrdiff_t equals = str_find_char(word, '=');
	if (equals <= 0 || comma < equals || word.p[equals + 1] == '"')
		return false;
	size_t at = (size_t)comma + 1;
	size_t n = 0;
	while (at + n < word.n && is_key_char(word.p[at + n]))
		n++;
	return n > 0 && at + n < word.n && word.p[at + n] == '=';
}

static const char *format_of_word(struct str word)
{
	static const struct {
		const char *start, *name;
	} rows[] = {{"CEF:", "CEF"}, {"0|Fortinet|", "CEF"}, {"LEEF:", "LEEF"}, {"{", "JSON"}, {"[", "JSON"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (str_starts(word, rows[i].start))
			return rows[i].name;
	}
	return is_csv(word) ? "CSV" : NULL;
}

const char *foreign_format(struct str line)
{
	if (str_starts(line, "\xef\xbb\xbf"))
		line = str_from(line, 3);
	if (is_octet_counted(line))
		return "octet-counted syslog";
	if (is_rfc5424(line))
		return "RFC 5424 syslog";
	/* Up to the first pair: a value may say CEF: as well. */
	struct str rest = str_from(line, syslog_head(line)), word;
	while (str_next_word(&rest, &word)) {
		const char *name = format_of_word(word);
		if (name || str_find_char(word, '=') >= 0)
			return name;
	}
	return NULL;
}

const char *foreign_keys(const struct entry *entry)
{
	/* FortiAnalyzer's raw view leaves the quotes out, so that a name with a
	 * blank in it would be read as its first word. What FortiAnalyzer forwards
	 * as syslog is quoted as the firewall does it, and lacks these keys. */
	static const char *const keys[] = {"itime_t", "dtime", "offset_idx"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (entry_field(entry, keys[i]))
			return "FortiAnalyzer's raw view";
	}
	return NULL;
}
