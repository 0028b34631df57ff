#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_queue.h"

enum { DEVICES = 3, TASKS = 64 };
#define SECOND INT64_C(1000000)

struct fixture {
	struct arena *arena;
	struct run_queue queue;
};

static void begin(struct fixture *fixture, size_t per_hour)
{
	fixture->arena = arena_new();
	run_queue_init(&fixture->queue, fixture->arena, DEVICES, TASKS, per_hour);
}

static void end(struct fixture *fixture)
{
	run_queue_done(&fixture->queue);
	arena_free(fixture->arena);
}

/* What begins at a moment, as "device * 100 + task"; -1 with the moment of the next one. */
static int64_t take(struct fixture *fixture, int64_t now_us, int64_t *when_us)
{
	size_t device, task;
	int64_t when;
	if (run_queue_take(&fixture->queue, now_us, &device, &task, &when))
		return (int64_t)(device * 100 + task);
	*when_us = when;
	return -1;
}

static void devices_take_turns_and_are_asked_one_thing_at_a_time(void **state)
{
	struct fixture f;
	int64_t when_us = 0;
	(void)state;
	begin(&f, 0);
	for (size_t task = 0; task < 4; task++)
		run_queue_add(&f.queue, task / 2, task, 0);
	assert_int_equal(take(&f, 0, &when_us), 0);
	assert_int_equal(take(&f, 0, &when_us), 102);
	assert_int_equal(take(&f, 0, &when_us), -1);
	assert_true(when_us == INT64_MAX);
	run_queue_ended(&f.queue, 1, 5, true);
	assert_int_equal(take(&f, 5, &when_us), 103);
	run_queue_ended(&f.queue, 1, 6, true);
	assert_int_equal(take(&f, 6, &when_us), -1);
	run_queue_ended(&f.queue, 0, 7, true);
	assert_int_equal(take(&f, 7, &when_us), 1);
	assert_int_equal(f.queue.waiting, 0);
	end(&f);
}

static void so_many_an_hour(void **state)
{
	struct fixture f;
	int64_t when_us = 0;
	(void)state;
	begin(&f, 2);
	for (size_t task = 0; task < 5; task++)
		run_queue_add(&f.queue, 0, task, 0);
	for (int64_t i = 0; i < 2; i++) {
		assert_int_equal(take(&f, i * 60 * SECOND, &when_us), i);
		run_queue_ended(&f.queue, 0, i * 60 * SECOND + SECOND, true);
	}
	assert_int_equal(take(&f, 120 * SECOND, &when_us), -1);
	assert_true(when_us == RUN_QUEUE_WINDOW_US);
	assert_int_equal(take(&f, RUN_QUEUE_WINDOW_US - 1, &when_us), -1);
	assert_int_equal(take(&f, RUN_QUEUE_WINDOW_US, &when_us), 2);
	run_queue_ended(&f.queue, 0, RUN_QUEUE_WINDOW_US + SECOND, true);
	assert_int_equal(take(&f, RUN_QUEUE_WINDOW_US + SECOND, &when_us), -1);
	assert_true(when_us == RUN_QUEUE_WINDOW_US + 60 * SECOND);
	end(&f);
}

static void runs_of_another_process_count(void **state)
{
	struct fixture f;
	int64_t when_us = 0;
	(void)state;
	begin(&f, 2);
	run_queue_began(&f.queue, 0, -3000 * SECOND);
	run_queue_began(&f.queue, 0, -60 * SECOND);
	run_queue_add(&f.queue, 0, 7, 0);
	assert_int_equal(take(&f, 0, &when_us), -1);
	assert_true(when_us == 600 * SECOND);
	assert_int_equal(take(&f, 600 * SECOND, &when_us), 7);
	end(&f);
}

static void what_asked_nothing_costs_no_share(void **state)
{
	struct fixture f;
	int64_t when_us = 0;
	(void)state;
	for (size_t per_hour = 1; per_hour <= 3; per_hour++) {
		begin(&f, per_hour);
		for (size_t task = 0; task < 20; task++)
			run_queue_add(&f.queue, 2, task, 0);
		for (int64_t i = 0; i < 10; i++) {
			assert_int_equal(take(&f, i, &when_us), 200 + i);
			run_queue_ended(&f.queue, 2, i, false);
		}
		for (size_t i = 0; i < per_hour; i++) {
			assert_int_equal(take(&f, 10, &when_us), 210 + (int64_t)i);
			run_queue_ended(&f.queue, 2, 10, true);
		}
		assert_int_equal(take(&f, 11, &when_us), -1);
		end(&f);
	}
}

static void dropped_tasks_are_told_and_do_not_begin(void **state)
{
	struct fixture f;
	int64_t when_us = 0;
	size_t task;
	(void)state;
	begin(&f, 1);
	for (size_t i = 0; i < 3; i++)
		run_queue_add(&f.queue, 0, i, 0);
	run_queue_add(&f.queue, 1, 3, 0);
	assert_int_equal(take(&f, 0, &when_us), 0);
	run_queue_ended(&f.queue, 0, 1, true);
	assert_true(run_queue_drop(&f.queue, 0, &task));
	assert_int_equal(task, 1);
	assert_true(run_queue_drop(&f.queue, 0, &task));
	assert_int_equal(task, 2);
	assert_false(run_queue_drop(&f.queue, 0, &task));
	assert_true(run_queue_drop(&f.queue, 1, &task));
	assert_int_equal(take(&f, 2, &when_us), -1);
	assert_true(when_us == INT64_MAX);
	assert_int_equal(f.queue.waiting, 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(devices_take_turns_and_are_asked_one_thing_at_a_time),
	        cmocka_unit_test(so_many_an_hour),
	        cmocka_unit_test(runs_of_another_process_count),
	        cmocka_unit_test(what_asked_nothing_costs_no_share),
	        cmocka_unit_test(dropped_tasks_are_told_and_do_not_begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
