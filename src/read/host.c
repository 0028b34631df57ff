#include <string.h>

#include "lines.h"
#include "num.h"
#include "readers.h"

/* `grep -H . /proc/stat …` on the client's machine: each line has its file's
 * name and a colon in front. */

struct host_reader {
	struct arena *arena;
	struct facts *facts;
	struct host_sample sample;
	struct source from;
	int64_t cpus;
	uint64_t most_net; /* errors and drops of the interface that net_from is of */
};

static bool number(struct str *rest, uint64_t *out)
{
	struct str word;
	return str_next_word(rest, &word) && num_u64(word, 0, UINT64_MAX / 16, out);
}

/* "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guest
 * time is within user. */
static void stat_line(struct host_reader *reader, struct str text)
{
	enum { COLUMNS = 8, IDLE = 3, IOWAIT = 4, STEAL = 7 };
	struct host_sample *sample = &reader->sample;
	struct str rest = text, word;
	uint64_t value;
	if (!str_next_word(&rest, &word) || !str_starts(word, "cpu"))
		return;
	reader->cpus += word.n > 3;
	if (word.n > 3 || sample->have_cpu)
		return;
	for (unsigned i = 0; i < COLUMNS && number(&rest, &value); i++) {
		sample->cpu_total += value;
		sample->cpu_idle += i == IDLE ? value : 0;
		sample->cpu_iowait += i == IOWAIT ? value : 0;
		sample->cpu_steal += i == STEAL ? value : 0;
		sample->have_cpu = i >= IDLE;
	}
	sample->cpu_from = reader->from;
}

/* "MemTotal:       16307692 kB" */
static void memory_line(struct host_reader *reader, struct str text)
{
	static const struct {
		const char *name;
		enum fact_id id;
	} rows[] = {{"MemTotal:", FACT_ID_HOST_MEMORY_TOTAL}, {"MemAvailable:", FACT_ID_HOST_MEMORY_AVAILABLE}};
	for (size_t i = 0; i < 2; i++) {
		struct str rest;
		uint64_t value;
		if (read_after(text, rows[i].name, &rest) && number(&rest, &value))
			facts_set_int(reader->facts, rows[i].id, (int64_t)value, reader->from);
	}
}

static void real(struct host_reader *reader, enum fact_id id, struct str text)
{
	uint64_t thousandths;
	if (num_decimal(text, 3, UINT64_C(1000000000), &thousandths))
		facts_set_real(reader->facts, id, (double)thousandths / 1000, reader->from);
}

static void load_line(struct host_reader *reader, struct str text)
{
	struct str rest = text, word;
	if (str_next_word(&rest, &word))
		real(reader, FACT_ID_HOST_LOAD, word);
}

/* "  eth0: bytes packets errs drop fifo frame compressed multicast | bytes
 * packets errs drop …": the same for sending. */
