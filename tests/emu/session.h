#ifndef EMU_SESSION_H
#define EMU_SESSION_H

#include <libssh/libssh.h>

#include "world.h"

/* One SSH connection, from key exchange to its end, in a thread of its own. */
struct session_options {
	const struct world *world;
	unsigned number;
	double speed;
};

/* Frees the session. */
void session_serve(ssh_session ssh, const struct session_options *options);

/* All sessions end soon. */
void session_stop_all(void);

#endif
