#include "ssh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "mem.h"
#include "secret.h"

enum { IN_MAX_BYTES = 256 * 1024, READ_BYTES = 16 * 1024, WRITE_BYTES = 16 * 1024 };

/* What is waited for, as a timeout's message says it. */
static const struct {
	const char *waits_for;
	enum ssh_step (*run)(struct link *link, int64_t now_us);
} phases[SSH_PHASE_UP] = {
        [SSH_PHASE_TCP] = {"TCP connection", ssh_connect_tcp},
        [SSH_PHASE_GREETING] = {"SSH greeting", ssh_connect_greeting},
        [SSH_PHASE_KEX] = {"SSH key exchange", ssh_connect_kex},
        [SSH_PHASE_HOST_KEY] = {"host key", ssh_hostkey_check},
        [SSH_PHASE_NONE] = {"list of login methods", ssh_auth_none},
        [SSH_PHASE_CHOOSE] = {"login", ssh_auth_choose},
        [SSH_PHASE_AGENT_LIST] = {"ssh-agent", ssh_agent_list},
        [SSH_PHASE_AGENT_PROBE] = {"answer to the login by key", ssh_agent_probe},
        [SSH_PHASE_AGENT_SIGN] = {"ssh-agent", ssh_agent_sign},
        [SSH_PHASE_AGENT_LOGIN] = {"answer to the login by key", ssh_agent_login},
        [SSH_PHASE_KEY] = {"answer to the login by key", ssh_auth_key},
        [SSH_PHASE_PASSWORD] = {"answer to the login by password", ssh_auth_password},
        [SSH_PHASE_INTERACTIVE] = {"answer to the keyboard-interactive login", ssh_auth_interactive},
        [SSH_PHASE_CHANNEL] = {"SSH channel", ssh_shell_channel},
        [SSH_PHASE_PTY] = {"terminal", ssh_shell_pty},
        [SSH_PHASE_SHELL] = {"shell", ssh_shell_start},
};

void ssh_go(struct link *link, enum ssh_phase phase)
{
	link->phase = phase;
}

/* ---- ends ---- */

/* libssh closes the descriptor it was given after an error, and its number may
 * be another file's by now; the inode of our duplicate tells. */
static void close_fds(struct link *link)
{
	struct stat ours, given;
	if (link->fd < 0)
		return;
	if (link->given_fd >= 0 && fstat(link->fd, &ours) == 0 && fstat(link->given_fd, &given) == 0 &&
	    ours.st_ino == given.st_ino && ours.st_dev == given.st_dev)
		(void)close(link->given_fd);
	(void)close(link->fd);
	link->fd = -1;
	link->given_fd = -1;
}

void ssh_release(struct link *link)
{
	tcp_free(link->tcp);
	link->tcp = NULL;
	if (link->session) {
		ssh_disconnect(link->session); /* frees the channel too */
		ssh_free(link->session);
	}
	link->session = NULL;
	link->channel = NULL;
	close_fds(link);
	proxy_free(link->proxy); /* sees the stream's end */
	link->proxy = NULL;
	ssh_agent_release(link);
	link->phase = SSH_PHASE_ENDED;
}

/* Why there is no way, in the words of who should have made it. */
static void add_said(struct link *link, enum err_kind kind)
{
	struct buf said;
	size_t n = strlen(link->error.text);
	const char *name = link->proxy ? link->options->proxy->name : NULL;
	if (!name || (link->phase > SSH_PHASE_KEX && kind != ERR_CLOSED))
		return;
	buf_init(&said, sizeof link->error.text);
	proxy_said(link->proxy, &said);
	if (said.n)
		(void)snprintf(link->error.text + n, sizeof link->error.text - n, "; %s said: %s",
		               strstr(link->error.text, name) ? "it" : name, said.p);
	buf_done(&said);
}

static const char *server_banner(const struct link *link)
{
	return link->session ? ssh_get_serverbanner(link->session) : NULL;
}

/* Was anybody there? Asked before what knows it is released. */
static void note_answer(struct link *link)
{
	link->login->answered |= link->first_n || server_banner(link);
}

enum ssh_step ssh_fail(struct link *link, enum err_kind kind, const char *fmt, ...)
{
	char text[sizeof link->error.text];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args); /* before libssh's own strings go */
	va_end(args);
	(void)err_set(&link->error, kind, "%s", text);
	note_answer(link);
	add_said(link, kind);
	link->failed = true;
	ssh_release(link);
	return SSH_FAILED;
}

