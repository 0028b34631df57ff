#include "page.h"

#include <stdint.h>

enum { SAFE_MAX_BYTES = 8 * 1024 * 1024 };

struct range {
	uint32_t first, last;
};

static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},
        {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
        {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static const struct range narrow[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
        {0x200b, 0x200d}, {0x2060, 0x2064}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

static unsigned code_columns(uint32_t code)
{
	if (code < 0x300)
		return 1;
	if (in_ranges(code, narrow, sizeof narrow / sizeof narrow[0]))
		return 0;
	return in_ranges(code, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

/* Bytes of the first character of safe text, and its columns. */
static size_t first_character(struct str safe, unsigned *columns)
{
	uint32_t code;
	size_t n = utf8_length(safe.p, safe.n, &code);
	*columns = n ? code_columns(code) : 1;
	return n ? n : 1;
}

unsigned page_columns(struct str safe)
{
	unsigned total = 0;
	while (safe.n) {
		unsigned columns;
		safe = str_from(safe, first_character(safe, &columns));
		total += columns;
	}
	return total;
}

void page_init(struct page *page, struct buf *out, unsigned columns, bool color)
{
	*page = (struct page){.out = out, .color = color, .empty_line = true};
	page->columns = columns < PAGE_MIN_COLUMNS ? PAGE_MIN_COLUMNS : columns;
	buf_init(&page->safe, SAFE_MAX_BYTES);
}

void page_done(struct page *page)
{
	buf_done(&page->safe);
}

void page_line(struct page *page)
{
	page->empty_line = page->at == page->blanks;
	page->gap = false;
	buf_add_char(page->out, '\n');
	page->at = 0;
	page->blanks = 0;
}

void page_gap(struct page *page)
{
	if (page->at > page->blanks)
		page_line(page);
	page->at = 0;
	page->blanks = 0;
	page->gap = !page->empty_line;
}

static void add_blanks(struct page *page, unsigned count)
{
	page->at += count;
	page->blanks += count;
}

void page_to(struct page *page, unsigned column)
{
	if (page->at > column)
		page_line(page);
	add_blanks(page, column - page->at);
}

/* Write safe text without blanks at its ends where the cursor is. */
static void put(struct page *page, struct str safe, unsigned columns)
{
	if (page->gap)
		buf_add_char(page->out, '\n');
	page->gap = false;
	for (; page->blanks; page->blanks--)
		buf_add_char(page->out, ' ');
	buf_add_str(page->out, safe);
	page->at += columns;
}

/* A word wider than a line: filled up to the right edge, line by line. */
static void put_cut(struct page *page, unsigned indent, struct str word)
{
	while (word.n) {
		unsigned columns;
		size_t n = first_character(word, &columns);
		if (page->at + columns > page->columns) {
			page_line(page);
			page_to(page, indent);
		}
		put(page, str_cut(word, 0, n), columns);
		word = str_from(word, n);
	}
}

static void put_word(struct page *page, unsigned indent, struct str word, unsigned blanks)
{
	unsigned columns = page_columns(word);
	unsigned room = page->columns - indent;
	bool at_start = page->at == page->blanks;
	if (page->at + blanks + columns <= page->columns) {
		add_blanks(page, blanks);
		put(page, word, columns);
	} else if (columns <= room) {
		if (!at_start)
			page_line(page);
		else
			page->at = page->blanks = 0;
		page_to(page, indent);
		put(page, word, columns);
	} else {
		/* Blanks that reach the edge vanish there, as at any line's end. */
		if (page->at + blanks < page->columns)
			add_blanks(page, blanks);
		put_cut(page, indent, word);
	}
}

static struct str make_safe(struct page *page, struct str text)
{
	buf_clear(&page->safe);
	text_add_safe(&page->safe, text);
	if (page->safe.full)
		page->out->full = true;
	return buf_str(&page->safe);
}

void page_text(struct page *page, unsigned indent, struct str text)
{
	struct str safe = make_safe(page, text);
	while (safe.n) {
		size_t blanks = 0, n = 0;
		while (blanks < safe.n && safe.p[blanks] == ' ')
			blanks++;
		safe = str_from(safe, blanks);
		while (n < safe.n && safe.p[n] != ' ')
			n++;
		if (n)
			put_word(page, indent, str_cut(safe, 0, n),
			         blanks > page->columns ? page->columns : (unsigned)blanks);
		else
			add_blanks(page, blanks > page->columns ? page->columns : (unsigned)blanks);
		safe = str_from(safe, n);
	}
}

void page_whole(struct page *page, struct str text)
{
	struct str safe = str_trim(make_safe(page, text));
	if (safe.n)
		put(page, safe, page_columns(safe));
}

void page_state(struct page *page, enum state state, struct str text)
{
	static const char *const colors[STATES] = {
	        [STATE_OK] = "\033[1;32m",      [STATE_WARNING] = "\033[1;33m", [STATE_CRITICAL] = "\033[1;31m",
	        [STATE_UNKNOWN] = "\033[1;35m", [STATE_SKIPPED] = "\033[2m",
	};
	if (!page->color) {
		page_whole(page, text);
		return;
	}
	put(page, (struct str){"", 0}, 0);
	buf_add_text(page->out, colors[state]);
	page_whole(page, text);
	buf_add_text(page->out, "\033[0m");
}

void page_say(struct page *page, unsigned indent, const char *fmt, ...)
{
	struct buf text;
	va_list args;
	buf_init(&text, SAFE_MAX_BYTES);
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	page_to(page, indent);
	page_text(page, indent, buf_str(&text));
	page_line(page);
	buf_done(&text);
}
