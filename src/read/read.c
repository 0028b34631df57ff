#include "read.h"

struct source read_source(struct arena *arena, const struct read_input *input, unsigned line, struct str text)
{
	return (struct source){.step = input->step, .line = line, .text = arena_strndup(arena, text.p, text.n)};
}
