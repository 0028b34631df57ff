#ifndef FGDIAG_SECRET_H
#define FGDIAG_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* A password or passphrase in memory of its own: locked where the system
 * allows, out of core dumps, wiped when done. Never on argv. */

#define SECRET_MAX_BYTES 1024

struct secret;

/* A secret's bytes, NUL-terminated; NULL secret gives NULL. */
const char *secret_text(const struct secret *secret);
void secret_free(struct secret *secret); /* wipes; NULL is fine */

/* Read up to the first newline (which is not part of it) or the end.
 * ERR_USAGE with what to do: unreadable, empty, too long, NUL inside; for a
 * file also: symlink, not a regular file, not ours, others may read it (root's
 * in $CREDENTIALS_DIRECTORY is ours: systemd made it for this service). */
struct secret *secret_from_fd(int fd, struct err *err);
struct secret *secret_from_file(const char *path, struct err *err);
/* From an environment variable, which is wiped and removed from our environment. */
struct secret *secret_from_env(const char *name, struct err *err);
struct secret_question {
	const char *prompt; /* printed as given, "password for admin@fgt: ", through text_add_safe */
	bool echo;          /* what is typed is shown */
	bool may_be_empty;
};
/* Ask on /dev/tty. The terminal is restored on every way
 * out: a signal stays pending until that is done. ERR_AUTH when there is no
 * terminal or nothing was typed, ERR_INTERRUPTED on Ctrl-C. */
struct secret *secret_from_tty(const struct secret_question *question, struct err *err);
struct secret *secret_copy(const char *text, struct err *err);

/* Once, at the start of the program, before a secret is read: no core dumps,
 * not dumpable. */
void secret_protect_process(void);

#endif
