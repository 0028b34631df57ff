#include "lines.h"
#include "num.h"
#include "readers.h"

/* `get system performance status`. */

struct performance_reader {
	struct arena *arena;
	const struct read_input *input;
	struct facts *facts;
	struct performance *sample;
	size_t core_capacity, number_capacity;
	unsigned line;
	struct str text;
};

static struct source here(const struct performance_reader *reader)
{
	return read_source(reader->arena, reader->input, reader->line, reader->text);
}

static struct performance *sample_add(struct performance_reader *reader)
{
	struct facts *facts = reader->facts;
	struct performance *all = ARENA_ARRAY(reader->arena, facts->performance_count + 1, struct performance);
	for (size_t i = 0; i < facts->performance_count; i++)
		all[i] = facts->performance[i];
	facts->performance = all;
	reader->core_capacity = reader->number_capacity = 0;
	struct performance *sample = &all[facts->performance_count++];
	*sample = (struct performance){.step = reader->input->step, .memory_free = -1, .memory_freeable = -1};
	return sample;
}

/* ---- CPU ---- */

/* "0% user 1% system 0% nice 99% idle [0% iowait 0% irq 0% softirq]" */
static bool share_parse(struct str text, struct cpu_share *out)
{
	struct cpu_share share = {0};
	struct {
		const char *word;
		double *value;
	} const fields[] = {
	        {"user", &share.user},       {"system", &share.system}, {"nice", &share.nice},
	        {"idle", &share.idle},       {"iowait", &share.iowait}, {"irq", &share.irq},
	        {"softirq", &share.softirq},
	};
	struct str percent, word;
	double sum = 0;
	size_t count = 0;
	while (str_next_word(&text, &percent)) {
		if (count == 7 || !str_next_word(&text, &word) || !str_is(word, fields[count].word) ||
		    !read_percent(percent, fields[count].value))
			return false;
		sum += *fields[count++].value;
	}
	/* Each figure is rounded on its own, so their sum is near 100 only. */
	if ((count != 4 && count != 7) || sum < 90 || sum > 110)
		return false;
	share.have_irq = count == 7;
	*out = share;
	return true;
}

static const char share_trouble[] = "the figures of a CPU line are not percentages that add up to 100";

static void core_add(struct performance_reader *reader, unsigned number, const struct cpu_share *share)
{
	struct performance *sample = reader->sample;
	size_t count = sample->core_count;
	for (size_t i = 0; i < count; i++) {
		if (sample->core_numbers[i] == number)
			return;
	}
	sample->cores = arena_grow(reader->arena, sample->cores, count, &reader->core_capacity, sizeof *sample->cores);
	sample->core_numbers = arena_grow(reader->arena, sample->core_numbers, count, &reader->number_capacity,
	                                  sizeof *sample->core_numbers);
	size_t at = count;
	for (; at > 0 && sample->core_numbers[at - 1] > number; at--) {
		sample->cores[at] = sample->cores[at - 1];
		sample->core_numbers[at] = sample->core_numbers[at - 1];
	}
	sample->cores[at] = *share;
	sample->core_numbers[at] = number;
	sample->core_count++;
}

/* "CPU states: …" and "CPU3 states: …"; false when it is neither. */
static bool cpu_read(struct performance_reader *reader)
{
	struct str rest = reader->text;
	struct cpu_share share;
	uint64_t number = 0;
	if (!str_starts(rest, "CPU"))
		return false;
	rest = str_from(rest, 3);
	bool core = read_number(rest, 4095, &number, &rest);
	if (!read_after(rest, " states:", &rest))
		return false;
	if (!core && reader->sample->have_all)
		reader->sample = sample_add(reader);
	if (!share_parse(rest, &share)) {
		facts_set_absent(reader->facts, core ? FACT_ID_CPU_CORE_BUSY_MAX : FACT_ID_CPU_BUSY, share_trouble);
		reader->sample->cores_damaged += core;
		return true;
	}
	share.from = here(reader);
	if (core) {
		core_add(reader, (unsigned)number, &share);
	} else {
		reader->sample->all = share;
		reader->sample->have_all = true;
	}
	return true;
}

/* ---- memory ---- */

