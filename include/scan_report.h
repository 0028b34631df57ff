#ifndef FGDIAG_SCAN_REPORT_H
#define FGDIAG_SCAN_REPORT_H

#include "report.h"
#include "scan_log.h"

/* What a scan found. */

struct scan_report {
	const struct scan_log *log; /* sorted */
	const char *const *files;   /* by number of scan_log_file */
	size_t file_count;
	size_t top;     /* groups to show; 0 all */
	bool malformed; /* show examples of what was not read */
};

struct scan_format {
	const char *name; /* text json csv */
	void (*write)(const struct scan_report *report, const struct report_style *style, struct buf *out);
};
const struct scan_format *scan_format_find(const char *name);

void scan_report_text(const struct scan_report *report, const struct report_style *style, struct buf *out);
void scan_report_json(const struct scan_report *report, const struct report_style *style, struct buf *out);
void scan_report_csv(const struct scan_report *report, const struct report_style *style, struct buf *out);

/* "192.0.2.53 udp/53", "2001:db8::1 icmp6". */
const char *scan_group_server(const struct scan_group *group, char text[static 80]);

#endif
