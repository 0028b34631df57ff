#ifndef FGDIAG_PROGRESS_H
#define FGDIAG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "run.h"

/* Progress on stderr: one live line on a terminal, a line per step and
 * minute with -v, nothing with -q or into a pipe without -v. */
struct progress {
	bool live;  /* stderr is a terminal */
	bool lines; /* -v */
	bool notes; /* not -q */
	bool dirty; /* the live line holds text */
	unsigned columns;
	int64_t alive_us; /* of the newest line that only told that a step goes on */
};

void progress_init(struct progress *progress, const struct options *options);
void progress_show(void *progress, const struct run_progress *news); /* for run_options.progress */
void progress_done(struct progress *progress);                       /* wipes the live line */

#endif
