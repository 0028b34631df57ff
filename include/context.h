#ifndef FGDIAG_CONTEXT_H
#define FGDIAG_CONTEXT_H

#include <stdbool.h>

#include "conduct.h"
#include "read.h"

/* Where on a device with VDOMs the account stands, learned from its prompt,
 * from `get system status` and from what `sudo` answers. */

/* A session has come to its first prompt. */
void context_prompt(struct conduct *run, const struct session *session);

/* `get system status` was answered. */
void context_status(struct conduct *run, const struct read_input *input, struct arena *arena);

/* What a step's output says of the device's CPU and memory. */
void context_load(struct conduct *run, const struct read_input *input, const char *reader, struct arena *arena);

/* A main command was answered with `clean`. True when it is to be sent again
 * without sudo, because an account that is limited to its VDOM has none. Tried
 * once for each right, and only where the bare command is about the same; where
 * that is refused likewise, sudo was not what was missing. */
bool context_wants_retry(struct conduct *run, const struct session *session, struct str clean);

#endif
