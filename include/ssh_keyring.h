#ifndef FGDIAG_SSH_KEYRING_H
#define FGDIAG_SSH_KEYRING_H

#include <libssh/libssh.h>
#include <stdbool.h>
#include <stddef.h>

#include "link.h"
#include "text.h"

/* The keys of one run, in the order in which they are tried: first those that
 * were named (by the agent where it holds them: then an encrypted file needs no
 * passphrase), then the agent's others. */

struct ssh_identity {
	char name[288];   /* "key FILE", for a person */
	const char *file; /* as the options name it; NULL for a key of the agent only */
	bool in_agent;    /* which signs then */
	char *blob;       /* the public key in wire format; NULL not known yet */
	size_t blob_n;
	ssh_key key; /* the private key, loaded when its turn comes */
	bool tried;  /* in this run */
	bool worked;
};

struct ssh_keyring {
	struct ssh_identity *all;
	size_t n;
};

/* list: the agent's answer to AGENT_LIST, or empty. Never NULL. */
struct ssh_keyring *ssh_keyring_new(const struct ssh_options *options, struct str list);
/* Keep the public key, where it is not known yet. */
void ssh_identity_know(struct ssh_identity *identity, struct str blob);
/* The same key stands in the ring twice and was tried as another entry. */
bool ssh_keyring_was_tried(const struct ssh_keyring *keyring, const struct ssh_identity *identity);
void ssh_keyring_free(struct ssh_keyring *keyring); /* NULL is fine */

#endif
