#ifndef FGDIAG_SPAWN_H
#define FGDIAG_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

/* Child programs, started with an argument vector: no shell takes part. A
 * child gets three descriptors and none of the others that we have open. */
struct spawn {
	const char *const *argv; /* argv[0] is an absolute path; ends with NULL */
	const char *const *env;  /* NAME=value, ends with NULL */
	int fds[3];              /* become its standard input, output and error; -1 is /dev/null */
	bool may_ask;            /* stays at our terminal to ask there, and leaves Ctrl-C to us;
	                            else it gets a session of its own, without a terminal */
};

/* The child's id, or -1 with ERR_INTERNAL where the program cannot be started.
 * The descriptors stay the caller's. */
pid_t spawn_start(const struct spawn *spawn, struct err *err);

/* True when the child has ended, and is reaped then; *status is waitpid's. */
bool spawn_ended(pid_t pid, int *status);

/* Wait for its end for so long, then SIGTERM, then SIGKILL; reaps it. */
void spawn_end(pid_t pid, int64_t patience_us);

/* Run to its end, with nothing to read. Its standard output goes into `out`,
 * the beginning of its standard error into `errors`, both made by the caller
 * with the size they may have. Returns the exit status (128 and the number for
 * a signal), or -1 with ERR_TIMEOUT or, where `out` is too small,
 * ERR_INTERNAL: it is ended then. */
int spawn_output(struct spawn *spawn, int64_t time_us, struct buf *out, struct buf *errors, struct err *err);

/* The last lines of what a child wrote to its standard error, as one: "a; b".
 * Hostile text still. */
void spawn_said(struct str errors, struct buf *out);

/* Absolute path of a program on $PATH (its absolute folders), NULL when there
 * is none. */
const char *spawn_find(struct arena *arena, const char *name);

/* Our environment for a child: without our password, and only the variables
 * in `kept` (ends with NULL) where that is given; messages in English. */
const char *const *spawn_env(struct arena *arena, const char *const *kept);

#endif
