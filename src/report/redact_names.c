#include <string.h>

#include "mem.h"
#include "redact_parts.h"

/* The dictionary: pairs of original and replacement, found by either. */

static const char *const kind_words[REDACT_KINDS] = {
        [REDACT_HOST] = "host", [REDACT_SERIAL] = "serial", [REDACT_USER] = "user",
        [REDACT_VDOM] = "vdom", [REDACT_MAC] = "mac",       [REDACT_ADDRESS] = "address",
};

const char *redact_kind_word(enum redact_kind kind)
{
	return kind_words[kind];
}

bool redact_kind_parse(const char *word, enum redact_kind *out)
{
	for (size_t i = 0; word && i < REDACT_KINDS; i++) {
		if (strcmp(word, kind_words[i]) == 0) {
			*out = (enum redact_kind)i;
			return true;
		}
	}
	return false;
}

bool redact_is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

char redact_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- hash tables ---- */

enum { FIRST_SLOTS = 256 };

/* Over lower case letters, a byte at a time (FNV-1a), begun with the run's key:
 * nobody can choose names that meet. */
static uint64_t hash_begin(const struct redaction *redaction)
{
	uint64_t hash;
	memcpy(&hash, redaction->key, sizeof hash);
	return hash;
}

static uint64_t hash_add(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)redact_lower(c)) * UINT64_C(0x100000001b3);
}

static size_t slot_of(const struct redact_table *table, uint64_t hash)
{
	hash ^= hash >> 32;
	return (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (table->slot_count - 1);
}

static bool same_nocase(struct str a, const char *b)
{
	for (size_t i = 0; i < a.n; i++) {
		if (!b[i] || redact_lower(a.p[i]) != redact_lower(b[i]))
			return false;
	}
	return b[a.n] == '\0';
}

static const char *side(const struct redaction *redaction, const struct redact_table *table, size_t pair)
{
	return table == &redaction->forward ? redaction->pairs[pair].original : redaction->pairs[pair].replacement;
}

static const struct redact_pair *find_hashed(const struct redaction *redaction, const struct redact_table *table,
                                             struct str text, uint64_t hash)
{
	if (!table->slot_count)
		return NULL;
	size_t at = slot_of(table, hash);
	for (; table->slots[at]; at = (at + 1) & (table->slot_count - 1)) {
		if (same_nocase(text, side(redaction, table, table->slots[at] - 1)))
			return &redaction->pairs[table->slots[at] - 1];
	}
	return NULL;
}

static uint64_t hash_of(const struct redaction *redaction, struct str text)
{
	uint64_t hash = hash_begin(redaction);
	for (size_t i = 0; i < text.n; i++)
		hash = hash_add(hash, text.p[i]);
	return hash;
}

const struct redact_pair *redact_find(const struct redaction *redaction, struct str original)
{
	return find_hashed(redaction, &redaction->forward, original, hash_of(redaction, original));
}

const struct redact_pair *redact_find_back(const struct redaction *redaction, struct str replacement)
{
	return find_hashed(redaction, &redaction->back, replacement, hash_of(redaction, replacement));
}

static void table_put(struct redaction *redaction, struct redact_table *table, size_t pair)
{
	size_t at = slot_of(table, hash_of(redaction, str_of(side(redaction, table, pair))));
	while (table->slots[at])
		at = (at + 1) & (table->slot_count - 1);
	table->slots[at] = pair + 1;
}

/* At most half full, always. */
static void table_add(struct redaction *redaction, struct redact_table *table, size_t pair)
{
	if (2 * (pair + 1) > table->slot_count) {
		table->slot_count = table->slot_count ? 2 * table->slot_count : FIRST_SLOTS;
		table->slots = ARENA_ARRAY(redaction->arena, table->slot_count, size_t);
		for (size_t i = 0; i < pair; i++)
			table_put(redaction, table, i);
	}
	table_put(redaction, table, pair);
}

static void note_length(size_t longest[static 256], const char *name)
{
	unsigned char first = (unsigned char)redact_lower(name[0]);
	size_t n = strlen(name);
	longest[first] = n > longest[first] ? n : longest[first];
}

const struct redact_pair *redact_pair_add(struct redaction *redaction, enum redact_kind kind, struct str original,
                                          struct str replacement)
{
	if (redaction->pair_count >= REDACT_MAX_PAIRS)
		return NULL;
	redaction->pairs = arena_grow(redaction->arena, redaction->pairs, redaction->pair_count,
	                              &redaction->pair_capacity, sizeof *redaction->pairs);
	size_t index = redaction->pair_count++;
	redaction->pairs[index] = (struct redact_pair){
	        .kind = kind,
	        .original = arena_strndup(redaction->arena, original.p, original.n),
	        .replacement = arena_strndup(redaction->arena, replacement.p, replacement.n),
	};
	table_add(redaction, &redaction->forward, index);
	table_add(redaction, &redaction->back, index);
	if (kind != REDACT_ADDRESS)
		redaction->names++;
	if (kind != REDACT_ADDRESS && kind != REDACT_MAC) {
		note_length(redaction->longest, redaction->pairs[index].original);
		note_length(redaction->longest_back, redaction->pairs[index].replacement);
	}
	return &redaction->pairs[index];
}

/* ---- names in text ---- */

static bool replaceable(const struct redaction *redaction, const struct redact_pair *pair, struct str text, size_t at,
                        size_t n)
{
	if (pair->kind == REDACT_MAC || pair->kind == REDACT_ADDRESS)
		return false;
	return redaction->restoring || !redact_is_common(str_of(pair->original)) || redact_stands_as_name(text, at, n);
}

size_t redact_match_name(const struct redaction *redaction, struct str text, size_t at, const struct redact_pair **pair)
{
	const struct redact_table *table = redaction->restoring ? &redaction->back : &redaction->forward;
	unsigned char first = (unsigned char)redact_lower(text.p[at]);
	size_t most = redaction->restoring ? redaction->longest_back[first] : redaction->longest[first];
	size_t found = 0;
	uint64_t hash = hash_begin(redaction);
	for (size_t n = 1; n <= most && at + n <= text.n; n++) {
		char c = text.p[at + n - 1];
		hash = hash_add(hash, c);
		/* A name ends where no letter follows, or where it ends with none. */
		if (redact_is_word(c) && at + n < text.n && redact_is_word(text.p[at + n]))
			continue;
		const struct redact_pair *one = find_hashed(redaction, table, str_cut(text, at, n), hash);
		if (!one || !replaceable(redaction, one, text, at, n))
			continue;
		*pair = one;
		found = n;
	}
	return found;
}
