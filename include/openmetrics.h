#ifndef FGDIAG_OPENMETRICS_H
#define FGDIAG_OPENMETRICS_H

#include "buf.h"
#include "probe.h"
#include "report.h"

/* The figures of many reports in one file: all samples of a family stand
 * together there, whatever device they are of. */

#define OPENMETRICS_MAX_BYTES ((size_t)64 * 1024 * 1024) /* of a family */
enum { OPENMETRICS_FAMILIES = 10 };

struct openmetrics {
	struct buf families[OPENMETRICS_FAMILIES]; /* lines of samples */
};

void openmetrics_init(struct openmetrics *metrics);
void openmetrics_add(struct openmetrics *metrics, const struct report *report, const struct probe *probe);
void openmetrics_write(const struct openmetrics *metrics, struct buf *out);
void openmetrics_done(struct openmetrics *metrics);

#endif
