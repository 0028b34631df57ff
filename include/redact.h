#ifndef FGDIAG_REDACT_H
#define FGDIAG_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "ip.h"
#include "report.h"
#include "siphash.h"
#include "text.h"
#include "transcript.h"

/* Who and where, taken out of a report and of a transcript, the same in every
 * place. Addresses keep their neighbours (two that share n bits share n bits
 * afterwards) and their kind (private, link-local, …); names, serial numbers
 * and MAC addresses get numbers. The judge works on the truth; only what it
 * found is redacted. */

#define REDACT_KEY_BYTES SIPHASH_KEY_BYTES
#define REDACT_NAME_MAX  255            /* bytes of a name */
#define REDACT_MAX_NAMES ((size_t)8192) /* names and MAC addresses learned from what devices say */
#define REDACT_MAX_PAIRS ((size_t)200000)

enum redact_kind { REDACT_HOST, REDACT_SERIAL, REDACT_USER, REDACT_VDOM, REDACT_MAC, REDACT_ADDRESS, REDACT_KINDS };
const char *redact_kind_word(enum redact_kind kind); /* "host" "serial" … */
bool redact_kind_parse(const char *word, enum redact_kind *out);

struct redact_pair {
	enum redact_kind kind;
	const char *original, *replacement;
};

struct redaction;

/* The arena owns all of it. */
struct redaction *redaction_new(struct arena *arena, const uint8_t key[static REDACT_KEY_BYTES]);

/* Its key, for the file that keeps it. */
const uint8_t *redaction_key(const struct redaction *redaction);

/* A pair of an earlier run, before anything else is learned; false when one of
 * its sides is taken already or is no name. */
bool redaction_keep(struct redaction *redaction, enum redact_kind kind, const char *original, const char *replacement);

/* A name that is to be replaced from now on. What is no name (empty, an
 * address, "root", a small number, …) is let go; of a domain name and of
 * DOMAIN\USER the parts are names too. */
void redaction_learn(struct redaction *redaction, enum redact_kind kind, struct str name);

/* The same of "[USER@]HOST[:PORT]". */
void redaction_learn_place(struct redaction *redaction, const char *place);

/* Everything that a report, its plan and its transcript call by a name. */
void redaction_learn_report(struct redaction *redaction, const struct report *report);

/* All pairs so far, in the order in which they were learned. */
const struct redact_pair *redaction_pairs(const struct redaction *redaction, size_t *count);

/* Is one of the originals also what another became? It is no leak, and yet a
 * reader may take it for one: a new key helps where there may be a new one. */
bool redaction_ambiguous(const struct redaction *redaction);

/* Text of any kind, hostile too; time grows with its length. Words are found
 * in any case, longest first. */
void redact_text(struct redaction *redaction, struct str text, struct buf *out);

/* Output of a device: the same, and rows of hex become empty lines (the first
 * of a packet says so), so that line numbers stay. */
void redact_output(struct redaction *redaction, struct str text, struct buf *out);

/* The way back: replacements become originals. */
void redact_restore(struct redaction *redaction, struct str text, struct buf *out);

struct ip redact_ip(struct redaction *redaction, const struct ip *ip);

/* Copies in an arena; NULL stays NULL. */
const char *redact_words(struct arena *arena, struct redaction *redaction, const char *text);
struct str redact_str(struct arena *arena, struct redaction *redaction, struct str text);
/* The same of a text that is known to be a name as a whole. */
const char *redact_name(struct arena *arena, struct redaction *redaction, const char *name);

/* A deep copy of which every string is redacted, its transcript too; learns
 * first. Packets' bytes are left out. */
void redact_report(struct arena *arena, struct redaction *redaction, const struct report *in, struct report *out);

/* A redacted transcript: it can be read and judged again, and as it has no
 * packets' bytes it may tell less than the true one. entry is the redacted
 * entry text, or NULL. Times and the number of events stay. */
void redact_transcript(struct arena *arena, struct redaction *redaction, const struct transcript *in, const char *entry,
                       struct transcript *out);

#endif
