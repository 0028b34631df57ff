#include "scan_files.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "log_file.h"
#include "num.h"
#include "output.h"
#include "timestamp.h"

/* "24h" before now, or a moment: RFC 3339, a date with a time or alone (UTC). */
static int take_time(const char *option, const char *text, int64_t now_us, int64_t *out, struct err *err)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	struct str whole = str_of(text), date = str_cut(whole, 0, 10), time = str_from(whole, 11);
	unsigned number;
	for (size_t i = 0; whole.n > 1 && i < sizeof units / sizeof units[0]; i++) {
		if (whole.p[whole.n - 1] != units[i].unit ||
		    !num_uint(str_cut(whole, 0, whole.n - 1), 0, 1000000, &number))
			continue;
		*out = now_us - (int64_t)number * units[i].seconds * US_PER_SECOND;
		return 0;
	}
	if (timestamp_parse_rfc3339(whole, out) || (whole.n == 10 && timestamp_parse(date, STR("00:00:00"), out)) ||
	    (whole.n > 11 && timestamp_parse(date, time, out)))
		return 0;
	return err_set(err, ERR_USAGE,
	               "--%s: '%.60s' is neither a time (2026-11-24T12:00:00Z, 2026-11-24 12:00:00, 2026-11-24) nor so "
	               "long ago (90m, 24h, 7d)",
	               option, text);
}

static int read_log(struct scan_log *log, const char *path, unsigned number, struct err *err)
{
	const char *bytes;
	size_t n = 1;
	int rc = 0;
	struct log_file *file = log_file_open(path, err);
	if (!file)
		return -1;
	scan_log_file(log, number);
	while (rc == 0 && n) {
		rc = log_file_read(file, &bytes, &n, err);
		if (rc == 0)
			scan_log_feed(log, bytes, n);
	}
	scan_log_end(log);
	log_file_close(file);
	return rc;
}

int scan_files(const struct options *options, struct scan_log *out, bool *failed, struct err *err)
{
	uint8_t key[SIPHASH_KEY_BYTES];
	int64_t now_us = clock_utc_us(), since_us = INT64_MIN, until_us = INT64_MAX;
	if (options->argument_count == 0)
		return err_set(err, ERR_USAGE, "which logs? Give files, or - for standard input");
	if ((options->since && take_time("since", options->since, now_us, &since_us, err) < 0) ||
	    (options->until && take_time("until", options->until, now_us, &until_us, err) < 0))
		return -1;
	if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
		return err_set(err, ERR_INTERNAL, "the system gives no random numbers: %s", strerror(errno));
	scan_log_init(out, key);
	out->since_us = since_us;
	out->until_us = until_us;
	*failed = false;
	for (size_t i = 0; i < options->argument_count; i++) {
		struct err why;
		if (read_log(out, options->arguments[i], (unsigned)i, &why) == 0)
			continue;
		*failed = true;
		output_error(&why);
	}
	scan_log_sort(out);
	return 0;
}
