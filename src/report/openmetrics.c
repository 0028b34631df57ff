#include <string.h>

#include "encode.h"
#include "openmetrics.h"
#include "probe.h"
#include "report.h"
#include "timestamp.h"

/* Figures for Prometheus: names and base units as OpenMetrics has them, in the
 * part of it that the text format 0.0.4 of the textfile collector shares, so no
 * time stamps, and a state set is a gauge for each state. What was not measured
 * has no sample. Labels are few: no address or name of anybody's traffic. */

enum { LABEL_MAX_BYTES = 200, MAX_CORES = 256 };

struct metrics {
	const struct report *report;
	const struct probe *probe;
	struct openmetrics *out;
};

/* ---- the families ---- */

enum family {
	FAMILY_SUCCESS,
	FAMILY_VERDICT,
	FAMILY_LAST_RUN,
	FAMILY_DURATION,
	FAMILY_LOSS,
	FAMILY_RTT,
	FAMILY_CPU,
	FAMILY_MEMORY,
	FAMILY_SESSIONS,
	FAMILY_INFO,
	FAMILIES
};
_Static_assert((int)FAMILIES == (int)OPENMETRICS_FAMILIES, "a buffer for each family");

static const struct {
	const char *name, *unit, *help;
} families[] = {
        [FAMILY_SUCCESS] = {"fgdiag_success", "", "Whether all that was planned was measured."},
        [FAMILY_VERDICT] = {"fgdiag_verdict", "", "The verdict of the last run, a set of states."},
        [FAMILY_LAST_RUN] = {"fgdiag_last_run_timestamp_seconds", "seconds", "When the last run ended."},
        [FAMILY_DURATION] = {"fgdiag_duration_seconds", "seconds", "How long the last run took."},
        [FAMILY_LOSS] = {"fgdiag_ping_loss_ratio", "ratio", "Pings that were not answered."},
        [FAMILY_RTT] = {"fgdiag_ping_rtt_seconds", "seconds", "Round trip of the pings."},
        [FAMILY_CPU] = {"fgdiag_cpu_usage_ratio", "ratio", "CPU of the FortiGate that is not idle."},
        [FAMILY_MEMORY] = {"fgdiag_memory_usage_ratio", "ratio", "Memory that is used."},
        [FAMILY_SESSIONS] = {"fgdiag_sessions", "", "Sessions of the FortiGate, mean of a minute."},
        [FAMILY_INFO] = {"fgdiag_device_info", "", "What the device says it is."},
};

static void add_label(struct buf *out, char before, const char *name, const char *value)
{
	buf_printf(out, "%c%s=\"", before, name);
	encode_openmetrics(out, str_cut(str_of(value), 0, LABEL_MAX_BYTES));
	buf_add_char(out, '"');
}

/* "admin@192.0.2.1:22" without who logs in. */
static const char *device_of(const struct metrics *metrics)
{
	const struct transcript *transcript = metrics->report->transcript;
	const char *name = metrics->probe && metrics->probe->device  ? metrics->probe->device
	                   : transcript && transcript->header.device ? transcript->header.device
	                                                             : "";
	const char *at = strrchr(name, '@');
	return at ? at + 1 : name;
}

static const char *playbook_of(const struct metrics *metrics)
{
	const struct transcript *transcript = metrics->report->transcript;
	if (metrics->probe && metrics->probe->playbook)
		return metrics->probe->playbook;
	return transcript && transcript->header.playbook_name ? transcript->header.playbook_name : "";
}

/* A sample with up to two labels more; name NULL for none. */
static void add_sample(struct metrics *metrics, enum family family, const char *const more[4], int64_t millionths)
{
	struct buf *out = &metrics->out->families[family];
	buf_add_text(out, families[family].name);
	add_label(out, '{', "device", device_of(metrics));
	add_label(out, ',', "playbook", playbook_of(metrics));
	for (size_t i = 0; i < 4 && more[i]; i += 2)
		add_label(out, ',', more[i], more[i + 1]);
	buf_add_text(out, "} ");
	range_print_number(out, millionths);
	buf_add_char(out, '\n');
}

static const char *const none[4] = {NULL};

/* ---- the values ---- */

static int64_t whole(int64_t value)
{
	int64_t most = RANGE_MAX / RANGE_UNIT;
	return (value > most ? most : value) * RANGE_UNIT;
}

/* Percent to a ratio. */
static void add_ratio(struct metrics *metrics, enum family family, const char *label, const char *value,
                      const struct fact *fact)
{
	const char *const more[4] = {label, value};
	if (fact && fact->value.real >= -1e9 && fact->value.real <= 1e9)
		add_sample(metrics, family, more,
		           (int64_t)(fact->value.real / 100 * RANGE_UNIT + (fact->value.real < 0 ? -0.5 : 0.5)));
}

static void add_run(struct metrics *metrics)
{
	const struct report *report = metrics->report;
	const struct transcript *transcript = report->transcript;
	enum state state = probe_state(report, metrics->probe);
	bool success = state != STATE_UNKNOWN && report->verdict && !report_trouble(report);
	add_sample(metrics, FAMILY_SUCCESS, none, whole(success));
	for (enum state one = STATE_OK; one <= STATE_UNKNOWN; one++) {
		const char *const more[4] = {"verdict", state_word(one)};
		add_sample(metrics, FAMILY_VERDICT, more, whole(one == state));
	}
	bool ran = transcript && !transcript->header.pasted && transcript->end_us >= 0;
	int64_t end_us = ran              ? transcript->header.started_us + transcript->end_us
	                 : metrics->probe ? metrics->probe->at_us
	                                  : 0;
	if (end_us > 0)
		add_sample(metrics, FAMILY_LAST_RUN, none, end_us < RANGE_MAX ? end_us : RANGE_MAX);
	if (ran)
		add_sample(metrics, FAMILY_DURATION, none, transcript->end_us);
}

