#ifndef FGDIAG_NUM_H
#define FGDIAG_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "text.h"

/* Strict numbers from text: decimal digits only, no sign unless said, no
 * blanks, no leading "+", whole text, range checked. Leading zeros count for
 * nothing: "010" is 10, never octal. Locale plays no part. Return false on
 * anything else. */
bool num_u64(struct str text, uint64_t min, uint64_t max, uint64_t *out);
bool num_i64(struct str text, int64_t min, int64_t max, int64_t *out); /* one leading '-' */
bool num_uint(struct str text, unsigned min, unsigned max, unsigned *out);

/* "12", "12.5", ".5" is refused: digits, optionally '.' and 1-9 digits. Gives
 * the value in units of 10^-scale, rounded half up (scale 0..9). */
bool num_decimal(struct str text, unsigned scale, uint64_t max, uint64_t *out);

/* "30s", "500ms", "2m", "1h" into microseconds; the unit is required. */
bool num_duration_us(struct str text, int64_t min_us, int64_t max_us, int64_t *out);

#endif
