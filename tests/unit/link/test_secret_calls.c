#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <termios.h>

#include "drive.h"
#include "mem.h"
#include "secret.h"
#include "wrapped.h"

WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
WRAP(int, fstat, -1, (int fd, struct stat *st), (fd, st))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t n, int prot, int flags, int fd, off_t offset),
     (at, n, prot, flags, fd, offset))
WRAP(int, tcgetattr, -1, (int fd, struct termios *out), (fd, out))
WRAP(int, tcsetattr, -1, (int fd, int when, const struct termios *in), (fd, when, in))
WRAP(int, signalfd, -1, (int fd, const sigset_t *set, int flags), (fd, set, flags))

/* A pair of terminal ends in the place of /dev/tty. */
static int outer, inner;
static const char *inner_name;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	return __real_open(strcmp(path, "/dev/tty") == 0 ? inner_name : path, flags);
}

/* Writes byte by byte, or nothing at all. */
static bool slow;
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	if (fails("write"))
		return errno ? -1 : 0;
	return __real_write(fd, p, slow ? 1 : n);
}

/* What happens while somebody is waited for, one after the other. */
static struct happening {
	const char *typed;
	int signals[2];
} happenings[4];
static unsigned waits;

int __real_poll(struct pollfd *fds, nfds_t n, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
	if (fails("poll"))
		return -1;
	if (waits < 4) {
		const struct happening *now = &happenings[waits++];
		for (int i = 0; i < 2 && now->signals[i]; i++)
			(void)raise(now->signals[i]);
		if (now->typed)
			assert_int_equal(__real_write(outer, now->typed, strlen(now->typed)), strlen(now->typed));
	}
	return __real_poll(fds, n, ms < 0 ? 5000 : ms);
}

static unsigned signals_seen;

static void see_signal(int number)
{
	(void)number;
	signals_seen++;
}

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { ENDING = sizeof ending / sizeof ending[0] };

