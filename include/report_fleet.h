#ifndef FGDIAG_REPORT_FLEET_H
#define FGDIAG_REPORT_FLEET_H

#include <stdint.h>

#include "buf.h"
#include "verdict.h"

/* What a scheduler is told of many devices: the worst state, who is not ok, how
 * many there are of each. */

struct fleet_row {
	const char *name;
	enum state state;
	const char *words; /* why; hostile */
};

/* One line with figures; with verbosity 1 one more for each device that is not
 * ok, with 2 for every device. */
void report_fleet(const struct fleet_row *rows, size_t count, int64_t duration_us, unsigned verbosity, struct buf *out);

/* The worst of all; unknown for none. */
enum state report_fleet_state(const struct fleet_row *rows, size_t count);

#endif