bool ssh_dead(const struct link *link)
{
	return (ssh_get_status(link->session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) || ssh_get_fd(link->session) < 0;
}

/* libssh words an end of stream by whatever errno an earlier call left. */
static bool is_of_socket(const char *text)
{
	static const int ends[] = {ECONNRESET,   ECONNABORTED, EPIPE,    ETIMEDOUT,
	                           EHOSTUNREACH, ENETUNREACH,  ENETDOWN, EHOSTDOWN};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		if (strcmp(text, strerror(ends[i])) == 0)
			return true;
	}
	return false;
}

const char *ssh_reason(const struct link *link)
{
	static const char of_socket[] = "Socket error: ";
	/* said of known hosts each time, since those are ours to judge */
	static const char unasked[] = "Can't verify server in known hosts";
	const char *text = link->session ? ssh_get_error(link->session) : NULL;
	if (!text || strcmp(text, "Success") == 0 || strncmp(text, unasked, strlen(unasked)) == 0)
		return "";
	if (strncmp(text, of_socket, strlen(of_socket)) != 0)
		return text;
	text += strlen(of_socket);
	return is_of_socket(text) ? text : "";
}

/* And not because what came was no SSH that could be accepted. */
static bool ended_by_peer(const char *reason)
{
	return !reason[0] || is_of_socket(reason) || strncmp(reason, "Received SSH_MSG_DISCONNECT", 27) == 0;
}

enum ssh_step ssh_lost(struct link *link, const char *doing, const char *next)
{
	const char *reason = ssh_reason(link);
	enum err_kind kind = link->phase <= SSH_PHASE_KEX ? ERR_CONNECT : ERR_CLOSED;
	if (next && !ended_by_peer(reason))
		next = "what came was damaged on the way, or is not what the device sent: check the way to it";
	return ssh_fail(link, kind, "%s port %u ended the connection %s%s%s%s%s", link->options->host,
	                link->options->port, doing, reason[0] ? ": " : "", reason, next ? "; " : "", next ? next : "");
}

static void time_out_proxy(struct link *link, int64_t given_us)
{
	(void)ssh_fail(link, ERR_TIMEOUT,
	               "no way to %s port %u through %s within %lld s: it is slow, or cannot reach the device",
	               link->options->host, link->options->port, link->options->proxy->name,
	               (long long)(given_us / 1000000));
}

static void time_out(struct link *link)
{
	char what[96];
	int64_t given_us = link->phase < SSH_PHASE_NONE ? link->options->connect_us : link->options->login_us;
	if (link->phase == SSH_PHASE_TCP && link->tcp)
		tcp_waits_for(link->tcp, what, sizeof what);
	else
		(void)snprintf(what, sizeof what, "%s", phases[link->phase].waits_for);
	const char *next = link->phase == SSH_PHASE_TCP
	                           ? "check the address, and that SSH is allowed there from this machine"
	                           : "the device is too busy, or something on the way drops packets";
	if (link->proxy && link->phase <= SSH_PHASE_KEX && !link->first_n && !server_banner(link)) {
		time_out_proxy(link, given_us);
		return;
	}
	if (link->first_n && link->phase == SSH_PHASE_KEX && !ssh_begins_as_ssh(link) && !server_banner(link)) {
		(void)ssh_fail(link, ERR_TIMEOUT, "%s port %u says '%s', which is not SSH: check the port",
		               link->options->host, link->options->port, link->first);
		return;
	}
	(void)ssh_fail(link, ERR_TIMEOUT, "%s port %u: waited %lld.%lld s in vain for the %s; %s", link->options->host,
	               link->options->port, (long long)(given_us / 1000000), (long long)(given_us / 100000 % 10), what,
	               next);
}

/* ---- bytes ---- */

static void finish(struct link *link)
{
	link->status = link->options->command ? ssh_channel_get_exit_status(link->channel) : -1;
	ssh_release(link);
}

/* One read: bytes, 0 nothing now, -1 the link has ended. */
static int read_once(struct link *link, int is_stderr)
{
	char bytes[READ_BYTES];
	int n = ssh_channel_read_nonblocking(link->channel, bytes, sizeof bytes, is_stderr);
	if (n > 0) {
		buf_add(&link->in, bytes, (size_t)n);
		return n;
	}
	if (n == SSH_EOF || (n <= 0 && ssh_channel_is_eof(link->channel))) {
		if (is_stderr)
			return 0;
		finish(link);
		return -1;
	}
	if ((n == 0 || n == SSH_AGAIN) && !ssh_dead(link))
		return 0;
	(void)ssh_lost(link, "while the session was open", NULL);
	return -1;
}

