#include "history.h"

#include <string.h>

#include <jansson.h>

#include "json_value.h"
#include "num.h"
#include "timestamp.h"

enum { VERSION = 1, LABEL_MAX_BYTES = 64 };
#define TIMESTAMP_MAX_US (INT64_C(253402300800) * US_PER_SECOND) /* the year 10000 */

/* ---- the file ---- */

static int damaged(struct err *err, const char *what)
{
	return err_set(err, ERR_USAGE, "it is damaged (%s)", what);
}

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? arena_strdup(arena, text) : NULL;
}

/* An integer from 0 to max; a missing one is 0. */
static bool take_number(const json_t *object, const char *key, int64_t max, int64_t *out)
{
	const json_t *value = json_object_get(object, key);
	*out = json_integer_value(value);
	return !value || (json_is_integer(value) && *out >= 0 && *out <= max);
}

static bool take_state(const json_t *object, enum state *out)
{
	const char *word = json_string_value(json_object_get(object, "alert"));
	*out = STATE_OK;
	if (!json_object_get(object, "alert"))
		return true;
	for (enum state state = STATE_OK; state <= STATE_CRITICAL; state++) {
		if (word && strcmp(word, state_word(state)) == 0) {
			*out = state;
			return true;
		}
	}
	return false;
}

static bool label_ok(const char *label)
{
	size_t n = strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	return n > 0 && n <= LABEL_MAX_BYTES && label[n] == '\0';
}

static bool take_counters(struct arena *arena, json_t *root, struct history *out)
{
	json_t *counters = json_object_get(root, "counters"), *value;
	const char *label;
	if (counters && !json_is_object(counters))
		return false;
	json_object_foreach(counters, label, value)
	{
		if (out->counter_count == HISTORY_MAX_COUNTERS || !label_ok(label) || !json_is_integer(value) ||
		    json_integer_value(value) < 0)
			return false;
		out->counters[out->counter_count++] =
		        (struct history_counter){arena_strdup(arena, label), json_integer_value(value)};
	}
	return true;
}

static bool take_refused(struct arena *arena, const json_t *root, struct history *out)
{
	const json_t *refused = json_object_get(root, "refused");
	if (!refused)
		return true;
	out->refused_user = text_of(arena, refused, "user");
	out->refused_mark = text_of(arena, refused, "mark");
	return out->refused_user && out->refused_mark &&
	       take_number(refused, "at_us", TIMESTAMP_MAX_US, &out->refused_us);
}

static int take_all(struct arena *arena, json_t *root, struct history *out, struct err *err)
{
	int64_t better;
	if (!json_is_object(root) || json_integer_value(json_object_get(root, "fgdiag_state")) != VERSION)
		return damaged(err, "no state of this version");
	out->device = text_of(arena, root, "device");
	out->playbook = text_of(arena, root, "playbook");
	if (!out->device)
		return damaged(err, "it names no device");
	if (!take_number(root, "at_us", TIMESTAMP_MAX_US, &out->at_us) ||
	    !take_number(root, "counted_us", TIMESTAMP_MAX_US, &out->counted_us) ||
	    !take_number(root, "better", HISTORY_MAX_RECOVER, &better) || !take_state(root, &out->alert))
		return damaged(err, "a time or state that cannot be");
	out->better = (unsigned)better;
	if (!take_counters(arena, root, out))
		return damaged(err, "a counter that cannot be");
	return take_refused(arena, root, out) ? 0 : damaged(err, "a refused login that cannot be");
}

int history_parse(struct arena *arena, struct str text, struct history *out, struct err *err)
{
	struct history history = {0};
	json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	int rc = root ? take_all(arena, root, &history, err) : damaged(err, "no JSON");
	json_decref(root);
	if (rc == 0)
		*out = history;
	return rc;
}

/* Text that came from the command line may be any bytes. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);
	return value ? value : json_string("?");
}

static json_t *refused_json(const struct history *history)
{
	json_t *refused = json_value_made(json_object());
	json_value_put(refused, "user", text_json(history->refused_user));
	json_value_put(refused, "at_us", json_integer(history->refused_us));
	json_value_put(refused, "mark", text_json(history->refused_mark));
	return refused;
}

static json_t *counters_json(const struct history *history)
{
	json_t *counters = json_value_made(json_object());
	for (size_t i = 0; i < history->counter_count; i++)
		json_value_put(counters, history->counters[i].label, json_integer(history->counters[i].value));
	return counters;
}

void history_write(const struct history *history, struct buf *out)
{
	json_t *root = json_value_made(json_object());
	json_value_put(root, "fgdiag_state", json_integer(VERSION));
	json_value_put(root, "device", text_json(history->device));
	if (history->playbook)
		json_value_put(root, "playbook", text_json(history->playbook));
	json_value_put(root, "at_us", json_integer(history->at_us));
	json_value_put(root, "alert", json_string(state_word(history->alert)));
	json_value_put(root, "better", json_integer(history->better));
	json_value_put(root, "counted_us", json_integer(history->counted_us));
	json_value_put(root, "counters", counters_json(history));
	if (history->refused_mark)
		json_value_put(root, "refused", refused_json(history));
	json_value_print(root, JSON_INDENT(1) | JSON_ENSURE_ASCII, out);
}

/* ---- counters ---- */

