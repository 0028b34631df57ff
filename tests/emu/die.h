#ifndef EMU_DIE_H
#define EMU_DIE_H

#include <stddef.h>

/* Prints "fgt-emu: …" and exits with 2: for bad worlds and a bad command line. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Memory or death. */
void *emu_alloc(size_t bytes);           /* zeroed */
void *emu_grow(void *old, size_t bytes); /* like realloc */
char *emu_strndup(const char *text, size_t n);

#endif
