#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "due_heap.h"

enum { MEMBERS = 64, STEPS = 20000 };

static uint64_t seed = 42;

static size_t any(size_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(seed >> 33) % below;
}

static void empty_has_nothing_due(void **state)
{
	struct due_heap heap;
	(void)state;
	due_heap_init(&heap, 4);
	assert_true(due_heap_first(&heap) == INT64_MAX);
	assert_true(due_heap_take(&heap, INT64_MAX) == SIZE_MAX);
	due_heap_remove(&heap, 3);
	assert_int_equal(heap.count, 0);
	due_heap_done(&heap);
}

static void earliest_first(void **state)
{
	static const int64_t due_us[] = {50, 10, 40, 10, 30};
	struct due_heap heap;
	(void)state;
	due_heap_init(&heap, 5);
	for (size_t i = 0; i < 5; i++)
		due_heap_set(&heap, i, due_us[i]);
	assert_true(due_heap_take(&heap, 9) == SIZE_MAX);
	int64_t last = 0;
	for (size_t i = 0; i < 5; i++) {
		size_t member = due_heap_take(&heap, 50);
		assert_in_range(member, 0, 4);
		assert_true(due_us[member] >= last);
		last = due_us[member];
	}
	due_heap_done(&heap);
}

/* Whatever is put in, moved and taken out: as a list that is searched whole. */
static void as_a_plain_list(void **state)
{
	struct due_heap heap;
	int64_t list[MEMBERS];
	(void)state;
	due_heap_init(&heap, MEMBERS);
	for (size_t i = 0; i < MEMBERS; i++)
		list[i] = INT64_MAX;
	for (size_t step = 0; step < STEPS; step++) {
		size_t member = any(MEMBERS);
		if (any(3)) {
			list[member] = (int64_t)any(1000);
			due_heap_set(&heap, member, list[member]);
		} else {
			list[member] = INT64_MAX;
			due_heap_remove(&heap, member);
		}
		int64_t first = INT64_MAX;
		for (size_t i = 0; i < MEMBERS; i++)
			first = list[i] < first ? list[i] : first;
		assert_true(due_heap_first(&heap) == first);
		if (first == INT64_MAX || any(4))
			continue;
		size_t taken = due_heap_take(&heap, first);
		assert_in_range(taken, 0, MEMBERS - 1);
		assert_true(list[taken] == first);
		list[taken] = INT64_MAX;
	}
	due_heap_done(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(empty_has_nothing_due),
	        cmocka_unit_test(earliest_first),
	        cmocka_unit_test(as_a_plain_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
