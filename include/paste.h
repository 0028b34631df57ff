#ifndef FGDIAG_PASTE_H
#define FGDIAG_PASTE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "facts.h"
#include "plan.h"
#include "text.h"
#include "transcript.h"
#include "verdict.h"

/* What people have in place of a transcript: PuTTY logs and pasted terminals.
 * The text is untrusted and incomplete; nothing in it is ever sent. A command
 * is found behind a prompt, or an output alone by its first telling line. What
 * the text does not show counts as not measured. */

#define PASTE_MAX_STEPS ((size_t)512) /* commands with a reader; what follows is not read */

/* One command, or one output alone, as the text shows it. */
struct pasted {
	const char *reader;  /* reader's name */
	const char *shape;   /* the command in full words without its values, e.g. "diagnose sys top" */
	const char *on;      /* "gate" | "host" */
	const char *command; /* as typed, "" for an output alone */
	const char *prompt;  /* the one that ended it, "" when none did */
	const char *vdom;    /* context it was typed in, NULL when the text does not tell */
	const char *file;
	unsigned line;      /* of the file, from 1: the first line of raw */
	struct str raw;     /* normalised: the command's line, then its output */
	bool closed;        /* its end is shown: by a prompt, or by its own last lines */
	bool filtered;      /* piped through grep: absent lines tell nothing */
	bool interrupted;   /* ^C is shown */
	unsigned requested; /* count asked of ping or sniffer, 0 when not known */
	bool adaptive;      /* adaptive-ping had been set */
};

struct paste {
	struct arena *arena; /* borrowed; owns all below */
	struct pasted *items;
	size_t count, capacity;
	const char *host;   /* of the first prompt, "" before */
	struct str entries; /* the log lines found, one a line */
	unsigned files;
	bool full;       /* PASTE_MAX_STEPS reached */
	unsigned repeat; /* repeat-count set by execute ping-options, 0 when not known */
	bool adaptive;
};

void paste_init(struct paste *paste, struct arena *arena);

/* Adds the text of one file; name is kept by pointer. */
void paste_read(struct paste *paste, const char *name, struct str text);

/* The server that the text itself is about: the address that every ping and
 * every sniffer filter names, as "IP"; NULL when they do not agree. */
const char *paste_target(const struct paste *paste);

/* What the steps of a paste rest on, in words for the report. */
struct paste_notes {
	const char **words;
	size_t count, capacity;
	bool doubtful; /* they rest on an assumption: no finding is more than likely */
};

/* The pasted commands as steps of a plan; planned steps of which nothing was
 * pasted are skipped with that reason. */
void paste_steps(const struct paste *paste, const struct plan *plan, struct step_list *out, struct paste_notes *notes);

/* Steps' lines → the file's, in evidence and facts; with several files the
 * file's name stands in place of the step's id. */
void paste_places(const struct paste *paste, const struct step_list *steps, struct facts *facts,
                  struct verdict *verdict);

/* ---- parts, for the files of paste ---- */

/* CR, ANSI sequences, pager traces and ^C out, backspaces applied, time stamps
 * of a logging terminal in front of each line out; every LF stays, so that
 * lines keep their numbers. */
struct str paste_normalise(struct arena *arena, struct str text);

enum paste_prompt_kind { PASTE_NO_PROMPT, PASTE_GATE, PASTE_HOST };

struct paste_prompt {
	enum paste_prompt_kind kind;
	struct str host;
	struct str text;    /* the prompt itself */
	struct str context; /* of "(context)", empty for none */
	struct str command; /* behind it, trimmed */
};
/* Does the line begin with a prompt? What stands behind it may be anything. */
bool paste_prompt_parse(struct str line, struct paste_prompt *out);

/* A typed command: full words, or each shortened to a prefix. */
struct paste_command {
	const char *reader; /* NULL: one that no reader reads */
	const char *shape;  /* "" when unknown */
	struct str scope;   /* NAME of "sudo NAME", empty for none */
	struct str values;  /* behind the words of the shape */
	bool filtered;
};
/* False when it is no command of FortiOS at all. */
bool paste_command_parse(struct str text, struct paste_command *out);

/* The reader whose output begins with, or is closed by, such a line; or NULL. */
const char *paste_opening(struct str line);
bool paste_closing(const char *reader, struct str line);

#endif
