#include <inttypes.h>
#include <string.h>

#include "html.h"
#include "timestamp.h"

/* Every fact: those that were measured, and folded those that were not, with
 * the reasons. */

struct row {
	const char *name, *what, *unit;
	enum fact_type type;
	const struct fact *fact;
};

static struct row row_of(const struct facts *facts, size_t i)
{
	if (i < FACT_COUNT)
		return (struct row){fact_defs[i].name, fact_defs[i].what, fact_defs[i].unit, fact_defs[i].type,
		                    &facts->item[i]};
	const struct extra_fact *extra = &facts->extra[i - FACT_COUNT];
	return (struct row){extra->name, "of the playbook", extra->unit, extra->type, &extra->fact};
}

static void add_integer(struct html *html, const struct row *row)
{
	char text[HTML_NUMBER_MAX];
	int64_t value = row->fact->value.integer;
	if (row->fact == &html->report->facts->item[FACT_ID_DEVICE_TIME]) {
		char when[TIMESTAMP_TEXT_MAX];
		struct str printed = str_of(timestamp_print(value, when));
		html_say(html, "%.10s %.8s", printed.p, printed.p + 11);
	} else if (strcmp(row->unit, "us") == 0) {
		html_say(html, "%s", html_duration(value, text));
	} else {
		html_say(html, "%" PRId64 " %s", value, row->unit);
	}
}

static void add_value(struct html *html, const struct row *row)
{
	char text[HTML_NUMBER_MAX];
	switch (row->type) {
	case FACT_INT:
		add_integer(html, row);
		break;
	case FACT_FLAG:
		html_put(html, row->fact->value.integer ? "yes" : "no");
		break;
	case FACT_TEXT:
		html_say(html, "%s", row->fact->value.text ? row->fact->value.text : "");
		break;
	case FACT_REAL:
		html_say(html, "%s %s", html_fixed(row->fact->value.real, text), row->unit);
		break;
	}
}

static void add_present(struct html *html, const struct row *row)
{
	html_put(html, "<tr><th scope=\"row\">");
	html_say(html, "%s", row->name);
	html_element(html, "small", NULL, " %s", row->what);
	html_put(html, "</th><td>");
	add_value(html, row);
	html_put(html, "</td><td>");
	if (row->fact->from.step)
		html_line_of(html, row->fact->from.step, row->fact->from.line);
	html_put(html, "</td></tr>\n");
}

static void add_absent(struct html *html, const struct row *row)
{
	html_put(html, "<tr><th scope=\"row\">");
	html_say(html, "%s", row->name);
	html_element(html, "small", NULL, " %s", row->what);
	html_put(html, "</th>");
	html_element(html, "td", NULL, "%s",
	             row->fact->absent && row->fact->absent[0] ? row->fact->absent : "not measured");
	html_put(html, "</tr>\n");
}

static void add_all(struct html *html, const struct facts *facts, bool present)
{
	for (size_t i = 0; i < FACT_COUNT + facts->extra_count && html_room(html); i++) {
		struct row row = row_of(facts, i);
		if (!row.unit)
			row.unit = "";
		if (row.fact->present == present)
			(present ? add_present : add_absent)(html, &row);
	}
}

void html_facts(struct html *html)
{
	static const char *const columns[] = {"Fact", "Value", "Line", NULL};
	static const char *const reasons[] = {"Fact", "Why not", NULL};
	const struct facts *facts = html->report->facts;
	size_t measured = 0, all = FACT_COUNT + (facts ? facts->extra_count : 0);
	html_section(html, "facts", "Facts");
	for (size_t i = 0; facts && i < all; i++)
		measured += row_of(facts, i).fact->present;
	if (!facts) {
		html_not_measured(html, "nothing was read.");
	} else {
		html_draw(html, "<details open><summary>%zu facts that were measured</summary>\n", measured);
		html_table(html, "facts", "Facts that were measured", columns);
		add_all(html, facts, true);
		html_table_end(html);
		html_close(html, "details");
		html_fold(html, "%zu facts that were not measured, and why", all - measured);
		html_table(html, "facts", "Facts that were not measured", reasons);
		add_all(html, facts, false);
		html_table_end(html);
		html_close(html, "details");
	}
	html_close(html, "section");
}
