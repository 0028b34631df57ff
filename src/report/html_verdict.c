#include <string.h>

#include "html.h"
#include "phrase.h"
#include "subject.h"
#include "timestamp.h"

/* What a reader wants first: how it is, why, where, how sure, and about what. */

enum { NOTES = 200 };

static void add_trouble(struct html *html, const struct err *trouble)
{
	html_open(html, "div", "runtrouble");
	html_open(html, "p", NULL);
	html_element(html, "b", NULL, "The run had trouble (%s)", err_word(trouble->kind));
	if (trouble->step[0])
		html_say(html, ", at step %s", trouble->step);
	html_say(html, ": %s", trouble->text);
	html_close(html, "p");
	html_element(html, "p", NULL, "What to do: %s", phrase_remedy(trouble->kind));
	html_close(html, "div");
}

static void add_notes(struct html *html, const struct verdict *verdict)
{
	if (verdict->note_count == 0)
		return;
	html_put(html, "<div class=\"mind\"><h2>Mind</h2>\n<ul>\n");
	for (size_t i = 0; i < verdict->note_count && i < NOTES; i++)
		html_element(html, "li", NULL, "%s", verdict->notes[i]);
	if (verdict->note_count > NOTES)
		html_element(html, "li", NULL, "%zu more notes are left out.", verdict->note_count - NOTES);
	html_put(html, "</ul></div>\n");
}

/* "Requests stay without a reply, beyond the FortiGate (likely)" */
static void add_headline(struct html *html, const struct verdict *verdict)
{
	char headline[PHRASE_HEADLINE_MAX], word[REPORT_WORD_MAX];
	html_put(html, "<h1><span class=\"word\">");
	html_put(html, report_word(html->report, word));
	html_put(html, "</span> <span class=\"cause\">");
	if (verdict) {
		(void)phrase_headline(verdict, headline);
		if (headline[0] >= 'a' && headline[0] <= 'z')
			headline[0] = (char)(headline[0] - 'a' + 'A');
	}
	html_say(html, "%s", verdict ? headline : "There is no verdict");
	html_put(html, "</span></h1>\n");
}

static void add_judged(struct html *html, const struct verdict *verdict)
{
	const char *where = phrase_where(verdict->where);
	html_element(html, "p", "summary", "%s", verdict->summary ? verdict->summary : "");
	html_open(html, "dl", "figures");
	html_put(html, "<div><dt>Cause</dt><dd>");
	html_put(html, cause_word(verdict->cause));
	html_put(html, "</dd></div><div><dt>Where</dt><dd>");
	html_put(html, where ? where : "nowhere");
	html_put(html, "</dd></div><div><dt>How sure</dt><dd>");
	html_put(html, phrase_certainty(verdict->certainty));
	html_put(html, "</dd></div></dl>\n");
}

void html_verdict(struct html *html)
{
	const struct report *report = html->report;
	const struct verdict *verdict = phrase_nothing_ran(report) ? NULL : report->verdict;
	const struct err *trouble = report_trouble(report);
	html_draw(html, "<header class=\"verdict %s\">\n", html_state_class(report_status(report)));
	add_headline(html, verdict);
	if (verdict)
		add_judged(html, verdict);
	else if (!trouble)
		html_element(html, "p", "summary", "Nothing was judged.");
	html_close(html, "header");
	if (trouble)
		add_trouble(html, trouble);
	if (verdict)
		add_notes(html, verdict);
}

static void add_row(struct html *html, const char *name, void (*make)(const struct report *report, struct buf *raw))
{
	buf_clear(&html->words);
	make(html->report, &html->words);
	if (html->words.n == 0)
		return;
	html_draw(html, "<div><dt>%s</dt><dd>", name);
	html_text(html, buf_str(&html->words));
	html_put(html, "</dd></div>\n");
}

void html_subject(struct html *html)
{
	html_section(html, "subject", "What it is about");
	html_open(html, "dl", "rows");
	add_row(html, "Device", subject_device);
	add_row(html, "Entry", subject_entry);
	add_row(html, "Target", subject_target);
	html_close(html, "dl");
	const struct plan *plan = html->report->plan;
	if (plan && plan->target.have_entry) {
		html_fold(html, "The log entry as given");
		html_open(html, "pre", NULL);
		html_text(html, plan->entries.entry.line);
		html_close(html, "pre");
		html_close(html, "details");
	}
	html_close(html, "section");
}

/* ---- the end of the page: how the report came about ---- */

static void run_row(struct html *html, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void run_row(struct html *html, const char *name, const char *fmt, ...)
{
	va_list args;
	buf_clear(&html->words);
	va_start(args, fmt);
	buf_vprintf(&html->words, fmt, args);
	va_end(args);
	html_draw(html, "<div><dt>%s</dt><dd>", name);
	html_text(html, buf_str(&html->words));
	html_put(html, "</dd></div>\n");
}

static void run_rows(struct html *html, const struct transcript *transcript)
{
	const struct transcript_header *header = &transcript->header;
	char when[TIMESTAMP_TEXT_MAX], took[HTML_NUMBER_MAX];
	if (header->pasted) {
		run_row(html, "Started", "not known: judged from pasted text");
	} else {
		struct str started = str_of(timestamp_print(header->started_us, when));
		run_row(html, "Started", "%.10s %.8s UTC", started.p, started.p + 11);
		run_row(html, "Took", "%s", html_duration(transcript->end_us, took));
	}
	if (header->version && header->version[0])
		run_row(html, "Recorded by", "fgdiag %s", header->version);
	if (header->playbook_name && header->playbook_name[0])
		run_row(html, "Playbook", "%s", header->playbook_name);
	run_row(html, "Client's machine", "%s", header->host && header->host[0] ? header->host : "not asked");
	for (size_t i = 0; i < header->set_count && i < 64; i++)
		run_row(html, "Set", "%s", header->sets[i]);
	if (transcript->cut)
		run_row(html, "Transcript", "cut: it ends inside a step or a line");
}

void html_run(struct html *html)
{
	const struct report *report = html->report;
	html_section(html, "run", "About this report");
	html_open(html, "dl", "rows");
	run_row(html, "Made by", "fgdiag %s", report->version ? report->version : "");
	if (report->transcript)
		run_rows(html, report->transcript);
	html_close(html, "dl");
	html_element(
	        html, "p", "small",
	        "What was not measured is not determined, never ok. Rows of packet bytes are left out: payload is in "
	        "no report.");
	html_close(html, "section");
}
