#include "batch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "batch_report.h"
#include "input.h"
#include "output.h"
#include "own_file.h"
#include "timestamp.h"

enum { READ_BYTES = 64 * 1024 };

/* ---- what is there already ---- */

/* A word that is none was nobody's measurement. */
static enum state state_of(const json_t *report)
{
	const char *word = json_string_value(json_object_get(json_object_get(report, "verdict"), "status"));
	for (enum state state = STATE_OK; word && state < STATE_UNKNOWN; state++) {
		if (strcmp(word, state_word(state)) == 0)
			return state;
	}
	return STATE_UNKNOWN;
}

static bool read_line(struct batch_file *file, struct arena *arena, struct str line)
{
	json_t *root = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const char *key = json_string_value(json_object_get(root, "key"));
	const char *device = json_string_value(json_object_get(root, "device"));
	const char *began = json_string_value(json_object_get(root, "began"));
	json_t *report = json_object_get(root, "report");
	bool good = schema && key && report && strcmp(schema, "fgdiag/batch/1") == 0;
	if (good) {
		struct batch_done done = {.key = arena_strdup(arena, key),
		                          .device = device ? arena_strdup(arena, device) : NULL,
		                          .whole = json_is_null(json_object_get(report, "error")),
		                          .state = state_of(report)};
		if (began && !timestamp_parse_rfc3339(str_of(began), &done.began_us))
			done.began_us = 0;
		file->done = arena_grow(arena, file->done, file->done_count, &file->done_capacity, sizeof *file->done);
		file->done[file->done_count++] = done;
	}
	json_decref(root);
	return good;
}

static int not_ours(const struct batch_file *file, size_t line, struct err *err)
{
	return err_set(err, ERR_OUTPUT, "%.200s:%zu: no result of a batch; give --resume a file of its own", file->path,
	               line);
}

/* Returns where the last whole line ends. */
static int read_results(struct batch_file *file, struct arena *arena, off_t *end, struct err *err)
{
	char bytes[READ_BYTES];
	struct buf line;
	size_t number = 1;
	int rc = 0;
	buf_init(&line, BATCH_LINE_MAX_BYTES);
	*end = 0;
	for (ssize_t n; rc == 0 && (n = input_read(file->fd, bytes, sizeof bytes)) != 0;) {
		if (n < 0)
			rc = err_set(err, ERR_OUTPUT, "%.200s: %s", file->path, strerror(errno));
		for (ssize_t i = 0; rc == 0 && i < n; i++) {
			if (bytes[i] != '\n') {
				buf_add_char(&line, bytes[i]);
				continue;
			}
			*end += (off_t)line.n + 1;
			rc = !line.full && read_line(file, arena, buf_str(&line)) ? 0 : not_ours(file, number, err);
			number++;
			buf_clear(&line);
		}
	}
	/* Somebody else's file has no line of ours, and is not cut. */
	if (rc == 0 && line.n && line.p[0] != '{')
		rc = not_ours(file, number, err);
	buf_done(&line);
	return rc;
}

static int resume(struct batch_file *file, struct arena *arena, struct err *err)
{
	off_t end;
	if (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
		               ? err_set(err, ERR_BUSY, "%.200s: another batch writes its results there", file->path)
		               : err_set(err, ERR_OUTPUT, "%.200s: %s", file->path, strerror(errno));
	if (read_results(file, arena, &end, err) < 0)
		return -1;
	if (ftruncate(file->fd, end) < 0 || lseek(file->fd, end, SEEK_SET) < 0)
		return err_set(err, ERR_OUTPUT, "%.200s: %s", file->path, strerror(errno));
	return 0;
}

int batch_file_open(struct arena *arena, const char *path, bool again, struct batch_file *out, struct err *err)
{
	*out = (struct batch_file){.fd = STDOUT_FILENO, .path = path ? path : "stdout"};
	if (!path)
		return 0;
	out->fd = again ? own_file_open(AT_FDCWD, path, O_RDWR | O_CREAT, NULL, err)
	                : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out->fd < 0)
		return again ? -1 : err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(errno));
	if (!again || resume(out, arena, err) == 0)
		return 0;
	(void)close(out->fd);
	return -1;
}

int batch_file_add(struct batch_file *file, const struct buf *line, struct err *err)
{
	if (line->full)
		return err_set(err, ERR_OUTPUT,
		               "%.200s: a result is longer than its limit; ask for less, with --packets", file->path);
	if (output_all(file->fd, buf_str(line)) == 0)
		return 0;
	return err_set(err, ERR_OUTPUT, "%.200s: %s", file->path, strerror(errno));
}

int batch_file_close(struct batch_file *file, struct err *err)
{
	if (file->fd == STDOUT_FILENO)
		return 0;
	int rc = fsync(file->fd) < 0 && errno != EINVAL && errno != EROFS ? -1 : 0;
	rc = close(file->fd) < 0 ? -1 : rc;
	return rc < 0 ? err_set(err, ERR_OUTPUT, "%.200s: %s", file->path, strerror(errno)) : 0;
}

const struct batch_done *batch_file_find(const struct batch_file *file, const char *key)
{
	for (size_t i = file->done_count; i-- > 0;) {
		if (strcmp(file->done[i].key, key) == 0)
			return &file->done[i];
	}
	return NULL;
}
