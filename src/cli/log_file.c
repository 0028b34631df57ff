#include "log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "input.h"
#include "log_map.h"
#include "mem.h"

/* A block that stays in a processor's own cache while it is searched. */
static const size_t MAP_FROM_BYTES = 1024 * 1024, MAP_SLICE_BYTES = 4 * 1024 * 1024;
enum { BLOCK_BYTES = 128 * 1024, MAGIC_BYTES = 4, GZIP_WINDOW = 15 + 16, ZSTD_WINDOW_LOG = 27 };

enum form { FORM_UNKNOWN, FORM_PLAIN, FORM_GZIP, FORM_ZSTD };

struct log_file {
	const char *path;
	int fd;
	enum form form;
	uint64_t offset; /* of the next block in the file as it lies there */
	char *in, *out;
	size_t in_n, in_at;
	struct log_map map; /* of a plain log that is large enough */
	size_t map_at;
	bool ended;
	bool open; /* a member or frame has begun and has not ended */
	bool more; /* may come out of what was taken in */
	z_stream gzip;
	bool gzip_ready;
	ZSTD_DStream *zstd;
};

struct log_file *log_file_open(const char *path, struct err *err)
{
	struct stat st;
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		(void)err_set(err, ERR_USAGE, "%.200s: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		(void)err_set(err, ERR_USAGE, "%.200s: a folder; give the logs in it", path);
		if (!standard)
			(void)close(fd);
		return NULL;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	struct log_file *file = mem_alloc(sizeof *file);
	file->path = standard ? "stdin" : path;
	file->fd = fd;
	file->in = mem_alloc(BLOCK_BYTES);
	return file;
}

void log_file_close(struct log_file *file)
{
	if (!file)
		return;
	if (file->gzip_ready)
		(void)inflateEnd(&file->gzip);
	(void)ZSTD_freeDStream(file->zstd);
	log_map_close(&file->map);
	if (file->fd != STDIN_FILENO)
		(void)close(file->fd);
	free(file->in);
	free(file->out);
	free(file);
}

static int fill(struct log_file *file, struct err *err)
{
	ssize_t n = input_read(file->fd, file->in, BLOCK_BYTES);
	if (n < 0)
		return err_set(err, ERR_USAGE, "%.200s: %s", file->path, strerror(errno));
	file->ended = n == 0;
	file->offset += (uint64_t)n;
	file->in_n = (size_t)n;
	file->in_at = 0;
	return 0;
}

/* A pipe may give the first bytes one at a time. */
static int fill_first(struct log_file *file, struct err *err)
{
	while (!file->ended && file->in_n < MAGIC_BYTES) {
		ssize_t n = input_read(file->fd, file->in + file->in_n, BLOCK_BYTES - file->in_n);
		if (n < 0)
			return err_set(err, ERR_USAGE, "%.200s: %s", file->path, strerror(errno));
		file->ended = n == 0;
		file->in_n += (size_t)n;
	}
	file->offset = file->in_n;
	return 0;
}

/* What is appended meanwhile is read behind it. */
static void map_if_large(struct log_file *file)
{
	struct stat st;
	if (fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t)MAP_FROM_BYTES ||
	    lseek(file->fd, 0, SEEK_CUR) != (off_t)file->in_n)
		return;
	if (log_map_open(&file->map, file->fd, (size_t)st.st_size) && lseek(file->fd, st.st_size, SEEK_SET) >= 0)
		file->in_n = 0;
	else
		log_map_close(&file->map);
}

