#include "die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fputs("fgt-emu: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

void *emu_alloc(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);
	if (!p)
		die("out of memory");
	return p;
}

void *emu_grow(void *old, size_t bytes)
{
	void *p = realloc(old, bytes ? bytes : 1);
	if (!p)
		die("out of memory");
	return p;
}

char *emu_strndup(const char *text, size_t n)
{
	char *copy = strndup(text, n);
	if (!copy)
		die("out of memory");
	return copy;
}
