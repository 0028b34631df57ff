#ifndef FGDIAG_MEM_H
#define FGDIAG_MEM_H

#include <stddef.h>

/* Allocation that does not fail: when memory cannot be had, the handler set
 * here runs (the program says so and ends with status 3) and must not return.
 * Without a handler the process traps. */
void mem_on_exhausted(void (*handler)(void));

/* Calls the handler; does not return. */
_Noreturn void mem_exhausted(void);

void *mem_alloc(size_t n);             /* zeroed; release with free() */
void *mem_resize(void *old, size_t n); /* as realloc */

#endif
