#ifndef FGDIAG_SCHEDULE_H
#define FGDIAG_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "plan.h"

/* Which step of a lane may begin now. Pure: the plan and what has ended. */

enum schedule_state { SCHEDULE_WAITING, SCHEDULE_RUNNING, SCHEDULE_ENDED };

#define SCHEDULE_NONE SIZE_MAX

struct schedule {
	const struct plan *plan;
	enum schedule_state *state; /* by plan step */
	int64_t *began_us;          /* by plan step; of those that began */
	bool apart;                 /* ping and sniffer must not overlap: the sniffer would see our own ping */
};

void schedule_init(struct schedule *schedule, struct arena *arena, const struct plan *plan);

/* The lane's step to begin now, or SCHEDULE_NONE; then *again_us is the moment
 * when time alone may change the answer (INT64_MAX for never). Steps keep
 * their order in the lane, but one that only waits for its time lets the ones
 * behind it pass. */
size_t schedule_next(const struct schedule *schedule, const char *lane, int64_t now_us, int64_t *again_us);

void schedule_begin(struct schedule *schedule, size_t step, int64_t now_us);
void schedule_end(struct schedule *schedule, size_t step);

/* Has every step of the lane (of the plan) ended? */
bool schedule_lane_over(const struct schedule *schedule, const char *lane);
bool schedule_over(const struct schedule *schedule);

/* Do the steps of the lane run on the client's machine? */
bool schedule_lane_on_host(const struct schedule *schedule, const char *lane);

/* Lanes in order of their first step; count into *n. */
const char **schedule_lanes(struct arena *arena, const struct plan *plan, size_t *n);

#endif
