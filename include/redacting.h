#ifndef FGDIAG_REDACTING_H
#define FGDIAG_REDACTING_H

#include "arena.h"
#include "err.h"
#include "options.h"
#include "redact.h"
#include "report.h"

/* --redact and --redact-key: the key, the file that holds it, and the report
 * that others may see. */

/* Can these options go together, and is there a place for the key file?
 * Asked before a run. ERR_USAGE or ERR_OUTPUT. */
int redacting_check(const struct options *options, struct err *err);

/* The report as the options want it shown: itself, or a redacted copy, whose
 * transcript is redacted too. places: more of "[USER@]HOST[:PORT]" that words
 * of it may name, ended by NULL; or NULL. The key file is written then. NULL,
 * and err, when that cannot be; nothing may be shown then. */
const struct report *redacting_report(struct arena *arena, const struct options *options, const char *const *places,
                                      const struct report *report, struct err *err);

/* The key file's redaction; ERR_USAGE when it is not ours to read. *found is
 * false when there is no such file. */
int redacting_load(struct arena *arena, const char *path, struct redaction **out, bool *found, struct err *err);

#endif
