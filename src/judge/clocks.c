#include "clocks.h"

#include "timestamp.h"

static const int64_t QUARTER_US = 15 * 60 * US_PER_SECOND; /* every zone is a multiple of it */
static const int64_t NEAR_US = 60 * US_PER_SECOND;
static const int64_t ZONE_MIN_US = -12 * INT64_C(3600) * US_PER_SECOND;
static const int64_t ZONE_MAX_US = 14 * INT64_C(3600) * US_PER_SECOND;

static int64_t nearest_zone(int64_t us)
{
	int64_t half = us < 0 ? -QUARTER_US / 2 : QUARTER_US / 2;
	return (us + half) / QUARTER_US * QUARTER_US;
}

static bool near(int64_t us)
{
	return us < NEAR_US && us > -NEAR_US;
}

static void set(struct clocks *out, const struct clocks_seen *seen, int64_t zone_us)
{
	out->known = zone_us >= ZONE_MIN_US && zone_us <= ZONE_MAX_US;
	out->zone_s = (int)(zone_us / US_PER_SECOND);
	out->skew_us = seen->local_ahead_us - zone_us;
	out->zone_differs = seen->have_zone && seen->zone_s != out->zone_s;
}

void clocks_reconcile(const struct clocks_seen *seen, struct clocks *out)
{
	*out = (struct clocks){0};
	if (seen->have_utc) {
		int64_t zone_us = nearest_zone(seen->local_ahead_us - seen->utc_ahead_us);
		if (near(seen->local_ahead_us - seen->utc_ahead_us - zone_us))
			set(out, seen, zone_us);
		return;
	}
	int64_t zone_us = nearest_zone(seen->local_ahead_us);
	bool whole = near(seen->local_ahead_us - zone_us);
	if (!seen->have_zone) {
		/* A clock wrong by a quarter of an hour looks the same; a small skew is by far the likelier. */
		if (whole)
			set(out, seen, zone_us);
		return;
	}
	int64_t said_us = seen->zone_s * US_PER_SECOND;
	if (!whole || zone_us == said_us)
		set(out, seen, said_us);
}
