#ifndef FGDIAG_SLOT_H
#define FGDIAG_SLOT_H

#include <stdbool.h>

#include "text.h"

/* What may stand in a typed slot of the command tables. */

/* "N-M": a decimal number from N to M, without leading zeros. */
bool slot_range(struct str slot, struct str word);

/* The address of one host, as fgdiag itself writes it: of IPv4 (4), IPv6 (6) or
 * either (0). */
bool slot_address(unsigned family, struct str word);

#endif
