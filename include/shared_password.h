#ifndef FGDIAG_SHARED_PASSWORD_H
#define FGDIAG_SHARED_PASSWORD_H

#include "device.h"

/* The password for many devices, which a descriptor or the environment gives
 * only once: read before the first of them, each device has a copy of it. */

struct shared_password {
	struct secret *secret; /* NULL none */
};

/* Nobody is asked. ERR_USAGE: what is given cannot be read. */
int shared_password_take(const struct options *options, struct shared_password *out, struct err *err);
int shared_password_give(const struct shared_password *password, struct device *device, struct err *err);
void shared_password_done(struct shared_password *password); /* wipes */

#endif