/* "816796k used (40.7%)" */
static bool amount_parse(struct str text, const char *word, uint64_t *kib, double *percent)
{
	struct str rest;
	return read_number(text, UINT64_C(1) << 40, kib, &rest) && read_after(rest, "k ", &rest) &&
	       read_after(rest, word, &rest) && read_after(rest, "(", &rest) && str_ends(rest, ")") &&
	       read_percent(str_cut(rest, 0, rest.n - 1), percent);
}

static struct str next_field(struct str *rest)
{
	ptrdiff_t comma = str_find_char(*rest, ',');
	struct str field = comma < 0 ? *rest : str_cut(*rest, 0, (size_t)comma);
	*rest = comma < 0 ? (struct str){"", 0} : str_from(*rest, (size_t)comma + 1);
	return str_trim(field);
}

/* Are the printed percentage and the amount it stands for the same thing? */
static bool same_share(uint64_t part, uint64_t total, double percent)
{
	if (total == 0)
		return false;
	double share = (double)part * 100 / (double)total;
	return share > percent - 1.5 && share < percent + 1.5;
}

/* "2005244k total, 816796k used (40.7%), 1030464k free (51.4%), 157984k freeable (7.9%)" */
static const char *memory_parse(struct performance_reader *reader, struct str rest)
{
	struct performance *sample = reader->sample;
	uint64_t total, used, part;
	double percent;
	struct str unit;
	if (str_starts(rest, "Data Unavailable"))
		return "the device says that memory data is unavailable";
	if (!read_number(next_field(&rest), UINT64_C(1) << 40, &total, &unit) || !str_is(unit, "k total") ||
	    !amount_parse(next_field(&rest), "used", &used, &percent))
		return "the memory line has an unknown form";
	if (!same_share(used, total, percent))
		return "the memory line contradicts itself: used is not that share of total";
	sample->have_memory = true;
	sample->memory_used = percent;
	sample->memory_from = here(reader);
	if (amount_parse(next_field(&rest), "free", &part, &percent) && same_share(part, total, percent))
		sample->memory_free = percent;
	if (amount_parse(next_field(&rest), "freeable", &part, &percent) && same_share(part, total, percent))
		sample->memory_freeable = percent;
	facts_set_int(reader->facts, FACT_ID_MEMORY_TOTAL, (int64_t)total, sample->memory_from);
	return NULL;
}

static bool memory_line(struct performance_reader *reader)
{
	struct performance *sample = reader->sample;
	struct str rest;
	struct str percent = {"", 0};
	const char *trouble = NULL;
	if (sample->have_memory)
		return false;
	if (read_after(reader->text, "Memory states:", &rest)) {
		if (str_next_word(&rest, &percent) && read_percent(percent, &sample->memory_used) &&
		    str_is(str_trim(rest), "used")) {
			sample->have_memory = true;
			sample->memory_from = here(reader);
		} else {
			trouble = "the memory line has an unknown form";
		}
	} else if (read_after(reader->text, "Memory:", &rest)) {
		trouble = memory_parse(reader, rest);
	} else {
		return false;
	}
	if (trouble)
		facts_set_absent(reader->facts, FACT_ID_MEMORY_USED, trouble);
	return true;
}

/* ---- averages and up time ---- */

static void average_read(struct performance_reader *reader, enum fact_id id, struct str rest, const char *unit)
{
	uint64_t value;
	if (read_number(rest, UINT64_C(1) << 40, &value, &rest) && read_after(rest, unit, &rest))
		facts_set_int(reader->facts, id, (int64_t)value, here(reader));
}

/* "120 / 18 kbps in 1 minute, …"; older devices print one number for both. */
static void network_read(struct performance_reader *reader, struct str rest)
{
	static const char both[] = "the device prints one figure for both directions";
	uint64_t in, out;
	if (!read_number(rest, UINT64_C(1) << 40, &in, &rest))
		return;
	if (str_starts(rest, " kbps in 1 minute")) {
		facts_set_absent(reader->facts, FACT_ID_NETWORK_IN, both);
		facts_set_absent(reader->facts, FACT_ID_NETWORK_OUT, both);
		return;
	}
	if (!read_after(rest, " / ", &rest) || !read_number(rest, UINT64_C(1) << 40, &out, &rest) ||
	    !str_starts(rest, " kbps in 1 minute"))
		return;
	facts_set_int(reader->facts, FACT_ID_NETWORK_IN, (int64_t)in, here(reader));
	facts_set_int(reader->facts, FACT_ID_NETWORK_OUT, (int64_t)out, here(reader));
}

