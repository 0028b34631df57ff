/* In place of src/link/clock.c: time that runs FGDIAG_CLOCK_SPEED times as
 * fast as the wall clock, in step with the emulator's --speed. */
#include "clock.h"

#include <stdlib.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t speed(void)
{
	static int64_t value;
	if (!value) {
		const char *text = getenv("FGDIAG_CLOCK_SPEED");
		value = text ? strtoll(text, NULL, 10) : 1;
		if (value < 1)
			value = 1;
	}
	return value;
}

int64_t clock_mono_us(void)
{
	static int64_t base;
	int64_t now = read_clock(CLOCK_MONOTONIC);
	if (!base)
		base = now;
	return base + (now - base) * speed();
}

/* FGDIAG_CLOCK_JUMP=SECONDS@AFTER: somebody sets the wall clock so many seconds
 * forward when the run has lasted so long by its own clock. */
static int64_t jump(void)
{
	static int64_t start_us;
	if (!start_us)
		start_us = clock_mono_us();
	const char *text = getenv("FGDIAG_CLOCK_JUMP");
	if (!text)
		return 0;
	char *end;
	int64_t seconds = strtoll(text, &end, 10), after = *end ? strtoll(end + 1, NULL, 10) : 0;
	return clock_mono_us() - start_us >= after * 1000000 ? seconds * 1000000 : 0;
}

int64_t clock_utc_us(void)
{
	return read_clock(CLOCK_REALTIME) + jump();
}

int clock_poll_ms(int64_t deadline_us)
{
	if (deadline_us == INT64_MAX)
		return -1;
	int64_t left = (deadline_us - clock_mono_us()) / speed();
	if (left <= 0)
		return 0;
	return left > 86400000000 ? 86400000 : (int)((left + 999) / 1000);
}