static int begin(void **state)
{
	(void)state;
	static char name[64];
	let_none_fail();
	memset(happenings, 0, sizeof happenings);
	waits = signals_seen = 0;
	assert_int_equal(openpty(&outer, &inner, name, NULL, NULL), 0);
	inner_name = name;
	for (int i = 0; i < ENDING; i++) {
		struct sigaction action = {.sa_handler = see_signal};
		assert_int_equal(sigaction(ending[i], &action, NULL), 0);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	let_none_fail();
	(void)close(outer);
	(void)close(inner);
	for (int i = 0; i < ENDING; i++)
		(void)signal(ending[i], SIG_DFL);
	return 0;
}

static struct secret *ask_for(struct secret_question question, struct err *err)
{
	waits = 0;
	if (err)
		*err = (struct err){0};
	return secret_from_tty(&question, err);
}

static struct secret *ask_plainly(struct err *err)
{
	return ask_for((struct secret_question){.prompt = "password: "}, err);
}

/* On every way out the terminal is as it was, and nothing typed is left in it. */
static void expect_restored(void)
{
	struct termios now;
	int left = -1;
	assert_int_equal(__real_tcgetattr(inner, &now), 0);
	assert_true(now.c_lflag & ECHO);
	assert_int_equal(ioctl(inner, FIONREAD, &left), 0);
	assert_int_equal(left, 0);
	sigset_t blocked;
	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
	for (int i = 0; i < ENDING; i++)
		assert_int_equal(sigismember(&blocked, ending[i]), 0);
}

static void expect_answer(struct secret *secret, const char *text)
{
	assert_non_null(secret);
	assert_string_equal(secret_text(secret), text);
	secret_free(secret);
	expect_restored();
}

static void expect_failure(struct secret *secret, const struct err *err, enum err_kind kind, const char *words)
{
	assert_null(secret);
	if (err->kind != kind || !strstr(err->text, words))
		fail_msg("%s: %s", err_word(err->kind), err->text);
	expect_restored();
}

/* ---- the terminal ---- */

static void what_is_typed_is_the_answer(void **state)
{
	(void)state;
	struct err err;
	happenings[0].typed = "word\nmore\n";
	expect_answer(ask_plainly(&err), "word");
	happenings[0].typed = "\n";
	expect_answer(ask_for((struct secret_question){"password: ", false, true}, &err), "");
	happenings[0].typed = "seen\n";
	expect_answer(ask_for((struct secret_question){"code: ", true, false}, &err), "seen");
	happenings[0].typed = "\n";
	expect_failure(ask_plainly(&err), &err, ERR_AUTH, "nothing was typed");
	happenings[0] = (struct happening){NULL, {SIGINT, 0}};
	expect_failure(ask_for((struct secret_question){"code: ", true, false}, &err), &err, ERR_INTERRUPTED,
	               "asking for the code");
}

static void each_call_that_fails_is_said_and_the_terminal_restored(void **state)
{
	(void)state;
	static const struct {
		const char *call, *words;
		int error;
	} rows[] = {
	        {"tcgetattr", "cannot ask on the terminal: Input/output error", EIO},
	        {"tcsetattr", "cannot switch the terminal's echo off: Input/output error", EIO},
	        {"signalfd", "cannot ask for the secret: Too many open files", EMFILE},
	        {"poll", "cannot wait for the terminal: Cannot allocate memory", ENOMEM},
	        {"read", "cannot read the secret: Input/output error", EIO},
	        {"read", "cannot read the secret: unknown error", 9999},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err;
		happenings[0].typed = strcmp(rows[i].call, "read") == 0 ? "word\n" : NULL;
		let_fail(rows[i].call, 0, 1, rows[i].error);
		expect_failure(ask_plainly(&err), &err, ERR_AUTH, rows[i].words);
		let_fail(rows[i].call, 0, 1, rows[i].error);
		assert_null(ask_plainly(NULL)); /* nor need anybody want the words */
		let_none_fail();
		expect_restored();
	}
}

static void a_signal_without_our_interest_changes_nothing(void **state)
{
	(void)state;
	struct err err;
	static const char *const calls[] = {"poll", "read", "write"};
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		happenings[0].typed = "word\n";
		let_fail(calls[i], 0, 2, EINTR);
		expect_answer(ask_plainly(&err), "word");
	}
}

/* To the newline behind the answer: a terminal gives what it has so far. */
static const char *shown(void)
{
	static char text[256];
	size_t n = 0;
	text[0] = '\0';
	while (!strchr(text, '\n') && n < sizeof text - 1) {
		struct pollfd p = {.fd = outer, .events = POLLIN};
		ssize_t got = __real_poll(&p, 1, 5000) > 0 ? __real_read(outer, text + n, sizeof text - 1 - n) : 0;
		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
	}
	return text;
}

/* A prompt that cannot be shown is no reason to refuse what is typed blindly. */
static void a_prompt_is_written_to_its_end_or_not_at_all(void **state)
{
	(void)state;
	struct err err;
	slow = true;
	happenings[0].typed = "word\n";
	expect_answer(ask_plainly(&err), "word");
	slow = false;
	assert_string_equal(shown(), "password: \r\n");
	static const int errors[] = {EIO, 0};
	for (size_t i = 0; i < 2; i++) {
		let_fail("write", 0, 1, errors[i]);
		happenings[0].typed = "word\n";
		expect_answer(ask_plainly(&err), "word");
		assert_string_equal(shown(), "\r\n");
	}
}

static void each_signal_that_ends_a_program_ends_the_question(void **state)
{
	(void)state;
	for (int i = 0; i < ENDING - 1; i++) {
		for (int with_stop = 0; with_stop < 2; with_stop++) {
			struct err err;
			signals_seen = 0;
			happenings[0] = (struct happening){"wo", {ending[i], with_stop ? SIGTSTP : 0}};
			expect_failure(ask_plainly(&err), &err, ERR_INTERRUPTED,
			               "interrupted while asking for the password");
			assert_int_equal(signals_seen, 1 + with_stop); /* delivered after all */
		}
	}
}

