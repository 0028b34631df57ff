#ifndef FGDIAG_OPTION_TABLE_H
#define FGDIAG_OPTION_TABLE_H

#include <stddef.h>

#include "options.h"

/* Every option of every command: parser, help, completion and the man page's
 * check read this table. */

#define OPTION_ON(command) (1u << (command))

enum option_type {
	OPTION_FLAG,
	OPTION_COUNT,
	OPTION_TEXT,
	OPTION_LIST,
	OPTION_NUMBER,
	OPTION_SECONDS,
	OPTION_COLOR,
	OPTION_SET,
	OPTION_STATE,
};

struct option_row {
	int letter; /* or 0 */
	const char *name;
	const char *value; /* what the argument is, NULL for a flag */
	unsigned commands; /* of OPTION_ON; 0: of the program as a whole and of every command */
	enum option_type type;
	size_t offset;      /* in struct options */
	const char *detail; /* OPTION_SET: the variable; else NULL */
	const char *help;
};

/* In the order in which help shows them. */
extern const struct option_row option_rows[];
extern const size_t option_row_count;

bool option_is_of(const struct option_row *row, enum command_id command);

#endif
