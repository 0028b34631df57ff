#include "host_job.h"

#include <string.h>

#include "conduct.h"
#include "host_command.h"
#include "timestamp.h"

static const int64_t PATIENCE_US = 2000000; /* for statistics after an interrupt */
static const int64_t CONNECT_US = 15000000; /* a way to the machine may have to be found first */
static const int64_t PROGRESS_US = 1000000;
enum { READ_BYTES = 16 * 1024, READS = 64 };

bool host_step_is(const struct plan_step *step)
{
	return strcmp(step->on, "host") == 0;
}

static struct host_job *free_place(struct conduct *run)
{
	for (size_t i = 0; i < CONDUCT_MAX_HOST_JOBS; i++) {
		if (!run->hosts[i].process)
			return &run->hosts[i];
	}
	return NULL;
}

/* ---- the start ---- */

void host_job_begin(struct conduct *run, size_t index)
{
	const struct plan_step *step = &run->plan->steps[index];
	struct err err = {0};
	struct host_job *host = free_place(run);
	int64_t left = run->soft_us - run->now_us;
	if (!host || !run->options->start) {
		conduct_skip(run, index, host ? "there is no way to the host" : "too many steps on the host at once");
		return;
	}
	run->learned.time_left_us = left < step->time_us ? left : step->time_us;
	*host = (struct host_job){.job = {.index = index, .step = step}};
	struct job *job = &host->job;
	if (plan_resolve(run->arena, run->plan, step, &run->learned, &job->commands, &err) < 0) {
		conduct_skip(run, index, arena_strdup(run->arena, err.text));
		return;
	}
	const char *const *argv = host_command_argv(run->arena, str_of(job->commands.command));
	host->process = run->options->start(run->options->start_arg, argv, run->now_us);
	buf_init(&host->output, step->max_bytes);
	job->began_us = job->last_output_us = job->looked_us = run->now_us;
	job->limit_us = run->now_us + step->time_us + CONNECT_US;
	schedule_begin(&run->schedule, index, run->now_us);
	transcript_begin(run->transcript, run->now_us - run->start_us, step->lane, step->id, job->commands.command, "");
	conduct_progress(run, RUN_STEP_BEGIN, step->id, job->commands.command);
}

/* ---- the end ---- */

static struct step_end end_of(struct conduct *run, const struct host_job *host, int status)
{
	const struct job *job = &host->job;
	const struct err *error = process_error(host->process);
	struct step_end end = {.state = STEP_DONE,
	                       .prompt = "",
	                       .interrupted = host->interrupted,
	                       .requested = job->commands.requested};
	if (error) {
		end.state = STEP_FAILED;
		end.reason = arena_strdup(run->arena, error->text);
		end.link_lost = host->output.n > 0;
	} else if (job->stop_reason) {
		end.state = STEP_STOPPED;
		end.reason = job->stop_reason;
	} else if (host->output.n == 0) {
		end.state = STEP_FAILED;
		end.reason = arena_printf(run->arena, "it printed nothing and ended with status %d", status);
	}
	return end;
}

static void end_job(struct conduct *run, struct host_job *host, const struct step_end *end)
{
	const struct plan_step *step = host->job.step;
	transcript_end(run->transcript, run->now_us - run->start_us, step->lane, step->id, end);
	conduct_progress(run, RUN_STEP_END, step->id, end->reason);
	schedule_end(&run->schedule, host->job.index);
	process_free(host->process);
	buf_done(&host->output);
	host->process = NULL;
}

static void stop(struct conduct *run, struct host_job *host, const char *reason)
{
	if (host->job.stop_reason)
		return;
	host->job.stop_reason = reason;
	host->interrupted = true;
	host->kill_us = run->now_us + PATIENCE_US;
	process_interrupt(host->process);
}

/* ---- while it runs ---- */

