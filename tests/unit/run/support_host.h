#ifndef FGDIAG_TEST_SUPPORT_HOST_H
#define FGDIAG_TEST_SUPPORT_HOST_H

#include <stdbool.h>

#include "process.h"

/* The client's machine of a scripted run, and what was done there. */
struct host_script {
	bool unreachable; /* no program starts */
	bool deaf;        /* an interrupt ends nothing */

	unsigned started, alive, interrupts;
};

extern struct host_script host;

struct process *host_start(void *arg, const char *const *argv, int64_t now_us);

#endif
