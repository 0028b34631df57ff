#include "entry.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "kv.h"
#include "num.h"
#include "timestamp.h"

enum type { TYPE_TEXT, TYPE_IP, TYPE_PORT, TYPE_PROTO, TYPE_COUNT };

struct typed_field {
	const char *name;
	enum type type;
	size_t offset;
	size_t have; /* offset of the have_… flag, 0 for none */
};

#define AT(field) offsetof(struct entry, field)

/* Fortinet's log reference: name and type of the fields that a diagnosis uses. */
static const struct typed_field typed_fields[] = {
        {"type", TYPE_TEXT, AT(type), 0},
        {"subtype", TYPE_TEXT, AT(subtype), 0},
        {"action", TYPE_TEXT, AT(action), 0},
        {"level", TYPE_TEXT, AT(level), 0},
        {"logid", TYPE_TEXT, AT(logid), 0},
        {"devname", TYPE_TEXT, AT(devname), 0},
        {"devid", TYPE_TEXT, AT(devid), 0},
        {"vd", TYPE_TEXT, AT(vd), 0},
        {"srcintf", TYPE_TEXT, AT(srcintf), 0},
        {"dstintf", TYPE_TEXT, AT(dstintf), 0},
        {"service", TYPE_TEXT, AT(service), 0},
        {"policyid", TYPE_TEXT, AT(policyid), 0},
        {"sessionid", TYPE_TEXT, AT(sessionid), 0},
        {"trandisp", TYPE_TEXT, AT(trandisp), 0},
        {"srcip", TYPE_IP, AT(srcip), 0},
        {"dstip", TYPE_IP, AT(dstip), 0},
        {"transip", TYPE_IP, AT(transip), 0},
        {"tranip", TYPE_IP, AT(tranip), 0},
        {"srcport", TYPE_PORT, AT(srcport), AT(have_srcport)},
        {"dstport", TYPE_PORT, AT(dstport), AT(have_dstport)},
        {"transport", TYPE_PORT, AT(transport), 0},
        {"tranport", TYPE_PORT, AT(tranport), 0},
        {"proto", TYPE_PROTO, AT(proto), AT(have_proto)},
        {"sentbyte", TYPE_COUNT, AT(sentbyte), AT(have_sent)},
        {"sentpkt", TYPE_COUNT, AT(sentpkt), AT(have_sent)},
        {"rcvdbyte", TYPE_COUNT, AT(rcvdbyte), AT(have_rcvd)},
        {"rcvdpkt", TYPE_COUNT, AT(rcvdpkt), AT(have_rcvd)},
        {"duration", TYPE_COUNT, AT(duration_s), AT(have_duration)},
};

static const struct {
	unsigned proto;
	const char *word;
} proto_words[] = {{1, "icmp"}, {6, "tcp"}, {17, "udp"}, {58, "icmp6"}};

const char *entry_proto_word(unsigned proto)
{
	for (size_t i = 0; i < sizeof proto_words / sizeof proto_words[0]; i++) {
		if (proto_words[i].proto == proto)
			return proto_words[i].word;
	}
	return NULL;
}

const struct entry_field *entry_field(const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->field_count; i++) {
		if (str_is(entry->fields[i].name, name))
			return &entry->fields[i];
	}
	return NULL;
}

static int impossible(const struct entry_field *field, const char *what, struct err *err)
{
	char shown[192];
	struct buf safe;
	buf_init(&safe, sizeof shown - 1);
	text_add_safe(&safe, str_cut(field->value, 0, 40));
	int rc = err_set(err, ERR_ENTRY, "column %u: %.*s=%s%s is not %s", field->column, (int)field->name.n,
	                 field->name.p, safe.p ? safe.p : "", field->value.n > 40 ? "…" : "", what);
	buf_done(&safe);
	return rc;
}

static int set_typed(struct entry *out, const struct typed_field *row, const struct entry_field *field, struct err *err)
{
	char *base = (char *)out;
	void *at = base + row->offset;
	if (row->have)
		*(bool *)(void *)(base + row->have) = true;
	switch (row->type) {
	case TYPE_TEXT:
		*(struct str *)at = field->value;
		return 0;
	case TYPE_IP:
		return ip_parse(field->value, at) ? 0 : impossible(field, "an IP address", err);
	case TYPE_PORT:
		return num_uint(field->value, 1, 65535, at) ? 0 : impossible(field, "a port (1 to 65535)", err);
	case TYPE_PROTO:
		return num_uint(field->value, 0, 255, at) ? 0
		                                          : impossible(field, "an IP protocol number (0 to 255)", err);
	case TYPE_COUNT:
		return num_u64(field->value, 0, UINT64_MAX, at) ? 0 : impossible(field, "a count", err);
	}
	return 0;
}

