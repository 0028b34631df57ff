#include "proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "spawn.h"

/* Time for the last bytes to get through before the child is told to end. */
static const int64_t PATIENCE_US = 300000;
enum { SAID_MAX_BYTES = 4096, READ_BYTES = 1024, READS_MAX = 64 };

struct proxy {
	pid_t pid;
	int fd; /* -1 once taken */
	int error_fd;
	struct buf said;
};

static void close_pair(const int fds[2])
{
	for (size_t i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
}

static int fail(const char *what, struct err *err)
{
	const char *words = strerrordesc_np(errno);
	return err_set(err, ERR_INTERNAL, "cannot make a %s: %s", what, words ? words : "unknown error");
}

/* One stream both ways, as a TCP connection is: [0] is ours. */
static int make_pairs(int stream[2], int errors[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) != 0)
		return fail("socket pair", err);
	if (pipe2(errors, O_CLOEXEC) != 0)
		return fail("pipe", err);
	if (fcntl(stream[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(errors[0], F_SETFL, O_NONBLOCK) != 0)
		return fail("descriptor that does not block", err);
	return 0;
}

struct proxy *proxy_open(const struct ssh_proxy *way, struct err *err)
{
	int stream[2] = {-1, -1}, errors[2] = {-1, -1};
	pid_t pid = -1;
	if (make_pairs(stream, errors, err) == 0) {
		struct spawn spawn = {.argv = way->argv,
		                      .env = way->env,
		                      .fds = {stream[1], stream[1], errors[1]},
		                      .may_ask = way->may_ask};
		pid = spawn_start(&spawn, err);
	}
	if (pid < 0) {
		close_pair(stream);
		close_pair(errors);
		return NULL;
	}
	(void)close(stream[1]);
	(void)close(errors[1]);
	struct proxy *proxy = mem_alloc(sizeof *proxy);
	*proxy = (struct proxy){.pid = pid, .fd = stream[0], .error_fd = errors[0]};
	buf_init(&proxy->said, SAID_MAX_BYTES);
	return proxy;
}

int proxy_take_fd(struct proxy *proxy)
{
	int fd = proxy->fd;
	proxy->fd = -1;
	return fd;
}

int proxy_error_fd(const struct proxy *proxy)
{
	return proxy->error_fd;
}

/* A banner comes first and the reason last: what is old makes room. */
static void keep(struct buf *said, const char *bytes, size_t n)
{
	if (said->n + n > SAID_MAX_BYTES)
		buf_drop(said, said->n + n - SAID_MAX_BYTES);
	buf_add(said, bytes, n);
}

void proxy_listen(struct proxy *proxy)
{
	char bytes[READ_BYTES];
	for (size_t i = 0; proxy->error_fd >= 0 && i < READS_MAX; i++) {
		ssize_t n = read(proxy->error_fd, bytes, sizeof bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n > 0) {
			keep(&proxy->said, bytes, (size_t)n);
		} else {
			(void)close(proxy->error_fd);
			proxy->error_fd = -1;
		}
	}
}

void proxy_said(struct proxy *proxy, struct buf *out)
{
	proxy_listen(proxy);
	spawn_said(buf_str(&proxy->said), out);
}

void proxy_free(struct proxy *proxy)
{
	if (!proxy)
		return;
	if (proxy->fd >= 0)
		(void)close(proxy->fd);
	spawn_end(proxy->pid, PATIENCE_US);
	if (proxy->error_fd >= 0)
		(void)close(proxy->error_fd);
	buf_done(&proxy->said);
	free(proxy);
}
