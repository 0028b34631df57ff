#ifndef FGDIAG_HOST_JOB_H
#define FGDIAG_HOST_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "job.h"
#include "process.h"

/* A step of the plan that runs on the client's machine: one program, from its
 * start to the end of its output. */
struct host_job {
	struct process *process; /* NULL while there is nothing to do */
	struct job job;
	struct buf output; /* so far, for the stop rule */
	bool interrupted;
	int64_t kill_us; /* patience after an interrupt */
};

struct conduct;

bool host_step_is(const struct plan_step *step);

/* Begins a step of a host lane; it is skipped in words where it cannot run. */
void host_job_begin(struct conduct *run, size_t index);

/* Moves bytes, looks at bounds and stop rules, ends what has ended. */
void host_jobs_pump(struct conduct *run);

bool host_jobs_busy(const struct conduct *run);
size_t host_jobs_pollfds(struct conduct *run, struct pollfd *fds);
int64_t host_jobs_deadline(const struct conduct *run);

/* Ends everything now; what ran is noted as failed. */
void host_jobs_abandon(struct conduct *run);

#endif
