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
#include "ssh_keyring.h"
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
	SSH_PHASE_AGENT_LIST,  /* which keys does the ssh-agent hold? */
	SSH_PHASE_AGENT_PROBE, /* does the device take this key of the agent's? */
	SSH_PHASE_AGENT_SIGN,
	SSH_PHASE_AGENT_LOGIN,
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
	size_t next_key;                                /* identities before this one had their turn on this link */
	struct ssh_identity *identity;                  /* being tried; of login->keyring */
	bool key_used, password_used, interactive_used; /* led to (partial) success on this link */
	bool password_tried;
	bool interactive_tried; /* since the last list of methods */
	bool password_sent;     /* on this link, by whatever method */
	bool secret_out;        /* the password was sent, and what came of it is not known */
	bool code_out;          /* the same for a person's answer to the device */
	unsigned rounds;        /* of keyboard-interactive */
	unsigned partials;      /* partial successes */
	struct agent_call *agent;
	int agent_fd;          /* where libssh believes the agent to be; the session closes it; -1 none */
	int agent_end;         /* the other end of that; -1 none */
	int64_t agent_left_us; /* of the time granted for the agent */
	char tried[384];       /* what was tried and how it ended, for a person */
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
	char *no_match;   /* libssh's words on algorithms that have no match, NULL none */
	char legacy[160]; /* old algorithms that were agreed on */
	int status;       /* a command's, -1 not told */
	bool was_up;
	bool closed_by_us;
	bool failed;
	struct err error;
};

/* What libssh's words on algorithms begin with. */
#define SSH_NO_MATCH "no match for method "

/* Fill link->error and release the connection; returns SSH_FAILED. */
enum ssh_step ssh_fail(struct link *link, enum err_kind kind, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* The same when the peer or the network ended the connection: `doing` names
 * the phase, the cause is libssh's, `next` is what to do about it (NULL where
 * whoever asked knows better). Damage has a next step of its own. */
enum ssh_step ssh_lost(struct link *link, const char *doing, const char *next);

/* Are the peer's first bytes, as far as they came, those of an SSH server? */
bool ssh_begins_as_ssh(const struct link *link);

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
enum ssh_step ssh_agent_list(struct link *link, int64_t now_us);
enum ssh_step ssh_agent_probe(struct link *link, int64_t now_us);
enum ssh_step ssh_agent_sign(struct link *link, int64_t now_us);
enum ssh_step ssh_agent_login(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_key(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_password(struct link *link, int64_t now_us);
enum ssh_step ssh_auth_interactive(struct link *link, int64_t now_us);
enum ssh_step ssh_shell_channel(struct link *link, int64_t now_us);
enum ssh_step ssh_shell_pty(struct link *link, int64_t now_us);
enum ssh_step ssh_shell_start(struct link *link, int64_t now_us);

/* What came of a login request: waits, goes on to the next method, ends. `name`
 * is for a person; *used is set where the request counted. */
enum ssh_step ssh_auth_answered(struct link *link, int rc, const char *name, bool *used);

/* Keep what was tried and how it ended for the message. */
void ssh_auth_note(struct ssh_auth *auth, const char *what, const char *how);

/* Is there a password, or can one be asked for? Fails the link where not. */
bool ssh_auth_password_known(struct link *link, enum ssh_step *step);

/* Something of ours that may have been wrong is on its way: counted as
 * refused, since it is not known to be good and must not go out again. */
void ssh_auth_count_lost(struct link *link);

/* Ends what goes on with the ssh-agent. */
void ssh_agent_release(struct link *link);

/* Algorithms: offer them; say why there is none in common, or how else the key
 * exchange ended; keep what is old among the ones agreed on. */
bool ssh_algorithms_set(struct link *link);
enum ssh_step ssh_algorithms_fail(struct link *link);
void ssh_algorithms_note(struct link *link);

/* Ask through login->ask; the time it takes is added to the deadline. */
struct secret *ssh_ask(struct link *link, const struct ssh_question *question, struct err *err);

/* Host names compare in lower case. */
void ssh_lower_host(const char *host, char *out, size_t out_size);

/* Load a private key file. 0; 1 when there is no such file; -1 with err. */
int ssh_key_load(struct link *link, const char *file, ssh_key *out, struct err *err);

/* The public key of a key file in wire format, from FILE.pub or from the file
 * itself. False where only its passphrase would tell. */
bool ssh_key_public(const char *file, unsigned char *out, size_t max, size_t *n);

/* End the session and close both descriptors. */
void ssh_release(struct link *link);

#endif
