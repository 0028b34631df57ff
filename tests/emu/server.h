#ifndef EMU_SERVER_H
#define EMU_SERVER_H

#include <libssh/server.h>
#include <stdbool.h>

#include "world.h"

/* The SSH side: one thread per connection. */
struct server {
	const struct world *world;
	double speed;
	ssh_bind bind;
	int *listen_fds; /* of each device */
	size_t device_count;
	unsigned port;
	char fingerprint[128]; /* SHA256:… */
};

/* Listens on 127.0.0.1 and the addresses after it, one for each device; port 0
 * takes a free one. Dies on failure. */
void server_open(struct server *server, const struct world *world, double speed, unsigned port, const char *key_file,
                 size_t devices);

/* Serves until stop_fd is readable, then ends all sessions. False where some go
 * on nevertheless: what they use must stay. */
bool server_run(struct server *server, int stop_fd);
void server_close(struct server *server);

#endif
