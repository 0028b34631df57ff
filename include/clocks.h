#ifndef FGDIAG_CLOCKS_H
#define FGDIAG_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/* The FortiGate's clock against ours. Its status prints its local wall clock,
 * which alone does not tell a wrong clock from another zone. */

/* Smaller differences are of no account. */
#define CLOCKS_SKEW_US (2 * INT64_C(1000000))

struct clocks_seen {
	int64_t local_ahead_us; /* device's wall clock minus our UTC */
	bool have_utc;
	int64_t utc_ahead_us; /* its UTC stamps minus our UTC; less than the truth by the way to us */
	bool have_zone;
	int zone_s; /* as the entry says, east of UTC */
};

struct clocks {
	bool known;
	int zone_s;
	int64_t skew_us;   /* device's UTC minus ours */
	bool zone_differs; /* from the entry's */
};

/* By the UTC stamps, else by the entry's zone: not known when a wrong clock and
 * another zone would look the same. With neither, a difference of whole quarter
 * hours (within a minute) is taken for the zone, the rest for skew. */
void clocks_reconcile(const struct clocks_seen *seen, struct clocks *out);

#endif
