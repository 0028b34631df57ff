#ifndef FGDIAG_TEST_PEER_H
#define FGDIAG_TEST_PEER_H

/* An SSH server on a loopback port, in a process of its own, that does what a
 * plan says and counts what it saw. */

#include <arpa/inet.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Keyboard-interactive and partial success can be served through the older
 * message interface only. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

enum peer_point {
	POINT_NEVER,
	POINT_ACCEPT,
	POINT_SERVICE,
	POINT_NONE,
	POINT_LOGIN,
	POINT_CHANNEL,
	POINT_PTY,
	POINT_SHELL,
	POINT_UP
};

struct peer_plan {
	unsigned methods; /* SSH_AUTH_METHOD_* offered; 0: "none" succeeds */
	const char *password;
	const char *key_base64;    /* user key let in */
	const char *banner;        /* before login */
	const char *hello;         /* after the shell request */
	const char *prompts[4];    /* keyboard-interactive rounds, prompts in lines, '+' first: with echo; "": none */
	const char *answers[4];    /* wanted, in lines; NULL: the password, in each */
	const char *instruction;   /* of the rounds */
	bool endless;              /* the first round again and again */
	unsigned then;             /* partial success: after the first method one of these */
	enum peer_point close_at;  /* the TCP connection ends there */
	enum peer_point stall_at;  /* silent from there on */
	enum peer_point refuse_at; /* channel, pty or shell refused */
	bool close_after_refusal;
	const char *kex; /* these only, or NULL; the same for the next three */
	const char *host_keys, *ciphers, *macs;
	const char *user_keys; /* signatures taken in logins by key */
	const char *proposal;  /* an old device: this key exchange, and it ends there */
	const char *raw;       /* not SSH at all: these bytes, after the client spoke */
	bool raw_first;        /* ... or at once */
	bool raw_stays;        /* and the connection stays open */
	size_t flood;          /* bytes sent after the shell request */
	bool end_after;        /* end of stream after hello or flood */
};

struct peer_seen {
	volatile unsigned connections, auth, none, passwords, keys, interactive, answers;
	volatile unsigned signed_keys, different_keys;
	volatile unsigned refusals; /* of anything but "none" */
	volatile unsigned secrets;  /* answers to what asks for a password, by any method */
	volatile unsigned columns, rows;
	volatile bool closed; /* the client ended its channel */
	char terminal[32];
	char user[64];
	char last_key[1024];
};

struct peer {
	struct peer_plan plan;
	struct peer_seen *seen;
	ssh_key key;
	unsigned port;
	pid_t pid;
};

struct peer_session {
	const struct peer_plan *plan;
	struct peer_seen *seen;
	ssh_session session;
	ssh_channel channel;
	struct ssh_channel_callbacks_struct callbacks;
	unsigned round;
	bool first_done;
	bool shell;
};

/* True when the plan wants silence here; ends the process to close. */
static inline bool peer_stops(const struct peer_session *s, enum peer_point point)
{
	if (s->plan->close_at == point)
		_exit(0);
	return s->plan->stall_at != POINT_NEVER && point >= s->plan->stall_at;
}

static inline unsigned peer_methods(const struct peer_session *s)
{
	return s->first_done ? s->plan->then : s->plan->methods;
}

static inline int peer_refuse(struct peer_session *s, ssh_message m)
{
	if (ssh_message_subtype(m) != SSH_AUTH_METHOD_NONE)
		s->seen->refusals++;
	ssh_message_auth_set_methods(m, (int)peer_methods(s));
	ssh_message_reply_default(m);
	if (s->plan->close_after_refusal)
		_exit(0);
	return 0;
}

static inline int peer_accept(struct peer_session *s, ssh_message m)
{
	bool partial = s->plan->then && !s->first_done;
	s->first_done = true;
	s->round = 0;
	ssh_message_auth_set_methods(m, (int)peer_methods(s));
	ssh_message_auth_reply_success(m, partial);
	return 0;
}

/* Line i of a text; NULL past its end. */
static inline const char *peer_line_of(const char *text, unsigned i, char *out, size_t size)
{
	while (text && i--) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	if (!text)
		return NULL;
	(void)snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
	return out;
}

static inline int peer_ask(struct peer_session *s, ssh_message m)
{
	const char *text = s->plan->prompts[s->plan->endless ? 0 : s->round];
	char lines[20][64], echo[20];
	const char *prompts[20];
	unsigned n = 0;
	while (text[0] && n < 20 && peer_line_of(text, n, lines[n], sizeof lines[n])) {
		echo[n] = lines[n][0] == '+';
		prompts[n] = lines[n] + (lines[n][0] == '+');
		n++;
	}
	s->round++;
	ssh_message_auth_interactive_request(m, "login", s->plan->instruction ? s->plan->instruction : "", n, prompts,
	                                     echo);
	return 0;
}

