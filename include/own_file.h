#ifndef FGDIAG_OWN_FILE_H
#define FGDIAG_OWN_FILE_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"

/* Files that only we may have written, in folders of ours: what stands there
 * decides whether a device is asked. Links are not followed. */

/* A folder of ours that nobody else may write to, made with its parents where
 * it is missing. A descriptor, or -1 with ERR_OUTPUT. */
int own_folder_open(const char *path, struct err *err);

/* A regular file of ours that nobody else may write to, relative to the folder
 * (AT_FDCWD: a path), made with mode 0600 where flags have O_CREAT. A
 * descriptor, or -1 with ERR_OUTPUT; *missing, which may be NULL, tells that
 * there is none. */
int own_file_open(int folder, const char *name, int flags, bool *missing, struct err *err);

/* A number of a text, for telling texts apart (FNV-1a). */
unsigned long long own_file_number(const char *text);

/* Any text as a file's name: small letters, digits, '.' and '-' stay, other
 * bytes become %XX; a long one is cut and ends in a number of all of it. */
const char *own_file_name(struct arena *arena, const char *text);

#endif
