#ifndef FGDIAG_DIALOG_H
#define FGDIAG_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "command.h"
#include "err.h"
#include "text.h"

/* The FortiOS console of one SSH session as a pure state machine: bytes and
 * time in, bytes and events out. It never sends anything but a command that
 * command_find() accepts, with one '\n', and the keys of the table.
 *
 * A command ends at once where its echo was seen and an empty line precedes the
 * prompt that stands last. Any other prompt must stay last for a quarter of a
 * second: the first one of a session, one without an empty line before it, one
 * after Ctrl-C (one without the command's echo for a second). So dialog_tick
 * must be called at dialog_deadline. A newline is sent by itself, once each, after
 * the prompt that follows a q, and after a second of silence when a prompt was
 * seen but other text was printed behind it, or when the prompt that stands last
 * is that of another host: answered with the same prompt alone, the device was
 * renamed, and that host's prompt counts from then on. */

struct dialog;

struct dialog_limits {
	int64_t prompt_us; /* from the start to the first prompt, banner included: 15 s */
	size_t max_bytes;  /* raw output of one command; more ends it as stopped */
	unsigned max_lines;
	unsigned max_pages;   /* pager answers per command */
	int64_t interrupt_us; /* from Ctrl-C or q to the prompt: 3 s */
};

/* The limits every session starts with. */
extern const struct dialog_limits dialog_default_limits;

enum dialog_state {
	DIALOG_LOGIN,   /* waiting for the first prompt */
	DIALOG_IDLE,    /* at a prompt: a command may be started */
	DIALOG_RUNNING, /* a command runs */
	DIALOG_ENDING,  /* Ctrl-C or q went out, waiting for the prompt */
	DIALOG_CLOSED,  /* end of stream or trouble: nothing more is sent */
};

enum dialog_event_kind {
	DIALOG_EVENT_READY,  /* first prompt seen: host, role and mark are known */
	DIALOG_EVENT_DONE,   /* the command came back to the prompt */
	DIALOG_EVENT_CLOSED, /* end of stream; `running` tells whether a command was cut by it */
	DIALOG_EVENT_FAILED, /* trouble with words: forced password change, administrators' limit, no prompt,
	                        question we do not answer. Nothing more is sent. */
};

struct dialog_event {
	enum dialog_event_kind kind;
	bool interrupted;   /* DONE, CLOSED: our Ctrl-C or q ended the command; CLOSED at the prompt: our Ctrl-C for
	                       the command just done may have ended the session */
	bool running;       /* CLOSED: a command had not come back */
	bool truncated;     /* DONE: a limit of bytes, lines or pages was hit */
	const char *prompt; /* DONE, READY: as printed, e.g. "FGT # "; valid until the next feed */
	struct err trouble; /* FAILED; ERR_BANNER, ERR_AUTH (password change), ERR_TIMEOUT, ERR_CLOSED, … */
};

struct dialog *dialog_new(const struct dialog_limits *limits, int64_t now_us);
void dialog_free(struct dialog *dialog);

/* Bytes from the device, cut anywhere. */
void dialog_feed(struct dialog *dialog, struct str bytes, int64_t now_us);
/* The stream ended. */
void dialog_end(struct dialog *dialog, int64_t now_us);
/* Time passed; call at dialog_deadline(). */
void dialog_tick(struct dialog *dialog, int64_t now_us);
/* Next moment at which dialog_tick has something to do; INT64_MAX for none. */
int64_t dialog_deadline(const struct dialog *dialog);

/* Next event, in order; false when there is none. */
bool dialog_next(struct dialog *dialog, struct dialog_event *out);

/* Bytes to send now; the caller sends all of them, in order, then calls
 * dialog_sent. Valid until the next call that changes the dialog. */
struct str dialog_pending(const struct dialog *dialog);
void dialog_sent(struct dialog *dialog, size_t n);

enum dialog_state dialog_state(const struct dialog *dialog);

/* Start a command (no newline) at the prompt. -1 with ERR_INTERNAL when not
 * idle, ERR_PLAYBOOK when the table does not know it: nothing is sent then. */
int dialog_command(struct dialog *dialog, const char *command, int64_t now_us, struct err *err);

/* End the running command: q for one that ends with q, else Ctrl-C; once.
 * Nothing is sent when no command runs. */
void dialog_stop(struct dialog *dialog, int64_t now_us);

/* The running command's raw bytes so far (echo, pager and all). */
struct str dialog_output(const struct dialog *dialog);

/* Learned at login. */
const char *dialog_host(const struct dialog *dialog);    /* "" before */
char dialog_mark(const struct dialog *dialog);           /* '#', '$' or 0 */
const char *dialog_context(const struct dialog *dialog); /* "(context)" of the prompt at login, "" for none */
const char *dialog_banner(const struct dialog *dialog);  /* text before the first prompt, "" for none */

/* ---- pure text: what a command printed ---- */

/* A command's output as a person reads it: echo line, pager traces, CR, ANSI
 * sequences and the ending prompt removed; screen repaints of top become a
 * form feed line ("\f"); lines end with '\n', but a last line that the device did
 * not finish stays unfinished. command is what was typed (with
 * scope), prompt the ending prompt or "". Never fails: odd bytes stay. */
void dialog_clean(struct str raw, const char *command, const char *prompt, struct buf *out);

/* The error text of a refused command in clean output, or no match. */
enum dialog_refusal {
	REFUSAL_NONE,
	REFUSAL_UNKNOWN,    /* parse error or Unknown action: right missing or wrong context */
	REFUSAL_INCOMPLETE, /* incomplete or ambiguous command */
	REFUSAL_VALUE,      /* a value was not taken */
	REFUSAL_OTHER,      /* Command fail. Return code … alone */
};
/* *line (1-based) and *text name the telling line when not REFUSAL_NONE. */
enum dialog_refusal dialog_refusal(struct str clean, unsigned *line, struct str *text);

#endif
