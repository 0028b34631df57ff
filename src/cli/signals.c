#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "part_file.h"

/* A handler has no argument of ours, so what it needs is kept here. */
static int wake_write_fd = -1;
static volatile sig_atomic_t seen;
static const char *volatile last_words;

static void on_signal_in_run(int number)
{
	int saved = errno;
	char byte = (char)number;
	ssize_t n = write(wake_write_fd, &byte, 1);
	(void)n;
	errno = saved;
}

static void on_signal(int number)
{
	part_file_abandon();
	if (last_words) {
		ssize_t n = write(STDOUT_FILENO, last_words, strlen(last_words));
		(void)n;
		_exit(3);
	}
	(void)signal(number, SIG_DFL);
	(void)raise(number); /* delivered when this handler returns */
}

static void on_signal_in_saving(int number)
{
	if (seen)
		on_signal(number);
	seen = 1;
}

static int handle(void (*handler)(int), struct err *err)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct sigaction old;
		/* What the caller chose to ignore (nohup) stays ignored. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN && numbers[i] == SIGHUP)
			continue;
		if (sigaction(numbers[i], &action, NULL) < 0)
			return err_set(err, ERR_INTERNAL, "cannot handle signals: %s", strerror(errno));
	}
	return 0;
}

int signals_open(struct err *err)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, ERR_INTERNAL, "cannot make a pipe: %s", strerror(errno));
	wake_write_fd = fds[1];
	return handle(on_signal_in_run, err) < 0 ? -1 : fds[0];
}

int signals_leave_no_part(struct err *err)
{
	return handle(on_signal, err);
}

int signals_leave_with(const char *line, struct err *err)
{
	last_words = line;
	return handle(on_signal, err);
}

int signals_while_saving(struct err *err)
{
	last_words = NULL; /* the report may be half written */
	return handle(on_signal_in_saving, err);
}
