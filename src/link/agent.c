#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mem.h"

/* As OpenSSH bounds it. */
enum { MESSAGE_MAX_BYTES = 256 * 1024, LENGTH_BYTES = 4 };

struct agent_call {
	int fd;
	int64_t deadline_us;
	struct buf out; /* what is still to be sent */
	struct buf in;
	struct err failed; /* why it could not even begin */
};

/* ---- wire format ---- */

void agent_put_number(struct buf *out, uint32_t number)
{
	const unsigned char bytes[LENGTH_BYTES] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
	                                           (unsigned char)(number >> 8), (unsigned char)number};
	buf_add(out, bytes, sizeof bytes);
}

void agent_put_string(struct buf *out, struct str text)
{
	agent_put_number(out, (uint32_t)text.n);
	buf_add_str(out, text);
}

static bool take_number(struct str *rest, uint32_t *out)
{
	if (rest->n < LENGTH_BYTES)
		return false;
	uint32_t number = 0;
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		number = number << 8 | (unsigned char)rest->p[i];
	*rest = str_from(*rest, LENGTH_BYTES);
	*out = number;
	return true;
}

bool agent_take_string(struct str *rest, struct str *out)
{
	struct str after = *rest;
	uint32_t n;
	if (!take_number(&after, &n) || n > after.n)
		return false;
	*out = str_cut(after, 0, n);
	*rest = str_from(after, n);
	return true;
}

bool agent_open_list(struct str *rest, uint32_t *count)
{
	if (rest->n == 0 || rest->p[0] != AGENT_IDENTITIES)
		return false;
	*rest = str_from(*rest, 1);
	return take_number(rest, count);
}

bool agent_next_identity(struct str *rest, struct agent_identity *out)
{
	struct agent_identity one;
	if (!agent_take_string(rest, &one.blob) || !agent_take_string(rest, &one.comment))
		return false;
	*out = one;
	return true;
}

/* ---- the call ---- */

static const char *words_for(int error)
{
	const char *words = strerrordesc_np(error);
	return words ? words : "unknown error";
}

static void begin(struct agent_call *call, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof address.sun_path) {
		(void)err_set(&call->failed, ERR_AUTH, "the ssh-agent's socket has no usable name");
		return;
	}
	memcpy(address.sun_path, path, n);
	call->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* a local connect is there at once, or the agent does not take calls */
	if (call->fd < 0 || connect(call->fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0)
		(void)err_set(&call->failed, ERR_AUTH, "no ssh-agent answers at %.100s: %s", path,
		              errno == EAGAIN ? "it is busy" : words_for(errno));
}

struct agent_call *agent_call_new(const char *path, struct str request, int64_t deadline_us)
{
	struct agent_call *call = mem_alloc(sizeof *call);
	*call = (struct agent_call){.fd = -1, .deadline_us = deadline_us};
	buf_init(&call->out, LENGTH_BYTES + MESSAGE_MAX_BYTES);
	buf_init(&call->in, LENGTH_BYTES + MESSAGE_MAX_BYTES);
	agent_put_string(&call->out, request);
	if (call->out.full)
		(void)err_set(&call->failed, ERR_AUTH, "a question to the ssh-agent is too long");
	else
		begin(call, path);
	return call;
}

/* Bytes of the whole answer, length included; 0 not known yet. */
static size_t answer_size(const struct agent_call *call)
{
	struct str rest = buf_str(&call->in);
	uint32_t n;
	return take_number(&rest, &n) ? LENGTH_BYTES + (size_t)n : 0;
}

static enum agent_state send_on(struct agent_call *call, struct err *err)
{
	while (call->out.n > 0) {
		ssize_t n = send(call->fd, call->out.p, call->out.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return AGENT_WAIT;
		if (n <= 0) {
			(void)err_set(err, ERR_AUTH, "the ssh-agent hung up");
			return AGENT_FAILED;
		}
		buf_drop(&call->out, (size_t)n);
	}
	return AGENT_ANSWERED;
}

static enum agent_state receive_on(struct agent_call *call, struct err *err)
{
	char bytes[4096];
	for (;;) {
		size_t want = answer_size(call);
		if (want > LENGTH_BYTES + MESSAGE_MAX_BYTES || want == LENGTH_BYTES) {
			(void)err_set(err, ERR_AUTH, "the ssh-agent's answer makes no sense");
			return AGENT_FAILED;
		}
		if (want && call->in.n >= want)
			return AGENT_ANSWERED;
		size_t left = (want ? want : LENGTH_BYTES) - call->in.n;
		ssize_t n = recv(call->fd, bytes, left < sizeof bytes ? left : sizeof bytes, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return AGENT_WAIT;
		if (n <= 0) {
			(void)err_set(err, ERR_AUTH, "the ssh-agent hung up");
			return AGENT_FAILED;
		}
		buf_add(&call->in, bytes, (size_t)n);
	}
}

enum agent_state agent_call_step(struct agent_call *call, int64_t now_us, struct err *err)
{
	if (call->failed.kind != ERR_NONE) {
		if (err)
			*err = call->failed;
		return AGENT_FAILED;
	}
	enum agent_state state = send_on(call, err);
	if (state == AGENT_ANSWERED)
		state = receive_on(call, err);
	if (state == AGENT_WAIT && now_us >= call->deadline_us) {
		(void)err_set(err, ERR_AUTH, "the ssh-agent does not answer");
		return AGENT_FAILED;
	}
	return state;
}

struct str agent_call_answer(const struct agent_call *call)
{
	return str_from(buf_str(&call->in), LENGTH_BYTES);
}

int agent_call_fd(const struct agent_call *call)
{
	return call->failed.kind == ERR_NONE ? call->fd : -1;
}

short agent_call_events(const struct agent_call *call)
{
	return call->out.n > 0 ? POLLOUT : POLLIN;
}

int64_t agent_call_deadline(const struct agent_call *call)
{
	return call->failed.kind == ERR_NONE ? call->deadline_us : 0;
}

void agent_call_free(struct agent_call *call)
{
	if (!call)
		return;
	if (call->fd >= 0)
		(void)close(call->fd);
	buf_done(&call->out);
	buf_done(&call->in);
	free(call);
}
