#ifndef FGDIAG_FUZZ_H
#define FGDIAG_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct str fuzz_str(const uint8_t *data, size_t size)
{
	return (struct str){(const char *)data, size};
}

/* A promise that must hold for every input. */
#define PROMISE(condition)                                                         \
	do {                                                                       \
		if (!(condition)) {                                                \
			(void)fprintf(stderr, "broken promise: %s\n", #condition); \
			abort();                                                   \
		}                                                                  \
	} while (0)

#endif
