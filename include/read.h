#ifndef FGDIAG_READ_H
#define FGDIAG_READ_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "facts.h"
#include "playbook.h"
#include "text.h"
#include "transcript.h"

/* Readers: one step's clean output in, facts out. Pure; partial output gives
 * what is there and absent facts with reasons. Only whole lines are read: a
 * last line without its LF was cut, perhaps inside a number. */

struct read_input {
	const char *step;                          /* step id, for sources */
	struct str text;                           /* clean output (dialog_clean) */
	const struct step_run *run;                /* NULL when the text is not of a run (`fgdiag read`) */
	const struct playbook_step *playbook_step; /* for `read: pattern`; else may be NULL */
};

struct reader {
	const char *name; /* as in playbook_readers */
	void (*read)(struct arena *arena, const struct read_input *input, struct facts *facts);
	const enum fact_id *facts; /* the facts it can give */
	size_t fact_count;
};
extern const struct reader readers[];
extern const size_t reader_count;
const struct reader *reader_find(const char *name);

/* The source of a line of input: quotes its text (arena copy). */
struct source read_source(struct arena *arena, const struct read_input *input, unsigned line, struct str text);

/* The repeat count in the output of `execute ping-options view-settings`
 * (lines "Repeat Count: 300" and the like); false when it is not told. */
bool read_ping_options(struct str clean, unsigned *repeat_count);

/* One `execute ping` or `execute ping6`, whole or still running, as the ping
 * reader reads it; requested and adaptive are set by the caller. */
void read_ping_run(struct arena *arena, const struct read_input *input, struct ping_run *out);

/* One `diagnose sniffer packet`, whole or still running, likewise. The text of
 * its packets points into input->text. */
void read_capture(struct arena *arena, const struct read_input *input, struct capture *out);

/* All steps of a run → facts: cleans each output, marks refused commands
 * (state done becomes failed, with the missing right named), reads the rest in
 * order, derives the facts that several steps make together (cpu.*, ping.*).
 * clean[i] receives the clean output of steps->steps[i] (arena). */
void read_run(struct arena *arena, const struct playbook *playbook, struct step_list *steps, struct facts *facts,
              struct str *clean);

#endif
