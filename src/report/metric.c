#include <string.h>

#include "probe.h"

/* ---- values ---- */

enum { MILLI = RANGE_UNIT / 1000 };

/* Percentages keep three decimals. False for what is none: not a number, or
 * beyond all sense. */
static bool of_percent(double value, int64_t *out)
{
	if (!(value >= -1e9 && value <= 1e9))
		return false;
	*out = (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5)) * MILLI;
	return true;
}

static bool fact_percent(const struct fact *fact, int64_t *out)
{
	return fact && of_percent(fact->value.real, out);
}

/* All pings lost without being called loss: filtered or not sent, no figure. */
static bool get_loss(const struct report *report, int64_t *out)
{
	const struct fact *loss = report_fact(report, FACT_ID_PING_LOSS);
	const struct verdict *verdict = report->verdict;
	if (loss && loss->value.real >= 100 && verdict && verdict->check_count > CHECK_PACKET_LOSS) {
		enum state state = verdict->checks[CHECK_PACKET_LOSS].state;
		if (state == STATE_UNKNOWN || state == STATE_SKIPPED)
			return false;
	}
	return fact_percent(loss, out);
}

/* Mean round trip over the FortiGate's pings, the first of each left out as in
 * the facts. */
static bool get_rta(const struct report *report, int64_t *out)
{
	const struct facts *facts = report->facts;
	int64_t sum = 0, count = 0;
	for (size_t i = 0; facts && i < facts->ping_count; i++) {
		const struct ping_run *run = &facts->pings[i];
		for (size_t k = 0; !run->on_host && k < run->reply_count; k++) {
			int64_t rtt_us = run->replies[k].rtt_us;
			if (run->replies[k].seq == 0 || rtt_us < 0 || rtt_us > INT64_MAX / 2 - sum)
				continue;
			sum += rtt_us;
			count++;
		}
	}
	if (count == 0 || (sum + count / 2) / count > RANGE_MAX / 1000)
		return false;
	*out = (sum + count / 2) / count * 1000; /* microseconds to millionths of a millisecond */
	return true;
}

static bool get_cpu(const struct report *report, int64_t *out)
{
	return fact_percent(report_fact(report, FACT_ID_CPU_BUSY), out);
}

static bool get_core(const struct report *report, int64_t *out)
{
	return fact_percent(report_fact(report, FACT_ID_CPU_CORE_BUSY_MAX), out);
}

static bool get_memory(const struct report *report, int64_t *out)
{
	return fact_percent(report_fact(report, FACT_ID_MEMORY_USED), out);
}

static bool get_sessions(const struct report *report, int64_t *out)
{
	const struct fact *fact = report_fact(report, FACT_ID_SESSIONS);
	if (!fact || fact->value.integer < 0 || fact->value.integer > RANGE_MAX / RANGE_UNIT)
		return false;
	*out = fact->value.integer * RANGE_UNIT;
	return true;
}

static bool get_time(const struct report *report, int64_t *out)
{
	const struct transcript *transcript = report->transcript;
	if (!transcript || transcript->header.pasted || transcript->end_us < 0)
		return false;
	*out = transcript->end_us / 1000 * MILLI;
	return true;
}

/* ---- the playbook's thresholds ---- */

/* The device's own where it told it. */
static bool limit_of(const struct report *report, enum fact_id id, double planned, struct range *out)
{
	const struct fact *fact = id == FACT_COUNT ? NULL : report_fact(report, id);
	*out = (struct range){0};
	return of_percent(fact ? (double)fact->value.integer : planned, &out->high);
}

static void planned_limits(const struct report *report, size_t at_warning, size_t at_critical, enum fact_id warning,
                           enum fact_id critical, struct metric *out)
{
	if (!report->plan)
		return;
	const char *base = (const char *)&report->plan->playbook.thresholds;
	if (at_warning != SIZE_MAX)
		out->have_warning =
		        limit_of(report, warning, *(const double *)(const void *)(base + at_warning), &out->warning);
	if (at_critical != SIZE_MAX)
		out->have_critical =
		        limit_of(report, critical, *(const double *)(const void *)(base + at_critical), &out->critical);
}

/* ---- the table ---- */

#define AT(field) offsetof(struct thresholds, field)

