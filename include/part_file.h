#ifndef FGDIAG_PART_FILE_H
#define FGDIAG_PART_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/* A file that is written beside its place with a mode of its own, synced, and renamed
 * when it is whole: whatever fails, an old file stays as it was and nothing is
 * left beside it. Devices, pipes and open descriptors (/dev/stdout) have
 * nothing to rename and are written in place. One file at a time. */
struct part_file {
	int fd;
	const char *path; /* the caller's */
	bool in_place;
};

bool part_file_is_in_place(const char *path);

/* All: -1 and errno. The umask takes from the mode. */
int part_file_open(struct part_file *file, const char *path, mode_t mode);
int part_file_commit(struct part_file *file);

/* As if nothing had been written; what was written in place stays there. */
void part_file_drop(struct part_file *file);

/* Before the process ends out of turn; a signal handler may call it. */
void part_file_abandon(void);

#endif
