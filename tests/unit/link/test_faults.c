#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drive.h"
#include "peer.h"

/* Faults at chosen bytes of the way from the server to us, made by a relay
 * between both. A login takes about 1730 bytes on that way. */

enum { LOGIN_BYTES = 1760 };
enum fault { FAULT_CLOSE, FAULT_RESET, FAULT_STALL, FAULT_FLIP, FAULT_DRIP };

struct orders {
	volatile enum fault fault;
	volatile size_t after;
};

static struct orders *orders;
static struct peer peer;
static unsigned relay_port;
static pid_t relay_pid;

static int dial(unsigned port)
{
	struct sockaddr_in address = {
	        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		_exit(1);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static _Noreturn void strike(int client)
{
	struct linger reset = {1, 0};
	if (orders->fault == FAULT_STALL)
		(void)pause();
	if (orders->fault == FAULT_RESET)
		(void)setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	_exit(0);
}

static bool pass(int from, int to, size_t *passed)
{
	char bytes[4096];
	size_t room = sizeof bytes;
	bool cuts = passed && orders->fault != FAULT_FLIP && orders->fault != FAULT_DRIP;
	if (cuts && orders->after - *passed < room)
		room = orders->after - *passed;
	if (room == 0)
		strike(to);
	if (passed && orders->fault == FAULT_DRIP) {
		room = 1;
		(void)usleep(100);
	}
	ssize_t n = read(from, bytes, room);
	if (n <= 0)
		return false;
	if (passed && orders->fault == FAULT_FLIP && orders->after >= *passed && orders->after < *passed + (size_t)n)
		bytes[orders->after - *passed] ^= 1;
	if (passed)
		*passed += (size_t)n;
	return write(to, bytes, (size_t)n) == n;
}

static _Noreturn void relay(int client)
{
	int server = dial(peer.port);
	int on = 1;
	size_t passed = 0;
	(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	struct pollfd fds[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents && !pass(client, server, NULL))
			break;
		if (fds[1].revents && !pass(server, client, &passed))
			break;
	}
	_exit(0);
}

static _Noreturn void relay_loop(int listener)
{
	(void)signal(SIGCHLD, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0 && fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)close(listener);
			relay(client);
		}
		(void)close(client);
	}
}

static int begin(void **state)
{
	(void)state;
	peer_start(&peer, &(struct peer_plan){.methods = SSH_AUTH_METHOD_PASSWORD, .password = "right"}, NULL);
	orders = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int listener = peer_listen(&relay_port);
	relay_pid = fork();
	if (relay_pid == 0)
		relay_loop(listener);
	(void)close(listener);
	return orders == MAP_FAILED;
}

static int end(void **state)
{
	(void)state;
	(void)kill(relay_pid, SIGKILL);
	(void)waitpid(relay_pid, NULL, 0);
	(void)munmap(orders, sizeof *orders);
	peer_stop(&peer);
	return 0;
}

static char *pin(void)
{
	unsigned char *hash = NULL;
	size_t n = 0;
	if (ssh_get_publickey_hash(peer.key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) != 0)
		return NULL;
	char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
	ssh_clean_pubkey_hash(&hash);
	return text;
}

/* Whom it is about and what to do next, and nothing that libssh or errno kept
 * from an earlier moment. */
static void assert_told(const char *text, enum fault fault, size_t after)
{
	static const char *const stale[] = {"No such file", "Success", "known hosts", "not SSH"};
	bool told = strstr(text, "127.0.0.1 port ") && (strstr(text, "; ") || strstr(text, ": check "));
	for (size_t i = 0; i < sizeof stale / sizeof stale[0]; i++)
		told = told && !strstr(text, stale[i]);
	if (!told && fault != FAULT_FLIP)
		fail_msg("fault %d at byte %zu: %s", (int)fault, after, text);
	if (fault == FAULT_FLIP && strstr(text, "known hosts"))
		fail_msg("fault %d at byte %zu: %s", (int)fault, after, text);
}

/* One login through the fault; returns whether it came up. */
static bool login_through(enum fault fault, size_t after, int64_t limit_us)
{
	struct asked asked = {.password = "right"};
	struct ssh_login login = {.ask = ask, .arg = &asked};
	char *key = pin();
	struct ssh_options options = {.host = "127.0.0.1",
	                              .port = relay_port,
	                              .user = "admin",
	                              .host_key = key,
	                              .connect_us = limit_us,
	                              .login_us = limit_us};
	orders->fault = fault;
	orders->after = after;
	int64_t before = clock_mono_us();
	struct link *link = link_ssh(&options, &login, before);
	unsigned turns = drive(link, LINK_UP, SECONDS(10));
	bool up = link_state(link) == LINK_UP;
	if (!up && !link_error(link))
		fail_msg("fault %d at byte %zu: neither up nor failed", (int)fault, after);
	if (!up && link_error(link)->kind != ERR_CONNECT && link_error(link)->kind != ERR_CLOSED &&
	    link_error(link)->kind != ERR_TIMEOUT && link_error(link)->kind != ERR_HOST_KEY &&
	    link_error(link)->kind != ERR_AUTH && link_error(link)->kind != ERR_PERMISSION)
		fail_msg("fault %d at byte %zu: %s", (int)fault, after, link_error(link)->text);
	if (!up)
		assert_told(link_error(link)->text, fault, after);
	if (clock_mono_us() - before > 2 * limit_us + 300000)
		fail_msg("fault %d at byte %zu: too late", (int)fault, after);
	if (fault != FAULT_DRIP && turns > 200)
		fail_msg("fault %d at byte %zu: %u turns", (int)fault, after, turns);
	link_free(link);
	ssh_login_done(&login);
	ssh_string_free_char(key);
	return up;
}

static void the_relay_itself_harms_nothing(void **state)
{
	(void)state;
	assert_true(login_through(FAULT_CLOSE, 1000000, SECONDS(5)));
	assert_true(login_through(FAULT_DRIP, 0, SECONDS(5)));
}

static void an_end_at_any_byte_is_an_error(void **state)
{
	(void)state;
	for (size_t after = 0; after < LOGIN_BYTES; after += 13) {
		bool up = login_through(FAULT_CLOSE, after, SECONDS(3));
		assert_false(up && after < 1600);
	}
}

static void a_reset_at_any_byte_is_an_error(void **state)
{
	(void)state;
	for (size_t after = 0; after < LOGIN_BYTES; after += 17) {
		bool up = login_through(FAULT_RESET, after, SECONDS(3));
		assert_false(up && after < 1600);
	}
}

static void silence_after_any_byte_ends_at_the_deadline(void **state)
{
	(void)state;
	for (size_t after = 0; after < 1600; after += 113)
		assert_false(login_through(FAULT_STALL, after, 200000));
}

static void a_wrong_bit_never_logs_in_once_packets_are_protected(void **state)
{
	(void)state;
	for (size_t at = 0; at < 1600; at += 29) {
		bool up = login_through(FAULT_FLIP, at, 200000);
		assert_false(up && at > 1010);
	}
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_relay_itself_harms_nothing),
	        cmocka_unit_test(an_end_at_any_byte_is_an_error),
	        cmocka_unit_test(a_reset_at_any_byte_is_an_error),
	        cmocka_unit_test(silence_after_any_byte_ends_at_the_deadline),
	        cmocka_unit_test(a_wrong_bit_never_logs_in_once_packets_are_protected),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
