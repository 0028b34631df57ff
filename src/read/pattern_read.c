#include <string.h>

#include "num.h"
#include "pattern.h"
#include "readers.h"

/* `read: pattern`: the named groups of a playbook's pattern become facts. */

static struct extra_fact *extra_find(struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->extra_count; i++) {
		if (strcmp(facts->extra[i].name, name) == 0)
			return &facts->extra[i];
	}
	return NULL;
}

static struct extra_fact *extra_of(struct arena *arena, struct facts *facts, const char *name, const char *unit)
{
	struct extra_fact *known = extra_find(facts, name);
	if (known)
		return known;
	struct extra_fact *all = ARENA_ARRAY(arena, facts->extra_count + 1, struct extra_fact);
	for (size_t i = 0; i < facts->extra_count; i++)
		all[i] = facts->extra[i];
	facts->extra = all;
	struct extra_fact *extra = &all[facts->extra_count++];
	*extra = (struct extra_fact){.name = name, .unit = unit ? unit : "", .type = FACT_TEXT};
	extra->fact.absent = "the output does not hold what the pattern names";
	return extra;
}

void pattern_absent(struct arena *arena, const struct playbook_step *step, struct facts *facts, const char *reason)
{
	for (size_t i = 0; i < step->pattern_fact_count; i++) {
		struct extra_fact *extra =
		        extra_of(arena, facts, step->pattern_facts[i].name, step->pattern_facts[i].unit);
		if (!extra->fact.present)
			extra->fact.absent = reason;
	}
}

/* "12" is an integer, "-0.5" a number, all else is text. */
static void value_set(struct arena *arena, struct extra_fact *extra, struct str text)
{
	struct fact *fact = &extra->fact;
	bool negative = text.n && text.p[0] == '-';
	int64_t integer;
	uint64_t millionths;
	fact->present = true;
	if (num_i64(text, INT64_MIN, INT64_MAX, &integer)) {
		extra->type = FACT_INT;
		fact->value.integer = integer;
	} else if (num_decimal(negative ? str_from(text, 1) : text, 6, UINT64_MAX, &millionths)) {
		extra->type = FACT_REAL;
		fact->value.real = (negative ? -1 : 1) * ((double)millionths / 1e6);
	} else {
		extra->type = FACT_TEXT;
		fact->value.text = arena_strndup(arena, text.p, text.n);
	}
}

static unsigned line_at(struct str text, const char *p, struct str *line)
{
	unsigned number = 0;
	while (str_next_line(&text, line)) {
		number++;
		if (p < text.p || text.n == 0)
			break;
	}
	return number;
}

static void group_take(struct arena *arena, const struct read_input *input, struct str text, struct facts *facts,
                       size_t index, struct str value)
{
	const struct playbook_step *step = input->playbook_step;
	const char *unit = step->pattern_facts[index].unit;
	struct extra_fact *extra = extra_of(arena, facts, step->pattern_facts[index].name, unit);
	struct str line = {"", 0};
	struct fact before = extra->fact;
	unsigned number = line_at(text, value.p, &line);
	value_set(arena, extra, value);
	extra->fact.from = read_source(arena, input, number, line);
	if (extra->type != FACT_TEXT || !unit || !*unit)
		return;
	extra->fact = before;
	if (!before.present)
		extra->fact.absent = arena_printf(arena, "what the pattern found is no number of %s", unit);
}

static struct str whole_lines(struct str text)
{
	while (text.n && text.p[text.n - 1] != '\n')
		text.n--;
	return text;
}

static void groups_take(struct arena *arena, const struct read_input *input, const struct pattern *pattern,
                        struct str text, struct facts *facts)
{
	const struct playbook_step *step = input->playbook_step;
	struct str groups[PATTERN_MAX_GROUPS] = {{0}};
	struct str whole;
	struct err err;
	int found = pattern_match(pattern, text, 0, groups, &whole, &err);
	if (found < 0)
		pattern_absent(arena, step, facts, "the pattern took too long on this output and was stopped");
	if (found <= 0)
		return;
	for (size_t i = 0; i < step->pattern_fact_count; i++) {
		for (size_t g = 0; g < pattern_group_count(pattern) && g < PATTERN_MAX_GROUPS; g++) {
			if (groups[g].p && strcmp(pattern_group_name(pattern, g), step->pattern_facts[i].group) == 0)
				group_take(arena, input, text, facts, i, groups[g]);
		}
	}
}

void pattern_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	const struct playbook_step *step = input->playbook_step;
	if (!step || !step->pattern)
		return;
	for (size_t i = 0; i < step->pattern_fact_count; i++)
		(void)extra_of(arena, facts, step->pattern_facts[i].name, step->pattern_facts[i].unit);
	struct pattern *pattern = pattern_new(str_of(step->pattern), NULL);
	if (!pattern) {
		pattern_absent(arena, step, facts, "the pattern does not compile");
		return;
	}
	groups_take(arena, input, pattern, whole_lines(input->text), facts);
	pattern_free(pattern);
}
