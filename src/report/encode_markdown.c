#include <string.h>

#include "encode.h"

/* Not by the locale, which isalpha() asks. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
	return is_digit(c) || is_letter(c);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- words that sites make links and pictures of ---- */

/* ":x:" and ":100:", but no time of day. Hex groups of an address count too. */
static bool is_emoji(struct str word, size_t at)
{
	size_t digits = 0, letters = 0;
	for (size_t i = at + 1; i < word.n; i++) {
		char c = word.p[i];
		if (c == ':')
			return letters > 0 || digits > 2;
		if (!is_word(c) && c != '_' && c != '+' && c != '-')
			return false;
		digits += is_digit(c);
		letters += !is_digit(c);
	}
	return false;
}

/* "#123", "!123", "~label", "GH-123": of an issue, a merge request and the like. */
static bool is_reference(struct str word, size_t at)
{
	struct str rest = str_from(word, at);
	if (str_is_nocase(str_cut(rest, 0, 3), "gh-"))
		return true;
	return rest.n > 1 && strchr("#!$%~&^", rest.p[0]) && (is_word(rest.p[1]) || strchr("#_\"", rest.p[1]));
}

static bool is_active(struct str word)
{
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '@' || is_reference(word, i) || (word.p[i] == ':' && is_emoji(word, i)) ||
		    str_is_nocase(str_cut(word, i, 4), "www.") || str_starts(str_from(word, i), "://"))
			return true;
	}
	return false;
}

/* ---- one word ---- */

/* What means something at the start of a text only: headings, lists, quotes,
 * rules. "1." and "1)" begin a list by their last character. */
static bool opens(struct str word, size_t at)
{
	if (at == 0)
		return strchr("#+-=>", word.p[0]) != NULL;
	if (at + 1 < word.n || (word.p[at] != '.' && word.p[at] != ')'))
		return false;
	for (size_t i = 0; i < at; i++) {
		if (!is_digit(word.p[i]))
			return false;
	}
	return true;
}

static bool is_active_here(struct str word, size_t at)
{
	char c = word.p[at];
	if (c == '_')
		return at == 0 || at + 1 == word.n || !is_word(word.p[at - 1]) || !is_word(word.p[at + 1]);
	return strchr("\\*[]{}~$", c) != NULL;
}

static void add_plain(struct buf *out, struct str word, bool first)
{
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		if (c == '<') {
			buf_add_text(out, "&lt;");
		} else if (c == '&') {
			buf_add_text(out, "&amp;");
		} else {
			if (is_active_here(word, i) || (first && opens(word, i)))
				buf_add_char(out, '\\');
			buf_add_char(out, c);
		}
	}
}

/* A code span is what no site reads further; the sentence's own marks stay out. */
static void add_piece(struct buf *out, struct str piece, bool first)
{
	if (!is_active(piece)) {
		add_plain(out, piece, first);
		return;
	}
	size_t end = piece.n, start = piece.p[0] == '(';
	while (end > start && strchr(",.;)", piece.p[end - 1]))
		end--;
	buf_add_str(out, str_cut(piece, 0, start));
	buf_add_char(out, '`');
	buf_add_str(out, str_cut(piece, start, end - start));
	buf_add_char(out, '`');
	buf_add_str(out, str_from(piece, end));
}

/* Neither '|' nor '`' stands in a piece: so a code span ends where it shall, in
 * a table too. */
static void add_word(struct buf *out, struct str word, bool first)
{
	size_t start = 0;
	for (size_t i = 0; i <= word.n; i++) {
		if (i < word.n && word.p[i] != '|' && word.p[i] != '`')
			continue;
		add_piece(out, str_cut(word, start, i - start), first && start == 0);
		if (i < word.n) {
			buf_add_char(out, '\\');
			buf_add_char(out, word.p[i]);
		}
		start = i + 1;
	}
}

void encode_markdown(struct buf *out, struct str text)
{
	struct buf safe;
	bool first = true;
	buf_init(&safe, SIZE_MAX / 2);
	for (size_t i = 0; i < text.n;) {
		size_t end = i;
		while (end < text.n && !is_blank(text.p[end]))
			end++;
		if (end > i) {
			buf_clear(&safe);
			text_add_safe(&safe, str_cut(text, i, end - i));
			if (!first)
				buf_add_char(out, ' ');
			add_word(out, buf_str(&safe), first);
			first = false;
		}
		i = end + 1;
	}
	buf_done(&safe);
}

/* ---- code blocks ---- */

static size_t longest_run(struct str text, char c)
{
	size_t most = 0, run = 0;
	for (size_t i = 0; i < text.n; i++) {
		run = text.p[i] == c ? run + 1 : 0;
		most = run > most ? run : most;
	}
	return most;
}

static void add_fence(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_char(out, '`');
	buf_add_char(out, '\n');
}

void encode_markdown_block(struct buf *out, struct str lines)
{
	size_t run = longest_run(lines, '`');
	size_t fence = run < 3 ? 3 : run + 1;
	struct str line;
	add_fence(out, fence);
	while (str_next_line(&lines, &line)) {
		text_add_safe(out, line);
		buf_add_char(out, '\n');
	}
	add_fence(out, fence);
}
