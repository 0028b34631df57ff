#ifndef FGDIAG_INPUT_H
#define FGDIAG_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "arena.h"
#include "err.h"
#include "text.h"

/* As read(), but it waits where the descriptor does not. */
ssize_t input_read(int fd, char *bytes, size_t n);

/* All that a descriptor gives; path is for messages. ERR_USAGE. */
int input_fd(struct arena *arena, int fd, const char *path, size_t max_bytes, struct str *out, struct err *err);

/* A whole file ("-" is stdin) of at most max_bytes; the text lives in the
 * arena. ERR_USAGE: cannot be read, a folder, too long. */
int input_file(struct arena *arena, const char *path, size_t max_bytes, struct str *out, struct err *err);

/* As input_file, for what decides on a run: refused, as `kind`, when others
 * could have written it. */
int input_trusted(struct arena *arena, const char *path, size_t max_bytes, enum err_kind kind, struct str *out,
                  struct err *err);

/* The same for a playbook. */
int input_playbook(struct arena *arena, const char *path, struct str *out, struct err *err);

/* The playbooks that are part of the program. */
struct builtin_playbook {
	const char *name;
	const unsigned char *text;
	size_t n;
};
extern const struct builtin_playbook builtin_playbooks[];
extern const size_t builtin_playbook_count;

/* A playbook by built-in name, else by file (a name with a / or a . in it). */
int playbook_load(struct arena *arena, const char *name, struct str *out, struct err *err);

#endif
