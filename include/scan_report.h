#ifndef FGDIAG_SCAN_REPORT_H
#define FGDIAG_SCAN_REPORT_H

#include <jansson.h>

#include "report.h"
#include "scan_log.h"
#include "timestamp.h"

/* What a scan found. */

struct scan_report {
	const struct scan_log *log; /* sorted */
	const char *const *files;   /* by number of scan_log_file */
	size_t top;                 /* groups to show; 0 all */
	bool malformed;             /* show examples of what was not read */
};

struct scan_format {
	const char *name; /* text json csv */
	void (*write)(const struct scan_report *report, const struct report_style *style, struct buf *out);
};
const struct scan_format *scan_format_find(const char *name);

void scan_report_text(const struct scan_report *report, const struct report_style *style, struct buf *out);
void scan_report_json(const struct scan_report *report, const struct report_style *style, struct buf *out);
void scan_report_csv(const struct scan_report *report, const struct report_style *style, struct buf *out);

/* What a group is of and how much of it there is, for JSON. */
void scan_group_put(json_t *object, const struct scan_group *group, const char *const *files);

/* RFC 3339, without a zone for the device's own time where that is not told; ""
 * for no time. */
const char *scan_when(int64_t time_us, bool local, char text[static TIMESTAMP_TEXT_MAX]);

/* "192.0.2.53 udp/53", "2001:db8::1 icmp6". */
const char *scan_group_server(const struct scan_group *group, char text[static 80]);

#endif
