#ifndef FGDIAG_STATE_FILE_H
#define FGDIAG_STATE_FILE_H

#include "arena.h"
#include "err.h"
#include "history.h"

/* Where a probe's history stands between its runs. */

/* The file: as given with --state, else one for the account on the device in the
 * folder of $XDG_STATE_HOME, $STATE_DIRECTORY or $HOME; NULL where there is none. */
const char *state_file_path(struct arena *arena, const char *given, const char *account);

/* No file is an empty history. *damaged: words for one that was not taken, or
 * NULL. ERR_OUTPUT: it cannot be trusted or read; nothing is asked then. */
int state_file_read(struct arena *arena, const char *path, struct history *out, const char **damaged, struct err *err);

/* The folder of a path that nobody gave. */
int state_file_make_folder(struct arena *arena, const char *path, struct err *err);

/* Written beside and renamed; removed where nothing is to be remembered. */
int state_file_write(const char *path, const struct history *history, struct err *err);
int state_file_remove(const char *path, struct err *err);

#endif
