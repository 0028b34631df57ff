#include "read.h"
#include "replies.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The playbook's own checks: one fact, one comparison, one sentence. */

static bool holds(double value, enum playbook_compare compare, double limit)
{
	enum { BELOW = 1, EQUAL = 2, ABOVE = 4 };
	static const unsigned holding[] = {
	        [COMPARE_GT] = ABOVE,         [COMPARE_GE] = ABOVE | EQUAL, [COMPARE_LT] = BELOW,
	        [COMPARE_LE] = BELOW | EQUAL, [COMPARE_EQ] = EQUAL,         [COMPARE_NE] = BELOW | ABOVE,
	};
	unsigned is = value > limit ? ABOVE : value < limit ? BELOW : EQUAL;
	return holding[compare] & is;
}

static const char *with_unit(struct arena *arena, const char *number, const char *unit)
{
	return unit && *unit ? arena_printf(arena, "%s %s", number, unit) : number;
}

static const char *real_words(struct arena *arena, double value, const char *unit)
{
	double size = value < 0 ? -value : value;
	if (!(size < 1e15))
		return "(out of range)";
	int64_t tenths = (int64_t)(size * 10 + 0.5);
	const char *sign = value < 0 ? "-" : "";
	return with_unit(arena, arena_printf(arena, "%s%" PRId64 ".%" PRId64, sign, tenths / 10, tenths % 10), unit);
}

static const char *fact_words(struct arena *arena, const struct fact *fact, enum fact_type type, const char *unit)
{
	if (!fact->present)
		return "(not measured)";
	if (type == FACT_TEXT)
		return fact->value.text;
	if (type == FACT_FLAG)
		return fact->value.integer ? "on" : "off";
	return type == FACT_REAL ? real_words(arena, fact->value.real, unit)
	                         : with_unit(arena, arena_printf(arena, "%" PRId64, fact->value.integer), unit);
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

static void quote_pings(struct judging *judging, struct check_draft *draft, bool on_host)
{
	const struct facts *facts = judging->facts;
	for (size_t i = 0; i < facts->ping_count; i++) {
		if (facts->pings[i].on_host == on_host && !facts->pings[i].probe)
			check_quote(draft, facts->pings[i].statistics_from);
	}
}

static void quote_samples(struct judging *judging, struct check_draft *draft)
{
	for (size_t i = 0; i < judging->facts->performance_count; i++)
		check_quote(draft, judging->facts->performance[i].all.from);
}

static void quote_capture(struct judging *judging, struct check_draft *draft)
{
	const struct capture *capture = judging->capture;
	if (!capture)
		return;
	check_quote(draft, capture->trailer_from);
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		if (judging->trace.exchanges[i].of_entry)
			check_quote_packet(draft, capture->step, judging->trace.exchanges[i].first[0]);
	}
}

/* A fact derived from several lines quotes what it was derived from. */
static void quote_derived(struct judging *judging, struct check_draft *draft, const char *name)
{
	struct str fact = str_of(name);
	if (str_starts(fact, "ping."))
		quote_pings(judging, draft, str_starts(fact, "ping.host."));
	else if (str_starts(fact, "cpu."))
		quote_samples(judging, draft);
	else if (str_starts(fact, "trace.") || str_starts(fact, "capture."))
		quote_capture(judging, draft);
}

/* Why conversations that were counted are not all there were, or NULL. */
static const char *unfit(struct judging *judging, const char *name)
{
	const char *rule;
	return str_starts(str_of(name), "trace.") ? replies_unfit(judging, &rule) : NULL;
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

/* Why the fact cannot be compared, in a sentence; or NULL, and its number. */
static const char *incomparable(struct judging *judging, const char *name, const struct fact *fact, enum fact_type type,
                                const char *words, double *value)
{
	struct arena *arena = judging->arena;
	const char *why = unfit(judging, name);
	if (why)
		return arena_printf(arena, "%s is %s, but the capture cannot prove it: %s.", name, words, why);
	if (type == FACT_TEXT)
		return arena_printf(arena, "%s is a text and cannot be compared.", name);
	*value = type == FACT_REAL ? fact->value.real : (double)fact->value.integer;
	return isnan(*value) ? arena_printf(arena, "%s is %s and cannot be compared.", name, words) : NULL;
}

static void say_otherwise(struct judging *judging, struct check_draft *draft, const char *name, const struct fact *fact,
                          const char *words)
{
	const struct step_run *cut = step_cut(judging, name, fact);
	if (cut)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "playbook", "%s is %s, but step %s failed: %s.", name,
		          words, cut->id, cut->end.reason ? cut->end.reason : "no reason is given");
	else
		check_say(draft, STATE_OK, CERTAINTY_CERTAIN, "playbook", "%s is %s.", name, words);
}

struct check custom_check(struct judging *judging, const struct playbook_check *check)
{
	struct check_draft draft;
	check_begin(&draft, judging->arena, check->id);
	enum fact_type type = FACT_TEXT;
	const char *unit = NULL;
	const struct fact *fact = facts_find(judging->facts, check->fact, &type, &unit);
	if (!fact || !fact->present) {
		check_say(&draft, STATE_UNKNOWN, CERTAINTY_NONE, "playbook", "%s was not measured: %s.", check->fact,
		          fact ? fact->absent : "no such fact");
		return check_end(&draft);
	}
	const char *words = fact_words(judging->arena, fact, type, unit);
	double value = 0;
	const char *not_compared = incomparable(judging, check->fact, fact, type, words, &value);
	if (not_compared) {
		check_say(&draft, STATE_UNKNOWN, CERTAINTY_NONE, "playbook", "%s", not_compared);
		return check_end(&draft);
	}
	check_quote(&draft, fact->from);
	if (holds(value, check->compare, check->value)) {
		check_say(&draft, check->state, CERTAINTY_CERTAIN, "playbook", "%s", say_words(judging, check->say));
		quote_derived(judging, &draft, check->fact);
	} else {
		say_otherwise(judging, &draft, check->fact, fact, words);
	}
	return check_end(&draft);
}
