#ifndef FGDIAG_OUTPUTS_H
#define FGDIAG_OUTPUTS_H

#include "err.h"
#include "options.h"

/* Has each file that the options name a place of its own? Asked before a run,
 * whose result would else be lost. ERR_USAGE, ERR_OUTPUT. */
int outputs_check(const struct options *options, struct err *err);

#endif
