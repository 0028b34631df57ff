#include "fuzz.h"
#include "read.h"

static struct playbook_step pattern = {.read = "pattern",
                                       .pattern = "^(?<a>[a-z]+)[: ]+(?<b>-?[0-9.]+)(?: (?<c>.*))?$"};

/* What the pattern names, as a playbook would have it. */
static const struct playbook_step *pattern_step(struct arena *arena)
{
	static const char *const rows[][3] = {{"a", "x.word", ""}, {"b", "x.number", "ms"}, {"c", "x.rest", ""}};
	pattern.pattern_facts = arena_alloc(arena, 3 * sizeof *pattern.pattern_facts);
	for (pattern.pattern_fact_count = 0; pattern.pattern_fact_count < 3; pattern.pattern_fact_count++) {
		const char *const *row = rows[pattern.pattern_fact_count];
		pattern.pattern_facts[pattern.pattern_fact_count].group = row[0];
		pattern.pattern_facts[pattern.pattern_fact_count].name = row[1];
		pattern.pattern_facts[pattern.pattern_fact_count].unit = row[2];
	}
	return &pattern;
}

/* The first byte picks the reader. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct arena *arena = arena_new();
	struct facts facts;
	unsigned count;
	struct read_input input = {.step = "x", .text = fuzz_str(data + 1, size - 1)};
	const struct reader *reader = &readers[data[0] % reader_count];
	facts_init(&facts, "not read");
	input.playbook_step = pattern_step(arena);
	reader->read(arena, &input, &facts);
	for (size_t i = 0; i < facts.extra_count; i++)
		PROMISE(facts.extra[i].fact.present || facts.extra[i].fact.absent);
	(void)read_ping_options(input.text, &count);
	for (size_t i = 0; i < FACT_COUNT; i++)
		PROMISE(facts.item[i].present || facts.item[i].absent);
	for (size_t i = 0; i < facts.ping_count; i++)
		PROMISE(facts.pings[i].lost <= facts.pings[i].counted);
	for (size_t i = 0; i < facts.performance_count; i++)
		PROMISE(!facts.performance[i].have_memory || facts.performance[i].memory_used <= 100);
	arena_free(arena);
	return 0;
}
