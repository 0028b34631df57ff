#ifndef FGDIAG_HISTOGRAM_H
#define FGDIAG_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* How many at what time, over a range that nobody knows beforehand: bars of
 * equal round widths (seconds to years), which grow when there are too many. */

enum { HISTOGRAM_BARS = 48 };

struct histogram {
	uint64_t counts[HISTOGRAM_BARS];
	size_t bars;      /* in use */
	int64_t width_us; /* of each */
	int64_t first;    /* number of the first bar: it begins at first * width_us */
	size_t level;     /* of the widths */
	uint64_t undated; /* without a time */
};

void histogram_init(struct histogram *histogram);
void histogram_add(struct histogram *histogram, int64_t time_us);

#endif
