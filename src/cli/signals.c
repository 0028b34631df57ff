#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A handler has no argument of ours, so the pipe is the one thing kept here. */
static int wake_write_fd = -1;

static void on_signal(int number)
{
	int saved = errno;
	char byte = (char)number;
	ssize_t n = write(wake_write_fd, &byte, 1);
	(void)n;
	errno = saved;
}

int signals_open(struct err *err)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	int fds[2];
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, ERR_INTERNAL, "cannot make a pipe: %s", strerror(errno));
	wake_write_fd = fds[1];
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct sigaction old;
		/* What the caller chose to ignore (nohup) stays ignored. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN && numbers[i] == SIGHUP)
			continue;
		if (sigaction(numbers[i], &action, NULL) < 0)
			return err_set(err, ERR_INTERNAL, "cannot handle signals: %s", strerror(errno));
	}
	return fds[0];
}