/* Only the first of equal keys counts, so each row asks for its field once. */
static int set_all_typed(struct entry *out, struct err *err)
{
	for (size_t i = 0; i < sizeof typed_fields / sizeof typed_fields[0]; i++) {
		const struct entry_field *field = entry_field(out, typed_fields[i].name);
		if (field && set_typed(out, &typed_fields[i], field, err) < 0)
			return -1;
	}
	return 0;
}

static bool eventtime_us(struct str text, int64_t *out)
{
	/* Seconds, ms, us and ns, told apart by their digits. */
	static const struct {
		size_t digits;
		int64_t multiply, divide;
	} units[] = {{10, 1000000, 1}, {13, 1000, 1}, {16, 1, 1}, {19, 1, 1000}};
	int64_t value;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (text.n == units[i].digits && num_i64(text, 0, INT64_MAX, &value)) {
			*out = value * units[i].multiply / units[i].divide;
			return true;
		}
	}
	return false;
}

static int set_time(struct entry *out, struct err *err)
{
	const struct entry_field *event = entry_field(out, "eventtime");
	const struct entry_field *date = entry_field(out, "date");
	const struct entry_field *time = entry_field(out, "time");
	const struct entry_field *zone = entry_field(out, "tz");
	out->have_zone = zone && timestamp_parse_zone(zone->value, &out->zone_s);
	if (event && eventtime_us(event->value, &out->time_us)) {
		out->time_kind = ENTRY_TIME_UTC;
		return 0;
	}
	if (!date || !time)
		return 0;
	if (!timestamp_parse(date->value, time->value, &out->time_us))
		return impossible(date, "the date of a log entry (YYYY-MM-DD, with time=HH:MM:SS)", err);
	out->time_kind = out->have_zone ? ENTRY_TIME_UTC : ENTRY_TIME_LOCAL;
	if (out->have_zone)
		out->time_us -= out->zone_s * US_PER_SECOND;
	return 0;
}

static const char *other_format(struct str line)
{
	if (str_find(line, "CEF:0|") >= 0)
		return "CEF";
	if (str_starts(line, "{") || str_starts(line, "["))
		return "JSON";
	return NULL;
}

int entry_parse(struct arena *arena, struct str line, struct entry *out, struct err *err)
{
	struct entry entry = {0};
	line = str_trim(line);
	entry.line = line;
	if (line.n == 0)
		return err_set(err, ERR_ENTRY, "the entry is empty");
	if (line.n > ENTRY_MAX_BYTES)
		return err_set(err, ERR_ENTRY, "the entry is longer than %zu bytes", ENTRY_MAX_BYTES);
	if (memchr(line.p, '\0', line.n))
		return err_set(err, ERR_ENTRY, "the entry holds a NUL byte");
	const char *format = other_format(line);
	if (format)
		return err_set(err, ERR_ENTRY,
		               "this looks like %s; fgdiag reads key=value entries (set format default)", format);
	if (kv_parse(arena, line, syslog_head(line), &entry, err) < 0 || set_all_typed(&entry, err) < 0 ||
	    set_time(&entry, err) < 0)
		return -1;
	*out = entry;
	return 0;
}

static int check_address(const struct entry *entry, const char *name, const struct ip *ip, struct err *err)
{
	const char *why;
	const struct entry_field *field = entry_field(entry, name);
	char text[IP_TEXT_MAX];
	if (!field)
		return err_set(err, ERR_ENTRY, "the entry has no %s", name);
	if (!ip_is_host(ip, &why))
		return err_set(err, ERR_ENTRY, "column %u: %s=%s is no host's address (%s)", field->column, name,
		               ip_print(ip, text), why);
	return 0;
}

int entry_check_ip_conn(const struct entry *entry, struct err *err)
{
	const struct entry_field *type = entry_field(entry, "type");
	const struct entry_field *action = entry_field(entry, "action");
	if (type && !str_is(type->value, "traffic"))
		return impossible(type, "a traffic entry; fgdiag diagnoses type=traffic action=ip-conn", err);
	if (!action)
		return err_set(err, ERR_ENTRY, "the entry has no action; fgdiag diagnoses action=ip-conn");
	if (!str_is(action->value, "ip-conn"))
		return impossible(action, "ip-conn, the action that fgdiag diagnoses", err);
	if (!type)
		return err_set(err, ERR_ENTRY, "the entry has no type; fgdiag diagnoses type=traffic");
	if (check_address(entry, "dstip", &entry->dstip, err) < 0 ||
	    check_address(entry, "srcip", &entry->srcip, err) < 0)
		return -1;
	if (entry->srcip.family != entry->dstip.family)
		return err_set(err, ERR_ENTRY, "srcip and dstip are of different IP versions");
	return 0;
}
