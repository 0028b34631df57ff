#ifndef FGDIAG_DEVICE_H
#define FGDIAG_DEVICE_H

#include "arena.h"
#include "err.h"
#include "link.h"
#include "options.h"

/* $FGDIAG_PASSWORD, taken out of the environment as soon as the program runs:
 * no child inherits it, and /proc shows it no longer. */
struct env_password {
	bool given;
	struct secret *secret; /* NULL: taken already, or `err` tells what is wrong with it */
	struct err err;
};
void env_password_take(struct env_password *out);
void env_password_done(struct env_password *password); /* wipes */

/* The device that the options name, as SSH options. Owned by the arena. */
struct device {
	struct ssh_options ssh;
	const char *name;       /* as given, for messages and the transcript */
	struct ssh_login login; /* shared by all sessions of the run */
	const struct options *options;
	struct secret *password; /* read ahead by device_password, or NULL */
	bool unattended;         /* one of many: nobody is asked */
};

/* [USER@]HOST[:PORT], [V6] in brackets where a port follows; ERR_USAGE. */
int device_parse(struct arena *arena, const struct options *options, struct device *out, struct err *err);

/* "HOST port N" and what leads there, the same for every name of it in the configuration. */
const char *device_key(struct arena *arena, const struct device *device);

/* The password where descriptor, file or $FGDIAG_PASSWORD give one, read now if the
 * login has not asked for it yet: *out is kept by the device and its login,
 * NULL where a person would be asked. */
int device_password(struct device *device, const struct secret **out, struct err *err);
void device_done(struct device *device); /* wipes it */

/* For ssh_login.ask: a password from descriptor, file, the terminal where stdin
 * is one, then $FGDIAG_PASSWORD; everything else from the terminal only. */
struct secret *device_ask(void *device, const struct ssh_question *question, struct err *err);

#endif
