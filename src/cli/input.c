#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "playbook.h"

/* Who started us may have given a descriptor that does not wait. */
static bool wait_for_bytes(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

ssize_t input_read(int fd, char *bytes, size_t n)
{
	for (;;) {
		ssize_t got = read(fd, bytes, n);
		if (got >= 0 || (errno != EINTR && (errno != EAGAIN || !wait_for_bytes(fd))))
			return got;
	}
}

static int read_all(int fd, const char *path, size_t max_bytes, struct buf *out, struct err *err)
{
	char bytes[64 * 1024];
	for (;;) {
		ssize_t n = input_read(fd, bytes, sizeof bytes);
		if (n < 0)
			return err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
		if (n == 0)
			return 0;
		buf_add(out, bytes, (size_t)n);
		if (out->full)
			return err_set(err, ERR_USAGE, "%.200s: longer than %zu bytes; cut out the part that matters",
			               path, max_bytes);
	}
}

int input_fd(struct arena *arena, int fd, const char *path, size_t max_bytes, struct str *out, struct err *err)
{
	struct buf buf;
	buf_init(&buf, max_bytes);
	int rc = read_all(fd, path, max_bytes, &buf, err);
	if (rc == 0)
		*out = arena_str(arena, buf_str(&buf));
	buf_done(&buf);
	return rc;
}

int input_file(struct arena *arena, const char *path, size_t max_bytes, struct str *out, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return input_fd(arena, STDIN_FILENO, "stdin", max_bytes, out, err);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
	int rc = input_fd(arena, fd, path, max_bytes, out, err);
	(void)close(fd);
	return rc;
}

static int check_owner(int fd, const char *path, enum err_kind kind, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_set(err, kind, "%.200s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, kind, "%.200s: not a regular file; copy it to one", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, kind, "%.200s: belongs to another user; copy it to a file of yours", path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, kind, "%.200s: others may write it; run chmod go-w on it first", path);
	return 0;
}

int input_trusted(struct arena *arena, const char *path, size_t max_bytes, enum err_kind kind, struct str *out,
                  struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, kind, "%.200s: %s", path, strerror(errno));
	int rc = check_owner(fd, path, kind, err);
	if (rc == 0)
		rc = input_fd(arena, fd, path, max_bytes, out, err);
	if (rc < 0 && err)
		err->kind = kind;
	(void)close(fd);
	return rc;
}

int input_playbook(struct arena *arena, const char *path, struct str *out, struct err *err)
{
	return input_trusted(arena, path, PLAYBOOK_MAX_BYTES, ERR_PLAYBOOK, out, err);
}

int playbook_load(struct arena *arena, const char *name, struct str *out, struct err *err)
{
	for (size_t i = 0; i < builtin_playbook_count; i++) {
		const struct builtin_playbook *row = &builtin_playbooks[i];
		if (strcmp(row->name, name) == 0) {
			*out = arena_str(arena, (struct str){(const char *)row->text, row->n});
			return 0;
		}
	}
	if (!strpbrk(name, "/."))
		return err_set(err, ERR_PLAYBOOK, "no playbook is called '%.60s'; fgdiag playbook list shows them",
		               name);
	return input_playbook(arena, name, out, err);
}
