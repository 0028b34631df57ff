#ifndef FGDIAG_PROMPT_H
#define FGDIAG_PROMPT_H

#include <stdbool.h>

#include "text.h"

/* A FortiOS prompt as printed: "HOST # ", "HOST(Primary) (global) $ ". */

#define PROMPT_HOST_BYTES    35
#define PROMPT_CONTEXT_BYTES 79
#define PROMPT_MAX_BYTES     160

struct prompt {
	char text[PROMPT_MAX_BYTES + 1]; /* whole, with its last blank */
	char host[PROMPT_HOST_BYTES + 1];
	char context[PROMPT_CONTEXT_BYTES + 1]; /* of a "(context)" behind host and role, "" for none */
	char mark;                              /* '#' or '$' */
};

/* Is the whole line a prompt, last blank included? */
bool prompt_parse(struct str line, struct prompt *out);

#endif
