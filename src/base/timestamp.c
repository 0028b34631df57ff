#include "timestamp.h"

#include <stdio.h>
#include <string.h>

#include "num.h"

static const int64_t US_PER_DAY = INT64_C(86400) * US_PER_SECOND;

int64_t timestamp_earlier(int64_t a_us, int64_t b_us)
{
	return a_us < b_us ? a_us : b_us;
}

int64_t date_to_days(int year, unsigned month, unsigned day)
{
	/* Years begin in March, so that the leap day is the last of its year. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	int64_t day_of_era = in_era * 365 + in_era / 4 - in_era / 100 + in_year;
	return era * 146097 + day_of_era - 719468;
}

static void days_to_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

/* ".f{1,9}" in microseconds. */
static bool parse_fraction(struct str text, uint64_t *us)
{
	char number[11] = "0";
	if (text.p[0] != '.' || text.n > sizeof number - 1)
		return false;
	memcpy(number + 1, text.p, text.n);
	return num_decimal((struct str){number, text.n + 1}, 6, US_PER_SECOND, us);
}

bool timestamp_parse(struct str date, struct str time, int64_t *out_us)
{
	unsigned year, month, day, hour, minute, second;
	uint64_t fraction = 0;
	if (date.n != 10 || date.p[4] != '-' || date.p[7] != '-' || time.n < 8 || time.p[2] != ':' || time.p[5] != ':')
		return false;
	if (!num_uint(str_cut(date, 0, 4), 1970, 9999, &year) || !num_uint(str_cut(date, 5, 2), 1, 12, &month) ||
	    !num_uint(str_cut(date, 8, 2), 1, days_in_month(year, month), &day))
		return false;
	if (!num_uint(str_cut(time, 0, 2), 0, 23, &hour) || !num_uint(str_cut(time, 3, 2), 0, 59, &minute) ||
	    !num_uint(str_cut(time, 6, 2), 0, 59, &second))
		return false;
	if (time.n > 8 && !parse_fraction(str_from(time, 8), &fraction))
		return false;
	int64_t seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
	*out_us = date_to_days((int)year, month, day) * US_PER_DAY + seconds * US_PER_SECOND + (int64_t)fraction;
	return true;
}

static bool zone_digits(struct str text, unsigned *hours, unsigned *minutes)
{
	*minutes = 0;
	ptrdiff_t colon = str_find_char(text, ':');
	if (colon >= 0)
		return colon <= 2 && text.n == (size_t)colon + 3 &&
		       num_uint(str_cut(text, 0, (size_t)colon), 0, 14, hours) &&
		       num_uint(str_from(text, (size_t)colon + 1), 0, 59, minutes);
	if (text.n == 4)
		return num_uint(str_cut(text, 0, 2), 0, 14, hours) && num_uint(str_from(text, 2), 0, 59, minutes);
	return text.n <= 2 && num_uint(text, 0, 14, hours);
}

bool timestamp_parse_zone(struct str text, int *out_seconds)
{
	if (str_is(text, "Z") || str_is(text, "UTC")) {
		*out_seconds = 0;
		return true;
	}
	if (str_starts(text, "UTC"))
		text = str_from(text, 3);
	unsigned hours, minutes;
	if (text.n < 2 || (text.p[0] != '+' && text.p[0] != '-') || !zone_digits(str_from(text, 1), &hours, &minutes))
		return false;
	int seconds = (int)(hours * 3600 + minutes * 60);
	*out_seconds = text.p[0] == '-' ? -seconds : seconds;
	return true;
}

const char *timestamp_print(int64_t us, char text[static TIMESTAMP_TEXT_MAX])
{
	int64_t days = us / US_PER_DAY;
	int64_t rest = us % US_PER_DAY;
	if (rest < 0) {
		rest += US_PER_DAY;
		days--;
	}
	int64_t year;
	unsigned month, day;
	days_to_date(days, &year, &month, &day);
	unsigned ms = (unsigned)(rest / 1000);
	(void)snprintf(text, TIMESTAMP_TEXT_MAX, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", (int)(year % 10000),
	               month % 100, day % 100, ms / 3600000 % 24, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
	return text;
}

bool timestamp_parse_rfc3339(struct str text, int64_t *out_us)
{
	if (text.n < 20 || text.p[10] != 'T')
		return false;
	struct str rest = str_from(text, 11);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != 'Z' && rest.p[n] != '+' && rest.p[n] != '-')
		n++;
	int zone;
	int64_t us;
	if (!timestamp_parse(str_cut(text, 0, 10), str_cut(rest, 0, n), &us) ||
	    !timestamp_parse_zone(str_from(rest, n), &zone))
		return false;
	*out_us = us - zone * US_PER_SECOND;
	return true;
}
