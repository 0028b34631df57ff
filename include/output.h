#ifndef FGDIAG_OUTPUT_H
#define FGDIAG_OUTPUT_H

#include <sys/types.h>

#include "buf.h"
#include "err.h"
#include "text.h"

/* Bytes to stdout (path NULL) or to a file that is written beside its place,
 * synced and renamed, mode 0600. ERR_OUTPUT; an old file stays whole then. */
int output_write(const char *path, const struct buf *bytes, struct err *err);

/* The same with a mode of its own, as far as the umask allows. */
int output_write_mode(const char *path, mode_t mode, const struct buf *bytes, struct err *err);

/* All of it, however often the descriptor makes us wait; -1 and errno. */
int output_all(int fd, struct str text);

/* Could output_write put a file there? Asked before a run, whose result would
 * else be lost. ERR_OUTPUT; NULL and stdout always could. */
int output_check(const char *path, struct err *err);

/* One line on stderr, "fgdiag: kind: sentence", hostile text made safe. */
void output_error(const struct err *err);

/* Any text on stderr as one safe line with a prefix. */
void output_note(const char *prefix, const char *text);

#endif
