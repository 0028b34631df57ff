#include "batch_report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "mem.h"
#include "page.h"
#include "scan_report.h"
#include "timestamp.h"

enum { INDENT = 2 };

const char *batch_key(struct arena *arena, const struct scan_group *group)
{
	char server[80], first[TIMESTAMP_TEXT_MAX];
	return arena_printf(arena, "%s/%s %s %s %s", group->devid[0] ? group->devid : group->devname, group->vd,
	                    scan_group_server(group, server), group->policyid,
	                    group->first_us == INT64_MAX ? "-" : timestamp_print(group->first_us, first));
}

/* ---- JSON ---- */

static json_t *made(json_t *value)
{
	if (!value)
		mem_exhausted();
	return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)))
		mem_exhausted();
}

static json_t *words(const char *text)
{
	struct buf valid;
	if (!text || !text[0])
		return json_null();
	buf_init(&valid, REPORT_MAX_BYTES);
	encode_utf8(&valid, str_of(text));
	json_t *value = made(json_stringn(valid.p, valid.n));
	buf_done(&valid);
	return value;
}

static json_t *moment(int64_t time_us)
{
	char when[TIMESTAMP_TEXT_MAX];
	return time_us == INT64_MAX || time_us == INT64_MIN || time_us == 0 ? json_null()
	                                                                    : words(timestamp_print(time_us, when));
}

static json_t *places_json(const struct batch_result *result)
{
	json_t *places = made(json_array());
	for (size_t i = 0; i < result->group->place_count; i++) {
		json_t *place = made(json_object());
		put(place, "file", words(result->files[result->group->places[i].file]));
		put(place, "offset", json_integer((json_int_t)result->group->places[i].offset));
		if (json_array_append_new(places, place))
			mem_exhausted();
	}
	return places;
}

static json_t *group_json(const struct batch_result *result)
{
	const struct scan_group *group = result->group;
	char address[IP_TEXT_MAX];
	json_t *object = made(json_object());
	put(object, "devid", words(group->devid));
	put(object, "devname", words(group->devname));
	put(object, "vdom", words(group->vd));
	put(object, "server", words(ip_print(&group->server, address)));
	put(object, "port", group->have_port ? json_integer(group->port) : json_null());
	put(object, "proto", group->have_proto ? json_integer(group->proto) : json_null());
	put(object, "policy", words(group->policyid));
	put(object, "entries", json_integer((json_int_t)group->count));
	put(object, "clients", json_integer((json_int_t)group->client_count));
	put(object, "first", moment(group->first_us));
	put(object, "last", moment(group->last_us));
	put(object, "places", places_json(result));
	return object;
}

/* Line ends of JSON stand between its values alone, with what indents them. */
static void add_on_one_line(struct buf *out, struct str json)
{
	struct str line;
	while (str_next_line(&json, &line))
		buf_add_str(out, str_trim(line));
}

void batch_result_json(const struct batch_result *result, struct buf *out)
{
	struct buf head, report;
	json_t *root = made(json_object());
	buf_init(&head, REPORT_MAX_BYTES);
	buf_init(&report, REPORT_MAX_BYTES);
	put(root, "schema", json_string("fgdiag/batch/1"));
	put(root, "key", words(result->key));
	put(root, "device", words(result->device));
	put(root, "began", moment(result->began_us));
	put(root, "group", group_json(result));
	char *text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (!text)
		mem_exhausted();
	encode_json(&head, str_of(text));
	report_json(result->report, NULL, &report);
	/* The object is left open for the report, which has its own writer. */
	buf_add(out, head.p, head.n - 1);
	buf_add_text(out, ",\"report\":");
	add_on_one_line(out, buf_str(&report));
	buf_add_text(out, "}\n");
	out->full = out->full || head.full || report.full;
	free(text);
	json_decref(root);
	buf_done(&report);
	buf_done(&head);
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
	enum state worst = totals->open ? STATE_UNKNOWN : STATE_OK;
	for (size_t i = 0; i < count; i++)
		worst = state_worst(worst, rows[i].state);
	return worst;
}

static void say(struct page *page, unsigned indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void say(struct page *page, unsigned indent, const char *fmt, ...)
{
	struct buf text;
	va_list args;
	buf_init(&text, ENTRY_MAX_BYTES);
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	page_to(page, indent);
	page_text(page, indent, buf_str(&text));
	page_line(page);
	buf_done(&text);
}

static void add_row(struct page *page, const struct batch_row *row)
{
	char word[REPORT_WORD_MAX];
	say(page, 0, "%s %s%s%s -> %s, %" PRIu64 " entr%s", report_word_of(row->state, word), row->device,
	    row->vdom[0] ? "/" : "", row->vdom, row->server, row->entries, row->entries == 1 ? "y" : "ies");
	say(page, INDENT, "%s", row->words);
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
	say(page, 0,
	    "%zu result%s for %" PRIu64 " entr%s on %zu FortiGate%s in %" PRId64
	    " s: %zu critical, %zu warning, %zu unknown, %zu ok",
	    count, text_plural(count), entries, entries == 1 ? "y" : "ies", totals->devices,
	    text_plural(totals->devices), totals->took_us / US_PER_SECOND, counts[STATE_CRITICAL],
	    counts[STATE_WARNING], counts[STATE_UNKNOWN], counts[STATE_OK]);
	if (totals->kept)
		say(page, 0, "%zu group%s had a result before", totals->kept, text_plural(totals->kept));
	if (totals->open)
		say(page, 0, "%zu group%s no result: the batch was ended; --resume FILE goes on where one was kept",
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
