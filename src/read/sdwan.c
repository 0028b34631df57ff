#include "lines.h"
#include "readers.h"

/* `diagnose sys sdwan health-check`: a heading for each check, a line for each
 * member. */

static const struct {
	const char *name, *cell;
} values[] = {
        {"state(", "state"}, {"packet-loss(", "loss"}, {"latency(", "latency"}, {"jitter(", "jitter"}, {"mos(", "mos"}};

/* "Seq(1 port2): state(alive), packet-loss(0.000%) latency(20.3), …"; a member
 * that hangs on another one stands between asterisks. */
static bool member_read(struct arena *arena, struct facts *facts, struct str check, struct str text, struct source from,
                        bool *dead)
{
	while (str_starts(text, "*"))
		text = str_from(text, 1);
	ptrdiff_t close = str_find_char(text, ')');
	if (!str_starts(text, "Seq(") || close < 0)
		return false;
	struct str number = {"", 0}, name = str_cut(text, 4, (size_t)close - 4);
	(void)str_next_word(&name, &number);
	struct fact_row *row = facts_row(arena, facts, "sdwan", from);
	facts_cell(arena, row, "check", check);
	facts_cell(arena, row, "member", number);
	facts_cell(arena, row, "interface", str_trim(name));
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct str value = read_behind(text, values[i].name, ")");
		if (value.n)
			facts_cell(arena, row, values[i].cell, value);
	}
	*dead = str_find(text, "state(dead)") > 0;
	return true;
}

void sdwan_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct lines lines;
	struct str check = {"", 0};
	struct source first = {0};
	int64_t members = 0, down = 0;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		struct source from = read_source(arena, input, lines.number, lines.line);
		bool dead = false;
		if (str_starts(text, "Health Check(")) {
			check = read_behind(text, "Health Check(", ")");
		} else if (member_read(arena, facts, check, text, from, &dead)) {
			members++;
			down += dead;
			first = first.step ? first : from;
		} else if (text.n && !read_is_prompt(text)) {
			facts_unread(arena, facts, from);
		}
	}
	if (members == 0)
		return;
	facts_set_int(facts, FACT_ID_SDWAN_MEMBERS, members, first);
	facts_set_int(facts, FACT_ID_SDWAN_DEAD, down, first);
}
