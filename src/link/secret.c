#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "buf.h"
#include "mem.h"
#include "text.h"

/* Pages of its own: locking and dump rules work on whole pages. */
struct secret {
	size_t n;
	char text[SECRET_MAX_BYTES + 1];
};

static const char *words_for(int error)
{
	const char *words = strerrordesc_np(error);
	return words ? words : "unknown error";
}

static struct secret *secret_new(void)
{
	void *p = mmap(NULL, sizeof(struct secret), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted();
	(void)mlock(p, sizeof(struct secret)); /* as far as the limits allow */
	(void)madvise(p, sizeof(struct secret), MADV_DONTDUMP);
	return p;
}

const char *secret_text(const struct secret *secret)
{
	return secret ? secret->text : NULL;
}

void secret_free(struct secret *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, sizeof *secret);
	(void)munmap(secret, sizeof *secret);
}

enum take { TAKE_MORE, TAKE_DONE, TAKE_LONG, TAKE_NUL };

static enum take take_byte(struct secret *secret, char c)
{
	if (c == '\n')
		return TAKE_DONE;
	if (c == '\0')
		return TAKE_NUL;
	if (secret->n == SECRET_MAX_BYTES)
		return TAKE_LONG;
	secret->text[secret->n++] = c;
	return TAKE_MORE;
}

/* Who started us may have given a descriptor that does not wait. */
static bool wait_for_bytes(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* Bytes one by one: what follows the newline belongs to the next reader of a
 * pipe. */
static int read_line(struct secret *secret, int fd, struct err *err)
{
	enum take take = TAKE_MORE;
	while (take == TAKE_MORE) {
		char c = '\n';
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && (errno == EINTR || (errno == EAGAIN && wait_for_bytes(fd))))
			continue;
		if (n < 0)
			return err_set(err, ERR_USAGE, "cannot read the secret: %s", words_for(errno));
		take = n == 0 ? TAKE_DONE : take_byte(secret, c);
		explicit_bzero(&c, sizeof c);
	}
	if (take == TAKE_NUL)
		return err_set(err, ERR_USAGE, "the secret holds a NUL byte; give it as one line of text");
	if (take == TAKE_LONG)
		return err_set(err, ERR_USAGE, "the secret is longer than %d bytes; give it as one line",
		               SECRET_MAX_BYTES);
	if (secret->n && secret->text[secret->n - 1] == '\r')
		secret->text[--secret->n] = '\0'; /* a file written on Windows */
	return 0;
}

struct secret *secret_from_fd(int fd, struct err *err)
{
	struct secret *secret = secret_new();
	int rc = read_line(secret, fd, err);
	if (rc == 0 && secret->n == 0)
		rc = err_set(err, ERR_USAGE, "the secret is empty; its first line must hold it");
	if (rc == 0)
		return secret;
	secret_free(secret);
	return NULL;
}

/* systemd hands a credential to its service alone. Where the service is not
 * root the file may stay root's, and what lets the service read it is an ACL,
 * whose mask shows as the group's right. */
static bool is_credential(const char *path, const struct stat *st)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t n = folder ? strlen(folder) : 0;
	if (n == 0 || strncmp(path, folder, n) != 0 || path[n] != '/' || strchr(path + n + 1, '/'))
		return false;
	return st->st_uid == 0 && (st->st_mode & 037) == 0;
}

static int check_file(const char *path, int fd, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_USAGE, "cannot look at password file %s: %s", path, words_for(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_USAGE, "password file %s is not a regular file; use --password-fd for a pipe",
		               path);
	if (is_credential(path, &st))
		return 0;
	if (st.st_uid != geteuid())
		return err_set(err, ERR_USAGE, "password file %s belongs to another user; make it your own", path);
	if (st.st_mode & 077)
		return err_set(err, ERR_USAGE, "password file %s can be read by others; run: chmod 600 %s", path, path);
	return 0;
}

struct secret *secret_from_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		if (errno == ELOOP)
			(void)err_set(err, ERR_USAGE, "password file %s is a symbolic link; give the file itself",
			              path);
		else
			(void)err_set(err, ERR_USAGE, "cannot open password file %s: %s", path, words_for(errno));
		return NULL;
	}
	struct secret *secret = NULL;
	if (check_file(path, fd, err) == 0) {
		secret = secret_from_fd(fd, err);
		if (!secret)
			(void)err_prefix(err, "password file %s", path);
	}
	(void)close(fd);
	return secret;
}

struct secret *secret_copy(const char *text, struct err *err)
{
	size_t n = strlen(text);
	if (n == 0) {
		(void)err_set(err, ERR_USAGE, "the secret is empty");
		return NULL;
	}
	if (n > SECRET_MAX_BYTES) {
		(void)err_set(err, ERR_USAGE, "the secret is longer than %d bytes", SECRET_MAX_BYTES);
		return NULL;
	}
	struct secret *secret = secret_new();
	memcpy(secret->text, text, n);
	secret->n = n;
	return secret;
}

