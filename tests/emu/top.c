#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "console.h"
#include "die.h"
#include "flow.h"

/* diagnose sys top and get system performance top: frames until q. */

static const char REPAINT[] = "\x1b[H\x1b[J";

struct top {
	struct job job;
	long delay, lines, iterations; /* iterations 0: until q */
	long frames;
	int64_t next_us;
};

static void print_header(struct console *console)
{
	const struct device *device = &console->world->device;
	int64_t up_s = (int64_t)device->uptime_s + (world_now() - world_began()) / 1000000;
	const struct cpu_row *all = &device->cpu[0].all;
	long total_mb = device->memory.total_kib / 1024;
	console_print(console, "Run Time:  %lld days, %lld hours and %lld minutes\n", (long long)(up_s / 86400),
	              (long long)(up_s / 3600 % 24), (long long)(up_s / 60 % 60));
	double free_mb = (double)total_mb * (100 - device->memory.used - device->memory.freeable) / 100;
	switch (device->generation->top) {
	case TOP_KERNEL_FREE:
		console_print(console, "%.0fU, %.0fS, %.0fI; %ldT, %.0fF, %.0fKF\n", all->user + all->nice,
		              all->system + all->irq + all->softirq, all->idle + all->iowait, total_mb, free_mb,
		              free_mb / 3);
		break;
	case TOP_FOUR:
		console_print(console, "%.0fU, %.0fN, %.0fS, %.0fI; %ldT, %.0fF\n", all->user, all->nice,
		              all->system + all->irq + all->softirq, all->idle + all->iowait, total_mb, free_mb);
		break;
	case TOP_EIGHT:
		console_print(console, "%.0fU, %.0fN, %.0fS, %.0fI, %.0fWA, %.0fHI, %.0fSI, 0ST; %ldT, %.0fF\n",
		              all->user, all->nice, all->system, all->idle, all->iowait, all->irq, all->softirq,
		              total_mb, free_mb);
		break;
	}
}

/* The first frame's CPU shares count since boot and mean nothing. */
static double share_of(const struct process *process, long frame)
{
	if (frame == 0)
		return process->cpu > 1 ? 0.1 : 31.4;
	double wobble = (double)(flow_hash((uint64_t)process->pid, (uint64_t)frame) % 3) / 10;
	return process->cpu > 0.2 ? process->cpu - wobble / 2 : process->cpu;
}

static void print_frame(struct console *console, struct top *top)
{
	const struct device *device = &console->world->device;
	console_print(console, "%s", REPAINT);
	print_header(console);
	for (size_t i = 0; i < device->process_count && (long)i < top->lines; i++) {
		const struct process *p = &device->processes[i];
		console_print(console, "%16s %8ld      %-3s %7.1f %7.1f", p->name, p->pid, p->state,
		              share_of(p, top->frames), p->memory);
		if (device->generation->core_column)
			console_print(console, " %4ld", p->core);
		console_print(console, "\n");
	}
	top->frames++;
}

static void top_tick(struct job *job, struct console *console, int64_t now_us)
{
	struct top *top = (struct top *)job;
	while (!console->finished && now_us >= top->next_us) {
		if (top->iterations && top->frames >= top->iterations) {
			console_finish(console);
			return;
		}
		print_frame(console, top);
		top->next_us += top->delay * 1000000;
		if (top->iterations && top->frames >= top->iterations)
			top->next_us = now_us;
		else if (top->next_us < now_us)
			top->next_us = now_us + top->delay * 1000000;
	}
}

static bool top_key(struct job *job, struct console *console, char key)
{
	(void)job;
	if (console->finished)
		return false;
	if (key == 'q' || key == 'Q' || key == 3)
		console_finish(console);
	return true;
}

static void top_free(struct job *job)
{
	free(job);
}

static bool read_number(struct console *console, int argc, char **argv, int at, long max, long *out)
{
	char *end;
	if (at >= argc)
		return true;
	long value = strtol(argv[at], &end, 10);
	if (*end || !*argv[at] || value < 1 || value > max) {
		command_value_error(console, argv[at]);
		return false;
	}
	*out = value;
	return true;
}

void run_sys_top(struct console *console, int argc, char **argv)
{
	long delay = 5, lines = 20, iterations = 0;
	if (!read_number(console, argc, argv, 0, 3600, &delay) || !read_number(console, argc, argv, 1, 1000, &lines) ||
	    !read_number(console, argc, argv, 2, 100000, &iterations))
		return;
	struct top *top = emu_alloc(sizeof *top);
	*top = (struct top){.job = {"top", top_tick, top_key, top_free},
	                    .delay = delay,
	                    .lines = lines,
	                    .iterations = iterations,
	                    .next_us = world_now()};
	console->job = &top->job;
	top_tick(&top->job, console, world_now());
}

void run_performance_top(struct console *console, int argc, char **argv)
{
	run_sys_top(console, argc, argv);
}