/* "22 days,  2 hours,  17 minutes" */
static void uptime_read(struct performance_reader *reader, struct str rest)
{
	static const struct {
		const char *word;
		uint64_t max, seconds;
	} parts[] = {{" days,", 36500, 86400}, {" hours,", 23, 3600}, {" minutes", 59, 60}};
	uint64_t value, seconds = 0;
	for (size_t i = 0; i < 3; i++) {
		if (!read_number(rest, parts[i].max, &value, &rest) || !read_after(rest, parts[i].word, &rest))
			return;
		seconds += value * parts[i].seconds;
	}
	facts_set_int(reader->facts, FACT_ID_DEVICE_UPTIME, (int64_t)seconds, here(reader));
}

static void line_read(struct performance_reader *reader)
{
	struct str rest;
	if (cpu_read(reader) || memory_line(reader))
		return;
	if (read_after(reader->text, "Average network usage:", &rest))
		network_read(reader, rest);
	else if (read_after(reader->text, "Average sessions:", &rest))
		average_read(reader, FACT_ID_SESSIONS, rest, " sessions in 1 minute");
	else if (read_after(reader->text, "Average session setup rate:", &rest))
		average_read(reader, FACT_ID_SESSION_SETUP_RATE, rest, " sessions per second in last 1 minute");
	else if (read_after(reader->text, "Uptime:", &rest))
		uptime_read(reader, rest);
}

/* ---- facts of the newest sample ---- */

static void core_facts(const struct performance *sample, struct facts *facts)
{
	const struct cpu_share *busiest = &sample->cores[0];
	const struct cpu_share *softest = NULL;
	for (size_t i = 0; i < sample->core_count; i++) {
		const struct cpu_share *core = &sample->cores[i];
		if (core->idle < busiest->idle)
			busiest = core;
		if (core->have_irq && (!softest || core->softirq > softest->softirq))
			softest = core;
	}
	/* The line that could not be read may be that of the busiest core. */
	if (sample->cores_damaged) {
		facts_set_absent(facts, FACT_ID_CPU_CORE_BUSY_MAX, share_trouble);
		facts_set_absent(facts, FACT_ID_CPU_CORE_SOFTIRQ_MAX, share_trouble);
		return;
	}
	facts_set_real(facts, FACT_ID_CPU_CORE_BUSY_MAX, 100 - busiest->idle, busiest->from);
	facts_set_int(facts, FACT_ID_CPU_CORES, (int64_t)sample->core_count, (struct source){0});
	if (softest)
		facts_set_real(facts, FACT_ID_CPU_CORE_SOFTIRQ_MAX, softest->softirq, softest->from);
	else
		facts_set_absent(facts, FACT_ID_CPU_CORE_SOFTIRQ_MAX, "this FortiOS does not print softirq");
}

static void sample_facts(const struct performance *sample, struct facts *facts)
{
	int64_t samples = 0;
	for (size_t i = 0; i < facts->performance_count; i++)
		samples += facts->performance[i].have_all;
	if (samples)
		facts_set_int(facts, FACT_ID_CPU_SAMPLES, samples, (struct source){0});
	if (sample->have_all)
		facts_set_real(facts, FACT_ID_CPU_BUSY, 100 - sample->all.idle, sample->all.from);
	if (sample->core_count)
		core_facts(sample, facts);
	if (!sample->have_memory)
		return;
	facts_set_real(facts, FACT_ID_MEMORY_USED, sample->memory_used, sample->memory_from);
	if (sample->memory_freeable >= 0)
		facts_set_real(facts, FACT_ID_MEMORY_FREEABLE, sample->memory_freeable, sample->memory_from);
	else
		facts_set_absent(facts, FACT_ID_MEMORY_FREEABLE, "this FortiOS does not print freeable memory");
}

void performance_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct performance_reader reader = {.arena = arena, .input = input, .facts = facts};
	struct lines lines;
	reader.sample = sample_add(&reader);
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		reader.line = lines.number;
		reader.text = str_trim(lines.line);
		line_read(&reader);
	}
	sample_facts(reader.sample, facts);
	if (!reader.sample->have_all && !reader.sample->have_memory && reader.sample->core_count == 0)
		facts->performance_count--;
}
