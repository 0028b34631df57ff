#include "base64.h"

#include <stdint.h>

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool base64_decode(struct str text, unsigned char *out, size_t max, size_t *n)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t done = 0, letters = 0, end = text.n;
	while (end > 0 && (text.p[end - 1] == '=' || is_blank(text.p[end - 1])))
		end--;
	for (size_t i = 0; i < end && done < max; i++) {
		if (is_blank(text.p[i]))
			continue;
		int value = value_of(text.p[i]);
		if (value < 0)
			return false;
		letters++;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[done++] = (unsigned char)(bits >> have);
	}
	*n = done;
	return done == max || letters % 4 != 1;
}
