#include "echo.h"

#include <string.h>

#include "command.h"

enum { ESCAPE_MAX = 64, OSC_MAX = 256, LINES_MAX = 16, SCREEN_LINE = 2 * COMMAND_MAX_BYTES + 256 };

/* The line being edited, as the terminal shows it. */
struct editor {
	char text[SCREEN_LINE];
	size_t n;
	size_t cursor;
};

static size_t csi_length(struct str text)
{
	size_t i = 2;
	while (i < text.n && i < ESCAPE_MAX && text.p[i] >= 0x20 && text.p[i] <= 0x3f)
		i++;
	return i < text.n && text.p[i] >= 0x40 && text.p[i] <= 0x7e ? i + 1 : 0;
}

static size_t osc_length(struct str text)
{
	for (size_t i = 2; i < text.n && i < OSC_MAX; i++) {
		if (text.p[i] == 0x07)
			return i + 1;
		if (text.p[i] == 0x1b && i + 1 < text.n && text.p[i + 1] == '\\')
			return i + 2;
	}
	return 0;
}

size_t escape_length(struct str text)
{
	if (text.n < 2 || text.p[0] != 0x1b)
		return 0;
	if (text.p[1] == '[')
		return csi_length(text);
	if (text.p[1] == ']')
		return osc_length(text);
	return text.p[1] >= 0x30 && text.p[1] <= 0x7e ? 2 : 0;
}

static size_t csi_count(struct str sequence)
{
	size_t count = 0;
	for (size_t i = 2; i + 1 < sequence.n && sequence.p[i] >= '0' && sequence.p[i] <= '9'; i++) {
		count = count * 10 + (size_t)(sequence.p[i] - '0');
		if (count > SCREEN_LINE)
			return SCREEN_LINE;
	}
	return count ? count : 1;
}

static void insert_blanks(struct editor *editor, size_t count)
{
	if (count > sizeof editor->text - editor->n)
		count = sizeof editor->text - editor->n;
	memmove(editor->text + editor->cursor + count, editor->text + editor->cursor, editor->n - editor->cursor);
	memset(editor->text + editor->cursor, ' ', count);
	editor->n += count;
}

static void delete_bytes(struct editor *editor, size_t count)
{
	size_t behind = editor->n - editor->cursor;
	if (count > behind)
		count = behind;
	memmove(editor->text + editor->cursor, editor->text + editor->cursor + count, behind - count);
	editor->n -= count;
}

static void edit_escape(struct editor *editor, struct str sequence)
{
	if (sequence.p[1] != '[')
		return;
	size_t count = csi_count(sequence);
	switch (sequence.p[sequence.n - 1]) {
	case 'K':
		editor->n = editor->cursor;
		break;
	case 'P':
		delete_bytes(editor, count);
		break;
	case '@':
		insert_blanks(editor, count);
		break;
	case 'D':
		editor->cursor -= count < editor->cursor ? count : editor->cursor;
		break;
	case 'C':
		editor->cursor += count < editor->n - editor->cursor ? count : editor->n - editor->cursor;
		break;
	default:
		break;
	}
}

static void edit_byte(struct editor *editor, char c)
{
	if (c == '\b' && editor->cursor)
		editor->cursor--;
	if ((unsigned char)c < 0x20 || c == 0x7f || editor->cursor >= sizeof editor->text)
		return;
	editor->text[editor->cursor++] = c;
	if (editor->cursor > editor->n)
		editor->n = editor->cursor;
}

static size_t squeeze(struct str text, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != ' ')
			out[n++] = text.p[i];
	}
	return n;
}

/* An LF came: is the line the whole echo? A line that holds only the start of
 * the command was wrapped and goes on. */
static bool line_is_echo(struct editor *editor, const char *wanted, size_t wanted_n)
{
	char line[SCREEN_LINE];
	size_t n = squeeze((struct str){editor->text, editor->n}, line);
	if (n >= wanted_n && memcmp(line + n - wanted_n, wanted, wanted_n) == 0)
		return true;
	bool wrapped = n > 0 && n < wanted_n && memcmp(line, wanted, n) == 0;
	editor->n = wrapped ? editor->n : 0;
	editor->cursor = editor->n;
	return false;
}

size_t echo_end(struct str raw, const char *command)
{
	char wanted[SCREEN_LINE];
	struct editor editor = {.n = 0};
	struct str typed = str_cut(str_of(command), 0, sizeof wanted);
	size_t wanted_n = squeeze(typed, wanted);
	size_t head = 8 * typed.n + 4096;
	unsigned lines = 0;
	for (size_t i = 0; wanted_n && i < raw.n && i < head && lines < LINES_MAX;) {
		size_t escape = escape_length(str_cut(raw, i, OSC_MAX));
		if (escape) {
			edit_escape(&editor, (struct str){raw.p + i, escape});
			i += escape;
			continue;
		}
		if (raw.p[i] == '\n') {
			lines++;
			if (line_is_echo(&editor, wanted, wanted_n))
				return i + 1;
		}
		edit_byte(&editor, raw.p[i]);
		i++;
	}
	return 0;
}
