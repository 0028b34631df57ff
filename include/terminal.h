#ifndef FGDIAG_TERMINAL_H
#define FGDIAG_TERMINAL_H

#include <stdbool.h>

#include "options.h"
#include "report.h"

/* What may be shown where. */

/* Columns of the terminal at a descriptor, 80 where it is none. */
unsigned terminal_columns(int fd);

/* May a line be overwritten there? Not in a pipe, nor with TERM=dumb. */
bool terminal_is_live(int fd);

/* Of what goes to stdout, or to --output: $COLUMNS, else the terminal's width;
 * colour by --color, NO_COLOR, FORCE_COLOR, TERM and whether it is a terminal,
 * in that order. A file has 80 columns and no colour. */
struct report_style terminal_style(const struct options *options);

#endif
