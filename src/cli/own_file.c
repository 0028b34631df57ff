#include "own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 150 };

static int refuse(int fd, const char *path, const char *why, struct err *err)
{
	if (fd >= 0)
		(void)close(fd);
	return err_set(err, ERR_OUTPUT, "%.200s: %s", path, why);
}

static int check(int fd, const char *path, mode_t type, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return refuse(fd, path, strerror(errno), err);
	if ((st.st_mode & S_IFMT) != type)
		return refuse(fd, path, type == S_IFDIR ? "is no folder" : "is no regular file", err);
	if (st.st_uid != geteuid())
		return refuse(fd, path, "belongs to somebody else", err);
	if (st.st_mode & 022)
		return refuse(fd, path, "others may write there", err);
	return fd;
}

static void make_parents(const char *path)
{
	char part[PATH_MAX];
	for (size_t n = 1; n < sizeof part - 1 && path[n]; n++) {
		if (path[n] != '/')
			continue;
		memcpy(part, path, n);
		part[n] = '\0';
		(void)mkdir(part, 0700);
	}
}

int own_folder_open(const char *path, struct err *err)
{
	if (mkdir(path, 0700) < 0 && errno == ENOENT) {
		make_parents(path);
		(void)mkdir(path, 0700);
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refuse(-1, path, errno == ELOOP ? "is a symbolic link" : strerror(errno), err);
	return check(fd, path, S_IFDIR, err);
}

int own_file_open(int folder, const char *name, int flags, bool *missing, struct err *err)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (missing)
		*missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return refuse(-1, name, errno == ELOOP ? "is a symbolic link" : strerror(errno), err);
	return check(fd, name, S_IFREG, err);
}

unsigned long long own_file_number(const char *text)
{
	unsigned long long number = 0xcbf29ce484222325ULL;
	for (const char *p = text; *p; p++)
		number = (number ^ (unsigned char)*p) * 0x100000001b3ULL;
	return number;
}

/* No name is hidden, a folder's or empty. */
static bool is_plain(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || (c == '.' && !first);
}

const char *own_file_name(struct arena *arena, const char *text)
{
	const char *name = *text ? "" : "-";
	for (const char *p = text; *p && strlen(name) < NAME_MAX_BYTES; p++)
		name = arena_printf(arena, is_plain(*p, p == text) ? "%s%c" : "%s%%%02x", name, (unsigned char)*p);
	if (strlen(name) >= NAME_MAX_BYTES)
		name = arena_printf(arena, "%s-%016llx", name, own_file_number(text));
	return name;
}
