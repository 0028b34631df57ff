#include "scan_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "page.h"
#include "timestamp.h"

enum { INDENT = 2, BAR_MAX = 40, WHEN = 16 };

const char *scan_group_server(const struct scan_group *group, char text[static 80])
{
	char address[IP_TEXT_MAX], number[24];
	const char *word = group->have_proto ? entry_proto_word(group->proto) : "?";
	(void)snprintf(number, sizeof number, "proto %u", group->proto);
	if (group->have_port)
		(void)snprintf(text, 80, "%s %s/%u", ip_print(&group->server, address), word ? word : number,
		               group->port);
	else
		(void)snprintf(text, 80, "%s %s", ip_print(&group->server, address), word ? word : number);
	return text;
}

const char *scan_when(int64_t time_us, bool local, char text[static TIMESTAMP_TEXT_MAX])
{
	if (time_us == INT64_MAX || time_us == INT64_MIN)
		return "";
	(void)timestamp_print(time_us, text);
	if (local)
		text[strlen(text) - 1] = '\0'; /* the Z */
	return text;
}

/* "2026-11-24 12:09", "-" where there is none. */
static const char *minute_of(int64_t time_us, char text[static TIMESTAMP_TEXT_MAX])
{
	if (!scan_when(time_us, true, text)[0])
		return "-";
	text[10] = ' ';
	text[WHEN] = '\0';
	return text;
}

/* ---- parts ---- */

static void add_totals(struct page *page, const struct scan_log *log)
{
	page_say(page, 0, "%" PRIu64 " ip-conn entr%s in %zu group%s, %.1f MB read", log->entries,
	         log->entries == 1 ? "y" : "ies", log->group_count, text_plural(log->group_count),
	         (double)log->bytes / 1e6);
	if (log->malformed)
		page_say(page, INDENT, "%" PRIu64 " line%s could not be read (--malformed shows some)", log->malformed,
		         text_plural(log->malformed));
	if (log->others)
		page_say(page, INDENT, "%" PRIu64 " line%s only mention%s ip-conn", log->others,
		         text_plural(log->others), log->others == 1 ? "s" : "");
	if (log->outside)
		page_say(page, INDENT, "%" PRIu64 " entr%s outside the time asked for", log->outside,
		         log->outside == 1 ? "y" : "ies");
	if (log->ungrouped)
		page_say(page, INDENT, "%" PRIu64 " entr%s of more than %d groups were counted only", log->ungrouped,
		         log->ungrouped == 1 ? "y" : "ies", SCAN_MAX_GROUPS);
}

static uint64_t highest(const struct histogram *histogram)
{
	uint64_t most = 0;
	for (size_t i = 0; i < histogram->bars; i++)
		most = histogram->counts[i] > most ? histogram->counts[i] : most;
	return most;
}

/* Which clock the times are of. */
static void add_clock(struct page *page, const struct scan_log *log)
{
	if (log->utc)
		page_say(page, 0, "Times are UTC%s.",
		         log->local ? ", but for entries that tell no zone: theirs are as they were logged" : "");
	else if (log->local)
		page_say(page, 0, "Times are as they were logged: the entries tell no zone.");
}

static void add_histogram(struct page *page, const struct scan_log *log)
{
	const struct histogram *histogram = &log->histogram;
	char when[TIMESTAMP_TEXT_MAX];
	uint64_t most = highest(histogram);
	unsigned room = page->columns > WHEN + 12 ? page->columns - WHEN - 12 : 4;
	room = room > BAR_MAX ? BAR_MAX : room;
	page_gap(page);
	add_clock(page, log);
	for (size_t i = 0; most && i < histogram->bars; i++) {
		char bar[BAR_MAX + 1];
		size_t n = (size_t)(histogram->counts[i] * room / most);
		n = histogram->counts[i] && n == 0 ? 1 : n;
		memset(bar, '#', n);
		bar[n] = '\0';
		int64_t begin_us = (histogram->first + (int64_t)i) * histogram->width_us;
		page_say(page, 0, "%s %7" PRIu64 " %s", minute_of(begin_us, when), histogram->counts[i], bar);
	}
	if (histogram->undated)
		page_say(page, 0, "%-*s %7" PRIu64, WHEN, "without a time", histogram->undated);
}

static void add_group(struct page *page, const struct scan_log *log, const struct scan_group *group)
{
	char server[80], first[TIMESTAMP_TEXT_MAX], last[TIMESTAMP_TEXT_MAX], words[160];
	const char *device = group->devname[0] ? group->devname : group->devid[0] ? group->devid : "(no device)";
	const char *worth = scan_group_worth(log, group, words);
	page_gap(page);
	page_say(page, 0, "%s%s%s -> %s%s%s", device, group->vd[0] ? "/" : "", group->vd,
	         scan_group_server(group, server), group->policyid[0] ? " policy " : "", group->policyid);
	page_say(page, INDENT, "%" PRIu64 " entr%s, %s%zu client%s, %s to %s", group->count,
	         group->count == 1 ? "y" : "ies", group->client_count == SCAN_GROUP_CLIENTS ? "at least " : "",
	         group->client_count, text_plural(group->client_count), minute_of(group->first_us, first),
	         minute_of(group->last_us, last));
	if (worth)
		page_say(page, INDENT, "worth a diagnosis: %s", worth);
}

static void add_examples(struct page *page, const struct scan_report *report)
{
	const struct scan_log *log = report->log;
	page_gap(page);
	for (size_t i = 0; i < log->example_count; i++)
		page_say(page, 0, "%s, byte %" PRIu64 ": %s", report->files[log->examples[i].place.file],
		         log->examples[i].place.offset, log->examples[i].words);
	if (log->malformed > log->example_count)
		page_say(page, 0, "and %" PRIu64 " more", log->malformed - log->example_count);
}

void scan_report_text(const struct scan_report *report, const struct report_style *style, struct buf *out)
{
	const struct scan_log *log = report->log;
	size_t shown = report->top && report->top < log->group_count ? report->top : log->group_count;
	struct page page;
	page_init(&page, out, style ? style->columns : 80, false);
	add_totals(&page, log);
	add_histogram(&page, log);
	for (size_t i = 0; i < shown; i++)
		add_group(&page, log, &log->groups[i]);
	if (shown < log->group_count) {
		page_gap(&page);
		page_say(&page, 0, "%zu more group%s; --top 0 shows all", log->group_count - shown,
		         text_plural(log->group_count - shown));
	}
	if (report->malformed && log->malformed)
		add_examples(&page, report);
	page_done(&page);
}

/* ---- the table ---- */

static const struct scan_format formats[] = {
        {"text", scan_report_text},
        {"json", scan_report_json},
        {"csv", scan_report_csv},
};

const struct scan_format *scan_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}
