#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "ssh_config.h"
#include "wrapped.h"

#define PIN "SHA256:abcdefghijabcdefghijabcdefghijabcdefghijabc"

static struct arena *arena;
static struct options options;
static struct device device;
static struct err err;

/* ---- what is around the program ---- */

static struct passwd *account;
struct passwd *__wrap_getpwuid(uid_t uid);
struct passwd *__wrap_getpwuid(uid_t uid)
{
	(void)uid;
	return account;
}

static bool stdin_is_terminal, terminal;
int __wrap_isatty(int fd);
int __wrap_isatty(int fd)
{
	assert_int_equal(fd, STDIN_FILENO);
	return stdin_is_terminal;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, "/dev/tty") != 0)
		return __real_open(path, flags, 0600);
	return terminal ? __real_open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
}

/* What `ssh -G` says, and what came of it: 0, 1 (no ssh), -1. */
static struct ssh_config config;
static int config_rc, proxy_rc;
static const struct ssh_proxy *proxy;
static struct ssh_config_request request;

int __wrap_ssh_config_ask(struct arena *a, const struct ssh_config_request *r, struct ssh_config *out, struct err *e);
int __wrap_ssh_config_ask(struct arena *a, const struct ssh_config_request *r, struct ssh_config *out, struct err *e)
{
	(void)a;
	request = *r;
	*out = config;
	return config_rc < 0 ? err_set(e, ERR_USAGE, "a bad configuration") : config_rc;
}

int __wrap_ssh_config_proxy(struct arena *a, const struct ssh_config_request *r, const struct ssh_config *c,
                            const char *shell, bool may_ask, const struct ssh_proxy **out, struct err *e);
int __wrap_ssh_config_proxy(struct arena *a, const struct ssh_config_request *r, const struct ssh_config *c,
                            const char *shell, bool may_ask, const struct ssh_proxy **out, struct err *e)
{
	(void)a;
	(void)r;
	(void)c;
	(void)shell;
	assert_int_equal(may_ask, terminal);
	*out = proxy;
	return proxy_rc < 0 ? err_set(e, ERR_USAGE, "a bad jump host") : 0;
}

static const char *typed; /* at the terminal; NULL: nobody is there */
static char prompt[256];
static bool may_be_empty;
struct secret *__wrap_secret_from_tty(const struct secret_question *question, struct err *e);
struct secret *__wrap_secret_from_tty(const struct secret_question *question, struct err *e)
{
	(void)snprintf(prompt, sizeof prompt, "%s", question->prompt);
	may_be_empty = question->may_be_empty;
	if (!typed) {
		(void)err_set(e, ERR_AUTH, "no terminal");
		return NULL;
	}
	if (typed[0])
		return secret_copy(typed, e);
	struct secret *secret = secret_copy("x", e); /* an empty one cannot be copied */
	*(char *)(uintptr_t)secret_text(secret) = '\0';
	return secret;
}

