#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "mem.h"
#include "spawn.h"

struct process {
	struct arena *arena;
	/* here */
	pid_t pid; /* 0 when it has ended or never was */
	int fd;    /* its output, -1 at its end */
	int status;
	/* over SSH */
	struct ssh_options options;
	struct link *link;
	bool ended;
	bool failed;
	struct err error;
};

static struct process *process_new(void)
{
	struct process *process = mem_alloc(sizeof *process);
	*process = (struct process){.arena = arena_new(), .fd = -1, .status = -1};
	return process;
}

static int fail(struct process *process, const char *what, const char *why)
{
	process->failed = process->ended = true;
	return err_set(&process->error, ERR_CONNECT, "%s: %s", what, why);
}

/* ---- here ---- */

static void start(struct process *process, struct spawn *spawn, const char *name)
{
	int output[2];
	if (pipe2(output, O_CLOEXEC | O_NONBLOCK) < 0) {
		(void)fail(process, name, strerrordesc_np(errno));
		return;
	}
	(void)fcntl(output[1], F_SETFL, 0);
	spawn->fds[0] = -1;
	spawn->fds[1] = spawn->fds[2] = output[1];
	pid_t pid = spawn_start(spawn, &process->error);
	(void)close(output[1]);
	if (pid > 0) {
		process->pid = pid;
		process->fd = output[0];
		return;
	}
	process->failed = process->ended = true;
	(void)close(output[0]);
}

struct process *process_local(const char *const *argv)
{
	static const char *const kept[] = {"PATH", NULL};
	struct process *process = process_new();
	size_t n = 0;
	while (argv[n])
		n++;
	const char **words = ARENA_ARRAY(process->arena, n + 1, const char *);
	for (size_t i = 0; i < n; i++)
		words[i] = argv[i];
	words[0] = spawn_find(process->arena, argv[0]);
	if (!words[0]) {
		(void)fail(process, argv[0], "there is no such program on this machine's PATH");
		return process;
	}
	struct spawn spawn = {.argv = words, .env = spawn_env(process->arena, kept)};
	start(process, &spawn, argv[0]);
	return process;
}

static void end_local(struct process *process)
{
	int status;
	if (process->fd < 0 && process->pid > 0 && spawn_ended(process->pid, &status)) {
		process->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		process->pid = 0;
		process->ended = true;
	}
}

static size_t read_local(struct process *process, char *bytes, size_t max)
{
	if (process->fd < 0)
		return 0;
	ssize_t n = read(process->fd, bytes, max);
	if (n > 0)
		return (size_t)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	(void)close(process->fd);
	process->fd = -1;
	end_local(process);
	return 0;
}

/* ---- over SSH ---- */

struct process *process_ssh(const struct ssh_options *options, struct ssh_login *login, const char *const *argv,
                            int64_t now_us)
{
	struct process *process = process_new();
	const char *command = argv[0];
	for (size_t i = 1; argv[i]; i++)
		command = arena_printf(process->arena, "%s %s", command, argv[i]);
	process->options = *options;
	process->options.command = command;
	process->link = link_ssh(&process->options, login, now_us);
	return process;
}

static void end_link(struct process *process)
{
	const struct err *error = link_error(process->link);
	if (link_state(process->link) != LINK_DOWN && !link_eof(process->link))
		return;
	process->ended = true;
	process->status = link_status(process->link);
	if (!error)
		return;
	process->failed = true;
	process->error = *error;
}

/* ---- both ---- */

void process_step(struct process *process, int64_t now_us)
{
	if (process->link)
		link_step(process->link, now_us);
	else
		end_local(process);
}

size_t process_pollfds(struct process *process, struct pollfd fds[static LINK_MAX_POLLFDS])
{
	if (process->link)
		return link_pollfds(process->link, fds);
	if (process->fd < 0)
		return 0;
	fds[0] = (struct pollfd){.fd = process->fd, .events = POLLIN};
	return 1;
}

int64_t process_deadline(const struct process *process)
{
	return process->link ? link_deadline(process->link) : INT64_MAX;
}

size_t process_read(struct process *process, char *bytes, size_t max)
{
	return process->link ? link_read(process->link, bytes, max) : read_local(process, bytes, max);
}

bool process_over(struct process *process, int *status)
{
	if (process->link && !process->ended)
		end_link(process);
	else if (!process->link)
		end_local(process);
	*status = process->status;
	return process->ended;
}

const struct err *process_error(const struct process *process)
{
	return process->failed ? &process->error : NULL;
}

void process_interrupt(struct process *process)
{
	if (process->link)
		link_interrupt(process->link);
	else if (process->pid > 0)
		(void)kill(process->pid, SIGINT);
}

void process_free(struct process *process)
{
	if (!process)
		return;
	if (process->link) {
		link_interrupt(process->link);
		link_close(process->link);
		link_free(process->link);
	}
	if (process->fd >= 0)
		(void)close(process->fd);
	if (process->pid > 0)
		spawn_end(process->pid, 0);
	arena_free(process->arena);
	memset(process, 0, sizeof *process);
	free(process);
}
