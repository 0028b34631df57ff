#ifndef FGDIAG_ASSESS_H
#define FGDIAG_ASSESS_H

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "options.h"
#include "paste.h"
#include "plan.h"
#include "report.h"
#include "transcript.h"

/* The second half of every diagnosis, the same for a live run and a saved one:
 * transcript → steps → facts → verdict → report. */

struct assessment {
	struct step_list steps;
	struct facts facts;
	struct verdict verdict;
	struct report report; /* points into the fields above and into plan and transcript */
};

void assess(struct arena *arena, const struct plan *plan, const struct transcript *transcript, struct assessment *out);

/* The same for a pasted text. Evidence carries the file's line numbers, and
 * with several files the file's name in place of the step's. */
void assess_paste(const struct paste *paste, const struct plan *plan, const struct transcript *transcript,
                  struct paste_notes *notes, struct assessment *out);

/* Write a report in the format and to the place that the options name, with
 * the probe's ranges where there are any. */
int assess_write(const struct options *options, const struct report *report, const struct probe *probe,
                 struct err *err);

/* The same; trouble with that is told on stderr. Returns the exit status: the
 * report's, or 3 when it could not be written. */
int assess_print(const struct options *options, const struct report *report);

/* A failure before there was anything to judge: one line on stderr, and in the
 * formats for machines a report that holds the error. Returns 3. */
int assess_failure(const struct options *options, const struct err *err);

#endif