static int begin(void **state)
{
	(void)state;
	static char name[] = "somebody", folder[] = "/home/somebody";
	static struct passwd somebody = {.pw_name = name, .pw_dir = folder};
	arena = arena_new();
	account = &somebody;
	stdin_is_terminal = terminal = false;
	config = (struct ssh_config){.host = "192.0.2.1", .port = 830};
	config_rc = proxy_rc = 0;
	proxy = NULL;
	typed = NULL;
	prompt[0] = '\0';
	options = (struct options){.device = "fgt", .password_fd = -1};
	(void)setenv("HOME", "/home/me", 1);
	(void)setenv("SSH_AUTH_SOCK", "/run/agent", 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void expect_parsed(void)
{
	err = (struct err){0};
	if (device_parse(arena, &options, &device, &err) != 0)
		fail_msg("%s", err.text);
}

static void expect_refused(const char *words)
{
	err = (struct err){0};
	assert_int_equal(device_parse(arena, &options, &device, &err), -1);
	if (err.kind != ERR_USAGE || !strstr(err.text, words))
		fail_msg("'%s' does not say '%s'", err.text, words);
}

/* ---- which device ---- */

static void what_is_missing_or_wrong_is_said(void **state)
{
	(void)state;
	static const char *const pins[] = {"", "MD5:00", "SHA256:abc", PIN "d", "s" PIN};
	options.device = NULL;
	expect_refused("which FortiGate?");
	options.device = "fgt";
	for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
		options.host_key = pins[i];
		expect_refused("--host-key");
	}
	options.host_key = PIN;
	options.user = "admin";
	expect_parsed();
	assert_string_equal(device.ssh.host_key, PIN);
	config_rc = -1;
	expect_refused("a bad configuration");
	config_rc = 0;
	proxy_rc = -1;
	expect_refused("a bad jump host");
}

static void a_password_in_the_name_is_refused_and_not_repeated(void **state)
{
	(void)state;
	static const char *const names[] = {"me:hidden@fgt", "me%3Ahidden@fgt", "me%3ahidden@fgt"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		options.device = names[i];
		expect_refused("a password does not belong on the command line");
		assert_null(strstr(err.text, "hidden"));
	}
}

static void the_user_is_the_option_s_the_name_s_the_configuration_s_or_ours(void **state)
{
	(void)state;
	struct passwd nobody = {.pw_name = (char[]){""}, .pw_dir = (char[]){"/"}};
	options.device = "me@fgt";
	options.user = "admin";
	expect_parsed();
	assert_string_equal(request.user, "admin");
	options.user = NULL;
	expect_parsed();
	assert_string_equal(request.user, "me");
	options.device = "fgt";
	config.user = "configured";
	expect_parsed();
	assert_null(request.user);
	assert_string_equal(device.ssh.user, "configured");
	config.user = NULL;
	expect_parsed();
	assert_string_equal(device.ssh.user, "somebody");
	account = &nobody;
	expect_refused("as which administrator?");
	account = NULL;
	expect_refused("as which administrator?");
	config.user = "";
	expect_refused("as which administrator?");
}

static void home_is_an_absolute_path_or_the_account_s(void **state)
{
	(void)state;
	expect_parsed();
	assert_string_equal(request.home, "/home/me");
	(void)setenv("HOME", "relative", 1);
	expect_parsed();
	assert_string_equal(request.home, "/home/somebody");
	(void)unsetenv("HOME");
	expect_parsed();
	assert_string_equal(request.home, "/home/somebody");
	account = NULL;
	config.user = "admin";
	expect_parsed();
	assert_null(request.home);
}

/* Without ssh, or with -F none, the usual files count. */
static void without_a_configuration_the_usual_files_hold_the_keys(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		options.user = "admin";
		options.ssh_config = i ? "None" : "other";
		config_rc = i ? 0 : 1;
		expect_parsed();
		assert_string_equal(device.ssh.host, "fgt");
		assert_int_equal(device.ssh.port, 22);
		assert_int_equal(device.ssh.known_hosts_count, 2);
		assert_string_equal(device.ssh.known_hosts[0], "/home/me/.ssh/known_hosts");
		assert_string_equal(device.ssh.known_hosts[1], "/etc/ssh/ssh_known_hosts");
	}
	(void)unsetenv("HOME");
	account = NULL;
	expect_parsed();
	assert_int_equal(device.ssh.known_hosts_count, 1);
	options.known_hosts = "mine";
	expect_parsed();
	assert_int_equal(device.ssh.known_hosts_count, 1);
	assert_string_equal(device.ssh.known_hosts[0], "mine");
}

static void agent_and_proxy_are_the_configuration_s(void **state)
{
	(void)state;
	struct ssh_proxy jump = {.name = "a jump host"};
	expect_parsed();
	assert_string_equal(device.ssh.agent_path, "/run/agent");
	assert_null(device.ssh.proxy);
	int64_t usual = device.ssh.connect_us;
	config.agent = "/run/other";
	proxy = &jump;
	expect_parsed();
	assert_string_equal(device.ssh.agent_path, "/run/other");
	assert_true(device.ssh.connect_us == usual);
	jump.may_ask = terminal = true; /* a person needs time to type */
	expect_parsed();
	assert_ptr_equal(device.ssh.proxy, &jump);
	assert_true(device.ssh.connect_us > usual);
}

/* Each key that is refused counts on the device. */
static void keys_tried_by_habit_give_way_to_a_password(void **state)
{
	(void)state;
	const char *habit = "/home/me/.ssh/id", *own = "/own";
	struct env_password env = {.given = true};
	config.identities = &habit;
	config.identity_count = 1;
	struct {
		bool default_identities;
		int fd;
		const char *file;
		bool env, ask_only, own;
		const char *key; /* the one that is tried */
	} rows[] = {
	        {true, -1, NULL, false, false, false, habit}, {true, 9, NULL, false, false, false, NULL},
	        {true, -1, "f", false, false, false, NULL},   {true, -1, NULL, true, false, false, NULL},
	        {true, -1, NULL, true, true, false, habit},   {false, -1, "f", false, false, false, habit},
	        {false, -1, NULL, false, false, true, own},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		config.default_identities = rows[i].default_identities;
		options.password_fd = rows[i].fd;
		options.password_file = rows[i].file;
		options.env_password = rows[i].env ? &env : NULL;
		options.ask_only = rows[i].ask_only;
		options.identities = rows[i].own ? &own : NULL;
		options.identity_count = rows[i].own;
		expect_parsed();
		assert_int_equal(device.ssh.identity_count, rows[i].key != NULL);
		if (rows[i].key)
			assert_string_equal(device.ssh.identities[0], rows[i].key);
	}
}

