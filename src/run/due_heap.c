#include "due_heap.h"

#include <stdlib.h>

#include "mem.h"

void due_heap_init(struct due_heap *heap, size_t capacity)
{
	*heap = (struct due_heap){
	        .capacity = capacity,
	        .members = mem_alloc((capacity + 1) * sizeof *heap->members),
	        .places = mem_alloc((capacity + 1) * sizeof *heap->places),
	        .due_us = mem_alloc((capacity + 1) * sizeof *heap->due_us),
	};
}

void due_heap_done(struct due_heap *heap)
{
	free(heap->members);
	free(heap->places);
	free(heap->due_us);
	*heap = (struct due_heap){0};
}

static int64_t due_at(const struct due_heap *heap, size_t place)
{
	return heap->due_us[heap->members[place]];
}

static void put(struct due_heap *heap, size_t place, size_t member)
{
	heap->members[place] = member;
	heap->places[member] = place + 1;
}

static void swap(struct due_heap *heap, size_t a, size_t b)
{
	size_t member = heap->members[a];
	put(heap, a, heap->members[b]);
	put(heap, b, member);
}

static void rise(struct due_heap *heap, size_t place)
{
	while (place && due_at(heap, place) < due_at(heap, (place - 1) / 2)) {
		swap(heap, place, (place - 1) / 2);
		place = (place - 1) / 2;
	}
}

static void sink(struct due_heap *heap, size_t place)
{
	for (;;) {
		size_t least = place;
		for (size_t child = 2 * place + 1; child <= 2 * place + 2 && child < heap->count; child++)
			least = due_at(heap, child) < due_at(heap, least) ? child : least;
		if (least == place)
			return;
		swap(heap, place, least);
		place = least;
	}
}

void due_heap_set(struct due_heap *heap, size_t member, int64_t due_us)
{
	heap->due_us[member] = due_us;
	if (heap->places[member] == DUE_NOT_IN)
		put(heap, heap->count++, member);
	rise(heap, heap->places[member] - 1);
	sink(heap, heap->places[member] - 1);
}

void due_heap_remove(struct due_heap *heap, size_t member)
{
	if (heap->places[member] == DUE_NOT_IN)
		return;
	size_t place = heap->places[member] - 1;
	size_t last = heap->members[--heap->count];
	heap->places[member] = DUE_NOT_IN;
	if (last == member)
		return;
	put(heap, place, last);
	rise(heap, place);
	sink(heap, heap->places[last] - 1);
}

int64_t due_heap_first(const struct due_heap *heap)
{
	return heap->count ? due_at(heap, 0) : INT64_MAX;
}

size_t due_heap_take(struct due_heap *heap, int64_t now_us)
{
	if (due_heap_first(heap) > now_us || heap->count == 0)
		return SIZE_MAX;
	size_t member = heap->members[0];
	due_heap_remove(heap, member);
	return member;
}
