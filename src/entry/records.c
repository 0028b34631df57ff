#include "records.h"

#include <string.h>

#include "kv.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void records_init(struct records *records, struct arena *arena, struct str text)
{
	/* Texts that open many values and close none must not cost square time. */
	*records = (struct records){.arena = arena, .rest = text, .line = 1, .budget = 4 * text.n};
	if (str_starts(text, "\xef\xbb\xbf"))
		records->rest = str_from(text, 3);
}

static unsigned count_lines(struct str text)
{
	unsigned lines = 0;
	const char *p = text.p, *end = text.p + text.n;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		lines++;
		p++;
	}
	return lines;
}

/* Go on behind n bytes and the line end or NUL that follows them. */
static void advance(struct records *records, size_t n)
{
	while (n < records->rest.n && strchr("\r\n", records->rest.p[n])) {
		bool line_end = records->rest.p[n++] == '\n';
		if (line_end)
			break;
	}
	if (n < records->rest.n && records->rest.p[n] == '\0')
		n++;
	records->line += count_lines(str_cut(records->rest, 0, n));
	records->rest = str_from(records->rest, n);
}

static void take(struct records *records, size_t n, struct record *out)
{
	*out = (struct record){.text = str_cut(records->rest, 0, n), .line_number = records->line};
	advance(records, n);
}

/* Many records may stand in one line: its end is looked for once. */
static size_t line_length(struct records *records)
{
	const char *p = records->rest.p, *limit = p + records->rest.n;
	if (!records->end || records->end < p) {
		while (p < limit && *p != '\n' && *p != '\0')
			p++;
		records->end = p;
	}
	return (size_t)(records->end - records->rest.p);
}

/* ---- octet counting ---- */

/* `LEN ` at the start of the text; 0 for none. *length is LEN. */
static size_t count_at(struct str text, size_t *length)
{
	size_t n = 0;
	*length = 0;
	while (n < text.n && n < 6 && is_digit(text.p[n]))
		*length = *length * 10 + (size_t)(text.p[n++] - '0');
	return n > 1 && n < text.n && text.p[n] == ' ' && text.p[0] != '0' ? n + 1 : 0;
}

/* A frame ends with the text, with a line end, or where the next count stands,
 * and holds no line end but at its own end. */
static bool is_frame(struct records *records, size_t head, size_t length)
{
	size_t next, end = head + length, line = line_length(records);
	struct str text = records->rest;
	if (length < 16 || end > text.n || line + 2 < end)
		return false;
	if (line < end && str_trim(str_cut(text, line, end - line)).n)
		return false;
	struct str rest = str_from(text, end);
	return rest.n == 0 || strchr("\r\n", rest.p[0]) || count_at(rest, &next) > 0;
}

/* Where the next `LEN <PRI>` stands in a line whose own count is wrong. */
static size_t next_count(struct str line, size_t from)
{
	for (size_t i = from; i + 4 < line.n; i++) {
		if (line.p[i] != '<' || line.p[i - 1] != ' ' || !is_digit(line.p[i + 1]))
			continue;
		size_t start = i - 1;
		while (start > from && i - 1 - start < 6 && is_digit(line.p[start - 1]))
			start--;
		ptrdiff_t close = str_find_char(str_cut(line, i, 6), '>');
		if (i - 1 - start >= 2 && close > 1)
			return start;
	}
	return line.n;
}

static bool take_frame(struct records *records, struct record *out)
{
	size_t length, head = count_at(records->rest, &length);
	if (head == 0 || !is_frame(records, head, length))
		return false;
	records->rest = str_from(records->rest, head);
	take(records, length, out);
	out->text = str_trim(out->text);
	return true;
}

/* ---- JSON ---- */

/* The bytes of the JSON value that the text begins with; 0 when it has no end. */
static size_t json_length(struct str text)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* `[SYSTEM…`, `{…` of other logs are no JSON. Asked at every record, so it must
 * not look at all of the text. */
static bool begins_json(struct str text)
{
	if (text.n < 2 || (text.p[0] != '{' && text.p[0] != '['))
		return false;
	size_t n = 1;
	while (n < text.n && text.p[n] && strchr(" \t\r\n", text.p[n]))
		n++;
	return n < text.n && text.p[n] && strchr(text.p[0] == '{' ? "\"}" : "{[]", text.p[n]);
}

static bool next_item(struct records *records, struct record *out)
{
	if (records->item >= records->item_count)
		return false;
	*out = (struct record){.text = records->items[records->item++], .line_number = records->item_line};
	return true;
}

static bool take_json(struct records *records, struct record *out)
{
	if (!begins_json(records->rest) || records->budget < records->rest.n)
		return false;
	size_t n = json_length(records->rest);
	records->budget -= n ? n : records->rest.n;
	if (n == 0)
		return false;
	struct record whole = {.text = str_cut(records->rest, 0, n), .line_number = records->line};
	advance(records, n + (n < records->rest.n && records->rest.p[n] == ','));
	records->item_line = whole.line_number;
	records->item = records->item_count = 0;
	if (json_entry_records(records->arena, whole.text, &records->items, &records->item_count, NULL) < 0 ||
	    !next_item(records, out))
		*out = whole;
	return true;
}

/* ---- lines ---- */

static void take_line(struct records *records, struct record *out)
{
	size_t length, n = line_length(records);
	struct str line = str_cut(records->rest, 0, n);
	size_t head = count_at(line, &length);
	if (head && str_starts(str_from(line, head), "<"))
		n = next_count(line, head + 1);
	take(records, n, out);
}

/* What parts JSON values and is none itself. */
static void skip_parting(struct records *records)
{
	size_t n = 0;
	while (n < records->rest.n && strchr(" \t\r,", records->rest.p[n]) && records->rest.p[n])
		n++;
	struct str rest = str_from(records->rest, n);
	if (begins_json(rest))
		records->rest = rest;
}

bool records_next(struct records *records, struct record *out)
{
	if (next_item(records, out))
		return true;
	if (records->rest.n == 0)
		return false;
	skip_parting(records);
	if (!take_frame(records, out) && !take_json(records, out))
		take_line(records, out);
	return true;
}
