#include "html.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "mem.h"

/* Elements, sentences and numbers of an HTML page. */

enum {
	TEXT_MAX_BYTES = 4000,
	WORDS_MAX_BYTES = 1024 * 1024,
	HEAD_LINES = 1500, /* shown of a long output */
	TAIL_LINES = 500,
};

static unsigned line_count(struct str text)
{
	struct str line;
	unsigned count = 0;
	while (str_next_line(&text, &line))
		count++;
	return count;
}

void html_init(struct html *html, const struct report *report, struct buf *out)
{
	size_t steps = report->steps ? report->steps->count : 0;
	*html = (struct html){.report = report, .out = out, .lines = mem_alloc((steps + 1) * sizeof(unsigned))};
	buf_init(&html->words, WORDS_MAX_BYTES);
	for (size_t i = 0; report->clean && i < steps; i++)
		html->lines[i] = line_count(report->clean[i]);
}

void html_done(struct html *html)
{
	buf_done(&html->words);
	free(html->lines);
}

/* ---- elements ---- */

void html_put(struct html *html, const char *markup)
{
	buf_add_text(html->out, markup);
}

void html_draw(struct html *html, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	buf_vprintf(html->out, fmt, args);
	va_end(args);
}

void html_open(struct html *html, const char *tag, const char *class)
{
	buf_add_char(html->out, '<');
	buf_add_text(html->out, tag);
	if (class) {
		buf_add_text(html->out, " class=\"");
		buf_add_text(html->out, class);
		buf_add_char(html->out, '"');
	}
	buf_add_char(html->out, '>');
}

/* Behind these a line end would be a blank on the page. */
static bool is_inline(const char *tag)
{
	static const char *const tags[] = {"a", "b", "code", "em", "i", "small", "span"};
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		if (strcmp(tag, tags[i]) == 0)
			return true;
	}
	return false;
}

void html_close(struct html *html, const char *tag)
{
	buf_add_text(html->out, "</");
	buf_add_text(html->out, tag);
	buf_add_text(html->out, is_inline(tag) ? ">" : ">\n");
}

/* At most n bytes of a text, not cut inside a character. */
static struct str head_of(struct str text, size_t n)
{
	if (text.n <= n)
		return text;
	for (size_t back = 0; back < 3 && n && ((unsigned char)text.p[n] & 0xc0) == 0x80; back++)
		n--;
	return str_cut(text, 0, n);
}

void html_text(struct html *html, struct str text)
{
	struct str head = head_of(text, TEXT_MAX_BYTES);
	encode_html(html->out, head);
	if (head.n < text.n)
		buf_printf(html->out, " <em>[cut, %zu bytes in all]</em>", text.n);
}

