#ifndef FGDIAG_GATHER_H
#define FGDIAG_GATHER_H

#include "arena.h"
#include "client_host.h"
#include "device.h"
#include "err.h"
#include "options.h"
#include "plan.h"
#include "run.h"
#include "transcript.h"

/* The first half of every live diagnosis: a plan is run against its device,
 * and the transcript keeps what came of it. */

struct gather {
	const struct options *options;
	const struct plan_request *request;
	const struct plan *plan;
	struct device *device;
	struct client_host *host; /* where the plan has a host; else NULL is fine */
	int64_t clean_up_us;      /* of run_options */
};

/* The transcript's head and what the run works with; no signal, no progress. */
void gather_prepare(struct arena *arena, const struct gather *gather, struct transcript *transcript,
                    struct run_options *out);

/* Signals end the run from here on, and no longer the program; the results of
 * what was asked by then are to be written. ERR_INTERNAL before it began. */
int gather_run(struct arena *arena, const struct gather *gather, struct transcript *transcript, struct err *err);

#endif
