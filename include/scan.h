#ifndef FGDIAG_SCAN_H
#define FGDIAG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "text.h"

/* The lines of a log that speak of ip-conn, out of a stream of blocks of any
 * size: the literal is found first, and only the line around it is looked at. */

#define SCAN_MAX_LINE ((size_t)1024 * 1024)

struct scan_line {
	struct str text; /* without its line end; the beginning of one that is too long */
	uint64_t offset; /* of its first byte in the stream */
	bool too_long;   /* over SCAN_MAX_LINE */
};

struct scan {
	void (*line)(void *arg, const struct scan_line *line);
	void *arg;
	const char *(*find)(const char *p, const char *end);
	uint64_t offset;  /* of the next block */
	struct buf carry; /* a line that the last block did not end */
	uint64_t carry_offset;
	size_t carry_seen; /* bytes of it in which the literal is not */
	bool carry_has;    /* the literal */
	bool skipping;     /* the rest of a line that is too long */
};

/* `line` is called for each such line, in order; its text lasts for the call. */
void scan_init(struct scan *scan, void (*line)(void *arg, const struct scan_line *line), void *arg);
void scan_feed(struct scan *scan, const char *bytes, size_t n);
void scan_end(struct scan *scan); /* a last line without a line end counts */
void scan_done(struct scan *scan);

/* The first "ip-conn" between p and end, or NULL: the portable way, and the one
 * that this processor does fastest. */
const char *scan_find_plain(const char *p, const char *end);
const char *(*scan_find_fastest(void))(const char *p, const char *end);

#endif
