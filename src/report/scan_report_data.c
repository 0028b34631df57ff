#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "mem.h"
#include "scan_report.h"
#include "timestamp.h"

/* What a scan found, for programs (doc/scan.schema.json) and for spreadsheets. */

static const char *when_of(int64_t time_us, char text[static TIMESTAMP_TEXT_MAX])
{
	return time_us == INT64_MAX || time_us == INT64_MIN ? "" : timestamp_print(time_us, text);
}

static size_t shown_of(const struct scan_report *report)
{
	size_t count = report->log->group_count;
	return report->top && report->top < count ? report->top : count;
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

static void add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(value)))
		mem_exhausted();
}

static json_t *words(const char *text)
{
	struct buf valid;
	if (!text[0])
		return json_null();
	buf_init(&valid, REPORT_MAX_BYTES);
	encode_utf8(&valid, str_of(text));
	json_t *value = made(json_stringn(valid.p, valid.n));
	buf_done(&valid);
	return value;
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *place_json(const struct scan_report *report, const struct scan_place *place)
{
	json_t *object = made(json_object());
	put(object, "file", words(report->files[place->file]));
	put(object, "offset", number(place->offset));
	return object;
}

static json_t *group_json(const struct scan_report *report, const struct scan_group *group)
{
	char address[IP_TEXT_MAX], when[TIMESTAMP_TEXT_MAX], worth[160];
	json_t *object = made(json_object()), *places = made(json_array());
	const char *reason = scan_group_worth(report->log, group, worth);
	put(object, "devid", words(group->devid));
	put(object, "devname", words(group->devname));
	put(object, "vdom", words(group->vd));
	put(object, "server", words(ip_print(&group->server, address)));
	put(object, "port", group->have_port ? number(group->port) : json_null());
	put(object, "proto", group->have_proto ? number(group->proto) : json_null());
	put(object, "policy", words(group->policyid));
	put(object, "service", words(group->service));
	put(object, "srcintf", words(group->srcintf));
	put(object, "dstintf", words(group->dstintf));
	put(object, "entries", number(group->count));
	put(object, "clients", number(group->client_count));
	put(object, "clients_at_least", json_boolean(group->client_count == SCAN_GROUP_CLIENTS));
	put(object, "first", words(when_of(group->first_us, when)));
	put(object, "last", words(when_of(group->last_us, when)));
	put(object, "worth", words(reason ? reason : ""));
	put(object, "newest", words(group->line));
	for (size_t i = 0; i < group->place_count; i++)
		add(places, place_json(report, &group->places[i]));
	put(object, "places", places);
	return object;
}

static json_t *histogram_json(const struct histogram *histogram)
{
	char when[TIMESTAMP_TEXT_MAX];
	json_t *object = made(json_object()), *bars = made(json_array());
	put(object, "width_s", json_integer(histogram->width_us / US_PER_SECOND));
	for (size_t i = 0; i < histogram->bars; i++) {
		json_t *bar = made(json_object());
		put(bar, "from", words(timestamp_print((histogram->first + (int64_t)i) * histogram->width_us, when)));
		put(bar, "entries", number(histogram->counts[i]));
		add(bars, bar);
	}
	put(object, "bars", bars);
	put(object, "undated", number(histogram->undated));
	return object;
}

static json_t *malformed_json(const struct scan_report *report)
{
	const struct scan_log *log = report->log;
	json_t *array = made(json_array());
	for (size_t i = 0; report->malformed && i < log->example_count; i++) {
		json_t *object = place_json(report, &log->examples[i].place);
		put(object, "reason", words(log->examples[i].words));
		add(array, object);
	}
	return array;
}

void scan_report_json(const struct scan_report *report, const struct report_style *style, struct buf *out)
{
	const struct scan_log *log = report->log;
	json_t *root = made(json_object()), *groups = made(json_array());
	(void)style;
	put(root, "schema", json_string("fgdiag/scan/1"));
	put(root, "bytes", number(log->bytes));
	put(root, "entries", number(log->entries));
	put(root, "malformed", number(log->malformed));
	put(root, "others", number(log->others));
	put(root, "outside", number(log->outside));
	put(root, "ungrouped", number(log->ungrouped));
	put(root, "group_count", number(log->group_count));
	for (size_t i = 0; i < shown_of(report); i++)
		add(groups, group_json(report, &log->groups[i]));
	put(root, "groups", groups);
	put(root, "histogram", histogram_json(&log->histogram));
	put(root, "malformed_examples", malformed_json(report));
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (!text)
		mem_exhausted();
	encode_json(out, str_of(text));
	buf_add_char(out, '\n');
	free(text);
	json_decref(root);
}

/* ---- CSV ---- */

static void add_field(struct buf *out, const char *text)
{
	encode_csv(out, str_of(text));
	buf_add_char(out, ',');
}

static void add_number(struct buf *out, bool have, uint64_t value)
{
	if (have)
		buf_printf(out, "%" PRIu64, value);
	buf_add_char(out, ',');
}

static void add_row(struct buf *out, const struct scan_report *report, const struct scan_group *group)
{
	char address[IP_TEXT_MAX], when[TIMESTAMP_TEXT_MAX], worth[160];
	add_field(out, group->devid);
	add_field(out, group->devname);
	add_field(out, group->vd);
	add_field(out, ip_print(&group->server, address));
	add_number(out, group->have_port, group->port);
	add_number(out, group->have_proto, group->proto);
	add_field(out, group->policyid);
	add_field(out, group->service);
	add_number(out, true, group->count);
	add_number(out, true, group->client_count);
	add_field(out, when_of(group->first_us, when));
	add_field(out, when_of(group->last_us, when));
	encode_csv(out, str_of(scan_group_worth(report->log, group, worth)));
	buf_add_text(out, "\r\n");
}

void scan_report_csv(const struct scan_report *report, const struct report_style *style, struct buf *out)
{
	(void)style;
	buf_add_text(out, "devid,devname,vdom,server,port,proto,policy,service,entries,clients,first,last,worth\r\n");
	for (size_t i = 0; i < shown_of(report); i++)
		add_row(out, report, &report->log->groups[i]);
}