/* Ctrl-Z alone stops the program, and then the question is put again. */
static void a_stop_puts_the_question_again(void **state)
{
	(void)state;
	struct err err;
	happenings[0] = (struct happening){"wro", {SIGTSTP, 0}};
	happenings[1] = (struct happening){"word\n", {0}};
	expect_answer(ask_plainly(&err), "word");
	assert_int_equal(signals_seen, 1);
	assert_int_equal(waits, 2);
}

/* Where the stop is blocked it would never be delivered: no endless question. */
static void a_stop_that_is_blocked_ends_the_question(void **state)
{
	(void)state;
	struct err err;
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTSTP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	happenings[0] = (struct happening){NULL, {SIGTSTP, 0}};
	struct secret *secret = ask_plainly(&err);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	expect_failure(secret, &err, ERR_INTERRUPTED, "interrupted");
	assert_int_equal(signals_seen, 1);
}

static void without_a_terminal_the_question_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *prompt, *words;
	} rows[] = {{"password for a@b: ", "for the password for a@b; give"},
	            {"code", "for the code; give"},
	            {"a:b : ", "for the a:b; give"},
	            {": ", "for the ; give"},
	            {"", "for the ; give"}};
	inner_name = "/nonexistent/tty";
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err err;
		expect_failure(ask_for((struct secret_question){.prompt = rows[i].prompt}, &err), &err, ERR_AUTH,
		               rows[i].words);
	}
}

/* ---- descriptors, files, memory ---- */

static void a_descriptor_that_does_not_wait_is_waited_for(void **state)
{
	(void)state;
	int fds[2];
	struct err err = {0};
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], "word\n", 5), 5);
	let_fail("read", 2, 2, EAGAIN);
	struct secret *secret = secret_from_fd(fds[0], &err);
	assert_non_null(secret);
	assert_string_equal(secret_text(secret), "word");
	secret_free(secret);
	assert_int_equal(write(fds[1], "word\n", 5), 5);
	let_fail("read", 0, 1, EAGAIN);
	let_fail("poll", 0, 1, EINTR);
	secret = secret_from_fd(fds[0], &err);
	assert_non_null(secret);
	secret_free(secret);
	let_fail("read", 0, 1, EAGAIN);
	let_fail("poll", 0, 1, ENOMEM);
	assert_null(secret_from_fd(fds[0], &err));
	assert_non_null(strstr(err.text, "cannot read the secret: Cannot allocate memory"));
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void a_file_that_cannot_be_looked_at_is_refused(void **state)
{
	(void)state;
	char folder[128], path[160];
	struct err err = {0};
	make_folder_name(folder, sizeof folder);
	(void)snprintf(path, sizeof path, "%s/secret", folder);
	write_file(path, "word\n", 0600);
	let_fail("fstat", 0, 1, EIO);
	assert_null(secret_from_file(path, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "cannot look at password file"));
	(void)unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

static jmp_buf out_of_memory;

static void leave(void)
{
	longjmp(out_of_memory, 1);
}

static void no_memory_for_a_secret_is_no_memory(void **state)
{
	(void)state;
	let_fail("mmap", 0, 1, ENOMEM);
	mem_on_exhausted(leave);
	if (setjmp(out_of_memory) == 0) {
		(void)secret_copy("word", NULL);
		fail_msg("a secret without memory");
	}
	mem_on_exhausted(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_is_typed_is_the_answer),
	        TEST(each_call_that_fails_is_said_and_the_terminal_restored),
	        TEST(a_signal_without_our_interest_changes_nothing),
	        TEST(a_prompt_is_written_to_its_end_or_not_at_all),
	        TEST(each_signal_that_ends_a_program_ends_the_question),
	        TEST(a_stop_puts_the_question_again),
	        TEST(a_stop_that_is_blocked_ends_the_question),
	        TEST(without_a_terminal_the_question_is_named),
	        TEST(a_descriptor_that_does_not_wait_is_waited_for),
	        TEST(a_file_that_cannot_be_looked_at_is_refused),
	        TEST(no_memory_for_a_secret_is_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
