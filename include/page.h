#ifndef FGDIAG_PAGE_H
#define FGDIAG_PAGE_H

#include <stdbool.h>

#include "buf.h"
#include "text.h"
#include "verdict.h"

/* Text laid out in columns for a terminal. All text goes through
 * text_add_safe on its way, so callers hand over raw bytes. Lines carry no
 * trailing blanks. */

#define PAGE_MIN_COLUMNS 20

struct page {
	struct buf *out;  /* borrowed */
	struct buf safe;  /* text on its way */
	unsigned columns; /* width */
	unsigned at;      /* column of the cursor, from 0, blanks included */
	unsigned blanks;  /* before the cursor, not written yet */
	bool empty_line;  /* the line before the current one is empty, or there is none */
	bool gap;         /* an empty line goes before the next text */
	bool color;
};

/* A width under PAGE_MIN_COLUMNS counts as that. Ends with page_done. */
void page_init(struct page *page, struct buf *out, unsigned columns, bool color);
void page_done(struct page *page);

/* Columns that safe text takes: 2 for East Asian wide characters, 0 for
 * combining ones, 1 for others; bytes that are not UTF-8 count one each. */
unsigned page_columns(struct str safe);

/* Move the cursor right to a column; on a new line when it is past it. */
void page_to(struct page *page, unsigned column);

/* Text from the cursor on, wrapped between words; its further lines start at
 * column indent. A word wider than a line is cut into lines. */
void page_text(struct page *page, unsigned indent, struct str text);

/* Text from the cursor on that is never broken, however long. */
void page_whole(struct page *page, struct str text);

/* The same in the colour of a state, when the page has colours. */
void page_state(struct page *page, enum state state, struct str text);

/* A paragraph from column indent on, in lines of its own. */
void page_say(struct page *page, unsigned indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* End the line. */
void page_line(struct page *page);

/* End the line if one is begun; one empty line before whatever text follows,
 * none at the top of the page or its end. */
void page_gap(struct page *page);

#endif
