#ifndef FGDIAG_SCAN_FILES_H
#define FGDIAG_SCAN_FILES_H

#include <stdbool.h>

#include "err.h"
#include "options.h"
#include "scan_log.h"

/* The logs that are arguments (at least one; "-" is stdin) into a scan, which
 * scan_log_done() closes. One that cannot be read to its end is told on stderr,
 * and the others go on: *failed. ERR_USAGE: no argument, a --since or --until
 * that is no time. */
int scan_files(const struct options *options, struct scan_log *out, bool *failed, struct err *err);

#endif
