#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { BLOCK_BYTES = 16 * 1024 };

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *blocks;
};

struct arena *arena_new(void)
{
	return mem_alloc(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks; block;) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
	free(arena);
}

static struct block *block_add(struct arena *arena, size_t n)
{
	size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
	if (size > SIZE_MAX - sizeof(struct block))
		mem_exhausted();
	/* What of a usual block nobody needs is not touched; a big one is used whole,
	 * and the system may have zeros for it. */
	struct block *block = n > BLOCK_BYTES ? mem_alloc(sizeof(struct block) + size)
	                                      : mem_resize(NULL, sizeof(struct block) + size);
	*block = (struct block){.size = size};
	/* A big block goes behind the current one, which keeps its free room. */
	if (arena->blocks && n > BLOCK_BYTES) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t n)
{
	const size_t align = alignof(max_align_t);
	if (n > SIZE_MAX - align)
		mem_exhausted();
	n = (n + align - 1) / align * align;
	struct block *block = arena->blocks;
	if (!block || block->size - block->used < n)
		block = block_add(arena, n);
	void *p = block->bytes + block->used;
	block->used += n;
	if (block->size == BLOCK_BYTES)
		memset(p, 0, n);
	return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		mem_exhausted();
	return arena_alloc(arena, count * size);
}

void *arena_grow(struct arena *arena, void *base, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return base;
	size_t wanted = *capacity ? *capacity * 2 : 8;
	void *moved = arena_array(arena, wanted, size);
	if (count)
		memcpy(moved, base, count * size);
	*capacity = wanted;
	return moved;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);
	if (n)
		memcpy(copy, text, n);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

struct str arena_str(struct arena *arena, struct str text)
{
	return (struct str){arena_strndup(arena, text.p, text.n), text.n};
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	if (n < 0)
		mem_exhausted();
	char *text = arena_alloc(arena, (size_t)n + 1);
	(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	char *text = arena_vprintf(arena, fmt, args);
	va_end(args);
	return text;
}
