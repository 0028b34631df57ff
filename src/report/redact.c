#include "redact.h"

#include <string.h>

#include "redact_parts.h"

/* Text, from word to word: what is known or has a form is replaced. */

struct redaction *redaction_new(struct arena *arena, const uint8_t key[static REDACT_KEY_BYTES])
{
	struct redaction *redaction = ARENA_NEW(arena, struct redaction);
	redaction->arena = arena;
	memcpy(redaction->key, key, REDACT_KEY_BYTES);
	return redaction;
}

const uint8_t *redaction_key(const struct redaction *redaction)
{
	return redaction->key;
}

const struct redact_pair *redaction_pairs(const struct redaction *redaction, size_t *count)
{
	*count = redaction->pair_count;
	return redaction->pairs;
}

bool redaction_ambiguous(const struct redaction *redaction)
{
	for (size_t i = 0; i < redaction->pair_count; i++) {
		struct str replacement = str_of(redaction->pairs[i].replacement);
		ptrdiff_t slash = str_find_char(replacement, '/');
		if (redaction->pairs[i].kind == REDACT_ADDRESS &&
		    redact_find(redaction, str_cut(replacement, 0, slash < 0 ? replacement.n : (size_t)slash)))
			return true;
	}
	return false;
}

/* ---- words ---- */

/* "ESC [ … letter" colours or moves; the letter is no start of a word. */
static size_t escape_length(struct str text, size_t at)
{
	size_t n = 2;
	if (text.p[at] != '\x1b' || at + 1 >= text.n || text.p[at + 1] != '[')
		return 0;
	while (at + n < text.n && n < 32 && text.p[at + n] >= 0x20 && text.p[at + n] <= 0x3f)
		n++;
	return at + n < text.n && n < 32 && text.p[at + n] >= 0x40 && text.p[at + n] <= 0x7e ? n + 1 : 0;
}

static size_t word_length(struct str text, size_t at)
{
	size_t n = 0;
	while (at + n < text.n && redact_is_word(text.p[at + n]))
		n++;
	return n;
}

static size_t take_name(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	const struct redact_pair *pair;
	size_t n = redact_match_name(redaction, text, at, &pair);
	if (n)
		buf_add_text(out, redaction->restoring ? pair->original : pair->replacement);
	return n;
}

static size_t take_any(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	static size_t (*const takers[])(struct redaction *, struct str, size_t, struct buf *) = {
	        take_name, redact_take_mac, redact_take_ip6, redact_take_ip4, redact_take_serial};
	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
		size_t n = takers[i](redaction, text, at, out);
		if (n)
			return n;
	}
	return 0;
}

/* Numbers that follow with a dot each. */
static unsigned dotted_numbers(struct str text, size_t at)
{
	unsigned count = 0;
	while (count < 5 && at + 1 < text.n && text.p[at] == '.' && text.p[at + 1] >= '0' && text.p[at + 1] <= '9') {
		count++;
		for (at++; at < text.n && text.p[at] >= '0' && text.p[at] <= '9'; at++) {
		}
	}
	return count;
}

/* A word that is nothing by itself. An address may stand at its end, as in
 * "x10.1.2.3", unless that is a version: "v7.4.8.1". */
static size_t take_word(struct redaction *redaction, struct str text, size_t at, struct buf *out)
{
	size_t n = word_length(text, at), digits = 0;
	if (n == 0) {
		buf_add_char(out, text.p[at]);
		return 1;
	}
	while (digits < n && text.p[at + n - 1 - digits] >= '0' && text.p[at + n - 1 - digits] <= '9')
		digits++;
	size_t head = n - digits;
	buf_add(out, text.p + at, head);
	bool dots = at + n < text.n && text.p[at + n] == '.' && digits;
	if (dots && head == 1 && redact_lower(text.p[at]) == 'v') {
		while (at + n < text.n && (text.p[at + n] == '.' || (text.p[at + n] >= '0' && text.p[at + n] <= '9')))
			n++;
	} else if (dots && head && dotted_numbers(text, at + n) == 3) {
		size_t taken = redact_take_ip4(redaction, text, at + head, out);
		if (taken)
			return head + taken;
	}
	buf_add(out, text.p + at + head, n - head);
	return n;
}

void redact_text(struct redaction *redaction, struct str text, struct buf *out)
{
	for (size_t at = 0; at < text.n;) {
		size_t n = escape_length(text, at);
		if (n) {
			buf_add(out, text.p + at, n);
			at += n;
			continue;
		}
		n = take_any(redaction, text, at, out);
		at += n ? n : take_word(redaction, text, at, out);
	}
}

void redact_restore(struct redaction *redaction, struct str text, struct buf *out)
{
	redaction->restoring = true;
	redact_text(redaction, text, out);
	redaction->restoring = false;
}

/* ---- output of devices ---- */

/* "0x0010 …", cut or damaged too; a pager may have written before it. */
static bool is_hex_row(struct str line)
{
	const char *back = line.n ? memrchr(line.p, '\r', line.n) : NULL;
	if (back)
		line = str_from(line, (size_t)(back - line.p) + 1);
	line = str_trim(line);
	return str_starts(line, "0x");
}

void redact_rows(struct redaction *redaction, struct str text, bool *inside, struct buf *out)
{
	while (text.n) {
		ptrdiff_t end = str_find_char(text, '\n');
		size_t n = end < 0 ? text.n : (size_t)end + 1;
		struct str line = str_cut(text, 0, n);
		bool row = is_hex_row(str_trim(line));
		if (row && !*inside)
			buf_add_text(out, "(rows of hex left out)");
		if (row)
			buf_add_text(out, str_ends(line, "\r\n") ? "\r\n" : str_ends(line, "\n") ? "\n" : "");
		else
			redact_text(redaction, line, out);
		*inside = row;
		text = str_from(text, n);
	}
}

void redact_output(struct redaction *redaction, struct str text, struct buf *out)
{
	bool inside = false;
	redact_rows(redaction, text, &inside, out);
}

/* ---- copies ---- */

struct str redact_str(struct arena *arena, struct redaction *redaction, struct str text)
{
	struct buf out;
	if (!text.n)
		return text;
	buf_init(&out, 64 * text.n + 4096);
	redact_text(redaction, text, &out);
	struct str copy = arena_str(arena, buf_str(&out));
	buf_done(&out);
	return copy;
}

const char *redact_words(struct arena *arena, struct redaction *redaction, const char *text)
{
	if (!text || !text[0])
		return text;
	return redact_str(arena, redaction, str_of(text)).p;
}

const char *redact_name(struct arena *arena, struct redaction *redaction, const char *name)
{
	const struct redact_pair *pair = name ? redact_find(redaction, str_of(name)) : NULL;
	if (pair && pair->kind != REDACT_ADDRESS)
		return arena_strdup(arena, pair->replacement);
	return redact_words(arena, redaction, name);
}
