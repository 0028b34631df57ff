#ifndef FGDIAG_ECHO_H
#define FGDIAG_ECHO_H

#include <stddef.h>

#include "text.h"

/* Offset just behind the line end of a command's echo in what the device sent
 * since the command was typed; 0 when there is none (yet). Blanks, wrapping,
 * backspaces and redraws by the device's line editor do not matter. */
size_t echo_end(struct str raw, const char *command);

/* Length of the ANSI escape sequence at the start of text (CSI, OSC, two
 * bytes), 0 when there is no whole one. */
size_t escape_length(struct str text);

#endif
