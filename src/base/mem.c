#include "mem.h"

#include <stdlib.h>

static void (*exhausted_handler)(void);

void mem_on_exhausted(void (*handler)(void))
{
	exhausted_handler = handler;
}

_Noreturn void mem_exhausted(void)
{
	if (exhausted_handler)
		exhausted_handler();
	__builtin_trap();
}

void *mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_resize(void *old, size_t n)
{
	void *p = realloc(old, n ? n : 1);
	if (!p)
		mem_exhausted();
	return p;
}
