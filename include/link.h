#ifndef FGDIAG_LINK_H
#define FGDIAG_LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

/* One byte stream to one CLI session of a device. Never blocks: the runner
 * owns the poll loop and the clock. Several links may be alive at once. */
struct link;

enum link_state {
	LINK_CONNECTING, /* name look-up, TCP, key exchange, host key */
	LINK_LOGIN,      /* authentication, channel, PTY, shell */
	LINK_UP,         /* bytes flow */
	LINK_DOWN,       /* ended: link_error() tells whether that was a failure */
};

#define LINK_MAX_POLLFDS 4

void link_step(struct link *link, int64_t now_us); /* progress what can be progressed */
enum link_state link_state(const struct link *link);
size_t link_pollfds(struct link *link, struct pollfd fds[static LINK_MAX_POLLFDS]);
int64_t link_deadline(const struct link *link); /* next moment for link_step by time alone; INT64_MAX none */
size_t link_read(struct link *link, char *bytes, size_t max);      /* 0: nothing now */
size_t link_write(struct link *link, const char *bytes, size_t n); /* taken: may be short */
bool link_eof(const struct link *link);                            /* the peer ended the stream and all was read */
const struct err *link_error(const struct link *link);             /* NULL unless it failed */
void link_close(struct link *link);                                /* polite end; state becomes LINK_DOWN */
void link_free(struct link *link);                                 /* NULL is fine */
/* TCP ports of our own connection, 0 when not connected. */
void link_ports(const struct link *link, unsigned *local, unsigned *remote);

/* Of a link that runs a command: end it as Ctrl-C does; the status it exited
 * with once it has ended, -1 where that is not told. */
void link_interrupt(struct link *link);
int link_status(const struct link *link);

/* ---- SSH ---- */

/* What leads to a device that no TCP connection of ours reaches: a program
 * whose standard input and output are the byte stream. */
struct ssh_proxy {
	const char *const *argv; /* argv[0]: absolute path; ends with NULL */
	const char *const *env;  /* ends with NULL */
	const char *name;        /* for messages: "the jump host bastion" */
	bool may_ask;            /* it may ask at our terminal */
};

struct ssh_options {
	const char *host; /* name or address, no brackets */
	unsigned port;    /* 22 unless given */
	const char *user;
	const char *const *identities; /* key files; tried before the password */
	size_t identity_count;
	const char *agent_path;         /* the ssh-agent's socket; NULL, "" or "none": no agent */
	bool identities_only;           /* of the agent's keys only those that are among the identities */
	const char *const *known_hosts; /* files, in order; the first is the one --accept-new writes */
	size_t known_hosts_count;
	const char *host_key_alias;    /* looked up in place of host and port; NULL none */
	const struct ssh_proxy *proxy; /* in place of a TCP connection; NULL none */
	const char *host_key;          /* pin "SHA256:…" or NULL: when given, it alone decides */
	const char *command;           /* one to run, without a terminal, in place of the command line; NULL none */
	bool accept_new;
	bool legacy_algorithms; /* also offer SHA-1 key exchange, ssh-rsa, CBC ciphers, HMAC-SHA1 */
	int64_t connect_us;     /* from start to the end of the key exchange: 10 s */
	int64_t login_us;       /* authentication and shell: 15 s; time at a person's prompt does not count */
};

/* What is asked of a person, or of what stands in for one. */
enum ssh_question_kind {
	SSH_QUESTION_PASSWORD,   /* the account's */
	SSH_QUESTION_PASSPHRASE, /* opens a key file, never goes to the device */
	SSH_QUESTION_DEVICE,     /* the device's own words: a token, a one-time code */
};

struct ssh_question {
	enum ssh_question_kind kind;
	const char *text; /* "password for admin@fgt", fit for a terminal, no colon at its end */
	unsigned attempt; /* from 1; above it only where a passphrase did not open its key */
	bool echo;        /* may what is typed be seen? */
};

/* What the links of one run share: the credentials and the count of refusals.
 * The password is asked for only after the host key was accepted and a server
 * wants one; at most two refused attempts per run, one secret sent once across
 * all methods, each key once. */
struct ssh_login {
	/* Gives a secret that is then ours, or NULL with err. */
	struct secret *(*ask)(void *arg, const struct ssh_question *question, struct err *err);
	void *arg;
	struct secret *password; /* NULL until asked; freed by ssh_login_done */
	bool password_refused;
	unsigned refused;
	const char *worked;   /* "password", "key FILE": further links use only this; NULL before */
	bool code_used;       /* a question of the device's own was answered, which holds once: no second link */
	bool answered;        /* the peer said something: it was reached */
	bool accepted_new;    /* a new key was written by --accept-new */
	char fingerprint[80]; /* of the accepted host key; a second link must see the same */

	/* Of the ssh_* files only; zero at first. */
	char worked_text[320];       /* what `worked` points to */
	struct ssh_keyring *keyring; /* freed by ssh_login_done */
	bool used_password;          /* which methods led to success */
	bool used_interactive;
};
void ssh_login_done(struct ssh_login *login); /* wipes */

/* Start an SSH link; options and login must outlive it. Never NULL: a failure
 * shows as LINK_DOWN with link_error. */
struct link *link_ssh(const struct ssh_options *options, struct ssh_login *login, int64_t now_us);

/* Banner before login (SSH_MSG_USERAUTH_BANNER), hostile text, or "". */
const char *link_banner(const struct link *link);

/* Old algorithms that the connection rests on, "diffie-hellman-group14-sha1,
 * hmac-sha1"; "" when there is none among them that libssh names (it does not
 * name the host key's signature). */
const char *link_legacy(const struct link *link);

/* Versions of the libraries of this layer, "libssh 0.10.6"; of the crypto
 * library that libssh is linked with, "OpenSSL 3.0.19"; of its zlib, "1.2.13"
 * or "" where it has none. */
const char *link_version(void);
const char *link_crypto_version(void);
const char *link_zlib_version(void);

#endif
