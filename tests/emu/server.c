#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "event_log.h"
#include "session.h"
#include "state.h"

enum { BACKLOG = 1024, LAST_WAIT_MS = 3000 };

static atomic_uint running;

struct guest {
	size_t device;
	struct session_options options;
	ssh_session ssh;
};

/* ---- open ---- */

static ssh_key host_key(const char *file, bool old)
{
	ssh_key key = NULL;
	int rc = file  ? ssh_pki_import_privkey_file(file, NULL, NULL, NULL, &key)
	         : old ? ssh_pki_generate(SSH_KEYTYPE_RSA, 2048, &key)
	               : ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key);
	if (rc != SSH_OK)
		die("no host key%s%s", file ? " in " : "", file ? file : "");
	return key;
}

static void take_fingerprint(struct server *server, ssh_key key)
{
	unsigned char *hash = NULL;
	size_t n = 0;
	if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) != 0)
		die("cannot hash the host key");
	char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
	(void)snprintf(server->fingerprint, sizeof server->fingerprint, "%s", text);
	ssh_string_free_char(text);
	ssh_clean_pubkey_hash(&hash);
}

/* libssh's own listening socket has a short queue. */
static unsigned open_socket(int *fd, size_t device, unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t n = sizeof address;
	int yes = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)device);
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
	    bind(*fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(*fd, BACKLOG) < 0 ||
	    getsockname(*fd, (struct sockaddr *)&address, &n) < 0)
		die("cannot listen on 127.0.0.1 port %u: %s", port, strerror(errno));
	return ntohs(address.sin_port);
}

static void open_sockets(struct server *server, unsigned port, size_t devices)
{
	server->listen_fds = emu_alloc(devices * sizeof *server->listen_fds);
	server->device_count = devices;
	server->port = port;
	for (size_t i = 0; i < devices; i++)
		server->port = open_socket(&server->listen_fds[i], i, server->port);
}

/* What an old device, or a hardened one, has in common with nobody else. */
static void limit_algorithms(ssh_bind bind, const char *name)
{
	static const struct {
		const char *name;
		enum ssh_bind_options_e option;
		const char *list;
	} rows[] = {
	        {"legacy", SSH_BIND_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group14-sha1"},
	        {"legacy", SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-rsa"},
	        {"legacy", SSH_BIND_OPTIONS_CIPHERS_C_S, "aes128-cbc"},
	        {"legacy", SSH_BIND_OPTIONS_CIPHERS_S_C, "aes128-cbc"},
	        {"legacy", SSH_BIND_OPTIONS_HMAC_C_S, "hmac-sha1"},
	        {"legacy", SSH_BIND_OPTIONS_HMAC_S_C, "hmac-sha1"},
	        {"hardened", SSH_BIND_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group-exchange-sha256"},
	        {"hardened", SSH_BIND_OPTIONS_CIPHERS_C_S, "aes256-ctr"},
	        {"hardened", SSH_BIND_OPTIONS_CIPHERS_S_C, "aes256-ctr"},
	        {"hardened", SSH_BIND_OPTIONS_HMAC_C_S, "hmac-sha2-256"},
	        {"hardened", SSH_BIND_OPTIONS_HMAC_S_C, "hmac-sha2-256"},
	};
	bool found = strcmp(name, "any") == 0;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		found = true;
		if (ssh_bind_options_set(bind, rows[i].option, rows[i].list) < 0)
			die("libssh has no %s", rows[i].list);
	}
	if (!found)
		die("login.algorithms is any, legacy or hardened");
}

void server_open(struct server *server, const struct world *world, double speed, unsigned port, const char *key_file,
                 size_t devices)
{
	bool no = false;
	ssh_key key = host_key(key_file, strcmp(world->login.algorithms, "legacy") == 0);
	*server = (struct server){.world = world, .speed = speed, .bind = ssh_bind_new()};
	take_fingerprint(server, key);
	/* The bind owns the key from here on. */
	if (!server->bind || ssh_bind_options_set(server->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) < 0 ||
	    ssh_bind_options_set(server->bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) < 0 ||
	    ssh_bind_options_set(server->bind, SSH_BIND_OPTIONS_BANNER, world->login.id) < 0)
		die("cannot set up the SSH server");
	limit_algorithms(server->bind, world->login.algorithms);
	open_sockets(server, port, devices);
}

/* ---- run ---- */

static void *serve_guest(void *arg)
{
	struct guest *guest = arg;
	state_play(guest->device);
	session_serve(guest->ssh, &guest->options);
	free(guest);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void welcome(struct server *server, int fd, unsigned number, size_t device)
{
	int yes = 1;
	pthread_t thread;
	struct guest *guest = emu_alloc(sizeof *guest);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	guest->device = device;
	guest->options = (struct session_options){.world = server->world, .number = number, .speed = server->speed};
	guest->ssh = ssh_new();
	if (!guest->ssh || ssh_bind_accept_fd(server->bind, guest->ssh, fd) != SSH_OK) {
		event_log(number, "REFUSED", "%s", ssh_get_error(server->bind));
		ssh_free(guest->ssh);
		free(guest);
		return;
	}
	atomic_fetch_add(&running, 1);
	if (pthread_create(&thread, NULL, serve_guest, guest) != 0)
		die("cannot start a thread");
	pthread_detach(thread);
}

bool server_run(struct server *server, int stop_fd)
{
	size_t n = server->device_count;
	struct pollfd *fds = emu_alloc((n + 1) * sizeof *fds);
	unsigned number = 0;
	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = server->listen_fds[i], .events = POLLIN};
	fds[n] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
	for (;;) {
		if (poll(fds, (nfds_t)n + 1, -1) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (fds[n].revents)
			break;
		for (size_t i = 0; i < n; i++) {
			int fd = fds[i].revents ? accept4(fds[i].fd, NULL, NULL, SOCK_CLOEXEC) : -1;
			if (fd >= 0)
				welcome(server, fd, ++number, i);
		}
	}
	free(fds);
	session_stop_all();
	for (int i = 0; i < LAST_WAIT_MS / 10 && atomic_load(&running) > 0; i++)
		usleep(10000);
	return atomic_load(&running) == 0;
}

void server_close(struct server *server)
{
	for (size_t i = 0; i < server->device_count; i++)
		close(server->listen_fds[i]);
	free(server->listen_fds);
	if (atomic_load(&running) == 0)
		ssh_bind_free(server->bind);
}
