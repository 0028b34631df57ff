#include "text.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"

struct str str_of(const char *text)
{
	return text ? (struct str){text, strlen(text)} : (struct str){"", 0};
}

const char *text_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Of the many names that a field is compared with most differ at once. */
bool str_is(struct str text, const char *other)
{
	if (text.n == 0 || text.p[0] != other[0])
		return text.n == 0 && other[0] == '\0';
	return strlen(other) == text.n && memcmp(text.p, other, text.n) == 0;
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_is_nocase(struct str text, const char *other)
{
	/* Not strncasecmp: its idea of a letter's case is the locale's. */
	size_t n = strlen(other);
	if (text.n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (ascii_lower(text.p[i]) != ascii_lower(other[i]))
			return false;
	}
	return true;
}

bool str_starts(struct str text, const char *prefix)
{
	if (text.n == 0 || text.p[0] != prefix[0])
		return prefix[0] == '\0';
	size_t n = strlen(prefix);
	return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

bool str_ends(struct str text, const char *suffix)
{
	size_t n = strlen(suffix);
	return text.n >= n && (n == 0 || memcmp(text.p + text.n - n, suffix, n) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str text)
{
	while (text.n && is_space(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n && is_space(text.p[text.n - 1]))
		text.n--;
	return text;
}

struct str str_from(struct str text, size_t start)
{
	if (start >= text.n)
		return (struct str){"", 0};
	return (struct str){text.p + start, text.n - start};
}

struct str str_cut(struct str text, size_t start, size_t n)
{
	struct str rest = str_from(text, start);
	if (rest.n > n)
		rest.n = n;
	return rest;
}

ptrdiff_t str_find(struct str text, const char *needle)
{
	size_t n = strlen(needle);
	if (n == 0)
		return 0;
	if (text.n < n)
		return -1;
	const char *at = memmem(text.p, text.n, needle, n);
	return at ? at - text.p : -1;
}

ptrdiff_t str_find_char(struct str text, char c)
{
	const char *at = text.n ? memchr(text.p, c, text.n) : NULL;
	return at ? at - text.p : -1;
}

bool str_next_line(struct str *rest, struct str *line)
{
	if (rest->n == 0)
		return false;
	ptrdiff_t end = str_find_char(*rest, '\n');
	size_t n = end < 0 ? rest->n : (size_t)end;
	*line = (struct str){rest->p, n};
	if (end >= 0 && line->n && line->p[line->n - 1] == '\r')
		line->n--;
	size_t used = end < 0 ? n : n + 1;
	rest->p += used;
	rest->n -= used;
	return true;
}

bool str_next_word(struct str *rest, struct str *word)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
		rest->p++;
		rest->n--;
	}
	if (rest->n == 0)
		return false;
	word->p = rest->p;
	while (rest->n && rest->p[0] != ' ' && rest->p[0] != '\t') {
		rest->p++;
		rest->n--;
	}
	word->n = (size_t)(rest->p - word->p);
	return true;
}

size_t utf8_length(const char *text, size_t n, uint32_t *code)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t lowest;
	} forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	if (n == 0)
		return 0;
	unsigned char lead = (unsigned char)text[0];
	for (size_t i = 0; i < 4; i++) {
		if ((lead & forms[i].mask) != forms[i].lead)
			continue;
		if (i + 1 > n)
			return 0;
		uint32_t value = lead & (unsigned char)~forms[i].mask;
		for (size_t k = 1; k <= i; k++) {
			unsigned char c = (unsigned char)text[k];
			if ((c & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (c & 0x3f);
		}
		if (value < forms[i].lowest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
			return 0;
		if (code)
			*code = value;
		return i + 1;
	}
	return 0;
}

bool utf8_valid(struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = utf8_length(text.p + i, text.n - i, NULL);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool text_code_is_safe(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} unsafe[] = {
	        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c}, {0x200e, 0x200f}, {0x2028, 0x202e},
	        {0x2066, 0x2069}, {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};
	for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++) {
		if (code >= unsafe[i].first && code <= unsafe[i].last)
			return false;
	}
	return (code & 0xfffe) != 0xfffe;
}

/* Would this backslash run together with what is printed behind it? */
static bool looks_like_escape(struct str rest)
{
	uint32_t code;
	if (rest.n < 2)
		return false;
	if (rest.p[1] == 'x' || rest.p[1] == 'u' || rest.p[1] == '\\')
		return true;
	return utf8_length(rest.p + 1, rest.n - 1, &code) == 0 || !text_code_is_safe(code);
}

void text_add_safe(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t code;
		size_t n = utf8_length(text.p + i, text.n - i, &code);
		if (n == 0) {
			buf_printf(out, "\\x%02x", (unsigned char)text.p[i]);
			i++;
			continue;
		}
		if (code == '\\' && looks_like_escape(str_from(text, i)))
			buf_add_text(out, "\\\\");
		else if (text_code_is_safe(code))
			buf_add(out, text.p + i, n);
		else if (code < 0x80)
			buf_printf(out, "\\x%02x", (unsigned)code);
		else
			buf_printf(out, "\\u{%x}", (unsigned)code);
		i += n;
	}
}
