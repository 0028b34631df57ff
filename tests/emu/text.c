#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

void text_add(struct text *text, const char *bytes, size_t n)
{
	if (text->n + n > text->capacity) {
		text->capacity = (text->n + n) * 2 + 256;
		text->p = emu_grow(text->p, text->capacity);
	}
	if (n)
		memcpy(text->p + text->n, bytes, n);
	text->n += n;
}

void text_drop(struct text *text, size_t n)
{
	if (n == 0)
		return;
	text->n -= n;
	memmove(text->p, text->p + n, text->n);
}

void text_free(struct text *text)
{
	free(text->p);
	*text = (struct text){0};
}

void text_vprint(struct text *text, const char *fmt, va_list args)
{
	char bytes[4096];
	(void)vsnprintf(bytes, sizeof bytes, fmt, args);
	for (const char *p = bytes; *p; p++) {
		if (*p == '\n')
			text_add(text, "\r\n", 2);
		else
			text_add(text, p, 1);
	}
}
