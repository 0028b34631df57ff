#include <string.h>

#include "lines.h"
#include "readers.h"

/* `get router info routing-table all | database | details ADDRESS`. */

struct route_reader {
	struct arena *arena;
	struct facts *facts;
	struct source from;
	struct str prefix; /* of the route that further next hops belong to */
	struct str code;
	bool found; /* anything of a routing table */
	int64_t count;
};

static bool is_prefix(struct str word)
{
	struct ip ip;
	ptrdiff_t slash = str_find_char(word, '/');
	return slash > 0 && ip_parse(str_cut(word, 0, (size_t)slash), &ip);
}

/* Up to a comma, and what follows it. */
static struct str until_comma(struct str *rest)
{
	ptrdiff_t comma = str_find_char(*rest, ',');
	struct str part = comma < 0 ? *rest : str_cut(*rest, 0, (size_t)comma);
	*rest = comma < 0 ? (struct str){"", 0} : str_from(*rest, (size_t)comma + 1);
	return str_trim(part);
}

/* "[10/0] via 192.0.2.1, wan1, [1/0]", "via TUNNEL tunnel 192.0.2.1", "is
 * directly connected, port5". */
static bool hop_read(struct route_reader *reader, struct str text)
{
	struct str distance = {"", 0}, gateway = {"", 0}, interface;
	struct str rest = str_trim(text), word;
	if (str_starts(rest, "[")) {
		ptrdiff_t close = str_find_char(rest, ']');
		if (close < 0)
			return false;
		distance = str_cut(rest, 1, (size_t)close - 1);
		rest = str_trim(str_from(rest, (size_t)close + 1));
	}
	if (str_starts(rest, "is directly connected,")) {
		rest = str_from(rest, strlen("is directly connected,"));
		interface = until_comma(&rest);
	} else if (read_after(rest, "via", &rest)) {
		gateway = until_comma(&rest);
		interface = until_comma(&rest);
		if (str_find(gateway, " tunnel ") > 0) {
			interface = gateway;
			(void)str_next_word(&interface, &word);
			struct str name = word;
			(void)str_next_word(&interface, &word);
			gateway = str_trim(interface);
			interface = name;
		}
	} else if (str_starts(rest, "is a summary,")) {
		rest = str_from(rest, strlen("is a summary,"));
		interface = until_comma(&rest);
	} else {
		return false;
	}
	bool inactive = str_find(text, " inactive") >= 0;
	ptrdiff_t blank = str_find_char(interface, ' ');
	struct fact_row *row = facts_row(reader->arena, reader->facts, "route", reader->from);
	facts_cell(reader->arena, row, "prefix", reader->prefix);
	facts_cell(reader->arena, row, "code", reader->code);
	facts_cell(reader->arena, row, "distance", distance);
	facts_cell(reader->arena, row, "gateway", gateway);
	facts_cell(reader->arena, row, "interface", blank < 0 ? interface : str_cut(interface, 0, (size_t)blank));
	facts_cell(reader->arena, row, "active", str_of(inactive ? "no" : "yes"));
	reader->count++;
	return true;
}

/* "S    *> 0.0.0.0/0 [15/0] via …" */
static bool route_line(struct route_reader *reader, struct str text)
{
	struct str rest = text, word;
	if (text.n == 0 || text.p[0] == ' ')
		return false;
	for (unsigned i = 0; i < 3 && str_next_word(&rest, &word); i++) {
		if (!is_prefix(word))
			continue;
		reader->prefix = word;
		reader->code = str_trim((struct str){text.p, (size_t)(word.p - text.p)});
		return i > 0 && hop_read(reader, rest);
	}
	return false;
}

static bool absence_line(struct route_reader *reader, struct str text)
{
	if (!str_starts(str_trim(text), "% Network not in table"))
		return false;
	(void)facts_row(reader->arena, reader->facts, "no-route", reader->from);
	return true;
}

/* "Routing entry for 192.0.2.0/24", "Known via "static", distance 10, …",
 * "* 192.0.2.1, via wan1", "* is directly connected, port5". */
static bool detail_line(struct route_reader *reader, struct str text)
{
	struct str rest = str_trim(text);
	if (read_after(rest, "Routing entry for", &rest)) {
		reader->prefix = str_trim(rest);
		return true;
	}
	if (str_starts(rest, "Known via "))
		reader->code = read_behind(rest, "Known via \"", "\"");
	if (str_starts(rest, "Known via ") || str_starts(rest, "Last update ") || str_starts(rest, "Tag "))
		return true;
	if (!read_after(rest, "*", &rest) || reader->prefix.n == 0)
		return false;
	ptrdiff_t via = str_find(rest, ", via ");
	if (via < 0)
		return hop_read(reader, rest);
	/* the gateway stands before its interface here */
	const char *turned = arena_printf(reader->arena, "via %.*s, %.*s", (int)via, rest.p,
	                                  (int)(rest.n - (size_t)via - 6), rest.p + via + 6);
	return hop_read(reader, str_of(turned));
}

static bool legend_line(struct str text)
{
	return str_starts(text, "Codes:") ||
	       (str_starts(text, "       ") && str_find(text, " - ") > 0 && str_find(text, "[") < 0);
}

void routes_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct route_reader reader = {.arena = arena, .facts = facts};
	struct lines lines;
	struct source first = {0};
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct str text = lines.line;
		reader.from = read_source(arena, input, lines.number, text);
		bool heading = legend_line(text) || str_starts(text, "Routing table for VRF=");
		bool route = !heading &&
		             (absence_line(&reader, text) || route_line(&reader, text) || detail_line(&reader, text) ||
		              (reader.prefix.n && text.n && text.p[0] == ' ' && hop_read(&reader, text)));
		if ((heading || route) && !first.step)
			first = reader.from;
		if (!heading && !route && str_trim(text).n && !read_is_prompt(text))
			facts_unread(arena, facts, reader.from);
	}
	if (first.step)
		facts_set_int(facts, FACT_ID_ROUTES, reader.count, first);
}
