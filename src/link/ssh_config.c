#include "ssh_config.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "num.h"
#include "spawn.h"
#include "text.h"

static const int64_t ASK_US = 5000000;
enum { OUT_MAX_BYTES = 256 * 1024, ERRORS_MAX_BYTES = 4096, PATH_MAX_BYTES = 4096, DEFAULTS_AT_LEAST = 4 };

/* ---- names ---- */

bool ssh_config_host_ok(struct str host)
{
	if (host.n == 0 || host.n > 253 || host.p[0] == '-')
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && (c == '\0' || !strchr(".-_:%", c)))
			return false;
	}
	return true;
}

bool ssh_config_user_ok(const char *user)
{
	size_t n = user ? strlen(user) : 0;
	for (size_t i = 0; i < n; i++) {
		char c = user[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && !strchr("._@+-", c))
			return false;
	}
	return n > 0 && n < 256 && user[0] != '-';
}

int ssh_config_split_port(struct str text, struct str *host, unsigned *port, struct err *err)
{
	struct str number = {"", 0};
	ptrdiff_t close = str_find_char(text, ']');
	if (text.n && text.p[0] == '[' && close > 0) {
		*host = str_cut(text, 1, (size_t)close - 1);
		number = str_from(text, (size_t)close + 1);
		if (number.n && number.p[0] != ':')
			return err_set(err, ERR_USAGE, "only :PORT may follow the bracket in '%.*s'",
			               (int)(text.n < 300 ? text.n : 300), text.p);
		number = str_from(number, 1);
	} else {
		ptrdiff_t colon = str_find_char(text, ':');
		bool one = colon >= 0 && str_find_char(str_from(text, (size_t)colon + 1), ':') < 0;
		*host = one ? str_cut(text, 0, (size_t)colon) : text;
		if (one) {
			number = str_from(text, (size_t)colon + 1);
			if (number.n == 0)
				return err_set(err, ERR_USAGE, "a port must follow the colon");
		}
	}
	if (number.n && !num_uint(number, 1, 65535, port))
		return err_set(err, ERR_USAGE, "'%.*s' is not a port", (int)(number.n < 40 ? number.n : 40), number.p);
	if (!ssh_config_host_ok(*host))
		return err_set(err, ERR_USAGE, "'%.*s' is not a host name or address",
		               (int)(host->n < 60 ? host->n : 60), host->p);
	return 0;
}

/* ---- what ssh -G prints ---- */

enum key { HOSTNAME, PORT, USER, ONLY, AGENT, USER_KNOWN, GLOBAL_KNOWN, ALIAS, JUMP, COMMAND, FDPASS, IDENTITY, KEYS };

static const char *const names[KEYS] = {
        [HOSTNAME] = "hostname",
        [PORT] = "port",
        [USER] = "user",
        [ONLY] = "identitiesonly",
        [AGENT] = "identityagent",
        [USER_KNOWN] = "userknownhostsfile",
        [GLOBAL_KNOWN] = "globalknownhostsfile",
        [ALIAS] = "hostkeyalias",
        [JUMP] = "proxyjump",
        [COMMAND] = "proxycommand",
        [FDPASS] = "proxyusefdpass",
        [IDENTITY] = "identityfile",
};

struct raw {
	struct str values[KEYS]; /* p is NULL where not printed */
	struct str *identities;
	size_t count, capacity;
};

static bool printable(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	}
	return true;
}

static int take_lines(struct arena *arena, struct str text, struct raw *out, struct err *err)
{
	struct str line;
	while (str_next_line(&text, &line)) {
		ptrdiff_t space = str_find_char(line, ' ');
		size_t key = 0;
		while (space > 0 && key < KEYS && !str_is_nocase(str_cut(line, 0, (size_t)space), names[key]))
			key++;
		if (space <= 0 || key == KEYS)
			continue;
		struct str value = str_trim(str_from(line, (size_t)space + 1));
		if (!printable(value))
			return err_set(err, ERR_USAGE, "%s holds control characters", names[key]);
		if (key == IDENTITY) {
			out->identities = arena_grow(arena, out->identities, out->count, &out->capacity, sizeof value);
			out->identities[out->count++] = value;
		} else if (!out->values[key].p && value.n) {
			out->values[key] = value;
		}
	}
	return 0;
}

