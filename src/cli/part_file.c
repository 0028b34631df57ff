#include "part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "num.h"
#include "text.h"

/* The file beside that is not renamed yet, for part_file_abandon(). */
static char beside[PATH_MAX];
static volatile sig_atomic_t is_beside;

/* The open descriptor that a path names, or -1: a rename would put a file in
 * the place of the system's link. */
static int descriptor_of(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
	unsigned fd;
	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		size_t n = strlen(folders[i]);
		if (strncmp(path, folders[i], n) == 0 && num_uint(str_of(path + n), 0, INT_MAX, &fd))
			return (int)fd;
	}
	return -1;
}

bool part_file_is_in_place(const char *path)
{
	struct stat st;
	return descriptor_of(path) >= 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static int open_beside(const char *path, mode_t mode)
{
	int n = snprintf(beside, sizeof beside, "%s.%ld.part", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof beside) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* No signal comes between the file and the note that it is there. */
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	is_beside = fd >= 0;
	int saved = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return fd;
}

/* Opened anew it would begin at the start again, and /proc is closed to a
 * process that cannot be dumped. */
static int open_in_place(const char *path)
{
	int fd = descriptor_of(path);
	return fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

int part_file_open(struct part_file *file, const char *path, mode_t mode)
{
	*file = (struct part_file){.path = path, .in_place = part_file_is_in_place(path)};
	file->fd = file->in_place ? open_in_place(path) : open_beside(path, mode);
	return file->fd < 0 ? -1 : 0;
}

void part_file_abandon(void)
{
	if (is_beside)
		(void)unlink(beside);
	is_beside = 0;
}

static int close_fd(struct part_file *file)
{
	int fd = file->fd;
	file->fd = -1;
	return fd < 0 ? 0 : close(fd);
}

void part_file_drop(struct part_file *file)
{
	int saved = errno;
	(void)close_fd(file);
	if (!file->in_place)
		part_file_abandon();
	errno = saved;
}

int part_file_commit(struct part_file *file)
{
	bool good = file->in_place || fsync(file->fd) == 0;
	good = good && close_fd(file) == 0;
	good = good && (file->in_place || rename(beside, file->path) == 0);
	if (good && !file->in_place)
		is_beside = 0;
	if (!good)
		part_file_drop(file);
	return good ? 0 : -1;
}
