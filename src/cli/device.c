#include "device.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "num.h"

static const int64_t CONNECT_US = 10000000;
static const int64_t LOGIN_US = 15000000;
static const unsigned SSH_PORT = 22;

static bool host_ok(struct str host)
{
	if (host.n == 0 || host.n > 253 || host.p[0] == '-')
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		if (!isalnum((unsigned char)c) && !strchr(".-_:%", c))
			return false;
	}
	return true;
}

static int split_port(struct str text, struct str *host, unsigned *port, struct err *err)
{
	struct str number = {"", 0};
	ptrdiff_t close = str_find_char(text, ']');
	if (text.n && text.p[0] == '[' && close > 0) {
		*host = str_cut(text, 1, (size_t)close - 1);
		number = str_from(text, (size_t)close + 1);
		if (number.n && number.p[0] != ':')
			return err_set(err, ERR_USAGE, "--device: only :PORT may follow the bracket in '%.*s'",
			               (int)text.n, text.p);
		number = str_from(number, 1);
	} else {
		ptrdiff_t colon = str_find_char(text, ':');
		bool one = colon >= 0 && str_find_char(str_from(text, (size_t)colon + 1), ':') < 0;
		*host = one ? str_cut(text, 0, (size_t)colon) : text;
		if (one) {
			number = str_from(text, (size_t)colon + 1);
			if (number.n == 0)
				return err_set(err, ERR_USAGE, "--device: a port must follow the colon");
		}
	}
	if (number.n && !num_uint(number, 1, 65535, port))
		return err_set(err, ERR_USAGE, "--device: '%.*s' is not a port", (int)(number.n < 40 ? number.n : 40),
		               number.p);
	if (!host_ok(*host))
		return err_set(err, ERR_USAGE, "--device: '%.*s' is not a host name or address",
		               (int)(host->n < 60 ? host->n : 60), host->p);
	return 0;
}

static const char *login_name(struct arena *arena)
{
	const struct passwd *user = getpwuid(geteuid());
	return user && user->pw_name[0] ? arena_strdup(arena, user->pw_name) : NULL;
}

static const char *home(struct arena *arena)
{
	const char *home = getenv("HOME");
	if (home && home[0] == '/')
		return home;
	const struct passwd *user = getpwuid(geteuid());
	return user ? arena_strdup(arena, user->pw_dir) : NULL;
}

static void add_known_hosts(struct arena *arena, const struct options *options, struct ssh_options *ssh)
{
	const char **files = ARENA_ARRAY(arena, 2, const char *);
	const char *folder = options->known_hosts ? NULL : home(arena);
	if (options->known_hosts)
		files[ssh->known_hosts_count++] = options->known_hosts;
	else if (folder)
		files[ssh->known_hosts_count++] = arena_printf(arena, "%s/.ssh/known_hosts", folder);
	if (!options->known_hosts)
		files[ssh->known_hosts_count++] = "/etc/ssh/ssh_known_hosts";
	ssh->known_hosts = files;
}

static int check_pin(const char *pin, struct err *err)
{
	/* 32 bytes in base64 without padding, as ssh-keygen -l prints them. */
	if (pin && (strncmp(pin, "SHA256:", 7) != 0 || strlen(pin) != 7 + 43))
		return err_set(err, ERR_USAGE,
		               "--host-key: '%.60s' is not SHA256: and 43 characters, as `ssh-keygen -l` prints it",
		               pin);
	return 0;
}

int device_parse(struct arena *arena, const struct options *options, struct device *out, struct err *err)
{
	if (!options->device)
		return err_set(err, ERR_USAGE, "which FortiGate? Give it with -d [USER@]HOST[:PORT]");
	struct str text = str_of(options->device), host, user = {"", 0};
	unsigned port = SSH_PORT;
	const char *at = memrchr(text.p, '@', text.n);
	if (at) {
		user = str_cut(text, 0, (size_t)(at - text.p));
		text = str_from(text, user.n + 1);
	}
	if (split_port(text, &host, &port, err) < 0 || check_pin(options->host_key, err) < 0)
		return -1;
	*out = (struct device){.name = options->device, .options = options};
	out->ssh = (struct ssh_options){
	        .host = arena_strndup(arena, host.p, host.n),
	        .port = port,
	        .user = options->user ? options->user
	                : user.n      ? arena_strndup(arena, user.p, user.n)
	                              : login_name(arena),
	        .identities = options->identities,
	        .identity_count = options->identity_count,
	        .host_key = options->host_key,
	        .accept_new = options->accept_new,
	        .connect_us = CONNECT_US,
	        .login_us = LOGIN_US,
	};
	if (!out->ssh.user || !out->ssh.user[0])
		return err_set(err, ERR_USAGE, "as which administrator? Give the user with -l USER or -d USER@HOST");
	add_known_hosts(arena, options, &out->ssh);
	out->login = (struct ssh_login){.ask = device_ask, .arg = out};
	return 0;
}

struct secret *device_ask(void *arg, const char *what, struct err *err)
{
	const struct device *device = arg;
	const struct options *options = device->options;
	struct buf prompt;
	if (strncmp(what, "password", 8) == 0) {
		if (options->password_fd >= 0)
			return secret_from_fd(options->password_fd, err);
		if (options->password_file)
			return secret_from_file(options->password_file, err);
		if (getenv("FGDIAG_PASSWORD"))
			return secret_from_env("FGDIAG_PASSWORD", err);
	}
	buf_init(&prompt, 1024);
	buf_printf(&prompt, "%s: ", what);
	struct secret *secret = secret_from_tty(prompt.p, err);
	buf_done(&prompt);
	return secret;
}
