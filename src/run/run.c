#include "run.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conduct.h"
#include "lost.h"

/* ---- who works on what ---- */

static struct session *session_of_lane(struct conduct *run, const char *lane)
{
	for (size_t i = 0; i < run->session_count; i++) {
		struct session *session = &run->sessions[i];
		bool alive = session->state == SESSION_READY || session->state == SESSION_BUSY;
		if (alive && strcmp(session->lane, lane) == 0)
			return session;
	}
	return NULL;
}

/* A session at its prompt whose own lane has nothing left to do, or (with one
 * session for all) nothing it may begin now. */
static struct session *free_session(struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++) {
		struct session *session = &run->sessions[i];
		if (session->state == SESSION_READY &&
		    (run->single || schedule_lane_over(&run->schedule, session->lane)))
			return session;
	}
	return NULL;
}

static bool opening(const struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++) {
		if (run->sessions[i].state == SESSION_OPENING)
			return true;
	}
	return false;
}

/* Begins a step on its lane, or what must come before it; tells whether others
 * may begin now: the step was skipped at once, or there is no room for a session. */
static bool begin(struct conduct *run, const char *lane, size_t step)
{
	if (host_step_is(&run->plan->steps[step])) {
		if (conduct_logged_in(run))
			host_job_begin(run, step);
		return run->schedule.state[step] == SCHEDULE_ENDED;
	}
	if (conduct_needless(run, step)) {
		conduct_skip(run, step, plan_no_fast_loss);
		return true;
	}
	struct session *session = session_of_lane(run, lane);
	if (!session)
		session = free_session(run);
	if (session && session->state == SESSION_READY)
		conduct_begin(run, session, step);
	else if (!session && !run->single && conduct_logged_in(run) && !opening(run))
		conduct_open(run);
	else
		return false;
	return run->schedule.state[step] == SCHEDULE_ENDED || (!session && run->single);
}

static int64_t assign(struct conduct *run)
{
	int64_t again = INT64_MAX;
	for (size_t i = 0; i < run->lane_count && !run->stopping; i++) {
		int64_t when;
		size_t step = schedule_next(&run->schedule, run->lanes[i], run->now_us, &when);
		again = when < again ? when : again;
		if (step != SCHEDULE_NONE && begin(run, run->lanes[i], step))
			again = run->now_us;
	}
	return again;
}

/* The second session logs in while the first one measures. */
static void open_ahead(struct conduct *run)
{
	if (!run->stopping && !run->single && run->lane_count > 1 && run->session_count == 1 &&
	    run->sessions[0].logged_in && run->sessions[0].state != SESSION_GONE)
		conduct_open(run);
}

static void leave_when_over(struct conduct *run)
{
	if (!run->stopping && !schedule_over(&run->schedule))
		return;
	for (size_t i = 0; i < run->session_count; i++) {
		struct session *session = &run->sessions[i];
		if (session->state == SESSION_READY || session->state == SESSION_OPENING)
			session_leave(session, run->now_us);
	}
}

/* ---- the loop ---- */

void run_interrupt(struct conduct *run, int64_t now_us)
{
	run->now_us = now_us;
	/* Service managers send two signals in one breath; a person's second
	 * Ctrl-C comes after the first was seen. */
	run->abandon = run->abandon || run->signalled;
	run->signalled = true;
	conduct_stop(run, ERR_INTERRUPTED, "interrupted by a signal");
}

int64_t run_deadline(const struct conduct *run)
{
	int64_t when = run->stopping ? run->hard_us : run->soft_us;
	when = run->again_us < when ? run->again_us : when;
	int64_t hosts = host_jobs_deadline(run);
	when = hosts < when ? hosts : when;
	for (size_t i = 0; i < run->session_count; i++) {
		const struct session *session = &run->sessions[i];
		int64_t own = session_deadline(session);
		when = own < when ? own : when;
		if (session->state != SESSION_BUSY)
			continue;
		if (session->main_running && run->now_us + CONDUCT_LOOK_US < when)
			when = run->now_us + CONDUCT_LOOK_US;
		/* A limit that has passed was acted on: the dialogue waits for the prompt. */
		if (session->job.limit_us > run->now_us && session->job.limit_us < when)
			when = session->job.limit_us;
	}
	return when;
}

size_t run_pollfds(struct conduct *run, struct pollfd fds[static RUN_MAX_POLLFDS])
{
	size_t n = 0;
	for (size_t i = 0; i < run->session_count; i++) {
		if (run->sessions[i].state != SESSION_GONE)
			n += link_pollfds(run->sessions[i].link, fds + n);
	}
	return n + host_jobs_pollfds(run, fds + n);
}

