#ifndef FGDIAG_TEXT_H
#define FGDIAG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A span of bytes, not NUL-terminated unless said; p may be NULL when n is 0. */
struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

struct str str_of(const char *text); /* NULL gives the empty span */
bool str_is(struct str text, const char *other);
bool str_is_nocase(struct str text, const char *other); /* ASCII case */
bool str_starts(struct str text, const char *prefix);
bool str_ends(struct str text, const char *suffix);
struct str str_trim(struct str text);               /* blanks, TAB, CR, LF at both ends */
struct str str_from(struct str text, size_t start); /* the rest; empty past the end */
struct str str_cut(struct str text, size_t start, size_t n);

/* Offset of a literal, or -1. */
ptrdiff_t str_find(struct str text, const char *needle);
ptrdiff_t str_find_char(struct str text, char c);

/* Next line of *rest without its LF (and without one CR before it); false at
 * the end. A last line without LF counts. */
bool str_next_line(struct str *rest, struct str *line);

/* Next word (between blanks and TABs) of *rest; false at the end. */
bool str_next_word(struct str *rest, struct str *word);

/* Length in bytes of the valid UTF-8 sequence at text[0..n), 0 when it is not
 * one (overlong, surrogate, beyond U+10FFFF, cut). *code may be NULL. */
size_t utf8_length(const char *text, size_t n, uint32_t *code);
bool utf8_valid(struct str text);

/* May this code point be shown to a person? No: C0 (LF and TAB too), DEL, C1,
 * bidi controls (U+061C, U+200E-F, U+202A-E, U+2066-9), line and paragraph
 * separators, U+FEFF, noncharacters. */
bool text_code_is_safe(uint32_t code);

const char *text_plural(uint64_t n); /* "" of one, else "s" */

struct buf;

/* Append text for a terminal or a log line: safe code points as they are, the
 * rest as \xNN (bytes) or \u{N} (code points); a backslash is doubled only
 * where it would be read as such an escape. Output is always valid UTF-8 and
 * one line. */
void text_add_safe(struct buf *out, struct str text);

#endif
