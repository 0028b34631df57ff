#include "context.h"

#include <string.h>

static const char *vdom_name(struct conduct *run, const char *name)
{
	return command_vdom_ok(str_of(name)) ? arena_strdup(run->arena, name) : NULL;
}

void context_prompt(struct conduct *run, const struct session *session)
{
	const char *context = dialog_context(session->dialog);
	if (!*context || strcmp(context, "global") == 0)
		return;
	run->learned.vdom_limited = true;
	run->learned.vdom_here = vdom_name(run, context);
}

static bool has_several(const char *mode)
{
	static const char *const several[] = {"multiple", "enable", "split-task"};
	for (size_t i = 0; i < sizeof several / sizeof several[0]; i++) {
		if (strcmp(mode, several[i]) == 0)
			return true;
	}
	return false;
}

void context_status(struct conduct *run, const struct read_input *input, struct arena *arena)
{
	struct facts *facts = ARENA_NEW(arena, struct facts);
	facts_init(facts, "not read");
	reader_find("status")->read(arena, input, facts);
	const struct fact *mode = &facts->item[FACT_ID_DEVICE_VDOM_MODE];
	const struct fact *here = &facts->item[FACT_ID_DEVICE_VDOM];
	run->learned.multi_vdom = mode->present && has_several(mode->value.text);
	if (here->present && !run->learned.vdom_here)
		run->learned.vdom_here = vdom_name(run, here->value.text);
	/* Only an account that is limited to its VDOM is not told the mode. */
	if (here->present && !mode->present)
		run->learned.vdom_limited = true;
}

static bool is_refused(struct str clean)
{
	unsigned line;
	struct str text;
	return dialog_refusal(clean, &line, &text) == REFUSAL_UNKNOWN;
}

bool context_wants_retry(struct conduct *run, const struct session *session, struct str clean)
{
	if (session->job.step->scope != SCOPE_GLOBAL || run->sudo == CONDUCT_SUDO_KNOWN)
		return false;
	bool refused = is_refused(clean);
	bool scoped = session->scope && session->scope[0];
	if (run->sudo == CONDUCT_SUDO_UNTRIED && scoped && refused) {
		run->sudo = CONDUCT_SUDO_TRIAL;
		run->learned.vdom_limited = true;
		return true;
	}
	if (run->sudo == CONDUCT_SUDO_TRIAL && refused)
		run->learned.vdom_limited = false;
	if (scoped || run->sudo == CONDUCT_SUDO_TRIAL)
		run->sudo = CONDUCT_SUDO_KNOWN;
	return false;
}
