#include "kv.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* Log lines in JSON: FortiAnalyzer's answers, collectors' wrappings, parsed
 * records. jansson refuses duplicate keys, NUL and invalid UTF-8. */

enum { MAX_DEPTH = 8, MAX_PATH = 200, REAL_TEXT = 40 };

static json_t *load(struct str text, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &why);
	if (!root)
		(void)err_set(err, ERR_ENTRY, "line %d, column %d: this is no valid JSON: %s", why.line, why.column,
		              why.text);
	return root;
}

static struct str string_of(const json_t *value)
{
	return (struct str){json_string_value(value), json_string_length(value)};
}

/* ---- the raw line inside ---- */

static const char *const raw_keys[] = {"_raw",
                                       "message",
                                       "original",
                                       "raw",
                                       "rawlog",
                                       "raw_log",
                                       "rawMsg",
                                       "log",
                                       "msg",
                                       "body",
                                       "line",
                                       "full_message",
                                       "RawData",
                                       "@message",
                                       "text",
                                       "payload",
                                       "AdditionalExtensions"};
enum { RAW_KEYS = sizeof raw_keys / sizeof raw_keys[0] };

/* Does the text begin as a log line, and not as a sentence? */
static bool is_log_line(struct str text)
{
	static const char *const keys[] = {"logid=", "log_id=", "type=", "FTNTFGT", "FortinetFortiGate", "devid="};
	if (cef_start(text) >= 0)
		return true;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (str_find(text, keys[i]) >= 0)
			return true;
	}
	return str_starts(str_trim(text), "{\"");
}

static bool is_field(const json_t *object, const char *name)
{
	return json_is_string(json_object_get(object, name));
}

/* A record whose own fields are FortiOS's: what one of them quotes, `msg` say,
 * is text of anyone. */
static bool is_record(const json_t *object)
{
	return is_field(object, "type") && (is_field(object, "action") || is_field(object, "logid"));
}

static struct str find_raw(json_t *value, unsigned depth)
{
	const char *key;
	json_t *item;
	struct str none = {"", 0};
	if (!json_is_object(value) || depth > MAX_DEPTH || is_record(value))
		return none;
	for (size_t i = 0; i < RAW_KEYS; i++) {
		const json_t *held = json_object_get(value, raw_keys[i]);
		if (json_is_string(held) && is_log_line(string_of(held)))
			return string_of(held);
	}
	json_object_foreach(value, key, item)
	{
		struct str raw = find_raw(item, depth + 1);
		if (raw.n)
			return raw;
	}
	return none;
}

/* `devname=\"fgt\"`: escaped once too often. */
static struct str unescape_once(struct arena *arena, struct str raw)
{
	if (str_find(raw, "=\\\"") < 0 || str_starts(str_trim(raw), "{"))
		return arena_str(arena, raw);
	char *copy = arena_alloc(arena, raw.n);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n)
			i++;
		copy[n++] = raw.p[i];
	}
	return (struct str){copy, n};
}

/* ---- fields ---- */

struct flattening {
	struct arena *arena;
	struct entry *out;
	char path[MAX_PATH];
};

static struct str scalar_text(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return arena_str(arena, string_of(value));
	if (json_is_integer(value))
		return str_of(arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value)));
	if (json_is_real(value))
		return str_of(arena_printf(arena, "%.17g", json_real_value(value)));
	return str_of(json_is_true(value) ? "true" : json_is_false(value) ? "false" : "");
}

static int add_scalar(struct flattening *flat, const json_t *value, struct err *err)
{
	struct str name = names_of_json(str_of(flat->path));
	struct str text = scalar_text(flat->arena, value);
	if (name.n == 0 || text.n == 0)
		return 0;
	struct entry_field field = {.name = arena_str(flat->arena, name), .value = text};
	return kv_add(flat->arena, flat->out, field, err);
}

static int flatten(struct flattening *flat, json_t *value, unsigned depth, struct err *err)
{
	const char *key;
	json_t *item;
	if (!json_is_object(value))
		return json_is_array(value) ? 0 : add_scalar(flat, value, err);
	size_t n = strlen(flat->path);
	json_object_foreach(value, key, item)
	{
		size_t more = strlen(key);
		if (depth > MAX_DEPTH || n + more + 2 > sizeof flat->path)
			continue;
		if (n)
			flat->path[n] = '.';
		memcpy(flat->path + n + (n > 0), key, more + 1);
		int rc = flatten(flat, item, depth + 1, err);
		flat->path[n] = '\0';
		if (rc < 0)
			return -1;
	}
	return 0;
}

int json_entry_parse(struct arena *arena, struct str line, struct entry *out, struct str *raw, struct err *err)
{
	json_t *root = load(line, err);
	int rc = root ? 0 : -1;
	*raw = (struct str){"", 0};
	if (root && !json_is_object(root))
		rc = err_set(err, ERR_ENTRY, "this JSON is no object, and so no log entry");
	struct str found = rc == 0 ? find_raw(root, 0) : *raw;
	struct flattening flat = {.arena = arena, .out = out};
	if (found.n)
		*raw = unescape_once(arena, found);
	else if (rc == 0)
		rc = flatten(&flat, root, 0, err);
	if (rc == 0 && !raw->n && out->field_count == 0)
		rc = err_set(err, ERR_ENTRY, "this is not a FortiGate log entry: the JSON holds no field of one");
	json_decref(root);
	return rc;
}

/* ---- records ---- */

struct records {
	struct arena *arena;
	struct str *item;
	size_t count, capacity;
};

static void records_add(struct records *records, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	if (!text)
		return;
	records->item =
	        arena_grow(records->arena, records->item, records->count, &records->capacity, sizeof *records->item);
	records->item[records->count++] = arena_str(records->arena, str_of(text));
	free(text);
}

static bool holds_objects(const json_t *value)
{
	return json_is_array(value) && json_array_size(value) && json_is_object(json_array_get(value, 0));
}

/* A record in collectors' names: what it lists besides is part of it. */
static bool is_event(const json_t *object)
{
	static const char *const keys[] = {"source", "destination", "srcip", "dstip", "SourceIP", "DestinationIP"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const json_t *value = json_object_get(object, keys[i]);
		if (json_is_object(value) || json_is_string(value))
			return true;
	}
	return false;
}

/* Rows stand in an array, or in an array one or more objects down. */
static bool take_rows(struct records *records, json_t *value, unsigned depth)
{
	const char *key;
	json_t *item;
	bool found = false;
	if (holds_objects(value)) {
		size_t i;
		json_array_foreach(value, i, item)
		{
			if (!take_rows(records, item, depth + 1))
				records_add(records, item);
		}
		return true;
	}
	if (!json_is_object(value) || depth > MAX_DEPTH || is_record(value) || is_event(value) || find_raw(value, 0).n)
		return false;
	json_object_foreach(value, key, item) found = take_rows(records, item, depth + 1) || found;
	return found;
}

int json_entry_records(struct arena *arena, struct str document, struct str **out, size_t *count, struct err *err)
{
	struct records records = {.arena = arena};
	json_t *root = load(document, err);
	if (!root)
		return -1;
	if (!take_rows(&records, root, 0) && !json_is_array(root))
		records_add(&records, root);
	json_decref(root);
	*out = records.item;
	*count = records.count;
	return 0;
}
