#ifndef FGDIAG_SHEET_H
#define FGDIAG_SHEET_H

#include <stdbool.h>

#include "page.h"
#include "report.h"

/* A text report in the making: its page, a sentence, and the rows that say what
 * it is about. */

#define SHEET_TABLE_COLUMNS 60 /* below it tables become stacks */

struct sheet {
	const struct report *report;
	struct page page;
	struct buf raw; /* a sentence in the making, not encoded */
	bool stacked;   /* too narrow for tables */
};

/* style may be NULL. Ends with sheet_done. */
void sheet_init(struct sheet *sheet, const struct report *report, const struct report_style *style, struct buf *out);
void sheet_done(struct sheet *sheet);

/* A formatted sentence from the cursor on, wrapped at indent, line ended. */
void sheet_say(struct sheet *sheet, unsigned indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Device, log entry and target. */
void sheet_subject(struct sheet *sheet);

/* The fates of the client's conversations, where they differ. The report has a verdict. */
void sheet_fates(struct sheet *sheet);

#endif
