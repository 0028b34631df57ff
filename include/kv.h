#ifndef FGDIAG_KV_H
#define FGDIAG_KV_H

#include "arena.h"
#include "entry.h"
#include "err.h"
#include "text.h"

/* The parts that entry_parse is made of; nobody else needs them. */

/* ---- what stands before the entry ---- */

/* Offset of what follows the syslog head: an octet count (RFC 6587), <PRI>, an
 * RFC 3164 head (`Mmm dd hh:mm:ss host `), or several of them. A byte order
 * mark is skipped. */
size_t syslog_head(struct str line);

/* Is it RFC 5424 (`<PRI>1 TIMESTAMP HOST …`)? Then *body is its message, or
 * where that holds no entry the inside of its structured data. */
bool syslog_rfc5424(struct str line, struct str *body);

/* ---- pairs ---- */

/* Fields are taken from left to right; a quoted value is taken whole and never
 * re-read as keys. */
enum kv_style {
	KV_BLANKS, /* key=value key="a value" */
	KV_COMMAS, /* key=value,key="a, value" (`set format csv`) */
	KV_LOOSE,  /* nothing is quoted: a value reaches to the next ` key=` (FortiAnalyzer's raw view) */
};

/* Tokenise pairs from `start` on; adds to out->fields. \" and \= inside quotes
 * lose their backslash. Words that are no pair are skipped. ERR_ENTRY when
 * there is no pair, or too many. */
int kv_parse(struct arena *arena, struct str line, size_t start, enum kv_style style, struct entry *out,
             struct err *err);

/* Bytes of a key with '=' behind it; 0 when the text starts with no pair. */
size_t kv_key_length(struct str text);

/* The value at `at` up to the next ` key=`, which stands at *next; an equals
 * sign behind a backslash begins no key. */
struct str kv_loose_value(struct str line, size_t at, size_t *next);

/* ERR_ENTRY when there are too many. */
int kv_add(struct arena *arena, struct entry *out, struct entry_field field, struct err *err);

/* ---- other forms ---- */

/* Where the CEF header begins (behind `CEF:`), or -1: a collector may have
 * swallowed `CEF:` itself. */
ptrdiff_t cef_start(struct str line);
/* Header and extension as FortiOS fields. ERR_ENTRY: cut, or not a FortiGate's. */
int cef_parse(struct arena *arena, struct str line, size_t start, struct entry *out, struct err *err);

/* `{…}`: an object with a raw line in it (message, _raw, event.original, …),
 * FortiOS fields, or the ECS names that collectors give them. *raw is the raw
 * line where there is one, and then no fields are made. */
int json_entry_parse(struct arena *arena, struct str line, struct entry *out, struct str *raw, struct err *err);

/* The records of a JSON document: itself, the items of an array, or the rows
 * of an answer (`rows`, `data`, `result`, …), each as compact JSON in the
 * arena. ERR_ENTRY with line and column when it is no JSON. */
int json_entry_records(struct arena *arena, struct str document, struct str **out, size_t *count, struct err *err);

/* ---- names ---- */

/* FortiOS names in place of the older ones (3.0, 4.0), where the line does not
 * have both. */
void names_of_old(struct entry *entry);
/* The FortiOS name for one of CEF's; the name itself when it has none. */
struct str names_of_cef(struct str name);
/* … and for one of a parsed JSON's, as a path ("source.ip"); empty for none. */
struct str names_of_json(struct str path);

#endif
