#include "histogram.h"

#include <string.h>

#include "timestamp.h"

/* Each is a multiple of the one before, so that bars merge whole. */
static const int64_t widths_s[] = {1,     5,     15,     60,      300,      900,       3600,
                                   21600, 86400, 604800, 2419200, 29030400, 290304000, 2903040000};
enum { WIDTHS = sizeof widths_s / sizeof widths_s[0] };

void histogram_init(struct histogram *histogram)
{
	*histogram = (struct histogram){.width_us = widths_s[0] * US_PER_SECOND};
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void widen(struct histogram *histogram)
{
	struct histogram wide = *histogram;
	wide.level++;
	wide.width_us = widths_s[wide.level] * US_PER_SECOND;
	int64_t times = wide.width_us / histogram->width_us;
	wide.first = floor_div(histogram->first, times);
	wide.bars = 0;
	memset(wide.counts, 0, sizeof wide.counts);
	for (size_t i = 0; i < histogram->bars; i++) {
		size_t bar = (size_t)(floor_div(histogram->first + (int64_t)i, times) - wide.first);
		wide.counts[bar] += histogram->counts[i];
		wide.bars = bar + 1;
	}
	*histogram = wide;
}

/* Room for a bar at either end; false where the bars would be too many. */
static int reach(struct histogram *histogram, int64_t bar)
{
	int64_t last = histogram->first + (int64_t)histogram->bars - 1;
	int64_t from = bar < histogram->first ? bar : histogram->first, to = bar > last ? bar : last;
	if (to - from >= HISTOGRAM_BARS)
		return -1;
	size_t shift = (size_t)(histogram->first - from);
	memmove(histogram->counts + shift, histogram->counts, histogram->bars * sizeof histogram->counts[0]);
	memset(histogram->counts, 0, shift * sizeof histogram->counts[0]);
	histogram->first = from;
	histogram->bars = (size_t)(to - from) + 1;
	return 0;
}

void histogram_add(struct histogram *histogram, int64_t time_us)
{
	if (histogram->bars == 0) {
		histogram->first = floor_div(time_us, histogram->width_us);
		histogram->bars = 1;
	}
	while (reach(histogram, floor_div(time_us, histogram->width_us)) < 0 && histogram->level + 1 < WIDTHS)
		widen(histogram);
	int64_t bar = floor_div(time_us, histogram->width_us) - histogram->first;
	if (bar < 0 || bar >= HISTOGRAM_BARS)
		histogram->undated++; /* thousands of years from the others */
	else
		histogram->counts[bar]++;
}
