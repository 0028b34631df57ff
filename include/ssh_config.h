#ifndef FGDIAG_SSH_CONFIG_H
#define FGDIAG_SSH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "link.h"

/* The user's OpenSSH configuration for one host, as OpenSSH itself reads it:
 * `ssh -G` prints it. Nothing in it has a say in whether a host key is right. */
struct ssh_config {
	const char *host; /* HostName: a name or address of a closed alphabet */
	unsigned port;
	const char *user;        /* NULL when it says none */
	const char **identities; /* IdentityFile, paths to the end */
	size_t identity_count;
	bool default_identities;  /* these are the ones that ssh looks for anyway */
	bool identities_only;     /* IdentitiesOnly */
	const char *agent;        /* IdentityAgent: a socket's path, "none", or NULL for $SSH_AUTH_SOCK */
	const char **known_hosts; /* UserKnownHostsFile, then GlobalKnownHostsFile; where a user has
	                             none, ssh's usual one: a key must be known from somewhere */
	size_t known_hosts_count;
	const char *host_key_alias;
	const char *proxy_jump;    /* as written: "a,user@b:22"; NULL none */
	const char *proxy_command; /* as written, NULL none */
	bool proxy_passes_fd;      /* ProxyUseFdpass */
};

struct ssh_config_request {
	const char *file; /* -F; NULL for ssh's own files */
	const char *host; /* as the user wrote it, already checked */
	const char *user; /* from the command line, or NULL */
	unsigned port;    /* from the command line, or 0 */
	const char *home; /* for ~ and %d, NULL unknown */
};

/* Run `ssh -G`. 0; 1 when no ssh is installed; -1 with ERR_USAGE and what ssh
 * said. */
int ssh_config_ask(struct arena *arena, const struct ssh_config_request *request, struct ssh_config *out,
                   struct err *err);

/* Read what it printed; ERR_USAGE names the setting that cannot be used. */
int ssh_config_parse(struct arena *arena, const struct ssh_config_request *request, struct str text,
                     struct ssh_config *out, struct err *err);

/* The program that leads to the device: ssh for ProxyJump, `shell` (else
 * /bin/sh) for ProxyCommand. *out is NULL where the configuration has neither.
 * `may_ask`: there is a terminal to ask at. ERR_USAGE. */
int ssh_config_proxy(struct arena *arena, const struct ssh_config_request *request, const struct ssh_config *config,
                     const char *shell, bool may_ask, const struct ssh_proxy **out, struct err *err);

/* Letters of a host name or address, and of a port that may follow it:
 * "host", "host:22", "[v6]:22"; *port is left alone where none is given. */
bool ssh_config_host_ok(struct str host);
bool ssh_config_user_ok(const char *user); /* may stand in an argument vector or a command line; NULL may not */
int ssh_config_split_port(struct str text, struct str *host, unsigned *port, struct err *err);

#endif