static void add_rtt(struct metrics *metrics, const char *origin, const char *stat, enum fact_id id)
{
	const char *const more[4] = {"origin", origin, "stat", stat};
	const struct fact *fact = report_fact(metrics->report, id);
	if (fact && fact->value.integer >= 0 && fact->value.integer <= RANGE_MAX)
		add_sample(metrics, FAMILY_RTT, more, fact->value.integer);
}

/* The loss as the perfdata has it: a void ping has none. */
static void add_loss(struct metrics *metrics)
{
	struct metric all[METRICS_MAX];
	size_t count = metrics_make(metrics->report, NULL, all);
	for (size_t i = 0; i < count; i++) {
		const char *const more[4] = {"origin", "fortigate"};
		if (strcmp(all[i].label, "loss") == 0 && all[i].measured)
			add_sample(metrics, FAMILY_LOSS, more, all[i].value / 100);
	}
	add_ratio(metrics, FAMILY_LOSS, "origin", "host", report_fact(metrics->report, FACT_ID_HOST_PING_LOSS));
}

static void add_pings(struct metrics *metrics)
{
	add_loss(metrics);
	add_rtt(metrics, "fortigate", "min", FACT_ID_PING_RTT_MIN);
	add_rtt(metrics, "fortigate", "median", FACT_ID_PING_RTT_MEDIAN);
	add_rtt(metrics, "fortigate", "max", FACT_ID_PING_RTT_MAX);
	add_rtt(metrics, "host", "min", FACT_ID_HOST_PING_RTT_MIN);
	add_rtt(metrics, "host", "median", FACT_ID_HOST_PING_RTT_MEDIAN);
	add_rtt(metrics, "host", "max", FACT_ID_HOST_PING_RTT_MAX);
}

static void add_cores(struct metrics *metrics)
{
	const struct facts *facts = metrics->report->facts;
	if (!facts || !facts->performance_count)
		return;
	const struct performance *sample = &facts->performance[facts->performance_count - 1];
	for (size_t i = 0; i < sample->core_count && i < MAX_CORES; i++) {
		struct buf number;
		const struct fact busy = {.value.real = 100 - sample->cores[i].idle};
		buf_init(&number, 16);
		buf_printf(&number, "%u", sample->core_numbers[i]);
		add_ratio(metrics, FAMILY_CPU, "cpu", number.p, &busy);
		buf_done(&number);
	}
}

static void add_device(struct metrics *metrics)
{
	const struct report *report = metrics->report;
	const struct fact *sessions = report_fact(report, FACT_ID_SESSIONS);
	const struct fact *model = report_fact(report, FACT_ID_DEVICE_MODEL);
	const struct fact *version = report_fact(report, FACT_ID_DEVICE_VERSION);
	add_ratio(metrics, FAMILY_CPU, "cpu", "all", report_fact(report, FACT_ID_CPU_BUSY));
	add_cores(metrics);
	add_ratio(metrics, FAMILY_MEMORY, "origin", "fortigate", report_fact(report, FACT_ID_MEMORY_USED));
	add_ratio(metrics, FAMILY_MEMORY, "origin", "host", report_fact(report, FACT_ID_HOST_MEMORY_USED));
	if (sessions && sessions->value.integer >= 0)
		add_sample(metrics, FAMILY_SESSIONS, none, whole(sessions->value.integer));
	if (model && version) {
		const char *const more[4] = {"model", model->value.text, "version", version->value.text};
		add_sample(metrics, FAMILY_INFO, more, whole(1));
	}
}

/* ---- of one or many ---- */

void openmetrics_init(struct openmetrics *metrics)
{
	for (size_t i = 0; i < FAMILIES; i++)
		buf_init(&metrics->families[i], OPENMETRICS_MAX_BYTES);
}

void openmetrics_done(struct openmetrics *metrics)
{
	for (size_t i = 0; i < FAMILIES; i++)
		buf_done(&metrics->families[i]);
}

void openmetrics_add(struct openmetrics *out, const struct report *report, const struct probe *probe)
{
	struct metrics metrics = {.report = report, .probe = probe, .out = out};
	add_run(&metrics);
	add_pings(&metrics);
	add_device(&metrics);
}

void openmetrics_write(const struct openmetrics *metrics, struct buf *out)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		const struct buf *samples = &metrics->families[i];
		const char *name = families[i].name;
		if (samples->n == 0)
			continue;
		buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, families[i].help, name);
		if (families[i].unit[0])
			buf_printf(out, "# UNIT %s %s\n", name, families[i].unit);
		buf_add_str(out, buf_str(samples));
		out->full = out->full || samples->full;
	}
	buf_add_text(out, "# EOF\n");
}

void report_openmetrics(const struct report *report, const struct report_style *style, struct buf *out)
{
	struct openmetrics metrics;
	openmetrics_init(&metrics);
	openmetrics_add(&metrics, report, style ? style->probe : NULL);
	openmetrics_write(&metrics, out);
	openmetrics_done(&metrics);
}
