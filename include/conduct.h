#ifndef FGDIAG_CONDUCT_H
#define FGDIAG_CONDUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "host_job.h"
#include "run.h"
#include "schedule.h"
#include "session.h"

/* A run under way: what its sessions do and what has been learned. run.c turns
 * the loop; conduct.c acts on what a session says. */

enum { CONDUCT_MAX_SESSIONS = RUN_MAX_SESSIONS, CONDUCT_MAX_HOST_JOBS = RUN_MAX_HOST_JOBS };

#define CONDUCT_LOOK_US     INT64_C(250000)  /* how often a stop rule is asked */
#define CONDUCT_CLEAN_UP_US INT64_C(5000000) /* for stopping, resetting and leaving */

/* May this account use sudo? */
enum conduct_sudo {
	CONDUCT_SUDO_UNTRIED,
	CONDUCT_SUDO_TRIAL, /* a refused command is tried without */
	CONDUCT_SUDO_KNOWN
};

struct conduct {
	struct arena *arena;
	const struct plan *plan;
	const struct run_options *options;
	struct transcript *transcript;
	struct schedule schedule;
	const char **lanes;
	size_t lane_count;
	struct session sessions[CONDUCT_MAX_SESSIONS];
	size_t session_count;
	struct host_job hosts[CONDUCT_MAX_HOST_JOBS];
	struct plan_learned learned;
	enum conduct_sudo sudo;
	const char *sudo_right; /* the right of the command that is or was tried without */
	bool sudo_unknown;      /* its answer to sudo was that of an unknown first word */
	int64_t start_us, soft_us, hard_us;
	int64_t alive_us; /* last progress of a running step */
	int64_t now_us;
	int64_t again_us; /* when a step may begin by time alone */
	bool single;      /* the device gives no second session */
	bool stopping;    /* no new step begins */
	bool abandon;     /* second signal or hard limit: close now */
	bool signalled;
	const char *stop_reason;
	bool have_trouble;
	struct err trouble;
};

void conduct_progress(struct conduct *run, enum run_progress_kind kind, const char *step, const char *text);

/* Note the first run-level trouble; later ones are dropped. */
void conduct_trouble(struct conduct *run, const struct err *trouble);

/* Begin no new step, end what runs, and be gone within CONDUCT_CLEAN_UP_US;
 * kind ERR_NONE is no trouble. */
void conduct_stop(struct conduct *run, enum err_kind kind, const char *reason);

void conduct_open(struct conduct *run); /* one more session; without room for it, all lanes share what there is */
bool conduct_logged_in(const struct conduct *run);

/* Whether what the run has learned makes a step needless, for which no session
 * is then opened either. */
bool conduct_needless(const struct conduct *run, size_t index);

void conduct_begin(struct conduct *run, struct session *session, size_t index);
void conduct_skip(struct conduct *run, size_t index, const char *reason);

/* Act on what a session's dialogue and link report. */
void conduct_events(struct conduct *run, struct session *session);

/* End what passed its bounds or decided its stop rule. */
void conduct_limits(struct conduct *run, struct session *session);

/* Close a session whatever it does; a command that it cuts is noted as failed. */
void conduct_abandon(struct conduct *run, struct session *session);

#endif