static void net_line(struct host_reader *reader, struct str text)
{
	enum { ERRORS = 2, DROPPED = 3, SENT_ERRORS = 10, SENT_DROPPED = 11, COLUMNS = 12 };
	struct host_sample *sample = &reader->sample;
	ptrdiff_t colon = str_find_char(text, ':');
	uint64_t value[COLUMNS];
	if (colon < 0 || str_is(str_trim(str_cut(text, 0, (size_t)colon)), "lo"))
		return;
	struct str rest = str_from(text, (size_t)colon + 1);
	for (unsigned i = 0; i < COLUMNS; i++) {
		if (!number(&rest, &value[i]))
			return;
	}
	uint64_t errors = value[ERRORS] + value[SENT_ERRORS], dropped = value[DROPPED] + value[SENT_DROPPED];
	if (!sample->have_net || errors + dropped > reader->most_net) {
		sample->net_from = reader->from;
		reader->most_net = errors + dropped;
	}
	sample->have_net = true;
	sample->net_errors += errors;
	sample->net_dropped += dropped;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static void pressure_line(struct host_reader *reader, enum fact_id id, struct str text)
{
	if (str_starts(text, "some "))
		real(reader, id, read_behind(text, "avg10=", ""));
}

static bool line_read(struct host_reader *reader, struct str line)
{
	struct str text;
	if (read_after(line, "/proc/stat:", &text))
		stat_line(reader, text);
	else if (read_after(line, "/proc/meminfo:", &text))
		memory_line(reader, text);
	else if (read_after(line, "/proc/loadavg:", &text))
		load_line(reader, text);
	else if (read_after(line, "/proc/net/dev:", &text))
		net_line(reader, text);
	else if (read_after(line, "/proc/pressure/cpu:", &text))
		pressure_line(reader, FACT_ID_HOST_PRESSURE_CPU, text);
	else if (read_after(line, "/proc/pressure/memory:", &text))
		pressure_line(reader, FACT_ID_HOST_PRESSURE_MEMORY, text);
	else if (read_after(line, "/proc/pressure/io:", &text))
		pressure_line(reader, FACT_ID_HOST_PRESSURE_IO, text);
	else
		return false;
	return true;
}

/* ---- what several samples tell ---- */

static void share(struct facts *facts, enum fact_id id, uint64_t part, uint64_t whole, struct source from)
{
	if (part <= whole)
		facts_set_real(facts, id, (double)part * 100 / (double)whole, from);
}

/* Counters only ever grow, but for a boot between the samples. */
static void cpu_facts(struct facts *facts, const struct host_sample *a, const struct host_sample *b)
{
	if (!a->have_cpu || !b->have_cpu || b->cpu_total <= a->cpu_total || b->cpu_idle < a->cpu_idle ||
	    b->cpu_iowait < a->cpu_iowait || b->cpu_steal < a->cpu_steal)
		return;
	uint64_t whole = b->cpu_total - a->cpu_total;
	uint64_t idle = b->cpu_idle - a->cpu_idle, iowait = b->cpu_iowait - a->cpu_iowait;
	share(facts, FACT_ID_HOST_CPU_BUSY, whole - (idle + iowait < whole ? idle + iowait : whole), whole,
	      b->cpu_from);
	share(facts, FACT_ID_HOST_CPU_IOWAIT, iowait, whole, b->cpu_from);
	share(facts, FACT_ID_HOST_CPU_STEAL, b->cpu_steal - a->cpu_steal, whole, b->cpu_from);
}

static void net_facts(struct facts *facts, const struct host_sample *a, const struct host_sample *b)
{
	if (!a->have_net || !b->have_net || b->net_errors < a->net_errors || b->net_dropped < a->net_dropped)
		return;
	facts_set_int(facts, FACT_ID_HOST_NET_ERRORS, (int64_t)(b->net_errors - a->net_errors), b->net_from);
	facts_set_int(facts, FACT_ID_HOST_NET_DROPPED, (int64_t)(b->net_dropped - a->net_dropped), b->net_from);
}

static void memory_used(struct facts *facts)
{
	const struct fact *total = &facts->item[FACT_ID_HOST_MEMORY_TOTAL];
	const struct fact *available = &facts->item[FACT_ID_HOST_MEMORY_AVAILABLE];
	if (!total->present || !available->present || total->value.integer <= 0 ||
	    available->value.integer > total->value.integer)
		return;
	int64_t used = total->value.integer - available->value.integer;
	facts_set_real(facts, FACT_ID_HOST_MEMORY_USED, (double)used * 100 / (double)total->value.integer,
	               available->from);
}

void host_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct host_reader reader = {.arena = arena, .facts = facts, .sample = {.step = input->step}};
	struct lines lines;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		reader.from = read_source(arena, input, lines.number, lines.line);
		if (!line_read(&reader, lines.line) && str_trim(lines.line).n)
			facts_unread(arena, facts, reader.from);
	}
	if (reader.cpus)
		facts_set_int(facts, FACT_ID_HOST_CPUS, reader.cpus, reader.sample.cpu_from);
	struct host_sample *all = ARENA_ARRAY(arena, facts->host_count + 1, struct host_sample);
	for (size_t i = 0; i < facts->host_count; i++)
		all[i] = facts->hosts[i];
	all[facts->host_count++] = reader.sample;
	facts->hosts = all;
	memory_used(facts);
	if (facts->host_count < 2)
		return;
	cpu_facts(facts, &all[0], &all[facts->host_count - 1]);
	net_facts(facts, &all[0], &all[facts->host_count - 1]);
}
