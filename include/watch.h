#ifndef FGDIAG_WATCH_H
#define FGDIAG_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "prompt.h"

/* Looks at a console stream byte by byte for what stands at its very end: a
 * prompt or the pager. Its state depends on the bytes alone, never on how they
 * were cut into reads. */

enum watch_place {
	WATCH_TEXT,
	WATCH_PROMPT,   /* the stream ends with a prompt */
	WATCH_PROMPT_Q, /* … with a prompt and a 'q' typed at it */
	WATCH_PAGER,    /* … with the pager's question */
	WATCH_MORE,     /* … with the pager's question but for its last blank */
	WATCH_FOREIGN,  /* … with the prompt of another host */
};

enum { WATCH_ESCAPE_MAX = 32, WATCH_MORE_BYTES = 9 };

struct watch {
	const char *host; /* only this host's prompt counts; NULL for any */
	enum watch_place place;
	struct prompt prompt;  /* the latest prompt seen */
	struct prompt foreign; /* the latest of another host */
	bool after_blank;      /* … and an empty line preceded it */
	bool passed;           /* such a prompt was seen, but text followed */
	size_t lines;          /* line feeds seen */
	size_t pages;          /* pager questions seen */
	/* private */
	char line[PROMPT_MAX_BYTES];
	size_t length; /* of line; one more than fits when it is too long to be a prompt */
	char tail[WATCH_MORE_BYTES];
	bool visible;      /* something was printed since the last line feed */
	bool blank_before; /* the line before this one is empty */
	size_t escape;     /* bytes of an escape sequence so far; 0 outside of one */
};

/* Start a new stream at the start of a line; host is borrowed, may be NULL. */
void watch_init(struct watch *watch, const char *host);
void watch_feed(struct watch *watch, struct str bytes);

#endif
