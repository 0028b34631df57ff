#include "conduct.h"

#include <string.h>

#include "context.h"
#include "judge.h"
#include "lost.h"
#include "read.h"
#include "session_filter.h"
#include "timestamp.h"

static const int64_t OPTION_US = 10000000;         /* a command that sets or reads an option */
static const int64_t OPTION_STOPPING_US = 1000000; /* and the same once the run is to end */
static const int64_t LAST_CAPTURE_US = 1000000;    /* before the end of the run a capture ends by itself */
static const int64_t PROGRESS_US = 1000000;

static const char time_up[] = "its time was up";
static const char too_long[] = "the output was longer than its limit";

void conduct_progress(struct conduct *run, enum run_progress_kind kind, const char *step, const char *text)
{
	if (!run->options->progress)
		return;
	struct run_progress progress = {
	        .kind = kind, .step = step, .text = text ? text : "", .now_us = run->now_us - run->start_us};
	run->options->progress(run->options->progress_arg, &progress);
}

void conduct_trouble(struct conduct *run, const struct err *trouble)
{
	if (run->have_trouble)
		return;
	run->have_trouble = true;
	run->trouble = *trouble;
	transcript_trouble(run->transcript, run->now_us - run->start_us, trouble);
	conduct_progress(run, RUN_NOTE, NULL, trouble->text);
}

void conduct_stop(struct conduct *run, enum err_kind kind, const char *reason)
{
	if (run->stopping)
		return;
	run->stopping = true;
	run->stop_reason = reason;
	int64_t clean_up_us = run->options->clean_up_us ? run->options->clean_up_us : CONDUCT_CLEAN_UP_US;
	run->hard_us = timestamp_earlier(run->hard_us, run->now_us + clean_up_us);
	if (kind != ERR_NONE) {
		struct err trouble;
		(void)err_set(&trouble, kind, "%s", reason);
		lost_stage(run, &trouble);
		conduct_trouble(run, &trouble);
	}
	conduct_progress(run, RUN_STOPPING, NULL, reason);
}

/* ---- sessions ---- */

void conduct_open(struct conduct *run)
{
	if (run->session_count == CONDUCT_MAX_SESSIONS) {
		run->single = true;
		return;
	}
	struct session *session = &run->sessions[run->session_count++];
	session_open(session, run->options->open(run->options->open_arg, run->now_us));
}

bool conduct_logged_in(const struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++) {
		if (run->sessions[i].logged_in)
			return true;
	}
	return false;
}

static bool any_alive(const struct conduct *run)
{
	for (size_t i = 0; i < run->session_count; i++) {
		if (run->sessions[i].logged_in && run->sessions[i].state != SESSION_GONE)
			return true;
	}
	return false;
}

/* A session that never came to its prompt: the first one ends the run, a
 * further one means that all lanes share what there is. Where nothing is left
 * one more is tried: the place of the last session may be free by then. */
static void login_failed(struct conduct *run, struct session *session, const struct err *why)
{
	if (!conduct_logged_in(run) || (run->single && !any_alive(run))) {
		conduct_trouble(run, why);
		conduct_stop(run, ERR_NONE, "no session could be opened");
	} else {
		run->single = true;
		conduct_progress(run, RUN_NOTE, NULL, "no second session: the steps run one after the other");
	}
	session_done(session);
}

/* ---- steps ---- */

void conduct_skip(struct conduct *run, size_t index, const char *reason)
{
	transcript_skip(run->transcript, run->now_us - run->start_us, run->plan->steps[index].id, reason);
	conduct_progress(run, RUN_STEP_END, run->plan->steps[index].id, reason);
	schedule_end(&run->schedule, index);
}

/* The job is over; where its main command never went out, the step is one
 * that did not run. */
static void job_over(struct conduct *run, const struct job *job, const char *reason)
{
	if (job->begun)
		schedule_end(&run->schedule, job->index);
	else
		conduct_skip(run, job->index, reason);
}

/* All that the job owed is sent: the step is over, or waits for its second try. */
static void end_step(struct conduct *run, struct session *session)
{
	const struct job *job = &session->job;
	if (job->again && !run->stopping) {
		run->schedule.state[job->index] = SCHEDULE_WAITING;
		conduct_progress(run, RUN_NOTE, job->step->id, job->again);
	} else {
		job_over(run, job, job->skip_reason ? job->skip_reason : run->stop_reason);
	}
	session->state = SESSION_READY;
	session->scope = NULL;
	/* A session filter lasts as long as its CLI session. */
	if (job->step->kind == COMMAND_SESSIONS && job->options_taken)
		session_leave(session, run->now_us);
}