static inline bool peer_good_answers(struct peer_session *s, const char *prompts, const char *wanted)
{
	char prompt[64], want[64];
	for (unsigned i = 0; prompts[0] && peer_line_of(prompts, i, prompt, sizeof prompt); i++) {
		const char *answer = ssh_userauth_kbdint_getanswer(s->session, i);
		s->seen->secrets += strstr(prompt, "assword") != NULL;
		if (!wanted || !peer_line_of(wanted, i, want, sizeof want))
			(void)snprintf(want, sizeof want, "%s", s->plan->password);
		if (!answer || strcmp(answer, want) != 0)
			return false;
	}
	return true;
}

static inline int peer_interactive(struct peer_session *s, ssh_message m)
{
	if (!ssh_message_auth_kbdint_is_response(m)) {
		s->seen->interactive++;
		s->round = 0;
		if (!(peer_methods(s) & SSH_AUTH_METHOD_INTERACTIVE))
			return peer_refuse(s, m);
		return peer_ask(s, m);
	}
	s->seen->answers++;
	unsigned round = s->round - 1;
	if (!s->plan->endless && !peer_good_answers(s, s->plan->prompts[round], s->plan->answers[round]))
		return peer_refuse(s, m);
	if (s->plan->endless || (s->round < 4 && s->plan->prompts[s->round]))
		return peer_ask(s, m);
	return peer_accept(s, m);
}

static inline int peer_password(struct peer_session *s, ssh_message m)
{
	s->seen->passwords++;
	s->seen->secrets++;
	if (!(peer_methods(s) & SSH_AUTH_METHOD_PASSWORD) || !s->plan->password ||
	    strcmp(ssh_message_auth_password(m), s->plan->password) != 0)
		return peer_refuse(s, m);
	return peer_accept(s, m);
}

static inline int peer_key(struct peer_session *s, ssh_message m)
{
	char *base64 = NULL;
	bool signed_now = ssh_message_auth_publickey_state(m) != SSH_PUBLICKEY_STATE_NONE;
	bool good = ssh_pki_export_pubkey_base64(ssh_message_auth_pubkey(m), &base64) == SSH_OK;
	s->seen->keys++;
	s->seen->signed_keys += signed_now;
	if (good && strcmp(s->seen->last_key, base64) != 0) {
		s->seen->different_keys++;
		(void)snprintf(s->seen->last_key, sizeof s->seen->last_key, "%s", base64);
	}
	good = good && (peer_methods(s) & SSH_AUTH_METHOD_PUBLICKEY) && s->plan->key_base64 &&
	       strcmp(base64, s->plan->key_base64) == 0;
	ssh_string_free_char(base64);
	if (!good || ssh_message_auth_publickey_state(m) == SSH_PUBLICKEY_STATE_WRONG)
		return peer_refuse(s, m);
	if (!signed_now)
		return ssh_message_auth_reply_pk_ok_simple(m);
	return peer_accept(s, m);
}

static inline int peer_none(struct peer_session *s, ssh_message m)
{
	s->seen->none++;
	strncpy(s->seen->user, ssh_message_auth_user(m), sizeof s->seen->user - 1);
	if (peer_stops(s, POINT_NONE))
		return 0;
	if (s->plan->banner) {
		ssh_string banner = ssh_string_from_char(s->plan->banner);
		ssh_send_issue_banner(s->session, banner);
		ssh_string_free(banner);
	}
	if (s->plan->methods)
		return peer_refuse(s, m);
	ssh_message_auth_reply_success(m, 0);
	return 0;
}

static inline int peer_auth(struct peer_session *s, ssh_message m)
{
	s->seen->auth++;
	if (ssh_message_subtype(m) == SSH_AUTH_METHOD_NONE)
		return peer_none(s, m);
	if (peer_stops(s, POINT_LOGIN))
		return 0;
	switch (ssh_message_subtype(m)) {
	case SSH_AUTH_METHOD_PASSWORD:
		return peer_password(s, m);
	case SSH_AUTH_METHOD_PUBLICKEY:
		return peer_key(s, m);
	case SSH_AUTH_METHOD_INTERACTIVE:
		return peer_interactive(s, m);
	default:
		return peer_refuse(s, m);
	}
}

static inline int peer_data(ssh_session session, ssh_channel channel, void *data, uint32_t n, int is_stderr, void *arg)
{
	(void)session;
	(void)is_stderr;
	struct peer_session *s = arg;
	if (peer_stops(s, POINT_UP))
		return (int)n;
	if (n == 5 && memcmp(data, "exit\n", 5) == 0) {
		ssh_channel_write(channel, "bye\r\n", 5);
		ssh_channel_send_eof(channel);
		ssh_channel_close(channel);
		return (int)n;
	}
	ssh_channel_write(channel, data, n);
	return (int)n;
}

