#ifndef EMU_CONSOLE_H
#define EMU_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job.h"
#include "ping_options.h"
#include "sessions.h"
#include "text.h"
#include "world.h"

/* One CLI session: keys in, bytes out; knows nothing of SSH. */

enum console_mode {
	CONSOLE_BANNER,   /* waits for 'a' */
	CONSOLE_QUESTION, /* asks in place of a prompt; nobody may answer */
	CONSOLE_LINE,     /* at the prompt */
	CONSOLE_RUN,      /* a command prints */
	CONSOLE_PAGER,    /* at --More-- */
	CONSOLE_OVER,     /* said goodbye; close when the output is written */
};

enum console_where {
	WHERE_ALL, /* a device without VDOMs */
	WHERE_TOP, /* outside of the VDOMs of a device that has some */
	WHERE_GLOBAL,
	WHERE_VDOM,
};

struct console {
	const struct world *world;
	unsigned session;
	long rows;
	enum console_mode mode;
	enum console_where home;  /* where the prompt stands */
	enum console_where where; /* where the command that runs stands: sudo moves it */
	char context[64];         /* in the prompt's parentheses */
	char line[1024];
	size_t line_n;
	char command[1024];
	struct text out;  /* to be sent */
	struct text body; /* printed, and not yet past the pager */
	struct text keys; /* typed ahead */
	long page_lines;
	bool paged, finished, cut;
	size_t command_bytes;
	char grep[128];
	int64_t ready_us; /* nothing goes out before */
	struct job *job;
	unsigned ping_runs;
	struct ping_options ping_options, ping6_options;
	struct session_filter session_filter[2]; /* of the tables of IPv4 and IPv6 */
	const char *goodbye;                     /* why it ended */
};

struct console *console_new(const struct world *world, unsigned session, long rows);

/* Banner or prompt; with `refused` the words about too many administrators. */
void console_start(struct console *console, bool refused);
void console_input(struct console *console, const char *bytes, size_t n);
void console_tick(struct console *console);

/* Is a command running that wants ticks? */
bool console_busy(const struct console *console);

/* Logs what the session leaves behind, and frees it. */
void console_free(struct console *console);

/* ---- for commands ---- */

/* Output of the command that runs. */
void console_print(struct console *console, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void console_finish(struct console *console);
void console_leave(struct console *console, const char *why);

#endif
