#ifndef FGDIAG_PHRASE_H
#define FGDIAG_PHRASE_H

#include <stdbool.h>

#include "report.h"

/* The words in which every report for people says the same thing. */

#define PHRASE_HEADLINE_MAX 160

/* "requests stay without a reply, beyond the FortiGate (likely)"; returns text. */
const char *phrase_headline(const struct verdict *verdict, char text[static PHRASE_HEADLINE_MAX]);

/* "beyond the FortiGate"; NULL for nowhere. */
const char *phrase_where(enum where where);
const char *phrase_certainty(enum certainty certainty); /* "likely" */

/* What to do when a run failed this way. */
const char *phrase_remedy(enum err_kind kind);

/* Advice is a sentence or a command to copy; sentences begin upper case. */
bool phrase_is_command(const char *advice);
/* Did this check or an earlier one give the same advice? */
bool phrase_said_before(const struct verdict *verdict, size_t check, size_t advice);

/* Did trouble end the run before any step? Then there are no checks to show. */
bool phrase_nothing_ran(const struct report *report);

#endif