static inline void peer_closed(ssh_session session, ssh_channel channel, void *arg)
{
	(void)session;
	(void)channel;
	((struct peer_session *)arg)->seen->closed = true;
}

static inline int peer_pty(struct peer_session *s, ssh_message m)
{
	strncpy(s->seen->terminal, ssh_message_channel_request_pty_term(m), sizeof s->seen->terminal - 1);
	s->seen->columns = (unsigned)ssh_message_channel_request_pty_width(m);
	s->seen->rows = (unsigned)ssh_message_channel_request_pty_height(m);
	if (peer_stops(s, POINT_PTY))
		return 0;
	if (s->plan->refuse_at == POINT_PTY)
		return 1;
	ssh_message_channel_request_reply_success(m);
	return 0;
}

static inline int peer_shell(struct peer_session *s, ssh_message m)
{
	if (peer_stops(s, POINT_SHELL))
		return 0;
	if (s->plan->refuse_at == POINT_SHELL)
		return 1;
	ssh_message_channel_request_reply_success(m);
	s->shell = true;
	return 0;
}

static inline int peer_message(ssh_session session, ssh_message m, void *arg)
{
	(void)session;
	struct peer_session *s = arg;
	int type = ssh_message_type(m);
	if (type == SSH_REQUEST_SERVICE) {
		s->seen->auth++;
		return peer_stops(s, POINT_SERVICE) ? 0 : 1;
	}
	if (type == SSH_REQUEST_AUTH)
		return peer_auth(s, m);
	if (type == SSH_REQUEST_CHANNEL_OPEN) {
		if (peer_stops(s, POINT_CHANNEL))
			return 0;
		if (s->plan->refuse_at == POINT_CHANNEL)
			return 1;
		s->channel = ssh_message_channel_request_open_reply_accept(m);
		s->callbacks = (struct ssh_channel_callbacks_struct){
		        .userdata = s, .channel_data_function = peer_data, .channel_close_function = peer_closed};
		ssh_callbacks_init(&s->callbacks);
		ssh_set_channel_callbacks(s->channel, &s->callbacks);
		return 0;
	}
	if (type == SSH_REQUEST_CHANNEL && ssh_message_subtype(m) == SSH_CHANNEL_REQUEST_PTY)
		return peer_pty(s, m);
	if (type == SSH_REQUEST_CHANNEL && ssh_message_subtype(m) == SSH_CHANNEL_REQUEST_SHELL)
		return peer_shell(s, m);
	return 1;
}

static inline void peer_after_shell(struct peer_session *s, ssh_event event)
{
	static char bytes[8192];
	memset(bytes, 'x', sizeof bytes);
	if (s->plan->hello)
		ssh_channel_write(s->channel, s->plan->hello, (uint32_t)strlen(s->plan->hello));
	size_t left = s->plan->flood;
	while (left > 0) {
		uint32_t n = left < sizeof bytes ? (uint32_t)left : sizeof bytes;
		int written = ssh_channel_write(s->channel, bytes, n);
		if (written > 0)
			left -= (size_t)written;
		else if (ssh_event_dopoll(event, 100) == SSH_ERROR)
			_exit(0);
	}
	if (s->plan->end_after) {
		ssh_channel_send_eof(s->channel);
		ssh_channel_close(s->channel);
	}
	ssh_blocking_flush(s->session, 1000);
	if (s->plan->close_at == POINT_UP && s->plan->hello)
		_exit(0);
}

static inline void peer_raw(const struct peer *peer, int fd)
{
	char bytes[1024];
	if (!peer->plan.raw_first)
		(void)!read(fd, bytes, sizeof bytes);
	(void)!write(fd, peer->plan.raw, strlen(peer->plan.raw));
	if (peer->plan.raw_stays)
		(void)pause();
	/* an orderly end: no reset because of bytes not read */
	(void)shutdown(fd, SHUT_WR);
	while (read(fd, bytes, sizeof bytes) > 0)
		;
	_exit(0);
}

/* The banner, and once the client's proposal is there one of our own, each in
 * a segment of its own as on a real network. */
