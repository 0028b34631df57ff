#ifndef FGDIAG_JOB_H
#define FGDIAG_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"
#include "transcript.h"

/* One step of the plan while it runs: its option commands, the reading back,
 * the command itself and the reset, in this order. */

enum job_phase { JOB_CLEAR, JOB_OPTIONS, JOB_VIEW, JOB_MAIN, JOB_RESET, JOB_OVER };

struct job {
	size_t index; /* in the plan */
	const struct plan_step *step;
	struct plan_commands commands;
	enum job_phase phase;
	size_t option;      /* next of commands.setup */
	bool options_taken; /* an option went out: a reset is owed */
	bool options_read_back;
	bool stopping;           /* nothing but the reset may still go out */
	bool begun;              /* the main command went out */
	const char *skip_reason; /* why it will not, or NULL */
	const char *again;       /* why the step is to be tried once more after it, or NULL */

	/* of the running command */
	int64_t limit_us;        /* absolute end of its time */
	const char *stop_reason; /* why we ended it, or NULL */

	/* of the running main command */
	int64_t began_us;
	int64_t last_output_us;
	int64_t looked_us; /* last time the stop rule was asked */
	size_t looked_bytes;
	unsigned lines; /* line ends received */
};

/* The next command of the job and its id in the transcript; false when the job
 * is over. The phase moves on with each call. */
bool job_next(struct job *job, struct arena *arena, const char **id, const char **command);

/* Ends the job early: whatever is owed (the reset) is still sent. */
void job_stop(struct job *job);

/* Does the running main command's output so far decide its stop rule? Gives
 * words why, or NULL. clean is its clean output so far. */
const char *job_decided(struct arena *arena, const struct job *job, const struct plan *plan, struct str clean,
                        int64_t rtt_us, int64_t quiet_us);

/* "143 of 300 pings, 2 lost; at most 160 s more" or "12 packets"; NULL when
 * there is nothing to tell. */
const char *job_progress(struct arena *arena, const struct job *job, struct str clean, int64_t now_us);

#endif