static int recognise(struct log_file *file, struct err *err)
{
	if (fill_first(file, err) < 0)
		return -1;
	file->form = FORM_PLAIN;
	if (file->in_n >= 2 && memcmp(file->in, "\x1f\x8b", 2) == 0)
		file->form = FORM_GZIP;
	else if (file->in_n >= MAGIC_BYTES && memcmp(file->in, "\x28\xb5\x2f\xfd", MAGIC_BYTES) == 0)
		file->form = FORM_ZSTD;
	if (file->form == FORM_PLAIN) {
		map_if_large(file);
		return 0;
	}
	file->out = mem_alloc(BLOCK_BYTES);
	if (file->form == FORM_GZIP) {
		if (inflateInit2(&file->gzip, GZIP_WINDOW) != Z_OK)
			mem_exhausted();
		file->gzip_ready = true;
		return 0;
	}
	file->zstd = ZSTD_createDStream();
	if (!file->zstd)
		mem_exhausted();
	(void)ZSTD_DCtx_setParameter(file->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	return 0;
}

static int damaged(const struct log_file *file, const char *words, struct err *err)
{
	return err_set(err, ERR_USAGE, "%.200s: %s near byte %" PRIu64 " of it; what came before was read", file->path,
	               words, file->offset - (file->in_n - file->in_at));
}

static int cut(const struct log_file *file, struct err *err)
{
	return damaged(file, "the compressed log ends in the middle", err);
}

static int read_plain(struct log_file *file, const char **bytes, size_t *n, struct err *err)
{
	if (log_map_shrunk(&file->map))
		return err_set(err, ERR_USAGE, "%.200s: became shorter while it was read; what came before was read",
		               file->path);
	if (file->map_at < file->map.n) {
		size_t left = file->map.n - file->map_at;
		*bytes = file->map.bytes + file->map_at;
		*n = left < MAP_SLICE_BYTES ? left : MAP_SLICE_BYTES;
		file->map_at += *n;
		return 0;
	}
	if (file->in_at == file->in_n && !file->ended && fill(file, err) < 0)
		return -1;
	*bytes = file->in + file->in_at;
	*n = file->in_n - file->in_at;
	file->in_at = file->in_n;
	return 0;
}

/* Some bytes out, as far as what is at hand goes; 0 bytes: more is wanted. */
static int unpack_gzip(struct log_file *file, size_t *n, struct err *err)
{
	file->gzip.next_in = (unsigned char *)file->in + file->in_at;
	file->gzip.avail_in = (unsigned)(file->in_n - file->in_at);
	file->gzip.next_out = (unsigned char *)file->out;
	file->gzip.avail_out = BLOCK_BYTES;
	file->open = file->open || file->gzip.avail_in;
	int rc = inflate(&file->gzip, Z_NO_FLUSH);
	file->in_at = file->in_n - file->gzip.avail_in;
	*n = BLOCK_BYTES - file->gzip.avail_out;
	if (rc == Z_STREAM_END) {
		file->open = false;
		return inflateReset(&file->gzip) == Z_OK ? 0 : damaged(file, "the gzip data are damaged", err);
	}
	if (rc == Z_MEM_ERROR)
		mem_exhausted();
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : damaged(file, "the gzip data are damaged", err);
}

static int unpack_zstd(struct log_file *file, size_t *n, struct err *err)
{
	ZSTD_inBuffer in = {file->in, file->in_n, file->in_at};
	ZSTD_outBuffer out = {file->out, BLOCK_BYTES, 0};
	size_t rc = ZSTD_decompressStream(file->zstd, &out, &in);
	file->in_at = in.pos;
	*n = out.pos;
	file->open = rc != 0;
	return ZSTD_isError(rc) ? damaged(file, "the zstd data are damaged", err) : 0;
}

static int read_packed(struct log_file *file, const char **bytes, size_t *n, struct err *err)
{
	*bytes = file->out;
	for (*n = 0; *n == 0;) {
		if (file->in_at == file->in_n && !file->more) {
			if (!file->ended && fill(file, err) < 0)
				return -1;
			if (file->ended)
				return file->open ? cut(file, err) : 0;
		}
		if ((file->form == FORM_GZIP ? unpack_gzip : unpack_zstd)(file, n, err) < 0)
			return -1;
		file->more = *n == BLOCK_BYTES;
	}
	return 0;
}

int log_file_read(struct log_file *file, const char **bytes, size_t *n, struct err *err)
{
	if (file->form == FORM_UNKNOWN && recognise(file, err) < 0)
		return -1;
	return file->form == FORM_PLAIN ? read_plain(file, bytes, n, err) : read_packed(file, bytes, n, err);
}

const char *log_file_zlib(void)
{
	return zlibVersion();
}

const char *log_file_zstd(void)
{
	return ZSTD_versionString();
}
