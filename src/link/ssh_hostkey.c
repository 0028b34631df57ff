#include <stdio.h>
#include <string.h>

#include "known_hosts.h"
#include "ssh.h"

enum { SSH_PORT = 22 };

struct host_key {
	char host[256]; /* as known_hosts has it */
	unsigned port;
	char entry[280]; /* as `ssh-keygen -R` wants it */
	const char *type;
	char *base64;
	char fingerprint[80];
};

void ssh_lower_host(const char *host, char *out, size_t out_size)
{
	size_t n = strnlen(host, out_size - 1);
	for (size_t i = 0; i < n; i++)
		out[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] - 'A' + 'a') : host[i];
	out[n] = '\0';
}

unsigned ssh_known_name(const struct ssh_options *options, char *out, size_t out_size)
{
	ssh_lower_host(options->host_key_alias ? options->host_key_alias : options->host, out, out_size);
	return options->host_key_alias ? SSH_PORT : options->port;
}

static bool take_fingerprint(ssh_key key, char *out, size_t out_size)
{
	unsigned char *hash = NULL;
	size_t n = 0;
	if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) != 0)
		return false;
	char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
	ssh_clean_pubkey_hash(&hash);
	bool fits = text && strlen(text) < out_size;
	if (fits)
		memcpy(out, text, strlen(text) + 1);
	ssh_string_free_char(text);
	return fits;
}

static bool take_key(struct link *link, struct host_key *out)
{
	ssh_key key = NULL;
	*out = (struct host_key){0};
	out->port = ssh_known_name(link->options, out->host, sizeof out->host);
	if (out->port == SSH_PORT)
		(void)snprintf(out->entry, sizeof out->entry, "%s", out->host);
	else
		(void)snprintf(out->entry, sizeof out->entry, "[%s]:%u", out->host, out->port);
	if (ssh_get_server_publickey(link->session, &key) != SSH_OK)
		return false;
	out->type = ssh_key_type_to_char(ssh_key_type(key));
	bool good = out->type && ssh_pki_export_pubkey_base64(key, &out->base64) == SSH_OK &&
	            take_fingerprint(key, out->fingerprint, sizeof out->fingerprint);
	ssh_key_free(key);
	return good;
}

/* ---- refusals: each names what was shown and what to do ---- */

static enum ssh_step refuse_unknown(struct link *link, const struct host_key *key,
                                    const struct known_hosts_result *known)
{
	const struct ssh_options *options = link->options;
	if (options->accept_new && known->damaged)
		return ssh_fail(
		        link, ERR_HOST_KEY,
		        "%s shows the host key %s %s, and --accept-new does not apply: %s:%u is damaged and may "
		        "have held it; mend that line, or give --host-key %s once you have checked it",
		        key->entry, key->type, key->fingerprint, known->damaged_file, known->damaged_line,
		        key->fingerprint);
	return ssh_fail(link, ERR_HOST_KEY,
	                "the host key of %s is not known: it shows %s %s; compare this with the device's own console, "
	                "then give --host-key %s, or --accept-new to keep it%s%s",
	                key->entry, key->type, key->fingerprint, key->fingerprint,
	                options->known_hosts_count ? " in " : "",
	                options->known_hosts_count ? options->known_hosts[0] : "");
}

