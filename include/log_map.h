#ifndef FGDIAG_LOG_MAP_H
#define FGDIAG_LOG_MAP_H

#include <stdbool.h>
#include <stddef.h>

/* A file's bytes where they lie in the page cache, without a copy. One that
 * becomes shorter meanwhile (a rotation that truncates) reads as zeros from
 * there on, and is told of: it does not end the program. One at a time. */

struct log_map {
	const char *bytes;
	size_t n;
};

/* False where the file cannot be mapped; it is read then. */
bool log_map_open(struct log_map *map, int fd, size_t n);
bool log_map_shrunk(const struct log_map *map);
void log_map_close(struct log_map *map);

#endif
