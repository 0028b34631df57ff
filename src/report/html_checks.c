#include "html.h"
#include "phrase.h"

/* The checks, the lines that prove them, and what to do. */

static void add_check(struct html *html, const struct check *check)
{
	html_draw(html, "<tr class=\"%s\"><td>", html_state_class(check->state));
	html_state(html, check->state);
	html_put(html, "</td><th scope=\"row\">");
	html_say(html, "%s", check->id);
	html_put(html, "</th><td>");
	html_say(html, "%s", check->summary ? check->summary : "");
	bool sure = check->certainty != CERTAINTY_NONE && check->state != STATE_SKIPPED;
	html_draw(html, "</td><td>%s</td><td>", sure ? certainty_word(check->certainty) : "–");
	html_say(html, "%s", check->rule && check->rule[0] ? check->rule : "–");
	html_put(html, "</td></tr>\n");
}

void html_checks(struct html *html)
{
	static const char *const columns[] = {"State", "Check", "What it found", "Certainty", "Rule", NULL};
	const struct verdict *verdict = html->report->verdict;
	html_section(html, "checks", "Checks");
	if (!verdict || verdict->check_count == 0) {
		html_element(html, "p", "none", "Nothing was judged.");
	} else {
		html_table(html, "checks", "Each check, its state and how sure it is", columns);
		for (size_t i = 0; i < verdict->check_count && html_room(html); i++)
			add_check(html, &verdict->checks[i]);
		html_table_end(html);
	}
	html_close(html, "section");
}

/* ---- evidence ---- */

static void add_quote(struct html *html, const struct evidence *evidence)
{
	html_put(html, "<tr><td>");
	html_line_of(html, evidence->step, evidence->line);
	html_put(html, "</td><td>");
	if (html_is_bytes(str_of(evidence->text)))
		html_element(html, "em", NULL, "[a row of packet bytes is left out]");
	else
		html_element(html, "code", NULL, "%s", evidence->text ? evidence->text : "");
	html_put(html, "</td></tr>\n");
}

void html_evidence(struct html *html)
{
	static const char *const columns[] = {"Line", "What it says", NULL};
	const struct verdict *verdict = html->report->verdict;
	bool any = false;
	html_section(html, "evidence", "Evidence");
	for (size_t i = 0; verdict && i < verdict->check_count && html_room(html); i++) {
		const struct check *check = &verdict->checks[i];
		if (check->evidence_count == 0)
			continue;
		any = true;
		html_put(html, "<h3>");
		html_state(html, check->state);
		html_say(html, " %s", check->id);
		html_close(html, "h3");
		html_table(html, "quotes", "Step and line, as the device printed it", columns);
		for (size_t k = 0; k < check->evidence_count && html_room(html); k++)
			add_quote(html, &check->evidence[k]);
		html_table_end(html);
	}
	if (!any)
		html_element(html, "p", "none", "No line was quoted.");
	html_close(html, "section");
}

/* ---- advice ---- */

static void add_advice(struct html *html, const char *advice)
{
	html_put(html, "<li>");
	if (phrase_is_command(advice)) {
		html_put(html, "<pre class=\"copy\"><code>");
		html_text(html, str_of(advice));
		html_put(html, "</code></pre>");
	} else {
		html_text(html, str_of(advice));
	}
	html_close(html, "li");
}

void html_advice(struct html *html)
{
	const struct verdict *verdict = html->report->verdict;
	bool any = false;
	html_section(html, "advice", "What to do");
	for (size_t i = 0; verdict && i < verdict->check_count; i++) {
		for (size_t k = 0; k < verdict->checks[i].advice_count && html_room(html); k++) {
			if (phrase_said_before(verdict, i, k))
				continue;
			if (!any)
				html_put(html, "<ul class=\"advice\">\n");
			any = true;
			add_advice(html, verdict->checks[i].advice[k]);
		}
	}
	if (any)
		html_close(html, "ul");
	else
		html_element(html, "p", "none", "There is no advice beyond the above.");
	html_close(html, "section");
}
