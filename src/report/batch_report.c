#include "batch_report.h"

#include <inttypes.h>

#include "json_value.h"
#include "page.h"
#include "scan_report.h"
#include "timestamp.h"

enum { INDENT = 2 };

const char *batch_key(struct arena *arena, const struct scan_group *group)
{
	char server[80], first[TIMESTAMP_TEXT_MAX];
	return arena_printf(arena, "%s/%s %s %s %s", group->devid[0] ? group->devid : group->devname, group->vd,
	                    scan_group_server(group, server), group->policyid,
	                    scan_when(group->first_us, group->local, first));
}

/* ---- JSON ---- */

void batch_result_json(const struct batch_result *result, struct buf *out)
{
	char began[TIMESTAMP_TEXT_MAX];
	json_t *root = json_value_made(json_object()), *group = json_value_made(json_object());
	scan_group_put(group, result->group, result->files);
	json_value_put(root, "schema", json_string("fgdiag/batch/1"));
	json_value_put(root, "key", json_value_words(result->key));
	json_value_put(root, "device", json_value_words(result->device));
	json_value_put(root, "began",
	               json_value_words(result->began_us ? timestamp_print(result->began_us, began) : NULL));
	json_value_put(root, "group", group);
	json_value_put(root, "report", report_json_value(result->report));
	json_value_print(root, REPORT_JSON_FLAGS | JSON_COMPACT, out);
}

/* ---- for a person ---- */

static const char *words_of(const struct report *report)
{
	const struct err *trouble = report_trouble(report);
	return trouble ? trouble->text : report->verdict ? report->verdict->summary : "no verdict";
}

void batch_result_text(const struct batch_result *result, struct buf *out)
{
	char word[REPORT_WORD_MAX], server[80];
	const struct scan_group *group = result->group;
	const char *device = result->device ? result->device : group->devname[0] ? group->devname : group->devid;
	buf_printf(out, "%s ", report_word(result->report, word));
	text_add_safe(out, str_of(device));
	if (group->vd[0])
		buf_add_char(out, '/');
	text_add_safe(out, str_of(group->vd));
	buf_printf(out, " -> %s (%" PRIu64 " entr%s): ", scan_group_server(group, server), group->count,
	           group->count == 1 ? "y" : "ies");
	text_add_safe(out, str_of(words_of(result->report)));
	buf_add_char(out, '\n');
}

/* ---- all of them ---- */

enum state batch_state(const struct batch_row *rows, size_t count, const struct batch_totals *totals)
{
	enum state worst = totals->open || totals->unread ? STATE_UNKNOWN : STATE_OK;
	if (totals->kept)
		worst = state_worst(worst, totals->kept_state);
	for (size_t i = 0; i < count; i++)
		worst = state_worst(worst, rows[i].state);
	return worst;
}

static void add_row(struct page *page, const struct batch_row *row)
{
	char word[REPORT_WORD_MAX];
	page_say(page, 0, "%s %s%s%s -> %s, %" PRIu64 " entr%s", report_word_of(row->state, word), row->device,
	         row->vdom[0] ? "/" : "", row->vdom, row->server, row->entries, row->entries == 1 ? "y" : "ies");
	page_say(page, INDENT, "%s", row->words);
}

static void add_totals(struct page *page, const struct batch_row *rows, size_t count, const struct batch_totals *totals)
{
	size_t counts[STATES] = {0};
	uint64_t entries = 0;
	for (size_t i = 0; i < count; i++) {
		counts[rows[i].state < STATES ? rows[i].state : STATE_UNKNOWN]++;
		entries += rows[i].entries;
	}
	page_gap(page);
	page_say(page, 0,
	         "%zu result%s for %" PRIu64 " entr%s on %zu FortiGate%s in %" PRId64
	         " s: %zu critical, %zu warning, %zu unknown, %zu ok",
	         count, text_plural(count), entries, entries == 1 ? "y" : "ies", totals->devices,
	         text_plural(totals->devices), totals->took_us / US_PER_SECOND, counts[STATE_CRITICAL],
	         counts[STATE_WARNING], counts[STATE_UNKNOWN], counts[STATE_OK]);
	if (totals->kept)
		page_say(page, 0, "%zu group%s had a result before: %s at worst", totals->kept,
		         text_plural(totals->kept), state_word(totals->kept_state));
	if (totals->unread)
		page_say(page, 0,
		         "%" PRIu64 " line%s say%s ip-conn and could not be read: fgdiag scan --malformed shows why",
		         totals->unread, text_plural(totals->unread), totals->unread == 1 ? "s" : "");
	if (totals->open)
		page_say(page, 0,
		         "%zu group%s no result: the batch was ended; --resume FILE goes on where one was kept",
		         totals->open, totals->open == 1 ? " has" : "s have");
}

void batch_table(const struct batch_row *rows, size_t count, const struct batch_totals *totals, unsigned columns,
                 struct buf *out)
{
	static const enum state order[] = {STATE_CRITICAL, STATE_WARNING, STATE_UNKNOWN, STATE_OK};
	struct page page;
	page_init(&page, out, columns, false);
	for (size_t s = 0; s < sizeof order / sizeof order[0]; s++) {
		for (size_t i = 0; i < count; i++) {
			if (rows[i].state == order[s])
				add_row(&page, &rows[i]);
		}
	}
	add_totals(&page, rows, count, totals);
	page_done(&page);
}
