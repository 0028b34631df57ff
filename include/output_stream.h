#ifndef FGDIAG_OUTPUT_STREAM_H
#define FGDIAG_OUTPUT_STREAM_H

#include <stddef.h>

#include "arena.h"
#include "err.h"

/* Bytes too many to hold, into a file: written beside its place with mode
 * 0600, synced and renamed when done. Binary, so never to a terminal. */
struct output_stream;

/* path NULL is stdout. ERR_OUTPUT: cannot be opened, or is a terminal. */
struct output_stream *output_stream_open(struct arena *arena, const char *path, struct err *err);

/* A failure is kept and told by output_stream_commit. */
void output_stream_write(void *stream, const void *bytes, size_t n);

/* The file takes its place. ERR_OUTPUT: it does not, and an old file stays. */
int output_stream_commit(struct output_stream *stream, struct err *err);

/* As if nothing had been written; what went to stdout stays there. */
void output_stream_drop(struct output_stream *stream);

#endif
