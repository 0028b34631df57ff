#include <string.h>

#include "dialog.h"
#include "echo.h"

static const char pager[] = "--More--";

/* What a quit at the prompt leaves behind before the last prompt. */
static const char *const quit_traces[] = {
        "Unknown action 0",
        "command parse error before 'q'",
        "Command fail. Return code",
};

static bool at_line_start(const struct buf *out, size_t start)
{
	return out->n == start || out->p[out->n - 1] == '\n';
}

/* Length of a pager trace at the start of text: the question, the answer's
 * echo, and its erasure up to the last byte that moves or erases. Blanks alone
 * (a log made by a terminal) count at the start of a line only. */
static size_t pager_length(struct str text, bool line_start)
{
	if (!str_starts(text, pager))
		return 0;
	size_t i = sizeof pager - 1;
	size_t erased = 0;
	while (i < text.n) {
		size_t escape = escape_length(str_cut(text, i, 64));
		if (escape)
			i += escape;
		else if (text.p[i] == '\r' || text.p[i] == '\b' || text.p[i] == ' ')
			i++;
		else
			break;
		if (text.p[i - 1] != ' ')
			erased = i;
	}
	if (erased || i == text.n)
		return erased ? erased : i;
	return line_start && (i > sizeof pager - 1 || text.p[i] == '\n') ? i : 0;
}

/* Consecutive escape sequences at the start of text; *repaint when they move
 * home or clear the screen, as a new frame of top begins. */
static size_t escapes_length(struct str text, bool *repaint)
{
	size_t i = 0;
	for (;;) {
		size_t n = escape_length(str_cut(text, i, 256));
		if (n == 0)
			return i;
		struct str escape = str_cut(text, i, n);
		if (str_starts(escape, "\x1b[") && (str_ends(escape, "H") || str_ends(escape, "2J")))
			*repaint = true;
		i += n;
	}
}

static void add_repaint(struct buf *out, size_t start)
{
	if (!at_line_start(out, start))
		buf_add_char(out, '\n');
	buf_add_text(out, "\f\n");
}

static size_t plain_length(struct str text)
{
	size_t i = 0;
	while (i < text.n && text.p[i] != '\r' && text.p[i] != 0x1b && text.p[i] != '-')
		i++;
	return i;
}

static void add_body(struct str raw, struct buf *out, size_t start)
{
	while (raw.n) {
		bool repaint = false;
		size_t skip = plain_length(raw);
		if (skip) {
			buf_add(out, raw.p, skip);
		} else if (raw.p[0] == '\r') {
			skip = 1;
		} else if (raw.p[0] == 0x1b) {
			skip = escapes_length(raw, &repaint);
			if (repaint)
				add_repaint(out, start);
		} else {
			skip = pager_length(raw, at_line_start(out, start));
		}
		if (skip == 0) {
			buf_add_char(out, raw.p[0]);
			skip = 1;
		}
		raw = str_from(raw, skip);
	}
}

static bool is_prompt_line(struct str line, struct str prompt)
{
	if (line.n < prompt.n || memcmp(line.p, prompt.p, prompt.n) != 0)
		return false;
	struct str rest = str_trim(str_from(line, prompt.n));
	return rest.n == 0 || str_is(rest, "q");
}

static bool is_quit_trace(struct str line)
{
	for (size_t i = 0; i < sizeof quit_traces / sizeof quit_traces[0]; i++) {
		if (str_starts(line, quit_traces[i]))
			return true;
	}
	return line.n == 0;
}

static void cut_at(struct buf *out, size_t n)
{
	out->n = n;
	out->p[n] = '\0';
}

/* Removes the prompts at the end, with what a quit typed between them left,
 * and the empty line before. */
static void cut_prompt(struct buf *out, size_t start, struct str prompt)
{
	size_t cut = out->n;
	for (size_t end = out->n; end > start;) {
		size_t from = end;
		while (from > start && (from == end || out->p[from - 1] != '\n'))
			from--;
		struct str line = str_trim((struct str){out->p + from, end - from});
		if (is_prompt_line(line, prompt))
			cut = from;
		else if (!is_quit_trace(line))
			break;
		end = from;
	}
	if (cut == out->n)
		return;
	cut_at(out, cut);
	if (cut > start && (cut - 1 == start || out->p[cut - 2] == '\n'))
		cut_at(out, cut - 1);
}

void dialog_clean(struct str raw, const char *command, const char *prompt, struct buf *out)
{
	size_t start = out->n;
	add_body(str_from(raw, echo_end(raw, command)), out, start);
	struct str wanted = str_trim(str_of(prompt));
	if (wanted.n && out->n > start)
		cut_prompt(out, start, wanted);
}
