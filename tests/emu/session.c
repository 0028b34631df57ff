#include "session.h"

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "console.h"
#include "event_log.h"
#include "state.h"

enum { IDLE_MS = 50, MAX_TRIES = 3 };

static atomic_bool stopping;

struct session {
	const struct session_options *options;
	ssh_session ssh;
	ssh_channel channel;
	struct console *console;
	struct ssh_channel_callbacks_struct channel_callbacks;
	struct ssh_server_callbacks_struct server_callbacks;
	long rows;
	unsigned tries;
	char user[64];       /* of keyboard-interactive: its answers carry no name */
	bool password_given; /* the next answer is the code */
	bool logged_in, over_limit, banner_sent, ended;
};

void session_stop_all(void)
{
	atomic_store(&stopping, true);
}

/* ---- login ---- */

static void send_banner(struct session *session)
{
	const char *text = session->options->world->login.pre_banner;
	if (!text || session->banner_sent)
		return;
	ssh_string banner = ssh_string_from_char(text);
	session->banner_sent = true;
	(void)ssh_send_issue_banner(session->ssh, banner);
	ssh_string_free(banner);
}

static bool admit(struct session *session, const char *method, bool right)
{
	const struct login *login = &session->options->world->login;
	unsigned number = session->options->number;
	bool room = state_room(login->max_sessions);
	const char *result = "ok";
	if (state_locked_out())
		result = "denied locked-out";
	else if (!right)
		result = "denied";
	else if (!room && strcmp(login->over_limit, "denied") == 0)
		result = "denied no-room";
	event_log(number, "AUTH", "%s %s", method, result);
	session->tries++;
	if (strcmp(result, "denied") == 0)
		state_login_failed(login->lockout);
	if (strcmp(result, "ok") != 0)
		return false;
	session->over_limit = !room;
	session->logged_in = true;
	(void)state_enter();
	return true;
}

static bool right_secret(const struct session *session, const char *user, const char *password)
{
	const struct login *login = &session->options->world->login;
	return user && password && strcmp(user, login->user) == 0 && strcmp(password, login->password) == 0;
}

static int on_none(ssh_session ssh, const char *user, void *data)
{
	(void)ssh;
	(void)user;
	send_banner(data);
	return SSH_AUTH_DENIED;
}

static int on_password(ssh_session ssh, const char *user, const char *password, void *data)
{
	struct session *session = data;
	(void)ssh;
	send_banner(session);
	if (session->options->world->login.interactive)
		return SSH_AUTH_DENIED;
	return admit(session, "password", right_secret(session, user, password)) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int on_pubkey(ssh_session ssh, const char *user, struct ssh_key_struct *key, char state, void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)user;
	(void)key;
	(void)state;
	event_log(session->options->number, "AUTH", "publickey denied");
	session->tries++;
	return SSH_AUTH_DENIED;
}

/* Keyboard-interactive has no callback in this libssh: 0 says that the
 * message is answered, 1 asks for the default refusal. */
static int on_message(ssh_session ssh, ssh_message message, void *data)
{
	static const char *prompts[] = {"Password: "};
	static char echo[] = {0};
	struct session *session = data;
	if (ssh_message_type(message) != SSH_REQUEST_AUTH ||
	    ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE || !session->options->world->login.interactive)
		return 1;
	if (!ssh_message_auth_kbdint_is_response(message)) {
		(void)snprintf(session->user, sizeof session->user, "%s", ssh_message_auth_user(message));
		(void)ssh_message_auth_interactive_request(message, "", "", 1, prompts, echo);
		return 0;
	}
	const char *answer = ssh_userauth_kbdint_getnanswers(ssh) == 1 ? ssh_userauth_kbdint_getanswer(ssh, 0) : NULL;
	const char *code = session->options->world->login.code;
	if (code && !session->password_given && right_secret(session, session->user, answer)) {
		static const char *code_prompts[] = {"FortiToken Code: "};
		session->password_given = true;
		(void)ssh_message_auth_interactive_request(message, "", "", 1, code_prompts, echo);
		return 0;
	}
	if (session->password_given) {
		if (!admit(session, "code", answer && strcmp(answer, code) == 0))
			return 1;
		(void)ssh_message_auth_reply_success(message, 0);
		return 0;
	}
	if (!admit(session, "keyboard-interactive", right_secret(session, session->user, answer)))
		return 1;
	(void)ssh_message_auth_reply_success(message, 0);
	return 0;
}

/* ---- channel ---- */

static int on_pty(ssh_session ssh, ssh_channel channel, const char *term, int columns, int rows, int x, int y,
                  void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)channel;
	(void)x;
	(void)y;
	session->rows = rows;
	event_log(session->options->number, "PTY", "%s %dx%d", term ? term : "", columns, rows);
	return 0;
}

static int on_window(ssh_session ssh, ssh_channel channel, int columns, int rows, int x, int y, void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)channel;
	(void)columns;
	(void)x;
	(void)y;
	session->rows = rows;
	if (session->console)
		session->console->rows = rows;
	return 0;
}

