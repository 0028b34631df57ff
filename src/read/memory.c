#include "lines.h"
#include "num.h"
#include "readers.h"

/* `diagnose hardware sysinfo memory`: rows "MemTotal: 1883592 kB", and on old
 * kernels a table in bytes above them. */

static const uint64_t MAX_KIB = UINT64_C(1) << 40;

struct memory_row {
	bool seen;
	uint64_t kib;
	struct source from;
};

static void row_read(struct arena *arena, const struct read_input *input, const struct lines *lines, struct str rest,
                     struct memory_row *row)
{
	uint64_t kib;
	if (row->seen || !read_number(rest, MAX_KIB, &kib, &rest) || !str_is(str_trim(rest), "kB"))
		return;
	*row = (struct memory_row){true, kib, read_source(arena, input, lines->number, lines->line)};
}

/* "Mem:  total used free shared buffers cached shm", in bytes */
static void table_read(struct arena *arena, const struct read_input *input, const struct lines *lines, struct str rest,
                       struct memory_row *total, struct memory_row *free)
{
	uint64_t bytes[7];
	size_t count = 0;
	struct str word;
	while (count < 7 && str_next_word(&rest, &word)) {
		if (!num_u64(word, 0, MAX_KIB * 1024, &bytes[count]))
			return;
		count++;
	}
	if (count < 6 || rest.n)
		return;
	struct source from = read_source(arena, input, lines->number, lines->line);
	*total = (struct memory_row){true, bytes[0] / 1024, from};
	*free = (struct memory_row){true, bytes[2] / 1024, from};
}

static void row_fact(struct facts *facts, enum fact_id id, const struct memory_row *row, const struct memory_row *total)
{
	if (!row->seen)
		return;
	if (row->kib == 0 && row == total)
		facts_set_absent(facts, id, "the device says that it has no memory");
	else if (total->seen && row->kib > total->kib)
		facts_set_absent(facts, id, "the device says that more is free than there is");
	else
		facts_set_int(facts, id, (int64_t)row->kib, row->from);
}

void memory_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct memory_row total = {0}, free = {0}, available = {0}, table_total = {0}, table_free = {0};
	struct lines lines;
	struct str rest;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		if (read_after(text, "MemTotal:", &rest))
			row_read(arena, input, &lines, rest, &total);
		else if (read_after(text, "MemFree:", &rest))
			row_read(arena, input, &lines, rest, &free);
		else if (read_after(text, "MemAvailable:", &rest))
			row_read(arena, input, &lines, rest, &available);
		else if (!table_total.seen && read_after(text, "Mem:", &rest))
			table_read(arena, input, &lines, rest, &table_total, &table_free);
	}
	if (!total.seen)
		total = table_total;
	if (!free.seen)
		free = table_free;
	row_fact(facts, FACT_ID_MEMORY_TOTAL, &total, &total);
	row_fact(facts, FACT_ID_MEMORY_FREE, &free, &total);
	row_fact(facts, FACT_ID_MEMORY_AVAILABLE, &available, &total);
}
