#include <string.h>

#include "spawn.h"
#include "ssh_config.h"

enum { COMMAND_MAX_BYTES = 8192, ARGUMENTS_MAX = 20 };

/* ---- ProxyJump ---- */

struct hop {
	const char *user; /* NULL none */
	const char *host;
	unsigned port; /* 0 none */
};

static int read_hop(struct arena *arena, struct str text, struct hop *out, struct err *err)
{
	struct str host, user = {"", 0};
	if (str_starts(text, "ssh://")) {
		text = str_from(text, 6);
		if (str_ends(text, "/"))
			text = str_cut(text, 0, text.n - 1);
	}
	const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	if (at) {
		user = str_cut(text, 0, (size_t)(at - text.p));
		text = str_from(text, user.n + 1);
	}
	*out = (struct hop){.user = at ? arena_strndup(arena, user.p, user.n) : NULL};
	if (out->user && !ssh_config_user_ok(out->user))
		return err_set(err, ERR_USAGE, "'%.60s' is not a user name", out->user);
	if (ssh_config_split_port(text, &host, &out->port, err) < 0)
		return -1;
	out->host = arena_strndup(arena, host.p, host.n);
	return 0;
}

/* The last hop into *last, those before it, as they are written, into *before. */
static int read_hops(struct arena *arena, const char *jump, struct hop *last, struct str *before, struct err *err)
{
	struct str rest = str_of(jump);
	*before = (struct str){jump, 0};
	for (;;) {
		ptrdiff_t comma = str_find_char(rest, ',');
		struct str one = str_trim(comma < 0 ? rest : str_cut(rest, 0, (size_t)comma));
		if (read_hop(arena, one, last, err) < 0)
			return err_prefix(err, "ProxyJump '%.100s'", jump);
		if (comma < 0)
			return 0;
		before->n = (size_t)(rest.p - jump) + (size_t)comma;
		rest = str_from(rest, (size_t)comma + 1);
	}
}

/* As ssh does it for ProxyJump, but for the -J that is left to the last hop. */
static int jump_arguments(struct arena *arena, const struct ssh_config_request *request,
                          const struct ssh_config *config, const char *ssh, bool may_ask, struct ssh_proxy *out,
                          struct err *err)
{
	struct hop last;
	struct str before;
	if (read_hops(arena, config->proxy_jump, &last, &before, err) < 0)
		return -1;
	const char **argv = ARENA_ARRAY(arena, ARGUMENTS_MAX, const char *);
	size_t n = 0;
	argv[n++] = ssh;
	if (request->file) {
		argv[n++] = "-F";
		argv[n++] = request->file;
	}
	argv[n++] = "-oConnectTimeout=10";
	if (!may_ask)
		argv[n++] = "-oBatchMode=yes";
	if (last.user) {
		argv[n++] = "-l";
		argv[n++] = last.user;
	}
	if (last.port) {
		argv[n++] = "-p";
		argv[n++] = arena_printf(arena, "%u", last.port);
	}
	if (before.n) {
		argv[n++] = "-J";
		argv[n++] = arena_strndup(arena, before.p, before.n);
	}
	argv[n++] = "-W";
	argv[n++] = arena_printf(arena, "[%s]:%u", config->host, config->port);
	argv[n++] = "--";
	argv[n++] = last.host;
	out->argv = argv;
	out->name = arena_printf(arena, "the jump host %s", last.host);
	return 0;
}

/* ---- ProxyCommand ---- */

/* What goes into the user's own command line is a checked host, a number, and
 * a user name of a closed alphabet. */
static int add_token(struct buf *out, char token, const struct ssh_config_request *request,
                     const struct ssh_config *config, struct err *err)
{
	switch (token) {
	case '%':
		buf_add_char(out, '%');
		return 0;
	case 'h':
		buf_add_text(out, config->host);
		return 0;
	case 'n':
		buf_add_text(out, request->host);
		return 0;
	case 'p':
		buf_printf(out, "%u", config->port);
		return 0;
	case 'r':
		if (!ssh_config_user_ok(config->user))
			return err_set(err, ERR_USAGE,
			               "ProxyCommand: the user name '%.60s' may not stand in a shell's command line",
			               config->user ? config->user : "");
		buf_add_text(out, config->user);
		return 0;
	default:
		return err_set(err, ERR_USAGE, "ProxyCommand: %%%c is not one of %%h %%n %%p %%r %%%%",
		               token ? token : ' ');
	}
}

static int command_arguments(struct arena *arena, const struct ssh_config_request *request,
                             const struct ssh_config *config, const char *shell, struct ssh_proxy *out, struct err *err)
{
	struct buf line;
	int rc = 0;
	if (config->proxy_passes_fd)
		return err_set(err, ERR_USAGE, "ProxyUseFdpass is not supported; let the ProxyCommand carry the bytes");
	buf_init(&line, COMMAND_MAX_BYTES);
	buf_add_text(&line, "exec ");
	for (const char *p = config->proxy_command; *p && rc == 0; p++) {
		if (*p == '%')
			rc = add_token(&line, *++p, request, config, err);
		else
			buf_add_char(&line, *p);
	}
	if (rc == 0 && line.full)
		rc = err_set(err, ERR_USAGE, "ProxyCommand is longer than %d bytes", COMMAND_MAX_BYTES);
	if (rc == 0) {
		const char **argv = ARENA_ARRAY(arena, 4, const char *);
		argv[0] = shell && shell[0] == '/' ? shell : "/bin/sh";
		argv[1] = "-c";
		argv[2] = arena_strndup(arena, line.p, line.n);
		out->argv = argv;
		out->name = "the ProxyCommand";
	}
	buf_done(&line);
	return rc;
}

int ssh_config_proxy(struct arena *arena, const struct ssh_config_request *request, const struct ssh_config *config,
                     const char *shell, bool may_ask, const struct ssh_proxy **out, struct err *err)
{
	struct ssh_proxy proxy = {.may_ask = may_ask};
	*out = NULL;
	if (!config->proxy_jump && !config->proxy_command)
		return 0;
	if (config->proxy_jump) {
		const char *ssh = spawn_find(arena, "ssh");
		if (!ssh)
			return err_set(err, ERR_USAGE, "ProxyJump needs the OpenSSH client, and no ssh is on PATH");
		if (jump_arguments(arena, request, config, ssh, may_ask, &proxy, err) < 0)
			return -1;
	} else if (command_arguments(arena, request, config, shell, &proxy, err) < 0) {
		return -1;
	}
	proxy.env = spawn_env(arena, NULL);
	struct ssh_proxy *kept = ARENA_NEW(arena, struct ssh_proxy);
	*kept = proxy;
	*out = kept;
	return 0;
}
