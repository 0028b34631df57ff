#ifndef FGDIAG_EXPLAIN_H
#define FGDIAG_EXPLAIN_H

#include "report.h"

/* What --explain prints, in plain words and without a device: what the log
 * entry says and does not say, what will be asked in which order, what is left
 * behind by it, and what it cannot decide. wait_us is what --wait adds, 0
 * without; style may be NULL. Hostile text is encoded. */
void explain_plan(const struct plan *plan, int64_t wait_us, const struct report_style *style, struct buf *out);

/* Its first part, about the entry. */
struct sheet;
void explain_entry(struct sheet *sheet, const struct plan *plan);

#endif
