#include "schedule.h"

#include <string.h>

void schedule_init(struct schedule *schedule, struct arena *arena, const struct plan *plan)
{
	unsigned proto = plan->target.have_proto ? plan->target.proto : 0;
	*schedule = (struct schedule){
	        .plan = plan,
	        .state = ARENA_ARRAY(arena, plan->step_count, enum schedule_state),
	        .began_us = ARENA_ARRAY(arena, plan->step_count, int64_t),
	        .apart = proto == 1 || proto == 58,
	};
}

static bool dependencies_ended(const struct schedule *schedule, const struct plan_step *step)
{
	for (size_t i = 0; i < step->after_count; i++) {
		if (schedule->state[step->after[i]] != SCHEDULE_ENDED)
			return false;
	}
	return true;
}

static bool is_gates_ping_or_sniffer(const struct plan_step *step)
{
	return strcmp(step->on, "gate") == 0 && (step->kind == COMMAND_PING || step->kind == COMMAND_SNIFFER);
}

static bool conflicts(const struct schedule *schedule, const struct plan_step *step)
{
	if (!schedule->apart || !is_gates_ping_or_sniffer(step))
		return false;
	for (size_t i = 0; i < schedule->plan->step_count; i++) {
		const struct plan_step *other = &schedule->plan->steps[i];
		if (schedule->state[i] == SCHEDULE_RUNNING && other->kind != step->kind &&
		    is_gates_ping_or_sniffer(other))
			return true;
	}
	return false;
}

/* A repetition waits for its distance from the start of the one before it. */
static int64_t earliest_us(const struct schedule *schedule, size_t step)
{
	int64_t wait = schedule->plan->steps[step].not_before_us;
	if (wait <= 0 || step == 0 || schedule->state[step - 1] == SCHEDULE_WAITING)
		return wait > 0 && step > 0 ? INT64_MAX : 0;
	return schedule->began_us[step - 1] + wait;
}

size_t schedule_next(const struct schedule *schedule, const char *lane, int64_t now_us, int64_t *again_us)
{
	*again_us = INT64_MAX;
	for (size_t i = 0; i < schedule->plan->step_count; i++) {
		const struct plan_step *step = &schedule->plan->steps[i];
		if (strcmp(step->lane, lane) != 0 || schedule->state[i] == SCHEDULE_ENDED)
			continue;
		if (schedule->state[i] == SCHEDULE_RUNNING)
			return SCHEDULE_NONE;
		if (!dependencies_ended(schedule, step) || conflicts(schedule, step))
			return SCHEDULE_NONE;
		int64_t when = earliest_us(schedule, i);
		if (when <= now_us) {
			*again_us = INT64_MAX;
			return i;
		}
		if (when < *again_us)
			*again_us = when;
	}
	return SCHEDULE_NONE;
}

void schedule_begin(struct schedule *schedule, size_t step, int64_t now_us)
{
	schedule->state[step] = SCHEDULE_RUNNING;
	schedule->began_us[step] = now_us;
}

void schedule_end(struct schedule *schedule, size_t step)
{
	schedule->state[step] = SCHEDULE_ENDED;
}

bool schedule_lane_over(const struct schedule *schedule, const char *lane)
{
	for (size_t i = 0; i < schedule->plan->step_count; i++) {
		if (strcmp(schedule->plan->steps[i].lane, lane) == 0 && schedule->state[i] != SCHEDULE_ENDED)
			return false;
	}
	return true;
}

bool schedule_lane_on_host(const struct schedule *schedule, const char *lane)
{
	for (size_t i = 0; i < schedule->plan->step_count; i++) {
		const struct plan_step *step = &schedule->plan->steps[i];
		if (strcmp(step->lane, lane) == 0 && strcmp(step->on, "host") == 0)
			return true;
	}
	return false;
}

bool schedule_over(const struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->plan->step_count; i++) {
		if (schedule->state[i] != SCHEDULE_ENDED)
			return false;
	}
	return true;
}

static bool listed(const char *const *lanes, size_t n, const char *lane)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(lanes[i], lane) == 0)
			return true;
	}
	return false;
}

const char **schedule_lanes(struct arena *arena, const struct plan *plan, size_t *n)
{
	const char **lanes = ARENA_ARRAY(arena, plan->step_count + 1, const char *);
	*n = 0;
	for (size_t i = 0; i < plan->step_count; i++) {
		if (!listed(lanes, *n, plan->steps[i].lane))
			lanes[(*n)++] = plan->steps[i].lane;
	}
	return lanes;
}