static const char *with_scope(struct conduct *run, const char *scope, const char *command)
{
	return scope[0] && strncmp(command, "sudo ", 5) != 0 ? arena_printf(run->arena, "%s%s", scope, command)
	                                                     : command;
}

/* A capture has no count to come to, so it may take the run's last seconds and
 * end in good order before them. */
static int64_t main_limit(const struct conduct *run, const struct plan_step *step)
{
	if (step->kind != COMMAND_SNIFFER)
		return run->now_us + step->time_us;
	int64_t time_us = run->options->wait_us > step->time_us ? run->options->wait_us : step->time_us;
	return timestamp_earlier(run->now_us + time_us, run->soft_us - LAST_CAPTURE_US);
}

static void start_main(struct conduct *run, struct session *session)
{
	struct job *job = &session->job;
	session->main_running = job->begun = true;
	job->began_us = job->last_output_us = job->looked_us = run->now_us;
	job->limit_us = main_limit(run, job->step);
	job->lines = 0;
	conduct_progress(run, RUN_STEP_BEGIN, job->step->id, job->commands.command);
}

static void next_command(struct conduct *run, struct session *session)
{
	const char *id, *command;
	struct job *job = &session->job;
	if (run->stopping)
		job_stop(job);
	if (!job_next(job, run->arena, &id, &command)) {
		end_step(run, session);
		return;
	}
	struct err err = {0};
	job->limit_us = run->now_us + OPTION_US;
	job->stop_reason = NULL;
	const char *full = with_scope(run, session->scope, command);
	if (session_command(session, run->transcript, run->start_us, run->now_us, id, full, &err) < 0) {
		(void)err_prefix(&err, "step %s", id);
		conduct_trouble(run, &err);
		job->skip_reason = arena_strdup(run->arena, err.text);
		end_step(run, session);
	} else if (id == job->step->id) {
		start_main(run, session);
	}
}

/* Lanes that still wait share what is left when there is one session only. */
static int64_t time_left(const struct conduct *run, const char *lane)
{
	int64_t left = run->soft_us - run->now_us;
	if (!run->single)
		return left;
	int64_t shares = 1;
	for (size_t i = 0; i < run->lane_count; i++)
		shares += strcmp(run->lanes[i], lane) != 0 && !schedule_lane_over(&run->schedule, run->lanes[i]) &&
		          !schedule_lane_on_host(&run->schedule, run->lanes[i]);
	return left / shares;
}

bool conduct_needless(const struct conduct *run, size_t index)
{
	return run->plan->steps[index].from->when == WHEN_FAST_LOSS && !run->learned.fast_loss;
}

void conduct_begin(struct conduct *run, struct session *session, size_t index)
{
	const struct plan_step *step = &run->plan->steps[index];
	struct err err = {0};
	char scope[48];
	int64_t left = time_left(run, step->lane);
	run->learned.time_left_us = left < step->time_us ? left : step->time_us;
	session->lane = step->lane;
	if (plan_leaves_out(step, run->learned.fortios)) {
		conduct_skip(run, index,
		             arena_printf(run->arena, "FortiOS %u.%u does not have this command",
		                          run->learned.fortios / 100, run->learned.fortios % 100));
		return;
	}
	session->job = (struct job){.index = index, .step = step};
	if (plan_scope(run->plan, step, &run->learned, scope, &err) < 0 ||
	    plan_resolve(run->arena, run->plan, step, &run->learned, &session->job.commands, &err) < 0) {
		conduct_skip(run, index, arena_strdup(run->arena, err.text));
		return;
	}
	session->scope = arena_strdup(run->arena, scope);
	session->job.phase = session->job.commands.setup_count ? JOB_CLEAR : JOB_MAIN;
	session->state = SESSION_BUSY;
	schedule_begin(&run->schedule, index, run->now_us);
	next_command(run, session);
}

static struct str clean_output(struct conduct *run, const struct session *session, const char *prompt,
                               struct arena *arena)
{
	struct buf buf;
	buf_init(&buf, TRANSCRIPT_MAX_BYTES);
	dialog_clean(dialog_output(session->dialog), session->command ? session->command : "", prompt, &buf);
	struct str clean = arena_str(arena, buf_str(&buf));
	buf_done(&buf);
	(void)run;
	return clean;
}

/* ---- what a finished command teaches ---- */