static void say(struct html *html, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
static void say(struct html *html, const char *fmt, va_list args)
{
	buf_clear(&html->words);
	buf_vprintf(&html->words, fmt, args);
	if (html->words.full)
		html_put(html, "<em>[too long to be shown]</em>");
	html_text(html, buf_str(&html->words));
}

void html_say(struct html *html, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say(html, fmt, args);
	va_end(args);
}

void html_element(struct html *html, const char *tag, const char *class, const char *fmt, ...)
{
	va_list args;
	html_open(html, tag, class);
	va_start(args, fmt);
	say(html, fmt, args);
	va_end(args);
	html_close(html, tag);
}

void html_section(struct html *html, const char *id, const char *heading)
{
	html_draw(html, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id, id, id, heading);
}

void html_not_measured(struct html *html, const char *fmt, ...)
{
	va_list args;
	html_put(html, "<p class=\"none\"><b>Not measured:</b> ");
	va_start(args, fmt);
	say(html, fmt, args);
	va_end(args);
	html_close(html, "p");
}

void html_fold(struct html *html, const char *fmt, ...)
{
	va_list args;
	html_put(html, "<details><summary>");
	va_start(args, fmt);
	say(html, fmt, args);
	va_end(args);
	html_close(html, "summary");
}

void html_table(struct html *html, const char *class, const char *caption, const char *const *columns)
{
	html_open(html, "div", "scroll");
	html_open(html, "table", class);
	html_element(html, "caption", NULL, "%s", caption);
	html_put(html, "<thead><tr>");
	for (; *columns; columns++)
		html_draw(html, "<th scope=\"col\">%s</th>", *columns);
	html_put(html, "</tr></thead>\n<tbody>\n");
}

void html_table_end(struct html *html)
{
	html_put(html, "</tbody></table></div>\n");
}

bool html_room(const struct html *html)
{
	return html->out->n < HTML_ROOM_BYTES;
}

const char *html_state_class(enum state state)
{
	static const char *const classes[STATES] = {"s-ok", "s-warning", "s-critical", "s-unknown", "s-skipped"};
	return classes[state];
}

void html_state(struct html *html, enum state state)
{
	static const char *const signs[STATES] = {"✓", "!", "✕", "?", "–"};
	html_draw(html, "<span class=\"state %s\"><i aria-hidden=\"true\">%s</i> %s</span>", html_state_class(state),
	          signs[state], state_word(state));
}

/* ---- lines ---- */

bool html_line_is_shown(unsigned line, unsigned lines)
{
	return line <= HEAD_LINES || line + TAIL_LINES > lines;
}

bool html_find_line(const struct html *html, const char *step, unsigned line, struct html_line *out)
{
	const struct report *report = html->report;
	for (size_t i = 0; step && line && report->steps && report->clean && i < report->steps->count; i++) {
		const struct step_run *run = &report->steps->steps[i];
		bool here = strcmp(run->id, step) == 0 || (run->file && strcmp(run->file, step) == 0);
		/* Lines of pasted text are those of its file. */
		unsigned before = run->first_line ? run->first_line - 1 : 0;
		if (!here || line <= before)
			continue;
		if (line - before > html->lines[i])
			continue;
		*out = (struct html_line){i, line - before};
		return html_line_is_shown(out->line, html->lines[i]);
	}
	return false;
}

bool html_is_bytes(struct str line)
{
	return str_starts(str_trim(line), "0x");
}

void html_line_of(struct html *html, const char *step, unsigned line)
{
	struct html_line found;
	bool linked = html_find_line(html, step, line, &found);
	if (linked)
		html_draw(html, "<a class=\"at\" href=\"#s%zu-%u\">", found.step, found.line);
	else
		html_open(html, "span", "at");
	html_say(html, "%s", step ? step : "?");
	if (line)
		html_draw(html, ":%u", line);
	html_put(html, linked ? "</a>" : "</span>");
}

/* ---- numbers ---- */

const char *html_fixed(double value, char text[static HTML_NUMBER_MAX])
{
	if (!(value > -1e12 && value < 1e12)) {
		(void)snprintf(text, HTML_NUMBER_MAX, "not a number");
		return text;
	}
	long long tenths = llround(value * 10);
	bool below = tenths < 0;
	unsigned long long size = (unsigned long long)(below ? -tenths : tenths);
	(void)snprintf(text, HTML_NUMBER_MAX, "%s%llu.%llu", below ? "-" : "", size / 10, size % 10);
	return text;
}

const char *html_duration(int64_t us, char text[static HTML_NUMBER_MAX])
{
	char number[HTML_NUMBER_MAX];
	double size = fabs((double)us);
	if (size < 1000)
		(void)snprintf(text, HTML_NUMBER_MAX, "%" PRId64 " µs", us);
	else if (size < 1e6)
		(void)snprintf(text, HTML_NUMBER_MAX, "%.30s ms", html_fixed((double)us / 1e3, number));
	else
		(void)snprintf(text, HTML_NUMBER_MAX, "%.30s s", html_fixed((double)us / 1e6, number));
	return text;
}

long html_scaled(double value, double most, long length)
{
	if (!(value > 0) || !(most > 0))
		return 0;
	return value >= most ? length : lround(value / most * (double)length);
}
