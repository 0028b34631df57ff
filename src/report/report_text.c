#include <string.h>

#include "sheet.h"
#include "timestamp.h"

/* The report for people: the verdict, then what it rests on. */

enum { QUOTE_MAX_BYTES = 400, ID_MAX_COLUMNS = 20, STATE_COLUMNS = 8 };

static const char *const cause_phrases[CAUSES] = {
        [CAUSE_PACKET_LOSS] = "packets are lost",
        [CAUSE_LAN_SEGMENT] = "packets are lost on the LAN segment",
        [CAUSE_GATE_RESOURCES] = "the FortiGate is short of resources",
        [CAUSE_HOST_RESOURCES] = "the client's machine is short of resources",
        [CAUSE_MISSING_REPLIES] = "requests stay without a reply",
        [CAUSE_ICMP_ERROR] = "an ICMP error ends the session",
        [CAUSE_REFUSED] = "the connection is refused",
        [CAUSE_NONE] = "nothing wrong was found",
        [CAUSE_NOT_OBSERVED] = "the client sent nothing while fgdiag looked",
        [CAUSE_NOT_REPRODUCED] = "nothing wrong now, and the entry is old",
        [CAUSE_UNDETERMINED] = "the cause could not be determined",
};

static const char *const where_phrases[WHERES] = {
        [WHERE_CLIENT] = "at the client",
        [WHERE_CLIENT_SIDE] = "between client and FortiGate",
        [WHERE_GATE] = "at the FortiGate",
        [WHERE_SERVER_SIDE] = "between FortiGate and server",
        [WHERE_SERVER] = "at the server",
        [WHERE_BEYOND_GATE] = "beyond the FortiGate",
        [WHERE_NONE] = NULL,
        [WHERE_UNKNOWN] = "place unknown",
};

static const char *const certainty_phrases[CERTAINTIES] = {
        [CERTAINTY_NONE] = "not certain",
        [CERTAINTY_LIKELY] = "likely",
        [CERTAINTY_CERTAIN] = "certain",
};

/* What to do when a run failed this way. */
static const char *const remedies[ERR_KINDS] = {
        [ERR_USAGE] = "See the options: fgdiag --help.",
        [ERR_ENTRY] = "Give one whole traffic log line with action=ip-conn, as the FortiGate wrote it.",
        [ERR_PLAYBOOK] = "Correct the playbook and check it: fgdiag playbook lint FILE.",
        [ERR_CONNECT] = "Check address and port, and that the interface allows SSH from here (trusted hosts too).",
        [ERR_HOST_KEY] = "Compare the key's fingerprint with the device's own over another way before you trust it.",
        [ERR_AUTH] = "Check user and credential before the next try: three failures lock this address out.",
        [ERR_BANNER] = "Log in once by hand, answer what the device asks, then run fgdiag again.",
        [ERR_PERMISSION] = "Give the account's access profile the right that is named.",
        [ERR_TIMEOUT] = "Allow more time with --time, or find out why the device answers slowly.",
        [ERR_CLOSED] = "Log in by hand and see whether the device ends the session; then run fgdiag again.",
        [ERR_WRONG_DEVICE] = "Aim --device at the FortiGate that wrote the entry.",
        [ERR_INTERRUPTED] = "Run fgdiag again and let it end by itself; --time bounds how long that takes.",
        [ERR_BUSY] = "Wait until the other run has ended; it stands among the processes as fgdiag.",
        [ERR_OUTPUT] = "Check that the output can be written there and that its file system has room.",
        [ERR_INTERNAL] = "Report this with the output of fgdiag --version.",
};

/* ---- the head ---- */

static void add_status(struct sheet *sheet)
{
	char word[REPORT_WORD_MAX];
	page_state(&sheet->page, report_status(sheet->report), str_of(report_word(sheet->report, word)));
	page_text(&sheet->page, 2, STR(": "));
}

static void add_headline(struct sheet *sheet, const struct verdict *verdict)
{
	const char *where = where_phrases[verdict->where];
	bool finding = verdict->cause < CAUSE_NONE;
	bool said = finding || verdict->certainty != CERTAINTY_NONE;
	if (!finding && verdict->where == WHERE_UNKNOWN)
		where = NULL;
	add_status(sheet);
	sheet_say(sheet, 2, "%s%s%s%s%s%s", cause_phrases[verdict->cause], where ? ", " : "", where ? where : "",
	          said ? " (" : "", said ? certainty_phrases[verdict->certainty] : "", said ? ")" : "");
}

static void add_item(struct sheet *sheet, const char *sentence)
{
	page_to(&sheet->page, 2);
	page_text(&sheet->page, 4, STR("- "));
	page_to(&sheet->page, 4);
	page_text(&sheet->page, 4, str_of(sentence));
	page_line(&sheet->page);
}

static void add_heading(struct sheet *sheet, const char *heading)
{
	page_gap(&sheet->page);
	page_text(&sheet->page, 0, str_of(heading));
	page_line(&sheet->page);
}