static bool room(const struct link *link)
{
	return link->phase == SSH_PHASE_UP && link->in.n + READ_BYTES <= IN_MAX_BYTES;
}

/* Each look goes to the network where its own stream has nothing. So standard
 * output is emptied before the first look at standard error, which may find
 * the connection gone, and looked at again after it, since what that brought
 * is out of poll()'s sight. */
static void receive(struct link *link)
{
	int got = 0;
	do {
		while (room(link) && (got = read_once(link, 0)) > 0)
			;
		if (room(link))
			got = read_once(link, 1);
		if (room(link) && got == 0)
			got = read_once(link, 0);
	} while (room(link) && got > 0);
}

void link_step(struct link *link, int64_t now_us)
{
	enum ssh_step step = SSH_ON;
	while (link->phase < SSH_PHASE_UP && step == SSH_ON)
		step = phases[link->phase].run(link, now_us);
	note_answer(link);
	if (link->proxy)
		proxy_listen(link->proxy);
	if (link->phase < SSH_PHASE_UP && now_us >= link->deadline_us)
		time_out(link);
	if (link->phase == SSH_PHASE_UP) {
		link->was_up = true;
		receive(link);
	}
}

size_t link_read(struct link *link, char *bytes, size_t max)
{
	if (link->in.n == 0)
		receive(link);
	size_t n = link->in.n < max ? link->in.n : max;
	if (n == 0)
		return 0;
	memcpy(bytes, link->in.p, n);
	buf_drop(&link->in, n);
	return n;
}

size_t link_write(struct link *link, const char *bytes, size_t n)
{
	receive(link); /* libssh gives nothing more once a write has failed */
	if (link->phase != SSH_PHASE_UP || n == 0)
		return 0;
	n = n < WRITE_BYTES ? n : WRITE_BYTES;
	int written = ssh_channel_write(link->channel, bytes, (uint32_t)n);
	if (written >= 0)
		return (size_t)written;
	if (written == SSH_AGAIN && !ssh_dead(link))
		return 0;
	(void)ssh_lost(link, "while the session was open", NULL);
	return 0;
}

/* ---- what it is doing ---- */

static bool bytes_wait(const struct link *link)
{
	return link->was_up && !link->closed_by_us && link->in.n > 0;
}

enum link_state link_state(const struct link *link)
{
	if (link->phase == SSH_PHASE_UP || (link->phase == SSH_PHASE_ENDED && bytes_wait(link)))
		return LINK_UP;
	if (link->phase == SSH_PHASE_ENDED)
		return LINK_DOWN;
	return link->phase < SSH_PHASE_NONE ? LINK_CONNECTING : LINK_LOGIN;
}

size_t link_pollfds(struct link *link, struct pollfd fds[static LINK_MAX_POLLFDS])
{
	_Static_assert(TCP_MAX_POLLFDS <= LINK_MAX_POLLFDS, "all connection attempts are waited for");
	if (link->phase == SSH_PHASE_TCP && link->tcp)
		return tcp_pollfds(link->tcp, fds);
	if (link->fd < 0)
		return 0;
	if (link->auth.agent) { /* the device says nothing unasked meanwhile, and nobody would read it */
		fds[0] = (struct pollfd){.fd = agent_call_fd(link->auth.agent),
		                         .events = agent_call_events(link->auth.agent)};
		return 1;
	}
	short events = POLLIN;
	if (link->phase > SSH_PHASE_GREETING && (ssh_get_poll_flags(link->session) & SSH_WRITE_PENDING))
		events |= POLLOUT;
	fds[0] = (struct pollfd){.fd = link->fd, .events = events};
	if (!link->proxy || proxy_error_fd(link->proxy) < 0)
		return 1;
	fds[1] = (struct pollfd){.fd = proxy_error_fd(link->proxy), .events = POLLIN};
	return 2;
}

int64_t link_deadline(const struct link *link)
{
	if (bytes_wait(link))
		return 0;
	if (link->phase >= SSH_PHASE_UP)
		return INT64_MAX;
	int64_t when = link->deadline_us;
	int64_t sooner = INT64_MAX;
	if (link->phase == SSH_PHASE_TCP && link->tcp)
		sooner = tcp_deadline(link->tcp);
	else if (link->phase == SSH_PHASE_GREETING)
		sooner = link->greeting_us;
	else if (link->auth.agent)
		sooner = agent_call_deadline(link->auth.agent);
	return sooner < when ? sooner : when;
}

bool link_eof(const struct link *link)
{
	return link->phase == SSH_PHASE_ENDED && link->was_up && !link->closed_by_us && link->in.n == 0;
}

