#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "known_hosts.h"
#include "mem.h"
#include "ssh.h"

/* SSH servers speak at once; one that has not by then may wait for us. */
static const int64_t GREETING_US = 250000;

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
#define USER_KEYS   "ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"

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

/* ---- TCP ---- */

static unsigned port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
	return 0;
}

static void note_ports(struct link *link)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;
	if (getsockname(link->fd, (struct sockaddr *)(void *)&address, &size) == 0)
		link->local_port = port_of(&address);
	size = sizeof address;
	if (getpeername(link->fd, (struct sockaddr *)(void *)&address, &size) == 0)
		link->remote_port = port_of(&address);
}

/* A proxy has yet to get through: a device that waits for us is told from a way
 * that is not there by patience alone. */
void ssh_connect_begin(struct link *link, int fd, int64_t now_us)
{
	link->fd = fd;
	note_ports(link);
	link->greeting_us = now_us + (link->proxy ? link->options->connect_us / 2 : GREETING_US);
	ssh_go(link, SSH_PHASE_GREETING);
}

enum ssh_step ssh_connect_tcp(struct link *link, int64_t now_us)
{
	struct err err = {0};
	enum tcp_state state = tcp_step(link->tcp, now_us, &err);
	if (state == TCP_WAIT)
		return SSH_WAIT;
	if (state == TCP_FAILED)
		return ssh_fail(link, err.kind, "%s", err.text);
	int fd = tcp_take_fd(link->tcp);
	tcp_free(link->tcp);
	link->tcp = NULL;
	ssh_connect_begin(link, fd, now_us);
	return SSH_ON;
}

/* ---- is it SSH at all ---- */

/* Looks at the peer's first bytes without taking them. Returns what recv()
 * returns, with errno. */
static ssize_t peek(struct link *link)
{
	char bytes[sizeof link->first];
	ssize_t n = recv(link->fd, bytes, sizeof bytes - 1, MSG_PEEK | MSG_DONTWAIT);
	for (ssize_t i = 0; i < n && link->first_n + 1 < sizeof link->first; i++) {
		if (bytes[i] == '\r' || bytes[i] == '\n')
			break;
		link->first[link->first_n++] = bytes[i] ? bytes[i] : '?';
	}
	link->first[link->first_n] = '\0';
	return n;
}

/* Lines before the SSH banner are allowed, so only what is known to be another
 * protocol ends it here. */
static const char *other_protocol(const struct link *link)
{
	static const struct {
		const char *start;
		const char *name;
	} others[] = {{"HTTP/", "HTTP"},   {"<", "HTML or XML"}, {"220", "FTP or SMTP"}, {"\x15\x03", "TLS"},
	              {"\x16\x03", "TLS"}, {"\xff", "Telnet"},   {"RFB ", "VNC"}};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (strncmp(link->first, others[i].start, strlen(others[i].start)) == 0)
			return others[i].name;
	}
	return NULL;
}

static enum ssh_step not_ssh(struct link *link, const char *name)
{
	return ssh_fail(link, ERR_CONNECT, "%s port %u speaks %s, not SSH (it began with '%s'): check the port",
	                link->options->host, link->options->port, name, link->first);
}

/* ---- the session ---- */

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

static bool set_algorithms(struct link *link)
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

/* No file of the user's is read by libssh: neither configuration nor known
 * hosts, which are ours to judge. HOST stays unset for the same reason. USER is
 * no more than a placeholder: it would refuse "DOMAIN\name", so each login
 * request carries the name itself. */
static bool set_options(struct link *link)
{
	static const char none[] = "/dev/null";
	bool no = false;
	ssh_session s = link->session;
	return ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_USER, "unused") == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_SSH_DIR, none) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, none) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, none) == 0 && set_algorithms(link);
}

