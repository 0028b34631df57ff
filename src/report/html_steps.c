#include <string.h>

#include "html.h"
#include "sniffer_line.h"

/* What was asked and how it went; and below it, folded, what was answered. */

enum {
	STEPS = 1000,
	LINE_BYTES = 2000,
	TAB = 8,
};

static const char *command_of(const struct step_run *run)
{
	if (run->command && run->command[0])
		return run->command;
	return run->planned && run->planned->command ? run->planned->command : "";
}

/* ---- steps ---- */

static void add_step(struct html *html, const struct step_run *run, size_t i)
{
	char took[HTML_NUMBER_MAX];
	html_draw(html, "<tr%s><th scope=\"row\"><a href=\"#s%zu\">",
	          run->end.state == STEP_FAILED ? " class=\"again\"" : "", i);
	html_say(html, "%s", run->id);
	html_put(html, "</a></th><td><code>");
	html_say(html, "%s", command_of(run));
	html_draw(html, "</code></td><td>%s", step_state_word(run->end.state));
	if (run->end.reason && run->end.reason[0])
		html_element(html, "small", NULL, " %s", run->end.reason);
	html_draw(html, "</td><td class=\"num\">%s</td></tr>\n",
	          run->end_us > run->start_us ? html_duration(run->end_us - run->start_us, took) : "–");
}

void html_steps(struct html *html)
{
	static const char *const columns[] = {"Step", "Command", "How it ended", "Took", NULL};
	const struct step_list *steps = html->report->steps;
	size_t shown = 0;
	html_section(html, "steps", "Steps");
	if (!steps || steps->count == 0) {
		html_element(html, "p", "none", "No step was planned or run.");
		html_close(html, "section");
		return;
	}
	html_fold(html, "%zu steps, in order", steps->count);
	html_table(html, "steps", "What was sent, and how it ended", columns);
	for (; shown < steps->count && shown < STEPS && html_room(html); shown++)
		add_step(html, &steps->steps[shown], shown);
	if (shown < steps->count)
		html_draw(html, "<tr class=\"more\"><td colspan=\"4\">%zu more steps are left out</td></tr>\n",
		          steps->count - shown);
	html_table_end(html);
	html_close(html, "details");
	html_close(html, "section");
}

/* ---- what was answered ---- */

/* The lines of a capture with bytes that hold no payload: packets and the
 * sniffer's own words. */
static bool holds_no_payload(struct str line)
{
	static const char *const words[] = {"interfaces=[", "filters=[", "pcap_lookupnet",
	                                    "Using Original Sniffing Mode"};
	struct packet packet = {0};
	struct str rest = line, place;
	int64_t time_us;
	uint32_t code;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (str_starts(line, words[i]))
			return true;
	}
	if (str_trim(line).n == 0 || str_ends(line, " packets received by filter") ||
	    str_ends(line, " packets dropped by kernel"))
		return utf8_length(line.p, line.n, &code) <= 1;
	if (sniffer_stamp_parse(line, &time_us, &rest) == SNIFFER_STAMP_NONE)
		return false;
	(void)sniffer_place_parse(rest, &place, &rest);
	return sniffer_body_parse(rest, &packet);
}

static bool is_dump(struct str text)
{
	struct str line;
	while (str_next_line(&text, &line)) {
		if (html_is_bytes(line))
			return true;
	}
	return false;
}

/* A TAB stands for blanks up to the next eighth column. */
static void add_columns(struct html *html, struct str line)
{
	size_t column = 0;
	for (;;) {
		ptrdiff_t tab = str_find_char(line, '\t');
		struct str part = tab < 0 ? line : str_cut(line, 0, (size_t)tab);
		html_text(html, part);
		if (tab < 0)
			return;
		column += part.n;
		do {
			html_put(html, " ");
			column++;
		} while (column % TAB);
		line = str_from(line, (size_t)tab + 1);
	}
}

static void add_line(struct html *html, size_t step, unsigned line, unsigned number, struct str text)
{
	struct str head = str_cut(text, 0, LINE_BYTES);
	html_draw(html, "<i id=\"s%zu-%u\">%u</i> ", step, line, number);
	add_columns(html, head);
	if (head.n < text.n)
		html_draw(html, " <em>[cut, %zu bytes in all]</em>", text.n);
	html_put(html, "\n");
}

static void add_gap(struct html *html, unsigned *count, const char *what)
{
	if (*count)
		html_draw(html, "<em>[%u line%s left out%s]</em>\n", *count, text_plural(*count), what);
	*count = 0;
}

static void add_output(struct html *html, size_t step, struct str text, unsigned lines)
{
	const struct step_run *run = &html->report->steps->steps[step];
	unsigned bytes = 0, middle = 0, number = 0;
	bool dump = is_dump(text);
	struct str line;
	html_open(html, "pre", "out");
	while (str_next_line(&text, &line)) {
		number++;
		if (!html_line_is_shown(number, lines) || !html_room(html)) {
			middle++;
			continue;
		}
		if (dump && !holds_no_payload(line)) {
			bytes++;
			continue;
		}
		add_gap(html, &bytes, ": packet bytes");
		add_gap(html, &middle, " in the middle");
		add_line(html, step, number, run->first_line ? number + run->first_line - 1 : number, line);
	}
	add_gap(html, &bytes, ": packet bytes");
	add_gap(html, &middle, ": too long");
	html_close(html, "pre");
}

static void add_step_output(struct html *html, size_t i)
{
	const struct report *report = html->report;
	const struct step_run *run = &report->steps->steps[i];
	struct str text = report->clean ? report->clean[i] : (struct str){0};
	unsigned lines = html->lines[i];
	html_draw(html, "<details id=\"s%zu\"><summary>", i);
	html_element(html, "b", NULL, "%s", run->id);
	html_open(html, "code", NULL);
	html_say(html, "%s%s", run->scope && command_of(run) != run->command ? run->scope : "", command_of(run));
	html_draw(html, "</code> <small>%u line%s</small></summary>\n", lines, text_plural(lines));
	if (run->file)
		html_element(html, "p", "small", "From line %u of %s on.", run->first_line, run->file);
	if (lines)
		add_output(html, i, text, lines);
	else
		html_element(html, "p", "none", "%s", run->end.state == STEP_SKIPPED ? "Not run." : "No output.");
	html_close(html, "details");
}

void html_transcript(struct html *html)
{
	const struct step_list *steps = html->report->steps;
	size_t shown = 0;
	html_section(html, "transcript", "Transcript");
	html_element(html, "p", "small", "What each step answered, without prompts and paging; folded.");
	for (; steps && shown < steps->count && shown < STEPS && html_room(html); shown++)
		add_step_output(html, shown);
	if (steps && shown < steps->count)
		html_element(html, "p", "none", "The outputs of %zu more steps are left out: the page is full.",
		             steps->count - shown);
	if (!steps || steps->count == 0)
		html_element(html, "p", "none", "There is none.");
	html_close(html, "section");
}
