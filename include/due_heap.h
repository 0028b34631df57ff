#ifndef FGDIAG_DUE_HEAP_H
#define FGDIAG_DUE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Moments of many, the earliest first: a binary heap in which each member may
 * be moved. A member is a number below the capacity. */

enum { DUE_NOT_IN = 0 };

struct due_heap {
	size_t capacity, count;
	size_t *members; /* the heap: members[0] is due first */
	size_t *places;  /* where a member stands in it, from 1; DUE_NOT_IN */
	int64_t *due_us;
};

void due_heap_init(struct due_heap *heap, size_t capacity);
void due_heap_done(struct due_heap *heap);
void due_heap_set(struct due_heap *heap, size_t member, int64_t due_us); /* puts it in, or moves it */
void due_heap_remove(struct due_heap *heap, size_t member);              /* not being in it is fine */
int64_t due_heap_first(const struct due_heap *heap);                     /* INT64_MAX when empty */
/* A member that is due at now_us and is taken out; SIZE_MAX for none. */
size_t due_heap_take(struct due_heap *heap, int64_t now_us);

#endif
