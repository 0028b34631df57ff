#ifndef EMU_SESSIONS_H
#define EMU_SESSIONS_H

#include <stdbool.h>

#include "addr.h"

/* The session table and its filter, which is a CLI session's own. */

struct console;

struct session_filter {
	struct addr src, dst; /* family 0: any */
	long proto, dport;    /* 0: any */
};

/* diagnose sys session filter | list, and session6. */
void run_session_filter(struct console *console, int argc, char **argv);
void run_session_list(struct console *console, int argc, char **argv);
void run_session6_filter(struct console *console, int argc, char **argv);
void run_session6_list(struct console *console, int argc, char **argv);

#endif
