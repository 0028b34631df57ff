#ifndef FGDIAG_HISTORY_H
#define FGDIAG_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "facts.h"
#include "probe.h"

/* What a probe remembers of its last run: the alert that is on, counters, and a
 * refused login. JSON of a version of its own; whoever finds a damaged one
 * begins anew, and no state is better for what is remembered. */

#define HISTORY_MAX_BYTES    ((size_t)64 * 1024)
#define HISTORY_MAX_COUNTERS 64 /* sixteen interfaces */
#define HISTORY_MAX_RECOVER  100

struct history_counter {
	const char *label; /* "wan1_rx_errors" */
	int64_t value;
};

struct history {
	const char *device;   /* "HOST port N"; NULL: nothing is remembered */
	const char *playbook; /* of the last run, or NULL */
	int64_t at_us;        /* UTC, when it began; 0 none */
	enum state alert;     /* what was shown last; ok, warning or critical */
	unsigned better;      /* runs in a row that were better than that */
	struct history_counter counters[HISTORY_MAX_COUNTERS];
	size_t counter_count;
	int64_t counted_us;       /* UTC, when the counters were read */
	const char *refused_mark; /* of credential.h; NULL: no login was refused */
	const char *refused_user;
	int64_t refused_us;
};

/* ERR_USAGE: not JSON of this version, or a value that cannot be. */
int history_parse(struct arena *arena, struct str text, struct history *out, struct err *err);
void history_write(const struct history *history, struct buf *out);

/* The counters that the device told of its own interfaces. */
void history_count(struct arena *arena, const struct facts *facts, struct history *out);

/* Each counter of `now` against `before`; NULL rates without counters. A
 * counter that went down (a restart, a wrap) and one that is new give none. */
struct probe_rate *history_rates(struct arena *arena, const struct history *before, const struct history *now);

/* Hysteresis: an alert that is on ends only after `recover` runs in a row that
 * were better; a worse state shows at once, and unknown neither ends nor counts.
 * Takes the state of this run out of the probe and leaves there what is shown. */
void history_hold(struct arena *arena, const struct history *before, unsigned recover, struct probe *probe,
                  struct history *now);

#endif
