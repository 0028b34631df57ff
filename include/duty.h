#ifndef FGDIAG_DUTY_H
#define FGDIAG_DUTY_H

#include <stdint.h>

#include "arena.h"
#include "assess.h"
#include "device.h"
#include "err.h"
#include "history.h"
#include "options.h"
#include "plan.h"
#include "probe.h"
#include "run.h"
#include "transcript.h"

/* The probe of one device: what is asked, what was remembered of it, how it
 * went. Whoever turns the run stands between duty_begin() and duty_end(). */

struct duty {
	struct arena *arena;
	struct options options;
	struct plan_request request;
	struct plan plan;
	struct device device;
	struct probe probe;
	const char *key;  /* of the device */
	const char *path; /* of the state, NULL nowhere */
	int lock;         /* -1 not held */
	int64_t began_us; /* of clock_mono_us */
	struct history before, now;
	struct run_options run;
	struct transcript transcript;
	struct assessment assessment;
};

/* The options are copied. */
struct duty *duty_new(struct arena *arena, const struct options *options);

/* What is asked, for every device: ranges, playbook, plan. ERR_USAGE, ERR_PLAYBOOK, ERR_OUTPUT. */
int duty_plan(struct duty *duty, struct err *err);

/* Its device is known (duty->device is filled): lock, what is remembered, and
 * duty->run with duty->transcript, ready to be run. ERR_BUSY, ERR_AUTH where a
 * refused login is not tried again, ERR_OUTPUT, ERR_USAGE. */
int duty_begin(struct duty *duty, struct err *err);

/* The run is over: judges, compares and remembers. The report is duty->assessment's. */
void duty_end(struct duty *duty);

/* A probe that could not begin. */
void duty_fail(struct duty *duty);
void duty_done(struct duty *duty); /* wipes the password, gives the device free */

#endif
