#ifndef FGDIAG_KV_H
#define FGDIAG_KV_H

#include "arena.h"
#include "entry.h"
#include "err.h"
#include "text.h"

/* Offset of the first key=value pair behind a syslog head: none, <PRI>,
 * RFC 3164 (`Mmm dd hh:mm:ss host `), or both. A byte order mark is skipped. */
size_t syslog_head(struct str line);

/* Tokenise key=value pairs from `start` on; fills out->fields. A quoted value
 * is taken whole; \" and \= inside it lose their backslash. Words that are no
 * pair are skipped. ERR_ENTRY when there is no pair, or too many. */
int kv_parse(struct arena *arena, struct str line, size_t start, struct entry *out, struct err *err);

#endif
