#ifndef FGDIAG_CHECK_FLEET_H
#define FGDIAG_CHECK_FLEET_H

#include "options.h"

/* `fgdiag check` without a device: those of the inventory, many at once, each
 * as if it were alone. Whatever happens, one line on stdout says it. */

/* The exit status, or -1 with err before a device was asked. */
int check_fleet(struct arena *arena, const struct options *options, struct err *err);

#endif