static int64_t median_rtt(const struct ping_run *ping, struct arena *arena)
{
	if (ping->reply_count == 0)
		return -1;
	int64_t *rtt = ARENA_ARRAY(arena, ping->reply_count, int64_t);
	for (size_t i = 0; i < ping->reply_count; i++) {
		size_t at = i;
		while (at > 0 && rtt[at - 1] > ping->replies[i].rtt_us) {
			rtt[at] = rtt[at - 1];
			at--;
		}
		rtt[at] = ping->replies[i].rtt_us;
	}
	return rtt[ping->reply_count / 2];
}

static void learn_ping(struct conduct *run, const struct job *job, const struct read_input *input, struct arena *arena)
{
	struct ping_run ping = {.requested = job->commands.requested, .adaptive = job->commands.adaptive};
	read_ping_run(arena, input, &ping);
	if (ping.probe)
		return;
	run->learned.fast_loss |= loss_only_fast(&ping, &run->plan->playbook.thresholds);
	/* The short first ping decides how the long one is sent; a fast ping's own RTT would not be news. */
	if (ping.reply_count && ping.reply_count <= 64)
		run->learned.median_rtt_us = median_rtt(&ping, arena);
}

/* The filter was not taken: try once more with the plain word, apart from our
 * own ping, which that filter would catch. */
static bool wants_plain_icmp(struct conduct *run, const struct session *session, const struct read_input *input,
                             struct arena *arena)
{
	const char *command = session->job.commands.command;
	if (session->job.step->kind != COMMAND_SNIFFER || run->learned.plain_icmp ||
	    !(strstr(command, "icmp[0]") || strstr(command, "ip6[40]")))
		return false;
	/* What is not known at all is not known with another filter either. */
	unsigned line;
	struct str text;
	if (dialog_refusal(input->text, &line, &text) == REFUSAL_UNKNOWN)
		return false;
	struct capture capture = {0};
	read_capture(arena, input, &capture);
	return !capture.started && capture.error;
}

/* Why the step is to be sent once more, or NULL. */
static const char *learn_main(struct conduct *run, struct session *session, struct str clean, struct arena *arena)
{
	const struct plan_step *step = session->job.step;
	struct read_input input = {.step = step->id, .text = clean, .playbook_step = step->from};
	if (step->read && strcmp(step->read, "status") == 0)
		context_status(run, &input, arena);
	if (step->read)
		context_load(run, &input, step->read, arena);
	if (step->kind == COMMAND_PING)
		learn_ping(run, &session->job, &input, arena);
	if (run->stopping)
		return NULL;
	if (context_wants_retry(run, session, clean))
		return "the device refused sudo; trying without";
	if (!wants_plain_icmp(run, session, &input, arena))
		return NULL;
	run->learned.plain_icmp = true;
	run->schedule.apart = true;
	return "the device refused the filter; trying a plainer one";
}

/* Without the filter the whole table would come. */
static void learn_filter(struct conduct *run, struct session *session, struct str clean)
{
	struct job *job = &session->job;
	unsigned line;
	struct str text;
	if (dialog_refusal(clean, &line, &text) != REFUSAL_NONE)
		job->skip_reason = arena_printf(run->arena, "the device refused `%s`", session->command);
	else if (job->phase == JOB_MAIN && !session_filter_is(clean, &run->plan->target))
		job->skip_reason = "the session filter, read back, is not the one that was set";
	if (job->skip_reason)
		job_stop(job);
}

/* Without an answer to an option nobody knows what a ping would do. */
static void learn_option(struct conduct *run, struct session *session, struct str clean)
{
	struct job *job = &session->job;
	unsigned line, count;
	struct str text;
	if (strstr(session->command, "adaptive-ping") && dialog_refusal(clean, &line, &text) != REFUSAL_NONE)
		job->commands.adaptive = false;
	if (strstr(session->command, "view-settings") && read_ping_options(clean, &count))
		job->options_read_back = count == job->commands.requested;
	if (job->step->kind == COMMAND_SESSIONS)
		learn_filter(run, session, clean);
	if (job->stop_reason) {
		job_stop(job);
		job->skip_reason = arena_printf(run->arena, "`%s` was not answered", session->command);
	}
}

/* ---- events of a session ---- */