static void add_trouble(struct sheet *sheet, const struct err *trouble)
{
	page_gap(&sheet->page);
	if (trouble->step[0])
		sheet_say(sheet, 0, "The run had trouble (%s, at step %s):", err_word(trouble->kind), trouble->step);
	else
		sheet_say(sheet, 0, "The run had trouble (%s):", err_word(trouble->kind));
	page_to(&sheet->page, 2);
	sheet_say(sheet, 2, "%s", trouble->text);
}

static void add_verdict(struct sheet *sheet, const struct verdict *verdict)
{
	const struct err *trouble = report_trouble(sheet->report);
	add_headline(sheet, verdict);
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "%s", verdict->summary ? verdict->summary : "");
	if (verdict->note_count)
		add_heading(sheet, "Mind");
	for (size_t i = 0; i < verdict->note_count; i++)
		add_item(sheet, verdict->notes[i]);
	if (trouble)
		add_trouble(sheet, trouble);
}

static void add_no_verdict(struct sheet *sheet)
{
	const struct err *trouble = report_trouble(sheet->report);
	add_status(sheet);
	if (!trouble) {
		sheet_say(sheet, 2, "no verdict, nothing was judged");
		return;
	}
	if (trouble->step[0])
		sheet_say(sheet, 2, "no verdict (%s, at step %s)", err_word(trouble->kind), trouble->step);
	else
		sheet_say(sheet, 2, "no verdict (%s)", err_word(trouble->kind));
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "%s", trouble->text);
	add_heading(sheet, "What to do");
	add_item(sheet, remedies[trouble->kind < ERR_KINDS ? trouble->kind : ERR_INTERNAL]);
}

/* ---- the checks ---- */

/* Columns of the widest id, or 0 when one is too wide for a table. */
static unsigned id_columns(const struct verdict *verdict)
{
	unsigned most = 0;
	for (size_t i = 0; i < verdict->check_count; i++) {
		struct buf safe;
		buf_init(&safe, 4096);
		text_add_safe(&safe, str_of(verdict->checks[i].id));
		unsigned columns = safe.full ? ID_MAX_COLUMNS + 1 : page_columns(buf_str(&safe));
		buf_done(&safe);
		if (columns > ID_MAX_COLUMNS)
			return 0;
		most = columns > most ? columns : most;
	}
	return most;
}

static void add_check(struct sheet *sheet, const struct check *check, unsigned id_width)
{
	bool stacked = id_width == 0;
	unsigned id_at = 2 + STATE_COLUMNS + 2;
	unsigned summary_at = stacked ? 4 : id_at + id_width + 2;
	struct page *page = &sheet->page;
	page_to(page, 2);
	page_state(page, check->state, str_of(state_word(check->state)));
	if (stacked)
		page_text(page, 4, STR("  "));
	else
		page_to(page, id_at);
	page_text(page, 4, str_of(check->id));
	if (stacked)
		page_line(page);
	page_to(page, summary_at);
	if (check->certainty == CERTAINTY_NONE || check->state == STATE_SKIPPED)
		sheet_say(sheet, summary_at, "%s", check->summary ? check->summary : "");
	else
		sheet_say(sheet, summary_at, "%s (%s)", check->summary ? check->summary : "",
		          certainty_word(check->certainty));
}

static void add_checks(struct sheet *sheet, const struct verdict *verdict)
{
	unsigned id_width = sheet->stacked ? 0 : id_columns(verdict);
	if (verdict->check_count)
		add_heading(sheet, "Checks");
	for (size_t i = 0; i < verdict->check_count; i++)
		add_check(sheet, &verdict->checks[i], id_width);
}

/* ---- evidence ---- */

static void add_quote(struct sheet *sheet, const struct evidence *evidence)
{
	struct str whole = str_of(evidence->text);
	size_t n = whole.n;
	if (n > QUOTE_MAX_BYTES) {
		n = QUOTE_MAX_BYTES;
		while (n && ((unsigned char)whole.p[n] & 0xc0) == 0x80 && n > QUOTE_MAX_BYTES - 4)
			n--;
	}
	buf_clear(&sheet->raw);
	buf_add_text(&sheet->raw, evidence->step ? evidence->step : "?");
	if (evidence->line)
		buf_printf(&sheet->raw, ":%u", evidence->line);
	buf_add_text(&sheet->raw, ": ");
	buf_add_str(&sheet->raw, str_cut(whole, 0, n));
	if (n < whole.n)
		buf_printf(&sheet->raw, " [cut, %zu bytes in all]", whole.n);
	page_to(&sheet->page, 4);
	page_text(&sheet->page, 6, buf_str(&sheet->raw));
	page_line(&sheet->page);
}

static bool is_pasted(const struct report *report)
{
	return report->transcript && report->transcript->header.pasted;
}

