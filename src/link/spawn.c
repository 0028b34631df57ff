#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static const int64_t TERM_US = 1000000;
enum { LOOK_MS = 5, READ_BYTES = 16 * 1024, SAID_LINES = 3, SAID_LINE_BYTES = 160 };

/* ---- the start ---- */

/* Between fork() and execve(): only what a signal handler may call. */
static void close_the_rest(void)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	long max = sysconf(_SC_OPEN_MAX);
	for (int fd = 3; fd < (max > 0 && max < 65536 ? (int)max : 65536); fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void set_signals(bool may_ask)
{
	sigset_t none;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	/* Ctrl-C goes to all of a terminal's programs; our clean-up needs the stream. */
	(void)signal(SIGINT, may_ask ? SIG_IGN : SIG_DFL);
	(void)signal(SIGQUIT, may_ask ? SIG_IGN : SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct spawn *spawn, char *const *argv, char *const *env, const int fds[3],
                             int report_fd)
{
	if (!spawn->may_ask)
		(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	set_signals(spawn->may_ask);
	bool good = true;
	for (int i = 0; i < 3; i++)
		good = good && dup2(fds[i], i) == i;
	close_the_rest();
	if (good)
		(void)execve(argv[0], argv, env);
	int error = errno;
	ssize_t n = write(report_fd, &error, sizeof error);
	(void)n;
	_exit(127);
}

/* Copies above the standard three, so that dup2() overwrites none of them. */
static bool take_fds(const int from[3], int fds[3])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool good = null >= 0;
	for (size_t i = 0; i < 3; i++) {
		fds[i] = good ? fcntl(from[i] >= 0 ? from[i] : null, F_DUPFD_CLOEXEC, 3) : -1;
		good = good && fds[i] >= 0;
	}
	int error = errno;
	if (null >= 0)
		(void)close(null);
	errno = error;
	return good;
}

static void close_fds(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
}

/* A report pipe that closes without a word means that execve() went well. */
static int read_report(int fd)
{
	int error = 0;
	ssize_t n;
	do {
		n = read(fd, &error, sizeof error);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof error ? error : 0;
}

/* execve() wants vectors of char *; the bytes are not written to. */
static char **vector(struct arena *arena, const char *const *words)
{
	size_t n = 0;
	while (words[n])
		n++;
	char **copy = ARENA_ARRAY(arena, n + 1, char *);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, words[i]);
	return copy;
}

static pid_t start(const struct spawn *spawn, int *error)
{
	int fds[3] = {-1, -1, -1}, report[2] = {-1, -1};
	pid_t pid = -1;
	*error = 0;
	if (take_fds(spawn->fds, fds) && pipe2(report, O_CLOEXEC) == 0) {
		int high = fcntl(report[1], F_DUPFD_CLOEXEC, 3);
		struct arena *arena = arena_new();
		char **argv = vector(arena, spawn->argv), **env = vector(arena, spawn->env);
		pid = high < 0 ? -1 : fork();
		if (pid == 0)
			become(spawn, argv, env, fds, high);
		if (pid < 0)
			*error = errno;
		arena_free(arena);
		close_fds(&high, 1);
	} else {
		*error = errno;
	}
	close_fds(report + 1, 1);
	if (pid > 0)
		*error = read_report(report[0]);
	close_fds(report, 1);
	close_fds(fds, 3);
	return pid;
}

pid_t spawn_start(const struct spawn *spawn, struct err *err)
{
	struct sigaction child;
	/* Who starts us with SIGCHLD ignored would have ends go by unseen. */
	if (sigaction(SIGCHLD, NULL, &child) == 0 && child.sa_handler == SIG_IGN)
		(void)signal(SIGCHLD, SIG_DFL);
	int error = 0;
	pid_t pid = start(spawn, &error);
	if (pid > 0 && !error)
		return pid;
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return err_set(err, ERR_INTERNAL, "cannot start %.200s: %s", spawn->argv[0],
	               strerrordesc_np(error) ? strerrordesc_np(error) : "unknown error");
}

/* ---- the end ---- */

bool spawn_ended(pid_t pid, int *status)
{
	pid_t got;
	do {
		got = waitpid(pid, status, WNOHANG);
	} while (got < 0 && errno == EINTR);
	return got != 0;
}

static bool ends_within(pid_t pid, int64_t time_us, int *status)
{
	int64_t end_us = clock_mono_us() + time_us;
	while (!spawn_ended(pid, status)) {
		if (clock_mono_us() >= end_us)
			return false;
		(void)poll(NULL, 0, LOOK_MS);
	}
	return true;
}

void spawn_end(pid_t pid, int64_t patience_us)
{
	int status = 0;
	if (ends_within(pid, patience_us, &status))
		return;
	(void)kill(pid, SIGTERM);
	(void)kill(pid, SIGCONT);
	if (ends_within(pid, TERM_US, &status))
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* ---- to its end ---- */

/* False at the end of the stream. What does not fit is dropped, and the buffer says so. */
static bool drain(int fd, struct buf *out)
{
	char bytes[READ_BYTES];
	ssize_t n = read(fd, bytes, sizeof bytes);
	if (n > 0)
		buf_add(out, bytes, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

enum ended { ENDED, TOO_LATE, TOO_MUCH };

static enum ended gather(int fds[2], int64_t end_us, struct buf *out, struct buf *errors)
{
	struct pollfd polled[2] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
	struct buf *into[2] = {out, errors};
	while (polled[0].fd >= 0 || polled[1].fd >= 0) {
		if (clock_mono_us() >= end_us)
			return TOO_LATE;
		(void)poll(polled, 2, clock_poll_ms(end_us));
		for (size_t i = 0; i < 2; i++) {
			if (polled[i].fd >= 0 && polled[i].revents && !drain(polled[i].fd, into[i]))
				polled[i].fd = -1;
		}
		if (out->full)
			return TOO_MUCH;
	}
	return ENDED;
}

static int watch(pid_t pid, int fds[2], int64_t time_us, struct buf *out, struct buf *errors, const char *name,
                 struct err *err)
{
	int status = 0;
	int64_t end_us = clock_mono_us() + time_us;
	enum ended how = gather(fds, end_us, out, errors);
	int64_t left_us = end_us - clock_mono_us();
	if (how == ENDED && ends_within(pid, left_us > 0 ? left_us : 0, &status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	spawn_end(pid, 0);
	if (how == TOO_MUCH)
		return err_set(err, ERR_INTERNAL, "%s prints more than %zu bytes", name, out->max_bytes);
	return err_set(err, ERR_TIMEOUT, "%s has not ended after %lld s", name, (long long)(time_us / 1000000));
}

int spawn_output(struct spawn *spawn, int64_t time_us, struct buf *out, struct buf *errors, struct err *err)
{
	int output[2] = {-1, -1}, error[2] = {-1, -1};
	int rc = -1;
	if (pipe2(output, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(error, O_CLOEXEC | O_NONBLOCK) == 0) {
		spawn->fds[0] = -1;
		spawn->fds[1] = output[1];
		spawn->fds[2] = error[1];
		/* the child's ends wait as usual; the flag belongs to the end, not to the pipe */
		(void)fcntl(output[1], F_SETFL, 0);
		(void)fcntl(error[1], F_SETFL, 0);
		pid_t pid = spawn_start(spawn, err);
		close_fds(output + 1, 1);
		close_fds(error + 1, 1);
		output[1] = error[1] = -1;
		if (pid > 0)
			rc = watch(pid, (int[]){output[0], error[0]}, time_us, out, errors, spawn->argv[0], err);
	} else {
		(void)err_set(err, ERR_INTERNAL, "cannot make a pipe: %s", strerrordesc_np(errno));
	}
	close_fds(output, 2);
	close_fds(error, 2);
	return rc;
}

/* ssh ends its lines with CR LF where it thinks of a terminal. */
void spawn_said(struct str errors, struct buf *out)
{
	struct str line, last[SAID_LINES] = {0}, rest = errors;
	size_t n = 0;
	while (str_next_line(&rest, &line)) {
		line = str_trim(line);
		if (line.n)
			last[n++ % SAID_LINES] = line;
	}
	size_t from = n > SAID_LINES ? n - SAID_LINES : 0;
	buf_add_text(out, ""); /* silence is a text too */
	for (size_t i = from; i < n; i++) {
		struct str *said = &last[i % SAID_LINES];
		buf_add_text(out, i > from ? "; " : "");
		buf_add(out, said->p, said->n < SAID_LINE_BYTES ? said->n : SAID_LINE_BYTES);
	}
}

/* ---- where and with what ---- */

const char *spawn_find(struct arena *arena, const char *name)
{
	const char *path = getenv("PATH");
	for (const char *p = path ? path : ""; *p;) {
		size_t n = strcspn(p, ":");
		if (p[0] == '/') {
			const char *file = arena_printf(arena, "%.*s/%s", (int)n, p, name);
			if (access(file, X_OK) == 0)
				return file;
		}
		p += n + (p[n] == ':');
	}
	return NULL;
}

static bool named(const char *variable, const char *name)
{
	size_t n = strlen(name);
	return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

static bool is_kept(const char *variable, const char *const *kept)
{
	if (named(variable, "FGDIAG_PASSWORD") || named(variable, "LC_ALL"))
		return false;
	for (size_t i = 0; kept && kept[i]; i++) {
		if (named(variable, kept[i]))
			return true;
	}
	return !kept;
}

const char *const *spawn_env(struct arena *arena, const char *const *kept)
{
	size_t n = 0, count = 0;
	while (environ[count])
		count++;
	const char **env = ARENA_ARRAY(arena, count + 2, const char *);
	for (size_t i = 0; i < count; i++) {
		if (is_kept(environ[i], kept))
			env[n++] = arena_strdup(arena, environ[i]);
	}
	env[n] = "LC_ALL=C";
	return env;
}
