#ifndef FGDIAG_SIGNALS_H
#define FGDIAG_SIGNALS_H

#include "err.h"

/* SIGINT, SIGTERM and SIGHUP as bytes in a pipe: the handler writes one byte
 * and does nothing else. Returns the end to poll, or -1 with ERR_INTERNAL. */
int signals_open(struct err *err);

#endif
