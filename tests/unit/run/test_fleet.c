#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/resource.h>

#include "fleet.h"
#include "support_run.h"

/* Several runs at once against the gate, which takes them as so many sessions. */

enum { ERRANDS = 5 };

struct owner {
	struct run_result result;
	struct run_options options;
	bool begun, ended;
	bool have_trouble;
};

struct work {
	struct owner owners[ERRANDS];
	size_t begun, ended, running, most;
	int64_t pause_us; /* between two that begin */
	int64_t next_us;
	unsigned shown;
};

static enum fleet_next on_next(void *arg, int64_t now_us, struct fleet_errand *out, int64_t *when_us)
{
	struct work *work = arg;
	if (work->begun == ERRANDS)
		return FLEET_NONE;
	if (now_us < work->next_us) {
		*when_us = work->next_us;
		return FLEET_LATER;
	}
	work->next_us = now_us + work->pause_us;
	struct owner *owner = &work->owners[work->begun++];
	owner->begun = true;
	work->running++;
	work->most = work->running > work->most ? work->running : work->most;
	*out = (struct fleet_errand){.arena = owner->result.arena,
	                             .plan = &owner->result.plan,
	                             .options = &owner->options,
	                             .transcript = &owner->result.transcript,
	                             .owner = owner};
	return FLEET_BEGIN;
}

static void on_done(void *arg, const struct fleet_errand *errand, const struct err *trouble)
{
	struct work *work = arg;
	struct owner *owner = errand->owner;
	assert_true(owner->begun);
	assert_false(owner->ended);
	owner->ended = true;
	owner->have_trouble = trouble != NULL;
	if (trouble)
		owner->result.err = *trouble;
	transcript_steps(&owner->result.transcript, &owner->result.steps);
	work->running--;
	work->ended++;
}

static int64_t on_shown(void *arg, int64_t now_us, size_t running)
{
	struct work *work = arg;
	assert_int_equal(running, work->running);
	work->shown++;
	return now_us + GATE_SECOND;
}

static int work_on(struct work *work, const struct gate_script *script, size_t parallel, struct err *err)
{
	gate_init(script);
	for (size_t i = 0; i < ERRANDS; i++)
		run_case_plan(&(struct run_case){0}, &work->owners[i].result, &work->owners[i].options);
	return fleet_work(&(struct fleet_options){.parallel = parallel,
	                                          .wake_fd = gate.wake[0],
	                                          .next = on_next,
	                                          .done = on_done,
	                                          .shown = on_shown,
	                                          .arg = work},
	                  err);
}

static void work_done(struct work *work)
{
	for (size_t i = 0; i < ERRANDS; i++)
		arena_free(work->owners[i].result.arena);
	gate_done();
}

static void assert_whole(const struct owner *owner)
{
	assert_true(owner->ended);
	assert_false(owner->have_trouble);
	for (size_t i = 0; i < owner->result.plan.step_count; i++)
		assert_non_null(run_step(&owner->result, owner->result.plan.steps[i].id)->command);
}

static void each_has_all_its_steps(void **state)
{
	struct work work = {0};
	struct err err;
	(void)state;
	assert_int_equal(work_on(&work, &(struct gate_script){0}, 2, &err), 0);
	assert_int_equal(work.ended, ERRANDS);
	assert_int_equal(work.most, 2);
	assert_in_range(work.shown, 2, UINT16_MAX);
	for (size_t i = 0; i < ERRANDS; i++)
		assert_whole(&work.owners[i]);
	assert_left_clean();
	work_done(&work);
}

static void together_they_take_the_time_of_one(void **state)
{
	struct work one = {0}, all = {0};
	struct err err;
	(void)state;
	assert_int_equal(work_on(&one, &(struct gate_script){0}, 1, &err), 0);
	int64_t one_us = gate.now_us / ERRANDS;
	work_done(&one);
	assert_int_equal(work_on(&all, &(struct gate_script){0}, ERRANDS, &err), 0);
	assert_int_equal(all.most, ERRANDS);
	assert_in_range(gate.now_us, 1, one_us * 6 / 5);
	work_done(&all);
}

static void who_comes_later_is_waited_for(void **state)
{
	struct work work = {.pause_us = 100 * GATE_SECOND};
	struct err err;
	(void)state;
	assert_int_equal(work_on(&work, &(struct gate_script){0}, ERRANDS, &err), 0);
	assert_int_equal(work.ended, ERRANDS);
	assert_int_equal(work.most, 1);
	assert_in_range(gate.now_us, 100 * GATE_SECOND * (ERRANDS - 1), 100 * GATE_SECOND * ERRANDS);
	work_done(&work);
}

static void trouble_of_one_is_told_of_it(void **state)
{
	struct work work = {0};
	struct err err;
	(void)state;
	assert_int_equal(work_on(&work, &(struct gate_script){.max_logins = 1, .refusal = ERR_AUTH}, 1, &err), 0);
	assert_int_equal(work.ended, ERRANDS);
	for (size_t i = 0; i < ERRANDS; i++) {
		assert_true(work.owners[i].have_trouble);
		assert_int_equal(work.owners[i].result.err.kind, ERR_AUTH);
	}
	work_done(&work);
}

static void signal_ends_all_in_good_order(void **state)
{
	struct work work = {0};
	struct err err = {0};
	(void)state;
	const struct gate_script script = {.signal_us = {6 * GATE_SECOND}};
	assert_int_equal(work_on(&work, &script, 2, &err), -1);
	assert_int_equal(err.kind, ERR_INTERRUPTED);
	assert_int_equal(work.begun, 2);
	assert_int_equal(work.ended, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(work.owners[i].result.err.kind, ERR_INTERRUPTED);
	assert_in_range(gate.now_us, 6 * GATE_SECOND, 11 * GATE_SECOND);
	assert_left_clean();
	work_done(&work);
}

static void descriptors_bound_how_many(void **state)
{
	struct rlimit before, few;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = 128, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	size_t raised = fleet_room(0);
	struct rlimit after;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_true(after.rlim_cur == before.rlim_max);
	assert_in_range(raised, 1, FLEET_MAX_PARALLEL);
	assert_true(fleet_room(SIZE_MAX / 2) == 1);
	assert_true(fleet_room(64) <= raised);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_has_all_its_steps),        cmocka_unit_test(together_they_take_the_time_of_one),
	        cmocka_unit_test(who_comes_later_is_waited_for), cmocka_unit_test(trouble_of_one_is_told_of_it),
	        cmocka_unit_test(signal_ends_all_in_good_order), cmocka_unit_test(descriptors_bound_how_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
