#include "kv.h"

#include <string.h>

/* CEF as FortiOS and FortiAnalyzer write it:
 * CEF:0|Fortinet|Fortigate|v7.2.10|00011|traffic:forward ip-conn|4|key=value … */

enum { HEADER_FIELDS = 7, MAX_SHOWN = 40 };
enum { VENDOR = 1, PRODUCT, NAME = 5 };

struct header {
	struct str field[HEADER_FIELDS];
	size_t extension; /* offset in the line */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* `0|Fortinet|`: CEF: was taken for a syslog tag. */
static bool is_bare_header(struct str text)
{
	return text.n > 2 && is_digit(text.p[0]) && str_starts(str_from(text, 1), "|Fortinet|");
}

ptrdiff_t cef_start(struct str line)
{
	struct str rest = line, word;
	while (str_next_word(&rest, &word)) {
		size_t at = (size_t)(word.p - line.p);
		if (str_starts(word, "CEF:"))
			return (ptrdiff_t)at + 4;
		if (is_bare_header(word))
			return (ptrdiff_t)at;
		if (kv_key_length(word))
			break;
	}
	return -1;
}

/* Up to the next bar that no backslash stands before. */
static bool next_field(struct str line, size_t *at, struct str *out)
{
	size_t i = *at;
	while (i < line.n && line.p[i] != '|')
		i += line.p[i] == '\\' ? 2 : 1;
	if (i >= line.n)
		return false;
	*out = str_trim(str_cut(line, *at, i - *at));
	*at = i + 1;
	return true;
}

static int read_header(struct str line, size_t start, struct header *out, struct err *err)
{
	size_t at = start;
	for (size_t i = 0; i < HEADER_FIELDS; i++) {
		if (!next_field(line, &at, &out->field[i]))
			return err_set(err, ERR_ENTRY, "column %zu: the CEF header is cut: it has %zu of %d fields",
			               at + 1, i, HEADER_FIELDS);
	}
	out->extension = at;
	return 0;
}

static int shown(struct str text)
{
	return (int)(text.n < MAX_SHOWN ? text.n : MAX_SHOWN);
}

static int check_product(const struct header *header, struct err *err)
{
	static const char *const products[] = {"FortiGate", "FortiWiFi", "FortiCarrier", "FortiOS",
	                                       "FGT",       "FG-",       "FWF"};
	struct str vendor = header->field[VENDOR], product = header->field[PRODUCT];
	for (size_t i = 0; i < sizeof products / sizeof products[0] && str_is_nocase(vendor, "Fortinet"); i++) {
		if (str_is_nocase(str_cut(product, 0, strlen(products[i])), products[i]))
			return 0;
	}
	return err_set(err, ERR_ENTRY, "this is a log line of %.*s %.*s, not of a FortiGate", shown(vendor), vendor.p,
	               shown(product), product.p);
}

/* ---- extension ---- */

/* \= \| and \\ lose their backslash; \n and \r become blanks. */
static struct str unescape(struct arena *arena, struct str raw)
{
	if (str_find_char(raw, '\\') < 0)
		return raw;
	char *copy = arena_alloc(arena, raw.n);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (c == '\\' && i + 1 < raw.n && strchr("=|\\nr", raw.p[i + 1])) {
			c = raw.p[++i];
			c = c == 'n' || c == 'r' ? ' ' : c;
		}
		copy[n++] = c;
	}
	return (struct str){copy, n};
}

static struct str unquote(struct str value)
{
	/* Where Microsoft's tables keep the extension, `;` stands between the pairs. */
	if (str_ends(value, ";"))
		value.n--;
	bool quoted = value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"';
	return quoted ? str_cut(value, 1, value.n - 2) : value;
}

static int read_extension(struct arena *arena, struct str line, size_t at, struct entry *out, struct err *err)
{
	while (at < line.n && line.p[at] == ' ')
		at++;
	while (at < line.n) {
		size_t next, n = kv_key_length(str_from(line, at));
		struct entry_field field = {.name = names_of_cef(str_cut(line, at, n)), .column = (unsigned)at + 1};
		struct str value = kv_loose_value(line, n ? at + n + 1 : at, &next);
		field.value = unescape(arena, unquote(value));
		if (n && kv_add(arena, out, field, err) < 0)
			return -1;
		at = next;
	}
	return 0;
}

/* FortiOS 5.6 keeps fields without a CEF name in cs1…, cn1… with a label. */
static void apply_labels(struct entry *out)
{
	static const struct {
		const char *label, *name;
	} labels[] = {{"Policy Id", "policyid"},
	              {"Duration", "duration"},
	              {"Packets Sent", "sentpkt"},
	              {"Packets Received", "rcvdpkt"}};
	for (size_t i = 0; i < out->field_count; i++) {
		struct entry_field *label = &out->fields[i];
		for (size_t k = 0; str_ends(label->name, "Label") && k < sizeof labels / sizeof labels[0]; k++) {
			if (!str_is_nocase(label->value, labels[k].label))
				continue;
			struct str of = str_cut(label->name, 0, label->name.n - 5);
			for (size_t j = 0; j < out->field_count; j++) {
				struct str name = out->fields[j].name;
				if (name.n == of.n && memcmp(name.p, of.p, of.n) == 0)
					out->fields[j].name = str_of(labels[k].name);
			}
		}
	}
}

static int add_missing(struct arena *arena, struct entry *out, const char *name, struct str value, unsigned column,
                       struct err *err)
{
	if (value.n == 0 || entry_field(out, name))
		return 0;
	return kv_add(arena, out, (struct entry_field){.name = str_of(name), .value = value, .column = column}, err);
}

/* "traffic:forward ip-conn" of a FortiGate, "forward traffic ip-conn" of a
 * FortiAnalyzer: type, subtype and action, where the extension lacks them. */
static int add_from_name(struct arena *arena, const struct header *header, struct entry *out, struct err *err)
{
	const struct entry_field *cat = entry_field(out, "cat");
	struct str rest = header->field[NAME], first = {"", 0}, action = {"", 0};
	unsigned column = (unsigned)(rest.p - out->line.p) + 1;
	(void)str_next_word(&rest, &first);
	ptrdiff_t colon = str_find_char(first, ':');
	if (colon >= 0)
		(void)str_next_word(&rest, &action);
	struct str kind = cat ? cat->value : colon >= 0 ? first : (struct str){"", 0};
	ptrdiff_t split = str_find_char(kind, ':');
	struct str type = split < 0 ? kind : str_cut(kind, 0, (size_t)split);
	struct str subtype = split < 0 ? (struct str){"", 0} : str_from(kind, (size_t)split + 1);
	if (add_missing(arena, out, "type", type, column, err) < 0 ||
	    add_missing(arena, out, "subtype", subtype, column, err) < 0)
		return -1;
	return str_is(type, "traffic") ? add_missing(arena, out, "action", action, column, err) : 0;
}

int cef_parse(struct arena *arena, struct str line, size_t start, struct entry *out, struct err *err)
{
	struct header header = {.extension = 0};
	if (read_header(line, start, &header, err) < 0 || check_product(&header, err) < 0 ||
	    read_extension(arena, line, header.extension, out, err) < 0)
		return -1;
	apply_labels(out);
	return add_from_name(arena, &header, out, err);
}
