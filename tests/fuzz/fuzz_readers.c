#include "fuzz.h"
#include "read.h"

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
	if (reader->fact_count)
		reader->read(arena, &input, &facts);
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
