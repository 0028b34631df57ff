#include "check.h"

#include <string.h>

/* Did the planned steps run, and did their output tell what it is for? */

static bool read_ping(const struct facts *facts, const char *step)
{
	for (size_t i = 0; i < facts->ping_count; i++) {
		if (facts->pings[i].started && strcmp(facts->pings[i].step, step) == 0)
			return true;
	}
	return false;
}

/* A core whose line is damaged, or missing beside another sample, may be the
 * one that is full. */
static bool cores_told(const struct facts *facts, const struct performance *sample)
{
	bool fewer = false;
	for (size_t i = 0; i < facts->performance_count; i++)
		fewer |= sample->core_count < facts->performance[i].core_count;
	return !fewer && sample->cores_damaged == 0;
}

static bool read_performance(const struct facts *facts, const char *step)
{
	for (size_t i = 0; i < facts->performance_count; i++) {
		const struct performance *sample = &facts->performance[i];
		if (sample->have_all && sample->have_memory && cores_told(facts, sample) &&
		    strcmp(sample->step, step) == 0)
			return true;
	}
	return false;
}

static bool read_top(const struct facts *facts, const char *step)
{
	for (size_t i = 0; i < facts->top_count; i++) {
		if (facts->tops[i].frames > 0 && !facts->tops[i].damaged && strcmp(facts->tops[i].step, step) == 0)
			return true;
	}
	return false;
}

static bool read_sniffer(const struct facts *facts, const char *step)
{
	for (size_t i = 0; i < facts->capture_count; i++) {
		if (strcmp(facts->captures[i].step, step) == 0)
			return true;
	}
	return false;
}

static bool read_conserve(const struct facts *facts, const char *step)
{
	(void)step;
	return facts->item[FACT_ID_CONSERVE_MODE].present;
}

static bool read_memory(const struct facts *facts, const char *step)
{
	(void)step;
	return facts->item[FACT_ID_MEMORY_TOTAL].present || facts->item[FACT_ID_MEMORY_FREE].present ||
	       facts->item[FACT_ID_MEMORY_AVAILABLE].present;
}

static bool read_host(const struct facts *facts, const char *step)
{
	for (size_t i = 0; i < facts->host_count; i++) {
		if (strcmp(facts->hosts[i].step, step) == 0)
			return facts->hosts[i].have_cpu;
	}
	return false;
}

static const struct {
	const char *reader;
	bool (*told)(const struct facts *facts, const char *step);
} readings[] = {
        {"ping", read_ping},         {"performance", read_performance}, {"top", read_top},   {"sniffer", read_sniffer},
        {"conserve", read_conserve}, {"memory", read_memory},           {"host", read_host},
};

static bool step_told(const struct facts *facts, const struct step_run *step)
{
	for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
		if (strcmp(readings[i].reader, step->planned->read) == 0)
			return readings[i].told(facts, step->id);
	}
	return true;
}

static const char *step_trouble(struct judging *judging, const struct step_run *step)
{
	struct arena *arena = judging->arena;
	if (step->end.state == STEP_DONE || step->end.state == STEP_STOPPED)
		return step_told(judging->facts, step)
		               ? NULL
		               : arena_printf(arena, "the output of step %s does not tell it", step->id);
	const char *did = step->end.state == STEP_FAILED ? "failed" : "did not run";
	if (step->end.reason && *step->end.reason)
		return arena_printf(arena, "step %s %s: %s", step->id, did, step->end.reason);
	return arena_printf(arena, "step %s %s", step->id, did);
}

/* Is the step in the list at all? A plan that the list does not cover is a cut
 * list, and a cut list must not look better than a whole one. */
static bool plan_covered(const struct judge_input *input, const char *on, const char *reader, const char **missing)
{
	for (size_t i = 0; i < input->plan->step_count; i++) {
		const struct plan_step *step = &input->plan->steps[i];
		if (!step->read || strcmp(step->read, reader) != 0 || strcmp(step->on, on) != 0)
			continue;
		if (!check_step(input->steps, step->id)) {
			*missing = step->id;
			return false;
		}
	}
	return true;
}

static bool fast_loss(const struct judging *judging)
{
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		if (loss_only_fast(&judging->facts->pings[i], judging->limits))
			return true;
	}
	return false;
}

