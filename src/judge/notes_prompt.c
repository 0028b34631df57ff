#include "check.h"

#include <string.h>

/* Did every step end at the prompt of the same device, in the same role? */

/* "HOST" or "HOST(Primary)" of a prompt as printed. */
static struct str who(const char *prompt)
{
	ptrdiff_t blank = str_find_char(str_of(prompt), ' ');
	return str_cut(str_of(prompt), 0, blank < 0 ? 0 : (size_t)blank);
}

static bool differs(struct str a, struct str b)
{
	return a.n != b.n || memcmp(a.p, b.p, a.n) != 0;
}

const char *notes_prompt(const struct judging *judging)
{
	const struct step_list *steps = judging->input->steps;
	struct str first = {"", 0};
	for (size_t i = 0; i < steps->count; i++) {
		const char *prompt = steps->steps[i].end.prompt;
		struct str here = who(prompt ? prompt : "");
		if (here.n == 0)
			continue;
		if (first.n && differs(first, here))
			return arena_printf(judging->arena,
			                    "The FortiGate's prompt changed from %.*s to %.*s during the run: it was "
			                    "renamed, its role in the cluster changed, or another member answered.",
			                    (int)first.n, first.p, (int)here.n, here.p);
		first = here;
	}
	return NULL;
}
