#include "commands.h"
#include "output.h"
#include "scan_files.h"
#include "scan_report.h"
#include "terminal.h"

static int fail(const struct err *err)
{
	output_error(err);
	return 3;
}

/* What JSON says of 200 000 groups with their newest entries. */
static const size_t OUT_BYTES = (size_t)2 * 1024 * 1024 * 1024;

int cmd_scan(struct arena *arena, const struct options *options)
{
	const struct scan_format *format = scan_format_find(options->format);
	struct report_style style = terminal_style(options);
	struct scan_log log;
	struct buf out;
	struct err err;
	bool failed;
	(void)arena;
	if (!format) {
		(void)err_set(&err, ERR_USAGE, "a scan is shown as text, json or csv");
		return fail(&err);
	}
	if (output_check(options->output, &err) < 0 || scan_files(options, &log, &failed, &err) < 0)
		return fail(&err);
	const struct scan_report report = {
	        .log = &log, .files = options->arguments, .top = options->top, .malformed = options->malformed};
	buf_init(&out, OUT_BYTES);
	format->write(&report, &style, &out);
	int status = output_write(options->output, &out, &err) < 0 ? fail(&err) : failed ? 3 : 0;
	buf_done(&out);
	scan_log_done(&log);
	return status;
}