static inline void peer_propose(const struct peer *peer, int fd)
{
	static const char *const rest[9] = {"ssh-rsa",  "aes128-cbc", "aes128-cbc", "hmac-md5",
	                                    "hmac-md5", "none",       "none"};
	unsigned char packet[1024] = {0};
	char bytes[4096];
	size_t n = 6 + 16; /* length, padding length, message number, cookie */
	packet[5] = 20;    /* SSH_MSG_KEXINIT */
	for (size_t i = 0; i < 10; i++) {
		const char *list = i == 0 ? peer->plan.proposal : rest[i - 1] ? rest[i - 1] : "";
		packet[n + 3] = (unsigned char)strlen(list);
		memcpy(packet + n + 4, list, strlen(list));
		n += 4 + strlen(list);
	}
	n += 5; /* first_kex_packet_follows, reserved */
	size_t padding = 4 + (8 - (n + 4) % 8) % 8;
	packet[4] = (unsigned char)padding;
	n += padding;
	packet[2] = (unsigned char)((n - 4) >> 8);
	packet[3] = (unsigned char)(n - 4);
	(void)!write(fd, "SSH-2.0-old\r\n", 13);
	(void)!read(fd, bytes, sizeof bytes);
	(void)usleep(100000);
	(void)!write(fd, packet, n);
	while (read(fd, bytes, sizeof bytes) > 0)
		;
	_exit(0);
}

static inline void peer_serve(const struct peer *peer, int fd)
{
	bool no = false;
	int on = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	struct peer_session s = {.plan = &peer->plan, .seen = peer->seen, .session = ssh_new()};
	if (peer->plan.raw)
		peer_raw(peer, fd);
	if (peer->plan.proposal)
		peer_propose(peer, fd);
	if (peer_stops(&s, POINT_ACCEPT)) {
		(void)pause();
		_exit(0);
	}
	ssh_bind bind = ssh_bind_new();
	ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
	ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, ssh_key_dup(peer->key));
	const struct {
		enum ssh_bind_options_e option;
		const char *list;
	} limits[] = {
	        {SSH_BIND_OPTIONS_KEY_EXCHANGE, peer->plan.kex},
	        {SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, peer->plan.host_keys},
	        {SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, peer->plan.user_keys},
	        {SSH_BIND_OPTIONS_CIPHERS_C_S, peer->plan.ciphers},
	        {SSH_BIND_OPTIONS_CIPHERS_S_C, peer->plan.ciphers},
	        {SSH_BIND_OPTIONS_HMAC_C_S, peer->plan.macs},
	        {SSH_BIND_OPTIONS_HMAC_S_C, peer->plan.macs},
	};
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (limits[i].list && ssh_bind_options_set(bind, limits[i].option, limits[i].list) != 0)
			_exit(1);
	}
	if (ssh_bind_accept_fd(bind, s.session, fd) != SSH_OK)
		_exit(1);
	ssh_set_message_callback(s.session, peer_message, &s);
	if (ssh_handle_key_exchange(s.session) != SSH_OK)
		_exit(0);
	ssh_set_blocking(s.session, 0);
	ssh_event event = ssh_event_new();
	ssh_event_add_session(event, s.session);
	bool greeted = false;
	while (ssh_event_dopoll(event, 1000) != SSH_ERROR && !(ssh_get_status(s.session) & SSH_CLOSED)) {
		if (s.shell && !greeted) {
			greeted = true;
			peer_after_shell(&s, event);
		}
	}
	_exit(0);
}

static inline void peer_accept_loop(const struct peer *peer, int listener)
{
	(void)signal(SIGCHLD, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		peer->seen->connections++;
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)close(listener);
			peer_serve(peer, fd);
		}
		(void)close(fd);
	}
}

static inline int peer_listen(unsigned *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		abort();
	*port = ntohs(address.sin_port);
	return fd;
}

/* Starts a server; key NULL makes a new host key. */
static inline void peer_start(struct peer *peer, const struct peer_plan *plan, ssh_key key)
{
	*peer = (struct peer){.plan = *plan, .key = key};
	if (!key && ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &peer->key) != SSH_OK)
		abort();
	peer->seen = mmap(NULL, sizeof *peer->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (peer->seen == MAP_FAILED)
		abort();
	int listener = peer_listen(&peer->port);
	peer->pid = fork();
	if (peer->pid < 0)
		abort();
	if (peer->pid == 0)
		peer_accept_loop(peer, listener);
	(void)close(listener);
}

/* The child's own children die with it. */
static inline void peer_stop(struct peer *peer)
{
	(void)kill(peer->pid, SIGKILL);
	(void)waitpid(peer->pid, NULL, 0);
	(void)munmap(peer->seen, sizeof *peer->seen);
	ssh_key_free(peer->key);
}

static inline void peer_line(const struct peer *peer, const char *hosts, char *out, size_t size)
{
	char *base64 = NULL;
	if (ssh_pki_export_pubkey_base64(peer->key, &base64) != SSH_OK)
		abort();
	(void)snprintf(out, size, "%s ssh-ed25519 %s\n", hosts, base64);
	ssh_string_free_char(base64);
}

#endif
