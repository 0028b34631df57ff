#ifndef EMU_CLOCK_H
#define EMU_CLOCK_H

#include <stdint.h>

/* World time: microseconds since 1970, begun at the wall clock's time when the
 * emulator started, and running `speed` times as fast. */
void world_clock_start(double speed);
int64_t world_now(void);
int64_t world_began(void);

/* Milliseconds of real time until `when_us` in world time, 0 when it is past,
 * at most `limit_ms`. */
int world_wait_ms(int64_t when_us, int limit_ms);

#endif