static enum ssh_step start_session(struct link *link)
{
	link->session = ssh_new();
	if (!link->session)
		mem_exhausted();
	if (!set_options(link))
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take our options: %s", ssh_reason(link));
	link->given_fd = fcntl(link->fd, F_DUPFD_CLOEXEC, 0);
	if (link->given_fd < 0)
		return ssh_fail(link, ERR_CONNECT, "%s: too many open files", link->options->host);
	if (ssh_options_set(link->session, SSH_OPTIONS_FD, &link->given_fd) != 0)
		return ssh_fail(link, ERR_INTERNAL, "libssh does not take our socket: %s", ssh_reason(link));
	ssh_set_blocking(link->session, 0);
	ssh_go(link, SSH_PHASE_KEX);
	return SSH_ON;
}

enum ssh_step ssh_connect_greeting(struct link *link, int64_t now_us)
{
	ssize_t n = peek(link);
	if (link->proxy && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
		return ssh_fail(
		        link, ERR_CONNECT,
		        "no way to %s port %u through %s: check that one first, then that it may reach the device",
		        link->options->host, link->options->port, link->options->proxy->name);
	if (n == 0)
		return ssh_fail(link, ERR_CONNECT,
		                "%s port %u accepted the connection and closed it at once: check that this machine is "
		                "among the trusted hosts, and that the device is not out of sessions",
		                link->options->host, link->options->port);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return ssh_fail(link, ERR_CONNECT, "%s port %u: the connection was reset before any SSH byte",
		                link->options->host, link->options->port);
	if (n < 0 && now_us < link->greeting_us)
		return SSH_WAIT;
	const char *other = other_protocol(link);
	return other ? not_ssh(link, other) : start_session(link);
}

/* ---- key exchange ---- */

/* "kex error : no match for method NAME: server [..], client [..]" */
static enum ssh_step fail_kex(struct link *link)
{
	static const char mark[] = "no match for method ";
	const char *reason = ssh_reason(link);
	const char *method = strstr(reason, mark);
	if (!method)
		return ssh_lost(link, link->options->legacy_algorithms
		                              ? "during the key exchange"
		                              : "during the key exchange (an old device may need --legacy-algorithms)");
	method += strlen(mark);
	size_t n = strcspn(method, ":");
	const char *lists = method[n] ? method + n + 1 : "";
	return ssh_fail(link, ERR_CONNECT, "%s port %u and we share no %.*s;%s%s", link->options->host,
	                link->options->port, (int)n, method,
	                link->options->legacy_algorithms ? "" : " --legacy-algorithms offers old ones too;", lists);
}

/* libssh loses its own message about algorithms when the server's banner and
 * its proposal come in one read: so the banner, where it is already there, is
 * read right after ours has gone out. */
static int connect_on(struct link *link)
{
	int rc = ssh_connect(link->session);
	if (rc == SSH_AGAIN && link->first_n && !link->kex_begun && !ssh_dead(link))
		rc = ssh_connect(link->session);
	link->kex_begun = true;
	/* libssh makes the socket blocking */
	(void)fcntl(link->fd, F_SETFL, O_NONBLOCK);
	return rc;
}

enum ssh_step ssh_connect_kex(struct link *link, int64_t now_us)
{
	(void)now_us;
	if (!ssh_get_serverbanner(link->session) && link->first_n == 0) {
		(void)peek(link);
		const char *other = other_protocol(link);
		if (other)
			return not_ssh(link, other);
	}
	int rc = connect_on(link);
	if (rc == SSH_AGAIN && !ssh_dead(link))
		return SSH_WAIT;
	if (rc == SSH_OK) {
		ssh_go(link, SSH_PHASE_HOST_KEY);
		return SSH_ON;
	}
	if (link->first_n && strncmp(link->first, "SSH-", 4) != 0 && !ssh_get_serverbanner(link->session))
		return ssh_fail(link, ERR_CONNECT, "%s port %u says '%s', which is not SSH: check the port",
		                link->options->host, link->options->port, link->first);
	return fail_kex(link);
}