static struct step_end step_end_of(const struct session *session, const struct dialog_event *event)
{
	const struct job *job = &session->job;
	struct step_end end = {
	        .state = STEP_DONE, .prompt = event->prompt ? event->prompt : "", .interrupted = event->interrupted};
	if (session->main_running) {
		end.requested = job->commands.requested;
		end.adaptive = job->commands.adaptive;
		end.options_read_back = job->options_read_back;
	}
	/* Top has no other end than that of its time. */
	bool as_meant = session->main_running && job->step->kind == COMMAND_TOP && job->stop_reason == time_up;
	if (event->truncated) {
		end.state = STEP_STOPPED;
		end.reason = too_long;
	} else if (job->stop_reason && !as_meant) {
		end.state = STEP_STOPPED;
		end.reason = job->stop_reason;
	}
	return end;
}

static void on_done(struct conduct *run, struct session *session, const struct dialog_event *event)
{
	struct arena *scratch = arena_new();
	struct str clean = clean_output(run, session, event->prompt, scratch);
	bool was_main = session->main_running;
	struct step_end end = step_end_of(session, event);
	if (was_main)
		session->job.again = learn_main(run, session, clean, scratch);
	else
		learn_option(run, session, clean);
	session_command_over(session, run->transcript, run->start_us, run->now_us, &end);
	if (was_main)
		conduct_progress(run, RUN_STEP_END, session->job.step->id, end.reason);
	arena_free(scratch);
	next_command(run, session);
}

/* The session is going while a command runs. */
static void cut_command(struct conduct *run, struct session *session, const struct step_end *end, const char *why)
{
	bool was_main = session->main_running;
	session_command_over(session, run->transcript, run->start_us, run->now_us, end);
	if (was_main)
		conduct_progress(run, RUN_STEP_END, session->job.step->id, end->reason);
	job_over(run, &session->job, why);
}

static void on_lost(struct conduct *run, struct session *session, const struct dialog_event *event,
                    const struct err *why)
{
	if (session->state == SESSION_BUSY) {
		struct step_end end = step_end_of(session, event);
		lost_end(run, session, why, &end);
		cut_command(run, session, &end, arena_strdup(run->arena, why->text));
		if (!event->interrupted)
			lost_trouble(run, session, why);
	}
	session_done(session);
}

/* A session ended by itself: before its first prompt, or later. `own` words are
 * ours, and name no next step yet; a link's do. */
static void on_end(struct conduct *run, struct session *session, const struct dialog_event *event, struct err *why,
                   bool own)
{
	if (session->logged_in || session->state == SESSION_LEAVING) {
		on_lost(run, session, event, why);
		return;
	}
	if (own)
		lost_add_next(why);
	login_failed(run, session, why);
}

static void on_closed(struct conduct *run, struct session *session, const struct dialog_event *event)
{
	struct err why = {0};
	const struct err *link = link_error(session->link);
	(void)err_set(&why, ERR_CLOSED, "the device closed the session%s%s", session->running ? " during " : "",
	              session->running ? session->running : "");
	why = link ? *link : lost_named(run, &why);
	on_end(run, session, event, &why, !link);
}

static void on_failed(struct conduct *run, struct session *session, const struct dialog_event *event)
{
	struct err why = lost_named(run, &event->trouble);
	on_end(run, session, event, &why, true);
}

static void on_ready(struct conduct *run, struct session *session)
{
	session->logged_in = true;
	session->state = SESSION_READY;
	context_prompt(run, session);
	link_ports(session->link, &run->learned.own_local_port, &run->learned.own_remote_port);
	const char *legacy = link_legacy(session->link);
	if (legacy[0])
		conduct_progress(run, RUN_NOTE, NULL,
		                 arena_printf(run->arena, "the connection rests on old algorithms: %s", legacy));
	conduct_progress(run, RUN_LOGGED_IN, NULL, dialog_host(session->dialog));
}

void conduct_events(struct conduct *run, struct session *session)
{
	struct dialog_event event;
	while (session->state != SESSION_GONE && session->dialog && dialog_next(session->dialog, &event)) {
		switch (event.kind) {
		case DIALOG_EVENT_READY:
			on_ready(run, session);
			break;
		case DIALOG_EVENT_DONE:
			if (session->state == SESSION_BUSY)
				on_done(run, session, &event);
			break;
		case DIALOG_EVENT_CLOSED:
			on_closed(run, session, &event);
			break;
		case DIALOG_EVENT_FAILED:
			on_failed(run, session, &event);
			break;
		}
	}
	if (session->state == SESSION_OPENING && !session->dialog && link_state(session->link) == LINK_DOWN) {
		const struct err *why = link_error(session->link);
		struct err closed;
		(void)err_set(&closed, ERR_CLOSED, "the device closed the connection before a shell was there");
		struct err copy = why ? *why : lost_named(run, &closed);
		login_failed(run, session, &copy);
	}
}

