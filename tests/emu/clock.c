#include "clock.h"

#include <time.h>

static struct {
	double speed;
	int64_t mono_us, utc_us;
} start;

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void world_clock_start(double speed)
{
	start.speed = speed;
	start.mono_us = read_clock(CLOCK_MONOTONIC);
	start.utc_us = read_clock(CLOCK_REALTIME);
}

int64_t world_began(void)
{
	return start.utc_us;
}

int64_t world_now(void)
{
	return start.utc_us + (int64_t)((double)(read_clock(CLOCK_MONOTONIC) - start.mono_us) * start.speed);
}

int world_wait_ms(int64_t when_us, int limit_ms)
{
	double left_ms = (double)(when_us - world_now()) / start.speed / 1000;
	if (left_ms <= 0)
		return 0;
	return left_ms >= limit_ms ? limit_ms : (int)left_ms + 1;
}
