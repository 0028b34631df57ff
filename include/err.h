#ifndef FGDIAG_ERR_H
#define FGDIAG_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* A failure with words: what failed, on which device, at which step, what to
 * do. Failures travel as values; nothing below the cli layer prints them.
 * Functions that fill one return -1 and leave their other outputs untouched. */

/* The words of error.kind in the JSON report, in its order. */
enum err_kind {
	ERR_NONE,
	ERR_USAGE,
	ERR_ENTRY,
	ERR_PLAYBOOK,
	ERR_INVENTORY,
	ERR_CONNECT,
	ERR_HOST_KEY,
	ERR_AUTH,
	ERR_BANNER,
	ERR_PERMISSION,
	ERR_TIMEOUT,
	ERR_CLOSED,
	ERR_WRONG_DEVICE,
	ERR_INTERRUPTED,
	ERR_BUSY, /* another run is asking the device */
	ERR_OUTPUT,
	ERR_INTERNAL,
	ERR_KINDS
};

struct err {
	enum err_kind kind;
	char step[48];  /* plan step at which it happened, or "" */
	char text[768]; /* one sentence, may quote hostile text: encode before printing */
};

/* The word for a kind as printed in reports, e.g. "host-key"; never NULL. */
const char *err_word(enum err_kind kind);

/* The kind for a word; ERR_KINDS when there is none. */
enum err_kind err_from_word(const char *word);

/* Fill *err (which may be NULL) with a kind and a formatted sentence, cut at
 * its size. The value is always -1, so that callers write `return err_set(…)`;
 * a macro, so that whoever reads the call, a checker too, can see that. */
#define err_set(...) (err_fill(__VA_ARGS__), -1)
void err_fill(struct err *err, enum err_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put context in front of the sentence of a failure: "context: sentence". The
 * value is always -1. */
#define err_prefix(...) (err_lead(__VA_ARGS__), -1)
void err_lead(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
