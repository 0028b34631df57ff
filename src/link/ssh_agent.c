#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "buf.h"
#include "ssh.h"

/* Logging in with a key that the ssh-agent holds. libssh waits for an agent
 * without end, in the middle of everything else, and offers all of its keys
 * one after the other. So libssh never meets the agent: it gets a socket in
 * which the answers to its questions lie already, after which the stream ends,
 * so that it cannot wait. First, with a list of one key and a refusal to sign:
 * libssh asks the device about the key and, where that takes it, leaves the
 * request for a signature in the socket. That goes to the agent, by our own
 * poll loop and with a deadline. Then libssh begins again, with the signature
 * ready. The request is the same both times: it holds the session's number, the
 * user and the key. The device has said yes to the key by then, so what this
 * repeats is no failed attempt (sshd: "Postponed publickey", failures 0). */

/* A person may have to allow the use, or touch a token. */
static const int64_t LIST_US = 2000000, SIGN_US = 10000000;

enum { PREPARED_MAX_BYTES = 64 * 1024 };

static void close_end(struct ssh_auth *auth)
{
	if (auth->agent_end >= 0)
		(void)close(auth->agent_end);
	auth->agent_end = -1;
}

void ssh_agent_release(struct link *link)
{
	struct ssh_auth *auth = &link->auth;
	agent_call_free(auth->agent);
	auth->agent = NULL;
	auth->agent_fd = -1; /* closed with the session */
	close_end(auth);
}

/* ---- a question to the agent ---- */

/* Its time is not the device's: the link's own deadline moves with it. */
static void call_agent(struct link *link, struct str request, int64_t wait_us, int64_t now_us)
{
	struct ssh_auth *auth = &link->auth;
	auth->agent = agent_call_new(link->options->agent_path, request, now_us + wait_us);
	auth->agent_left_us = wait_us;
	link->deadline_us += wait_us;
}

static void hang_up(struct link *link, int64_t now_us)
{
	struct ssh_auth *auth = &link->auth;
	int64_t unused_us = agent_call_deadline(auth->agent) - now_us;
	if (unused_us > auth->agent_left_us)
		unused_us = auth->agent_left_us;
	link->deadline_us -= unused_us > 0 ? unused_us : 0;
	agent_call_free(auth->agent);
	auth->agent = NULL;
}

static bool has_agent(const struct link *link)
{
	const char *path = link->options->agent_path;
	return path && path[0] && strcmp(path, "none") != 0;
}

enum ssh_step ssh_agent_list(struct link *link, int64_t now_us)
{
	struct ssh_auth *auth = &link->auth;
	const char request = AGENT_LIST;
	struct err err = {0};
	struct str answer = {"", 0};
	if (has_agent(link) && !auth->agent)
		call_agent(link, (struct str){&request, 1}, LIST_US, now_us);
	if (auth->agent) {
		enum agent_state state = agent_call_step(auth->agent, now_us, &err);
		if (state == AGENT_WAIT)
			return SSH_WAIT;
		if (state == AGENT_ANSWERED)
			answer = agent_call_answer(auth->agent);
		else
			ssh_auth_note(auth, err.text, "");
	}
	if (!link->login->keyring)
		link->login->keyring = ssh_keyring_new(link->options, answer);
	if (auth->agent)
		hang_up(link, now_us);
	ssh_go(link, SSH_PHASE_CHOOSE);
	return SSH_ON;
}

/* ---- libssh's side ---- */

static void put_list(struct buf *out, const struct ssh_identity *identity)
{
	struct buf list;
	buf_init(&list, PREPARED_MAX_BYTES);
	buf_add_char(&list, AGENT_IDENTITIES);
	agent_put_number(&list, 1);
	agent_put_string(&list, (struct str){identity->blob, identity->blob_n});
	agent_put_string(&list, STR("key"));
	agent_put_string(out, buf_str(&list));
	buf_done(&list);
}

/* Let libssh find these answers where it looks for an agent. The number that
 * it knows stays the same, whatever is behind it. */
