#include "hexdump.h"

enum { GROUPS = 8, FULL_DIGITS = 39, BAD = 0x80 };

/* The value of a digit, BAD for any other byte: one load each, and one look at
 * the bits of all of them at the end. */
static const uint8_t digit[256] = {
#define B4  BAD, BAD, BAD, BAD
#define B16 B4, B4, B4, B4
        B16, B16, B16, 0,  1,  2,  3,  4,   5,  6,  7,   8,   9,   BAD, BAD, B4,  /* 0-9 */
        BAD, 10,  11,  12, 13, 14, 15, BAD, B4, B4, B16,                          /* A-F */
        BAD, 10,  11,  12, 13, 14, 15, BAD, B4, B4, B16, B16, B16, B16, B16, B16, /* a-f */
        B16, B16, B16,
#undef B16
#undef B4
};

static unsigned full_row(const unsigned char *p, uint8_t *bytes)
{
	unsigned bad = 0;
	for (unsigned group = 0; group < GROUPS; group++, p += 5) {
		unsigned a = digit[p[0]], b = digit[p[1]], c = digit[p[2]], d = digit[p[3]];
		bad |= a | b | c | d;
		bytes[2 * group] = (uint8_t)(a << 4 | b);
		bytes[2 * group + 1] = (uint8_t)(c << 4 | d);
		if (group + 1 < GROUPS && p[4] != ' ')
			return 0;
	}
	return bad & BAD ? 0 : 16;
}

static bool is_end(struct str text, size_t at)
{
	return at >= text.n || text.p[at] == '\t' || (text.p[at] == ' ' && (at + 1 >= text.n || text.p[at + 1] == ' '));
}

/* Between a short row and its ASCII column stands nothing: else digits are
 * missing. */
static bool is_padded(struct str text, size_t at)
{
	if (at < text.n && text.p[at] == '\t')
		return true;
	for (; at < text.n && at < FULL_DIGITS; at++) {
		if (text.p[at] != ' ')
			return false;
	}
	return true;
}

static bool byte_at(struct str text, size_t at, uint8_t *out)
{
	if (at + 2 > text.n)
		return false;
	unsigned high = digit[(unsigned char)text.p[at]], low = digit[(unsigned char)text.p[at + 1]];
	*out = (uint8_t)(high << 4 | low);
	return ((high | low) & BAD) == 0;
}

static unsigned short_row(struct str text, uint8_t *bytes)
{
	unsigned n = 0;
	size_t at = 0;
	while (n < 16 && byte_at(text, at, &bytes[n])) {
		n++;
		at += 2;
		if (is_end(text, at))
			return is_padded(text, at) ? n : 0;
		if (n % 2 == 0 && text.p[at++] != ' ')
			return 0;
	}
	return 0;
}

unsigned hexdump_row(struct str text, uint8_t bytes[static 16])
{
	if (text.n >= FULL_DIGITS && is_end(text, FULL_DIGITS)) {
		unsigned n = full_row((const unsigned char *)text.p, bytes);
		if (n)
			return n;
	}
	return short_row(text, bytes);
}

bool hexdump_offset(struct str text, unsigned *out)
{
	const unsigned char *p = (const unsigned char *)text.p;
	if (text.n < 8 || p[0] != '0' || p[1] != 'x' || (p[6] != ' ' && p[6] != '\t'))
		return false;
	unsigned a = digit[p[2]], b = digit[p[3]], c = digit[p[4]], d = digit[p[5]];
	*out = a << 12 | b << 8 | c << 4 | d;
	return ((a | b | c | d) & BAD) == 0;
}
