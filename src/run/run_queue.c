#include "run_queue.h"

static const size_t NONE = SIZE_MAX;

void run_queue_init(struct run_queue *queue, struct arena *arena, size_t devices, size_t tasks, size_t per_hour)
{
	*queue = (struct run_queue){.arena = arena,
	                            .devices = ARENA_ARRAY(arena, devices + 1, struct run_queue_device),
	                            .device_count = devices,
	                            .after = ARENA_ARRAY(arena, tasks + 1, size_t),
	                            .per_hour = per_hour < RUN_QUEUE_MAX_PER_HOUR ? per_hour : RUN_QUEUE_MAX_PER_HOUR,
	                            .first = NONE,
	                            .last = NONE};
	for (size_t i = 0; i < devices; i++)
		queue->devices[i] = (struct run_queue_device){.first = NONE, .last = NONE, .next = NONE};
	due_heap_init(&queue->resting, devices);
}

void run_queue_done(struct run_queue *queue)
{
	due_heap_done(&queue->resting);
}

/* ---- shares of the hour ---- */

static void note_start(struct run_queue *queue, struct run_queue_device *device, int64_t when_us)
{
	if (!queue->per_hour)
		return;
	if (!device->starts)
		device->starts = ARENA_ARRAY(queue->arena, queue->per_hour, int64_t);
	if (device->start_count < queue->per_hour) {
		device->starts[device->start_count++] = when_us;
		return;
	}
	device->starts[device->oldest] = when_us;
	device->oldest = (device->oldest + 1) % queue->per_hour;
}

static void take_back_start(struct run_queue *queue, struct run_queue_device *device)
{
	if (!device->start_count)
		return;
	size_t newest = (device->oldest + device->start_count - 1) % queue->per_hour;
	/* As old as can be: it bounds nothing. */
	device->starts[newest] = INT64_MIN / 2;
	if (device->start_count == queue->per_hour)
		device->oldest = newest;
	else
		device->start_count--;
}

static int64_t may_begin_us(const struct run_queue *queue, const struct run_queue_device *device)
{
	if (!queue->per_hour || device->start_count < queue->per_hour)
		return INT64_MIN;
	return device->starts[device->oldest] + RUN_QUEUE_WINDOW_US;
}

/* ---- the line ---- */

static void line_up(struct run_queue *queue, size_t index, int64_t now_us)
{
	struct run_queue_device *device = &queue->devices[index];
	if (device->busy || device->in_line || device->first == NONE)
		return;
	int64_t when_us = may_begin_us(queue, device);
	if (when_us > now_us) {
		due_heap_set(&queue->resting, index, when_us);
		return;
	}
	device->in_line = true;
	device->next = NONE;
	if (queue->last == NONE)
		queue->first = index;
	else
		queue->devices[queue->last].next = index;
	queue->last = index;
}

void run_queue_add(struct run_queue *queue, size_t index, size_t task, int64_t now_us)
{
	struct run_queue_device *device = &queue->devices[index];
	queue->after[task] = NONE;
	if (device->last == NONE)
		device->first = task;
	else
		queue->after[device->last] = task;
	device->last = task;
	queue->waiting++;
	line_up(queue, index, now_us);
}

void run_queue_began(struct run_queue *queue, size_t index, int64_t when_us)
{
	note_start(queue, &queue->devices[index], when_us);
}

static size_t pop_task(struct run_queue *queue, struct run_queue_device *device)
{
	size_t task = device->first;
	device->first = queue->after[task];
	if (device->first == NONE)
		device->last = NONE;
	queue->waiting--;
	return task;
}

static void end_rests(struct run_queue *queue, int64_t now_us)
{
	for (size_t index; (index = due_heap_take(&queue->resting, now_us)) != NONE;)
		line_up(queue, index, now_us);
}

bool run_queue_take(struct run_queue *queue, int64_t now_us, size_t *device, size_t *task, int64_t *when_us)
{
	end_rests(queue, now_us);
	while (queue->first != NONE) {
		size_t index = queue->first;
		struct run_queue_device *own = &queue->devices[index];
		queue->first = own->next;
		if (queue->first == NONE)
			queue->last = NONE;
		own->in_line = false;
		if (own->first == NONE)
			continue; /* its tasks were dropped */
		own->busy = true;
		note_start(queue, own, now_us);
		*device = index;
		*task = pop_task(queue, own);
		return true;
	}
	*when_us = due_heap_first(&queue->resting);
	return false;
}

void run_queue_ended(struct run_queue *queue, size_t index, int64_t now_us, bool asked)
{
	struct run_queue_device *device = &queue->devices[index];
	device->busy = false;
	if (!asked)
		take_back_start(queue, device);
	line_up(queue, index, now_us);
}

bool run_queue_drop(struct run_queue *queue, size_t index, size_t *task)
{
	struct run_queue_device *device = &queue->devices[index];
	if (device->first == NONE) {
		due_heap_remove(&queue->resting, index);
		return false;
	}
	*task = pop_task(queue, device);
	return true;
}
