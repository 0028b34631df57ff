#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "known_hosts.h"
#include "ssh.h"

/* Which algorithms we offer, which the device does, and what of it is old. */

/* Complete lists: this libssh knows no "+algorithm". */
#define KEX                                                                                                        \
	"curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521," \
	"diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256,"        \
	"diffie-hellman-group14-sha256"
#define CIPHERS                                                                                              \
	"chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr," \
	"aes128-ctr"
#define MACS        "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
#define OLD_KEX     ",diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"
#define OLD_CIPHERS ",aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc"
#define OLD_MACS    ",hmac-sha1-etm@openssh.com,hmac-sha1"
#define USER_KEYS                                                                                                      \
	"ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,ecdsa-sha2-nistp256,sk-ssh-ed25519@openssh.com,sk-ecdsa-" \
	"sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256"

static const struct {
	enum ssh_options_e option;
	const char *list;
} legacy[] = {
        {SSH_OPTIONS_KEY_EXCHANGE, KEX OLD_KEX},        {SSH_OPTIONS_CIPHERS_C_S, CIPHERS OLD_CIPHERS},
        {SSH_OPTIONS_CIPHERS_S_C, CIPHERS OLD_CIPHERS}, {SSH_OPTIONS_HMAC_C_S, MACS OLD_MACS},
        {SSH_OPTIONS_HMAC_S_C, MACS OLD_MACS},          {SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, USER_KEYS ",ssh-rsa"},
};

/* Key types in known_hosts and the algorithms that prove them. */
static const struct {
	const char *type;
	const char *algorithms;
	const char *old_algorithms;
} host_keys[] = {
        {"ssh-ed25519", "ssh-ed25519", ""},
        {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", ""},
        {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", ""},
        {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", ""},
        {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256", ",ssh-rsa"},
};

static void add_host_key(struct buf *list, size_t i, bool with_old)
{
	buf_printf(list, "%s%s%s", list->n ? "," : "", host_keys[i].algorithms,
	           with_old ? host_keys[i].old_algorithms : "");
}

static bool in_list(const char *list, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		if (strcspn(p, ",") == n && strncmp(p, word, n) == 0)
			return true;
	}
	return false;
}

/* Types known for this host first: a server that has got a key of one more
 * type still shows the one we can check. */
static void host_key_list(const struct link *link, struct buf *list)
{
	const struct ssh_options *options = link->options;
	char known[256], name[256];
	unsigned port = ssh_known_name(options, name, sizeof name);
	known_hosts_types(options->known_hosts, options->known_hosts_count, name, port, known, sizeof known);
	for (size_t i = 0; i < sizeof host_keys / sizeof host_keys[0]; i++) {
		if (in_list(known, host_keys[i].type))
			add_host_key(list, i, options->legacy_algorithms);
	}
	for (size_t i = 0; i < sizeof host_keys / sizeof host_keys[0]; i++) {
		if (!in_list(known, host_keys[i].type))
			add_host_key(list, i, options->legacy_algorithms);
	}
}

bool ssh_algorithms_set(struct link *link)
{
	struct buf list;
	buf_init(&list, 1024);
	host_key_list(link, &list);
	bool good = !list.full && ssh_options_set(link->session, SSH_OPTIONS_HOSTKEYS, list.p) == 0;
	buf_done(&list);
	for (size_t i = 0; link->options->legacy_algorithms && i < sizeof legacy / sizeof legacy[0]; i++)
		good = good && ssh_options_set(link->session, legacy[i].option, legacy[i].list) == 0;
	return good;
}

/* ---- nothing in common ---- */

/* libssh's names for what is agreed on, ours, and what --legacy-algorithms adds. */
static const struct {
	const char *method;
	const char *words;
	const char *old;
} kinds[] = {
        {"kex", "way to exchange keys", OLD_KEX}, {"host key", "kind of host key", ",ssh-rsa"},
        {"encryption", "cipher", OLD_CIPHERS},    {"mac", "integrity check (MAC)", OLD_MACS},
        {"compression", "compression", ""},
};

static bool any_in_list(struct str words, const char *list)
{
	char word[80];
	while (words.n) {
		ptrdiff_t comma = str_find_char(words, ',');
		size_t n = comma < 0 ? words.n : (size_t)comma;
		(void)snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), words.p);
		if (word[0] && in_list(list, word))
			return true;
		words = str_from(words, n + 1);
	}
	return false;
}

/* What stands between "NAME [" and "]". */
static struct str bracketed(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	at = at ? strchr(at, '[') : NULL;
	return at ? (struct str){at + 1, strcspn(at + 1, "]")} : (struct str){"", 0};
}

/* A list for a message: cut where it is long. */
static struct str shown(struct str list)
{
	return str_cut(list, 0, 220);
}

static enum ssh_step lost(struct link *link)
{
	return ssh_lost(link, "during the key exchange",
	                link->options->legacy_algorithms
	                        ? "try again, and check that this machine is among the trusted hosts"
	                        : "an old device may need --legacy-algorithms");
}

/* "kex error : no match for method NAME: server [..], client [..]" */
enum ssh_step ssh_algorithms_fail(struct link *link)
{
	static const char mark[] = SSH_NO_MATCH;
	const char *words = "algorithm", *old = "";
	const char *method = strstr(link->no_match ? link->no_match : ssh_reason(link), mark);
	bool with_old = link->options->legacy_algorithms;
	if (!method)
		return lost(link);
	method += strlen(mark);
	struct str name = {method, strcspn(method, ":")};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (str_find(name, kinds[i].method) >= 0) {
			words = kinds[i].words;
			old = kinds[i].old;
			break;
		}
	}
	struct str theirs = bracketed(method, "server"), ours = bracketed(method, "client");
	const char *next = !with_old && any_in_list(theirs, old)
	                           ? "--legacy-algorithms offers old ones too"
	                           : "fgdiag knows none of the device's: a newer one has to be allowed there";
	return ssh_fail(link, ERR_CONNECT,
	                "%s port %u and fgdiag have no %s in common: the device offers %.*s; fgdiag offers %.*s; %s",
	                link->options->host, link->options->port, words, (int)shown(theirs).n, theirs.p,
	                (int)shown(ours).n, ours.p, next);
}

/* ---- what was agreed on ---- */

void ssh_algorithms_note(struct link *link)
{
	/* libssh has no name for the one way to exchange keys that is old and has its
	 * groups from the device */
	const char *kex = ssh_get_kex_algo(link->session);
	const struct {
		const char *name;
		const char *old;
	} agreed[] = {
	        {kex ? kex : "diffie-hellman-group-exchange-sha1", OLD_KEX},
	        {ssh_get_cipher_in(link->session), OLD_CIPHERS},
	        {ssh_get_cipher_out(link->session), OLD_CIPHERS},
	        {ssh_get_hmac_in(link->session), OLD_MACS},
	        {ssh_get_hmac_out(link->session), OLD_MACS},
	};
	struct buf list;
	if (!link->options->legacy_algorithms)
		return;
	buf_init(&list, sizeof link->legacy - 1);
	for (size_t i = 0; i < sizeof agreed / sizeof agreed[0]; i++) {
		const char *name = agreed[i].name;
		if (name && in_list(agreed[i].old, name) && !(list.n && strstr(list.p, name)))
			buf_printf(&list, "%s%s", list.n ? ", " : "", name);
	}
	if (list.n)
		memcpy(link->legacy, list.p, list.n + 1);
	buf_done(&list);
}

const char *link_legacy(const struct link *link)
{
	return link->legacy;
}