static const char *text_of(struct arena *arena, struct str value)
{
	return value.p && !str_is_nocase(value, "none") ? arena_strndup(arena, value.p, value.n) : NULL;
}

/* ---- paths ---- */

struct expand {
	const struct ssh_config_request *request;
	const struct ssh_config *config;
};

static bool add_token(struct buf *out, char token, const struct expand *with)
{
	const struct passwd *me = token == 'u' ? getpwuid(getuid()) : NULL;
	switch (token) {
	case '%':
		buf_add_char(out, '%');
		return true;
	case 'p':
		buf_printf(out, "%u", with->config->port);
		return true;
	case 'i':
		buf_printf(out, "%u", (unsigned)getuid());
		return true;
	default:
		break;
	}
	const char *text = token == 'd'   ? with->request->home
	                   : token == 'h' ? with->config->host
	                   : token == 'n' ? with->request->host
	                   : token == 'r' ? with->config->user
	                   : me           ? me->pw_name
	                                  : NULL;
	buf_add_text(out, text ? text : "");
	return text != NULL;
}

/* "${NAME}": how far it reaches, 0 when it has no value. */
static size_t add_variable(struct buf *out, struct str text)
{
	char name[128];
	ptrdiff_t close = str_find_char(text, '}');
	if (close < 3 || (size_t)close - 2 >= sizeof name)
		return 0;
	memcpy(name, text.p + 2, (size_t)close - 2);
	name[close - 2] = '\0';
	const char *value = getenv(name);
	buf_add_text(out, value ? value : "");
	return value ? (size_t)close + 1 : 0;
}

/* A path of an IdentityFile line, which ssh -G prints as it was written. NULL
 * where it names something that only ssh knows. */
static const char *expand_path(struct arena *arena, struct str text, const struct expand *with)
{
	struct buf out;
	size_t i = 0;
	bool good = true;
	buf_init(&out, PATH_MAX_BYTES);
	if (str_is(text, "~") || str_starts(text, "~/")) {
		good = with->request->home != NULL;
		buf_add_text(&out, good ? with->request->home : "");
		i = 1;
	}
	while (good && i < text.n) {
		struct str rest = str_from(text, i);
		if (text.p[i] == '%') {
			good = rest.n > 1 && add_token(&out, rest.p[1], with);
			i += 2;
		} else if (str_starts(rest, "${")) {
			size_t n = add_variable(&out, rest);
			good = n > 0;
			i += n;
		} else {
			buf_add_char(&out, text.p[i++]);
		}
	}
	const char *path = good && !out.full && out.n ? arena_strndup(arena, out.p, out.n) : NULL;
	buf_done(&out);
	return path;
}

/* Keys that ssh looks for where none is configured, and whether libssh can
 * read such a file. */
static const struct {
	const char *path;
	bool readable;
} default_keys[] = {
        {"~/.ssh/id_rsa", true},      {"~/.ssh/id_ecdsa", true},       {"~/.ssh/id_ecdsa_sk", false},
        {"~/.ssh/id_ed25519", true},  {"~/.ssh/id_ed25519_sk", false}, {"~/.ssh/id_xmss", false},
        {"~/.ssh/id_mldsa44", false}, {"~/.ssh/id_dsa", false},
};

static int default_key(struct str path)
{
	for (size_t i = 0; i < sizeof default_keys / sizeof default_keys[0]; i++) {
		if (str_is(path, default_keys[i].path))
			return (int)i;
	}
	return -1;
}