static void receive(struct conduct *run, struct host_job *host)
{
	char bytes[READ_BYTES];
	for (unsigned i = 0; i < READS; i++) {
		size_t n = process_read(host->process, bytes, sizeof bytes);
		if (n == 0)
			return;
		struct str got = {bytes, n};
		transcript_output(run->transcript, run->now_us - run->start_us, host->job.step->lane, got);
		buf_add_str(&host->output, got);
		host->job.last_output_us = run->now_us;
		for (size_t k = 0; k < n; k++)
			host->job.lines += bytes[k] == '\n';
	}
}

static const char *bound_passed(const struct conduct *run, const struct host_job *host)
{
	const struct job *job = &host->job;
	if (run->stopping)
		return run->stop_reason;
	if (run->now_us >= job->limit_us)
		return "its time was up";
	if (job->step->silence_us && run->now_us - job->last_output_us >= job->step->silence_us)
		return "nothing came back for too long";
	if (host->output.full)
		return "the output was longer than its limit";
	return job->lines >= job->step->max_lines ? "the output had more lines than its limit" : NULL;
}

static void look(struct conduct *run, struct host_job *host)
{
	struct job *job = &host->job;
	if (run->now_us - job->looked_us < CONDUCT_LOOK_US || host->output.n == job->looked_bytes)
		return;
	struct arena *scratch = arena_new();
	const char *decided = job_decided(scratch, job, run->plan, buf_str(&host->output), 0, 0);
	if (run->now_us - run->alive_us >= PROGRESS_US) {
		run->alive_us = run->now_us;
		conduct_progress(run, RUN_STEP_ALIVE, job->step->id,
		                 job_progress(scratch, job, buf_str(&host->output), run->now_us));
	}
	arena_free(scratch);
	job->looked_us = run->now_us;
	job->looked_bytes = host->output.n;
	if (decided)
		stop(run, host, decided);
}

static void pump(struct conduct *run, struct host_job *host)
{
	int status;
	process_step(host->process, run->now_us);
	receive(run, host);
	if (process_over(host->process, &status)) {
		struct step_end end = end_of(run, host, status);
		end_job(run, host, &end);
		return;
	}
	const char *bound = bound_passed(run, host);
	if (bound)
		stop(run, host, bound);
	else
		look(run, host);
	if (host->interrupted && run->now_us >= host->kill_us) {
		struct step_end end = end_of(run, host, -1);
		end_job(run, host, &end);
	}
}

void host_jobs_pump(struct conduct *run)
{
	for (size_t i = 0; i < CONDUCT_MAX_HOST_JOBS; i++) {
		if (run->hosts[i].process)
			pump(run, &run->hosts[i]);
	}
}

bool host_jobs_busy(const struct conduct *run)
{
	for (size_t i = 0; i < CONDUCT_MAX_HOST_JOBS; i++) {
		if (run->hosts[i].process)
			return true;
	}
	return false;
}

size_t host_jobs_pollfds(struct conduct *run, struct pollfd *fds)
{
	size_t n = 0;
	for (size_t i = 0; i < CONDUCT_MAX_HOST_JOBS; i++) {
		if (run->hosts[i].process)
			n += process_pollfds(run->hosts[i].process, fds + n);
	}
	return n;
}

/* A program that has closed its output may take a moment to end, of which no
 * descriptor tells: hence the look even where nothing is due. */
int64_t host_jobs_deadline(const struct conduct *run)
{
	int64_t when = INT64_MAX;
	for (size_t i = 0; i < CONDUCT_MAX_HOST_JOBS; i++) {
		const struct host_job *host = &run->hosts[i];
		if (!host->process)
			continue;
		when = timestamp_earlier(when, process_deadline(host->process));
		when = timestamp_earlier(when, run->now_us + CONDUCT_LOOK_US);
		when = timestamp_earlier(when, host->interrupted ? host->kill_us : host->job.limit_us);
	}
	return when;
}

void host_jobs_abandon(struct conduct *run)
{
	for (size_t i = 0; i < CONDUCT_MAX_HOST_JOBS; i++) {
		struct host_job *host = &run->hosts[i];
		if (!host->process)
			continue;
		struct step_end end = end_of(run, host, -1);
		end.state = STEP_FAILED;
		end.reason = end.reason ? end.reason : "ended with the run";
		end_job(run, host, &end);
	}
}
