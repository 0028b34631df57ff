/* The least that asking many devices can cost: libssh, one thread, one poll; it
 * types commands, waits for the prompt, and reads nothing of what comes.
 *
 * ssh_floor PORT USER PASSWORD DEVICES SESSIONS... : each SESSION is a file with
 * the commands of one session, a line each; every device has all of them, one
 * session after the other. Devices are 127.0.0.1 and the addresses after it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_COMMANDS = 256, MAX_SESSIONS = 8, READ_BYTES = 16384, EVENTS = 512 };

enum phase { CONNECT, KEX, AUTH, CHANNEL, PTY, SHELL, PROMPT, COMMANDS, OVER };

struct client {
	ssh_session ssh;
	ssh_channel channel;
	enum phase phase;
	size_t device, session, command;
	int fd;
	char tail[2];
};

static const char *user, *password;
static unsigned port;
static char *commands[MAX_SESSIONS][MAX_COMMANDS];
static size_t command_count[MAX_SESSIONS], session_count;
static int epoll_fd;
static size_t open_clients;

static void die(const char *what)
{
	(void)fprintf(stderr, "ssh_floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_commands(const char *path)
{
	char line[1024];
	FILE *file = fopen(path, "r");
	if (!file || session_count == MAX_SESSIONS)
		die(path);
	size_t n = 0;
	while (n < MAX_COMMANDS && fgets(line, sizeof line, file))
		commands[session_count][n++] = strdup(line);
	command_count[session_count++] = n;
	(void)fclose(file);
}

static void begin(struct client *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int yes = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)client->device);
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0 ||
	    (connect(client->fd, (struct sockaddr *)(void *)&address, sizeof address) < 0 && errno != EINPROGRESS))
		die("connect");
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	client->phase = CONNECT;
	client->command = 0;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = client};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event) < 0)
		die("epoll_ctl");
}

static void watch_input(struct client *client)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

static void start_ssh(struct client *client)
{
	bool no = false;
	client->ssh = ssh_new();
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_PROCESS_CONFIG, &no);
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_HOST, "127.0.0.1");
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_USER, user);
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_SSH_DIR, "/dev/null");
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
	(void)ssh_options_set(client->ssh, SSH_OPTIONS_FD, &client->fd);
	ssh_set_blocking(client->ssh, 0);
	watch_input(client);
	client->phase = KEX;
}

static void end(struct client *client)
{
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
	ssh_disconnect(client->ssh);
	ssh_free(client->ssh);
	client->ssh = NULL;
	client->channel = NULL;
	if (++client->session < session_count) {
		begin(client);
		return;
	}
	client->phase = OVER;
	open_clients--;
}

static bool at_prompt(const struct client *client)
{
	return (client->tail[0] == '#' || client->tail[0] == '$') && client->tail[1] == ' ';
}

/* False: wait. */
static bool talk(struct client *client)
{
	char bytes[READ_BYTES];
	int n = ssh_channel_read_nonblocking(client->channel, bytes, sizeof bytes, 0);
	if (n == SSH_ERROR || ssh_channel_is_eof(client->channel)) {
		end(client);
		return false;
	}
	if (n > 0) {
		client->tail[0] = n > 1 ? bytes[n - 2] : client->tail[1];
		client->tail[1] = bytes[n - 1];
	}
	if (n >= 9 && memcmp(bytes + n - 9, "--More-- ", 9) == 0)
		(void)ssh_channel_write(client->channel, " ", 1);
	if (!at_prompt(client))
		return n > 0;
	if (client->command == command_count[client->session]) {
		end(client);
		return false;
	}
	const char *line = commands[client->session][client->command++];
	client->tail[1] = '\0';
	(void)ssh_channel_write(client->channel, line, (uint32_t)strlen(line));
	return true;
}

static bool step(struct client *client)
{
	int rc = SSH_OK;
	switch (client->phase) {
	case CONNECT:
		start_ssh(client);
		return true;
	case KEX:
		rc = ssh_connect(client->ssh);
		(void)fcntl(client->fd, F_SETFL, O_NONBLOCK);
		break;
	case AUTH:
		rc = ssh_userauth_password(client->ssh, NULL, password);
		rc = rc == SSH_AUTH_AGAIN ? SSH_AGAIN : rc == SSH_AUTH_SUCCESS ? SSH_OK : SSH_ERROR;
		break;
	case CHANNEL:
		client->channel = client->channel ? client->channel : ssh_channel_new(client->ssh);
		rc = ssh_channel_open_session(client->channel);
		break;
	case PTY:
		rc = ssh_channel_request_pty_size(client->channel, "vt100", 500, 500);
		break;
	case SHELL:
		rc = ssh_channel_request_shell(client->channel);
		break;
	case PROMPT:
	case COMMANDS:
		return talk(client);
	case OVER:
		return false;
	}
	if (rc == SSH_AGAIN)
		return false;
	if (rc != SSH_OK)
		die(ssh_get_error(client->ssh));
	client->phase++;
	return true;
}

int main(int argc, char **argv)
{
	if (argc < 6)
		return 2;
	port = (unsigned)atoi(argv[1]);
	user = argv[2];
	password = argv[3];
	size_t devices = (size_t)atoi(argv[4]);
	for (int i = 5; i < argc; i++)
		read_commands(argv[i]);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct client *clients = calloc(devices, sizeof *clients);
	if (!clients || epoll_fd < 0)
		die("start");
	open_clients = devices;
	for (size_t i = 0; i < devices; i++) {
		clients[i].device = i;
		begin(&clients[i]);
	}
	while (open_clients) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll_fd, events, EVENTS, 10000);
		if (n <= 0 && errno != EINTR)
			die("nothing comes");
		for (int i = 0; i < n; i++) {
			while (step(events[i].data.ptr))
				;
		}
	}
	free(clients);
	return 0;
}
