#include "playbook.h"

#include <string.h>

#include "num.h"
#include "playbook_step.h"
#include "threshold.h"
#include "timestamp.h"
#include "yaml_doc.h"

static const int64_t MAX_TIME_US = PLAYBOOK_MAX_TIME_S * US_PER_SECOND;

/* ---- top-level keys ---- */

static int take_name(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook *playbook = target;
	playbook->name = yaml_doc_text(doc, value, err);
	if (!playbook->name)
		return -1;
	return playbook_name_ok(playbook->name)
	               ? 0
	               : yaml_doc_fail(doc, value, err, "'%.60s' is no name for a playbook", playbook->name);
}

static int take_summary(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook *playbook = target;
	playbook->summary = yaml_doc_text(doc, value, err);
	return playbook->summary ? 0 : -1;
}

static int take_needs(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const char *const words[] = {"entry", "target", "nothing"};
	struct playbook *playbook = target;
	const char *text = yaml_doc_text(doc, value, err);
	if (!text)
		return -1;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i], text) == 0) {
			playbook->needs = (enum playbook_needs)i;
			return 0;
		}
	}
	return yaml_doc_fail(doc, value, err, "needs is entry, target or nothing, not '%.40s'", text);
}

static int take_time(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook *playbook = target;
	const char *text = yaml_doc_text(doc, value, err);
	if (!text)
		return -1;
	if (!num_duration_us(str_of(text), US_PER_SECOND, MAX_TIME_US, &playbook->time_us))
		return yaml_doc_fail(doc, value, err, "'%.40s' is not a time from 1s to %ds", text,
		                     PLAYBOOK_MAX_TIME_S);
	return 0;
}

static int take_limits(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {{"time", true, take_time}};
	return yaml_doc_map(doc, value, keys, 1, target, err);
}

/* A variable is a count or a duration, or left to the run; nothing else ever becomes part of a command. */
static bool var_ok(const char *name, const char *value)
{
	unsigned count;
	int64_t us;
	if (strcmp(value, PLAYBOOK_AUTO) == 0)
		return strcmp(name, "sniffer.level") == 0;
	return num_uint(str_of(value), 1, PLAYBOOK_MAX_COUNT, &count) ||
	       num_duration_us(str_of(value), 1000, MAX_TIME_US, &us);
}

/* --set and {…} must mean one thing only. */
static bool var_name_taken(const char *name)
{
	struct thresholds scratch;
	return strcmp(name, "time") == 0 || playbook_late_name(name) ||
	       threshold_set(&scratch, name, "", NULL) != THRESHOLD_UNKNOWN;
}

static int take_var(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *node, void *target, struct err *err)
{
	struct playbook *playbook = target;
	const char *name = yaml_doc_text(doc, key, err);
	const char *value = name ? yaml_doc_text(doc, node, err) : NULL;
	if (!value)
		return -1;
	if (!playbook_name_ok(name) || var_name_taken(name))
		return yaml_doc_fail(doc, key, err, "'%.60s' is no name for a variable%s", name,
		                     playbook_name_ok(name) ? ": fgdiag has one of that name" : "");
	if (!var_ok(name, value))
		return yaml_doc_fail(doc, node, err, "'%.60s' is neither a count nor a duration", value);
	if (playbook->var_count == PLAYBOOK_MAX_VARS)
		return yaml_doc_fail(doc, key, err, "at most %d variables", PLAYBOOK_MAX_VARS);
	playbook->vars[playbook->var_count].name = name;
	playbook->vars[playbook->var_count++].value = value;
	return 0;
}

static int take_vars(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return yaml_doc_each(doc, value, take_var, target, err);
}

static int take_step(struct yaml_doc *doc, yaml_node_t *item, void *target, struct err *err)
{
	struct playbook *playbook = target;
	return playbook_step_parse(doc, item, playbook, err);
}

static int take_steps(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook *playbook = target;
	playbook->steps = ARENA_ARRAY(doc->arena, PLAYBOOK_MAX_STEPS, struct playbook_step);
	return yaml_doc_list(doc, value, PLAYBOOK_MAX_STEPS, take_step, target, err);
}

static int take_threshold(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *node, void *target, struct err *err)
{
	struct playbook *playbook = target;
	struct err why;
	const char *name = yaml_doc_text(doc, key, err);
	const char *value = name ? yaml_doc_text(doc, node, err) : NULL;
	if (!value)
		return -1;
	switch (threshold_set(&playbook->thresholds, name, value, &why)) {
	case THRESHOLD_UNKNOWN:
		return yaml_doc_fail(doc, key, err, "unknown threshold '%.60s'", name);
	case THRESHOLD_BAD:
		return yaml_doc_fail(doc, node, err, "%s", why.text);
	case THRESHOLD_SET:
		break;
	}
	return 0;
}

static int take_thresholds(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return yaml_doc_each(doc, value, take_threshold, target, err);
}

static int take_check(struct yaml_doc *doc, yaml_node_t *item, void *target, struct err *err)
{
	return playbook_check_parse(doc, item, target, err);
}

static int take_checks(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook *playbook = target;
	playbook->checks = ARENA_ARRAY(doc->arena, PLAYBOOK_MAX_CHECKS, struct playbook_check);
	return yaml_doc_list(doc, value, PLAYBOOK_MAX_CHECKS, take_check, target, err);
}

