#ifndef FGDIAG_COMPLETION_H
#define FGDIAG_COMPLETION_H

#include <stdbool.h>

#include "buf.h"
#include "option_table.h"

/* Completion scripts for the shells, made from the tables of commands and
 * options. What a word may be is read from its syntax as help shows it: small
 * letters are words to choose from, FILE and HOST are looked up by the shell,
 * KIND and (of a command or of --playbook) NAME are our own names. */

struct offer {
	struct buf words; /* blank between each two */
	bool files, hosts;
};

/* Ends with buf_done(&offer->words). */
void offer_of_option(const struct option_row *row, struct offer *out);
/* What may stand behind a command: as its first argument, or as a later one. */
void offer_of_argument(enum command_id command, bool first, struct offer *out);

struct completion_shell {
	const char *name; /* bash zsh fish */
	void (*write)(struct buf *out);
};
extern const struct completion_shell completion_shells[];
extern const size_t completion_shell_count;

void completion_bash(struct buf *out);
void completion_zsh(struct buf *out);
void completion_fish(struct buf *out);

#endif
