#ifndef FGDIAG_FLEET_H
#define FGDIAG_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run.h"

/* Many runs at once in one thread and one loop: what a device does, or fails
 * to do, costs the others nothing. */

enum { FLEET_MAX_PARALLEL = 4096 };

/* One run. What is given outlives it; its run_options need no wake_fd. */
struct fleet_errand {
	struct arena *arena; /* the run lives in it */
	const struct plan *plan;
	const struct run_options *options;
	struct transcript *transcript;
	void *owner; /* the caller's own */
};

enum fleet_next {
	FLEET_BEGIN, /* *out is to run */
	FLEET_LATER, /* none now: ask again at *when_us, or when a run has ended */
	FLEET_NONE   /* none any more */
};

struct fleet_options {
	size_t parallel; /* runs at a time, 1 to FLEET_MAX_PARALLEL */
	int wake_fd;     /* readable when a signal asks to stop; -1 for none */
	enum fleet_next (*next)(void *arg, int64_t now_us, struct fleet_errand *out, int64_t *when_us);
	/* The run is over; trouble is NULL where it came to its end, as in run_plan(). */
	void (*done)(void *arg, const struct fleet_errand *errand, const struct err *trouble);
	/* After each round of the loop, for what is shown; may be NULL. Returns
	 * when it wants to be asked again, of the loop's clock. */
	int64_t (*shown)(void *arg, int64_t now_us, size_t running);
	void *arg;
};

/* Until there is nothing left to run, or a signal came: then no new run begins,
 * and each one that is under way stops in good order, a second signal at once.
 * ERR_INTERRUPTED where a signal ended it, ERR_INTERNAL where it could not work. */
int fleet_work(const struct fleet_options *options, struct err *err);

/* How many runs this process has descriptors for; the soft limit is raised to
 * the hard one. `kept` descriptors stay for other things. */
size_t fleet_room(size_t kept);

#endif
