#ifndef FGDIAG_CLOCK_H
#define FGDIAG_CLOCK_H

#include <stdint.h>

/* The only place where a clock is read or waited on. Everything above takes
 * moments as values; tests replace this file by one that runs faster. */

int64_t clock_mono_us(void); /* monotonic, for deadlines */
int64_t clock_utc_us(void);  /* wall clock, for "started" */

/* Milliseconds for poll() until `deadline_us` (of clock_mono_us), rounded up,
 * at least 0; -1 for INT64_MAX. */
int clock_poll_ms(int64_t deadline_us);

#endif
