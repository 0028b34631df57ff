#ifndef FGDIAG_ARENA_H
#define FGDIAG_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "text.h"

/* One arena owns everything a diagnosis points to. Allocation never returns
 * NULL: memory that cannot be had ends the process through the handler of
 * mem_on_exhausted (see mem.h). */
struct arena;

/* A new arena; free with arena_free. */
struct arena *arena_new(void);

/* Frees the arena and everything allocated from it; NULL is fine. */
void arena_free(struct arena *arena);

/* n zeroed bytes, aligned for any type, owned by the arena. */
void *arena_alloc(struct arena *arena, size_t n);

/* count zeroed elements of size bytes; an overflow counts as exhausted memory. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A growing array in an arena: makes room for one more element after *count
 * used ones, doubling *capacity; returns the (possibly moved) base. */
void *arena_grow(struct arena *arena, void *base, size_t count, size_t *capacity, size_t size);

/* NUL-terminated copies owned by the arena. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t n);

/* A copy of a span (also NUL-terminated one past its end). */
struct str arena_str(struct arena *arena, struct str text);

/* A formatted NUL-terminated string owned by the arena. */
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