static bool place(struct link *link, const struct buf *answers)
{
	struct ssh_auth *auth = &link->auth;
	int ends[2];
	if (answers->full || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	bool good = send(ends[1], answers->p, answers->n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)answers->n &&
	            shutdown(ends[1], SHUT_WR) == 0;
	if (good && auth->agent_fd >= 0) {
		good = dup3(ends[0], auth->agent_fd, O_CLOEXEC) >= 0;
		(void)close(ends[0]);
	} else if (good && ssh_set_agent_socket(link->session, ends[0]) == SSH_OK) {
		auth->agent_fd = ends[0];
	} else {
		good = false;
		(void)close(ends[0]);
	}
	close_end(auth);
	if (good)
		auth->agent_end = ends[1];
	else
		(void)close(ends[1]);
	return good;
}

static bool prepare(struct link *link, struct str signature)
{
	struct buf answers;
	buf_init(&answers, PREPARED_MAX_BYTES);
	put_list(&answers, link->auth.identity);
	agent_put_string(&answers, signature);
	bool good = place(link, &answers);
	buf_done(&answers);
	return good;
}

static enum ssh_step skip_key(struct link *link, const char *why)
{
	ssh_auth_note(&link->auth, link->auth.identity->name, why);
	close_end(&link->auth);
	ssh_go(link, SSH_PHASE_CHOOSE);
	return SSH_ON;
}

/* The request for a signature that libssh has left, after its question for the
 * list; empty when there is none. */
static struct str take_request(struct ssh_auth *auth, char *bytes, size_t size)
{
	ssize_t n = recv(auth->agent_end, bytes, size, MSG_DONTWAIT);
	struct str rest = {bytes, n > 0 ? (size_t)n : 0}, message;
	while (agent_take_string(&rest, &message)) {
		if (message.n && message.p[0] == AGENT_SIGN)
			return message;
	}
	return (struct str){bytes, 0};
}

/* ---- phases ---- */

enum ssh_step ssh_agent_probe(struct link *link, int64_t now_us)
{
	struct ssh_auth *auth = &link->auth;
	const char refusal = AGENT_FAILURE;
	if (auth->agent_end < 0 && !prepare(link, (struct str){&refusal, 1}))
		return skip_key(link, "libssh takes no agent");
	int rc = ssh_userauth_agent(link->session, link->options->user);
	if (rc != SSH_AUTH_ERROR || ssh_dead(link)) {
		if (rc != SSH_AUTH_AGAIN)
			close_end(auth);
		return ssh_auth_answered(link, rc, auth->identity->name, &auth->key_used);
	}
	char bytes[PREPARED_MAX_BYTES];
	struct str request = take_request(auth, bytes, sizeof bytes);
	close_end(auth);
	if (request.n == 0)
		return skip_key(link, link->options->legacy_algorithms
		                              ? "not offered: of a kind that the device does not take"
		                              : "not offered: the device takes none of its kinds of signature "
		                                "(--legacy-algorithms allows ssh-rsa)");
	call_agent(link, request, SIGN_US, now_us);
	ssh_go(link, SSH_PHASE_AGENT_SIGN);
	return SSH_ON;
}

enum ssh_step ssh_agent_sign(struct link *link, int64_t now_us)
{
	struct ssh_auth *auth = &link->auth;
	struct err err = {0};
	enum agent_state state = agent_call_step(auth->agent, now_us, &err);
	if (state == AGENT_WAIT)
		return SSH_WAIT;
	struct str answer = state == AGENT_ANSWERED ? agent_call_answer(auth->agent) : (struct str){"", 0};
	const char *trouble = NULL;
	if (state == AGENT_FAILED)
		trouble = err.text;
	else if (answer.p[0] != AGENT_SIGNATURE)
		trouble = "the ssh-agent does not sign with it";
	else if (!prepare(link, answer))
		trouble = "the ssh-agent's signature cannot be used";
	hang_up(link, now_us);
	if (trouble)
		return skip_key(link, trouble);
	ssh_go(link, SSH_PHASE_AGENT_LOGIN);
	return SSH_ON;
}

enum ssh_step ssh_agent_login(struct link *link, int64_t now_us)
{
	(void)now_us;
	struct ssh_auth *auth = &link->auth;
	struct ssh_identity *identity = auth->identity;
	int rc = ssh_userauth_agent(link->session, link->options->user);
	if (rc == SSH_AUTH_AGAIN && !ssh_dead(link))
		return SSH_WAIT;
	close_end(auth);
	if (rc == SSH_AUTH_ERROR && !ssh_dead(link))
		return skip_key(link, "the ssh-agent's signature cannot be used");
	if (rc == SSH_AUTH_SUCCESS || rc == SSH_AUTH_PARTIAL)
		identity->worked = true;
	return ssh_auth_answered(link, rc, identity->name, &auth->key_used);
}
