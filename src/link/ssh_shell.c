#include "mem.h"
#include "ssh.h"

/* Wide and tall, so that the device neither wraps lines nor pages. */
enum { TERMINAL_COLUMNS = 512, TERMINAL_ROWS = 10000 };

/* What a finished call of a phase means: the same for all three. */
static enum ssh_step result(struct link *link, int rc, enum ssh_phase next, const char *what, const char *hint)
{
	if (rc == SSH_OK) {
		ssh_go(link, next);
		return SSH_ON;
	}
	if (ssh_dead(link))
		return ssh_lost(link, "after the login", "too many administrators may be logged in: try again later");
	if (rc == SSH_AGAIN)
		return SSH_WAIT;
	const char *reason = ssh_reason(link);
	return ssh_fail(link, ERR_PERMISSION, "%s port %u refused the %s%s%s; %s", link->options->host,
	                link->options->port, what, reason[0] ? ": " : "", reason, hint);
}

enum ssh_step ssh_shell_channel(struct link *link, int64_t now_us)
{
	(void)now_us;
	if (!link->channel) {
		link->channel = ssh_channel_new(link->session);
		if (!link->channel)
			mem_exhausted();
	}
	return result(link, ssh_channel_open_session(link->channel),
	              link->options->command ? SSH_PHASE_SHELL : SSH_PHASE_PTY, "session",
	              "too many administrators may be logged in");
}

enum ssh_step ssh_shell_pty(struct link *link, int64_t now_us)
{
	(void)now_us;
	int rc = ssh_channel_request_pty_size(link->channel, "vt100", TERMINAL_COLUMNS, TERMINAL_ROWS);
	return result(link, rc, SSH_PHASE_SHELL, "terminal", "is this a FortiGate's command line?");
}

enum ssh_step ssh_shell_start(struct link *link, int64_t now_us)
{
	(void)now_us;
	if (link->options->command)
		return result(link, ssh_channel_request_exec(link->channel, link->options->command), SSH_PHASE_UP,
		              "command", "may this account run programs?");
	return result(link, ssh_channel_request_shell(link->channel), SSH_PHASE_UP, "shell",
	              "may this account use the command line?");
}
