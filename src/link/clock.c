#include "clock.h"

#include <limits.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_utc_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int clock_poll_ms(int64_t deadline_us)
{
	if (deadline_us == INT64_MAX)
		return -1;
	int64_t left = deadline_us - clock_mono_us();
	if (left <= 0)
		return 0;
	int64_t ms = (left + 999) / 1000;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}
