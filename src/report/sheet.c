#include "sheet.h"

#include "subject.h"

/* What the report is about: device, log entry, target, in a row each. */

enum { LABEL_COLUMNS = 10, SENTENCE_MAX_BYTES = 1024 * 1024 };

void sheet_say(struct sheet *sheet, unsigned indent, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	buf_clear(&sheet->raw);
	buf_vprintf(&sheet->raw, fmt, args);
	va_end(args);
	page_text(&sheet->page, indent, buf_str(&sheet->raw));
	page_line(&sheet->page);
}

/* The row whose words are in sheet->raw; none when there are no words. */
static void add_row(struct sheet *sheet, const char *label)
{
	if (sheet->raw.n == 0)
		return;
	page_text(&sheet->page, 0, str_of(label));
	if (sheet->stacked)
		page_text(&sheet->page, 0, STR(": "));
	else
		page_to(&sheet->page, LABEL_COLUMNS);
	page_text(&sheet->page, sheet->stacked ? 2 : LABEL_COLUMNS, buf_str(&sheet->raw));
	page_line(&sheet->page);
}

void sheet_subject(struct sheet *sheet)
{
	static const struct {
		const char *label;
		void (*make)(const struct report *report, struct buf *raw);
	} rows[] = {{"Device", subject_device}, {"Entry", subject_entry}, {"Target", subject_target}};
	page_gap(&sheet->page);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&sheet->raw);
		rows[i].make(sheet->report, &sheet->raw);
		add_row(sheet, rows[i].label);
	}
}

void sheet_init(struct sheet *sheet, const struct report *report, const struct report_style *style, struct buf *out)
{
	*sheet = (struct sheet){.report = report};
	page_init(&sheet->page, out, style ? style->columns : 80, style && style->color);
	buf_init(&sheet->raw, SENTENCE_MAX_BYTES);
	sheet->stacked = sheet->page.columns < SHEET_TABLE_COLUMNS;
}

void sheet_done(struct sheet *sheet)
{
	page_done(&sheet->page);
	buf_done(&sheet->raw);
}
