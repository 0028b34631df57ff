#include "job.h"

#include "judge.h"
#include "read.h"
#include "timestamp.h"

static bool next_option(struct job *job, struct arena *arena, const char **id, const char **command)
{
	if (job->option >= job->commands.setup_count)
		return false;
	*id = arena_printf(arena, "%s/options.%zu", job->step->id, job->option + 1);
	*command = job->commands.setup[job->option++];
	job->options_taken = true;
	return true;
}

static bool next_in_phase(struct job *job, struct arena *arena, const char **id, const char **command)
{
	switch (job->phase) {
	case JOB_CLEAR:
		*id = arena_printf(arena, "%s/clear", job->step->id);
		*command = job->commands.reset;
		job->phase = JOB_OPTIONS;
		return !job->stopping && *command;
	case JOB_OPTIONS:
		if (!job->stopping && next_option(job, arena, id, command))
			return true;
		job->phase = JOB_VIEW;
		return false;
	case JOB_VIEW:
		*id = arena_printf(arena, "%s/view", job->step->id);
		*command = job->commands.verify;
		job->phase = JOB_MAIN;
		return !job->stopping && *command;
	case JOB_MAIN:
		*id = job->step->id;
		*command = job->commands.command;
		job->phase = JOB_RESET;
		return !job->stopping;
	case JOB_RESET:
		*id = arena_printf(arena, "%s/reset", job->step->id);
		*command = job->commands.reset;
		job->phase = JOB_OVER;
		return job->options_taken && *command;
	case JOB_OVER:
		break;
	}
	return false;
}

bool job_next(struct job *job, struct arena *arena, const char **id, const char **command)
{
	while (job->phase != JOB_OVER) {
		if (next_in_phase(job, arena, id, command))
			return true;
	}
	return false;
}

void job_stop(struct job *job)
{
	job->stopping = true;
}

static struct read_input input_of(const struct job *job, struct str clean)
{
	return (struct read_input){.step = job->step->id, .text = clean, .playbook_step = job->step->from};
}

static const char *loss_decided(struct arena *arena, const struct job *job, const struct plan *plan, struct str clean)
{
	struct read_input input = input_of(job, clean);
	struct ping_run run = {.requested = job->commands.requested, .adaptive = job->commands.adaptive};
	read_ping_run(arena, &input, &run);
	if (!run.started || !loss_stop(&run, &plan->playbook.thresholds))
		return NULL;
	return "the loss is decided";
}

static const char *traffic_decided(struct arena *arena, const struct job *job, const struct plan *plan,
                                   struct str clean, int64_t rtt_us, int64_t quiet_us)
{
	struct read_input input = input_of(job, clean);
	struct capture capture = {.requested = job->commands.requested};
	read_capture(arena, &input, &capture);
	if (!capture.started || capture.packet_count == 0)
		return NULL;
	struct trace trace;
	trace_make(arena, &capture, plan, rtt_us, &trace);
	int64_t now_us = capture.packets[capture.packet_count - 1].time_us + quiet_us;
	return trace_decided(&trace, now_us, rtt_us) ? "the client's traffic is decided" : NULL;
}

const char *job_decided(struct arena *arena, const struct job *job, const struct plan *plan, struct str clean,
                        int64_t rtt_us, int64_t quiet_us)
{
	switch (job->step->stop_when) {
	case STOP_LOSS_DECIDED:
		return loss_decided(arena, job, plan, clean);
	case STOP_TRAFFIC_DECIDED:
		return traffic_decided(arena, job, plan, clean, rtt_us, quiet_us);
	case STOP_NONE:
		break;
	}
	return NULL;
}

const char *job_progress(struct arena *arena, const struct job *job, struct str clean, int64_t now_us)
{
	struct read_input input = input_of(job, clean);
	if (job->step->kind == COMMAND_PING) {
		struct ping_run run = {.requested = job->commands.requested};
		read_ping_run(arena, &input, &run);
		return arena_printf(arena, "%u of %u pings, %u lost; at most %u s more", run.counted,
		                    job->commands.requested, run.lost,
		                    (unsigned)((job->limit_us - now_us) / US_PER_SECOND));
	}
	if (job->step->kind == COMMAND_SNIFFER) {
		struct capture capture = {0};
		read_capture(arena, &input, &capture);
		return arena_printf(arena, "%zu packets", capture.packet_count);
	}
	return NULL;
}
