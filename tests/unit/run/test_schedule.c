#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job.h"
#include "schedule.h"

/* main: a, b.1, b.2 (five seconds after b.1 began), c; ping and sniffer after all of main. */
enum { A, B1, B2, C, PING, SNIFFER, STEPS };

struct world {
	struct arena *arena;
	struct plan plan;
	struct plan_step steps[STEPS];
	size_t after[4];
	struct schedule schedule;
};

static int set_up(void **state)
{
	static struct world world;
	world = (struct world){.arena = arena_new(), .after = {A, B1, B2, C}};
	const struct plan_step steps[STEPS] = {
	        [A] = {.id = "a", .on = "gate", .lane = "main"},
	        [B1] = {.id = "b.1", .on = "gate", .lane = "main"},
	        [B2] = {.id = "b.2", .on = "gate", .lane = "main", .not_before_us = 5000000},
	        [C] = {.id = "c", .on = "gate", .lane = "main"},
	        [PING] = {.id = "ping",
	                  .on = "gate",
	                  .lane = "ping",
	                  .kind = COMMAND_PING,
	                  .after = world.after,
	                  .after_count = 4},
	        [SNIFFER] = {.id = "sniffer",
	                     .on = "gate",
	                     .lane = "sniffer",
	                     .kind = COMMAND_SNIFFER,
	                     .after = world.after,
	                     .after_count = 4},
	};
	for (size_t i = 0; i < STEPS; i++)
		world.steps[i] = steps[i];
	world.plan.steps = world.steps;
	world.plan.step_count = STEPS;
	schedule_init(&world.schedule, world.arena, &world.plan);
	*state = &world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	arena_free(world->arena);
	return 0;
}

static void run_step(struct world *world, size_t step, int64_t now_us)
{
	schedule_begin(&world->schedule, step, now_us);
	schedule_end(&world->schedule, step);
}

static void test_a_lane_runs_its_steps_in_order(void **state)
{
	struct world *world = *state;
	int64_t again;
	assert_int_equal(schedule_next(&world->schedule, "main", 0, &again), A);
	schedule_begin(&world->schedule, A, 0);
	assert_true(schedule_next(&world->schedule, "main", 0, &again) == SCHEDULE_NONE);
	schedule_end(&world->schedule, A);
	assert_int_equal(schedule_next(&world->schedule, "main", 0, &again), B1);
}

static void test_a_step_that_waits_for_its_time_lets_the_next_pass(void **state)
{
	struct world *world = *state;
	int64_t again;
	run_step(world, A, 0);
	run_step(world, B1, 1000000);
	assert_int_equal(schedule_next(&world->schedule, "main", 2000000, &again), C);
	run_step(world, C, 2000000);
	assert_true(schedule_next(&world->schedule, "main", 3000000, &again) == SCHEDULE_NONE);
	assert_int_equal(again, 6000000);
	assert_int_equal(schedule_next(&world->schedule, "main", 6000000, &again), B2);
}

static void test_a_step_waits_for_the_steps_it_comes_after(void **state)
{
	struct world *world = *state;
	int64_t again;
	run_step(world, A, 0);
	run_step(world, B1, 0);
	run_step(world, C, 0);
	assert_true(schedule_next(&world->schedule, "ping", 9000000, &again) == SCHEDULE_NONE);
	run_step(world, B2, 5000000);
	assert_int_equal(schedule_next(&world->schedule, "ping", 9000000, &again), PING);
	schedule_begin(&world->schedule, PING, 9000000);
	assert_int_equal(schedule_next(&world->schedule, "sniffer", 9000000, &again), SNIFFER);
}

static void test_ping_and_sniffer_stay_apart_for_icmp_entries(void **state)
{
	struct world *world = *state;
	int64_t again;
	world->plan.target = (struct target){.have_proto = true, .proto = 1};
	schedule_init(&world->schedule, world->arena, &world->plan);
	for (size_t i = A; i <= C; i++)
		run_step(world, i, 0);
	schedule_begin(&world->schedule, PING, 0);
	assert_true(schedule_next(&world->schedule, "sniffer", 9000000, &again) == SCHEDULE_NONE);
	schedule_end(&world->schedule, PING);
	assert_int_equal(schedule_next(&world->schedule, "sniffer", 9000000, &again), SNIFFER);
}

static void test_lanes_and_ends(void **state)
{
	struct world *world = *state;
	size_t n;
	const char **lanes = schedule_lanes(world->arena, &world->plan, &n);
	assert_int_equal(n, 3);
	assert_string_equal(lanes[2], "sniffer");
	assert_false(schedule_lane_over(&world->schedule, "main"));
	for (size_t i = A; i <= C; i++)
		run_step(world, i, 0);
	assert_true(schedule_lane_over(&world->schedule, "main"));
	assert_false(schedule_over(&world->schedule));
	run_step(world, PING, 0);
	run_step(world, SNIFFER, 0);
	assert_true(schedule_over(&world->schedule));
}

static struct job ping_job(struct world *world)
{
	static const char *setup[] = {"execute ping-options repeat-count 300",
	                              "execute ping-options adaptive-ping enable"};
	return (struct job){.step = &world->steps[PING],
	                    .commands = {.command = "execute ping 8.8.4.4",
	                                 .setup = setup,
	                                 .setup_count = 2,
	                                 .verify = "execute ping-options view-settings",
	                                 .reset = "execute ping-options reset"}};
}

static void test_a_job_sets_reads_back_runs_and_resets(void **state)
{
	static const char *const want[][2] = {
	        {"ping/clear", "execute ping-options reset"},
	        {"ping/options.1", "execute ping-options repeat-count 300"},
	        {"ping/options.2", "execute ping-options adaptive-ping enable"},
	        {"ping/view", "execute ping-options view-settings"},
	        {"ping", "execute ping 8.8.4.4"},
	        {"ping/reset", "execute ping-options reset"},
	};
	struct world *world = *state;
	struct job job = ping_job(world);
	const char *id, *command;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_true(job_next(&job, world->arena, &id, &command));
		assert_string_equal(id, want[i][0]);
		assert_string_equal(command, want[i][1]);
	}
	assert_false(job_next(&job, world->arena, &id, &command));
}

static void test_a_stopped_job_still_resets_what_it_set(void **state)
{
	struct world *world = *state;
	struct job job = ping_job(world);
	const char *id, *command;
	assert_true(job_next(&job, world->arena, &id, &command));
	assert_true(job_next(&job, world->arena, &id, &command));
	job_stop(&job);
	assert_true(job_next(&job, world->arena, &id, &command));
	assert_string_equal(id, "ping/reset");
	assert_false(job_next(&job, world->arena, &id, &command));
}

static void test_a_job_stopped_before_any_option_owes_nothing(void **state)
{
	struct world *world = *state;
	struct job job = ping_job(world);
	const char *id, *command;
	assert_true(job_next(&job, world->arena, &id, &command));
	job_stop(&job);
	assert_false(job_next(&job, world->arena, &id, &command));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_a_lane_runs_its_steps_in_order, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_a_step_that_waits_for_its_time_lets_the_next_pass, set_up,
	                                        tear_down),
	        cmocka_unit_test_setup_teardown(test_a_step_waits_for_the_steps_it_comes_after, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_ping_and_sniffer_stay_apart_for_icmp_entries, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_lanes_and_ends, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_a_job_sets_reads_back_runs_and_resets, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_a_stopped_job_still_resets_what_it_set, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_a_job_stopped_before_any_option_owes_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
