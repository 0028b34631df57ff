#include "entry.h"

#include <stddef.h>
#include <string.h>

#include "buf.h"
#include "kv.h"
#include "num.h"
#include "timestamp.h"

enum type { TYPE_TEXT, TYPE_IP, TYPE_PORT, TYPE_NAT_PORT, TYPE_PROTO, TYPE_COUNT };

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
        {"proto", TYPE_PROTO, AT(proto), AT(have_proto)}, /* before the ports that depend on it */
        {"srcport", TYPE_PORT, AT(srcport), AT(have_srcport)},
        {"dstport", TYPE_PORT, AT(dstport), AT(have_dstport)},
        {"transport", TYPE_NAT_PORT, AT(transport), 0},
        {"tranport", TYPE_NAT_PORT, AT(tranport), 0},
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
	size_t n = strlen(name);
	for (size_t i = 0; i < entry->field_count; i++) {
		struct str own = entry->fields[i].name;
		if (own.n == n && own.p[0] == name[0] && memcmp(own.p, name, n) == 0)
			return &entry->fields[i];
	}
	return NULL;
}

enum { MAX_SHOWN_BYTES = 40 };

/* As much of a value as a message should quote, cut between characters. */
static size_t shown_length(struct str value)
{
	size_t n = value.n < MAX_SHOWN_BYTES ? value.n : MAX_SHOWN_BYTES;
	while (n < value.n && n > 0 && ((unsigned char)value.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static int impossible(const struct entry_field *field, const char *what, struct err *err)
{
	struct buf safe;
	size_t n = shown_length(field->value);
	buf_init(&safe, (size_t)MAX_SHOWN_BYTES * 8);
	text_add_safe(&safe, str_cut(field->value, 0, n));
	int rc = err_set(err, ERR_ENTRY, "%.*s=%.*s%s is not %s", (int)field->name.n, field->name.p, (int)safe.n,
	                 buf_str(&safe).p, n < field->value.n ? "…" : "", what);
	if (field->column && err)
		(void)err_prefix(err, "column %u", field->column);
	buf_done(&safe);
	return rc;
}

/* "010" would be 8 to some readers and 10 to others. */
static bool plain_uint(struct str text, unsigned min, unsigned max, unsigned *out)
{
	return (text.n == 1 || !str_starts(text, "0")) && num_uint(text, min, max, out);
}

/* Logs write port 0 for a protocol that has no ports, as ESP. */
static bool is_portless(const struct entry *entry)
{
	static const unsigned with_ports[] = {6, 17, 33, 132, 136}; /* TCP UDP DCCP SCTP UDP-Lite */
	for (size_t i = 0; i < sizeof with_ports / sizeof with_ports[0]; i++) {
		if (with_ports[i] == entry->proto)
			return false;
	}
	return entry->have_proto;
}

static int set_port(struct entry *out, const struct entry_field *field, unsigned *port, bool *have, struct err *err)
{
	*have = !(str_is(field->value, "0") && is_portless(out));
	if (*have && !plain_uint(field->value, 1, 65535, port))
		return impossible(field, "a port (1 to 65535)", err);
	return 0;
}

static int set_typed(struct entry *out, const struct typed_field *row, const struct entry_field *field, struct err *err)
{
	char *base = (char *)out;
	void *at = base + row->offset;
	bool unused = false;
	bool *have = row->have ? (bool *)(void *)(base + row->have) : &unused;
	*have = true;
	switch (row->type) {
	case TYPE_TEXT:
		*(struct str *)at = field->value;
		return 0;
	case TYPE_IP:
		return ip_parse(field->value, at) ? 0 : impossible(field, "an IP address", err);
	case TYPE_PORT:
		return set_port(out, field, at, have, err);
	case TYPE_NAT_PORT:
		return plain_uint(field->value, 0, 65535, at) ? 0 : impossible(field, "a port (0 to 65535)", err);
	case TYPE_PROTO:
		return plain_uint(field->value, 0, 255, at)
		               ? 0
		               : impossible(field, "an IP protocol number (0 to 255)", err);
	case TYPE_COUNT:
		return num_u64(field->value, 0, UINT64_MAX, at) ? 0 : impossible(field, "a count", err);
	}
	return 0;
}

/* The field by name, unless the end of the line cut its value. */
static const struct entry_field *whole_field(const struct entry *entry, const char *name)
{
	const struct entry_field *field = entry_field(entry, name);
	return field && !field->cut ? field : NULL;
}

/* Only the first of equal keys counts, so each row asks for its field once. */
static int set_all_typed(struct entry *out, struct err *err)
{
	for (size_t i = 0; i < sizeof typed_fields / sizeof typed_fields[0]; i++) {
		const struct entry_field *field = whole_field(out, typed_fields[i].name);
		if (field && set_typed(out, &typed_fields[i], field, err) < 0)
			return -1;
	}
	return 0;
}

/* A protocol by its word, where the number is not told: ECS's
 * network.transport, and FortiOS 4's `service=443/tcp`. */
static void set_proto_by_word(struct entry *out)
{
	static const struct {
		const char *word;
		unsigned proto;
	} rows[] = {{"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"ipv6-icmp", 58}, {"icmp6", 58}};
	const struct entry_field *field = whole_field(out, "transport.word");
	struct str word = field ? field->value : out->service;
	ptrdiff_t slash = field ? -1 : str_find_char(word, '/');
	if (out->have_proto || (!field && slash < 0))
		return;
	word = str_from(word, (size_t)(slash + 1));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (str_is_nocase(word, rows[i].word)) {
			out->have_proto = true;
			out->proto = rows[i].proto;
		}
	}
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
	const struct entry_field *event = whole_field(out, "eventtime");
	const struct entry_field *date = whole_field(out, "date");
	const struct entry_field *time = whole_field(out, "time");
	const struct entry_field *zone = whole_field(out, "tz");
	out->have_zone = zone && timestamp_parse_zone(zone->value, &out->zone_s);
	const struct entry_field *stamp = whole_field(out, "@timestamp");
	bool stamped = stamp && !date && timestamp_parse_rfc3339(stamp->value, &out->time_us);
	if ((event && eventtime_us(event->value, &out->time_us)) || stamped) {
		out->time_kind = ENTRY_TIME_UTC;
		return 0;
	}
	if (!date || !time)
		return 0;
	int64_t day_us;
	if (!timestamp_parse(date->value, STR("00:00:00"), &day_us))
		return impossible(date, "a date (YYYY-MM-DD)", err);
	if (!timestamp_parse(date->value, time->value, &out->time_us))
		return impossible(time, "a time of day (HH:MM:SS)", err);
	out->time_kind = out->have_zone ? ENTRY_TIME_UTC : ENTRY_TIME_LOCAL;
	if (out->have_zone)
		out->time_us -= out->zone_s * US_PER_SECOND;
	return 0;
}

static struct str without_line_end(struct str line)
{
	while (str_ends(line, "\n") || str_ends(line, "\r"))
		line.n--;
	return line;
}

/* Can this be a log line at all? */
static int check_line(struct str line, struct err *err)
{
	if (line.n > ENTRY_MAX_BYTES)
		return err_set(err, ERR_ENTRY, "the entry is longer than %zu bytes", ENTRY_MAX_BYTES);
	if (str_trim(line).n == 0)
		return err_set(err, ERR_ENTRY, "the entry is empty");
	ptrdiff_t nul = str_find_char(line, '\0');
	if (nul >= 0)
		return err_set(err, ERR_ENTRY, "column %td: the entry holds a NUL byte", nul + 1);
	return 0;
}

/* Frames that lost their ends run together, and the first of equal keys would
 * then make one entry out of two. */
static int check_single(const struct entry *entry, struct err *err)
{
	const struct entry_field *first = entry_field(entry, "logid");
	for (size_t i = 0; first && i < entry->field_count; i++) {
		const struct entry_field *field = &entry->fields[i];
		if (field != first && str_is(field->name, "logid"))
			return err_set(err, ERR_ENTRY,
			               "column %u: a second logid, so these are two log entries in one line",
			               field->column);
	}
	return 0;
}

/* Where nothing is quoted, a second value may come out of anyone's text. */
static int check_unambiguous(const struct entry *entry, struct err *err)
{
	for (size_t i = 0; i < sizeof typed_fields / sizeof typed_fields[0]; i++) {
		const struct entry_field *first = entry_field(entry, typed_fields[i].name);
		for (size_t k = 0; first && k < entry->field_count; k++) {
			const struct entry_field *field = &entry->fields[k];
			bool same = field->value.n == first->value.n &&
			            memcmp(field->value.p, first->value.p, first->value.n) == 0;
			if (str_is(field->name, typed_fields[i].name) && !same)
				return err_set(
				        err, ERR_ENTRY,
				        "column %u: a second value of %s; nothing is quoted in this form, so which "
				        "one is the log's cannot be told",
				        field->column, typed_fields[i].name);
		}
	}
	return 0;
}

/* FortiAnalyzer's raw view leaves the quotes out, so that a name with a blank in
 * it would be read as its first word. What it forwards as syslog is quoted as
 * the firewall does it, and lacks these keys. */
static bool is_raw_view(const struct entry *entry)
{
	static const char *const keys[] = {"itime_t", "dtime", "offset_idx"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (entry_field(entry, keys[i]))
			return true;
	}
	return false;
}

/* Does a comma and then another key follow the first value: `date=…,time=…`? */
static bool is_csv(struct str line, size_t start)
{
	struct str rest = str_from(line, start), word = {"", 0};
	while (str_next_word(&rest, &word) && kv_key_length(word) == 0)
		;
	ptrdiff_t comma = str_find_char(word, ',');
	size_t key = kv_key_length(word);
	return key && comma > (ptrdiff_t)key && word.p[key + 1] != '"' &&
	       kv_key_length(str_from(word, (size_t)comma + 1));
}

static int parse_pairs(struct arena *arena, struct entry *out, struct err *err)
{
	struct str line = out->line, body;
	size_t start = syslog_head(line);
	if (syslog_rfc5424(line, &body)) {
		start = (size_t)(body.p - line.p);
		line.n = start + body.n;
	}
	bool csv = is_csv(line, start);
	out->format = csv ? "CSV" : "key=value";
	if (kv_parse(arena, line, start, csv ? KV_COMMAS : KV_BLANKS, out, err) < 0)
		return -1;
	names_of_old(out);
	if (!is_raw_view(out))
		return 0;
	out->format = "FortiAnalyzer's raw view";
	out->field_count = 0;
	return kv_parse(arena, line, start, KV_LOOSE, out, err) < 0 ? -1 : check_unambiguous(out, err);
}

static int parse_cef(struct arena *arena, size_t start, struct entry *out, struct err *err)
{
	out->format = "CEF";
	return cef_parse(arena, out->line, start, out, err) < 0 ? -1 : check_unambiguous(out, err);
}

enum { MAX_WRAPS = 3 }; /* JSON in JSON */

static bool is_json(struct str text)
{
	struct str rest = str_trim(str_from(text, 1));
	return text.p[0] == '{' || (text.p[0] == '[' && rest.n && strchr("{[]", rest.p[0]));
}

/* Before the first pair; a value may say LEEF: as well. */
static bool is_leef(struct str line)
{
	struct str word;
	while (str_next_word(&line, &word) && kv_key_length(word) == 0) {
		if (str_starts(word, "LEEF:"))
			return true;
	}
	return false;
}

static int parse_fields(struct arena *arena, struct entry *out, unsigned wraps, struct err *err)
{
	struct str rest = str_from(out->line, syslog_head(out->line)), word, raw, line = out->line;
	ptrdiff_t cef = cef_start(out->line);
	if (cef >= 0)
		return parse_cef(arena, (size_t)cef, out, err);
	if (is_leef(out->line))
		return err_set(err, ERR_ENTRY,
		               "this looks like LEEF, a form that FortiOS does not write; give the log line itself");
	if (!str_next_word(&rest, &word) || !is_json(str_from(line, (size_t)(word.p - line.p))))
		return parse_pairs(arena, out, err);
	if (wraps == MAX_WRAPS)
		return err_set(err, ERR_ENTRY, "JSON in JSON, more than %d times", MAX_WRAPS);
	out->format = "JSON";
	struct str object = str_from(line, (size_t)(word.p - line.p));
	if (json_entry_parse(arena, object, out, &raw, err) < 0)
		return -1;
	if (raw.n == 0)
		return check_unambiguous(out, err);
	out->in_json = true;
	out->line = without_line_end(raw);
	int rc = parse_fields(arena, out, wraps + 1, err);
	out->line = line;
	return rc;
}

/* A field that an ip-conn entry must have, whole. */
static int need_field(const struct entry *entry, const char *name, const struct entry_field **out, struct err *err)
{
	const struct entry_field *field = entry_field(entry, name);
	if (!field)
		return err_set(err, ERR_ENTRY, "the entry has no %s; fgdiag diagnoses type=traffic action=ip-conn",
		               name);
	if (field->cut)
		return err_set(err, ERR_ENTRY, "column %u: the line ends inside the value of %s", field->column, name);
	*out = field;
	return 0;
}

/* Other Fortinet products log in the same form; their serial numbers tell. */
static int check_serial(const struct entry *entry, struct err *err)
{
	static const struct {
		const char *prefix, *product;
	} rows[] = {{"FE", "FortiMail"},           {"FV", "FortiWeb"},
	            {"FPX", "FortiProxy"},         {"FAZ", "FortiAnalyzer"},
	            {"FL-", "FortiAnalyzer"},      {"FMG", "FortiManager"},
	            {"FCTEMS", "FortiClient EMS"}, {"FSA", "FortiSandbox"},
	            {"FAC", "FortiAuthenticator"}, {"FAD", "FortiADC"}};
	const struct entry_field *devid = whole_field(entry, "devid");
	for (size_t i = 0; devid && i < sizeof rows / sizeof rows[0]; i++) {
		if (str_starts(devid->value, rows[i].prefix))
			return err_set(err, ERR_ENTRY, "column %u: devid=%s… is a %s's, not a FortiGate's",
			               devid->column, rows[i].prefix, rows[i].product);
	}
	return 0;
}

/* Is it an ip-conn traffic entry, whatever its addresses? */
static int check_kind(const struct entry *entry, struct err *err)
{
	const struct entry_field *type = whole_field(entry, "type"), *action;
	if (!entry_field(entry, "type") && !entry_field(entry, "logid") && !entry_field(entry, "devid"))
		return err_set(err, ERR_ENTRY,
		               "this is not a FortiGate log entry: it has neither type nor logid; fgdiag diagnoses "
		               "type=traffic action=ip-conn");
	if (type && !str_is(type->value, "traffic"))
		return impossible(type, "a traffic entry; fgdiag diagnoses type=traffic action=ip-conn", err);
	if (need_field(entry, "action", &action, err) < 0)
		return -1;
	if (!str_is(action->value, "ip-conn"))
		return impossible(action, "ip-conn, the action that fgdiag diagnoses", err);
	return need_field(entry, "type", &type, err) < 0 ? -1 : check_serial(entry, err);
}

/* The typed fields. Of an entry that nobody can diagnose, that is said first. */
static int set_values(struct entry *entry, struct err *err)
{
	struct err why;
	if (check_single(entry, err) < 0)
		return -1;
	if (set_all_typed(entry, &why) == 0 && set_time(entry, &why) == 0) {
		set_proto_by_word(entry);
		return 0;
	}
	if (check_kind(entry, err) == 0 && err)
		*err = why;
	return -1;
}

/* Says that columns count in the string. */
static int blame_json(const struct entry *entry, struct err *err)
{
	return entry->in_json && err ? err_prefix(err, "the log line in the JSON") : -1;
}

int entry_parse(struct arena *arena, struct str line, struct entry *out, struct err *err)
{
	struct entry entry = {.line = without_line_end(line)};
	if (check_line(entry.line, err) < 0 || parse_fields(arena, &entry, 0, err) < 0 || set_values(&entry, err) < 0)
		return blame_json(&entry, err);
	*out = entry;
	return 0;
}

static int check_address(const struct entry *entry, const char *name, const struct ip *ip, struct err *err)
{
	const char *why;
	const struct entry_field *field;
	char text[IP_TEXT_MAX];
	if (need_field(entry, name, &field, err) < 0)
		return -1;
	if (!ip_is_host(ip, &why))
		return err_set(err, ERR_ENTRY, "column %u: %s=%s is no host's address (%s)", field->column, name,
		               ip_print(ip, text), why);
	return 0;
}

int entry_check_ip_conn(const struct entry *entry, struct err *err)
{
	if (check_kind(entry, err) < 0 || check_address(entry, "dstip", &entry->dstip, err) < 0 ||
	    check_address(entry, "srcip", &entry->srcip, err) < 0)
		return blame_json(entry, err);
	if (entry->srcip.family != entry->dstip.family)
		return err_set(err, ERR_ENTRY, "srcip and dstip are of different IP versions");
	return 0;
}
