#ifndef FGDIAG_BATCH_FILE_H
#define FGDIAG_BATCH_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "verdict.h"

/* Where the results of a batch go, a line each, the moment it is there; and what
 * an earlier batch left in that file. */

struct batch_done {
	const char *key;
	const char *device; /* NULL none */
	int64_t began_us;   /* 0: nobody was asked */
	bool whole;         /* came to its end: it is not repeated */
	enum state state;   /* of its verdict */
};

struct batch_file {
	int fd;
	const char *path;        /* for messages */
	struct batch_done *done; /* in the order of the file; the last one of a key counts */
	size_t done_count, done_capacity;
};

/* stdout with path NULL; a file that is made anew, or with `resume` kept and gone
 * on with: a last line that was cut is taken away. ERR_OUTPUT; ERR_BUSY: another
 * batch writes it. */
int batch_file_open(struct arena *arena, const char *path, bool resume, struct batch_file *out, struct err *err);
int batch_file_add(struct batch_file *file, const struct buf *line, struct err *err);
int batch_file_close(struct batch_file *file, struct err *err);

/* The last of its key; NULL for none. */
const struct batch_done *batch_file_find(const struct batch_file *file, const char *key);

#endif
