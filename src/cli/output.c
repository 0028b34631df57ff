#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text = str_from(text, (size_t)n);
	}
	return 0;
}

static int write_stdout(const struct buf *bytes, struct err *err)
{
	if (write_all(STDOUT_FILENO, buf_str(bytes)) < 0)
		return err_set(err, ERR_OUTPUT, "cannot write to stdout: %s", strerror(errno));
	return 0;
}

static int write_beside(const char *path, const char *beside, const struct buf *bytes, struct err *err)
{
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(errno));
	int rc = write_all(fd, buf_str(bytes));
	if (rc == 0)
		rc = fsync(fd);
	int saved = errno;
	if (close(fd) < 0 && rc == 0) {
		rc = -1;
		saved = errno;
	}
	if (rc == 0 && rename(beside, path) < 0) {
		rc = -1;
		saved = errno;
	}
	if (rc < 0) {
		(void)unlink(beside);
		return err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(saved));
	}
	return 0;
}

/* A device, pipe or the like is written in place: there is nothing to rename. */
static bool is_special(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_special(const char *path, const struct buf *bytes, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : write_all(fd, buf_str(bytes));
	int saved = errno;
	if (fd >= 0 && close(fd) < 0 && rc == 0) {
		rc = -1;
		saved = errno;
	}
	return rc < 0 ? err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(saved)) : 0;
}

int output_write(const char *path, const struct buf *bytes, struct err *err)
{
	if (bytes->full)
		return err_set(err, ERR_OUTPUT, "the report is longer than its limit");
	if (!path)
		return write_stdout(bytes, err);
	if (is_special(path))
		return write_special(path, bytes, err);
	struct buf beside;
	buf_init(&beside, 4096);
	buf_printf(&beside, "%s.%ld.part", path, (long)getpid());
	int rc = beside.full ? err_set(err, ERR_OUTPUT, "%.200s: name too long", path)
	                     : write_beside(path, beside.p, bytes, err);
	buf_done(&beside);
	return rc;
}

int output_check(const char *path, struct err *err)
{
	struct stat st;
	if (!path || is_special(path))
		return 0;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, ERR_OUTPUT, "%.200s: is a folder", path);
	const char *slash = strrchr(path, '/');
	struct buf folder;
	buf_init(&folder, 4096);
	buf_add(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
	int rc = access(folder.p, W_OK | X_OK);
	int saved = errno;
	buf_done(&folder);
	return rc == 0 ? 0 : err_set(err, ERR_OUTPUT, "%.200s: cannot be written there: %s", path, strerror(saved));
}

void output_note(const char *prefix, const char *text)
{
	struct buf line;
	buf_init(&line, 8192);
	buf_add_text(&line, prefix);
	text_add_safe(&line, str_of(text));
	buf_add_char(&line, '\n');
	/* Nothing is left to tell when stderr itself is gone. */
	(void)write_all(STDERR_FILENO, buf_str(&line));
	buf_done(&line);
}

void output_error(const struct err *err)
{
	struct buf prefix;
	buf_init(&prefix, 128);
	buf_printf(&prefix, "fgdiag: %s: ", err_word(err->kind));
	if (err->step[0])
		buf_printf(&prefix, "step %s: ", err->step);
	output_note(prefix.p, err->text);
	buf_done(&prefix);
}
