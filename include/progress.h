#ifndef FGDIAG_PROGRESS_H
#define FGDIAG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "run.h"

/* Progress on stderr: one live line on a terminal; with -v a line where a step
 * begins, where it ends and each minute in between, with -vv each five seconds;
 * nothing with -q or into a pipe without -v. */
struct progress {
	bool live;  /* stderr is a terminal */
	bool lines; /* -v */
	bool dirty; /* the live line holds text */
	unsigned columns;
	int64_t every_us; /* a step that goes on is told of */
	int64_t alive_us; /* of the newest line that only told that a step goes on */
};

void progress_init(struct progress *progress, const struct options *options);
void progress_show(void *progress, const struct run_progress *news); /* for run_options.progress */
void progress_done(struct progress *progress);                       /* wipes the live line */

#endif
