#include <inttypes.h>

#include "encode.h"
#include "report.h"

/* One line for Nagios, Icinga and their kin, after the Monitoring Plugins'
 * guidelines: status, words, '|', performance data. */

enum { LINE_MAX_BYTES = 200, WORDS_MAX_BYTES = 64 * 1024 };

/* ---- performance data ---- */

/* A number of thousandths as decimal text, without zeros at its end: never an
 * exponent, never a locale's comma. */
static void add_thousandths(struct buf *out, int64_t thousandths)
{
	uint64_t magnitude = thousandths < 0 ? 0 - (uint64_t)thousandths : (uint64_t)thousandths;
	unsigned part = (unsigned)(magnitude % 1000);
	unsigned digits = 3;
	buf_printf(out, "%s%" PRIu64, thousandths < 0 ? "-" : "", magnitude / 1000);
	while (digits && part % 10 == 0) {
		part /= 10;
		digits--;
	}
	if (digits)
		buf_printf(out, ".%0*u", (int)digits, part);
}

/* False for what is no percentage: not a number, or beyond all sense. */
static bool to_thousandths(double value, int64_t *out)
{
	if (!(value >= -1e9 && value <= 1e9))
		return false;
	*out = (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5));
	return true;
}

static void add_limit(struct buf *out, const double *limit)
{
	int64_t thousandths;
	buf_add_char(out, ';');
	if (limit && to_thousandths(*limit, &thousandths))
		add_thousandths(out, thousandths);
}

static void add_percent(struct buf *out, const char *label, const struct fact *fact, const double *warning,
                        const double *critical)
{
	int64_t thousandths;
	buf_printf(out, " %s=", label);
	if (!fact || !to_thousandths(fact->value.real, &thousandths)) {
		buf_add_char(out, 'U');
		return;
	}
	add_thousandths(out, thousandths);
	buf_add_char(out, '%');
	add_limit(out, warning);
	add_limit(out, critical);
	buf_add_text(out, ";0;100");
}

/* Mean round trip over the FortiGate's pings, the first of each left out as
 * in the facts; -1 when nothing came back. */
static int64_t mean_rtt_us(const struct report *report)
{
	const struct facts *facts = report->facts;
	int64_t sum = 0, count = 0;
	for (size_t i = 0; facts && i < facts->ping_count; i++) {
		const struct ping_run *run = &facts->pings[i];
		if (run->on_host)
			continue;
		for (size_t k = 0; k < run->reply_count; k++) {
			int64_t rtt_us = run->replies[k].rtt_us;
			if (run->replies[k].seq == 0 || rtt_us < 0 || rtt_us > INT64_MAX / 2 - sum)
				continue;
			sum += rtt_us;
			count++;
		}
	}
	return count ? (sum + count / 2) / count : -1;
}

static void add_rta(struct buf *out, const struct report *report)
{
	int64_t rtt_us = mean_rtt_us(report);
	buf_add_text(out, " rta=");
	if (rtt_us < 0) {
		buf_add_char(out, 'U');
		return;
	}
	add_thousandths(out, rtt_us);
	buf_add_text(out, "ms;;;0");
}

static void add_sessions(struct buf *out, const struct fact *fact)
{
	if (fact)
		buf_printf(out, " sessions=%" PRId64 ";;;0", fact->value.integer);
	else
		buf_add_text(out, " sessions=U");
}

static void add_time(struct buf *out, const struct transcript *transcript)
{
	buf_add_text(out, " time=");
	if (!transcript || transcript->header.pasted || transcript->end_us < 0) {
		buf_add_char(out, 'U');
		return;
	}
	add_thousandths(out, transcript->end_us / 1000);
	buf_add_text(out, "s;;;0");
}

/* The device's own threshold where it told it. */
static const double *device_limit(const struct report *report, enum fact_id id, const double *planned, double *room)
{
	const struct fact *fact = report_fact(report, id);
	if (!fact)
		return planned;
	*room = (double)fact->value.integer;
	return room;
}

/* All pings lost without being called loss: filtered or not sent, no figure. */
static const struct fact *loss_fact(const struct report *report)
{
	const struct fact *loss = report_fact(report, FACT_ID_PING_LOSS);
	const struct verdict *verdict = report->verdict;
	if (!loss || loss->value.real < 100 || !verdict || verdict->check_count <= CHECK_PACKET_LOSS)
		return loss;
	enum state state = verdict->checks[CHECK_PACKET_LOSS].state;
	return state == STATE_UNKNOWN || state == STATE_SKIPPED ? NULL : loss;
}

static void add_performance(struct buf *out, const struct report *report)
{
	const struct thresholds *limits = report->plan ? &report->plan->playbook.thresholds : NULL;
	double red_room, extreme_room;
	const double *red = device_limit(report, FACT_ID_CONSERVE_RED, limits ? &limits->memory_red : NULL, &red_room);
	const double *extreme =
	        device_limit(report, FACT_ID_CONSERVE_EXTREME, limits ? &limits->memory_extreme : NULL, &extreme_room);
	add_percent(out, "loss", loss_fact(report), limits ? &limits->loss_warning : NULL,
	            limits ? &limits->loss_critical : NULL);
	add_rta(out, report);
	add_percent(out, "cpu", report_fact(report, FACT_ID_CPU_BUSY), limits ? &limits->cpu_warning : NULL,
	            limits ? &limits->cpu_critical : NULL);
	add_percent(out, "cpu_core_max", report_fact(report, FACT_ID_CPU_CORE_BUSY_MAX), NULL,
	            limits ? &limits->core_critical : NULL);
	add_percent(out, "mem", report_fact(report, FACT_ID_MEMORY_USED), red, extreme);
	add_sessions(out, report_fact(report, FACT_ID_SESSIONS));
	add_time(out, report->transcript);
}

/* ---- the words ---- */

/* The line is short: where nothing could be found out, why comes first. */
static void gather_words(struct buf *raw, const struct report *report)
{
	const struct verdict *verdict = report->verdict;
	const struct err *trouble = report_trouble(report);
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

void report_check(const struct report *report, const struct report_style *style, struct buf *out)
{
	(void)style;
	char word[REPORT_WORD_MAX];
	struct buf raw, plain, head;
	buf_init(&raw, WORDS_MAX_BYTES);
	buf_init(&plain, WORDS_MAX_BYTES);
	buf_init(&head, LINE_MAX_BYTES);
	gather_words(&raw, report);
	encode_plugin(&plain, buf_str(&raw));
	buf_printf(&head, "FGDIAG %s - ", report_word(report, word));
	add_cut(&head, buf_str(&plain), LINE_MAX_BYTES - head.n);
	buf_add_str(out, buf_str(&head));
	buf_add_text(out, " |");
	add_performance(out, report);
	buf_add_char(out, '\n');
	buf_done(&raw);
	buf_done(&plain);
	buf_done(&head);
}