struct secret *secret_from_env(const char *name, struct err *err)
{
	char *value = getenv(name);
	if (!value) {
		(void)err_set(err, ERR_USAGE, "environment variable %s is not set", name);
		return NULL;
	}
	struct secret *secret = secret_copy(value, err);
	if (!secret)
		(void)err_prefix(err, "environment variable %s", name);
	explicit_bzero(value, strlen(value));
	(void)unsetenv(name);
	return secret;
}

/* ---- asking a person ---- */

enum asked { ASKED_DONE, ASKED_FAILED, ASKED_SIGNAL, ASKED_STOP };

static void say(int tty, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(tty, bytes, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		bytes += written;
		n -= (size_t)written;
	}
}

/* The signal itself stays pending: it is delivered as usual once the terminal
 * is as it was. */
static enum asked wait_for_line(int tty, int signals)
{
	struct pollfd fds[2] = {{.fd = tty, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	while (poll(fds, 2, -1) < 0) {
		if (errno != EINTR)
			return ASKED_FAILED;
	}
	if (!(fds[1].revents & POLLIN))
		return ASKED_DONE;
	sigset_t pending;
	(void)sigpending(&pending);
	bool only_stop = sigismember(&pending, SIGTSTP) && !sigismember(&pending, SIGINT) &&
	                 !sigismember(&pending, SIGTERM) && !sigismember(&pending, SIGHUP) &&
	                 !sigismember(&pending, SIGQUIT);
	return only_stop ? ASKED_STOP : ASKED_SIGNAL;
}

struct prompt {
	struct str text;
	struct secret_question question;
};

static enum asked ask_quietly(int tty, int signals, struct prompt prompt, struct secret *secret, struct err *err)
{
	struct termios before, quiet;
	if (tcgetattr(tty, &before) != 0) {
		(void)err_set(err, ERR_AUTH, "cannot ask on the terminal: %s", words_for(errno));
		return ASKED_FAILED;
	}
	quiet = before;
	if (!prompt.question.echo)
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0) {
		(void)err_set(err, ERR_AUTH, "cannot switch the terminal's echo off: %s", words_for(errno));
		return ASKED_FAILED;
	}
	say(tty, prompt.text.p, prompt.text.n);
	enum asked asked = wait_for_line(tty, signals);
	if (asked == ASKED_DONE && read_line(secret, tty, err) != 0) {
		if (err)
			err->kind = ERR_AUTH;
		asked = ASKED_FAILED;
	} else if (asked == ASKED_DONE && secret->n == 0 && !prompt.question.may_be_empty) {
		(void)err_set(err, ERR_AUTH, "nothing was typed");
		asked = ASKED_FAILED;
	} else if (asked == ASKED_FAILED) {
		(void)err_set(err, ERR_AUTH, "cannot wait for the terminal: %s", words_for(errno));
	}
	/* what was typed past the line must not reach a shell */
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	if (!prompt.question.echo || asked != ASKED_DONE)
		say(tty, "\n", 1);
	return asked;
}

/* The text is made before the echo goes: if there is no memory for it, the
 * terminal is as it was. */
static enum asked ask_with(int tty, int signals, const struct secret_question *question, struct secret *secret,
                           struct err *err)
{
	struct buf line;
	buf_init(&line, 4096);
	text_add_safe(&line, str_of(question->prompt));
	enum asked asked = ask_quietly(tty, signals, (struct prompt){buf_str(&line), *question}, secret, err);
	buf_done(&line);
	return asked;
}

static enum asked ask_on(int tty, const struct secret_question *question, struct secret *secret, struct err *err)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	sigset_t set, old;
	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
		(void)sigaddset(&set, ending[i]);
	enum asked asked;
	do {
		(void)pthread_sigmask(SIG_BLOCK, &set, &old);
		int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
		asked = ASKED_FAILED;
		if (signals >= 0) {
			asked = ask_with(tty, signals, question, secret, err);
			(void)close(signals);
		} else {
			(void)err_set(err, ERR_AUTH, "cannot ask for the secret: %s", words_for(errno));
		}
		(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	} while (asked == ASKED_STOP && !sigismember(&old, SIGTSTP));
	return asked;
}

/* Without the ": " at its end. */
static int prompt_length(const char *prompt)
{
	size_t n = strnlen(prompt, 512);
	while (n && (prompt[n - 1] == ' ' || prompt[n - 1] == ':'))
		n--;
	return (int)n;
}

struct secret *secret_from_tty(const struct secret_question *question, struct err *err)
{
	const char *prompt = question->prompt;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0) {
		(void)err_set(
		        err, ERR_AUTH,
		        "no terminal to ask for the %.*s; give a key with -i, or --password-file or --password-fd",
		        prompt_length(prompt), prompt);
		return NULL;
	}
	struct secret *secret = secret_new();
	enum asked asked = ask_on(tty, question, secret, err);
	(void)close(tty);
	if (asked == ASKED_DONE)
		return secret;
	secret_free(secret);
	if (asked == ASKED_SIGNAL || asked == ASKED_STOP)
		(void)err_set(err, ERR_INTERRUPTED, "interrupted while asking for the %.*s", prompt_length(prompt),
		              prompt);
	return NULL;
}

void secret_protect_process(void)
{
	struct rlimit none = {0, 0};
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}
