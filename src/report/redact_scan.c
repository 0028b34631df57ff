#include <string.h>

#include "num.h"
#include "redact_parts.h"

/* Addresses as they stand in text: with ports, in ranges and networks, as names
 * of reverse DNS. */

enum { QUAD = 4, IP6_TEXT_MAX = 45, GROUPS = 8, PARTS_MAX = 64 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static char at_or_nul(struct str text, size_t at)
{
	return at < text.n ? text.p[at] : '\0';
}

static bool word_ends(struct str text, size_t at)
{
	return at >= text.n || !redact_is_word(text.p[at]);
}

/* ---- what an address becomes ---- */

static void add_address(struct redaction *redaction, const struct ip *ip, struct buf *out)
{
	char original[IP_TEXT_MAX], replacement[IP_TEXT_MAX];
	struct str text = str_of(ip_print(ip, original));
	const struct redact_pair *pair =
	        redaction->restoring ? redact_find_back(redaction, text) : redact_find(redaction, text);
	if (redaction->restoring) {
		buf_add_text(out, pair ? pair->original : text.p);
		return;
	}
	if (!pair) {
		struct ip other = redact_permute(redaction->key, ip);
		(void)ip_print(&other, replacement);
		if (!ip_equal(ip, &other))
			(void)redact_pair_add(redaction, REDACT_ADDRESS, text, str_of(replacement));
		buf_add_text(out, replacement);
		return;
	}
	buf_add_text(out, pair->replacement);
}

struct ip redact_ip(struct redaction *redaction, const struct ip *ip)
{
	struct buf out;
	struct ip other = *ip;
	if (!ip->family)
		return other;
	buf_init(&out, 256);
	add_address(redaction, ip, &out);
	(void)ip_parse(buf_str(&out), &other);
	buf_done(&out);
	return other;
}

/* The length behind a '/', when it makes this address one of a network: the
 * bits behind it are all zero. Its bytes with the slash, or 0. */
static size_t network_length(struct str text, size_t at, const struct ip *ip, unsigned *bits)
{
	unsigned most = ip->family == 4 ? 32 : 128;
	size_t n = 1;
	if (at_or_nul(text, at) != '/')
		return 0;
	while (n <= 3 && is_digit(at_or_nul(text, at + n)))
		n++;
	if (!word_ends(text, at + n) || !num_uint(str_cut(text, at + 1, n - 1), 1, most - 1, bits))
		return 0;
	for (unsigned i = *bits; i < most; i++) {
		if (ip->bytes[i / 8] >> (7 - i % 8) & 1)
			return 0;
	}
	return n;
}

/* "10.1.2.0/24" stays a network: its last bits stay zero. */
static bool add_network(struct redaction *redaction, const struct ip *ip, unsigned bits, struct buf *out)
{
	char address[IP_TEXT_MAX], whole[IP_TEXT_MAX + 8];
	struct str text = {whole, 0};
	struct buf line;
	buf_init(&line, sizeof whole);
	buf_printf(&line, "%s/%u", ip_print(ip, address), bits);
	memcpy(whole, line.p, line.n + 1);
	text.n = line.n;
	const struct redact_pair *pair =
	        redaction->restoring ? redact_find_back(redaction, text) : redact_find(redaction, text);
	if (!pair && !redaction->restoring) {
		struct ip other = redact_permute(redaction->key, ip);
		for (unsigned i = bits; i < (ip->family == 4 ? 32U : 128U); i++)
			other.bytes[i / 8] &= (uint8_t) ~(1U << (7 - i % 8));
		buf_clear(&line);
		buf_printf(&line, "%s/%u", ip_print(&other, address), bits);
		if (!ip_equal(ip, &other))
			pair = redact_pair_add(redaction, REDACT_ADDRESS, text, buf_str(&line));
		if (!pair)
			buf_add_str(out, buf_str(&line));
	}
	if (pair)
		buf_add_text(out, redaction->restoring ? pair->original : pair->replacement);
	buf_done(&line);
	return pair || !redaction->restoring;
}

/* An address, and the length of its network behind it; the bytes of that. */
static size_t add_place(struct redaction *redaction, const struct ip *ip, struct str text, size_t end, struct buf *out)
{
	unsigned bits;
	size_t n = network_length(text, end, ip, &bits);
	if (n && add_network(redaction, ip, bits, out))
		return n;
	add_address(redaction, ip, out);
	return 0;
}

/* ---- IPv4 ---- */

/* One number of a dotted text: digits with a value of at most 255, leading
 * zeros too. */
static bool quad_part(struct str part, uint8_t *out)
{
	unsigned value = 0;
	if (part.n == 0 || part.n > 3)
		return false;
	for (size_t i = 0; i < part.n; i++)
		value = value * 10 + (unsigned)(part.p[i] - '0');
	*out = (uint8_t)value;
	return value <= 255;
}

/* Up to max numbers between dots; where they end is told. */
static size_t dotted(struct str text, size_t at, struct str *parts, size_t max, size_t *end)
{
	size_t count = 0;
	*end = at;
	while (count < max) {
		size_t n = 0;
		while (is_digit(at_or_nul(text, at + n)))
			n++;
		if (n == 0)
			break;
		parts[count++] = str_cut(text, at, n);
		*end = at + n;
		if (at_or_nul(text, *end) != '.')
			break;
		at = *end + 1;
	}
	return count;
}

static bool quad_of(const struct str *parts, struct ip *out)
{
	struct ip ip = {.family = 4};
	for (size_t i = 0; i < QUAD; i++) {
		if (!quad_part(parts[i], &ip.bytes[i]))
			return false;
	}
	*out = ip;
	return true;
}

/* "4.3.2.1.in-addr.arpa", also of a network: "2.1.in-addr.arpa". */
static bool add_reverse(struct redaction *redaction, const struct str *parts, size_t count, struct buf *out)
{
	struct ip ip = {.family = 4};
	struct buf printed;
	for (size_t i = 0; i < count; i++) {
		if (!quad_part(parts[count - 1 - i], &ip.bytes[i]))
			return false;
	}
	buf_init(&printed, 64);
	if (count == QUAD || !add_network(redaction, &ip, (unsigned)count * 8, &printed))
		add_address(redaction, &ip, &printed);
	struct str words[QUAD];
	size_t end;
	(void)dotted(buf_str(&printed), 0, words, QUAD, &end);
	for (size_t i = count; i > 0; i--) {
		buf_add_str(out, words[i - 1]);
		buf_add_text(out, i > 1 ? "." : "");
	}
	buf_done(&printed);
	return true;
}

/* Numbers between dots from `first` on: each four that are an address become
 * another one; what is over stays (a port, say). */
static void add_dotted(struct redaction *redaction, struct str text, const struct str *parts, size_t count, size_t *end,
                       struct buf *out)
{
	struct ip ip;
	size_t read = 0;
	for (size_t i = 0; i < count;) {
		bool quad = count - i >= QUAD && quad_of(&parts[i], &ip);
		if (i)
			buf_add_char(out, '.');
		if (!quad) {
			buf_add_str(out, parts[i]);
			i++;
			continue;
		}
		i += QUAD;
		if (i == count)
			read = add_place(redaction, &ip, text, *end, out);
		else
			add_address(redaction, &ip, out);
	}
	*end += read;
}

size_t redact_take_ip4(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	static const char reverse[] = ".in-addr.arpa";
	struct str parts[PARTS_MAX];
	size_t end;
	size_t count = dotted(text, at, parts, PARTS_MAX, &end);
	struct str behind = str_cut(text, end, sizeof reverse - 1);
	if (count && count <= QUAD && str_is_nocase(behind, reverse) && add_reverse(redaction, parts, count, out))
		return end - at;
	if (count < QUAD)
		return 0;
	add_dotted(redaction, text, parts, count, &end, out);
	return end - at;
}

/* ---- IPv6 ---- */

struct ip6_reader {
	struct str text;
	size_t at;
	unsigned groups;
	bool gap;
};

/* The ends at which the text read so far is an address: the longest, and the
 * one before its last group, which may have been a port. */
struct ip6_ends {
	size_t longest, shorter;
};

static bool ends_here(const struct ip6_reader *reader)
{
	return (reader->gap ? reader->groups < GROUPS : reader->groups == GROUPS) &&
	       word_ends(reader->text, reader->at);
}

static bool ip6_group(struct ip6_reader *reader)
{
	size_t n = 0;
	while (n <= 4 && is_hex(at_or_nul(reader->text, reader->at + n)))
		n++;
	if (n == 0 || n > 4 || reader->groups == GROUPS)
		return false;
	reader->at += n;
	reader->groups++;
	return true;
}

/* An IPv4 address in place of the last two groups. */
static bool ip6_quad(struct ip6_reader *reader)
{
	struct str parts[QUAD];
	struct ip ip;
	size_t end;
	if (reader->groups > GROUPS - 2 || dotted(reader->text, reader->at, parts, QUAD, &end) != QUAD ||
	    !quad_of(parts, &ip))
		return false;
	reader->at = end;
	reader->groups += 2;
	return true;
}

static void note_end(const struct ip6_reader *reader, struct ip6_ends *ends)
{
	if (!ends_here(reader))
		return;
	ends->shorter = ends->longest;
	ends->longest = reader->at;
}

static struct ip6_ends ip6_ends(struct str text, size_t at)
{
	struct ip6_reader reader = {.text = text, .at = at};
	struct ip6_ends ends = {0};
	for (bool first = true;; first = false) {
		bool two = at_or_nul(text, reader.at) == ':' && at_or_nul(text, reader.at + 1) == ':';
		if (two && !reader.gap) {
			reader.gap = true;
			reader.at += 2;
			note_end(&reader, &ends);
		} else if (!first && at_or_nul(text, reader.at) == ':' && !two) {
			reader.at++;
		} else if (!first) {
			return ends;
		}
		if (ip6_quad(&reader)) {
			note_end(&reader, &ends);
			return ends;
		}
		if (!ip6_group(&reader))
			return ends;
		note_end(&reader, &ends);
	}
}

/* ip_parse wants no leading zeros in an IPv4 part, and no more than there is. */
static bool ip6_of(struct str text, size_t at, size_t end, struct ip *out)
{
	return end > at && end - at <= IP6_TEXT_MAX && ip_parse(str_cut(text, at, end - at), out) && out->family == 6;
}

static bool is_known(const struct redaction *redaction, const struct ip *ip)
{
	char text[IP_TEXT_MAX];
	struct str printed = str_of(ip_print(ip, text));
	return redaction->restoring ? redact_find_back(redaction, printed) : redact_find(redaction, printed);
}

/* 32 nibbles between dots and "ip6.arpa", the last one first; fewer of a network. */
static size_t take_ip6_arpa(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	static const char reverse[] = "ip6.arpa";
	struct ip ip = {.family = 6};
	size_t count = 0;
	while (count < 32 && is_hex(at_or_nul(text, at + 2 * count)) && at_or_nul(text, at + 2 * count + 1) == '.')
		count++;
	if (count == 0 || !str_is_nocase(str_cut(text, at + 2 * count, sizeof reverse - 1), reverse))
		return 0;
	for (size_t i = 0; i < count; i++) {
		const char *digit = strchr(digits, redact_lower(text.p[at + 2 * (count - 1 - i)]));
		ip.bytes[i / 2] |= (uint8_t)((size_t)(digit - digits) << (i % 2 ? 0 : 4));
	}
	struct buf printed;
	buf_init(&printed, 64);
	add_address(redaction, &ip, &printed);
	(void)ip_parse(buf_str(&printed), &ip);
	buf_done(&printed);
	for (size_t i = count; i > 0; i--) {
		unsigned byte = ip.bytes[(i - 1) / 2];
		buf_add_char(out, digits[(i - 1) % 2 ? byte & 15 : byte >> 4]);
		buf_add_char(out, '.');
	}
	return 2 * count;
}

size_t redact_take_ip6(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	struct ip longest, shorter;
	if (is_hex(at_or_nul(text, at)) && at_or_nul(text, at + 1) == '.')
		return take_ip6_arpa(redaction, text, at, out);
	struct ip6_ends ends = ip6_ends(text, at);
	if (!ip6_of(text, at, ends.longest, &longest))
		return 0;
	if (!is_known(redaction, &longest) && ip6_of(text, at, ends.shorter, &shorter) &&
	    is_known(redaction, &shorter)) {
		longest = shorter;
		ends.longest = ends.shorter;
	}
	return ends.longest - at + add_place(redaction, &longest, text, ends.longest, out);
}
