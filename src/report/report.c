#include "report.h"

#include <string.h>

const struct report_format report_formats[] = {
        {"text", "for people: the verdict first, then what proves it", report_text},
        {"json", "for programs: everything, as doc/report.schema.json says", report_json},
        {"check", "for Nagios, Icinga and the like: one line and performance data", report_check},
        {"openmetrics", "for Prometheus: a file for the textfile collector", report_openmetrics},
        {"html", "for a ticket: one page with drawings, no script, to be kept and printed", report_html},
        {"markdown", "for tickets: verdict, checks and advice, the evidence folded", report_markdown},
};
const size_t report_format_count = sizeof report_formats / sizeof report_formats[0];

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; name && i < report_format_count; i++) {
		if (strcmp(report_formats[i].name, name) == 0)
			return &report_formats[i];
	}
	return NULL;
}

enum state report_status(const struct report *report)
{
	if (!report->verdict || report->verdict->status == STATE_SKIPPED)
		return STATE_UNKNOWN;
	return report->verdict->status;
}

const char *report_word_of(enum state state, char word[static REPORT_WORD_MAX])
{
	const char *lower = state_word(state);
	size_t n = 0;
	for (; lower[n] && n + 1 < REPORT_WORD_MAX; n++)
		word[n] = (char)(lower[n] >= 'a' && lower[n] <= 'z' ? lower[n] - 'a' + 'A' : lower[n]);
	word[n] = '\0';
	return word;
}

const char *report_word(const struct report *report, char word[static REPORT_WORD_MAX])
{
	return report_word_of(report_status(report), word);
}

int report_exit(const struct report *report)
{
	return state_exit(report_status(report));
}

const struct err *report_trouble(const struct report *report)
{
	return report->error && report->error->kind != ERR_NONE ? report->error : NULL;
}

const struct fact *report_fact(const struct report *report, enum fact_id id)
{
	if (!report->facts || !report->facts->item[id].present)
		return NULL;
	return &report->facts->item[id];
}
