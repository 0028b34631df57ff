#ifndef FGDIAG_HOST_COMMAND_H
#define FGDIAG_HOST_COMMAND_H

#include <stddef.h>

#include "arena.h"
#include "command.h"
#include "err.h"
#include "text.h"

/* The closed table of what may run on the client's machine: argument vectors
 * with typed slots, compared word by word. No shell takes part here; over SSH
 * the words go out with blanks between them, and none of them can hold one, nor
 * anything else that a shell reads. */
struct host_shape {
	const char *shape; /* slots <N-M> and <ip> */
	enum command_kind kind;
};
extern const struct host_shape host_shapes[];
extern const size_t host_shape_count;

/* The shape of a command, or NULL with ERR_PLAYBOOK. */
const struct host_shape *host_command_find(struct str command, struct err *err);

/* Its words; ends with NULL. */
const char *const *host_command_argv(struct arena *arena, struct str command);

#endif
