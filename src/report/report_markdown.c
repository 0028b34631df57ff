#include <string.h>

#include "encode.h"
#include "hexdump.h"
#include "phrase.h"
#include "subject.h"
#include "timestamp.h"

/* The report for a ticket: short, and complete when it is unfolded. Site and
 * reader decide how it looks, so it also reads as plain text. */

enum { QUOTE_MAX_BYTES = 200, QUOTES_MAX = 8, LINE_MAX_BYTES = 1024 * 1024 };

struct sheaf {
	const struct report *report;
	struct buf *out;
	struct buf raw; /* in the making, not encoded */
};

static void add(struct sheaf *sheaf, const char *ours)
{
	buf_add_text(sheaf->out, ours);
}

static void add_safe(struct sheaf *sheaf, const char *text)
{
	encode_markdown(sheaf->out, str_of(text));
}

/* ---- the head ---- */

static void add_headline(struct sheaf *sheaf, const char *words)
{
	char word[REPORT_WORD_MAX];
	add(sheaf, "## ");
	add(sheaf, report_word(sheaf->report, word));
	add(sheaf, ": ");
	add_safe(sheaf, words);
	add(sheaf, "\n\n");
}

static void add_item(struct sheaf *sheaf, const char *text)
{
	add(sheaf, "- ");
	add_safe(sheaf, text);
	add(sheaf, "\n");
}

static const char *trouble_words(struct sheaf *sheaf, const char *before, const struct err *trouble)
{
	buf_clear(&sheaf->raw);
	buf_printf(&sheaf->raw, "%s (%s%s%s)", before, err_word(trouble->kind), trouble->step[0] ? ", at step " : "",
	           trouble->step);
	return sheaf->raw.p;
}

static void add_verdict(struct sheaf *sheaf, const struct verdict *verdict)
{
	char headline[PHRASE_HEADLINE_MAX];
	const struct err *trouble = report_trouble(sheaf->report);
	add_headline(sheaf, phrase_headline(verdict, headline));
	add_safe(sheaf, verdict->summary);
	add(sheaf, "\n\n");
	for (size_t i = 0; i < verdict->note_count; i++) {
		add(sheaf, i ? "" : "**Mind**\n\n");
		add_item(sheaf, verdict->notes[i]);
	}
	if (verdict->note_count)
		add(sheaf, "\n");
	if (!trouble)
		return;
	add(sheaf, "**");
	add_safe(sheaf, trouble_words(sheaf, "The run had trouble", trouble));
	add(sheaf, "**: ");
	add_safe(sheaf, trouble->text);
	add(sheaf, "\n\n");
}

static void add_no_verdict(struct sheaf *sheaf)
{
	const struct err *trouble = report_trouble(sheaf->report);
	if (!trouble) {
		add_headline(sheaf, "no verdict, nothing was judged");
		return;
	}
	add_headline(sheaf, trouble_words(sheaf, "no verdict", trouble));
	add_safe(sheaf, trouble->text);
	add(sheaf, "\n\n**What to do**\n\n");
	add_item(sheaf, phrase_remedy(trouble->kind));
	add(sheaf, "\n");
}

static void add_subject(struct sheaf *sheaf)
{
	static const struct {
		const char *label;
		void (*words)(const struct report *report, struct buf *raw);
	} rows[] = {{"Device", subject_device}, {"Entry", subject_entry}, {"Target", subject_target}};
	bool begun = false;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_clear(&sheaf->raw);
		rows[i].words(sheaf->report, &sheaf->raw);
		if (sheaf->raw.n == 0)
			continue;
		add(sheaf, begun ? "" : "| About | |\n|---|---|\n");
		begun = true;
		buf_printf(sheaf->out, "| %s | ", rows[i].label);
		add_safe(sheaf, sheaf->raw.p);
		add(sheaf, " |\n");
	}
	if (begun)
		add(sheaf, "\n");
}

/* ---- the checks ---- */

static void add_checks(struct sheaf *sheaf, const struct verdict *verdict)
{
	if (verdict->check_count == 0)
		return;
	add(sheaf, "| Check | State | Finding |\n|---|---|---|\n");
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		bool said = check->certainty != CERTAINTY_NONE && check->state != STATE_SKIPPED;
		bool bad = check->state == STATE_WARNING || check->state == STATE_CRITICAL;
		add(sheaf, "| ");
		add_safe(sheaf, check->id);
		buf_printf(sheaf->out, bad ? " | **%s** | " : " | %s | ", state_word(check->state));
		add_safe(sheaf, check->summary);
		if (said)
			buf_printf(sheaf->out, " (%s)", certainty_word(check->certainty));
		add(sheaf, " |\n");
	}
	add(sheaf, "\n");
}

/* ---- advice ---- */

/* Commands that follow each other share a block. */
static void block_end(struct sheaf *sheaf)
{
	if (sheaf->raw.n == 0)
		return;
	add(sheaf, "\n");
	encode_markdown_block(sheaf->out, buf_str(&sheaf->raw));
	add(sheaf, "\n");
	buf_clear(&sheaf->raw);
}