/* ---- limits ---- */

static void stop_command(struct conduct *run, struct session *session, const char *reason)
{
	if (!session->job.stop_reason)
		session->job.stop_reason = reason;
	dialog_stop(session->dialog, run->now_us);
}

static const char *bound_passed(const struct conduct *run, const struct session *session)
{
	const struct job *job = &session->job;
	if (run->now_us >= job->limit_us)
		return time_up;
	if (!session->main_running)
		return NULL;
	if (job->step->silence_us && run->now_us - job->last_output_us >= job->step->silence_us)
		return "nothing came back for too long";
	if (job->step->max_bytes && dialog_output(session->dialog).n >= job->step->max_bytes)
		return too_long;
	if (job->step->max_lines && job->lines >= job->step->max_lines)
		return "the output had more lines than its limit";
	return NULL;
}

/* While a ping runs beside it, a longer capture costs no time and shows more. */
static bool worth_more(const struct conduct *run, const struct job *job)
{
	if (job->step->kind != COMMAND_SNIFFER || run->single || run->schedule.apart)
		return false;
	for (size_t i = 0; i < run->plan->step_count; i++) {
		const struct plan_step *step = &run->plan->steps[i];
		if (step->kind == COMMAND_PING && !host_step_is(step) && run->schedule.state[i] != SCHEDULE_ENDED)
			return true;
	}
	return false;
}

/* A look reads all of the output anew, about 10 ns a byte: it gets at most a
 * twentieth of the time. */
static int64_t look_gap_us(size_t bytes)
{
	int64_t gap_us = (int64_t)bytes / 5;
	return gap_us > CONDUCT_LOOK_US ? gap_us : CONDUCT_LOOK_US;
}

static void look(struct conduct *run, struct session *session)
{
	struct job *job = &session->job;
	bool sniffer = job->step->kind == COMMAND_SNIFFER;
	size_t bytes = dialog_output(session->dialog).n;
	if (run->now_us - job->looked_us < look_gap_us(bytes) || (bytes == job->looked_bytes && !sniffer))
		return;
	struct arena *scratch = arena_new();
	struct str clean = clean_output(run, session, "", scratch);
	int64_t rtt = run->learned.median_rtt_us > 0 ? run->learned.median_rtt_us : 0;
	const char *decided = job_decided(scratch, job, run->plan, clean, rtt, run->now_us - job->last_output_us);
	if (run->now_us - run->alive_us >= PROGRESS_US) {
		run->alive_us = run->now_us;
		conduct_progress(run, RUN_STEP_ALIVE, job->step->id, job_progress(scratch, job, clean, run->now_us));
	}
	arena_free(scratch);
	job->looked_us = run->now_us;
	job->looked_bytes = bytes;
	if (decided && !worth_more(run, job))
		stop_command(run, session, decided);
}

/* The main command ends now; an option command has a moment to come back, so
 * that the reset can be sent. */
static void stop_job(struct conduct *run, struct session *session)
{
	struct job *job = &session->job;
	if (!job->stopping)
		job->limit_us = timestamp_earlier(job->limit_us, run->now_us + OPTION_STOPPING_US);
	job_stop(job);
	if (session->main_running)
		stop_command(run, session, run->stop_reason);
}

void conduct_limits(struct conduct *run, struct session *session)
{
	if (session->state == SESSION_LEAVING && run->now_us >= session->leave_by_us)
		session_done(session);
	if (session->state != SESSION_BUSY || dialog_state(session->dialog) != DIALOG_RUNNING)
		return;
	if (run->stopping)
		stop_job(run, session);
	const char *reason = bound_passed(run, session);
	if (reason)
		stop_command(run, session, reason);
	else if (session->main_running && !run->stopping)
		look(run, session);
}

void conduct_abandon(struct conduct *run, struct session *session)
{
	static const struct dialog_event cut = {.kind = DIALOG_EVENT_CLOSED};
	if (session->state == SESSION_BUSY) {
		struct step_end end = step_end_of(session, &cut);
		end.state = STEP_FAILED;
		end.link_lost = true;
		end.reason = lost_may_run_on(session)
		                     ? "closed before it stopped; it may still run on the device: look "
		                       "with `diagnose sys top`"
		                     : "closed before it was answered";
		cut_command(run, session, &end, run->stop_reason ? run->stop_reason : end.reason);
	}
	session_done(session);
}
