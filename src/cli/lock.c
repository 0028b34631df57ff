#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "clock.h"
#include "own_file.h"
#include "timestamp.h"

/* The system's place for what lasts no longer than its processes; else /tmp. */
static const char *folder_name(struct arena *arena)
{
	static const char *const variables[] = {"XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY"};
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		const char *value = getenv(variables[i]);
		if (value && value[0] == '/')
			return arena_printf(arena, "%.*s/fgdiag", (int)strcspn(value, ":"), value);
	}
	return geteuid() == 0 ? "/run/fgdiag" : arena_printf(arena, "/tmp/fgdiag-%ld", (long)geteuid());
}

/* What the other run wrote is the time at which it began, if it got so far. */
static int busy(int fd, const char *device, struct err *err)
{
	char since[TIMESTAMP_TEXT_MAX] = "";
	ssize_t n = pread(fd, since, sizeof since - 1, 0);
	int64_t since_us;
	since[n > 0 ? n : 0] = '\0';
	since[strcspn(since, "\n")] = '\0';
	bool told = timestamp_parse_rfc3339(str_of(since), &since_us);
	(void)close(fd);
	return err_set(err, ERR_BUSY, "another run is asking this device (%.200s)%s%s; try again when it has ended",
	               device, told ? " since " : "", told ? since : "");
}

int lock_take(struct arena *arena, const char *device, struct err *err)
{
	char now[TIMESTAMP_TEXT_MAX];
	const char *name = folder_name(arena);
	int folder = own_folder_open(name, err);
	int fd = -1;
	if (folder >= 0) {
		fd = own_file_open(folder, own_file_name(arena, device), O_RDWR | O_CREAT, NULL, err);
		(void)close(folder);
	}
	if (fd < 0)
		return err_prefix(err, "no lock in %.200s (XDG_RUNTIME_DIR may name another folder)", name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return busy(fd, device, err);
		(void)err_set(err, ERR_OUTPUT, "no lock in %.200s: %s", name, strerror(errno));
		(void)close(fd);
		return -1;
	}
	/* Without the time the other run is told of all the same. */
	const char *text = arena_printf(arena, "%s\n", timestamp_print(clock_utc_us(), now));
	ssize_t n = ftruncate(fd, 0) == 0 ? pwrite(fd, text, strlen(text), 0) : 0;
	(void)n;
	return fd;
}

void lock_release(int lock)
{
	if (lock >= 0)
		(void)close(lock);
}
