#ifndef FGDIAG_RECORDS_H
#define FGDIAG_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "text.h"

/* A text of many log records, cut into them: lines, frames with octet counts
 * (RFC 6587; a count that lies costs its own frame only), records that end with
 * NUL, JSON values over any number of lines, and the rows of a JSON answer. */

struct record {
	struct str text;      /* in the given text, or in the arena where JSON rows were taken apart */
	unsigned line_number; /* where it begins, from 1; of a row, where its JSON value begins */
};

struct records {
	struct arena *arena;
	struct str rest;
	unsigned line;
	struct str *items; /* rows of the JSON value at hand */
	size_t item, item_count;
	unsigned item_line;
	const char *end; /* of the line at hand: an LF, a NUL or the end of the text; NULL not looked for yet */
	size_t budget;   /* bytes that may still be searched for the end of a JSON value */
};

void records_init(struct records *records, struct arena *arena, struct str text);
bool records_next(struct records *records, struct record *out);

#endif
