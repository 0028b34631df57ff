#ifndef FGDIAG_LINES_H
#define FGDIAG_LINES_H

#include <stdbool.h>

#include "text.h"

/* The whole lines of an output, counted from 1. A last line without its LF was
 * cut, perhaps inside a number, and is not given. */
struct lines {
	struct str rest;
	struct str line; /* without LF and CR */
	unsigned number;
};

void lines_init(struct lines *lines, struct str text);
bool lines_next(struct lines *lines);

#endif