static void add_advice(struct sheaf *sheaf, const struct verdict *verdict)
{
	bool begun = false;
	buf_clear(&sheaf->raw);
	for (size_t i = 0; i < verdict->check_count; i++) {
		for (size_t k = 0; k < verdict->checks[i].advice_count; k++) {
			const char *advice = verdict->checks[i].advice[k];
			if (phrase_said_before(verdict, i, k))
				continue;
			add(sheaf, begun ? "" : "**What to do**\n\n");
			begun = true;
			if (phrase_is_command(advice)) {
				text_add_safe(&sheaf->raw, str_of(advice));
				buf_add_char(&sheaf->raw, '\n');
			} else {
				block_end(sheaf);
				add_item(sheaf, advice);
			}
		}
	}
	if (begun && sheaf->raw.n == 0)
		add(sheaf, "\n");
	block_end(sheaf);
}

/* ---- evidence ---- */

static bool is_pasted(const struct report *report)
{
	return report->transcript && report->transcript->header.pasted;
}

static void add_quote(struct buf *raw, const struct evidence *evidence)
{
	struct str text = str_of(evidence->text);
	unsigned offset;
	text_add_safe(raw, str_of(evidence->step ? evidence->step : "?"));
	if (evidence->line)
		buf_printf(raw, ":%u", evidence->line);
	buf_add_text(raw, ": ");
	if (hexdump_offset(text, &offset)) {
		buf_add_text(raw, "(bytes of a packet)");
	} else {
		size_t n = text.n < QUOTE_MAX_BYTES ? text.n : QUOTE_MAX_BYTES;
		while (n < text.n && n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
			n--;
		text_add_safe(raw, str_cut(text, 0, n));
		if (n < text.n)
			buf_printf(raw, " [cut, %zu bytes in all]", text.n);
	}
	buf_add_char(raw, '\n');
}

static void add_evidence(struct sheaf *sheaf, const struct verdict *verdict)
{
	buf_clear(&sheaf->raw);
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		if (check->evidence_count == 0)
			continue;
		if (sheaf->raw.n)
			buf_add_char(&sheaf->raw, '\n');
		text_add_safe(&sheaf->raw, str_of(check->id));
		buf_add_char(&sheaf->raw, '\n');
		for (size_t k = 0; k < check->evidence_count && k < QUOTES_MAX; k++)
			add_quote(&sheaf->raw, &check->evidence[k]);
		if (check->evidence_count > QUOTES_MAX)
			buf_printf(&sheaf->raw, "and %zu more lines\n", check->evidence_count - QUOTES_MAX);
	}
	if (sheaf->raw.n == 0)
		return;
	buf_printf(sheaf->out, "<details>\n<summary>Evidence (%s)</summary>\n\n",
	           is_pasted(sheaf->report) ? "step or file:line of the file" : "step:line");
	encode_markdown_block(sheaf->out, buf_str(&sheaf->raw));
	add(sheaf, "\n</details>\n\n");
}

/* ---- steps that did not do their work, and the end ---- */

static void add_steps(struct sheaf *sheaf)
{
	const struct step_list *steps = sheaf->report->steps;
	bool begun = false;
	for (size_t i = 0; steps && i < steps->count; i++) {
		const struct step_run *run = &steps->steps[i];
		bool needless = run->end.reason && strcmp(run->end.reason, plan_no_fast_loss) == 0;
		if ((run->end.state != STEP_FAILED && run->end.state != STEP_SKIPPED) || needless)
			continue;
		add(sheaf, begun ? "" : "**Steps not done**\n\n");
		begun = true;
		buf_clear(&sheaf->raw);
		buf_printf(&sheaf->raw, "%s: %s%s%s", run->id, step_state_word(run->end.state),
		           run->end.reason ? ", " : "", run->end.reason ? run->end.reason : "");
		add_item(sheaf, sheaf->raw.p);
	}
	if (begun)
		add(sheaf, "\n");
}

static void add_end(struct sheaf *sheaf)
{
	const struct transcript *transcript = sheaf->report->transcript;
	struct buf *raw = &sheaf->raw;
	char when[TIMESTAMP_TEXT_MAX];
	buf_clear(raw);
	buf_printf(raw, "By fgdiag %s", sheaf->report->version);
	if (is_pasted(sheaf->report)) {
		buf_add_text(raw, ", from pasted text: when it was made is not known");
	} else if (transcript) {
		uint64_t tenths = transcript->end_us > 0 ? (uint64_t)transcript->end_us / 100000 : 0;
		const char *started = timestamp_print(transcript->header.started_us, when);
		buf_printf(raw, "; started %.10s %.8s UTC, took %llu.%llu s%s", started, started + 11,
		           (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10),
		           transcript->cut ? "; the transcript is cut" : "");
	}
	buf_add_char(raw, '.');
	add_safe(sheaf, raw->p);
	add(sheaf, "\n");
}

void report_markdown(const struct report *report, const struct report_style *style, struct buf *out)
{
	const struct verdict *verdict = phrase_nothing_ran(report) ? NULL : report->verdict;
	struct sheaf sheaf = {.report = report, .out = out};
	(void)style;
	buf_init(&sheaf.raw, LINE_MAX_BYTES);
	if (verdict)
		add_verdict(&sheaf, verdict);
	else
		add_no_verdict(&sheaf);
	add_subject(&sheaf);
	if (verdict) {
		add_checks(&sheaf, verdict);
		add_advice(&sheaf, verdict);
		add_evidence(&sheaf, verdict);
	}
	if (verdict || !report->verdict)
		add_steps(&sheaf);
	add_end(&sheaf);
	buf_done(&sheaf.raw);
}
