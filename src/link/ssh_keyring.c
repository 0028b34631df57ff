#include "ssh_keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "mem.h"
#include "ssh.h"

/* More than are ever tried, so that a named key is found among them. */
enum { AGENT_MAX_IDENTITIES = 256, BLOB_MAX_BYTES = 16 * 1024 };

/* What libssh can offer; certificates are not among them. */
static bool type_is_plain(struct str blob)
{
	static const char *const types[] = {"ssh-ed25519",
	                                    "ecdsa-sha2-nistp256",
	                                    "ecdsa-sha2-nistp384",
	                                    "ecdsa-sha2-nistp521",
	                                    "ssh-rsa",
	                                    "sk-ssh-ed25519@openssh.com",
	                                    "sk-ecdsa-sha2-nistp256@openssh.com"};
	struct str type;
	if (blob.n > BLOB_MAX_BYTES || !agent_take_string(&blob, &type))
		return false;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (str_is(type, types[i]))
			return true;
	}
	return false;
}

static bool same_blob(const struct ssh_identity *identity, struct str blob)
{
	return identity->blob && identity->blob_n == blob.n && memcmp(identity->blob, blob.p, blob.n) == 0;
}

void ssh_identity_know(struct ssh_identity *identity, struct str blob)
{
	if (identity->blob)
		return;
	identity->blob = mem_alloc(blob.n + 1);
	memcpy(identity->blob, blob.p, blob.n);
	identity->blob_n = blob.n;
}

static void add_named(struct ssh_keyring *keyring, const char *file)
{
	struct ssh_identity *one = &keyring->all[keyring->n++];
	unsigned char blob[BLOB_MAX_BYTES];
	size_t n = 0;
	one->file = file;
	(void)snprintf(one->name, sizeof one->name, "key %s", file);
	if (ssh_key_public(file, blob, sizeof blob, &n))
		ssh_identity_know(one, (struct str){(const char *)blob, n});
}

static void add_of_agent(struct ssh_keyring *keyring, const struct agent_identity *identity, bool named_only)
{
	size_t named = 0;
	for (size_t i = 0; i < keyring->n; i++) {
		if (same_blob(&keyring->all[i], identity->blob)) {
			keyring->all[i].in_agent = true;
			named++;
		}
	}
	if (named > 0 || named_only)
		return;
	struct ssh_identity *one = &keyring->all[keyring->n++];
	struct buf comment;
	buf_init(&comment, 1024);
	text_add_safe(&comment, str_cut(identity->comment, 0, 200));
	one->in_agent = true;
	(void)snprintf(one->name, sizeof one->name, "key %s of the ssh-agent",
	               comment.n ? comment.p : "without a name");
	ssh_identity_know(one, identity->blob);
	buf_done(&comment);
}

struct ssh_keyring *ssh_keyring_new(const struct ssh_options *options, struct str list)
{
	uint32_t count = 0;
	struct agent_identity identity;
	struct ssh_keyring *keyring = mem_alloc(sizeof *keyring);
	if (!agent_open_list(&list, &count))
		count = 0;
	count = count < AGENT_MAX_IDENTITIES ? count : AGENT_MAX_IDENTITIES;
	keyring->all = mem_alloc((options->identity_count + count + 1) * sizeof *keyring->all);
	for (size_t i = 0; i < options->identity_count; i++)
		add_named(keyring, options->identities[i]);
	for (uint32_t i = 0; i < count && agent_next_identity(&list, &identity); i++) {
		if (type_is_plain(identity.blob))
			add_of_agent(keyring, &identity, options->identities_only);
	}
	return keyring;
}

bool ssh_keyring_was_tried(const struct ssh_keyring *keyring, const struct ssh_identity *identity)
{
	for (size_t i = 0; identity->blob && i < keyring->n; i++) {
		const struct ssh_identity *other = &keyring->all[i];
		if (other != identity && other->tried &&
		    same_blob(other, (struct str){identity->blob, identity->blob_n}))
			return true;
	}
	return false;
}

void ssh_keyring_free(struct ssh_keyring *keyring)
{
	for (size_t i = 0; keyring && i < keyring->n; i++) {
		free(keyring->all[i].blob);
		ssh_key_free(keyring->all[i].key);
	}
	if (keyring)
		free(keyring->all);
	free(keyring);
}