/* An interface's name as part of a label: hostile text, and longer than any
 * that a FortiGate gives. */
static const char *label_of(struct arena *arena, const char *interface, const char *counter)
{
	char name[32];
	size_t n = 0;
	for (; interface[n] && n + 1 < sizeof name; n++) {
		char c = interface[n];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
		             c == '.';
		name[n] = (char)(plain ? c : '_');
	}
	name[n] = '\0';
	return arena_printf(arena, "%s_%s", name, counter);
}

static bool has_counter(const struct history *history, const char *label)
{
	for (size_t i = 0; i < history->counter_count; i++) {
		if (strcmp(history->counters[i].label, label) == 0)
			return true;
	}
	return false;
}

static void add_counter(struct arena *arena, const struct fact_row *row, const char *counter, struct history *out)
{
	uint64_t value;
	const char *name = facts_cell_of(row, "name"), *cell = facts_cell_of(row, counter);
	if (!name || !*name || !cell || !num_u64(str_of(cell), 0, INT64_MAX, &value))
		return;
	const char *label = label_of(arena, name, counter);
	if (out->counter_count == HISTORY_MAX_COUNTERS || has_counter(out, label))
		return;
	out->counters[out->counter_count++] = (struct history_counter){label, (int64_t)value};
}

void history_count(struct arena *arena, const struct facts *facts, struct history *out)
{
	static const char *const counters[] = {"rx_errors", "tx_errors", "rx_dropped", "tx_dropped"};
	const struct fact *serial = &facts->item[FACT_ID_DEVICE_SERIAL];
	for (size_t i = 0; serial->present && i < facts->row_count; i++) {
		const struct fact_row *row = &facts->rows[i];
		const char *member = strcmp(row->table, "interface") == 0 ? facts_cell_of(row, "member") : NULL;
		if (!member || strcmp(member, serial->value.text) != 0)
			continue;
		for (size_t k = 0; k < sizeof counters / sizeof counters[0]; k++)
			add_counter(arena, row, counters[k], out);
	}
}

static const struct history_counter *counter_find(const struct history *history, const char *label)
{
	for (size_t i = 0; i < history->counter_count; i++) {
		if (strcmp(history->counters[i].label, label) == 0)
			return &history->counters[i];
	}
	return NULL;
}

static struct probe_rate rate_of(const struct history *before, const struct history *now,
                                 const struct history_counter *counter)
{
	struct probe_rate rate = {.label = counter->label};
	const struct history_counter *old = counter_find(before, counter->label);
	int64_t span_us = now->counted_us - before->counted_us;
	if (!old)
		rate.why = "no earlier run counted it";
	else if (before->counted_us <= 0 || span_us < US_PER_SECOND)
		rate.why = "the last run is not a second ago, or the clock went back";
	else if (counter->value < old->value)
		rate.why = "it went down since the last run, by a restart or a wrap";
	if (rate.why)
		return rate;
	double each = (double)(counter->value - old->value) / (double)span_us * US_PER_SECOND;
	rate.measured = each * RANGE_UNIT <= (double)RANGE_MAX;
	if (!rate.measured)
		rate.why = "it rose beyond all sense";
	else
		rate.value = (int64_t)(each * RANGE_UNIT + 0.5);
	return rate;
}

struct probe_rate *history_rates(struct arena *arena, const struct history *before, const struct history *now)
{
	struct probe_rate *rates = ARENA_ARRAY(arena, now->counter_count + 1, struct probe_rate);
	for (size_t i = 0; i < now->counter_count; i++)
		rates[i] = rate_of(before, now, &now->counters[i]);
	return rates;
}

/* ---- hysteresis ---- */

static bool is_measured(enum state state)
{
	return state == STATE_OK || state == STATE_WARNING || state == STATE_CRITICAL;
}

void history_hold(struct arena *arena, const struct history *before, unsigned recover, struct probe *probe,
                  struct history *now)
{
	enum state state = probe->state, alert = before->alert;
	now->alert = alert;
	now->better = before->better;
	if (!is_measured(state))
		return;
	bool better = state_worst(state, alert) != state;
	unsigned runs = better ? before->better + 1 : 0;
	if (!better || runs >= recover) {
		now->alert = state;
		now->better = 0;
		return;
	}
	now->better = runs;
	probe->state = alert;
	probe_say(arena, probe,
	          arena_printf(arena,
	                       "Held at %s until %u runs in a row are better, and this is number %u: it is %s now.",
	                       state_word(alert), recover, runs, state_word(state)));
}
