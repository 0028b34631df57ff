#include "ip.h"
#include "lines.h"
#include "readers.h"

/* `get system arp`: Address, Age(min), Hardware Addr, Interface. */

static bool row_read(struct arena *arena, struct facts *facts, struct str text, struct source from)
{
	static const char *const names[] = {"address", "age", "mac", "interface"};
	enum { CELLS = sizeof names / sizeof names[0] };
	struct str word[CELLS], rest = text;
	struct ip ip;
	for (size_t i = 0; i < CELLS; i++) {
		if (!str_next_word(&rest, &word[i]))
			return false;
	}
	if (!ip_parse(word[0], &ip))
		return false;
	struct fact_row *row = facts_row(arena, facts, "arp", from);
	for (size_t i = 0; i < CELLS; i++)
		facts_cell(arena, row, names[i], word[i]);
	return true;
}

void arp_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct lines lines;
	struct source heading = {0};
	int64_t count = 0;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct source from = read_source(arena, input, lines.number, lines.line);
		if (str_starts(lines.line, "Address "))
			heading = from;
		else if (row_read(arena, facts, lines.line, from))
			count++;
		else if (str_trim(lines.line).n && !read_is_prompt(lines.line))
			facts_unread(arena, facts, from);
	}
	if (heading.step)
		facts_set_int(facts, FACT_ID_ARP_ENTRIES, count, heading);
}
