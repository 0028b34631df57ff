#ifndef FGDIAG_RUN_H
#define FGDIAG_RUN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "link.h"
#include "plan.h"
#include "process.h"
#include "transcript.h"

/* The runner: one thread, one poll loop, one SSH session per lane where the
 * device allows that. */

enum run_progress_kind {
	RUN_CONNECTING,
	RUN_LOGGED_IN,
	RUN_STEP_BEGIN,
	RUN_STEP_ALIVE,
	RUN_STEP_END,
	RUN_STOPPING,
	RUN_NOTE
};

struct run_progress {
	enum run_progress_kind kind;
	const char *step; /* or NULL */
	const char *text; /* command, reason, count so far; hostile parts not encoded */
	int64_t now_us;   /* since the start */
};

struct run_options {
	/* Opens a session; called for the first and for each further one. */
	struct link *(*open)(void *arg, int64_t now_us);
	void *open_arg;
	/* Starts a program on the client's machine; NULL where there is none. */
	struct process *(*start)(void *arg, const char *const *argv, int64_t now_us);
	void *start_arg;
	int wake_fd; /* readable when a signal asks to stop; -1 for none */
	void (*progress)(void *arg, const struct run_progress *progress); /* may be NULL */
	void *progress_arg;
	unsigned ssh_port;
	int64_t clean_up_us; /* from a stop to the end of the run at the latest; 0 for five seconds */
	int64_t wait_us;     /* --wait: keep capturing until the client tries again; 0 for not */
};

/* A run that somebody turns who turns others too. Everything given outlives it;
 * it lives in the arena. */
struct conduct;
enum { RUN_MAX_SESSIONS = 8, RUN_MAX_HOST_JOBS = 4 };
#define RUN_MAX_POLLFDS ((RUN_MAX_SESSIONS + RUN_MAX_HOST_JOBS) * LINK_MAX_POLLFDS)

/* Begins to connect. */
struct conduct *run_new(struct arena *arena, const struct plan *plan, const struct run_options *options,
                        struct transcript *transcript, int64_t now_us);
/* All that can be done without waiting; false when nothing is left to do. */
bool run_turn(struct conduct *run, int64_t now_us);
/* What to wait for until the next turn, and until when at most. */
size_t run_pollfds(struct conduct *run, struct pollfd fds[static RUN_MAX_POLLFDS]);
int64_t run_deadline(const struct conduct *run);
/* Stop in good order; a second one means at once. */
void run_interrupt(struct conduct *run, int64_t now_us);
/* Closes what is open; as run_plan() returns. */
int run_end(struct conduct *run, struct err *err);

/* Run a plan. The transcript (header already described) receives every byte
 * and marker. Always ends within plan->time_us (plus wait_us) and leaves
 * nothing running or set on the device while a link lives. Returns 0 when the
 * run came to its end, -1 with the trouble (also noted in the transcript) when
 * it could not start, was interrupted or ran out of time; what was gathered is
 * in the transcript either way. */
int run_plan(struct arena *arena, const struct plan *plan, const struct run_options *options,
             struct transcript *transcript, struct err *err);

#endif
