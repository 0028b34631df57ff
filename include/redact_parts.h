#ifndef FGDIAG_REDACT_PARTS_H
#define FGDIAG_REDACT_PARTS_H

#include "redact.h"

/* What the files of redaction share. */

struct redact_table {  /* open addressing; texts are compared in any case */
	size_t *slots; /* index into the pairs plus one, 0 for free */
	size_t slot_count;
};

struct redaction {
	struct arena *arena;
	uint8_t key[REDACT_KEY_BYTES];
	struct redact_pair *pairs;
	size_t pair_count, pair_capacity;
	struct redact_table forward, back; /* by original, by replacement */
	size_t numbers[REDACT_KINDS];      /* the last one given */
	size_t names;                      /* pairs that are no addresses */
	size_t longest[256];               /* of the names that begin with this byte, in lower case */
	size_t longest_back[256];
	bool restoring;
};

/* Addresses by the key alone. */
struct ip redact_permute(const uint8_t key[static REDACT_KEY_BYTES], const struct ip *ip);

/* The pair of a text, or NULL. */
const struct redact_pair *redact_find(const struct redaction *redaction, struct str original);
const struct redact_pair *redact_find_back(const struct redaction *redaction, struct str replacement);
const struct redact_pair *redact_pair_add(struct redaction *redaction, enum redact_kind kind, struct str original,
                                          struct str replacement);

/* The longest name at text[at…], which is the start of a word; its bytes, or
 * 0. */
size_t redact_match_name(const struct redaction *redaction, struct str text, size_t at,
                         const struct redact_pair **pair);

/* Is it a word of ours or of FortiOS, that is a name only where it stands as one? */
bool redact_is_common(struct str name);
/* Words that are never names: "root", "N/A", … */
bool redact_is_nobody(struct str name);
/* Does text[at…at+n) stand where names stand: "vd=…", "sudo …", a prompt? */
bool redact_stands_as_name(struct str text, size_t at, size_t n);
/* The kind of name that a field of an entry, or a key=value of an output holds. */
bool redact_field_kind(struct str field, enum redact_kind *out);

/* Each tries to read one thing at the start of text[at…] and appends what is
 * to stand in its place: the bytes read, or 0. */
size_t redact_take_mac(struct redaction *redaction, struct str text, size_t at, struct buf *out);
size_t redact_take_ip6(struct redaction *redaction, struct str text, size_t at, struct buf *out);
size_t redact_take_ip4(struct redaction *redaction, struct str text, size_t at, struct buf *out);
size_t redact_take_serial(struct redaction *redaction, struct str text, size_t at, struct buf *out);

/* A number for something not seen yet, and the pair of it. */
const struct redact_pair *redact_invent(struct redaction *redaction, enum redact_kind kind, struct str original);

/* Lines of a device's output, of which the one before was a row of hex or not. */
void redact_rows(struct redaction *redaction, struct str text, bool *inside, struct buf *out);

/* Letters and digits, and every byte beyond ASCII. */
bool redact_is_word(char c);
char redact_lower(char c);

/* Parts of redact_report. */
void redact_facts(struct arena *arena, struct redaction *redaction, const struct facts *in, struct facts *out);
const struct plan *redact_plan(struct arena *arena, struct redaction *redaction, const struct plan *in);
/* Its packets are those of the copied facts. */
const struct verdict *redact_verdict(struct arena *arena, struct redaction *redaction, const struct verdict *in,
                                     const struct facts *facts, const struct facts *copied);
const char *redact_entry_text(struct arena *arena, const struct plan *redacted);

#endif
