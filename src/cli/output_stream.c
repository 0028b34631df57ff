#include "output_stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "part_file.h"

enum { BLOCK_BYTES = 256 * 1024 };

struct output_stream {
	struct part_file file; /* without path: stdout */
	const char *path;      /* for messages */
	int failed;            /* errno of the first failure, else 0 */
	size_t n;
	char block[BLOCK_BYTES];
};

struct output_stream *output_stream_open(struct arena *arena, const char *path, struct err *err)
{
	struct output_stream *stream = ARENA_NEW(arena, struct output_stream);
	stream->path = path ? path : "stdout";
	stream->file = (struct part_file){.fd = STDOUT_FILENO, .in_place = true};
	if (path && part_file_open(&stream->file, path, 0600) < 0) {
		(void)err_set(err, ERR_OUTPUT, "%.200s: %s", stream->path, strerror(errno));
		return NULL;
	}
	if (isatty(stream->file.fd)) {
		output_stream_drop(stream);
		(void)err_set(err, ERR_USAGE, "a capture is not written to a terminal; give -o FILE.pcapng");
		return NULL;
	}
	return stream;
}

static void put(struct output_stream *stream, const char *p, size_t n)
{
	if (!stream->failed && output_all(stream->file.fd, (struct str){p, n}) < 0)
		stream->failed = errno;
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

int output_stream_commit(struct output_stream *stream, struct err *err)
{
	flush(stream);
	if (stream->failed)
		output_stream_drop(stream);
	else if (stream->file.path && part_file_commit(&stream->file) < 0)
		stream->failed = errno;
	return stream->failed ? err_set(err, ERR_OUTPUT, "%.200s: %s", stream->path, strerror(stream->failed)) : 0;
}

void output_stream_drop(struct output_stream *stream)
{
	if (stream->file.path)
		part_file_drop(&stream->file);
}
