#ifndef FGDIAG_PROCESS_H
#define FGDIAG_PROCESS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "link.h"

/* One program on the client's machine, here or over SSH: its output as it
 * comes, standard error among it. Never blocks. */
struct process;

/* Here: found on $PATH, no shell, no terminal, nothing to read, PATH and
 * LC_ALL=C as its environment. argv ends with NULL. */
struct process *process_local(const char *const *argv);

/* On a machine of SSH: the words with blanks between them as one exec request,
 * so words hold nothing that a shell reads. Options and login outlive it. */
struct process *process_ssh(const struct ssh_options *options, struct ssh_login *login, const char *const *argv,
                            int64_t now_us);

void process_step(struct process *process, int64_t now_us);
size_t process_pollfds(struct process *process, struct pollfd fds[static LINK_MAX_POLLFDS]);
int64_t process_deadline(const struct process *process);
size_t process_read(struct process *process, char *bytes, size_t max); /* 0: nothing now */

/* Has it ended, and was all of its output read? Then the status it exited
 * with, 128 and the number for a signal, -1 where that is not told. */
bool process_over(struct process *process, int *status);
const struct err *
process_error(const struct process *process); /* NULL unless it could not run, or the way to it broke */

/* As Ctrl-C: ping prints its statistics then. */
void process_interrupt(struct process *process);
void process_free(struct process *process); /* ends it where it runs still; NULL is fine */

#endif
