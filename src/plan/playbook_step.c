#include "playbook_step.h"

#include <string.h>

#include "command.h"
#include "host_command.h"
#include "num.h"
#include "pattern.h"
#include "placeholder.h"
#include "plan.h"
#include "timestamp.h"

static const int64_t MAX_EVERY_US = PLAYBOOK_MAX_EVERY_S * US_PER_SECOND;
static const int64_t MAX_STEP_US = PLAYBOOK_MAX_TIME_S * US_PER_SECOND;

/* ---- keys of a step ---- */

static int take_text(struct yaml_doc *doc, yaml_node_t *value, const char **out, struct err *err)
{
	*out = yaml_doc_text(doc, value, err);
	return *out ? 0 : -1;
}

#define TAKE_TEXT(function, type, field)                                                             \
	static int function(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err) \
	{                                                                                            \
		return take_text(doc, value, &((type *)target)->field, err);                         \
	}

TAKE_TEXT(take_send, struct playbook_step, send)
TAKE_TEXT(take_every, struct playbook_step, every_text)
TAKE_TEXT(take_stop_time, struct playbook_step, time_text)
TAKE_TEXT(take_silence, struct playbook_step, silence_text)

static bool id_ok(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return n > 0 && n <= 30 && id[n] == '\0';
}

static int take_id_text(struct yaml_doc *doc, yaml_node_t *value, const char **out, struct err *err)
{
	const char *id = yaml_doc_text(doc, value, err);
	if (!id)
		return -1;
	if (!id_ok(id) || strcmp(id, "entry") == 0)
		return yaml_doc_fail(doc, value, err,
		                     "'%.40s' is no name: small letters, digits and -, at most 30, and not 'entry'",
		                     id);
	*out = id;
	return 0;
}

static int take_id(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return take_id_text(doc, value, &((struct playbook_step *)target)->id, err);
}

static int take_lane(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return take_id_text(doc, value, &((struct playbook_step *)target)->lane, err);
}