static void check_time(struct conduct *run)
{
	if (run->now_us >= run->soft_us)
		conduct_stop(run, schedule_over(&run->schedule) ? ERR_NONE : ERR_TIMEOUT,
		             "the time for the whole run was up");
	if (run->now_us >= run->hard_us)
		run->abandon = true;
}

static bool finished(struct conduct *run)
{
	if (run->abandon)
		return true;
	if (host_jobs_busy(run))
		return false;
	for (size_t i = 0; i < run->session_count; i++) {
		if (run->sessions[i].state != SESSION_GONE)
			return false;
	}
	/* Every session is gone: go on with a new one only where the last ended by our own Ctrl-C. */
	if (run->stopping || run->have_trouble || schedule_over(&run->schedule) ||
	    run->session_count == CONDUCT_MAX_SESSIONS)
		return true;
	conduct_open(run);
	return false;
}

static void turn(struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++) {
		session_pump(&run->sessions[i], run->transcript, run->start_us, run->now_us);
		if (run->sessions[i].state != SESSION_GONE)
			conduct_events(run, &run->sessions[i]);
		if (run->sessions[i].state != SESSION_GONE)
			conduct_limits(run, &run->sessions[i]);
	}
	host_jobs_pump(run);
}

static void flush_all(struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++)
		session_flush(&run->sessions[i], run->transcript, run->start_us, run->now_us);
}

static void close_run(struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++)
		conduct_abandon(run, &run->sessions[i]);
	host_jobs_abandon(run);
	const char *reason = run->stop_reason ? run->stop_reason : "the session was lost before this step";
	for (size_t i = 0; i < run->plan->step_count; i++) {
		if (run->schedule.state[i] != SCHEDULE_WAITING)
			continue;
		struct err lost;
		(void)err_set(&lost, ERR_CLOSED, "the device ended every session before the checklist was done");
		lost = lost_named(run, &lost);
		lost_add_next(&lost);
		conduct_trouble(run, &lost);
		conduct_skip(run, i, reason);
	}
}

struct conduct *run_new(struct arena *arena, const struct plan *plan, const struct run_options *options,
                        struct transcript *transcript, int64_t now_us)
{
	struct conduct *run = ARENA_NEW(arena, struct conduct);
	*run = (struct conduct){.arena = arena, .plan = plan, .options = options, .transcript = transcript};
	run->lanes = schedule_lanes(arena, plan, &run->lane_count);
	schedule_init(&run->schedule, arena, plan);
	run->start_us = run->now_us = now_us;
	run->hard_us = run->start_us + plan->time_us + options->wait_us;
	int64_t kept = plan->time_us / 4 < CONDUCT_CLEAN_UP_US ? plan->time_us / 4 : CONDUCT_CLEAN_UP_US;
	run->soft_us = run->hard_us - kept;
	run->learned.ssh_port = options->ssh_port;
	run->learned.median_rtt_us = -1;
	conduct_progress(run, RUN_CONNECTING, NULL, NULL);
	conduct_open(run);
	return run;
}

bool run_turn(struct conduct *run, int64_t now_us)
{
	run->now_us = now_us;
	check_time(run);
	if (finished(run))
		return false;
	turn(run);
	open_ahead(run);
	run->again_us = assign(run);
	leave_when_over(run);
	flush_all(run);
	return !finished(run);
}

int run_end(struct conduct *run, struct err *err)
{
	close_run(run);
	if (!run->have_trouble)
		return 0;
	*err = run->trouble;
	return -1;
}

/* ---- one run by itself ---- */

static void read_wake(struct conduct *run)
{
	char bytes[16];
	if (read(run->options->wake_fd, bytes, sizeof bytes) > 0)
		run_interrupt(run, run->now_us);
}

static int64_t wait_for_news(struct conduct *run)
{
	struct pollfd fds[RUN_MAX_POLLFDS + 1];
	size_t n = run_pollfds(run, fds), wake = n;
	if (run->options->wake_fd >= 0)
		fds[n++] = (struct pollfd){.fd = run->options->wake_fd, .events = POLLIN};
	int got = poll(fds, (nfds_t)n, clock_poll_ms(run_deadline(run)));
	run->now_us = clock_mono_us();
	if (got > 0 && wake < n && fds[wake].revents)
		read_wake(run);
	return run->now_us;
}

int run_plan(struct arena *arena, const struct plan *plan, const struct run_options *options,
             struct transcript *transcript, struct err *err)
{
	int64_t now_us = clock_mono_us();
	struct conduct *run = run_new(arena, plan, options, transcript, now_us);
	while (run_turn(run, now_us))
		now_us = wait_for_news(run);
	return run_end(run, err);
}