/* Nothing that the step would measure is in doubt. */
static bool not_wanted(const struct judging *judging, const struct plan_step *step)
{
	return step->from->when == WHEN_FAST_LOSS && !fast_loss(judging);
}

/* The plan leaves it out on a device of this version, or after what was found. */
static bool left_out(const struct judging *judging, const struct step_run *step)
{
	const struct plan *plan = judging->input->plan;
	const struct fact *version = &judging->facts->item[FACT_ID_DEVICE_VERSION];
	unsigned fortios = version->present ? plan_fortios(version->value.text) : 0;
	for (size_t i = 0; i < plan->step_count && step->end.state == STEP_SKIPPED; i++) {
		if (strcmp(plan->steps[i].id, step->id) == 0)
			return plan_leaves_out(&plan->steps[i], fortios) || not_wanted(judging, &plan->steps[i]);
	}
	return false;
}

enum check_steps check_steps(struct judging *judging, const char *on, const char *reader, const char **why)
{
	const struct judge_input *input = judging->input;
	const char *missing = NULL;
	if (!plan_covered(input, on, reader, &missing)) {
		*why = arena_printf(judging->arena, "step %s is not in the transcript", missing);
		return CHECK_STEPS_MISSING;
	}
	bool planned = false;
	for (size_t i = 0; i < input->steps->count; i++) {
		const struct step_run *step = &input->steps->steps[i];
		if (!step->planned || !step->planned->read || strcmp(step->planned->read, reader) != 0 ||
		    strcmp(step->planned->on, on) != 0)
			continue;
		if (left_out(judging, step))
			continue;
		planned = true;
		const char *trouble = step_trouble(judging, step);
		if (trouble) {
			*why = trouble;
			return CHECK_STEPS_MISSING;
		}
	}
	return planned ? CHECK_STEPS_RAN : CHECK_STEPS_NONE;
}

/* Checks know by themselves what a part of these is worth. */
static bool speaks_in_parts(const struct step_run *step)
{
	static const char *const readers[] = {"ping", "sniffer", "top", "host"};
	for (size_t i = 0; step->planned->read && i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcmp(readers[i], step->planned->read) == 0)
			return true;
	}
	return false;
}

static bool without_prompt(const struct step_end *end)
{
	return end->state == STEP_STOPPED && (!end->prompt || !*end->prompt);
}

/* One of the commands that come before the step's own was not answered in time. */
static bool setup_lost(const struct step_list *steps, const struct step_run *step)
{
	size_t n = strlen(step->id);
	for (size_t i = 0; i < steps->count; i++) {
		const struct step_run *one = &steps->steps[i];
		if (strncmp(one->id, step->id, n) == 0 && one->id[n] == '/' && one->end.state == STEP_STOPPED)
			return true;
	}
	return false;
}

/* What was refused was answered; what the connection took was not. */
static const char *lost(const struct judging *judging, const struct step_run *step)
{
	const struct step_end *end = &step->end;
	const struct step_list *steps = judging->input->steps;
	switch (end->state) {
	case STEP_FAILED:
		return steps->have_trouble && end->link_lost ? "failed" : NULL;
	case STEP_STOPPED:
		return without_prompt(end) ? "was cut" : NULL;
	case STEP_SKIPPED:
		return (steps->have_trouble && !left_out(judging, step)) || setup_lost(steps, step) ? "did not run"
		                                                                                    : NULL;
	case STEP_DONE:
		break;
	}
	return NULL;
}

const char *check_steps_unseen(struct judging *judging)
{
	const struct step_list *steps = judging->input->steps;
	if (judging->input->cut)
		return "the transcript is cut";
	for (size_t i = 0; i < steps->count; i++) {
		const struct step_run *step = &steps->steps[i];
		if (!step->planned)
			continue;
		if (step->end.missing)
			return arena_printf(judging->arena, "the end of step %s is missing", step->id);
		const char *how = speaks_in_parts(step) ? NULL : lost(judging, step);
		if (how)
			return arena_printf(judging->arena, "step %s %s%s%s", step->id, how,
			                    step->end.reason ? ": " : "", step->end.reason ? step->end.reason : "");
	}
	return NULL;
}
