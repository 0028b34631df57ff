#ifndef FGDIAG_CLIENT_HOST_H
#define FGDIAG_CLIENT_HOST_H

#include <stdint.h>

#include "arena.h"
#include "device.h"
#include "err.h"
#include "ip.h"
#include "options.h"
#include "process.h"

/* Where the steps `on: host` run: here, on a machine of SSH, or nowhere. */
struct client_host {
	bool local;
	struct options options; /* of the device, with the host's own in their places */
	struct device machine;  /* not local */
};

/* --host, or "local" where the client is one of this machine's addresses; NULL
 * for nowhere. */
const char *client_host_name(const struct options *options, const struct ip *client);

/* `name` is not NULL. ERR_USAGE and the like as device_parse. */
int client_host_parse(struct arena *arena, const struct options *options, const char *name, struct client_host *out,
                      struct err *err);

/* For run_options.start; arg is a client_host. */
struct process *client_host_start(void *arg, const char *const *argv, int64_t now_us);
void client_host_done(struct client_host *host);

#endif
