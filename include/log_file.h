#ifndef FGDIAG_LOG_FILE_H
#define FGDIAG_LOG_FILE_H

#include <stddef.h>

#include "err.h"

/* A log as it lies on a disk: plain, gzip or zstd, told apart by its first
 * bytes; also several of a kind one after the other. */

struct log_file;

/* path "-": stdin. NULL with ERR_USAGE: cannot be opened, a folder. */
struct log_file *log_file_open(const char *path, struct err *err);

/* The next bytes of the plain log: *bytes stays until the next call, *n is 0 at
 * the end. ERR_USAGE: damaged, ends in the middle, cannot be read. */
int log_file_read(struct log_file *file, const char **bytes, size_t *n, struct err *err);
void log_file_close(struct log_file *file);

/* "zlib 1.2.13", "zstd 1.5.4". */
const char *log_file_zlib(void);
const char *log_file_zstd(void);

#endif
