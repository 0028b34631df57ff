#include <inttypes.h>
#include <jansson.h>

#include "encode.h"
#include "json_value.h"
#include "scan_report.h"

/* What a scan found, for programs (doc/scan.schema.json) and for spreadsheets. */

static size_t shown_of(const struct scan_report *report)
{
	size_t count = report->log->group_count;
	return report->top && report->top < count ? report->top : count;
}

/* ---- JSON ---- */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *place_json(const char *const *files, const struct scan_place *place)
{
	json_t *object = json_value_made(json_object());
	json_value_put(object, "file", json_value_words(files[place->file]));
	json_value_put(object, "offset", number(place->offset));
	return object;
}

void scan_group_put(json_t *object, const struct scan_group *group, const char *const *files)
{
	char address[IP_TEXT_MAX], when[TIMESTAMP_TEXT_MAX];
	json_t *places = json_value_made(json_array());
	json_value_put(object, "devid", json_value_known(group->devid));
	json_value_put(object, "devname", json_value_known(group->devname));
	json_value_put(object, "vdom", json_value_known(group->vd));
	json_value_put(object, "server", json_value_words(ip_print(&group->server, address)));
	json_value_put(object, "port", group->have_port ? number(group->port) : json_null());
	json_value_put(object, "proto", group->have_proto ? number(group->proto) : json_null());
	json_value_put(object, "policy", json_value_known(group->policyid));
	json_value_put(object, "entries", number(group->count));
	json_value_put(object, "clients", number(group->client_count));
	json_value_put(object, "clients_at_least", json_boolean(group->client_count == SCAN_GROUP_CLIENTS));
	json_value_put(object, "first", json_value_known(scan_when(group->first_us, group->local, when)));
	json_value_put(object, "last", json_value_known(scan_when(group->last_us, group->local, when)));
	for (size_t i = 0; i < group->place_count; i++)
		json_value_add(places, place_json(files, &group->places[i]));
	json_value_put(object, "places", places);
}

static json_t *group_json(const struct scan_report *report, const struct scan_group *group)
{
	char worth[160];
	json_t *object = json_value_made(json_object());
	scan_group_put(object, group, report->files);
	json_value_put(object, "service", json_value_known(group->service));
	json_value_put(object, "srcintf", json_value_known(group->srcintf));
	json_value_put(object, "dstintf", json_value_known(group->dstintf));
	json_value_put(object, "worth", json_value_words(scan_group_worth(report->log, group, worth)));
	json_value_put(object, "newest", json_value_words(group->line));
	return object;
}

static json_t *histogram_json(const struct scan_log *log)
{
	const struct histogram *histogram = &log->histogram;
	char when[TIMESTAMP_TEXT_MAX];
	json_t *object = json_value_made(json_object()), *bars = json_value_made(json_array());
	json_value_put(object, "width_s", json_integer(histogram->width_us / US_PER_SECOND));
	for (size_t i = 0; i < histogram->bars; i++) {
		json_t *bar = json_value_made(json_object());
		int64_t from_us = (histogram->first + (int64_t)i) * histogram->width_us;
		json_value_put(bar, "from", json_value_words(scan_when(from_us, log->local, when)));
		json_value_put(bar, "entries", number(histogram->counts[i]));
		json_value_add(bars, bar);
	}
	json_value_put(object, "bars", bars);
	json_value_put(object, "undated", number(histogram->undated));
	return object;
}

static json_t *malformed_json(const struct scan_report *report)
{
	const struct scan_log *log = report->log;
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; report->malformed && i < log->example_count; i++) {
		json_t *object = place_json(report->files, &log->examples[i].place);
		json_value_put(object, "reason", json_value_words(log->examples[i].words));
		json_value_add(array, object);
	}
	return array;
}

void scan_report_json(const struct scan_report *report, const struct report_style *style, struct buf *out)
{
	const struct scan_log *log = report->log;
	json_t *root = json_value_made(json_object()), *groups = json_value_made(json_array());
	(void)style;
	json_value_put(root, "schema", json_string("fgdiag/scan/1"));
	json_value_put(root, "bytes", number(log->bytes));
	json_value_put(root, "entries", number(log->entries));
	json_value_put(root, "malformed", number(log->malformed));
	json_value_put(root, "others", number(log->others));
	json_value_put(root, "outside", number(log->outside));
	json_value_put(root, "ungrouped", number(log->ungrouped));
	json_value_put(root, "group_count", number(log->group_count));
	for (size_t i = 0; i < shown_of(report); i++)
		json_value_add(groups, group_json(report, &log->groups[i]));
	json_value_put(root, "groups", groups);
	json_value_put(root, "histogram", histogram_json(log));
	json_value_put(root, "malformed_examples", malformed_json(report));
	json_value_print(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER, out);
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
	add_field(out, scan_when(group->first_us, group->local, when));
	add_field(out, scan_when(group->last_us, group->local, when));
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
