#ifndef FGDIAG_SUBJECT_H
#define FGDIAG_SUBJECT_H

#include "report.h"

/* What a report is about, in words: each adds one line, or nothing where it is
 * not known, to an empty buffer. The words are those of others: encode them. */
void subject_device(const struct report *report, struct buf *raw);
void subject_entry(const struct report *report, struct buf *raw);
void subject_target(const struct report *report, struct buf *raw);

/* "192.0.2.1:53", "[2001:db8::1]:53" or the bare address; "(no address)". */
void subject_endpoint(struct buf *raw, const struct ip *ip, unsigned port);

#endif