static void add_evidence(struct sheet *sheet, const struct verdict *verdict)
{
	bool begun = false;
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		if (check->evidence_count == 0)
			continue;
		if (!begun)
			add_heading(sheet, is_pasted(sheet->report) ? "Evidence (step or file:line of the file)"
			                                            : "Evidence (step:line)");
		begun = true;
		page_to(&sheet->page, 2);
		page_text(&sheet->page, 4, str_of(check->id));
		page_line(&sheet->page);
		for (size_t k = 0; k < check->evidence_count; k++)
			add_quote(sheet, &check->evidence[k]);
	}
}

/* ---- advice ---- */

/* Advice is a sentence or a command to copy; sentences begin upper case. */
static bool is_command(const char *advice)
{
	static const char *const first_words[] = {
	        "get ", "diagnose ", "execute ", "show ", "sudo ", "config ", "set ", "fgdiag ", "ping ", "ssh ",
	};
	struct str text = str_of(advice);
	if (str_ends(text, "."))
		return false;
	for (size_t i = 0; i < sizeof first_words / sizeof first_words[0]; i++) {
		if (str_starts(text, first_words[i]))
			return true;
	}
	return false;
}

static bool said_before(const struct verdict *verdict, size_t check, size_t advice)
{
	const char *words = verdict->checks[check].advice[advice];
	for (size_t i = 0; i <= check; i++) {
		const struct check *earlier = &verdict->checks[i];
		size_t end = i < check ? earlier->advice_count : advice;
		for (size_t k = 0; k < end; k++) {
			if (strcmp(earlier->advice[k], words) == 0)
				return true;
		}
	}
	return false;
}

static void add_advice(struct sheet *sheet, const char *advice)
{
	if (!is_command(advice)) {
		add_item(sheet, advice);
		return;
	}
	page_to(&sheet->page, 6);
	page_whole(&sheet->page, str_of(advice));
	page_line(&sheet->page);
}

static void add_all_advice(struct sheet *sheet, const struct verdict *verdict)
{
	bool begun = false;
	for (size_t i = 0; i < verdict->check_count; i++) {
		for (size_t k = 0; k < verdict->checks[i].advice_count; k++) {
			if (said_before(verdict, i, k))
				continue;
			if (!begun)
				add_heading(sheet, "What to do");
			begun = true;
			add_advice(sheet, verdict->checks[i].advice[k]);
		}
	}
}

/* ---- steps that did not do their work, and the end ---- */

static void add_steps(struct sheet *sheet)
{
	const struct step_list *steps = sheet->report->steps;
	bool begun = false;
	for (size_t i = 0; steps && i < steps->count; i++) {
		const struct step_run *run = &steps->steps[i];
		bool needless = run->end.reason && strcmp(run->end.reason, plan_no_fast_loss) == 0;
		if ((run->end.state != STEP_FAILED && run->end.state != STEP_SKIPPED) || needless)
			continue;
		if (!begun)
			add_heading(sheet, "Steps not done");
		begun = true;
		page_to(&sheet->page, 2);
		sheet_say(sheet, 4, "%s: %s%s%s", run->id, step_state_word(run->end.state), run->end.reason ? ", " : "",
		          run->end.reason ? run->end.reason : "");
	}
}

static void add_end(struct sheet *sheet)
{
	const struct transcript *transcript = sheet->report->transcript;
	char when[TIMESTAMP_TEXT_MAX];
	if (!transcript)
		return;
	if (is_pasted(sheet->report)) {
		page_gap(&sheet->page);
		sheet_say(sheet, 0, "Judged from pasted text: when it was made is not known.");
		return;
	}
	uint64_t tenths = transcript->end_us > 0 ? (uint64_t)transcript->end_us / 100000 : 0;
	struct str started = str_of(timestamp_print(transcript->header.started_us, when));
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "Started %.10s %.8s UTC, took %llu.%llu s%s.", started.p, started.p + 11,
	          (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10),
	          transcript->cut ? "; the transcript is cut" : "");
}

/* Did trouble end the run before any step? Then there are no checks to show. */
static bool nothing_ran(const struct report *report)
{
	if (!report_trouble(report) || !report->steps)
		return false;
	for (size_t i = 0; i < report->steps->count; i++) {
		if (report->steps->steps[i].end.state != STEP_SKIPPED)
			return false;
	}
	return true;
}

void report_text(const struct report *report, const struct report_style *style, struct buf *out)
{
	const struct verdict *verdict = nothing_ran(report) ? NULL : report->verdict;
	struct sheet sheet;
	sheet_init(&sheet, report, style, out);
	if (verdict)
		add_verdict(&sheet, verdict);
	else
		add_no_verdict(&sheet);
	sheet_subject(&sheet);
	if (verdict) {
		add_checks(&sheet, verdict);
		sheet_fates(&sheet);
		add_evidence(&sheet, verdict);
		add_all_advice(&sheet, verdict);
	}
	if (verdict || !report->verdict)
		add_steps(&sheet);
	add_end(&sheet);
	sheet_done(&sheet);
}
