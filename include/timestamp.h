#ifndef FGDIAG_TIMESTAMP_H
#define FGDIAG_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* Times are int64_t microseconds: since 1970-01-01 UTC for moments, plain for
 * spans. Nothing here reads a clock. */
#define US_PER_SECOND INT64_C(1000000)

int64_t timestamp_earlier(int64_t a_us, int64_t b_us);

/* Days from 1970-01-01 of a proleptic Gregorian date. */
int64_t date_to_days(int year, unsigned month, unsigned day);

/* "YYYY-MM-DD" and "HH:MM:SS[.f{1,9}]" (1970..9999, leap second refused) as if
 * the zone were UTC. */
bool timestamp_parse(struct str date, struct str time, int64_t *out_us);

/* "+0200", "-0300", "+02:00", "UTC+5:30", "UTC+2", "Z", "UTC" → seconds east. */
bool timestamp_parse_zone(struct str text, int *out_seconds);

#define TIMESTAMP_TEXT_MAX 32

/* RFC 3339 in UTC with milliseconds, "2024-06-26T15:18:28.003Z"; returns text. */
const char *timestamp_print(int64_t us, char text[static TIMESTAMP_TEXT_MAX]);

/* RFC 3339 back into microseconds. */
bool timestamp_parse_rfc3339(struct str text, int64_t *out_us);

#endif
