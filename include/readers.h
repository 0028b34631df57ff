#ifndef FGDIAG_READERS_H
#define FGDIAG_READERS_H

#include <stdbool.h>
#include <stdint.h>

#include "read.h"

/* The functions behind the rows of readers[], and what they share. */
void status_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void performance_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void top_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void memory_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void conserve_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void ping_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void sniffer_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void ha_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void arp_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void routes_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void sessions_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void nic_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void sdwan_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void host_read(struct arena *arena, const struct read_input *input, struct facts *facts);
void pattern_read(struct arena *arena, const struct read_input *input, struct facts *facts);

/* All facts of a step's pattern that have no value yet are absent for this
 * reason. */
void pattern_absent(struct arena *arena, const struct playbook_step *step, struct facts *facts, const char *reason);

/* Is the line a prompt with or without a command typed at it, as pasted outputs
 * have them? */
bool read_is_prompt(struct str line);

/* What stands behind `name` in the text, up to a blank or one of `ends`; empty
 * when it does not stand there. */
struct str read_behind(struct str text, const char *name, const char *ends);

/* "12%" or "12.5%", 0 to 100. */
bool read_percent(struct str text, double *out);

/* The rest behind a word and the blanks that follow it. */
bool read_after(struct str text, const char *word, struct str *rest);

/* The digits that open the text, and what follows them. */
bool read_number(struct str text, uint64_t max, uint64_t *out, struct str *rest);

#endif
