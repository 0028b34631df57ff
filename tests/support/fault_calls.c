/* Linked in front of the C library for our own objects only (ld --wrap), this
 * lets one call fail: FGDIAG_FAULT=NAME:ERRNO:K is the K-th call of NAME,
 * K+ that one and all after it. FGDIAG_FAULT_COUNTS names a file that receives
 * one row for each call's name: how often it was made, by children too. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum call {
	ALLOCATE,
	OPEN,
	READ,
	WRITE,
	CLOSE,
	FSYNC,
	RENAME,
	POLL,
	SOCKET,
	SOCKETPAIR,
	CONNECT,
	SEND,
	RECV,
	FCNTL,
	FORK,
	EXECVE,
	WAITPID,
	PIPE2,
	DUP2,
	EVENTFD,
	STAT,
	FSTAT,
	ACCESS,
	MMAP,
	SIGACTION,
	PTHREAD_CREATE,
	OPENAT,
	FLOCK,
	FTRUNCATE,
	MKDIR,
	CALLS
};

static const char names[CALLS][24] = {
        "allocate",  "open",           "read",    "write",   "close",     "fsync", "rename", "poll",
        "socket",    "socketpair",     "connect", "send",    "recv",      "fcntl", "fork",   "execve",
        "waitpid",   "pipe2",          "dup2",    "eventfd", "stat",      "fstat", "access", "mmap",
        "sigaction", "pthread_create", "openat",  "flock",   "ftruncate", "mkdir",
};

struct row {
	char name[24];
	uint32_t count;
	uint32_t failed;
};

/* Until begin() is over: its own calls count for nothing. */
static struct row early[CALLS];
/* Shared with children and readable after any kind of end. */
static struct row *rows = early;

static struct {
	enum call call;
	int error;
	uint32_t from;
	bool sticky;
} fault = {.call = CALLS};

static void read_fault(const char *text)
{
	const char *error = text ? strchr(text, ':') : NULL;
	if (!error)
		return;
	for (int i = 0; i < CALLS; i++) {
		if (strlen(names[i]) == (size_t)(error - text) && strncmp(names[i], text, strlen(names[i])) == 0)
			fault.call = (enum call)i;
	}
	char *end;
	fault.error = (int)strtol(error + 1, &end, 10);
	fault.from = (uint32_t)strtoul(end + 1, &end, 10);
	fault.sticky = *end == '+';
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FGDIAG_FAULT_COUNTS");
	const size_t size = CALLS * sizeof(struct row);
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd >= 0 && ftruncate(fd, (off_t)size) != 0)
		abort();
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (p == MAP_FAILED)
		abort();
	if (fd >= 0)
		(void)close(fd);
	rows = p;
	for (int i = 0; i < CALLS; i++)
		memcpy(rows[i].name, names[i], sizeof names[i]);
	read_fault(getenv("FGDIAG_FAULT"));
}

static bool fails(enum call call)
{
	uint32_t k = __atomic_add_fetch(&rows[call].count, 1, __ATOMIC_RELAXED);
	if (call != fault.call || (fault.sticky ? k < fault.from : k != fault.from))
		return false;
	(void)__atomic_add_fetch(&rows[call].failed, 1, __ATOMIC_RELAXED);
	errno = fault.error;
	return true;
}

#define WRAP(type, call, none, name, parameters, arguments)            \
	type __real_##name parameters;                                 \
	type __wrap_##name parameters                                  \
	{                                                              \
		return fails(call) ? (none) : __real_##name arguments; \
	}

WRAP(void *, ALLOCATE, NULL, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, ALLOCATE, NULL, realloc, (void *old, size_t size), (old, size))
WRAP(ssize_t, READ, -1, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, READ, -1, __read_chk, (int fd, void *p, size_t n, size_t size), (fd, p, n, size))
WRAP(ssize_t, WRITE, -1, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(int, FSYNC, -1, fsync, (int fd), (fd))
WRAP(int, RENAME, -1, rename, (const char *from, const char *to), (from, to))
WRAP(int, POLL, -1, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms))
WRAP(int, POLL, -1, __poll_chk, (struct pollfd * fds, nfds_t n, int ms, size_t size), (fds, n, ms, size))
WRAP(int, SOCKET, -1, socket, (int family, int type, int protocol), (family, type, protocol))
WRAP(int, SOCKETPAIR, -1, socketpair, (int family, int type, int protocol, int *fds), (family, type, protocol, fds))
WRAP(int, CONNECT, -1, connect, (int fd, const struct sockaddr *address, socklen_t n), (fd, address, n))
WRAP(ssize_t, SEND, -1, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
WRAP(ssize_t, RECV, -1, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
WRAP(pid_t, FORK, -1, fork, (void), ())
WRAP(int, EXECVE, -1, execve, (const char *path, char *const *argv, char *const *env), (path, argv, env))
WRAP(pid_t, WAITPID, -1, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
WRAP(int, PIPE2, -1, pipe2, (int *fds, int flags), (fds, flags))
WRAP(int, DUP2, -1, dup2, (int from, int to), (from, to))
WRAP(int, EVENTFD, -1, eventfd, (unsigned value, int flags), (value, flags))
WRAP(int, STAT, -1, stat, (const char *path, struct stat *st), (path, st))
WRAP(int, FSTAT, -1, fstat, (int fd, struct stat *st), (fd, st))
WRAP(int, ACCESS, -1, access, (const char *path, int mode), (path, mode))
WRAP(int, FLOCK, -1, flock, (int fd, int operation), (fd, operation))
WRAP(int, FTRUNCATE, -1, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, MKDIR, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(void *, MMAP, MAP_FAILED, mmap, (void *at, size_t n, int protection, int flags, int fd, off_t offset),
     (at, n, protection, flags, fd, offset))
WRAP(int, SIGACTION, -1, sigaction, (int number, const struct sigaction *action, struct sigaction *old),
     (number, action, old))
WRAP(int, PTHREAD_CREATE, errno, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg), (thread, attr, start, arg))

/* The descriptor is gone whatever close() says. */
int __real_close(int fd);
int __wrap_close(int fd)
{
	int rc = __real_close(fd);
	return fails(CLOSE) ? -1 : rc;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fails(OPEN) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fails(OPENAT) ? -1 : __real_openat(folder, path, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	va_start(args, command);
	int value = va_arg(args, int);
	va_end(args);
	return fails(FCNTL) ? -1 : __real_fcntl(fd, command, value);
}
