#include "check.h"
#include "read.h"

#include <inttypes.h>
#include <string.h>

/* The playbook's own checks: one fact, one comparison, one sentence. */

static bool number_of(const struct fact *fact, enum fact_type type, double *out)
{
	if (type == FACT_TEXT)
		return false;
	*out = type == FACT_REAL ? fact->value.real : (double)fact->value.integer;
	return true;
}

static bool holds(double value, enum playbook_compare compare, double limit)
{
	switch (compare) {
	case COMPARE_GT:
		return value > limit;
	case COMPARE_GE:
		return value >= limit;
	case COMPARE_LT:
		return value < limit;
	case COMPARE_LE:
		return value <= limit;
	case COMPARE_EQ:
		return value <= limit && value >= limit;
	case COMPARE_NE:
		return value < limit || value > limit;
	}
	return false;
}

static const char *fact_words(struct arena *arena, const struct fact *fact, enum fact_type type, const char *unit)
{
	if (!fact->present)
		return "(not measured)";
	const char *gap = unit && *unit ? " " : "";
	const char *units = unit ? unit : "";
	switch (type) {
	case FACT_TEXT:
		return fact->value.text;
	case FACT_FLAG:
		return fact->value.integer ? "on" : "off";
	case FACT_INT:
		return arena_printf(arena, "%" PRId64 "%s%s", fact->value.integer, gap, units);
	case FACT_REAL:
		break;
	}
	const char *sign = fact->value.real < 0 ? "-" : "";
	double size = fact->value.real < 0 ? -fact->value.real : fact->value.real;
	if (!(size < 1e15))
		return "(out of range)";
	int64_t tenths = (int64_t)(size * 10 + 0.5);
	return arena_printf(arena, "%s%" PRId64 ".%" PRId64 "%s%s", sign, tenths / 10, tenths % 10, gap, units);
}

/* The sentence with each {fact.name} replaced. */
static const char *say_words(struct judging *judging, const char *say)
{
	char *words = arena_strdup(judging->arena, "");
	struct str rest = str_of(say);
	while (rest.n) {
		ptrdiff_t open = str_find_char(rest, '{');
		ptrdiff_t close = open < 0 ? -1 : str_find_char(str_from(rest, (size_t)open), '}');
		if (close < 0)
			return arena_printf(judging->arena, "%s%.*s", words, (int)rest.n, rest.p);
		const char *name = arena_strndup(judging->arena, rest.p + open + 1, (size_t)close - 1);
		enum fact_type type;
		const char *unit;
		const struct fact *fact = facts_find(judging->facts, name, &type, &unit);
		const char *value = fact ? fact_words(judging->arena, fact, type, unit)
		                         : arena_printf(judging->arena, "{%s}", name);
		words = arena_printf(judging->arena, "%s%.*s%s", words, (int)open, rest.p, value);
		rest = str_from(rest, (size_t)open + (size_t)close + 1);
	}
	return words;
}

/* A fact derived from several lines quotes what it was derived from. */
static void quote_derived(struct judging *judging, struct check_draft *draft, const char *name)
{
	const struct facts *facts = judging->facts;
	struct str fact = str_of(name);
	for (size_t i = 0; str_starts(fact, "ping.") && i < facts->ping_count; i++)
		check_quote(draft, facts->pings[i].statistics_from);
	for (size_t i = 0; str_starts(fact, "cpu.") && i < facts->performance_count; i++)
		check_quote(draft, facts->performance[i].all.from);
	const struct capture *capture = judging->capture;
	if (!capture || (!str_starts(fact, "trace.") && !str_starts(fact, "capture.")))
		return;
	check_quote(draft, capture->trailer_from);
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		if (judging->trace.exchanges[i].of_entry)
			check_quote_packet(draft, capture->step, judging->trace.exchanges[i].first[0]);
	}
}

/* The reader's kind of a step that tells the fact. */
static bool step_tells(const struct step_run *step, const struct fact *fact, enum fact_id id)
{
	if (fact->from.step && strcmp(fact->from.step, step->id) == 0)
		return true;
	const struct reader *reader = step->planned && step->planned->read ? reader_find(step->planned->read) : NULL;
	for (size_t i = 0; reader && i < reader->fact_count; i++) {
		if (reader->facts[i] == id)
			return true;
	}
	return false;
}

/* The step that tells the fact and did not come to its end, or NULL: what it
 * would still have said is not known. */
static const struct step_run *step_cut(const struct judging *judging, const char *name, const struct fact *fact)
{
	const struct step_list *steps = judging->input->steps;
	enum fact_id id = fact_find(name);
	for (size_t i = 0; i < steps->count; i++) {
		const struct step_run *step = &steps->steps[i];
		if (step->end.state == STEP_FAILED && step_tells(step, fact, id))
			return step;
	}
	return NULL;
}

struct check custom_check(struct judging *judging, const struct playbook_check *check)
{
	struct check_draft draft;
	check_begin(&draft, judging->arena, check->id);
	enum fact_type type = FACT_TEXT;
	const char *unit = NULL;
	const struct fact *fact = facts_find(judging->facts, check->fact, &type, &unit);
	double value = 0;
	if (!fact || !fact->present) {
		check_say(&draft, STATE_UNKNOWN, CERTAINTY_NONE, "playbook", "%s was not measured: %s.", check->fact,
		          fact && fact->absent ? fact->absent : "no such fact");
		return check_end(&draft);
	}
	if (!number_of(fact, type, &value)) {
		check_say(&draft, STATE_UNKNOWN, CERTAINTY_NONE, "playbook", "%s is a text and cannot be compared.",
		          check->fact);
		return check_end(&draft);
	}
	check_quote(&draft, fact->from);
	if (holds(value, check->compare, check->value)) {
		check_say(&draft, check->state, CERTAINTY_CERTAIN, "playbook", "%s", say_words(judging, check->say));
		quote_derived(judging, &draft, check->fact);
		return check_end(&draft);
	}
	const struct step_run *cut = step_cut(judging, check->fact, fact);
	if (cut) {
		check_say(&draft, STATE_UNKNOWN, CERTAINTY_NONE, "playbook", "%s is %s, but step %s failed: %s.",
		          check->fact, fact_words(judging->arena, fact, type, unit), cut->id,
		          cut->end.reason ? cut->end.reason : "no reason is given");
	} else {
		check_say(&draft, STATE_OK, CERTAINTY_CERTAIN, "playbook", "%s is %s.", check->fact,
		          fact_words(judging->arena, fact, type, unit));
	}
	return check_end(&draft);
}
