#ifndef FGDIAG_RANGE_H
#define FGDIAG_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* A threshold as the Monitoring Plugins guidelines write it: [@]start:end. The
 * start and the colon may be missing (0), so may the end (infinity); ~ is minus
 * infinity. It alerts outside of start and end, with @ inside; both ends belong
 * to what is inside. */

#define RANGE_UNIT 1000000 /* numbers are millionths, and no larger than: */
#define RANGE_MAX  (INT64_C(1000000000000) * RANGE_UNIT)

struct range {
	bool inside;          /* alerts inside */
	bool no_low, no_high; /* no end on that side */
	int64_t low, high;    /* 0 where there is none */
};

/* ERR_USAGE: not of that grammar (an exponent, NaN and a + are not), more than
 * six decimals, beyond RANGE_MAX, or start above end. */
int range_parse(struct str text, struct range *out, struct err *err);

bool range_alerts(const struct range *range, int64_t value);

/* The shortest text that range_parse reads as the same range. */
void range_print(const struct range *range, struct buf *out);

/* Millionths as a decimal number without needless zeros, in any locale. */
void range_print_number(struct buf *out, int64_t millionths);

#endif
