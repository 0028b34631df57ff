#include "html.h"
#include "subject.h"

/* The report as a page: one file, no script, nothing from elsewhere. */

static void add_head(struct html *html)
{
	const struct target *target = html->report->plan ? &html->report->plan->target : NULL;
	char word[REPORT_WORD_MAX];
	html_put(
	        html,
	        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	        "base-uri 'none'; form-action 'none'\">\n"
	        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	        "<meta name=\"referrer\" content=\"no-referrer\">\n"
	        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_put(html, report_word(html->report, word));
	if (target && target->server.family) {
		buf_clear(&html->words);
		buf_add_text(&html->words, ": ");
		subject_endpoint(&html->words, &target->client, target->client_port);
		buf_add_text(&html->words, " to ");
		subject_endpoint(&html->words, &target->server, target->server_port);
		html_text(html, buf_str(&html->words));
	}
	html_put(html, " – fgdiag</title>\n<style>\n");
	for (size_t i = 0; html_css[i]; i++)
		html_put(html, html_css[i]);
	html_put(html, "</style>\n</head>\n");
}

static void add_contents(struct html *html)
{
	static const struct {
		const char *id, *name;
	} parts[] = {{"path", "Path"},         {"ladder", "Packets"},
	             {"pings", "Loss"},        {"resources", "CPU, memory"},
	             {"checks", "Checks"},     {"evidence", "Evidence"},
	             {"advice", "What to do"}, {"facts", "Facts"},
	             {"steps", "Steps"},       {"transcript", "Transcript"}};
	html_put(html, "<nav aria-label=\"Contents\">");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		html_draw(html, "<a href=\"#%s\">%s</a> ", parts[i].id, parts[i].name);
	html_close(html, "nav");
}

void report_html(const struct report *report, const struct report_style *style, struct buf *out)
{
	static void (*const parts[])(struct html * html) = {
	        html_verdict, add_contents,  html_subject, html_path,  html_ladder, html_pings,      html_bars,
	        html_checks,  html_evidence, html_advice,  html_facts, html_steps,  html_transcript, html_run,
	};
	struct html html;
	(void)style;
	html_init(&html, report, out);
	add_head(&html);
	html_put(&html, "<body>\n<main>\n");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		parts[i](&html);
	html_put(&html, "</main>\n</body>\n</html>\n");
	html_done(&html);
}
