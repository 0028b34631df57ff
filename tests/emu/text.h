#ifndef EMU_TEXT_H
#define EMU_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* A growing run of bytes. */
struct text {
	char *p;
	size_t n, capacity;
};

void text_add(struct text *text, const char *bytes, size_t n);
void text_drop(struct text *text, size_t n); /* from its beginning */
void text_free(struct text *text);

/* printf; every '\n' becomes CR LF. */
void text_vprint(struct text *text, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

#endif
