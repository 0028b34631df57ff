#include <string.h>

#include "paste.h"

/* Where in the pasted files a quoted line stands. */

static const struct step_run *step_of(const struct step_list *steps, const char *id)
{
	for (size_t i = 0; id && i < steps->count; i++) {
		if (strcmp(steps->steps[i].id, id) == 0 && steps->steps[i].first_line)
			return &steps->steps[i];
	}
	return NULL;
}

static void place(const struct paste *paste, const struct step_list *steps, const char **step, unsigned *line)
{
	const struct step_run *run = step_of(steps, *step);
	if (!run)
		return;
	if (*line)
		*line += run->first_line - 1;
	if (paste->files > 1)
		*step = run->file;
}

static void place_check(const struct paste *paste, const struct step_list *steps, struct check *check)
{
	struct evidence *evidence = ARENA_ARRAY(paste->arena, check->evidence_count + 1, struct evidence);
	for (size_t i = 0; i < check->evidence_count; i++) {
		evidence[i] = check->evidence[i];
		place(paste, steps, &evidence[i].step, &evidence[i].line);
	}
	check->evidence = evidence;
}

void paste_places(const struct paste *paste, const struct step_list *steps, struct facts *facts,
                  struct verdict *verdict)
{
	struct check *checks = ARENA_ARRAY(paste->arena, verdict->check_count + 1, struct check);
	for (size_t i = 0; i < verdict->check_count; i++) {
		checks[i] = verdict->checks[i];
		place_check(paste, steps, &checks[i]);
	}
	verdict->checks = checks;
	for (size_t i = 0; i < FACT_COUNT; i++)
		place(paste, steps, &facts->item[i].from.step, &facts->item[i].from.line);
	for (size_t i = 0; i < facts->extra_count; i++)
		place(paste, steps, &facts->extra[i].fact.from.step, &facts->extra[i].fact.from.line);
}
