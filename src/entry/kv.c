#include "kv.h"

#include <string.h>

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.';
}

static size_t key_length(struct str text)
{
	size_t n = 0;
	while (n < text.n && n < 64 && is_key_char(text.p[n]))
		n++;
	return n < text.n && text.p[n] == '=' ? n : 0;
}

/* Length of a quoted value with its quotes; to the end where the last one is missing. */
static size_t quoted_length(struct str text)
{
	size_t i = 1;
	while (i < text.n && text.p[i] != '"')
		i += text.p[i] == '\\' && i + 1 < text.n ? 2 : 1;
	return i < text.n ? i + 1 : text.n;
}

static struct str unescape(struct arena *arena, struct str raw)
{
	if (str_find_char(raw, '\\') < 0)
		return raw;
	char *copy = arena_alloc(arena, raw.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		bool escape = raw.p[i] == '\\' && i + 1 < raw.n && strchr("\"=", raw.p[i + 1]);
		copy[n++] = raw.p[escape ? ++i : i];
	}
	return (struct str){copy, n};
}

static struct str take_value(struct arena *arena, struct str line, size_t *at)
{
	struct str rest = str_from(line, *at);
	if (rest.n && rest.p[0] == '"') {
		size_t n = quoted_length(rest);
		bool closed = n > 1 && rest.p[n - 1] == '"';
		*at += n;
		return unescape(arena, str_cut(rest, 1, n - 1 - closed));
	}
	size_t n = 0;
	while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
		n++;
	*at += n;
	return str_cut(rest, 0, n);
}

static int add_field(struct arena *arena, struct entry *out, size_t *capacity, struct entry_field field,
                     struct err *err)
{
	if (out->field_count == ENTRY_MAX_FIELDS)
		return err_set(err, ERR_ENTRY, "column %u: more than %d fields", field.column, ENTRY_MAX_FIELDS);
	out->fields = arena_grow(arena, out->fields, out->field_count, capacity, sizeof *out->fields);
	out->fields[out->field_count++] = field;
	return 0;
}

int kv_parse(struct arena *arena, struct str line, size_t start, struct entry *out, struct err *err)
{
	size_t capacity = 0;
	size_t at = start;
	while (at < line.n) {
		size_t n = key_length(str_from(line, at));
		if (n == 0) {
			/* A stray word: skip it, up to the blank behind it. */
			while (at < line.n && line.p[at] != ' ' && line.p[at] != '\t')
				at++;
			while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t'))
				at++;
			continue;
		}
		struct entry_field field = {.name = str_cut(line, at, n), .column = (unsigned)at + 1};
		at += n + 1;
		field.value = take_value(arena, line, &at);
		if (add_field(arena, out, &capacity, field, err) < 0)
			return -1;
	}
	if (out->field_count == 0)
		return err_set(err, ERR_ENTRY, "this is not a FortiGate log entry: no key=value pair in it");
	return 0;
}
