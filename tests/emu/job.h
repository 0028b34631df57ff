#ifndef EMU_JOB_H
#define EMU_JOB_H

#include <stdbool.h>
#include <stdint.h>

struct console;

/* A command that takes time. `tick` prints what is due and calls
 * console_finish() at its end; `key` gets every byte typed meanwhile. */
struct job {
	const char *name; /* ping, sniffer, top */
	void (*tick)(struct job *job, struct console *console, int64_t now_us);
	/* false: not a key of this command, it goes to the next reader */
	bool (*key)(struct job *job, struct console *console, char key);
	void (*free)(struct job *job);
};

#endif
