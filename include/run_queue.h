#ifndef FGDIAG_RUN_QUEUE_H
#define FGDIAG_RUN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "due_heap.h"

/* Which of many tasks may begin now: at most one at a time on each device, and
 * so many an hour; the devices take turns. Devices and tasks are numbers. */

#define RUN_QUEUE_WINDOW_US INT64_C(3600000000)
enum { RUN_QUEUE_MAX_PER_HOUR = 3600 };

struct run_queue_device {
	size_t first, last; /* tasks that wait; SIZE_MAX none */
	size_t next;        /* device after this one in the line of those that may begin */
	bool busy, in_line;
	int64_t *starts; /* ring of the last ones, of clock_mono_us; NULL before the first */
	size_t start_count, oldest;
};

struct run_queue {
	struct arena *arena;
	struct run_queue_device *devices;
	size_t device_count;
	size_t *after; /* of each task: the one behind it */
	size_t per_hour;
	size_t first, last;      /* the line of devices */
	struct due_heap resting; /* devices that had their share of the hour */
	size_t waiting;          /* tasks */
};

/* per_hour 0: no limit. Closed by run_queue_done. */
void run_queue_init(struct run_queue *queue, struct arena *arena, size_t devices, size_t tasks, size_t per_hour);
void run_queue_done(struct run_queue *queue);
void run_queue_add(struct run_queue *queue, size_t device, size_t task, int64_t now_us);

/* A run that began earlier, in another process perhaps; oldest first, before any
 * task is added. */
void run_queue_began(struct run_queue *queue, size_t device, int64_t when_us);

/* A task that begins now. False: none may; *when_us is when one will, INT64_MAX
 * when that depends on an end. */
bool run_queue_take(struct run_queue *queue, int64_t now_us, size_t *device, size_t *task, int64_t *when_us);

/* The device's task is over. One that asked the device of nothing costs no share. */
void run_queue_ended(struct run_queue *queue, size_t device, int64_t now_us, bool asked);

/* A task that waits for this device and shall not be run on it any more. */
bool run_queue_drop(struct run_queue *queue, size_t device, size_t *task);

#endif
