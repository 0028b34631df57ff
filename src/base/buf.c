#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

void buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){.max_bytes = max_bytes};
}

void buf_done(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){.max_bytes = buf->max_bytes};
}

void buf_clear(struct buf *buf)
{
	buf->n = 0;
	buf->full = false;
	if (buf->p)
		buf->p[0] = '\0';
}

static bool reserve(struct buf *buf, size_t n)
{
	if (n > buf->max_bytes || buf->n > buf->max_bytes - n) {
		buf->full = true;
		return false;
	}
	size_t wanted = buf->n + n + 1;
	if (wanted > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity : 64;
		while (capacity < wanted)
			capacity *= 2;
		buf->p = mem_resize(buf->p, capacity);
		buf->capacity = capacity;
	}
	return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
	if (!reserve(buf, n))
		return;
	if (n)
		memcpy(buf->p + buf->n, bytes, n);
	buf->n += n;
	buf->p[buf->n] = '\0';
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_str(struct buf *buf, struct str text)
{
	buf_add(buf, text.p, text.n);
}

void buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	if (n >= 0 && reserve(buf, (size_t)n)) {
		(void)vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	buf_vprintf(buf, fmt, args);
	va_end(args);
}

void buf_drop(struct buf *buf, size_t n)
{
	if (!n)
		return;
	buf->n -= n;
	memmove(buf->p, buf->p + n, buf->n);
	buf->p[buf->n] = '\0';
}

struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->p ? buf->p : "", buf->n};
}
