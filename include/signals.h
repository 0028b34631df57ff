#ifndef FGDIAG_SIGNALS_H
#define FGDIAG_SIGNALS_H

#include "err.h"

/* SIGINT, SIGTERM and SIGHUP as bytes in a pipe: the handler writes one byte
 * and does nothing else. Returns the end to poll, or -1 with ERR_INTERNAL. */
int signals_open(struct err *err);

/* A signal ends the program as usual, and what is not whole is removed. */
int signals_leave_no_part(struct err *err);

/* The same, with a line on stdout and status 3: a scheduler wants to read one. */
int signals_leave_with(const char *line, struct err *err);

/* After a run its results are written whatever comes; a second signal from now
 * on ends the program, should that take for ever. */
int signals_while_saving(struct err *err);

#endif