const struct err *link_error(const struct link *link)
{
	return link->failed ? &link->error : NULL;
}

void link_ports(const struct link *link, unsigned *local, unsigned *remote)
{
	*local = link->local_port;
	*remote = link->remote_port;
}

const char *link_banner(const struct link *link)
{
	return link->banner ? link->banner : "";
}

/* ---- life ---- */

void link_close(struct link *link)
{
	if (link->phase == SSH_PHASE_UP && !ssh_dead(link)) {
		(void)ssh_channel_send_eof(link->channel);
		(void)ssh_channel_close(link->channel);
		(void)ssh_blocking_flush(link->session, 0); /* one pass: waits for nothing */
	}
	if (link->phase != SSH_PHASE_ENDED)
		ssh_release(link);
	link->closed_by_us = true;
}

void link_interrupt(struct link *link)
{
	if (link->phase == SSH_PHASE_UP && !ssh_dead(link)) {
		(void)ssh_channel_request_send_signal(link->channel, "INT");
		(void)ssh_blocking_flush(link->session, 0);
	}
}

int link_status(const struct link *link)
{
	return link->status;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	ssh_release(link);
	buf_done(&link->in);
	free(link->banner);
	free(link->no_match);
	explicit_bzero(link, sizeof *link);
	free(link);
}

/* A host goes into messages, known_hosts lines and libssh: letters that mean
 * something to any of them are refused here. */
static bool plain_host(const char *host)
{
	size_t n = host ? strnlen(host, 256) : 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)host[i];
		if (c <= ' ' || c >= 0x7f || strchr("@/\\\"'`$;&|<>()[]{}*?!,", c))
			return false;
	}
	return n > 0 && n < 256;
}

static bool plain_user(const char *user)
{
	size_t n = user ? strnlen(user, 256) : 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)user[i];
		if (c < ' ' || c == 0x7f)
			return false;
	}
	return n > 0 && n < 256;
}

static void open_proxy(struct link *link, int64_t now_us)
{
	struct err err = {0};
	link->proxy = proxy_open(link->options->proxy, &err);
	if (!link->proxy)
		(void)ssh_fail(link, ERR_CONNECT, "no connection to %s port %u: %s", link->options->host,
		               link->options->port, err.text);
	else
		ssh_connect_begin(link, proxy_take_fd(link->proxy), now_us);
}

struct link *link_ssh(const struct ssh_options *options, struct ssh_login *login, int64_t now_us)
{
	struct link *link = mem_alloc(sizeof *link);
	*link = (struct link){.options = options,
	                      .login = login,
	                      .fd = -1,
	                      .given_fd = -1,
	                      .status = -1,
	                      .auth = {.agent_fd = -1, .agent_end = -1},
	                      .deadline_us = now_us + options->connect_us};
	buf_init(&link->in, IN_MAX_BYTES);
	if (!plain_host(options->host))
		(void)ssh_fail(link, ERR_USAGE, "'%.100s' is neither a host name nor an address",
		               options->host ? options->host : "");
	else if (options->port == 0 || options->port > 65535)
		(void)ssh_fail(link, ERR_USAGE, "port %u is not between 1 and 65535", options->port);
	else if (!plain_user(options->user))
		(void)ssh_fail(link, ERR_USAGE, "no usable user name to log in to %s with; give one with -l",
		               options->host);
	else if (!ssh_version(SSH_VERSION_INT(0, 10, 6)))
		(void)ssh_fail(link, ERR_INTERNAL, "libssh %s is too old: 0.10.6 or later is needed", ssh_version(0));
	else if (login->code_used)
		(void)ssh_fail(
		        link, ERR_AUTH,
		        "%s asked for a one-time code, which holds for one login only: there is no second session",
		        options->host);
	else if (options->proxy)
		open_proxy(link, now_us);
	else
		link->tcp = tcp_open(options->host, options->port);
	return link;
}

void ssh_login_done(struct ssh_login *login)
{
	secret_free(login->password);
	ssh_keyring_free(login->keyring);
	*login = (struct ssh_login){0};
}

struct secret *ssh_ask(struct link *link, const struct ssh_question *question, struct err *err)
{
	if (!link->login->ask) {
		(void)err_set(err, ERR_AUTH, "there is no %s and nobody to ask for it", question->text);
		return NULL;
	}
	int64_t before_us = clock_mono_us();
	struct secret *secret = link->login->ask(link->login->arg, question, err);
	link->deadline_us += clock_mono_us() - before_us;
	return secret;
}
