#include "device.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "own_file.h"
#include "ssh_config.h"

static const int64_t CONNECT_US = 10000000;
static const int64_t LOGIN_US = 15000000;
static const int64_t ASK_US = 60000000; /* a person may have to type for the jump host */
static const unsigned SSH_PORT = 22;

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

/* Where OpenSSH has nothing to say. */
static void plain_known_hosts(struct arena *arena, const char *folder, struct ssh_options *ssh)
{
	const char **files = ARENA_ARRAY(arena, 2, const char *);
	if (folder)
		files[ssh->known_hosts_count++] = arena_printf(arena, "%s/.ssh/known_hosts", folder);
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

/* [USER@]HOST[:PORT]; the port is 0 and the user NULL where not given. */
static int read_name(struct arena *arena, const struct options *options, struct ssh_config_request *out,
                     struct err *err)
{
	struct str text = str_of(options->device), host, user = {"", 0};
	unsigned port = 0;
	const char *at = memrchr(text.p, '@', text.n);
	if (at) {
		user = str_cut(text, 0, (size_t)(at - text.p));
		text = str_from(text, user.n + 1);
	}
	/* Nor is it quoted: what stands behind the colon may be a password. */
	if (str_find_char(user, ':') >= 0 || str_find(user, "%3A") >= 0 || str_find(user, "%3a") >= 0)
		return err_set(
		        err, ERR_USAGE,
		        "--device: a password does not belong on the command line, where others can read it: give "
		        "[USER@]HOST[:PORT], and the password at the prompt or with --password-file (-l takes a "
		        "user name with a colon)");
	if (ssh_config_split_port(text, &host, &port, err) < 0)
		return err_prefix(err, "--device");
	*out = (struct ssh_config_request){
	        .file = options->ssh_config,
	        .host = arena_strndup(arena, host.p, host.n),
	        .user = options->user ? options->user
	                : user.n      ? arena_strndup(arena, user.p, user.n)
	                              : NULL,
	        .port = port ? port : options->port,
	        .home = home(arena),
	};
	return 0;
}

/* A terminal to ask at: the password of a jump host, say. */
static bool have_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

void env_password_take(struct env_password *out)
{
	*out = (struct env_password){.given = getenv("FGDIAG_PASSWORD") != NULL};
	if (out->given)
		out->secret = secret_from_env("FGDIAG_PASSWORD", &out->err);
}

void env_password_done(struct env_password *password)
{
	secret_free(password->secret);
	password->secret = NULL;
}

static bool has_env_password(const struct options *options)
{
	return !options->ask_only && options->env_password && options->env_password->given;
}

/* Each refused key counts on the device: the keys that ssh tries by habit stay
 * away where somebody says how to log in. */
static bool wants_keys(const struct options *options, const struct ssh_config *config)
{
	bool password = options->password_fd >= 0 || options->password_file || has_env_password(options);
	return options->identity_count == 0 && !(config->default_identities && password);
}

/* The command line goes before the configuration. */
static int heed(struct arena *arena, const struct options *options, const struct ssh_config_request *request,
                const struct ssh_config *config, struct ssh_options *ssh, struct err *err)
{
	ssh->host = config->host;
	ssh->port = config->port;
	ssh->user = config->user;
	ssh->host_key_alias = config->host_key_alias;
	ssh->agent_path = config->agent ? config->agent : getenv("SSH_AUTH_SOCK");
	ssh->identities_only = config->identities_only;
	if (wants_keys(options, config)) {
		ssh->identities = config->identities;
		ssh->identity_count = config->identity_count;
	}
	ssh->known_hosts = config->known_hosts;
	ssh->known_hosts_count = config->known_hosts_count;
	if (ssh_config_proxy(arena, request, config, getenv("SHELL"), have_terminal(), &ssh->proxy, err) < 0)
		return -1;
	if (ssh->proxy && ssh->proxy->may_ask)
		ssh->connect_us = ASK_US;
	return 0;
}

static bool is_none(const char *file)
{
	return file && strcasecmp(file, "none") == 0;
}

static int ask_config(struct arena *arena, const struct options *options, const struct ssh_config_request *request,
                      struct ssh_options *ssh, struct err *err)
{
	struct ssh_config config;
	int rc = is_none(request->file) ? 1 : ssh_config_ask(arena, request, &config, err);
	if (rc < 0 || (rc == 0 && heed(arena, options, request, &config, ssh, err) < 0))
		return -1;
	if (rc > 0)
		plain_known_hosts(arena, request->home, ssh);
	if (options->known_hosts) {
		const char **file = ARENA_ARRAY(arena, 1, const char *);
		file[0] = options->known_hosts;
		ssh->known_hosts = file;
		ssh->known_hosts_count = 1;
	}
	return 0;
}

int device_parse(struct arena *arena, const struct options *options, struct device *out, struct err *err)
{
	struct ssh_config_request request;
	if (!options->device)
		return err_set(err, ERR_USAGE,
		               "which FortiGate? Give it with -d [USER@]HOST[:PORT], or an inventory that holds the "
		               "entry's own");
	if (read_name(arena, options, &request, err) < 0 || check_pin(options->host_key, err) < 0)
		return -1;
	*out = (struct device){.name = options->device, .options = options};
	out->ssh = (struct ssh_options){
	        .host = request.host,
	        .port = request.port ? request.port : SSH_PORT,
	        .user = request.user,
	        .identities = options->identities,
	        .identity_count = options->identity_count,
	        .agent_path = getenv("SSH_AUTH_SOCK"),
	        .host_key = options->host_key,
	        .accept_new = options->accept_new,
	        .legacy_algorithms = options->legacy_algorithms,
	        .connect_us = CONNECT_US,
	        .login_us = LOGIN_US,
	};
	if (ask_config(arena, options, &request, &out->ssh, err) < 0)
		return -1;
	if (!out->ssh.user)
		out->ssh.user = login_name(arena);
	if (!out->ssh.user || !out->ssh.user[0])
		return err_set(err, ERR_USAGE, "as which administrator? Give the user with -l USER or -d USER@HOST");
	if (has_env_password(options) && (options->password_fd >= 0 || options->password_file))
		env_password_done(options->env_password); /* not the one that is used */
	out->login = (struct ssh_login){.ask = device_ask, .arg = out};
	return 0;
}

/* What else is in a pipe is nobody's business; a standard descriptor is not ours
 * to close. */
static struct secret *take_from_fd(int fd, struct err *err)
{
	struct secret *secret = secret_from_fd(fd, err);
	if (fd > STDERR_FILENO)
		(void)close(fd);
	return secret;
}

/* Owned by the caller from here on. */
static struct secret *give_env_password(struct env_password *password, struct err *err)
{
	struct secret *secret = password->secret;
	password->secret = NULL;
	if (!secret && err)
		*err = password->err;
	return secret;
}

const char *device_key(struct arena *arena, const struct device *device)
{
	const char *key = arena_printf(arena, "%s port %u", device->ssh.host, device->ssh.port);
	const struct ssh_proxy *proxy = device->ssh.proxy;
	const char *way = "";
	for (size_t i = 0; proxy && proxy->argv[i]; i++)
		way = arena_printf(arena, "%s %s", way, proxy->argv[i]);
	/* The same address behind another jump host is another device. What leads
	 * there is a user's own command, so it stands in no file of ours. */
	return proxy ? arena_printf(arena, "%s through %s (%016llx)", key, proxy->name, own_file_number(way)) : key;
}

static bool somebody_sits(const struct device *device)
{
	return !device->unattended && isatty(STDIN_FILENO) && have_terminal();
}

/* From where no person is asked; NULL without an error where nothing is given. */
static struct secret *given_password(const struct device *device, struct err *err)
{
	const struct options *options = device->options;
	if (options->password_fd >= 0)
		return take_from_fd(options->password_fd, err);
	if (options->password_file)
		return secret_from_file(options->password_file, err);
	if (has_env_password(options) && !somebody_sits(device))
		return give_env_password(options->env_password, err);
	return NULL;
}

int device_password(struct device *device, const struct secret **out, struct err *err)
{
	struct err why = {0};
	const struct secret *asked = device->login.password;
	if (!device->password && !asked)
		device->password = given_password(device, &why);
	*out = asked ? asked : device->password;
	if (*out || why.kind == ERR_NONE)
		return 0;
	*err = why;
	return -1;
}

void device_done(struct device *device)
{
	ssh_login_done(&device->login);
	secret_free(device->password);
	device->password = NULL;
}

/* Whoever sits at the terminal goes before the environment, which may be
 * another device's; an empty answer means the environment's. */
static struct secret *ask_at_terminal(const struct options *options, const struct ssh_question *question,
                                      struct err *err)
{
	struct buf prompt;
	bool may_be_empty = question->kind == SSH_QUESTION_PASSWORD && has_env_password(options);
	buf_init(&prompt, 1024);
	buf_printf(&prompt, "%s%s%s: ", question->attempt > 1 ? "that was not it; " : "", question->text,
	           may_be_empty ? " (Enter: $FGDIAG_PASSWORD)" : "");
	/* words that leave no room for ours stand alone: nobody types at an empty prompt */
	const char *shown = prompt.full ? question->text : prompt.p;
	struct secret *secret = secret_from_tty(&(struct secret_question){shown, question->echo, may_be_empty}, err);
	buf_done(&prompt);
	if (!secret || !may_be_empty)
		return secret;
	if (secret_text(secret)[0]) {
		env_password_done(options->env_password);
		return secret;
	}
	secret_free(secret);
	return give_env_password(options->env_password, err);
}

struct secret *device_ask(void *arg, const struct ssh_question *question, struct err *err)
{
	struct device *device = arg;
	const struct options *options = device->options;
	struct secret *ahead = device->password;
	if (question->kind == SSH_QUESTION_PASSWORD && !options->ask_only) {
		struct err why = {0};
		struct secret *given = ahead ? ahead : given_password(device, &why);
		device->password = NULL; /* there is no second copy of it */
		if (given)
			return given;
		if (why.kind != ERR_NONE) {
			if (err)
				*err = why;
			return NULL;
		}
	}
	if (device->unattended) {
		if (err)
			(void)err_set(err, ERR_AUTH,
			              "nobody is asked for %.60s while many FortiGates are; give a key, an agent, "
			              "--password-file, --password-fd or $FGDIAG_PASSWORD",
			              question->kind == SSH_QUESTION_PASSWORD ? "a password" : question->text);
		return NULL;
	}
	return ask_at_terminal(options, question, err);
}
