#ifndef FGDIAG_AGENT_H
#define FGDIAG_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "text.h"

/* One question to an ssh-agent over its socket: connect, ask, take the answer,
 * hang up. Never blocks; an agent that says nothing costs its deadline. */
struct agent_call;

enum agent_state { AGENT_WAIT, AGENT_ANSWERED, AGENT_FAILED };

/* Message numbers of draft-ietf-sshm-ssh-agent. */
enum { AGENT_FAILURE = 5, AGENT_LIST = 11, AGENT_IDENTITIES = 12, AGENT_SIGN = 13, AGENT_SIGNATURE = 14 };

/* request: one message without its length; copied. Never NULL. */
struct agent_call *agent_call_new(const char *path, struct str request, int64_t deadline_us);
/* AGENT_FAILED fills err (ERR_AUTH). */
enum agent_state agent_call_step(struct agent_call *call, int64_t now_us, struct err *err);
/* The answer without its length, valid until the call is freed. */
struct str agent_call_answer(const struct agent_call *call);
int agent_call_fd(const struct agent_call *call); /* -1 when there is nothing to wait for */
short agent_call_events(const struct agent_call *call);
int64_t agent_call_deadline(const struct agent_call *call);
void agent_call_free(struct agent_call *call); /* NULL is fine */

/* An identity as an agent lists it. */
struct agent_identity {
	struct str blob;    /* the public key in SSH's wire format */
	struct str comment; /* hostile text */
};

/* Take one identity after another from an answer of kind AGENT_IDENTITIES:
 * `rest` is the answer at first. False at the end and where it is damaged. */
bool agent_next_identity(struct str *rest, struct agent_identity *out);
/* How many an answer announces; false when it is no list. Moves rest past the
 * announcement. */
bool agent_open_list(struct str *rest, uint32_t *count);

/* Wire format: append a number, a string; take a string from the front. */
void agent_put_number(struct buf *out, uint32_t number);
void agent_put_string(struct buf *out, struct str text);
bool agent_take_string(struct str *rest, struct str *out);

#endif