static enum ssh_step refuse(struct link *link, const struct host_key *key, const struct known_hosts_result *known)
{
	switch (known->answer) {
	case KNOWN_HOSTS_CHANGED:
		return ssh_fail(
		        link, ERR_HOST_KEY,
		        "THE HOST KEY OF %s HAS CHANGED: it shows %s %s, %s:%u holds %s. A device that "
		        "was reset or replaced has a new key, and so has somebody in between: compare it with the "
		        "console, then run: ssh-keygen -f '%s' -R '%s'",
		        key->entry, key->type, key->fingerprint, known->file, known->line,
		        known->fingerprint[0] ? known->fingerprint : "another one", known->file, key->entry);
	case KNOWN_HOSTS_OTHER:
		return ssh_fail(
		        link, ERR_HOST_KEY,
		        "%s shows the host key %s %s, but %s:%u holds a key of another type only: compare it with "
		        "the console, then give --host-key %s",
		        key->entry, key->type, key->fingerprint, known->file, known->line, key->fingerprint);
	case KNOWN_HOSTS_REVOKED:
		return ssh_fail(link, ERR_HOST_KEY,
		                "the host key %s %s of %s is marked as revoked in %s:%u: do not log in with it",
		                key->type, key->fingerprint, key->entry, known->file, known->line);
	case KNOWN_HOSTS_UNREADABLE:
		return ssh_fail(
		        link, ERR_HOST_KEY,
		        "%s shows the host key %s %s, and %s cannot be read (a regular file of at most 16 MiB is "
		        "wanted): mend it, or name another with --known-hosts",
		        key->entry, key->type, key->fingerprint, known->file);
	default:
		return refuse_unknown(link, key, known);
	}
}

/* ---- the decision ---- */

static enum ssh_step accept_key(struct link *link, const struct host_key *key, int64_t now_us)
{
	memcpy(link->login->fingerprint, key->fingerprint, sizeof link->login->fingerprint);
	link->deadline_us = now_us + link->options->login_us;
	ssh_go(link, SSH_PHASE_NONE);
	return SSH_ON;
}

static size_t without_padding(const char *fingerprint)
{
	size_t n = strlen(fingerprint);
	while (n && fingerprint[n - 1] == '=')
		n--;
	return n;
}

static bool same_fingerprint(const char *a, const char *b)
{
	size_t n = without_padding(a);
	return n == without_padding(b) && memcmp(a, b, n) == 0;
}

static enum ssh_step decide(struct link *link, const struct host_key *key, int64_t now_us)
{
	const struct ssh_options *options = link->options;
	struct ssh_login *login = link->login;
	if (login->fingerprint[0] && !same_fingerprint(login->fingerprint, key->fingerprint))
		return ssh_fail(
		        link, ERR_HOST_KEY,
		        "%s shows the host key %s %s, but showed %s earlier in this run: another device answers "
		        "now (a fail-over?), or somebody is in between",
		        key->entry, key->type, key->fingerprint, login->fingerprint);
	if (options->host_key && !same_fingerprint(options->host_key, key->fingerprint))
		return ssh_fail(link, ERR_HOST_KEY,
		                "%s shows the host key %s %s, but --host-key asks for %.100s: compare both with the "
		                "device's own console",
		                key->entry, key->type, key->fingerprint, options->host_key);
	if (options->host_key || login->fingerprint[0])
		return accept_key(link, key, now_us);
	struct known_hosts_result known;
	known_hosts_find(options->known_hosts, options->known_hosts_count, key->host, key->port, key->type, key->base64,
	                 &known);
	if (known.answer == KNOWN_HOSTS_OK)
		return accept_key(link, key, now_us);
	if (known.answer != KNOWN_HOSTS_UNKNOWN || !options->accept_new || known.damaged ||
	    options->known_hosts_count == 0)
		return refuse(link, key, &known);
	struct err err = {0};
	if (known_hosts_add(options->known_hosts[0], key->host, key->port, key->type, key->base64, &err) != 0)
		return ssh_fail(link, ERR_HOST_KEY, "%s", err.text);
	login->accepted_new = true;
	return accept_key(link, key, now_us);
}

enum ssh_step ssh_hostkey_check(struct link *link, int64_t now_us)
{
	struct host_key key;
	enum ssh_step step;
	if (take_key(link, &key))
		step = decide(link, &key, now_us);
	else
		step = ssh_fail(link, ERR_HOST_KEY, "the host key of %s port %u cannot be read: %s",
		                link->options->host, link->options->port, ssh_reason(link));
	ssh_string_free_char(key.base64);
	return step;
}
