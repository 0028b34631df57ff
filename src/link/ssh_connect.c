#include <errno.h>
#include <fcntl.h>
#include <libssh/callbacks.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "ssh.h"

/* SSH servers speak at once; one that has not by then may wait for us. */
static const int64_t GREETING_US = 250000;

/* ---- TCP ---- */

static unsigned port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
	return 0;
}

static void note_ports(struct link *link)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;
	if (getsockname(link->fd, (struct sockaddr *)(void *)&address, &size) == 0)
		link->local_port = port_of(&address);
	size = sizeof address;
	if (getpeername(link->fd, (struct sockaddr *)(void *)&address, &size) == 0)
		link->remote_port = port_of(&address);
}

/* A proxy has yet to get through: a device that waits for us is told from a way
 * that is not there by patience alone. */
void ssh_connect_begin(struct link *link, int fd, int64_t now_us)
{
	link->fd = fd;
	note_ports(link);
	link->greeting_us = now_us + (link->proxy ? link->options->connect_us / 2 : GREETING_US);
	ssh_go(link, SSH_PHASE_GREETING);
}

enum ssh_step ssh_connect_tcp(struct link *link, int64_t now_us)
{
	struct err err = {0};
	enum tcp_state state = tcp_step(link->tcp, now_us, &err);
	if (state == TCP_WAIT)
		return SSH_WAIT;
	if (state == TCP_FAILED)
		return ssh_fail(link, err.kind, "%s", err.text);
	int fd = tcp_take_fd(link->tcp);
	tcp_free(link->tcp);
	link->tcp = NULL;
	ssh_connect_begin(link, fd, now_us);
	return SSH_ON;
}

/* ---- is it SSH at all ---- */

/* Looks at the peer's first bytes without taking them. Returns what recv()
 * returns, with errno. */
static ssize_t peek(struct link *link)
{
	char bytes[sizeof link->first];
	ssize_t n = recv(link->fd, bytes, sizeof bytes - 1, MSG_PEEK | MSG_DONTWAIT);
	for (ssize_t i = 0; i < n && link->first_n + 1 < sizeof link->first; i++) {
		if (bytes[i] == '\r' || bytes[i] == '\n')
			break;
		link->first[link->first_n++] = bytes[i] ? bytes[i] : '?';
	}
	link->first[link->first_n] = '\0';
	return n;
}

/* Lines before the SSH banner are allowed, so only what is known to be another
 * protocol ends it here. */
static const char *other_protocol(const struct link *link)
{
	static const struct {
		const char *start;
		const char *name;
	} others[] = {{"HTTP/", "HTTP"},   {"<", "HTML or XML"}, {"220", "FTP or SMTP"}, {"\x15\x03", "TLS"},
	              {"\x16\x03", "TLS"}, {"\xff", "Telnet"},   {"RFB ", "VNC"}};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (strncmp(link->first, others[i].start, strlen(others[i].start)) == 0)
			return others[i].name;
	}
	return NULL;
}

bool ssh_begins_as_ssh(const struct link *link)
{
	size_t n = strlen(link->first);
	return strncmp(link->first, "SSH-", n < 4 ? n : 4) == 0;
}

static enum ssh_step not_ssh(struct link *link, const char *name)
{
	return ssh_fail(link, ERR_CONNECT, "%s port %u speaks %s, not SSH (it began with '%s'): check the port",
	                link->options->host, link->options->port, name, link->first);
}

/* ---- the session ---- */

/* No file of the user's is read by libssh: neither configuration nor known
 * hosts, which are ours to judge. HOST stays unset for the same reason. USER is
 * no more than a placeholder: it would refuse "DOMAIN\name", so each login
 * request carries the name itself. */
static bool set_options(struct link *link)
{
	static const char none[] = "/dev/null";
	bool no = false;
	ssh_session s = link->session;
	return ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_USER, "unused") == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_SSH_DIR, none) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, none) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, none) == 0 && ssh_algorithms_set(link);
}

static enum ssh_step start_session(struct link *link)
{
	link->session = ssh_new();
	if (!link->session)
		mem_exhausted();
	if (!set_options(link))
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take our options: %s", ssh_reason(link));
	link->given_fd = fcntl(link->fd, F_DUPFD_CLOEXEC, 0);
	if (link->given_fd < 0)
		return ssh_fail(link, ERR_CONNECT, "%s: too many open files", link->options->host);
	if (ssh_options_set(link->session, SSH_OPTIONS_FD, &link->given_fd) != 0)
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take our socket: %s", ssh_reason(link));
	ssh_set_blocking(link->session, 0);
	ssh_go(link, SSH_PHASE_KEX);
	return SSH_ON;
}

enum ssh_step ssh_connect_greeting(struct link *link, int64_t now_us)
{
	ssize_t n = peek(link);
	if (link->proxy && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
		return ssh_fail(
		        link, ERR_CONNECT,
		        "no way to %s port %u through %s: check that one first, then that it may reach the device",
		        link->options->host, link->options->port, link->options->proxy->name);
	if (n == 0)
		return ssh_fail(link, ERR_CONNECT,
		                "%s port %u accepted the connection and closed it at once: check that this machine is "
		                "among the trusted hosts, and that the device is not out of sessions",
		                link->options->host, link->options->port);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return ssh_fail(link, ERR_CONNECT,
		                "%s port %u: the connection was reset before any SSH byte; check that this machine is "
		                "among the trusted hosts, and that the device is not out of sessions",
		                link->options->host, link->options->port);
	if (n < 0 && now_us < link->greeting_us)
		return SSH_WAIT;
	const char *other = other_protocol(link);
	return other ? not_ssh(link, other) : start_session(link);
}

/* ---- key exchange ---- */

/* libssh says in its log alone what has no match where the server's banner and
 * its proposal come in one read: its error is then that of the socket. */
static void keep_no_match(int priority, const char *function, const char *text, void *arg)
{
	struct link *link = arg;
	(void)priority;
	(void)function;
	if (!link->no_match && strstr(text, SSH_NO_MATCH))
		link->no_match = strdup(text);
}

static int connect_on(struct link *link)
{
	(void)ssh_set_log_userdata(link);
	(void)ssh_set_log_callback(keep_no_match);
	(void)ssh_set_log_level(SSH_LOG_WARN);
	int rc = ssh_connect(link->session);
	(void)ssh_set_log_level(SSH_LOG_NONE);
	/* libssh makes the socket blocking */
	(void)fcntl(link->fd, F_SETFL, O_NONBLOCK);
	return rc;
}

enum ssh_step ssh_connect_kex(struct link *link, int64_t now_us)
{
	(void)now_us;
	if (!ssh_get_serverbanner(link->session) && link->first_n == 0) {
		(void)peek(link);
		const char *other = other_protocol(link);
		if (other)
			return not_ssh(link, other);
	}
	int rc = connect_on(link);
	if (rc == SSH_AGAIN && !ssh_dead(link))
		return SSH_WAIT;
	if (rc == SSH_OK) {
		ssh_algorithms_note(link);
		ssh_go(link, SSH_PHASE_HOST_KEY);
		return SSH_ON;
	}
	if (link->first_n && !ssh_begins_as_ssh(link) && !ssh_get_serverbanner(link->session))
		return ssh_fail(link, ERR_CONNECT, "%s port %u says '%s', which is not SSH: check the port",
		                link->options->host, link->options->port, link->first);
	return ssh_algorithms_fail(link);
}
