#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "known_hosts.h"
#include "secret.h"
#include "ssh.h"
#include "ssh_config.h"

/* Files that a user names: known_hosts, what `ssh -G` prints, keys, passwords. */

#define KEY_TYPE "ssh-ed25519"
#define KEY      "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static char path[64];

static int file_of(struct str text)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	PROMISE(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n && lseek(fd, 0, SEEK_SET) == 0);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return fd;
}

static enum known_hosts_answer look_up(void)
{
	struct known_hosts_result found;
	const char *files[] = {path};
	known_hosts_find(files, 1, "fgt.example", 2222, KEY_TYPE, KEY, &found);
	return found.answer;
}

/* A key that no line holds is not known; one that was added is, unless an
 * earlier line forbids it; a revoked one never is, whatever stands around it. */
static void try_known_hosts(struct str text)
{
	static const char revoked[] = "\n@revoked [fgt.example]:2222 " KEY_TYPE " " KEY "\n";
	const char *files[] = {path};
	char types[64];
	struct err err;
	int fd = file_of(text);
	if (look_up() == KNOWN_HOSTS_OK)
		PROMISE(str_find(text, KEY) >= 0);
	known_hosts_types(files, 1, "fgt.example", 2222, types, sizeof types);
	PROMISE(strlen(types) < sizeof types);
	PROMISE(known_hosts_add(path, "fgt.example", 2222, KEY_TYPE, KEY, &err) == 0);
	enum known_hosts_answer answer = look_up();
	PROMISE(answer == KNOWN_HOSTS_OK || answer == KNOWN_HOSTS_REVOKED);
	PROMISE(lseek(fd, 0, SEEK_END) > 0 && write(fd, revoked, sizeof revoked - 1) == sizeof revoked - 1);
	PROMISE(look_up() == KNOWN_HOSTS_REVOKED);
	(void)close(fd);
}

static void try_ssh_config(struct str text)
{
	struct arena *arena = arena_new();
	struct ssh_config config;
	struct err err = {0};
	struct ssh_config_request request = {.host = "fgt", .home = "/home/x"};
	if (ssh_config_parse(arena, &request, text, &config, &err) == 0) {
		const struct ssh_proxy *proxy;
		PROMISE(ssh_config_host_ok(str_of(config.host)) && config.port >= 1 && config.port <= 65535);
		PROMISE(config.known_hosts_count > 0);
		if (ssh_config_proxy(arena, &request, &config, "/bin/sh", false, &proxy, &err) < 0)
			PROMISE(err.kind == ERR_USAGE && err.text[0]);
	} else {
		PROMISE(err.kind == ERR_USAGE && err.text[0]);
	}
	arena_free(arena);
}

static void try_key(struct str text)
{
	unsigned char blob[256];
	size_t n = 0;
	int fd = file_of(text);
	if (ssh_key_public(path, blob, sizeof blob, &n))
		PROMISE(n <= sizeof blob);
	(void)close(fd);
}

static void try_secret(struct str text)
{
	struct err err = {0};
	int fd = file_of(text);
	struct secret *secret = secret_from_fd(fd, &err);
	if (secret) {
		size_t n = strlen(secret_text(secret));
		PROMISE(n > 0 && n <= SECRET_MAX_BYTES && n <= text.n && memcmp(secret_text(secret), text.p, n) == 0);
		PROMISE(!strchr(secret_text(secret), '\n'));
	} else {
		PROMISE(err.kind == ERR_USAGE && err.text[0]);
	}
	secret_free(secret);
	(void)close(fd);
}

/* The first byte picks the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct str) = {try_known_hosts, try_ssh_config, try_key, try_secret};
	if (size)
		tries[data[0] % 4](fuzz_str(data + 1, size - 1));
	return 0;
}