static int on_shell(ssh_session ssh, ssh_channel channel, void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)channel;
	if (session->console)
		return 1;
	session->console = console_new(session->options->world, session->options->number, session->rows);
	console_start(session->console, session->over_limit);
	return 0;
}

static int on_exec(ssh_session ssh, ssh_channel channel, const char *command, void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)channel;
	event_log(session->options->number, "VIOLATION", "exec channel: %s", command);
	return 1;
}

static int on_data(ssh_session ssh, ssh_channel channel, void *bytes, uint32_t n, int is_stderr, void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)channel;
	(void)is_stderr;
	if (session->console)
		console_input(session->console, bytes, n);
	return (int)n;
}

static void on_end(ssh_session ssh, ssh_channel channel, void *data)
{
	struct session *session = data;
	(void)ssh;
	(void)channel;
	session->ended = true;
}

static ssh_channel on_open(ssh_session ssh, void *data)
{
	struct session *session = data;
	if (session->channel)
		return NULL;
	session->channel = ssh_channel_new(ssh);
	session->channel_callbacks = (struct ssh_channel_callbacks_struct){
	        .userdata = session,
	        .channel_data_function = on_data,
	        .channel_eof_function = on_end,
	        .channel_close_function = on_end,
	        .channel_pty_request_function = on_pty,
	        .channel_shell_request_function = on_shell,
	        .channel_pty_window_change_function = on_window,
	        .channel_exec_request_function = on_exec,
	};
	ssh_callbacks_init(&session->channel_callbacks);
	(void)ssh_set_channel_callbacks(session->channel, &session->channel_callbacks);
	return session->channel;
}

/* ---- bytes ---- */

/* Writes what the window takes; the rest waits. */
static void flush_output(struct session *session)
{
	struct text *out = &session->console->out;
	size_t split = (size_t)session->options->world->faults.split;
	while (out->n) {
		uint32_t window = ssh_channel_window_size(session->channel);
		size_t n = out->n < window ? out->n : window;
		if (split && n > split)
			n = split;
		int written = n ? ssh_channel_write(session->channel, out->p, (uint32_t)n) : 0;
		if (written <= 0)
			return;
		text_drop(out, (size_t)written);
	}
}

static void say_goodbye(struct session *session)
{
	if (session->console->cut) {
		(void)ssh_blocking_flush(session->ssh, 100);
		(void)shutdown(ssh_get_fd(session->ssh), SHUT_RDWR);
	} else {
		(void)ssh_channel_request_send_exit_status(session->channel, 0);
		(void)ssh_channel_send_eof(session->channel);
		(void)ssh_channel_close(session->channel);
		(void)ssh_blocking_flush(session->ssh, 500);
	}
	session->ended = true;
}

static void turn(struct session *session)
{
	if (!session->console)
		return;
	console_tick(session->console);
	flush_output(session);
	if (session->console->mode == CONSOLE_OVER && session->console->out.n == 0)
		say_goodbye(session);
}

static int pause_ms(const struct session *session)
{
	double ms = 100 / session->options->speed;
	if (!session->console || (!console_busy(session->console) && session->console->out.n == 0))
		return IDLE_MS;
	return ms < 1 ? 1 : ms > 10 ? 10 : (int)ms;
}

/* ---- life ---- */

static void serve(struct session *session)
{
	ssh_event event = ssh_event_new();
	if (event && ssh_event_add_session(event, session->ssh) == SSH_OK) {
		while (!session->ended && !atomic_load(&stopping) &&
		       (session->logged_in || session->tries < MAX_TRIES)) {
			if (ssh_event_dopoll(event, pause_ms(session)) == SSH_ERROR)
				break;
			turn(session);
		}
		ssh_event_remove_session(event, session->ssh);
	}
	ssh_event_free(event);
}

void session_serve(ssh_session ssh, const struct session_options *options)
{
	struct session session = {.options = options, .ssh = ssh};
	bool interactive = options->world->login.interactive;
	session.server_callbacks = (struct ssh_server_callbacks_struct){
	        .userdata = &session,
	        .auth_none_function = on_none,
	        .auth_password_function = on_password,
	        .auth_pubkey_function = on_pubkey,
	        .channel_open_request_session_function = on_open,
	};
	ssh_callbacks_init(&session.server_callbacks);
	event_log(options->number, "OPEN", "%s", "");
	(void)ssh_set_server_callbacks(ssh, &session.server_callbacks);
	ssh_set_message_callback(ssh, on_message, &session);
	ssh_set_auth_methods(ssh, SSH_AUTH_METHOD_PUBLICKEY |
	                                  (interactive ? SSH_AUTH_METHOD_INTERACTIVE : SSH_AUTH_METHOD_PASSWORD));
	if (ssh_handle_key_exchange(ssh) == SSH_OK) {
		(void)fcntl(ssh_get_fd(ssh), F_SETFL, O_NONBLOCK);
		serve(&session);
	}
	if (session.console)
		console_free(session.console);
	else
		event_log(options->number, "CLOSE", "before a shell");
	if (session.logged_in)
		state_leave();
	ssh_disconnect(ssh);
	ssh_free(ssh);
}
