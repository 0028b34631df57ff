#include "tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "resolve.h"

static const int64_t NEXT_ADDRESS_US = 250000;
enum { KEEPALIVE_IDLE_S = 15, KEEPALIVE_EVERY_S = 5, KEEPALIVE_COUNT = 4, UNACKED_MS = 20000 };

struct attempt {
	int fd; /* -1: free */
	const struct addrinfo *address;
};

struct tcp {
	char *host;
	unsigned port;
	struct resolve *resolve;
	struct err start_error;
	bool resolved;
	const struct addrinfo *next; /* not tried yet */
	int64_t next_us;
	struct attempt attempts[TCP_MAX_POLLFDS];
	int connected_fd;
	int failure; /* errno of the most telling failed attempt */
	char failed_address[64];
};

static const struct {
	int error;
	const char *hint;
} hints[] = {
        {ECONNREFUSED, "nothing listens there: check the port, and that SSH is allowed on that interface"},
        {EHOSTUNREACH, "no way to that host: check the address and the route to it"},
        {ENETUNREACH, "no way to that network: check the address and the routes of this machine"},
        {ETIMEDOUT, "no answer: check the address, and that SSH is allowed there from this machine"},
        {ECONNRESET, "the peer refused: check that this machine is among the trusted hosts"},
        {EACCES, "this machine's own rules forbid it"},
        {EPERM, "this machine's own rules forbid it"},
        {EMFILE, "this process has too many open files"},
        {ENFILE, "this machine has too many open files"},
};

static const char *hint_for(int error)
{
	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
		if (hints[i].error == error)
			return hints[i].hint;
	}
	return "check the address and the way to it";
}

static const char *words_for(int error)
{
	const char *words = strerrordesc_np(error);
	return words ? words : "unknown error";
}

static void print_address(const struct addrinfo *address, char *out, size_t out_size)
{
	if (getnameinfo(address->ai_addr, address->ai_addrlen, out, (socklen_t)out_size, NULL, 0, NI_NUMERICHOST) != 0)
		(void)snprintf(out, out_size, "?");
}

struct tcp *tcp_open(const char *host, unsigned port)
{
	struct tcp *tcp = mem_alloc(sizeof *tcp);
	size_t n = strlen(host) + 1;
	tcp->host = mem_alloc(n);
	memcpy(tcp->host, host, n);
	tcp->port = port;
	tcp->connected_fd = -1;
	for (size_t i = 0; i < TCP_MAX_POLLFDS; i++)
		tcp->attempts[i].fd = -1;
	tcp->resolve = resolve_start(host, port, &tcp->start_error);
	return tcp;
}

/* A refusal says more than a missing route of the other address family. */
static void note_failure(struct tcp *tcp, const struct addrinfo *address, int error)
{
	if (tcp->failure == ECONNREFUSED)
		return;
	tcp->failure = error;
	print_address(address, tcp->failed_address, sizeof tcp->failed_address);
}

static void set_option(int fd, int level, int name, int value)
{
	/* each is a help, none a need */
	(void)setsockopt(fd, level, name, &value, sizeof value);
}

static void tune(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS);
}

static bool start_attempt(struct tcp *tcp, struct attempt *attempt, const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
	if (fd < 0) {
		note_failure(tcp, address, errno);
		return false;
	}
	tune(fd);
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS && errno != EINTR) {
		note_failure(tcp, address, errno);
		(void)close(fd);
		return false;
	}
	*attempt = (struct attempt){.fd = fd, .address = address};
	return true;
}

static struct attempt *free_attempt(struct tcp *tcp)
{
	for (size_t i = 0; i < TCP_MAX_POLLFDS; i++) {
		if (tcp->attempts[i].fd < 0)
			return &tcp->attempts[i];
	}
	return NULL;
}

static size_t running(const struct tcp *tcp)
{
	size_t n = 0;
	for (size_t i = 0; i < TCP_MAX_POLLFDS; i++)
		n += tcp->attempts[i].fd >= 0;
	return n;
}

static void start_due(struct tcp *tcp, int64_t now_us)
{
	while (tcp->next && (running(tcp) == 0 || now_us >= tcp->next_us)) {
		struct attempt *attempt = free_attempt(tcp);
		if (!attempt)
			return;
		const struct addrinfo *address = tcp->next;
		tcp->next = address->ai_next;
		if (start_attempt(tcp, attempt, address))
			tcp->next_us = now_us + NEXT_ADDRESS_US;
	}
}

