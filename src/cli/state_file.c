#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "output.h"
#include "own_file.h"

const char *state_file_path(struct arena *arena, const char *given, const char *account)
{
	static const struct {
		const char *variable, *below;
	} places[] = {{"XDG_STATE_HOME", "/fgdiag"}, {"STATE_DIRECTORY", ""}, {"HOME", "/.local/state/fgdiag"}};
	if (given)
		return given;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *value = getenv(places[i].variable);
		if (value && value[0] == '/')
			return arena_printf(arena, "%.*s%s/%s.json", (int)strcspn(value, ":"), value, places[i].below,
			                    own_file_name(arena, account));
	}
	return NULL;
}

static int read_all(int fd, char *bytes, size_t max, size_t *n, const char *path, struct err *err)
{
	for (*n = 0; *n < max;) {
		ssize_t got = input_read(fd, bytes + *n, max - *n);
		if (got < 0)
			return err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(errno));
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return 0;
}

int state_file_read(struct arena *arena, const char *path, struct history *out, const char **damaged, struct err *err)
{
	bool missing;
	size_t n;
	struct err why;
	*out = (struct history){0};
	*damaged = NULL;
	int fd = own_file_open(AT_FDCWD, path, O_RDONLY, &missing, err);
	if (fd < 0)
		return missing ? 0 : -1;
	char *bytes = arena_alloc(arena, HISTORY_MAX_BYTES + 1);
	int rc = read_all(fd, bytes, HISTORY_MAX_BYTES + 1, &n, path, err);
	(void)close(fd);
	if (rc < 0)
		return -1;
	if (n > HISTORY_MAX_BYTES)
		*damaged = "it is too long";
	else if (history_parse(arena, (struct str){bytes, n}, out, &why) < 0)
		*damaged = arena_strdup(arena, why.text);
	return 0;
}

int state_file_make_folder(struct arena *arena, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	int fd = own_folder_open(arena_strndup(arena, path, (size_t)(slash - path)), err);
	if (fd < 0)
		return -1;
	(void)close(fd);
	return 0;
}

int state_file_write(const char *path, const struct history *history, struct err *err)
{
	struct buf out;
	buf_init(&out, HISTORY_MAX_BYTES);
	history_write(history, &out);
	int rc = output_write(path, &out, err);
	buf_done(&out);
	return rc;
}

int state_file_remove(const char *path, struct err *err)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return err_set(err, ERR_OUTPUT, "%.200s: %s", path, strerror(errno));
	return 0;
}