static const struct yaml_key top_keys[] = {
        {"playbook", true, take_name},  {"summary", true, take_summary},
        {"needs", true, take_needs},    {"limits", true, take_limits},
        {"vars", false, take_vars},     {"steps", true, take_steps},
        {"checks", false, take_checks}, {"thresholds", false, take_thresholds},
};

/* Steps use variables and checks use the steps' facts, wherever the keys stand. */
static const char *const key_order[] = {"playbook", "summary",    "needs", "limits",
                                        "vars",     "thresholds", "steps", "checks"};

struct wanted_value {
	const char *name;
	yaml_node_t *value; /* NULL when the key is not there */
};

static int find_value(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *target, struct err *err)
{
	struct wanted_value *wanted = target;
	(void)doc;
	(void)err;
	if (strcmp((const char *)key->data.scalar.value, wanted->name) == 0)
		wanted->value = value;
	return 0;
}

static int ignore(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	(void)doc;
	(void)value;
	(void)target;
	(void)err;
	return 0;
}

static int check_keys(struct yaml_doc *doc, struct err *err)
{
	struct yaml_key keys[sizeof top_keys / sizeof top_keys[0]];
	memcpy(keys, top_keys, sizeof keys);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		keys[i].take = ignore;
	return yaml_doc_map(doc, yaml_doc_root(doc), keys, sizeof keys / sizeof keys[0], NULL, err);
}

static int take_in_order(struct yaml_doc *doc, struct playbook *playbook, struct err *err)
{
	for (size_t i = 0; i < sizeof key_order / sizeof key_order[0]; i++) {
		struct wanted_value wanted = {key_order[i], NULL};
		if (yaml_doc_each(doc, yaml_doc_root(doc), find_value, &wanted, err) < 0)
			return -1;
		for (size_t k = 0; wanted.value && k < sizeof top_keys / sizeof top_keys[0]; k++) {
			if (strcmp(top_keys[k].name, key_order[i]) == 0 &&
			    top_keys[k].take(doc, wanted.value, playbook, err) < 0)
				return -1;
		}
	}
	return 0;
}

int playbook_parse(struct arena *arena, const char *file, struct str text, struct playbook *out, struct err *err)
{
	struct yaml_doc doc;
	struct playbook playbook = {.file = file, .thresholds = threshold_defaults};
	static const struct yaml_kind kind = {"a playbook", "the playbook", PLAYBOOK_MAX_BYTES, ERR_PLAYBOOK};
	if (yaml_doc_load(arena, &kind, file, text, &doc, err) < 0)
		return -1;
	playbook.vars = arena_array(arena, PLAYBOOK_MAX_VARS, sizeof *playbook.vars);
	int rc = check_keys(&doc, err);
	if (rc == 0)
		rc = take_in_order(&doc, &playbook, err);
	yaml_doc_done(&doc);
	if (rc == 0)
		*out = playbook;
	return rc;
}

/* ---- --set ---- */

static bool is_count_or_auto(const char *value)
{
	unsigned count;
	return strcmp(value, PLAYBOOK_AUTO) == 0 || num_uint(str_of(value), 1, PLAYBOOK_MAX_COUNT, &count);
}

static int set_var(struct playbook *playbook, const char *name, const char *value, bool *found, struct err *err)
{
	for (size_t i = 0; i < playbook->var_count; i++) {
		if (strcmp(playbook->vars[i].name, name) != 0)
			continue;
		*found = true;
		bool was_count = is_count_or_auto(playbook->vars[i].value);
		bool is_count = is_count_or_auto(value);
		if (!var_ok(name, value) || was_count != is_count)
			return err_set(err, ERR_USAGE, "--set %s: '%.40s' is not a %s", name, value,
			               was_count ? "count" : "duration such as 30s");
		playbook->vars[i].value = value;
	}
	return 0;
}

int playbook_set(struct arena *arena, struct playbook *playbook, const char *assignment, struct err *err)
{
	const char *equals = strchr(assignment, '=');
	if (!equals || equals == assignment || !equals[1])
		return err_set(err, ERR_USAGE, "--set: '%.60s' is not NAME=VALUE", assignment);
	const char *name = arena_strndup(arena, assignment, (size_t)(equals - assignment));
	const char *value = arena_strdup(arena, equals + 1);
	struct err why;
	bool found = false;
	if (strcmp(name, "time") == 0) {
		if (!num_duration_us(str_of(value), US_PER_SECOND, MAX_TIME_US, &playbook->time_us))
			return err_set(err, ERR_USAGE, "--set time: '%.40s' is not a time from 1s to %ds", value,
			               PLAYBOOK_MAX_TIME_S);
		return 0;
	}
	if (set_var(playbook, name, value, &found, err) < 0)
		return -1;
	if (!found) {
		enum threshold_answer answer = threshold_set(&playbook->thresholds, name, value, &why);
		if (answer == THRESHOLD_UNKNOWN)
			return err_set(err, ERR_USAGE, "--set: the playbook has no variable or threshold '%.60s'",
			               name);
		return answer == THRESHOLD_SET ? 0 : err_set(err, ERR_USAGE, "--set: %s", why.text);
	}
	if (playbook_steps_check(arena, playbook, &why) < 0)
		return err_set(err, ERR_USAGE, "--set %.60s: %s", assignment, why.text);
	return 0;
}
