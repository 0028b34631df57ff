#include <string.h>

#include "num.h"
#include "placeholder.h"
#include "playbook_step.h"

static int take_id(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_check *check = target;
	check->id = yaml_doc_text(doc, value, err);
	if (!check->id)
		return -1;
	for (size_t i = 0; i < CHECKS; i++) {
		if (strcmp(check_word((enum check_id)i), check->id) == 0)
			return yaml_doc_fail(doc, value, err, "'%s' is a check of fgdiag's own", check->id);
	}
	size_t n = strspn(check->id, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return n > 0 && n <= 30 && !check->id[n]
	               ? 0
	               : yaml_doc_fail(doc, value, err, "'%.40s' is no name for a check", check->id);
}

/* FACT COMPARISON NUMBER */
static int take_when(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const char *const signs[] = {[COMPARE_GT] = ">",  [COMPARE_GE] = ">=", [COMPARE_LT] = "<",
	                                    [COMPARE_LE] = "<=", [COMPARE_EQ] = "==", [COMPARE_NE] = "!="};
	struct playbook_check *check = target;
	const char *text = yaml_doc_text(doc, value, err);
	struct str rest = str_of(text), fact, sign, number, more;
	uint64_t thousandths;
	if (!text)
		return -1;
	if (!str_next_word(&rest, &fact) || !str_next_word(&rest, &sign) || !str_next_word(&rest, &number) ||
	    str_next_word(&rest, &more))
		return yaml_doc_fail(doc, value, err, "a check says `FACT > NUMBER`, not '%.60s'", text);
	size_t i = 0;
	while (i < sizeof signs / sizeof signs[0] && !str_is(sign, signs[i]))
		i++;
	if (i == sizeof signs / sizeof signs[0])
		return yaml_doc_fail(doc, value, err, "'%.*s' is none of > >= < <= == !=", (int)sign.n, sign.p);
	if (!num_decimal(number, 3, UINT64_C(1000000000000000), &thousandths))
		return yaml_doc_fail(doc, value, err, "'%.*s' is not a number", (int)(number.n < 40 ? number.n : 40),
		                     number.p);
	check->fact = arena_strndup(doc->arena, fact.p, fact.n);
	check->compare = (enum playbook_compare)i;
	check->value = (double)thousandths / 1000;
	return 0;
}

static int take_state(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_check *check = target;
	const char *text = yaml_doc_text(doc, value, err);
	if (!text)
		return -1;
	if (strcmp(text, "warning") != 0 && strcmp(text, "critical") != 0)
		return yaml_doc_fail(doc, value, err, "state is warning or critical, not '%.40s'", text);
	check->state = text[0] == 'w' ? STATE_WARNING : STATE_CRITICAL;
	return 0;
}

static int take_say(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_check *check = target;
	check->say = yaml_doc_text(doc, value, err);
	return check->say ? 0 : -1;
}

bool playbook_fact_known(const struct playbook *playbook, const char *name)
{
	if (fact_find(name) != FACT_COUNT)
		return true;
	for (size_t i = 0; i < playbook->step_count; i++) {
		for (size_t k = 0; k < playbook->steps[i].pattern_fact_count; k++) {
			if (strcmp(playbook->steps[i].pattern_facts[k].name, name) == 0)
				return true;
		}
	}
	return false;
}

static const char *known_fact(void *arg, const char *name)
{
	return playbook_fact_known(arg, name) ? "" : NULL;
}

int playbook_check_parse(struct yaml_doc *doc, yaml_node_t *item, struct playbook *playbook, struct err *err)
{
	static const struct yaml_key keys[] = {
	        {"id", true, take_id}, {"when", true, take_when}, {"state", true, take_state}, {"say", true, take_say}};
	struct playbook_check check = {0};
	const char *filled;
	struct err why;
	if (yaml_doc_map(doc, item, keys, sizeof keys / sizeof keys[0], &check, err) < 0)
		return -1;
	if (!playbook_fact_known(playbook, check.fact))
		return yaml_doc_fail(doc, item, err, "no step reads the fact '%.60s'", check.fact);
	enum fact_id registered = fact_find(check.fact);
	if (registered != FACT_COUNT && fact_defs[registered].type == FACT_TEXT)
		return yaml_doc_fail(doc, item, err, "the fact '%.60s' is a text; only numbers are compared",
		                     check.fact);
	for (size_t i = 0; i < playbook->check_count; i++) {
		if (strcmp(playbook->checks[i].id, check.id) == 0)
			return yaml_doc_fail(doc, item, err, "a check is called '%s' already", check.id);
	}
	if (placeholder_fill(doc->arena, check.say, known_fact, playbook, &filled, &why) < 0)
		return yaml_doc_fail(doc, item, err, "say: %s", why.text);
	playbook->checks[playbook->check_count++] = check;
	return 0;
}
