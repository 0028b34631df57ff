#ifndef FGDIAG_PROBE_H
#define FGDIAG_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "range.h"
#include "report.h"

/* The figures of a report under their stable labels, and what a scheduler asks
 * of them: ranges for each, rates since the last run, one state. */

/* The user's ranges for one label. */
struct probe_limit {
	const char *label;
	bool have_warning, have_critical;
	struct range warning, critical;
};

/* A counter per second since the last run. */
struct probe_rate {
	const char *label; /* "wan1_rx_errors" */
	bool measured;
	int64_t value;   /* millionths a second */
	const char *why; /* where it was not measured */
};

struct probe {
	const char *device, *playbook; /* for labels, where no transcript tells them */
	int64_t at_us;                 /* likewise: UTC; 0 not known */
	const struct probe_limit *limits;
	size_t limit_count;
	const struct probe_rate *rates;
	size_t rate_count;
	unsigned verbosity;       /* 0 to 3 */
	enum state state;         /* verdict and ranges, as probe_judge and probe_hold left it */
	const char *const *words; /* said before the verdict's, one sentence each */
	size_t word_count;
};

/* One figure. The labels of the table and the endings of the counters are an
 * interface: they stay. */
struct metric {
	const char *label;
	const char *unit; /* UOM of the perfdata: "%", "s", "ms" or "" */
	bool measured;
	int64_t value;                      /* millionths of the unit */
	struct range warning, critical;     /* the user's, or */
	bool have_warning, have_critical;   /* the playbook's or the device's */
	const char *bounds;                 /* ";0;100" or ";0" */
	const struct probe_limit *of_probe; /* the user's ranges, or NULL */
	const char *why;                    /* why it was not measured, or NULL */
};

#define METRICS_MAX 80

/* All figures: those of the table, then the rates. Returns how many. */
size_t metrics_make(const struct report *report, const struct probe *probe, struct metric out[static METRICS_MAX]);

/* "NAME=RANGE" into the limits, `critical` or warning. ERR_USAGE: no such
 * name (lists them), no range, or the same twice. */
int probe_limit_add(struct arena *arena, struct probe_limit **limits, size_t *count, const char *text, bool critical,
                    struct err *err);

/* The state of report and ranges together, and words for each range that
 * alerts or could not be asked. */
void probe_judge(struct arena *arena, const struct report *report, struct probe *probe);

/* One more sentence in front. */
void probe_say(struct arena *arena, struct probe *probe, const char *words);

/* State of a report with its probe, where there is one. */
enum state probe_state(const struct report *report, const struct probe *probe);

#endif
