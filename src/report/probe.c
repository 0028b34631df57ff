#include "probe.h"

#include <string.h>

void probe_say(struct arena *arena, struct probe *probe, const char *words)
{
	const char **more = ARENA_ARRAY(arena, probe->word_count + 1, const char *);
	more[0] = words;
	for (size_t i = 0; i < probe->word_count; i++)
		more[i + 1] = probe->words[i];
	probe->words = more;
	probe->word_count++;
}

enum state probe_state(const struct report *report, const struct probe *probe)
{
	return probe ? probe->state : report_status(report);
}

static const char *range_words(struct arena *arena, const struct range *range)
{
	struct buf text;
	buf_init(&text, 128);
	range_print(range, &text);
	const char *words = arena_strndup(arena, text.p, text.n);
	buf_done(&text);
	return words;
}

static const char *value_words(struct arena *arena, const struct metric *metric)
{
	struct buf text;
	buf_init(&text, 64);
	range_print_number(&text, metric->value);
	buf_add_text(&text, metric->unit);
	const char *words = arena_strndup(arena, text.p, text.n);
	buf_done(&text);
	return words;
}

/* What one figure says against its own ranges; ok when nothing. */
static enum state judge_metric(struct arena *arena, const struct metric *metric, const char **words)
{
	const struct probe_limit *limit = metric->of_probe;
	if (!limit)
		return STATE_OK;
	if (!metric->measured) {
		*words = arena_printf(arena, "%s was not measured%s%s, so its range says nothing.", metric->label,
		                      metric->why ? ": " : "", metric->why ? metric->why : "");
		return STATE_UNKNOWN;
	}
	bool critical = limit->have_critical && range_alerts(&limit->critical, metric->value);
	if (!critical && !(limit->have_warning && range_alerts(&limit->warning, metric->value)))
		return STATE_OK;
	const struct range *range = critical ? &limit->critical : &limit->warning;
	*words = arena_printf(arena, "%s is %s, %s %s.", metric->label, value_words(arena, metric),
	                      range->inside ? "inside" : "outside", range_words(arena, range));
	return critical ? STATE_CRITICAL : STATE_WARNING;
}

static bool among(const struct metric *metrics, size_t count, const char *label)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(metrics[i].label, label) == 0)
			return true;
	}
	return false;
}

/* A counter that no line of the device told. */
static void judge_absent(struct arena *arena, const struct metric *metrics, size_t count, struct probe *probe)
{
	for (size_t i = 0; i < probe->limit_count; i++) {
		const char *label = probe->limits[i].label;
		if (among(metrics, count, label))
			continue;
		probe->state = state_worst(probe->state, STATE_UNKNOWN);
		probe_say(arena, probe,
		          arena_printf(arena,
		                       "%s was not measured: the device told no such counter, or there is no --state.",
		                       label));
	}
}

void probe_judge(struct arena *arena, const struct report *report, struct probe *probe)
{
	struct metric metrics[METRICS_MAX];
	size_t count = metrics_make(report, probe, metrics);
	probe->state = report_status(report);
	judge_absent(arena, metrics, count, probe);
	/* The worst stands first in the end: what is said later goes in front. */
	static const enum state order[] = {STATE_UNKNOWN, STATE_WARNING, STATE_CRITICAL};
	for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
		for (size_t i = count; i > 0; i--) {
			const char *words = NULL;
			if (judge_metric(arena, &metrics[i - 1], &words) != order[k])
				continue;
			probe->state = state_worst(probe->state, order[k]);
			probe_say(arena, probe, words);
		}
	}
}
