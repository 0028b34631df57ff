#include "output_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024 };

struct output_stream {
	int fd;
	const char *path;   /* for messages */
	const char *beside; /* to be renamed to path; NULL when written in place */
	int failed;         /* errno of the first failure, else 0 */
	size_t n;
	char block[BLOCK_BYTES];
};

static bool is_in_place(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int open_fd(const struct output_stream *stream)
{
	if (stream->beside)
		return open(stream->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return open(stream->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

struct output_stream *output_stream_open(struct arena *arena, const char *path, struct err *err)
{
	struct output_stream *stream = ARENA_NEW(arena, struct output_stream);
	stream->path = path ? path : "stdout";
	stream->fd = STDOUT_FILENO;
	if (path) {
		if (!is_in_place(path))
			stream->beside = arena_printf(arena, "%s.%ld.part", path, (long)getpid());
		stream->fd = open_fd(stream);
	}
	if (stream->fd < 0) {
		(void)err_set(err, ERR_OUTPUT, "%.200s: %s", stream->path, strerror(errno));
		return NULL;
	}
	if (isatty(stream->fd)) {
		output_stream_drop(stream);
		(void)err_set(err, ERR_USAGE, "a capture is not written to a terminal; give -o FILE.pcapng");
		return NULL;
	}
	return stream;
}

static void put(struct output_stream *stream, const char *p, size_t n)
{
	while (n && !stream->failed) {
		ssize_t sent = write(stream->fd, p, n);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			stream->failed = errno;
			return;
		}
		p += sent;
		n -= (size_t)sent;
	}
}

static void flush(struct output_stream *stream)
{
	put(stream, stream->block, stream->n);
	stream->n = 0;
}

void output_stream_write(void *context, const void *bytes, size_t n)
{
	struct output_stream *stream = context;
	if (n > sizeof stream->block - stream->n)
		flush(stream);
	if (n > sizeof stream->block) {
		put(stream, bytes, n);
		return;
	}
	if (n)
		memcpy(stream->block + stream->n, bytes, n);
	stream->n += n;
}

static void close_fd(struct output_stream *stream)
{
	if (stream->fd >= 0 && stream->fd != STDOUT_FILENO && close(stream->fd) < 0 && !stream->failed)
		stream->failed = errno;
	stream->fd = -1;
}

int output_stream_commit(struct output_stream *stream, struct err *err)
{
	flush(stream);
	if (!stream->failed && stream->beside && fsync(stream->fd) < 0)
		stream->failed = errno;
	close_fd(stream);
	if (!stream->failed && stream->beside && rename(stream->beside, stream->path) < 0)
		stream->failed = errno;
	if (!stream->failed)
		return 0;
	if (stream->beside)
		(void)unlink(stream->beside);
	return err_set(err, ERR_OUTPUT, "%.200s: %s", stream->path, strerror(stream->failed));
}

void output_stream_drop(struct output_stream *stream)
{
	close_fd(stream);
	if (stream->beside)
		(void)unlink(stream->beside);
}
