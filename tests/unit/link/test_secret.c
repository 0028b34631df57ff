#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>

#include "drive.h"
#include "secret.h"

static struct secret *from_pipe(const char *bytes, size_t n, struct err *err)
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], bytes, n), n);
	(void)close(fds[1]);
	struct secret *secret = secret_from_fd(fds[0], err);
	(void)close(fds[0]);
	return secret;
}

static void a_descriptor_gives_its_first_line(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		const char *secret;
	} cases[] = {{"word\n", "word"},   {"word", "word"},       {"two words\nmore\n", "two words"},
	             {"word\r\n", "word"}, {" word \n", " word "}, {"p\xc3\xa4ss\n", "p\xc3\xa4ss"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct secret *secret = from_pipe(cases[i].bytes, strlen(cases[i].bytes), NULL);
		assert_string_equal(secret_text(secret), cases[i].secret);
		secret_free(secret);
	}
}

static void what_follows_the_line_stays_in_the_pipe(void **state)
{
	(void)state;
	int fds[2];
	char rest[16] = "";
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "one\ntwo\n", 8), 8);
	struct secret *secret = secret_from_fd(fds[0], NULL);
	assert_string_equal(secret_text(secret), "one");
	assert_int_equal(read(fds[0], rest, sizeof rest), 4);
	assert_memory_equal(rest, "two\n", 4);
	secret_free(secret);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void empty_long_and_nul_are_refused(void **state)
{
	(void)state;
	char text[SECRET_MAX_BYTES + 2];
	struct err err = {0};
	assert_null(from_pipe("", 0, &err));
	assert_non_null(strstr(err.text, "empty"));
	assert_null(from_pipe("\nword\n", 6, &err));
	assert_null(from_pipe("a\0b\n", 4, &err));
	assert_non_null(strstr(err.text, "NUL"));
	memset(text, 'x', sizeof text);
	assert_null(from_pipe(text, SECRET_MAX_BYTES + 1, &err));
	assert_non_null(strstr(err.text, "longer"));
	assert_int_equal(err.kind, ERR_USAGE);
	struct secret *secret = from_pipe(text, SECRET_MAX_BYTES, &err);
	assert_int_equal(strlen(secret_text(secret)), SECRET_MAX_BYTES);
	secret_free(secret);
	assert_null(secret_from_fd(-1, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	secret_free(NULL);
	assert_null(secret_text(NULL));
}

static void expect_file_refused(const char *path, const char *words)
{
	struct err err = {0};
	assert_null(secret_from_file(path, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.text, words) || !strstr(err.text, path))
		fail_msg("%s", err.text);
}

static void a_file_must_be_ours_alone(void **state)
{
	(void)state;
	char folder[128], path[160], other[160];
	make_folder_name(folder, sizeof folder);
	(void)snprintf(path, sizeof path, "%s/secret", folder);
	(void)snprintf(other, sizeof other, "%s/link", folder);
	write_file(path, "word\n", 0600);
	struct secret *secret = secret_from_file(path, NULL);
	assert_string_equal(secret_text(secret), "word");
	secret_free(secret);
	static const mode_t open_modes[] = {0640, 0604, 0620, 0601};
	for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
		assert_int_equal(chmod(path, open_modes[i]), 0);
		expect_file_refused(path, "chmod 600");
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(symlink(path, other), 0);
	expect_file_refused(other, "symbolic link");
	(void)unlink(other);
	assert_int_equal(mkfifo(other, 0600), 0); /* must not wait for a writer */
	expect_file_refused(other, "not a regular file");
	expect_file_refused(folder, "not a regular file");
	(void)unlink(other);
	expect_file_refused(other, "No such file");
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		expect_file_refused(path, "another user");
	} else {
		expect_file_refused("/etc/passwd", "another user");
	}
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(chown(path, geteuid(), getegid()), 0);
	expect_file_refused(path, "empty");
	(void)unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

/* What systemd leaves behind LoadCredential= where its file system has ACLs:
 * root's, and read by the service through one. */
static void a_credential_of_systemd_is_ours(void **state)
{
	(void)state;
	char folder[128], path[160];
	make_folder_name(folder, sizeof folder);
	(void)snprintf(path, sizeof path, "%s/password", folder);
	write_file(path, "word\n", 0440);
	expect_file_refused(path, "chmod 600");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	if (geteuid() == 0) {
		struct secret *secret = secret_from_file(path, NULL);
		assert_string_equal(secret_text(secret), "word");
		secret_free(secret);
		static const mode_t open_modes[] = {0444, 0460, 0450};
		for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
			assert_int_equal(chmod(path, open_modes[i]), 0);
			expect_file_refused(path, "chmod 600");
		}
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(chmod(path, 0440), 0);
		expect_file_refused(path, "another user");
	} else {
		expect_file_refused(path, "chmod 600");
	}
	/* Elsewhere, and only begun with the folder's name. */
	assert_int_equal(chown(path, geteuid(), getegid()), 0);
	folder[strlen(folder) - 1] = '\0';
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	expect_file_refused(path, "chmod 600");
	/* Nor in a folder below it, nor without a folder. */
	*strrchr(folder, '/') = '\0';
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	expect_file_refused(path, "chmod 600");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "", 1), 0);
	expect_file_refused(path, "chmod 600");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/elsewhere", 1), 0);
	expect_file_refused(path, "chmod 600");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
}

