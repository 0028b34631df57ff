#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "part_file.h"

/* Who started us may have given a descriptor that does not wait. */
static bool wait_for_room(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

int output_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);
		if (n >= 0)
			text = str_from(text, (size_t)n);
		else if (errno != EINTR && (errno != EAGAIN || !wait_for_room(fd)))
			return -1;
	}
	return 0;
}

static int write_stdout(const struct buf *bytes, struct err *err)
{
	if (output_all(STDOUT_FILENO, buf_str(bytes)) < 0)
		return err_set(err, ERR_OUTPUT, "cannot write to stdout: %s", strerror(errno));
	return 0;
}

static int write_file(const char *path, mode_t mode, const struct buf *bytes, struct err *err)
{
	struct part_file file;
	int rc = part_file_open(&file, path, mode);
	if (rc == 0) {
		rc = output_all(file.fd, buf_str(bytes));
		if (rc == 0)
			rc = part_file_commit(&file);
		else
			part_file_drop(&file);
	}
	return rc < 0 ? err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(errno)) : 0;
}

int output_write_mode(const char *path, mode_t mode, const struct buf *bytes, struct err *err)
{
	if (bytes->full)
		return err_set(err, ERR_OUTPUT, "the report is longer than its limit");
	return path ? write_file(path, mode, bytes, err) : write_stdout(bytes, err);
}

int output_write(const char *path, const struct buf *bytes, struct err *err)
{
	return output_write_mode(path, 0600, bytes, err);
}

int output_check(const char *path, struct err *err)
{
	struct stat st;
	if (!path || part_file_is_in_place(path))
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
	(void)output_all(STDERR_FILENO, buf_str(&line));
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
