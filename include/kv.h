#ifndef FGDIAG_KV_H
#define FGDIAG_KV_H

#include "arena.h"
#include "entry.h"
#include "err.h"
#include "text.h"

/* The parts that entry_parse is made of; nobody else needs them. */

/* Offset of what follows the syslog head: none, <PRI>, RFC 3164
 * (`Mmm dd hh:mm:ss host `), or both. A byte order mark is skipped. */
size_t syslog_head(struct str line);

/* The name of a log format that is not space-separated key=value ("CEF",
 * "JSON", …), told from how the line starts; NULL when it is none of them. */
const char *foreign_format(struct str line);

/* The same told from the keys, for forms that are made of pairs as well. */
const char *foreign_keys(const struct entry *entry);

/* Tokenise key=value pairs from `start` on; fills out->fields. A quoted value
 * is taken whole; \" and \= inside it lose their backslash. Words that are no
 * pair are skipped. ERR_ENTRY when there is no pair, or too many. */
int kv_parse(struct arena *arena, struct str line, size_t start, struct entry *out, struct err *err);

#endif
