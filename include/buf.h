#ifndef FGDIAG_BUF_H
#define FGDIAG_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* Bytes that grow up to a maximum stated when the buffer is made. What does
 * not fit is dropped whole and `full` stays set, so writers check once at the
 * end. The content is always NUL-terminated one past its end. */
struct buf {
	char *p;
	size_t n;
	size_t capacity;
	size_t max_bytes;
	bool full;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_done(struct buf *buf);  /* releases; the struct may be initialised again */
void buf_clear(struct buf *buf); /* keeps the memory, forgets content and `full` */

void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_add_char(struct buf *buf, char c);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_str(struct buf *buf, struct str text);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Forget the first n bytes (n at most buf->n). */
void buf_drop(struct buf *buf, size_t n);

/* The content as a span, valid until the next change. */
struct str buf_str(const struct buf *buf);

#endif
