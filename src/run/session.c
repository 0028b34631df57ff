#include "session.h"
#include "timestamp.h"

#include <string.h>

enum { READ_BYTES = 16 * 1024, READS_PER_PUMP = 64 };

static const int64_t LEAVE_US = 1000000;

void session_open(struct session *session, struct link *link)
{
	*session = (struct session){.link = link, .state = SESSION_OPENING, .lane = "login"};
}

void session_done(struct session *session)
{
	if (session->link) {
		link_close(session->link);
		link_free(session->link);
	}
	dialog_free(session->dialog);
	session->link = NULL;
	session->dialog = NULL;
	session->running = NULL;
	session->state = SESSION_GONE;
}

static void count_lines(struct session *session, const char *bytes, size_t n, int64_t now_us)
{
	if (!session->main_running || n == 0)
		return;
	session->job.last_output_us = now_us;
	for (size_t i = 0; i < n; i++)
		session->job.lines += bytes[i] == '\n';
}

static void receive(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us)
{
	char bytes[READ_BYTES];
	for (unsigned i = 0; i < READS_PER_PUMP; i++) {
		size_t n = link_read(session->link, bytes, sizeof bytes);
		if (n == 0)
			break;
		transcript_output(transcript, now_us - start_us, session->lane, (struct str){bytes, n});
		count_lines(session, bytes, n, now_us);
		dialog_feed(session->dialog, (struct str){bytes, n}, now_us);
	}
}

void session_pump(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us)
{
	if (session->state == SESSION_GONE || !session->link)
		return;
	link_step(session->link, now_us);
	if (link_state(session->link) == LINK_UP && !session->dialog)
		session->dialog = dialog_new(&dialog_default_limits, now_us);
	if (!session->dialog)
		return;
	receive(session, transcript, start_us, now_us);
	if (link_eof(session->link) || link_state(session->link) == LINK_DOWN)
		dialog_end(session->dialog, now_us);
	dialog_tick(session->dialog, now_us);
	session_flush(session, transcript, start_us, now_us);
}

void session_flush(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us)
{
	if (!session->dialog || !session->link)
		return;
	for (;;) {
		struct str pending = dialog_pending(session->dialog);
		if (pending.n == 0)
			return;
		size_t n = link_write(session->link, pending.p, pending.n);
		if (n == 0)
			return;
		transcript_input(transcript, now_us - start_us, session->lane, (struct str){pending.p, n});
		dialog_sent(session->dialog, n);
	}
}

int session_command(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us,
                    const char *id, const char *full, struct err *err)
{
	if (dialog_command(session->dialog, full, now_us, err) < 0)
		return -1;
	session->running = id;
	session->command = full;
	transcript_begin(transcript, now_us - start_us, session->lane, id, full, session->scope ? session->scope : "");
	session_flush(session, transcript, start_us, now_us);
	return 0;
}

void session_command_over(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us,
                          const struct step_end *end)
{
	if (session->running)
		transcript_end(transcript, now_us - start_us, session->lane, session->running, end);
	session->running = NULL;
	session->main_running = false;
}

void session_leave(struct session *session, int64_t now_us)
{
	if (session->state == SESSION_GONE || session->state == SESSION_LEAVING)
		return;
	if (session->dialog && dialog_state(session->dialog) == DIALOG_IDLE &&
	    dialog_command(session->dialog, "exit", now_us, NULL) == 0) {
		session->state = SESSION_LEAVING;
		session->leave_by_us = now_us + LEAVE_US;
		return;
	}
	session_done(session);
}

int64_t session_deadline(const struct session *session)
{
	int64_t when = INT64_MAX;
	if (session->state == SESSION_GONE)
		return when;
	when = link_deadline(session->link);
	if (session->dialog)
		when = timestamp_earlier(when, dialog_deadline(session->dialog));
	if (session->state == SESSION_LEAVING)
		when = timestamp_earlier(when, session->leave_by_us);
	return when;
}
