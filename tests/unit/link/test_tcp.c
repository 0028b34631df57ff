#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>

#include "drive.h"
#include "peer.h"
#include "resolve.h"
#include "tcp.h"

/* The C library's look-up is replaced by one that knows these names only. */

static struct addrinfo *entry(const char *address, const char *port, struct addrinfo *next)
{
	struct {
		struct addrinfo info;
		struct sockaddr_in in;
	} *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	p->in.sin_family = AF_INET;
	p->in.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	(void)inet_pton(AF_INET, address, &p->in.sin_addr);
	p->info = (struct addrinfo){.ai_family = AF_INET,
	                            .ai_socktype = SOCK_STREAM,
	                            .ai_addr = (struct sockaddr *)&p->in,
	                            .ai_addrlen = sizeof p->in,
	                            .ai_next = next};
	return &p->info;
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict res)
{
	if (hints->ai_flags & AI_NUMERICHOST) {
		if (strcmp(node, "127.0.0.1") != 0)
			return EAI_NONAME;
		*res = entry(node, service, NULL);
		return 0;
	}
	if (strncmp(node, "slow", 4) == 0)
		(void)usleep(1500000);
	if (strcmp(node, "unknown.test") == 0)
		return EAI_NONAME;
	*res = entry("127.0.0.1", service, NULL);
	if (strcmp(node, "second.test") == 0)
		*res = entry("127.0.0.2", service, *res); /* nothing listens there */
	if (strcmp(node, "third.test") == 0)              /* nothing answers there */
		*res = entry("127.0.0.9", service, *res);
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;
		free(list);
		list = next;
	}
}

static unsigned turns;

static enum tcp_state wait_for(struct tcp *tcp, int64_t limit_us, struct err *err)
{
	int64_t limit = clock_mono_us() + limit_us;
	for (turns = 0;; turns++) {
		int64_t now = clock_mono_us();
		enum tcp_state state = tcp_step(tcp, now, err);
		if (state != TCP_WAIT || now >= limit)
			return state;
		struct pollfd fds[TCP_MAX_POLLFDS];
		int64_t due = tcp_deadline(tcp);
		size_t n = tcp_pollfds(tcp, fds);
		(void)poll(fds, n, clock_poll_ms(due < limit ? due : limit));
	}
}

static void an_address_connects_at_once_and_is_tuned(void **state)
{
	(void)state;
	unsigned port = 0;
	int listener = peer_listen(&port);
	struct tcp *tcp = tcp_open("127.0.0.1", port);
	assert_int_equal(wait_for(tcp, SECONDS(5), NULL), TCP_CONNECTED);
	int fd = tcp_take_fd(tcp);
	assert_int_equal(tcp_take_fd(tcp), -1);
	tcp_free(tcp);
	int on = 0;
	socklen_t size = sizeof on;
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
	assert_int_not_equal(on, 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
	assert_int_not_equal(on, 0);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &on, &size), 0);
	assert_int_equal(on, 20000);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
	(void)close(listener);
}

static void a_name_is_looked_up_without_spinning(void **state)
{
	(void)state;
	unsigned port = 0;
	int listener = peer_listen(&port);
	struct tcp *tcp = tcp_open("slow.test", port);
	char what[64];
	tcp_waits_for(tcp, what, sizeof what);
	assert_string_equal(what, "name look-up");
	assert_int_equal(wait_for(tcp, SECONDS(5), NULL), TCP_CONNECTED);
	assert_true(turns < 10);
	tcp_free(tcp);
	(void)close(listener);
}

static void a_look_up_that_hangs_is_left_behind(void **state)
{
	(void)state;
	struct tcp *tcp = tcp_open("slow.test", 9);
	int64_t before = clock_mono_us();
	assert_int_equal(wait_for(tcp, 200000, NULL), TCP_WAIT);
	tcp_free(tcp);
	assert_true(clock_mono_us() - before < 500000);
	(void)usleep(1600000); /* its thread ends on its own */
}

static void a_link_s_deadline_holds_over_a_hanging_look_up(void **state)
{
	(void)state;
	struct ssh_options options = {
	        .host = "slow.test", .port = 22, .user = "admin", .connect_us = 200000, .login_us = 200000};
	struct ssh_login login = {0};
	struct link *link = link_ssh(&options, &login, clock_mono_us());
	assert_true(drive(link, LINK_UP, SECONDS(5)) < 10);
	assert_int_equal(link_error(link)->kind, ERR_TIMEOUT);
	assert_non_null(strstr(link_error(link)->text, "slow.test port 22: waited 0.2 s in vain for the name look-up"));
	link_free(link);
	(void)usleep(1600000);
}

static void the_next_address_follows_a_refused_one_at_once(void **state)
{
	(void)state;
	unsigned port = 0;
	int listener = peer_listen(&port); /* on 127.0.0.1 only */
	struct tcp *tcp = tcp_open("second.test", port);
	int64_t before = clock_mono_us();
	assert_int_equal(wait_for(tcp, SECONDS(5), NULL), TCP_CONNECTED);
	assert_true(clock_mono_us() - before < 200000);
	tcp_free(tcp);
	(void)close(listener);
}

/* A listener whose queue is full drops what comes. */
static int silent_listener(unsigned port, int fillers[4])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	(void)inet_pton(AF_INET, "127.0.0.9", &address.sin_addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fillers[i], (struct sockaddr *)&address, sizeof address);
	}
	(void)usleep(50000);
	return fd;
}

static void a_silent_address_does_not_use_up_the_time_of_the_next(void **state)
{
	(void)state;
	unsigned port = 0;
	int fillers[4];
	int listener = peer_listen(&port);
	int silent = silent_listener(port, fillers);
	struct tcp *tcp = tcp_open("third.test", port);
	int64_t before = clock_mono_us();
	assert_int_equal(wait_for(tcp, SECONDS(5), NULL), TCP_CONNECTED);
	int64_t took = clock_mono_us() - before;
	assert_true(took >= 200000 && took < 600000);
	assert_true(turns < 10);
	tcp_free(tcp);
	for (size_t i = 0; i < 4; i++)
		(void)close(fillers[i]);
	(void)close(silent);
	(void)close(listener);
}

static void failures_name_host_cause_and_next_step(void **state)
{
	(void)state;
	struct err err = {0};
	unsigned port = 0;
	(void)close(peer_listen(&port));
	struct tcp *tcp = tcp_open("unknown.test", port);
	assert_int_equal(wait_for(tcp, SECONDS(5), &err), TCP_FAILED);
	assert_int_equal(err.kind, ERR_CONNECT);
	assert_non_null(strstr(err.text, "cannot look up unknown.test"));
	tcp_free(tcp);
	tcp = tcp_open("second.test", port);
	assert_int_equal(wait_for(tcp, SECONDS(5), &err), TCP_FAILED);
	assert_non_null(strstr(err.text, "second.test port "));
	assert_non_null(strstr(err.text, "Connection refused; nothing listens there"));
	tcp_free(tcp);
	tcp_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_address_connects_at_once_and_is_tuned),
	        cmocka_unit_test(a_name_is_looked_up_without_spinning),
	        cmocka_unit_test(a_look_up_that_hangs_is_left_behind),
	        cmocka_unit_test(a_link_s_deadline_holds_over_a_hanging_look_up),
	        cmocka_unit_test(the_next_address_follows_a_refused_one_at_once),
	        cmocka_unit_test(a_silent_address_does_not_use_up_the_time_of_the_next),
	        cmocka_unit_test(failures_name_host_cause_and_next_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