static void check_attempt(struct tcp *tcp, struct attempt *attempt)
{
	struct pollfd p = {.fd = attempt->fd, .events = POLLOUT};
	if (attempt->fd < 0 || poll(&p, 1, 0) <= 0)
		return;
	int error = 0;
	socklen_t size = sizeof error;
	if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error == 0 && tcp->connected_fd < 0) {
		tcp->connected_fd = attempt->fd;
	} else {
		if (error)
			note_failure(tcp, attempt->address, error);
		(void)close(attempt->fd);
	}
	attempt->fd = -1;
}

static void close_attempts(struct tcp *tcp)
{
	for (size_t i = 0; i < TCP_MAX_POLLFDS; i++) {
		if (tcp->attempts[i].fd >= 0)
			(void)close(tcp->attempts[i].fd);
		tcp->attempts[i].fd = -1;
	}
	tcp->next = NULL;
}

static int fail_lookup(const struct tcp *tcp, int error, struct err *err)
{
	return err_set(err, ERR_CONNECT, "cannot look up %s: %s; check the name, or give the address", tcp->host,
	               gai_strerror(error));
}

static int take_addresses(struct tcp *tcp, struct err *err)
{
	const struct addrinfo *list = NULL;
	int error = 0;
	if (!resolve_done(tcp->resolve, &list, &error))
		return 0;
	if (!list)
		return fail_lookup(tcp, error ? error : EAI_NONAME, err);
	tcp->next = list;
	tcp->resolved = true;
	return 0;
}

enum tcp_state tcp_step(struct tcp *tcp, int64_t now_us, struct err *err)
{
	if (!tcp->resolve) {
		if (err)
			*err = tcp->start_error;
		return TCP_FAILED;
	}
	if (!tcp->resolved && take_addresses(tcp, err) != 0)
		return TCP_FAILED;
	if (!tcp->resolved)
		return TCP_WAIT;
	do {
		start_due(tcp, now_us);
		for (size_t i = 0; i < TCP_MAX_POLLFDS; i++)
			check_attempt(tcp, &tcp->attempts[i]);
		if (tcp->connected_fd >= 0) {
			close_attempts(tcp);
			return TCP_CONNECTED;
		}
	} while (running(tcp) == 0 && tcp->next);
	if (running(tcp) > 0)
		return TCP_WAIT;
	(void)err_set(err, ERR_CONNECT, "cannot connect to %s port %u (%s): %s; %s", tcp->host, tcp->port,
	              tcp->failed_address, words_for(tcp->failure), hint_for(tcp->failure));
	return TCP_FAILED;
}

int tcp_take_fd(struct tcp *tcp)
{
	int fd = tcp->connected_fd;
	tcp->connected_fd = -1;
	return fd;
}

size_t tcp_pollfds(const struct tcp *tcp, struct pollfd fds[static TCP_MAX_POLLFDS])
{
	if (!tcp->resolve)
		return 0;
	if (!tcp->resolved) {
		fds[0] = (struct pollfd){.fd = resolve_fd(tcp->resolve), .events = POLLIN};
		return fds[0].fd >= 0;
	}
	size_t n = 0;
	for (size_t i = 0; i < TCP_MAX_POLLFDS; i++) {
		if (tcp->attempts[i].fd >= 0)
			fds[n++] = (struct pollfd){.fd = tcp->attempts[i].fd, .events = POLLOUT};
	}
	return n;
}

int64_t tcp_deadline(const struct tcp *tcp)
{
	if (!tcp->resolve || (!tcp->resolved && resolve_fd(tcp->resolve) < 0))
		return 0;
	return tcp->resolved && tcp->next && running(tcp) < TCP_MAX_POLLFDS ? tcp->next_us : INT64_MAX;
}

void tcp_waits_for(const struct tcp *tcp, char *out, size_t out_size)
{
	char address[64] = "";
	for (size_t i = 0; i < TCP_MAX_POLLFDS && !address[0]; i++) {
		if (tcp->attempts[i].fd >= 0)
			print_address(tcp->attempts[i].address, address, sizeof address);
	}
	if (address[0])
		(void)snprintf(out, out_size, "TCP connection to %s", address);
	else
		(void)snprintf(out, out_size, "name look-up");
}

void tcp_free(struct tcp *tcp)
{
	if (!tcp)
		return;
	close_attempts(tcp);
	if (tcp->connected_fd >= 0)
		(void)close(tcp->connected_fd);
	resolve_free(tcp->resolve);
	free(tcp->host);
	free(tcp);
}