/* ---- which password ---- */

static struct env_password env_with(const char *text)
{
	struct env_password out;
	if (text)
		(void)setenv("FGDIAG_PASSWORD", text, 1);
	env_password_take(&out);
	assert_null(getenv("FGDIAG_PASSWORD"));
	return out;
}

static void expect_answer(enum ssh_question_kind kind, unsigned attempt, const char *want)
{
	struct ssh_question question = {.kind = kind, .text = "password for a@b", .attempt = attempt};
	device.options = &options;
	err = (struct err){0};
	prompt[0] = '\0';
	struct secret *secret = device_ask(&device, &question, &err);
	if (want)
		assert_string_equal(secret_text(secret), want);
	else
		assert_null(secret);
	secret_free(secret);
}

static int pipe_with(const char *text)
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	(void)close(fds[1]);
	return fds[0];
}

static void an_unused_password_of_the_environment_is_wiped_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct env_password env = env_with("word");
		assert_true(env.given && env.secret);
		options.env_password = &env;
		options.password_fd = i == 0 ? 9 : -1;
		options.password_file = i == 1 ? "file" : NULL;
		expect_parsed();
		assert_int_equal(env.secret != NULL, i == 2);
		env_password_done(&env);
	}
	struct env_password none = env_with(NULL);
	assert_false(none.given);
	options.env_password = &none;
	options.password_fd = 9;
	expect_parsed();
}

static void a_descriptor_is_read_and_closed_unless_it_is_a_standard_one(void **state)
{
	(void)state;
	options.password_fd = pipe_with("word\n");
	expect_answer(SSH_QUESTION_PASSWORD, 1, "word");
	assert_int_equal(fcntl(options.password_fd, F_GETFD), -1);
	int kept = dup(STDIN_FILENO), fd = pipe_with("word\n");
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	(void)close(fd);
	options.password_fd = STDIN_FILENO;
	expect_answer(SSH_QUESTION_PASSWORD, 1, "word");
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	if (kept >= 0) {
		(void)dup2(kept, STDIN_FILENO);
		(void)close(kept);
	}
}

static void a_file_that_cannot_be_used_is_no_reason_to_ask(void **state)
{
	(void)state;
	options.password_file = "/nonexistent/file";
	typed = "typed";
	expect_answer(SSH_QUESTION_PASSWORD, 1, NULL);
	assert_non_null(strstr(err.text, "/nonexistent/file"));
	assert_string_equal(prompt, "");
	expect_answer(SSH_QUESTION_PASSPHRASE, 1, "typed"); /* which the file is not for */
	options.ask_only = true;
	expect_answer(SSH_QUESTION_PASSWORD, 1, "typed");
}

/* Somebody at the terminal goes first, and Enter means the environment's. */
static void the_environment_s_is_used_where_nobody_sits(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct env_password env = env_with("word");
		options.env_password = &env;
		stdin_is_terminal = i & 1;
		terminal = i & 2;
		expect_answer(SSH_QUESTION_PASSWORD, 1, "word");
		assert_string_equal(prompt, "");
		assert_null(env.secret);
	}
	stdin_is_terminal = terminal = true;
	struct env_password env = env_with("word");
	options.env_password = &env;
	typed = NULL;
	expect_answer(SSH_QUESTION_PASSWORD, 1, NULL);
	assert_non_null(env.secret);
	typed = "other";
	expect_answer(SSH_QUESTION_PASSPHRASE, 2, "other");
	assert_string_equal(prompt, "that was not it; password for a@b: ");
	assert_false(may_be_empty);
	typed = "";
	expect_answer(SSH_QUESTION_PASSWORD, 1, "word");
	assert_string_equal(prompt, "password for a@b (Enter: $FGDIAG_PASSWORD): ");
	assert_true(may_be_empty);
	env = env_with("word");
	typed = "typed";
	expect_answer(SSH_QUESTION_PASSWORD, 1, "typed");
	assert_null(env.secret); /* not kept for longer than it may be used */
}

static void without_any_password_the_terminal_is_asked(void **state)
{
	(void)state;
	typed = "typed";
	expect_answer(SSH_QUESTION_PASSWORD, 1, "typed");
	assert_string_equal(prompt, "password for a@b: ");
	assert_false(may_be_empty);
	/* a question of any length is a question: nobody types at an empty prompt */
	char text[1200];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	struct secret *secret = device_ask(
	        &device, &(struct ssh_question){.kind = SSH_QUESTION_DEVICE, .text = text, .attempt = 1}, &err);
	assert_non_null(secret);
	secret_free(secret);
	assert_int_equal(strlen(prompt), sizeof prompt - 1);
}

