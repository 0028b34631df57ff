#ifndef FGDIAG_SSH_H
#define FGDIAG_SSH_H

#include <libssh/libssh.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "link.h"
#include "proxy.h"
#include "tcp.h"

/* One SSH link as the ssh_*.c files of the link layer share it; everyone else
 * uses link.h. A link walks through its phases in order; each phase has one
 * function that does what can be done without waiting. */

enum ssh_phase {
	SSH_PHASE_TCP,
	SSH_PHASE_GREETING, /* the peer's first bytes, to tell SSH from other servers */
	SSH_PHASE_KEX,
	SSH_PHASE_HOST_KEY,
	SSH_PHASE_NONE, /* "none" request: lists the methods, brings the banner */
	SSH_PHASE_CHOOSE,
	SSH_PHASE_KEY,
	SSH_PHASE_PASSWORD,
	SSH_PHASE_INTERACTIVE,
	SSH_PHASE_CHANNEL,
	SSH_PHASE_PTY,
	SSH_PHASE_SHELL,
	SSH_PHASE_UP,
	SSH_PHASE_ENDED
};

enum ssh_step {
	SSH_WAIT,  /* for the peer */
	SSH_ON,    /* the phase has changed: go on */
	SSH_FAILED /* link->error says why */
};

struct ssh_auth {
	unsigned methods;                               /* SSH_AUTH_METHOD_* that the server takes now */
	size_t next_key;                                /* identities before this one were tried */
	ssh_key key;                                    /* the one being tried; NULL none */
	bool key_is_shared;                             /* it belongs to login */
	bool key_used, password_used, interactive_used; /* led to (partial) success on this link */
	bool password_tried, interactive_tried;
	bool secret_sent; /* whose answer is still out */
	unsigned rounds;  /* of keyboard-interactive */
	char key_file[256];
	char tried[384]; /* what was tried and how it ended, for a person */
};

struct link {
	const struct ssh_options *options;
	struct ssh_login *login;
	enum ssh_phase phase;
	int64_t deadline_us;
	int64_t greeting_us; /* until then the peer may speak first; 0 not set */
	struct tcp *tcp;
	struct proxy *proxy; /* in place of tcp, and alive as long as the session */
	ssh_session session;
	ssh_channel channel; /* dies with the session */
	int fd;              /* our own duplicate of the socket, -1 when none */
	int given_fd;        /* the one libssh uses, and closes after an error */
	unsigned local_port, remote_port;
	char first[80]; /* the peer's first bytes as text, for messages */
	size_t first_n;
	struct ssh_auth auth;
	struct buf in; /* received and not read yet */
	char *banner;
	bool kex_begun;
	bool was_up;
	bool closed_by_us;
	bool failed;
	struct err error;
};

/* Fill link->error and release the connection; returns SSH_FAILED. */
enum ssh_step ssh_fail(struct link *link, enum err_kind kind, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* The same when the peer or the network ended the connection: `doing` names
 * the phase, the cause is libssh's. */
enum ssh_step ssh_lost(struct link *link, const char *doing);

/* What libssh does not always report: the session is dead although a call
 * said "again". */
bool ssh_dead(const struct link *link);

/* libssh's last message, "" when it says nothing useful. */
const char *ssh_reason(const struct link *link);

void ssh_go(struct link *link, enum ssh_phase phase);

/* The stream is there: take it, and let the peer speak first. */
void ssh_connect_begin(struct link *link, int fd, int64_t now_us);

/* Under which name the device's key is known: its own, or HostKeyAlias, which
 * stands for host and port; lower case. */
unsigned ssh_known_name(const struct ssh_options *options, char *out, size_t out_size);

/* Phases. */
enum ssh_step ssh_connect_tcp(struct link *link, int64_t now_us);
enum ssh_step ssh_connect_greeting(struct link *link, int64_t now_us);
enum ssh_step ssh_connect_kex(struct link *link, int64_t now_us);
enum ssh_step ssh_hostkey_check(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_none(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_choose(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_key(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_password(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_interactive(struct link *link, int64_t now_us);
enum ssh_step ssh_shell_channel(struct link *link, int64_t now_us);
enum ssh_step ssh_shell_pty(struct link *link, int64_t now_us);
enum ssh_step ssh_shell_start(struct link *link, int64_t now_us);

/* Ask through login->ask; the time it takes is added to the deadline. */
struct secret *ssh_ask(struct link *link, const char *what, struct err *err);

/* Host names compare in lower case. */
void ssh_lower_host(const char *host, char *out, size_t out_size);

/* Load a private key file. 0; 1 when there is no such file; -1 with err. */
int ssh_key_load(struct link *link, const char *file, ssh_key *out, struct err *err);

/* End the session and close both descriptors. */
void ssh_release(struct link *link);

#endif