static bool all_default(const struct raw *raw)
{
	for (size_t i = 0; i < raw->count; i++) {
		if (default_key(raw->identities[i]) < 0)
			return false;
	}
	return raw->count >= DEFAULTS_AT_LEAST;
}

/* Private keys that are there: an absent one is no news, since ssh names files
 * that few people have. Public halves stand for keys that an agent holds. */
static void take_identities(struct arena *arena, const struct ssh_config_request *request, const struct raw *raw,
                            struct ssh_config *out)
{
	struct expand with = {request, out};
	struct stat st;
	out->default_identities = all_default(raw);
	out->identities = ARENA_ARRAY(arena, raw->count + 1, const char *);
	for (size_t i = 0; i < raw->count; i++) {
		struct str name = raw->identities[i];
		if (str_ends(name, ".pub") || str_is_nocase(name, "none") ||
		    (out->default_identities && !default_keys[default_key(name)].readable))
			continue;
		const char *path = expand_path(arena, name, &with);
		if (path && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			out->identities[out->identity_count++] = path;
	}
}

/* Paths parted by blanks, and a path may hold blanks: what begins like no path
 * goes on with the one before. Tilde and tokens are expanded already by all
 * versions but old ones, which leave the tilde. */
static void take_known_hosts(struct arena *arena, const struct ssh_config_request *request, struct str list,
                             struct ssh_config *out)
{
	size_t first = out->known_hosts_count;
	struct str word;
	while (str_next_word(&list, &word)) {
		size_t n = out->known_hosts_count;
		if (n > first && word.p[0] != '/' && word.p[0] != '~') {
			out->known_hosts[n - 1] =
			        arena_printf(arena, "%s %.*s", out->known_hosts[n - 1], (int)word.n, word.p);
			continue;
		}
		bool tilde = str_starts(word, "~/") && request->home;
		if (str_is_nocase(word, "none") || str_is(word, "/dev/null"))
			continue;
		out->known_hosts[out->known_hosts_count++] =
		        tilde ? arena_printf(arena, "%s%.*s", request->home, (int)word.n - 1, word.p + 1)
		              : arena_strndup(arena, word.p, word.n);
	}
}

static size_t words_in(struct str list)
{
	size_t n = 0;
	struct str word;
	while (str_next_word(&list, &word))
		n++;
	return n;
}

static const char *agent_of(struct arena *arena, const struct ssh_config_request *request,
                            const struct ssh_config *config, struct str value)
{
	struct expand with = {request, config};
	if (!value.p || str_is(value, "SSH_AUTH_SOCK"))
		return NULL;
	if (str_is_nocase(value, "none"))
		return "none";
	if (value.p[0] == '$' && !str_starts(value, "${")) {
		const char *path = getenv(arena_strndup(arena, value.p + 1, value.n - 1));
		return path && path[0] ? arena_strdup(arena, path) : "none";
	}
	const char *path = expand_path(arena, value, &with);
	return path ? path : "none";
}

int ssh_config_parse(struct arena *arena, const struct ssh_config_request *request, struct str text,
                     struct ssh_config *out, struct err *err)
{
	struct raw raw = {0};
	if (take_lines(arena, text, &raw, err) < 0)
		return -1;
	const struct str *value = raw.values;
	struct ssh_config config = {
	        .host = text_of(arena, value[HOSTNAME]),
	        .user = request->user ? request->user : text_of(arena, value[USER]),
	        .identities_only = str_is(value[ONLY], "yes"),
	        .host_key_alias = text_of(arena, value[ALIAS]),
	        .proxy_jump = text_of(arena, value[JUMP]),
	        .proxy_command = text_of(arena, value[COMMAND]),
	        .proxy_passes_fd = str_is(value[FDPASS], "yes"),
	};
	if (!config.host || !ssh_config_host_ok(str_of(config.host)))
		return err_set(err, ERR_USAGE, "HostName '%.60s' is not a host name or address",
		               config.host ? config.host : "");
	if (!num_uint(value[PORT], 1, 65535, &config.port))
		return err_set(err, ERR_USAGE, "Port '%.*s' is not a port",
		               (int)(value[PORT].n < 40 ? value[PORT].n : 40), value[PORT].p ? value[PORT].p : "");
	if (config.host_key_alias && !ssh_config_host_ok(str_of(config.host_key_alias)))
		return err_set(err, ERR_USAGE, "HostKeyAlias '%.60s' is not a name that we look up",
		               config.host_key_alias);
	take_identities(arena, request, &raw, &config);
	config.agent = agent_of(arena, request, &config, value[AGENT]);
	size_t most = words_in(value[USER_KNOWN]) + words_in(value[GLOBAL_KNOWN]);
	config.known_hosts = ARENA_ARRAY(arena, most + 1, const char *);
	take_known_hosts(arena, request, value[USER_KNOWN], &config);
	if (config.known_hosts_count == 0 && request->home)
		config.known_hosts[config.known_hosts_count++] =
		        arena_printf(arena, "%s/.ssh/known_hosts", request->home);
	take_known_hosts(arena, request, value[GLOBAL_KNOWN], &config);
	*out = config;
	return 0;
}

/* ---- asking ---- */

static int fail_ask(const struct ssh_config_request *request, const char *why, struct err *err)
{
	const char *next = request->file ? "name another file, or give -F none to go without"
	                                 : "mend it, or give -F none to go without";
	return err_set(err, ERR_USAGE, "the ssh configuration %s%sfor %s cannot be used: %s; %s",
	               request->file ? request->file : "", request->file ? " " : "", request->host,
	               why[0] ? why : "ssh -G fails without a word", next);
}

static int ask(struct arena *arena, const char *ssh, const struct ssh_config_request *request, struct buf *out,
               struct buf *errors, struct err *err)
{
	/* what a Match line, a path or ssh itself may need, and nothing else */
	static const char *const kept[] = {
	        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
	        NULL};
	const char *argv[12] = {ssh, "-G", "-T"};
	size_t n = 3;
	if (request->file) {
		argv[n++] = "-F";
		argv[n++] = request->file;
	}
	if (request->port) {
		argv[n++] = "-p";
		argv[n++] = arena_printf(arena, "%u", request->port);
	}
	if (ssh_config_user_ok(request->user)) {
		argv[n++] = "-l";
		argv[n++] = request->user;
	}
	argv[n++] = "--";
	argv[n] = request->host;
	struct spawn spawn = {.argv = argv, .env = spawn_env(arena, kept)};
	return spawn_output(&spawn, ASK_US, out, errors, err);
}

int ssh_config_ask(struct arena *arena, const struct ssh_config_request *request, struct ssh_config *out,
                   struct err *err)
{
	struct buf printed, errors, said;
	struct err why = {0};
	struct stat st;
	const char *ssh = spawn_find(arena, "ssh");
	if (request->file && stat(request->file, &st) == 0 && S_ISDIR(st.st_mode))
		return fail_ask(request, "it is a folder", err); /* ssh would read it as an empty file */
	if (!ssh && request->file)
		return err_set(err, ERR_USAGE,
		               "--ssh-config: no ssh is installed (none on PATH) that could read %.200s; install the "
		               "OpenSSH client, or give the host's address and settings as options",
		               request->file);
	if (!ssh)
		return 1;
	buf_init(&printed, OUT_MAX_BYTES);
	buf_init(&errors, ERRORS_MAX_BYTES);
	buf_init(&said, ERRORS_MAX_BYTES);
	int status = ask(arena, ssh, request, &printed, &errors, &why);
	spawn_said(buf_str(&errors), &said);
	int rc = 0;
	if (status != 0)
		rc = fail_ask(request, status < 0 ? why.text : said.p, err);
	else if (ssh_config_parse(arena, request, buf_str(&printed), out, &why) < 0)
		rc = fail_ask(request, why.text, err);
	buf_done(&printed);
	buf_done(&errors);
	buf_done(&said);
	return rc;
}
