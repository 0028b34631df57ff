#include "context.h"

#include <string.h>

void context_prompt(struct conduct *run, const struct session *session)
{
	const char *context = dialog_context(session->dialog);
	if (!*context || strcmp(context, "global") == 0)
		return;
	run->learned.vdom_limited = true;
	run->learned.vdom_here = arena_strdup(run->arena, context);
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
	const struct fact *version = &facts->item[FACT_ID_DEVICE_VERSION];
	if (version->present)
		run->learned.fortios = plan_fortios(version->value.text);
	run->learned.multi_vdom = mode->present && has_several(mode->value.text);
	if (here->present && !run->learned.vdom_here)
		run->learned.vdom_here = arena_strdup(run->arena, here->value.text);
	/* Only an account that is limited to its VDOM is not told the mode. */
	if (here->present && !mode->present)
		run->learned.vdom_limited = true;
}

static bool is_busy(const struct performance *sample, const struct thresholds *limits)
{
	if (sample->have_all && 100 - sample->all.idle >= limits->cpu_warning)
		return true;
	for (size_t i = 0; i < sample->core_count; i++) {
		const struct cpu_share *core = &sample->cores[i];
		if (100 - core->idle >= limits->core_critical ||
		    (core->have_irq && core->softirq >= limits->softirq_critical))
			return true;
	}
	return false;
}

void context_load(struct conduct *run, const struct read_input *input, const char *reader, struct arena *arena)
{
	if (strcmp(reader, "performance") != 0 && strcmp(reader, "conserve") != 0)
		return;
	struct facts *facts = ARENA_NEW(arena, struct facts);
	facts_init(facts, "not read");
	reader_find(reader)->read(arena, input, facts);
	const struct fact *conserve = &facts->item[FACT_ID_CONSERVE_MODE];
	run->learned.strained |= conserve->present && conserve->value.integer;
	for (size_t i = 0; i < facts->performance_count; i++) {
		const struct performance *sample = &facts->performance[i];
		run->learned.cpu_samples += sample->have_all;
		run->learned.strained |= is_busy(sample, &run->plan->playbook.thresholds);
	}
}

/* How a command was refused: not at all, at its first word, or further in. */
enum depth { DEPTH_NONE, DEPTH_FIRST, DEPTH_INSIDE };

static enum depth refusal_depth(struct str clean)
{
	unsigned line;
	struct str text;
	if (dialog_refusal(clean, &line, &text) != REFUSAL_UNKNOWN)
		return DEPTH_NONE;
	return str_is_nocase(str_cut(text, 0, 14), "unknown action") ? DEPTH_FIRST : DEPTH_INSIDE;
}

/* What the bare command would measure must be what the step is about. Where
 * the account stands nowhere that is known, an account without sudo could not
 * be told its VDOM afterwards either. */
static bool bare_is_right(const struct conduct *run, const struct plan_step *step)
{
	const char *here = run->learned.vdom_here, *wanted = run->plan->target.vdom;
	return here && (step->scope == SCOPE_GLOBAL || (wanted && strcmp(here, wanted) == 0));
}

/* One right after the other: of the first command both forms may be refused
 * because its own right is missing. */
static bool begin_trial(struct conduct *run, const struct session *session, enum depth depth)
{
	const struct command_shape *shape = command_find(str_of(session->job.step->command), NULL);
	const char *right = shape ? shape->right : session->job.step->kind == COMMAND_SNIFFER ? "cli-diagnose" : "";
	if (!bare_is_right(run, session->job.step) || (run->sudo_right && strcmp(run->sudo_right, right) == 0))
		return false;
	run->sudo = CONDUCT_SUDO_TRIAL;
	run->sudo_right = right;
	run->sudo_unknown = depth == DEPTH_FIRST;
	run->learned.vdom_limited = true;
	return true;
}

/* The bare command's answer. That it went further in than `sudo` did proves
 * that sudo was the word that is not known. */
static void end_trial(struct conduct *run, enum depth depth)
{
	bool without = depth == DEPTH_NONE || (run->sudo_unknown && depth == DEPTH_INSIDE);
	run->learned.vdom_limited = without;
	run->sudo = without ? CONDUCT_SUDO_KNOWN : CONDUCT_SUDO_UNTRIED;
}

bool context_wants_retry(struct conduct *run, const struct session *session, struct str clean)
{
	enum depth depth = refusal_depth(clean);
	bool scoped = session->scope && session->scope[0];
	if (run->sudo == CONDUCT_SUDO_TRIAL && !scoped)
		end_trial(run, depth);
	else if (run->sudo == CONDUCT_SUDO_UNTRIED && scoped && depth == DEPTH_NONE)
		run->sudo = CONDUCT_SUDO_KNOWN;
	else if (run->sudo == CONDUCT_SUDO_UNTRIED && scoped)
		return begin_trial(run, session, depth);
	return false;
}