static const struct {
	const char *label, *unit, *bounds;
	bool (*get)(const struct report *report, int64_t *out);
	size_t warning, critical;             /* of struct thresholds; SIZE_MAX none */
	enum fact_id by_warning, by_critical; /* what the device says of them */
} rows[] = {
        {"loss", "%", ";0;100", get_loss, AT(loss_warning), AT(loss_critical), FACT_COUNT, FACT_COUNT},
        {"rta", "ms", ";0", get_rta, SIZE_MAX, SIZE_MAX, FACT_COUNT, FACT_COUNT},
        {"cpu", "%", ";0;100", get_cpu, AT(cpu_warning), AT(cpu_critical), FACT_COUNT, FACT_COUNT},
        {"cpu_core_max", "%", ";0;100", get_core, SIZE_MAX, AT(core_critical), FACT_COUNT, FACT_COUNT},
        {"mem", "%", ";0;100", get_memory, AT(memory_red), AT(memory_extreme), FACT_ID_CONSERVE_RED,
         FACT_ID_CONSERVE_EXTREME},
        {"sessions", "", ";0", get_sessions, SIZE_MAX, SIZE_MAX, FACT_COUNT, FACT_COUNT},
        {"time", "s", ";0", get_time, SIZE_MAX, SIZE_MAX, FACT_COUNT, FACT_COUNT},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct probe_limit *limit_find(const struct probe *probe, const char *label)
{
	for (size_t i = 0; probe && i < probe->limit_count; i++) {
		if (strcmp(probe->limits[i].label, label) == 0)
			return &probe->limits[i];
	}
	return NULL;
}

/* What the user gave counts in place of the playbook's. */
static void apply(const struct probe_limit *limit, struct metric *out)
{
	out->of_probe = limit;
	if (limit && limit->have_warning) {
		out->have_warning = true;
		out->warning = limit->warning;
	}
	if (limit && limit->have_critical) {
		out->have_critical = true;
		out->critical = limit->critical;
	}
}

size_t metrics_make(const struct report *report, const struct probe *probe, struct metric out[static METRICS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < ROWS; i++) {
		struct metric *metric = &out[count++];
		*metric = (struct metric){.label = rows[i].label, .unit = rows[i].unit, .bounds = rows[i].bounds};
		metric->measured = rows[i].get(report, &metric->value);
		planned_limits(report, rows[i].warning, rows[i].critical, rows[i].by_warning, rows[i].by_critical,
		               metric);
		apply(limit_find(probe, metric->label), metric);
	}
	for (size_t i = 0; probe && i < probe->rate_count && count < METRICS_MAX; i++) {
		const struct probe_rate *rate = &probe->rates[i];
		struct metric *metric = &out[count++];
		*metric = (struct metric){.label = rate->label,
		                          .unit = "",
		                          .bounds = ";0",
		                          .measured = rate->measured,
		                          .value = rate->value,
		                          .why = rate->why};
		apply(limit_find(probe, rate->label), metric);
	}
	return count;
}

/* ---- ranges on the command line ---- */

/* Counters of interfaces are known only when the device has told them. */
static bool is_counter(struct str name)
{
	static const char *const ends[] = {"_rx_errors", "_tx_errors", "_rx_dropped", "_tx_dropped"};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		if (str_ends(name, ends[i]) && name.n > strlen(ends[i]) && name.n < 64)
			return true;
	}
	return false;
}

static bool is_metric(struct str name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (str_is(name, rows[i].label))
			return true;
	}
	return is_counter(name);
}

static int unknown_name(struct arena *arena, struct str name, struct err *err)
{
	const char *names = "";
	for (size_t i = 0; i < ROWS; i++)
		names = arena_printf(arena, "%s%s, ", names, rows[i].label);
	return err_set(err, ERR_USAGE,
	               "no figure is called '%.*s'; there are %sand with --state INTERFACE_rx_errors, "
	               "_tx_errors, _rx_dropped and _tx_dropped",
	               (int)(name.n < 40 ? name.n : 40), name.p, names);
}

static struct probe_limit *limit_of_label(struct arena *arena, struct probe_limit **limits, size_t *count,
                                          struct str name)
{
	for (size_t i = 0; i < *count; i++) {
		if (str_is(name, (*limits)[i].label))
			return &(*limits)[i];
	}
	struct probe_limit *more = ARENA_ARRAY(arena, *count + 1, struct probe_limit);
	for (size_t i = 0; i < *count; i++)
		more[i] = (*limits)[i];
	more[*count].label = arena_strndup(arena, name.p, name.n);
	*limits = more;
	return &more[(*count)++];
}

int probe_limit_add(struct arena *arena, struct probe_limit **limits, size_t *count, const char *text, bool critical,
                    struct err *err)
{
	const char *option = critical ? "--critical" : "--warning";
	const char *equals = strchr(text, '=');
	struct range range;
	if (!equals || equals == text)
		return err_set(err, ERR_USAGE, "%s: '%.60s' is not NAME=RANGE, such as mem=80 or rta=~:100", option,
		               text);
	struct str name = {text, (size_t)(equals - text)};
	if (!is_metric(name)) {
		(void)unknown_name(arena, name, err);
		return err_prefix(err, "%s", option);
	}
	if (range_parse(str_of(equals + 1), &range, err) < 0)
		return err_prefix(err, "%s %.*s", option, (int)name.n, name.p);
	struct probe_limit *limit = limit_of_label(arena, limits, count, name);
	if (critical ? limit->have_critical : limit->have_warning)
		return err_set(err, ERR_USAGE, "%s: %s has two ranges", option, limit->label);
	*(critical ? &limit->critical : &limit->warning) = range;
	*(critical ? &limit->have_critical : &limit->have_warning) = true;
	return 0;
}
