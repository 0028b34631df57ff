#ifndef FGDIAG_PLACEHOLDER_H
#define FGDIAG_PLACEHOLDER_H

#include "arena.h"
#include "err.h"

/* {name} in a playbook's texts. */

/* The value for a name, or NULL when there is none. */
typedef const char *placeholder_value(void *arg, const char *name);

/* The text with every {name} replaced; names for which `value` gives NULL are
 * an error (ERR_PLAYBOOK, without a place). */
int placeholder_fill(struct arena *arena, const char *text, placeholder_value *value, void *arg, const char **out,
                     struct err *err);

#endif
