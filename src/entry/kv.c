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

/* Bytes of a key with '=' behind it; 0 when the text starts with no pair. */
static size_t key_length(struct str text)
{
	size_t n = 0;
	while (n < text.n && n < MAX_KEY_BYTES && is_key_char(text.p[n]))
		n++;
	return n < text.n && text.p[n] == '=' ? n : 0;
}

static size_t skip_word(struct str line, size_t at)
{
	while (at < line.n && !is_blank(line.p[at]))
		at++;
	return at;
}

static size_t skip_blanks(struct str line, size_t at)
{
	while (at < line.n && is_blank(line.p[at]))
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

/* Reads the value at `at`; returns where the next pair may start. What sticks
 * to a closing quote is no pair: keys begin behind a blank only. */
static size_t take_value(struct arena *arena, struct str line, size_t at, struct entry_field *field)
{
	if (at >= line.n || line.p[at] != '"') {
		size_t end = skip_word(line, at);
		field->value = str_cut(line, at, end - at);
		return end;
	}
	size_t close = closing_quote(line, at + 1);
	field->cut = close >= line.n;
	field->value = unescape(arena, str_cut(line, at + 1, close - at - 1));
	return skip_word(line, close);
}

int kv_parse(struct arena *arena, struct str line, size_t start, struct entry *out, struct err *err)
{
	size_t capacity = 0;
	for (size_t at = skip_blanks(line, start); at < line.n; at = skip_blanks(line, at)) {
		size_t n = key_length(str_from(line, at));
		if (n == 0) {
			at = skip_word(line, at);
			continue;
		}
		struct entry_field field = {.name = str_cut(line, at, n), .column = (unsigned)at + 1};
		at = take_value(arena, line, at + n + 1, &field);
		if (out->field_count == ENTRY_MAX_FIELDS)
			return err_set(err, ERR_ENTRY, "column %u: more than %d fields", field.column,
			               ENTRY_MAX_FIELDS);
		out->fields = arena_grow(arena, out->fields, out->field_count, &capacity, sizeof *out->fields);
		out->fields[out->field_count++] = field;
	}
	if (out->field_count == 0)
		return err_set(err, ERR_ENTRY, "this is not a FortiGate log entry: no key=value pair in it");
	return 0;
}