static void the_environment_forgets_the_secret(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(setenv("FGDIAG_TEST_SECRET", "word", 1), 0);
	char *value = getenv("FGDIAG_TEST_SECRET");
	struct secret *secret = secret_from_env("FGDIAG_TEST_SECRET", &err);
	assert_string_equal(secret_text(secret), "word");
	assert_null(getenv("FGDIAG_TEST_SECRET"));
	assert_int_equal(value[0], 0);
	secret_free(secret);
	assert_null(secret_from_env("FGDIAG_TEST_SECRET", &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(setenv("FGDIAG_TEST_SECRET", "", 1), 0);
	assert_null(secret_from_env("FGDIAG_TEST_SECRET", &err));
	assert_non_null(strstr(err.text, "FGDIAG_TEST_SECRET"));
	assert_null(getenv("FGDIAG_TEST_SECRET"));
}

static void a_copy_has_the_same_limits(void **state)
{
	(void)state;
	struct err err = {0};
	char text[SECRET_MAX_BYTES + 2];
	memset(text, 'x', sizeof text);
	text[SECRET_MAX_BYTES + 1] = '\0';
	assert_null(secret_copy(text, &err));
	assert_null(secret_copy("", &err));
	text[SECRET_MAX_BYTES] = '\0';
	struct secret *secret = secret_copy(text, &err);
	assert_string_equal(secret_text(secret), text);
	secret_free(secret);
}

/* ---- the terminal ---- */

struct dialogue {
	int terminal; /* our end */
	int answer;   /* what the child made of it */
	pid_t pid;
};

static volatile sig_atomic_t interrupted;
static bool with_echo; /* what the child asks for */

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* The child has the terminal, asks, and reports: kind, secret, echo again on. */
static _Noreturn void ask_in_child(int answer)
{
	struct err err = {0};
	struct termios now;
	struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	struct secret *secret =
	        secret_from_tty(&(struct secret_question){"password for \033[31madmin@fgt: ", with_echo, false}, &err);
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	bool echo = fd >= 0 && tcgetattr(fd, &now) == 0 && (now.c_lflag & ECHO);
	(void)dprintf(answer, "%s|%s|%s|%d\n", err_word(err.kind), secret ? secret_text(secret) : "",
	              echo ? "echo" : "quiet", (int)interrupted);
	secret_free(secret);
	_exit(0);
}

static struct dialogue begin_dialogue(void)
{
	struct dialogue d;
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	d.pid = forkpty(&d.terminal, NULL, NULL, NULL);
	if (d.pid == 0)
		ask_in_child(fds[1]);
	assert_true(d.pid > 0);
	(void)close(fds[1]);
	d.answer = fds[0];
	return d;
}

static void see(const struct dialogue *d, char *out, size_t size, const char *want)
{
	size_t n = 0;
	int64_t end = clock_mono_us() + SECONDS(5);
	out[0] = '\0';
	while (!strstr(out, want) && clock_mono_us() < end) {
		struct pollfd p = {.fd = d->terminal, .events = POLLIN};
		if (poll(&p, 1, 100) <= 0)
			continue;
		ssize_t got = read(d->terminal, out + n, size - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		out[n] = '\0';
	}
}

static void end_dialogue(struct dialogue *d, const char *expected)
{
	char answer[256] = "", rest[512] = "";
	see(d, rest, sizeof rest, "\n");
	assert_null(strstr(rest, "word")); /* never shown */
	ssize_t n = read(d->answer, answer, sizeof answer - 1);
	assert_true(n > 0);
	assert_string_equal(answer, expected);
	(void)close(d->answer);
	(void)close(d->terminal);
	(void)waitpid(d->pid, NULL, 0);
}

static void an_answer_that_may_be_seen_is_echoed(void **state)
{
	(void)state;
	char text[512];
	with_echo = true;
	struct dialogue d = begin_dialogue();
	with_echo = false;
	see(&d, text, sizeof text, "fgt: ");
	assert_int_equal(write(d.terminal, "123456\n", 7), 7);
	see(&d, text, sizeof text, "123456");
	assert_non_null(strstr(text, "123456"));
	end_dialogue(&d, "none|123456|echo|0\n");
}

static void the_terminal_shows_a_safe_prompt_and_no_secret(void **state)
{
	(void)state;
	char seen[512];
	struct dialogue d = begin_dialogue();
	see(&d, seen, sizeof seen, "fgt: ");
	assert_string_equal(seen, "password for \\x1b[31madmin@fgt: ");
	assert_int_equal(write(d.terminal, "wordx\x7f\n", 7), 7); /* erase works */
	end_dialogue(&d, "none|word|echo|0\n");
}

static void nothing_typed_is_an_error(void **state)
{
	(void)state;
	char seen[512];
	struct dialogue d = begin_dialogue();
	see(&d, seen, sizeof seen, "fgt: ");
	assert_int_equal(write(d.terminal, "\n", 1), 1);
	end_dialogue(&d, "auth||echo|0\n");
}

static void ctrl_c_interrupts_and_restores_the_echo(void **state)
{
	(void)state;
	char seen[512];
	struct dialogue d = begin_dialogue();
	see(&d, seen, sizeof seen, "fgt: ");
	assert_int_equal(write(d.terminal, "wo\x03", 3), 3);
	end_dialogue(&d, "interrupted||echo|1\n");
}

static void a_signal_interrupts_and_restores_the_echo(void **state)
{
	(void)state;
	char seen[512];
	struct dialogue d = begin_dialogue();
	see(&d, seen, sizeof seen, "fgt: ");
	assert_int_equal(kill(d.pid, SIGTERM), 0);
	end_dialogue(&d, "interrupted||echo|1\n");
}

static void without_a_terminal_it_says_what_to_do(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct err err = {0};
		(void)setsid();
		struct secret *secret =
		        secret_from_tty(&(struct secret_question){.prompt = "password for admin@fgt: "}, &err);
		_exit(!secret && err.kind == ERR_AUTH && strstr(err.text, "ask for the password for admin@fgt;") ? 0
		                                                                                                 : 1);
	}
	int status = -1;
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void a_protected_process_leaves_no_core(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit core = {1, 1};
		secret_protect_process();
		_exit(prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 ? 0 : 1);
	}
	int status = -1;
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_descriptor_gives_its_first_line),
	        cmocka_unit_test(what_follows_the_line_stays_in_the_pipe),
	        cmocka_unit_test(empty_long_and_nul_are_refused),
	        cmocka_unit_test(a_file_must_be_ours_alone),
	        cmocka_unit_test(a_credential_of_systemd_is_ours),
	        cmocka_unit_test(the_environment_forgets_the_secret),
	        cmocka_unit_test(a_copy_has_the_same_limits),
	        cmocka_unit_test(an_answer_that_may_be_seen_is_echoed),
	        cmocka_unit_test(the_terminal_shows_a_safe_prompt_and_no_secret),
	        cmocka_unit_test(nothing_typed_is_an_error),
	        cmocka_unit_test(ctrl_c_interrupts_and_restores_the_echo),
	        cmocka_unit_test(a_signal_interrupts_and_restores_the_echo),
	        cmocka_unit_test(without_a_terminal_it_says_what_to_do),
	        cmocka_unit_test(a_protected_process_leaves_no_core),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
