#include "lines.h"
#include "readers.h"

/* `diagnose hardware sysinfo conserve`. */

static const struct {
	const char *label;
	enum fact_id id;
} labels[] = {
        {"memory used:", FACT_ID_CONSERVE_USED},
        {"memory used + freeable threshold extreme:", FACT_ID_CONSERVE_EXTREME},
        {"memory used threshold extreme:", FACT_ID_CONSERVE_EXTREME},
        {"memory used threshold red:", FACT_ID_CONSERVE_RED},
        {"memory used threshold green:", FACT_ID_CONSERVE_GREEN},
};
enum { LABELS = sizeof labels / sizeof labels[0] };

/* "749 MB   75% of total RAM" */
static bool share_parse(struct str rest, double *percent)
{
	uint64_t megabytes;
	struct str word;
	return read_number(rest, UINT64_C(1) << 30, &megabytes, &rest) && read_after(rest, " MB ", &rest) &&
	       str_next_word(&rest, &word) && read_percent(word, percent) && str_is(str_trim(rest), "of total RAM");
}

static void share_read(struct facts *facts, enum fact_id id, struct str rest, struct source from)
{
	double percent;
	if (share_parse(rest, &percent))
		facts_set_int(facts, id, (int64_t)(percent + 0.5), from);
	else
		facts_set_absent(facts, id, "the line has no plausible percentage of total RAM");
}

static void mode_read(struct facts *facts, struct str rest, struct source from)
{
	struct str word = str_trim(rest);
	if (str_is(word, "on") || str_is(word, "off"))
		facts_set_int(facts, FACT_ID_CONSERVE_MODE, str_is(word, "on"), from);
	else
		facts_set_absent(facts, FACT_ID_CONSERVE_MODE, "conserve mode is printed as neither on nor off");
}

/* Thresholds that are not in their order are those of no device. */
static void order_check(struct facts *facts)
{
	static const enum fact_id ids[] = {FACT_ID_CONSERVE_GREEN, FACT_ID_CONSERVE_RED, FACT_ID_CONSERVE_EXTREME};
	bool wrong = false;
	for (size_t i = 0; i + 1 < 3; i++) {
		const struct fact *low = &facts->item[ids[i]];
		const struct fact *high = &facts->item[ids[i + 1]];
		wrong |= low->present && high->present && low->value.integer > high->value.integer;
	}
	for (size_t i = 0; wrong && i < 3; i++)
		facts->item[ids[i]] = (struct fact){.absent = "the thresholds green, red and extreme are out of order"};
}

void conserve_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct lines lines;
	struct str rest;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		struct source from = read_source(arena, input, lines.number, lines.line);
		if (read_after(text, "memory conserve mode:", &rest))
			mode_read(facts, rest, from);
		for (size_t i = 0; i < LABELS; i++) {
			if (read_after(text, labels[i].label, &rest))
				share_read(facts, labels[i].id, rest, from);
		}
	}
	order_check(facts);
}
