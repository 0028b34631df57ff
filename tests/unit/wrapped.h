#ifndef FGDIAG_TEST_WRAPPED_H
#define FGDIAG_TEST_WRAPPED_H

/* Calls of a library that fail when a test says so. The Makefile links such a
 * test with --wrap for each name in its WRAPPED_ list. */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

struct failing {
	const char *call;
	int error;
	unsigned after; /* so many calls go well first */
	unsigned times; /* and so many then fail */
};
static struct failing failing[3];

/* The call fails `times` times after it went well `after` times; 0 forgets it. */
static inline void let_fail(const char *call, unsigned after, unsigned times, int error)
{
	for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
		if (failing[i].times && strcmp(failing[i].call, call) != 0)
			continue;
		failing[i] = (struct failing){call, error, after, times};
		return;
	}
}

static inline void let_none_fail(void)
{
	memset(failing, 0, sizeof failing);
}

static inline bool fails(const char *call)
{
	for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
		if (!failing[i].times || strcmp(failing[i].call, call) != 0)
			continue;
		if (failing[i].after) {
			failing[i].after--;
			return false;
		}
		failing[i].times--;
		errno = failing[i].error;
		return true;
	}
	return false;
}

/* One that takes its arguments as they are, and gives `bad` when it fails. */
#define WRAP(type, call, bad, params, args)                       \
	type __real_##call params;                                \
	type __wrap_##call params;                                \
	type __wrap_##call params                                 \
	{                                                         \
		return fails(#call) ? (bad) : __real_##call args; \
	}

#endif