/* The index of a word in a list, or -1 with an error that lists them. */
static int take_word(struct yaml_doc *doc, yaml_node_t *value, const char *const *words, int n, struct err *err)
{
	const char *text = yaml_doc_text(doc, value, err);
	for (int i = 0; text && i < n; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	return text ? yaml_doc_fail(doc, value, err, "'%.40s' is not one of: %s%s%s%s%s", text, words[0],
	                            n > 1 ? ", " : "", n > 1 ? words[1] : "", n > 2 ? ", " : "", n > 2 ? words[2] : "")
	            : -1;
}

static int take_on(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const char *const words[] = {"gate", "host"};
	int i = take_word(doc, value, words, 2, err);
	if (i >= 0)
		((struct playbook_step *)target)->on = words[i];
	return i < 0 ? -1 : 0;
}

static int take_scope(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const char *const words[] = {[SCOPE_LOGIN] = "login", [SCOPE_GLOBAL] = "global", [SCOPE_VDOM] = "vdom"};
	int i = take_word(doc, value, words, 3, err);
	if (i >= 0)
		((struct playbook_step *)target)->scope = (enum playbook_scope)i;
	return i < 0 ? -1 : 0;
}

static int take_stop_when(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const char *const words[] = {"loss-decided", "traffic-decided"};
	int i = take_word(doc, value, words, 2, err);
	if (i >= 0)
		((struct playbook_step *)target)->stop_when = i == 0 ? STOP_LOSS_DECIDED : STOP_TRAFFIC_DECIDED;
	return i < 0 ? -1 : 0;
}

static int take_when(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const char *const words[] = {"fast-loss", "df-size", "target"};
	int i = take_word(doc, value, words, 3, err);
	if (i >= 0)
		((struct playbook_step *)target)->when = (enum playbook_when)(WHEN_FAST_LOSS + i);
	return i < 0 ? -1 : 0;
}

static int take_after_item(struct yaml_doc *doc, yaml_node_t *item, void *target, struct err *err)
{
	struct playbook_step *step = target;
	const char **after = arena_array(doc->arena, step->after_count + 1, sizeof *after);
	for (size_t i = 0; i < step->after_count; i++)
		after[i] = step->after[i];
	if (take_id_text(doc, item, &after[step->after_count], err) < 0)
		return -1;
	step->after = after;
	step->after_count++;
	return 0;
}

static int take_after(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return yaml_doc_list(doc, value, PLAYBOOK_MAX_AFTER, take_after_item, target, err);
}

static int take_option(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	if (step->option_count == PLAYBOOK_MAX_OPTIONS)
		return yaml_doc_fail(doc, key, err, "at most %d options", PLAYBOOK_MAX_OPTIONS);
	struct playbook_option *option = &step->options[step->option_count];
	if (take_id_text(doc, key, &option->name, err) < 0 || take_text(doc, value, &option->value, err) < 0)
		return -1;
	step->option_count++;
	return 0;
}

static int take_options(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	step->options = ARENA_ARRAY(doc->arena, PLAYBOOK_MAX_OPTIONS, struct playbook_option);
	return yaml_doc_each(doc, value, take_option, target, err);
}

static int take_number(struct yaml_doc *doc, yaml_node_t *value, unsigned min, unsigned max, unsigned *out,
                       struct err *err)
{
	const char *text = yaml_doc_text(doc, value, err);
	if (!text)
		return -1;
	if (!num_uint(str_of(text), min, max, out))
		return yaml_doc_fail(doc, value, err, "'%.40s' is not a number from %u to %u", text, min, max);
	return 0;
}

/* since: 5.6 */
static int take_since(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	const char *text = yaml_doc_text(doc, value, err);
	if (!text)
		return -1;
	step->since = plan_fortios(text);
	return step->since ? 0 : yaml_doc_fail(doc, value, err, "'%.40s' is no FortiOS version, such as 5.6", text);
}

static int take_repeat_count(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return take_number(doc, value, 1, PLAYBOOK_MAX_REPEAT, &((struct playbook_step *)target)->repeat_count, err);
}

static int take_bytes(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	unsigned bytes;
	if (take_number(doc, value, 1024, PLAYBOOK_MAX_OUTPUT, &bytes, err) < 0)
		return -1;
	((struct playbook_step *)target)->max_bytes = bytes;
	return 0;
}

static int take_lines(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	return take_number(doc, value, 10, PLAYBOOK_MAX_LINES, &((struct playbook_step *)target)->max_lines, err);
}

static int take_repeat(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {{"count", true, take_repeat_count}, {"every", true, take_every}};
	return yaml_doc_map(doc, value, keys, 2, target, err);
}

static int take_stop(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {
	        {"when", false, take_stop_when}, {"time", false, take_stop_time}, {"silence", false, take_silence}};
	return yaml_doc_map(doc, value, keys, 3, target, err);
}

static int take_bounds(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	static const struct yaml_key keys[] = {{"bytes", false, take_bytes}, {"lines", false, take_lines}};
	return yaml_doc_map(doc, value, keys, 2, target, err);
}

static int take_read(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	const char *text = yaml_doc_text(doc, value, err);
	for (size_t i = 0; text && i < playbook_reader_count; i++) {
		if (strcmp(playbook_readers[i].name, text) == 0) {
			step->read = playbook_readers[i].name;
			return 0;
		}
	}
	return text ? yaml_doc_fail(doc, value, err, "there is no reader '%.40s'", text) : -1;
}

static int take_pattern(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	struct err why;
	if (take_text(doc, value, &step->pattern, err) < 0)
		return -1;
	struct pattern *pattern = pattern_new(str_of(step->pattern), &why);
	if (!pattern)
		return yaml_doc_fail(doc, value, err, "%s", why.text);
	pattern_free(pattern);
	return 0;
}

static bool unit_ok(const char *unit)
{
	size_t n = strspn(unit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%/.-");
	return n <= 16 && unit[n] == '\0';
}

/* facts: { group: name unit } */
static int take_fact(struct yaml_doc *doc, yaml_node_t *key, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	const char *group = yaml_doc_text(doc, key, err);
	const char *text = group ? yaml_doc_text(doc, value, err) : NULL;
	struct str rest = str_of(text), name = {"", 0}, unit = {"", 0}, more;
	if (!text)
		return -1;
	if (step->pattern_fact_count == PLAYBOOK_MAX_FACTS)
		return yaml_doc_fail(doc, key, err, "at most %d facts", PLAYBOOK_MAX_FACTS);
	(void)str_next_word(&rest, &name);
	(void)str_next_word(&rest, &unit);
	const char *fact = arena_strndup(doc->arena, name.p, name.n);
	const char *of = arena_strndup(doc->arena, unit.p, unit.n);
	if (str_next_word(&rest, &more) || !playbook_name_ok(fact) || !unit_ok(of))
		return yaml_doc_fail(doc, value, err, "a fact is `NAME` or `NAME UNIT`, not '%.60s'", text);
	if (fact_find(fact) != FACT_COUNT)
		return yaml_doc_fail(doc, value, err, "'%.60s' is a fact of fgdiag's own; choose another name", fact);
	step->pattern_facts[step->pattern_fact_count].group = group;
	step->pattern_facts[step->pattern_fact_count].name = fact;
	step->pattern_facts[step->pattern_fact_count++].unit = of;
	return 0;
}

static int take_facts(struct yaml_doc *doc, yaml_node_t *value, void *target, struct err *err)
{
	struct playbook_step *step = target;
	step->pattern_facts = arena_array(doc->arena, PLAYBOOK_MAX_FACTS, sizeof *step->pattern_facts);
	return yaml_doc_each(doc, value, take_fact, target, err);
}

static const struct yaml_key step_keys[] = {
        {"id", true, take_id},          {"on", false, take_on},         {"scope", false, take_scope},
        {"lane", false, take_lane},     {"after", false, take_after},   {"options", false, take_options},
        {"send", true, take_send},      {"repeat", false, take_repeat}, {"stop", false, take_stop},
        {"bounds", false, take_bounds}, {"read", false, take_read},     {"pattern", false, take_pattern},
        {"facts", false, take_facts},   {"since", false, take_since},   {"when", false, take_when},
};

/* ---- what holds between the keys ---- */

static int check_groups(struct yaml_doc *doc, yaml_node_t *item, const struct playbook_step *step, struct err *err)
{
	struct pattern *pattern = pattern_new(str_of(step->pattern), err);
	int rc = pattern ? 0 : -1;
	for (size_t i = 0; rc == 0 && i < step->pattern_fact_count; i++) {
		bool found = false;
		for (size_t k = 0; k < pattern_group_count(pattern); k++)
			found = found || strcmp(pattern_group_name(pattern, k), step->pattern_facts[i].group) == 0;
		if (!found)
			rc = yaml_doc_fail(doc, item, err, "the pattern has no group '%.40s'",
			                   step->pattern_facts[i].group);
	}
	pattern_free(pattern);
	return rc;
}

/* One name, one fact: within the step and in the steps before it. */
static int check_fact_names(struct yaml_doc *doc, yaml_node_t *item, const struct playbook *playbook,
                            const struct playbook_step *step, struct err *err)
{
	for (size_t i = 0; i < step->pattern_fact_count; i++) {
		const char *name = step->pattern_facts[i].name;
		bool taken = playbook_fact_known(playbook, name);
		for (size_t k = 0; k < i; k++)
			taken = taken || strcmp(step->pattern_facts[k].name, name) == 0;
		if (taken)
			return yaml_doc_fail(doc, item, err, "a fact is called '%s' already", name);
	}
	return 0;
}

/* Earlier steps of its lane have ended before it, and those it waits for. */
static bool comes_before(const struct playbook_step *other, const struct playbook_step *step)
{
	for (size_t i = 0; i < step->after_count; i++) {
		if (strcmp(step->after[i], other->id) == 0)
			return true;
	}
	return strcmp(other->lane, step->lane) == 0;
}

/* Before any ping has ended, no loss is known: the step would never be sent. */
static int check_when(struct yaml_doc *doc, yaml_node_t *item, const struct playbook *playbook,
                      const struct playbook_step *step, struct err *err)
{
	if (step->when != WHEN_FAST_LOSS)
		return 0;
	for (size_t i = 0; i < playbook->step_count; i++) {
		const struct playbook_step *other = &playbook->steps[i];
		if (other->read && strcmp(other->read, "ping") == 0 && comes_before(other, step))
			return 0;
	}
	return yaml_doc_fail(doc, item, err, "`when: fast-loss` needs a ping before it, in `after` or on its lane");
}

static int check_step(struct yaml_doc *doc, yaml_node_t *item, const struct playbook *playbook,
                      const struct playbook_step *step, struct err *err)
{
	bool by_pattern = step->read && strcmp(step->read, "pattern") == 0;
	if (by_pattern != (step->pattern != NULL) || by_pattern != (step->pattern_fact_count > 0))
		return yaml_doc_fail(doc, item, err, "`read: pattern`, `pattern` and `facts` go together");
	if (by_pattern &&
	    (check_groups(doc, item, step, err) < 0 || check_fact_names(doc, item, playbook, step, err) < 0))
		return -1;
	for (size_t i = 0; i < playbook->step_count; i++) {
		if (strcmp(playbook->steps[i].id, step->id) == 0)
			return yaml_doc_fail(doc, item, err, "a step is called '%s' already", step->id);
	}
	for (size_t i = 0; i < playbook->step_count; i++) {
		const struct playbook_step *other = &playbook->steps[i];
		if (strcmp(other->lane, step->lane) == 0 && strcmp(other->on, step->on) != 0)
			return yaml_doc_fail(doc, item, err, "lane '%s' has steps on the gate and on a host",
			                     step->lane);
	}
	for (size_t i = 0; i < step->after_count; i++) {
		bool found = false;
		for (size_t k = 0; k < playbook->step_count; k++)
			found = found || strcmp(playbook->steps[k].id, step->after[i]) == 0;
		if (!found)
			return yaml_doc_fail(doc, item, err, "no earlier step is called '%s'", step->after[i]);
	}
	return check_when(doc, item, playbook, step, err);
}

int playbook_step_parse(struct yaml_doc *doc, yaml_node_t *item, struct playbook *playbook, struct err *err)
{
	struct err why;
	struct playbook_step step = {
	        .on = "gate",
	        .lane = "main",
	        .repeat_count = 1,
	        .stop_time_us = PLAYBOOK_TIME_S * US_PER_SECOND,
	        .max_bytes = PLAYBOOK_OUTPUT,
	        .max_lines = PLAYBOOK_LINES,
	        .line = (unsigned)item->start_mark.line + 1,
	        .column = (unsigned)item->start_mark.column + 1,
	};
	if (yaml_doc_map(doc, item, step_keys, sizeof step_keys / sizeof step_keys[0], &step, err) < 0 ||
	    check_step(doc, item, playbook, &step, err) < 0)
		return -1;
	struct playbook one = *playbook;
	one.steps = &step;
	one.step_count = 1;
	if (playbook_steps_check(doc->arena, &one, &why) < 0)
		return yaml_doc_fail(doc, item, err, "%s", why.text);
	playbook->steps[playbook->step_count++] = step;
	return 0;
}

/* ---- durations and commands ---- */

const char *playbook_var(const struct playbook *playbook, const char *name)
{
	for (size_t i = 0; i < playbook->var_count; i++) {
		if (strcmp(playbook->vars[i].name, name) == 0)
			return playbook->vars[i].value;
	}
	return NULL;
}

/* What fgdiag fills in itself, with a value of the right type to check commands with. */
static const char *const late_samples[][2] = {
        {"server.ip", "192.0.2.1"},
        {"ping.adaptive", "enable"},
        {"filter.conversation", "( host 192.0.2.1 ) and ( icmp )"},
};

static const char *late_sample(const char *name)
{
	for (size_t i = 0; i < sizeof late_samples / sizeof late_samples[0]; i++) {
		if (strcmp(late_samples[i][0], name) == 0)
			return late_samples[i][1];
	}
	return NULL;
}

bool playbook_late_name(const char *name)
{
	return late_sample(name) != NULL;
}

/* A value of the right type for what is known only later. */
struct sampled {
	const struct playbook *playbook;
	const struct playbook_step *step;
};

static const char *sample(void *arg, const char *name)
{
	const struct sampled *sampled = arg;
	const struct playbook *playbook = sampled->playbook;
	bool aimed = playbook->needs != NEEDS_NOTHING || sampled->step->when == WHEN_TARGET;
	const char *late = late_sample(name);
	if (!late) {
		const char *value = playbook_var(playbook, name);
		return value && strcmp(value, PLAYBOOK_AUTO) == 0 ? "4" : value;
	}
	/* Without a target there is neither a server nor a conversation. */
	return aimed || strcmp(name, "ping.adaptive") == 0 ? late : NULL;
}

static const char *variable(void *arg, const char *name)
{
	return playbook_var(arg, name);
}

static int duration(struct arena *arena, struct playbook *playbook, const char *text, int64_t min_us, int64_t max_us,
                    int64_t *out, struct err *err)
{
	const char *filled;
	if (!text)
		return 0;
	if (placeholder_fill(arena, text, variable, playbook, &filled, err) < 0)
		return -1;
	if (!num_duration_us(str_of(filled), min_us, max_us, out))
		return err_set(err, ERR_PLAYBOOK, "'%.40s' is not a duration of at most %d s", filled,
		               (int)(max_us / US_PER_SECOND));
	return 0;
}

static int check_kind(const struct playbook_step *step, enum command_kind kind, struct err *err)
{
	if (kind == COMMAND_OPTION || kind == COMMAND_RESET || kind == COMMAND_FILTER || kind == COMMAND_EXIT)
		return err_set(err, ERR_PLAYBOOK,
		               "step %s: ping options stand in `options`; the runner resets them, filters sessions and "
		               "leaves by itself",
		               step->id);
	if (step->option_count && kind != COMMAND_PING)
		return err_set(err, ERR_PLAYBOOK, "step %s: only a ping has options", step->id);
	if (step->when != WHEN_ALWAYS && step->when != WHEN_TARGET && kind != COMMAND_PING)
		return err_set(err, ERR_PLAYBOOK, "step %s: only a ping can depend on another one's loss or on a size",
		               step->id);
	if (step->stop_when == STOP_LOSS_DECIDED && kind != COMMAND_PING)
		return err_set(err, ERR_PLAYBOOK, "step %s: only a ping can decide the loss", step->id);
	if (step->stop_when == STOP_TRAFFIC_DECIDED && kind != COMMAND_SNIFFER)
		return err_set(err, ERR_PLAYBOOK, "step %s: only a sniffer can decide the traffic", step->id);
	return 0;
}

static int check_options(struct arena *arena, struct playbook *playbook, const struct playbook_step *step,
                         struct err *err)
{
	struct err why;
	struct sampled sampled = {playbook, step};
	for (size_t i = 0; i < step->option_count; i++) {
		const char *value;
		if (placeholder_fill(arena, step->options[i].value, sample, &sampled, &value, err) < 0)
			return err_prefix(err, "step %s", step->id);
		const char *option = arena_printf(arena, "execute ping-options %s %s", step->options[i].name, value);
		if (!command_find(str_of(option), &why))
			return err_set(err, ERR_PLAYBOOK, "step %s: `%.120s` may not be sent: %s", step->id, option,
			               why.text);
	}
	return 0;
}

/* On a host there are neither scopes nor options. */
static int check_host_command(struct playbook_step *step, const char *filled, struct err *err)
{
	struct err why;
	const struct host_shape *shape = host_command_find(str_of(filled), &why);
	if (!shape)
		return err_set(err, ERR_PLAYBOOK, "step %s: `%.120s` may not run on a host: %s", step->id, filled,
		               why.text);
	step->kind = shape->kind;
	if (step->option_count || step->when != WHEN_ALWAYS || step->since)
		return err_set(err, ERR_PLAYBOOK, "step %s: options, when and since are for steps on the gate",
		               step->id);
	return check_kind(step, shape->kind, err);
}

static int check_commands(struct arena *arena, struct playbook *playbook, struct playbook_step *step, struct err *err)
{
	const char *filled;
	struct err why;
	struct sampled sampled = {playbook, step};
	if (placeholder_fill(arena, step->send, sample, &sampled, &filled, err) < 0)
		return err_prefix(err, "step %s", step->id);
	if (strcmp(step->on, "host") == 0)
		return check_host_command(step, filled, err);
	const struct command_shape *shape = command_find(str_of(filled), &why);
	if (!shape || str_starts(str_of(filled), "sudo "))
		return err_set(err, ERR_PLAYBOOK, "step %s: `%.120s` may not be sent: %s", step->id, filled,
		               shape ? "sudo comes from the step's scope" : why.text);
	step->kind = shape->kind;
	return check_kind(step, shape->kind, err) < 0 ? -1 : check_options(arena, playbook, step, err);
}

static int check_durations(struct arena *arena, struct playbook *playbook, struct playbook_step *step, struct err *err)
{
	if (duration(arena, playbook, step->every_text, 0, MAX_EVERY_US, &step->repeat_every_us, err) < 0 ||
	    duration(arena, playbook, step->time_text, 1000, MAX_STEP_US, &step->stop_time_us, err) < 0 ||
	    duration(arena, playbook, step->silence_text, 0, MAX_STEP_US, &step->stop_silence_us, err) < 0)
		return err_prefix(err, "step %s", step->id);
	return 0;
}

int playbook_steps_check(struct arena *arena, struct playbook *playbook, struct err *err)
{
	for (size_t i = 0; i < playbook->step_count; i++) {
		struct playbook_step *step = &playbook->steps[i];
		if (check_durations(arena, playbook, step, err) < 0 || check_commands(arena, playbook, step, err) < 0)
			return -1;
	}
	return 0;
}
