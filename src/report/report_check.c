#include <inttypes.h>

#include "encode.h"
#include "probe.h"
#include "report.h"

/* The lines for Nagios, Icinga and their kin, after the Monitoring Plugins'
 * guidelines: status, words, '|', performance data; more lines only where
 * verbosity asks for them, and no '|' in those. */

enum { LINE_MAX_BYTES = 200, DETAIL_MAX_BYTES = 1000, WORDS_MAX_BYTES = 64 * 1024 };

/* ---- performance data ---- */

static void add_limit(struct buf *out, bool have, const struct range *range)
{
	buf_add_char(out, ';');
	if (have)
		range_print(range, out);
}

static void add_metric(struct buf *out, const struct metric *metric)
{
	buf_printf(out, " %s=", metric->label);
	if (!metric->measured) {
		buf_add_char(out, 'U');
		return;
	}
	range_print_number(out, metric->value);
	buf_add_text(out, metric->unit);
	add_limit(out, metric->have_warning, &metric->warning);
	add_limit(out, metric->have_critical, &metric->critical);
	buf_add_text(out, metric->bounds);
}

static void add_performance(struct buf *out, const struct report *report, const struct probe *probe)
{
	struct metric metrics[METRICS_MAX];
	size_t count = metrics_make(report, probe, metrics);
	buf_add_text(out, " |");
	for (size_t i = 0; i < count; i++)
		add_metric(out, &metrics[i]);
	buf_add_char(out, '\n');
}

/* ---- the words ---- */

/* Where nothing could be found out, why comes before the verdict's sentence. */
static void gather_words(struct buf *raw, const struct report *report, const struct probe *probe)
{
	const struct verdict *verdict = report->verdict;
	const struct err *trouble = report_trouble(report);
	for (size_t i = 0; probe && i < probe->word_count; i++)
		buf_printf(raw, "%s ", probe->words[i]);
	if (verdict && trouble && report_status(report) == STATE_UNKNOWN) {
		buf_printf(raw, "%s: %s. ", err_word(trouble->kind), trouble->text);
		trouble = NULL;
	}
	if (verdict)
		buf_add_str(raw, str_cut(str_of(verdict->summary), 0, WORDS_MAX_BYTES / 2));
	if (verdict && trouble)
		buf_add_text(raw, " Trouble: ");
	if (trouble)
		buf_printf(raw, "%s: %s", err_word(trouble->kind), trouble->text);
	if (!verdict && !trouble)
		buf_add_text(raw, "no verdict");
}

/* What the checks say, for one line with detail. */
static void gather_checks(struct buf *raw, const struct report *report)
{
	const struct verdict *verdict = report->verdict;
	for (size_t i = 0; verdict && i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		if (check->state != STATE_SKIPPED)
			buf_printf(raw, " %s (%s): %s", check->id, state_word(check->state), check->summary);
	}
}

/* Text up to a number of bytes, cut between words where that keeps most of it. */
static void add_cut(struct buf *out, struct str text, size_t room)
{
	if (text.n <= room) {
		buf_add_str(out, text);
		return;
	}
	size_t n = room - 3;
	while (n > room / 2 && text.p[n] != ' ')
		n--;
	if (text.p[n] != ' ')
		n = room - 3;
	buf_add_str(out, str_trim(str_cut(text, 0, n)));
	buf_add_text(out, "...");
}

static void add_first_line(struct buf *out, const struct report *report, const struct probe *probe)
{
	char word[REPORT_WORD_MAX];
	struct buf raw, plain, head;
	/* Where there is nothing but an error, it says what to do next at its end. */
	bool whole = (probe && probe->verbosity) || !report->verdict;
	size_t most = whole ? DETAIL_MAX_BYTES : LINE_MAX_BYTES;
	buf_init(&raw, WORDS_MAX_BYTES);
	buf_init(&plain, WORDS_MAX_BYTES);
	buf_init(&head, DETAIL_MAX_BYTES);
	gather_words(&raw, report, probe);
	if (probe && probe->verbosity == 1)
		gather_checks(&raw, report);
	encode_plugin(&plain, buf_str(&raw));
	buf_printf(&head, "FGDIAG %s - ", report_word_of(probe_state(report, probe), word));
	add_cut(&head, buf_str(&plain), most - head.n);
	buf_add_str(out, buf_str(&head));
	buf_done(&raw);
	buf_done(&plain);
	buf_done(&head);
}

/* ---- more lines ---- */

/* One more line of any text; empty ones would end the long output of some. */
static void add_line(struct buf *out, const char *indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void add_line(struct buf *out, const char *indent, const char *fmt, ...)
{
	struct buf raw, plain;
	va_list args;
	buf_init(&raw, WORDS_MAX_BYTES);
	buf_init(&plain, WORDS_MAX_BYTES);
	va_start(args, fmt);
	buf_vprintf(&raw, fmt, args);
	va_end(args);
	encode_plugin(&plain, buf_str(&raw));
	if (plain.n)
		buf_printf(out, "%s%s\n", indent, plain.p);
	buf_done(&raw);
	buf_done(&plain);
}

static void add_checks(struct buf *out, const struct verdict *verdict, bool full)
{
	for (size_t i = 0; i < verdict->note_count; i++)
		add_line(out, "", "%s", verdict->notes[i]);
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		add_line(out, "", "%s %s: %s", state_word(check->state), check->id, check->summary);
		for (size_t k = 0; full && k < check->evidence_count; k++)
			add_line(out, "  ", "%s:%u: %s", check->evidence[k].step, check->evidence[k].line,
			         check->evidence[k].text);
		for (size_t k = 0; full && k < check->advice_count; k++)
			add_line(out, "  ", "next: %s", check->advice[k]);
	}
}

static void add_steps(struct buf *out, const struct step_list *steps)
{
	static const char *const states[] = {
	        [STEP_DONE] = "done", [STEP_STOPPED] = "stopped", [STEP_FAILED] = "failed", [STEP_SKIPPED] = "skipped"};
	for (size_t i = 0; steps && i < steps->count; i++) {
		const struct step_run *step = &steps->steps[i];
		const char *why = step->end.reason;
		add_line(out, "", "step %s: %s, %" PRId64 " ms%s%s", step->id, states[step->end.state],
		         (step->end_us - step->start_us) / 1000, why && *why ? ": " : "", why ? why : "");
	}
}

void report_check(const struct report *report, const struct report_style *style, struct buf *out)
{
	const struct probe *probe = style ? style->probe : NULL;
	add_first_line(out, report, probe);
	add_performance(out, report, probe);
	if (!probe || probe->verbosity < 2)
		return;
	if (report->verdict)
		add_checks(out, report->verdict, probe->verbosity > 2);
	if (probe->verbosity > 2)
		add_steps(out, report->steps);
}
