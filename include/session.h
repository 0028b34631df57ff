#ifndef FGDIAG_SESSION_H
#define FGDIAG_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "dialog.h"
#include "job.h"
#include "link.h"
#include "transcript.h"

/* One CLI session of the device while a plan runs: its link, its dialogue and
 * the job it works on. Every byte either way goes into the transcript under
 * the lane the session works for. */

enum session_state {
	SESSION_OPENING, /* link or login not there yet */
	SESSION_READY,   /* at the prompt, no job */
	SESSION_BUSY,    /* a job runs */
	SESSION_LEAVING, /* exit was sent */
	SESSION_GONE,    /* closed; the struct keeps why */
};

struct session {
	struct link *link;
	struct dialog *dialog; /* NULL until the link is up */
	enum session_state state;
	const char *lane; /* "login" before the first job */
	bool logged_in;
	struct job job;      /* valid while busy */
	const char *running; /* transcript id of the running command, or NULL */
	const char *command; /* and its text as typed */
	const char *scope;
	bool main_running; /* the running command is the job's main one */
	int64_t leave_by_us;
};

void session_open(struct session *session, struct link *link);
void session_done(struct session *session); /* closes and frees; the struct stays as GONE */

/* Move bytes both ways as far as they go without waiting. start_us is the
 * moment that transcript times count from. */
void session_pump(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us);
void session_flush(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us);

/* Start a command; full is the text to type (scope included). */
int session_command(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us,
                    const char *id, const char *full, struct err *err);

/* Note the end of the running command in the transcript. */
void session_command_over(struct session *session, struct transcript *transcript, int64_t start_us, int64_t now_us,
                          const struct step_end *end);

/* Say exit at the prompt, or close at once where there is none. */
void session_leave(struct session *session, int64_t now_us);

/* Next moment at which something must be done by time alone. */
int64_t session_deadline(const struct session *session);

#endif
