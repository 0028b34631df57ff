#include "kv.h"

enum { MAX_KEY_BYTES = 64 };

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t kv_key_length(struct str text)
{
	size_t n = 0;
	while (n < text.n && n < MAX_KEY_BYTES && is_key_char(text.p[n]))
		n++;
	return n < text.n && text.p[n] == '=' ? n : 0;
}

static bool parts(char c, enum kv_style style)
{
	return style == KV_COMMAS ? c == ',' : is_blank(c);
}

static size_t skip_word(struct str line, size_t at, enum kv_style style)
{
	while (at < line.n && !parts(line.p[at], style))
		at++;
	return at;
}

static size_t skip_parting(struct str line, size_t at, enum kv_style style)
{
	while (at < line.n && (parts(line.p[at], style) || is_blank(line.p[at])))
		at++;
	return at;
}

/* Offset of the closing quote of a value that starts behind its opening one,
 * or the end of the line. */
static size_t closing_quote(struct str line, size_t at)
{
	while (at < line.n && line.p[at] != '"')
		at += line.p[at] == '\\' && at + 1 < line.n ? 2 : 1;
	return at;
}

/* `\"` and `\=` lose their backslash; `\\` and all else stay as they are. */
static struct str unescape(struct arena *arena, struct str raw)
{
	if (str_find_char(raw, '\\') < 0)
		return raw;
	char *copy = arena_alloc(arena, raw.n);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n) {
			char next = raw.p[++i];
			if (next != '"' && next != '=')
				copy[n++] = '\\';
		}
		copy[n++] = raw.p[i];
	}
	return (struct str){copy, n};
}

/* Does a key begin behind the blank at `at`? Looks back from its '='. */
static size_t key_before(struct str line, size_t equals, size_t from)
{
	size_t start = equals;
	while (start > from && equals - start < MAX_KEY_BYTES && is_key_char(line.p[start - 1]))
		start--;
	return start < equals && start > from && is_blank(line.p[start - 1]) ? start : 0;
}

struct str kv_loose_value(struct str line, size_t at, size_t *next)
{
	*next = line.n;
	for (size_t i = at; i < line.n; i++) {
		size_t key = line.p[i] == '=' && line.p[i - 1] != '\\' ? key_before(line, i, at) : 0;
		if (key) {
			*next = key;
			break;
		}
	}
	return str_trim(str_cut(line, at, *next - at));
}

/* FortiOS 4 logs of some collectors: `time=10: 13:03`. */
static size_t split_time(struct str line, size_t at, size_t end, const struct entry_field *field)
{
	bool split = str_is(field->name, "time") && end - at == 3 && line.p[end - 1] == ':';
	return split ? skip_word(line, skip_parting(line, end, KV_BLANKS), KV_BLANKS) : end;
}

static struct str joined(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.n);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (!is_blank(text.p[i]))
			copy[n++] = text.p[i];
	}
	return (struct str){copy, n};
}

/* Reads the value at `at`; returns where the next pair may start. What sticks
 * to a closing quote is no pair: keys begin behind what parts them only. */
static size_t take_value(struct arena *arena, struct str line, size_t at, enum kv_style style,
                         struct entry_field *field)
{
	size_t end;
	if (style == KV_LOOSE) {
		field->value = kv_loose_value(line, at, &end);
		return end;
	}
	if (at >= line.n || line.p[at] != '"') {
		size_t first = skip_word(line, at, style);
		end = split_time(line, at, first, field);
		field->value = str_cut(line, at, end - at);
		if (end != first)
			field->value = joined(arena, field->value);
		return end;
	}
	size_t close = closing_quote(line, at + 1);
	field->cut = close >= line.n;
	field->value = unescape(arena, str_cut(line, at + 1, close - at - 1));
	return skip_word(line, close, style);
}

int kv_add(struct arena *arena, struct entry *out, struct entry_field field, struct err *err)
{
	if (out->field_count == ENTRY_MAX_FIELDS)
		return err_set(err, ERR_ENTRY, "column %u: more than %d fields", field.column, ENTRY_MAX_FIELDS);
	out->fields = arena_grow(arena, out->fields, out->field_count, &out->field_capacity, sizeof *out->fields);
	out->fields[out->field_count++] = field;
	return 0;
}

int kv_parse(struct arena *arena, struct str line, size_t start, enum kv_style style, struct entry *out,
             struct err *err)
{
	for (size_t at = skip_parting(line, start, style); at < line.n; at = skip_parting(line, at, style)) {
		size_t n = kv_key_length(str_from(line, at));
		if (n == 0) {
			at = skip_word(line, at, style);
			continue;
		}
		struct entry_field field = {.name = str_cut(line, at, n), .column = (unsigned)at + 1};
		at = take_value(arena, line, at + n + 1, style, &field);
		if (kv_add(arena, out, field, err) < 0)
			return -1;
	}
	if (out->field_count == 0)
		return err_set(err, ERR_ENTRY, "this is not a FortiGate log entry: no key=value pair in it");
	return 0;
}
