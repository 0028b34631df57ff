#include "buf.h"
#include "dialog.h"
#include "echo.h"
#include "paste.h"
#include "transcript.h"

/* The text of a log as the terminal would show it, line for line. */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Escape sequences out. dialog_clean makes a line of a repaint, and lines must
 * keep their numbers here; a "Run Time:" line begins a frame of top as well. */
static void strip_escapes(struct str text, struct buf *out)
{
	while (text.n) {
		size_t n = 0;
		while (n < text.n && text.p[n] != 0x1b)
			n++;
		buf_add(out, text.p, n);
		text = str_from(text, n);
		if (text.n) {
			size_t escape = escape_length(str_cut(text, 0, 256));
			text = str_from(text, escape ? escape : 1);
		}
	}
}

/* What a line shows once its backspaces moved the cursor. */
static void add_edited(struct str line, struct buf *out)
{
	size_t start = out->n;
	size_t cursor = start;
	if (str_find_char(line, '\b') < 0) {
		buf_add_str(out, line);
		return;
	}
	for (size_t i = 0; i < line.n && !out->full; i++) {
		if (line.p[i] == '\b') {
			cursor -= cursor > start;
			continue;
		}
		if (cursor < out->n)
			out->p[cursor] = line.p[i];
		else
			buf_add_char(out, line.p[i]);
		cursor++;
	}
}

/* ---- time stamps of a logging terminal ---- */

/* Matches a stamp such as "[2024-06-26 16:15:27.516] " or "16:15:27 " at the start: its length,
 * or 0. */
static size_t stamp_length(struct str line)
{
	size_t i = 0;
	unsigned digits = 0, colons = 0;
	bool bracket = line.n && line.p[0] == '[';
	for (i = bracket; i < line.n && i < 40; i++) {
		char c = line.p[i];
		if (c == ':')
			colons++;
		else if (is_digit(c))
			digits++;
		else if (c == ' ' && colons < 2 && i + 1 < line.n && is_digit(line.p[i + 1]))
			continue;
		else if (c != '-' && c != '/' && c != '.' && c != ',' && c != 'T' && c != 'Z')
			break;
	}
	if (colons != 2 || digits < 6 || i >= line.n)
		return 0;
	if (bracket && line.p[i] == ']')
		i++;
	else if (bracket || line.p[i] != ' ')
		return 0;
	while (i < line.n && line.p[i] == ' ')
		i++;
	return i;
}

/* Does the terminal stamp its lines? It does when a command's line is stamped;
 * the sniffer's own stamps stand behind no prompt. */
static bool is_stamped(struct str text)
{
	struct str line;
	while (str_next_line(&text, &line)) {
		struct paste_prompt prompt;
		struct paste_command command;
		size_t n = stamp_length(line);
		if (n && paste_prompt_parse(str_from(line, n), &prompt) &&
		    paste_command_parse(prompt.command, &command))
			return true;
	}
	return false;
}

static struct str edited(struct arena *arena, struct str text)
{
	struct buf out;
	struct str rest = text, line;
	bool stamped = is_stamped(text);
	buf_init(&out, TRANSCRIPT_MAX_BYTES + 1);
	while (str_next_line(&rest, &line)) {
		if (stamped)
			line = str_from(line, stamp_length(line));
		add_edited(line, &out);
		if (rest.n || text.p[text.n - 1] == '\n')
			buf_add_char(&out, '\n');
	}
	struct str copy = arena_str(arena, buf_str(&out));
	buf_done(&out);
	return copy;
}

struct str paste_normalise(struct arena *arena, struct str text)
{
	struct buf plain, clean;
	if (str_starts(text, "\xef\xbb\xbf"))
		text = str_from(text, 3);
	buf_init(&plain, TRANSCRIPT_MAX_BYTES + 1);
	buf_init(&clean, TRANSCRIPT_MAX_BYTES + 1);
	strip_escapes(text, &plain);
	dialog_clean(buf_str(&plain), "", "", &clean);
	struct str copy = edited(arena, buf_str(&clean));
	buf_done(&plain);
	buf_done(&clean);
	return copy;
}