static void of_one_among_many_nobody_is_asked(void **state)
{
	(void)state;
	typed = "typed";
	device.unattended = true;
	expect_answer(SSH_QUESTION_PASSWORD, 1, NULL);
	assert_int_equal(err.kind, ERR_AUTH);
	assert_non_null(strstr(err.text, "nobody is asked for a password"));
	expect_answer(SSH_QUESTION_DEVICE, 1, NULL);
	assert_non_null(strstr(err.text, "nobody is asked for password for a@b"));
	assert_null(device_ask(&device, &(struct ssh_question){.kind = SSH_QUESTION_PASSWORD, .text = "x"}, NULL));
	assert_string_equal(prompt, "");
	/* The environment's is taken, whoever sits there. */
	struct env_password env = env_with("word");
	options.env_password = &env;
	stdin_is_terminal = terminal = true;
	expect_answer(SSH_QUESTION_PASSWORD, 1, "word");
	assert_string_equal(prompt, "");
	assert_null(env.secret);
	device.unattended = false;
}

static void what_is_wrong_with_the_environment_s_is_said(void **state)
{
	(void)state;
	struct env_password env = env_with("");
	assert_true(env.given);
	options.env_password = &env;
	expect_answer(SSH_QUESTION_PASSWORD, 1, NULL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "FGDIAG_PASSWORD"));
	assert_null(device_ask(&device, &(struct ssh_question){.kind = SSH_QUESTION_PASSWORD, .text = "x"}, NULL));
	stdin_is_terminal = terminal = true;
	typed = "";
	assert_null(device_ask(&device, &(struct ssh_question){.kind = SSH_QUESTION_PASSWORD, .text = "x"}, NULL));
}

/* A run may want to know the password before the device asks for it. */
static void a_password_is_read_ahead_once(void **state)
{
	(void)state;
	const struct secret *ahead, *again;
	expect_parsed();
	assert_int_equal(device_password(&device, &ahead, &err), 0);
	assert_null(ahead); /* a person would be asked */
	options.password_fd = pipe_with("word\n");
	expect_parsed();
	assert_int_equal(device_password(&device, &ahead, &err), 0);
	assert_string_equal(secret_text(ahead), "word");
	assert_int_equal(device_password(&device, &again, &err), 0);
	assert_ptr_equal(ahead, again);
	device.login.password = device_ask(
	        &device, &(struct ssh_question){.kind = SSH_QUESTION_PASSWORD, .text = "x", .attempt = 1}, &err);
	assert_ptr_equal(device.login.password, ahead); /* there is no second copy */
	assert_int_equal(device_password(&device, &again, &err), 0);
	assert_ptr_equal(again, ahead);
	device_done(&device);
	assert_null(device.password);
	options.password_fd = pipe_with("\n");
	expect_parsed();
	assert_int_equal(device_password(&device, &ahead, &err), -1);
	assert_null(ahead);
	assert_int_equal(err.kind, ERR_USAGE);
}

static void a_device_is_known_by_where_it_is_and_the_way_there(void **state)
{
	(void)state;
	const char *way[] = {"ssh", "-W", "fgt:22", "jump", NULL}, *other[] = {"ssh", "-W", "fgt:22", "leap", NULL};
	struct ssh_proxy jump = {.name = "jump host", .argv = way}, leap = {.name = "jump host", .argv = other};
	expect_parsed();
	assert_string_equal(device_key(arena, &device), "192.0.2.1 port 830");
	proxy = &jump;
	expect_parsed();
	const char *through = device_key(arena, &device);
	assert_non_null(strstr(through, "192.0.2.1 port 830 through jump host ("));
	assert_null(strstr(through, "-W"));
	assert_string_equal(device_key(arena, &device), through);
	proxy = &leap;
	expect_parsed();
	assert_string_not_equal(device_key(arena, &device), through);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_is_missing_or_wrong_is_said),
	        TEST(a_password_in_the_name_is_refused_and_not_repeated),
	        TEST(the_user_is_the_option_s_the_name_s_the_configuration_s_or_ours),
	        TEST(home_is_an_absolute_path_or_the_account_s),
	        TEST(without_a_configuration_the_usual_files_hold_the_keys),
	        TEST(agent_and_proxy_are_the_configuration_s),
	        TEST(keys_tried_by_habit_give_way_to_a_password),
	        TEST(an_unused_password_of_the_environment_is_wiped_at_once),
	        TEST(a_descriptor_is_read_and_closed_unless_it_is_a_standard_one),
	        TEST(a_file_that_cannot_be_used_is_no_reason_to_ask),
	        TEST(the_environment_s_is_used_where_nobody_sits),
	        TEST(without_any_password_the_terminal_is_asked),
	        TEST(of_one_among_many_nobody_is_asked),
	        TEST(what_is_wrong_with_the_environment_s_is_said),
	        TEST(a_password_is_read_ahead_once),
	        TEST(a_device_is_known_by_where_it_is_and_the_way_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
