#include <string.h>

#include "lines.h"
#include "num.h"
#include "ping_facts.h"
#include "ping_line.h"
#include "readers.h"

/* `execute ping` and `execute ping6`. */

struct ping_reader {
	struct arena *arena;
	const struct read_input *input;
	struct ping_run *run;
	size_t capacity;
	uint32_t first;  /* sequence printed for the first request */
	uint32_t unread; /* lines between start and statistics that are no replies */
	struct str text; /* of the first line that is not empty */
	unsigned line;
	struct str last_text; /* of the last reply line */
	unsigned last_line;
};

static void error_add(struct ping_reader *reader, const struct lines *lines)
{
	struct str words = str_trim(lines->line);
	enum ping_error kind = ping_error_parse(words);
	if (kind == PING_ERROR_NONE)
		return;
	reader->run->send_errors += kind == PING_ERROR_SEND;
	if (reader->run->error)
		return;
	reader->run->error = arena_strndup(reader->arena, words.p, words.n);
	reader->run->error_from = read_source(reader->arena, reader->input, lines->number, lines->line);
}

static void reply_add(struct ping_reader *reader, const struct lines *lines, uint32_t seq, int64_t rtt_us)
{
	struct ping_run *run = reader->run;
	if (seq < reader->first)
		return;
	run->replies =
	        arena_grow(reader->arena, run->replies, run->reply_count, &reader->capacity, sizeof *run->replies);
	run->replies[run->reply_count++] = (struct ping_reply){seq - reader->first, rtt_us, lines->number};
	reader->last_text = lines->line;
	reader->last_line = lines->number;
}

static void statistics_set(struct ping_reader *reader, const struct lines *lines, const struct ping_statistics *found)
{
	struct ping_run *run = reader->run;
	run->have_statistics = true;
	run->transmitted = found->transmitted;
	run->received = found->received;
	run->duplicates = found->duplicates;
	run->statistics_from = read_source(reader->arena, reader->input, lines->number, lines->line);
}

/* False at the line that begins another ping. */
static bool line_read(struct ping_reader *reader, const struct lines *lines)
{
	struct ping_start start;
	struct ping_statistics statistics;
	uint32_t seq;
	int64_t rtt_us;
	struct str text = str_trim(lines->line);
	if (ping_start_parse(text, &start)) {
		if (reader->run->started)
			return false;
		reader->run->started = true;
		reader->first = start.first;
		reader->run->data_size = start.data_size;
	} else if (reader->run->started && ping_reply_parse(text, &seq, &rtt_us)) {
		reply_add(reader, lines, seq, rtt_us);
	} else if (reader->run->started && !reader->run->have_statistics && ping_statistics_parse(text, &statistics)) {
		statistics_set(reader, lines, &statistics);
	} else {
		reader->unread += text.n && reader->run->started && !reader->run->have_statistics;
		error_add(reader, lines);
	}
	if (text.n && reader->line == 0) {
		reader->line = lines->number;
		reader->text = lines->line;
	}
	return true;
}

/* ---- what follows from the lines ---- */

/* How many requests are known to have gone out; the answers of the first
 * `sent` of them are then known too. */
static uint32_t sent_count(const struct ping_reader *reader, const struct ping_run *run)
{
	uint32_t answered_end = 0; /* one past the last sequence answered */
	for (size_t i = 0; i < run->reply_count; i++) {
		if (run->replies[i].seq >= answered_end)
			answered_end = run->replies[i].seq + 1;
	}
	if (!run->have_statistics || run->transmitted <= answered_end)
		return answered_end;
	const struct step_run *step = reader->input->run;
	bool under_way = step && step->end.interrupted;
	return run->transmitted - (under_way ? 1 : 0);
}

static void losses_count(struct ping_run *run, const bool *answered, uint32_t sent)
{
	uint32_t gap = 0;
	for (uint32_t seq = 1; seq < sent; seq++) {
		gap = answered[seq] ? 0 : gap + 1;
		run->lost += gap > 0;
		if (gap > run->longest_run) {
			run->longest_run = gap;
			run->longest_run_start = seq + 1 - gap;
		}
	}
}

/* A line of replies damaged by console noise is no lost packet: the device's
 * own count limits what the missing lines may mean. */
static void losses_limit(struct ping_run *run)
{
	if (!run->have_statistics || run->received > run->transmitted)
		return;
	uint32_t most = run->transmitted - run->received;
	if (run->lost > most)
		run->lost = most;
	if (run->longest_run > run->lost)
		run->longest_run = run->lost;
}

/* Do the reply lines and the statistics tell different stories? More answers
 * than requests, far more loss than the lines leave room for (the first and the
 * last request may be missing from the lines' count), or far more lines missing
 * than noise can have damaged. */
static bool contradicts(const struct ping_run *run, uint32_t lost_by_lines, uint32_t unread)
{
	if (!run->have_statistics)
		return false;
	uint32_t lost = run->received < run->transmitted ? run->transmitted - run->received : 0;
	if (lost_by_lines > lost + unread + 2)
		return true;
	for (size_t i = 0; i < run->reply_count; i++) {
		if (run->replies[i].seq >= run->transmitted)
			return true;
	}
	return lost > lost_by_lines + 2;
}

/* Nothing of such a run may count, for or against the way. */
static void run_void(struct ping_run *run)
{
	run->counted = run->lost = run->longest_run = run->longest_run_start = 0;
	if (run->error)
		return;
	run->error = "its reply lines and its statistics contradict each other";
	run->error_from = run->statistics_from;
}

static void run_derive(struct ping_reader *reader)
{
	struct ping_run *run = reader->run;
	uint32_t sent = sent_count(reader, run);
	uint32_t repeated = 0;
	uint32_t newest = 0;
	bool *answered = ARENA_ARRAY(reader->arena, (size_t)sent + 1, bool);
	for (size_t i = 0; i < run->reply_count; i++) {
		run->late += run->replies[i].seq < newest && !answered[run->replies[i].seq];
		newest = run->replies[i].seq > newest ? run->replies[i].seq : newest;
		bool *seen = &answered[run->replies[i].seq];
		repeated += *seen;
		*seen = true;
	}
	if (run->duplicates < repeated)
		run->duplicates = repeated;
	run->counted = sent ? sent - 1 : 0;
	losses_count(run, answered, sent);
	bool contradictory = contradicts(run, run->lost, reader->unread);
	losses_limit(run);
	uint32_t gone_out = run->have_statistics ? run->transmitted : sent;
	run->truncated = gone_out < run->requested;
	if (!run->have_statistics && run->reply_count)
		run->statistics_from = read_source(reader->arena, reader->input, reader->last_line, reader->last_text);
	if (contradictory)
		run_void(run);
}

static bool is_probe(const struct playbook_step *step)
{
	for (size_t i = 0; step && i < step->option_count; i++) {
		if (strcmp(step->options[i].name, "df-bit") == 0)
			return true;
	}
	return false;
}

void read_ping_run(struct arena *arena, const struct read_input *input, struct ping_run *out)
{
	struct ping_run run = {.step = input->step,
	                       .on_host = out->on_host,
	                       .requested = out->requested,
	                       .adaptive = out->adaptive,
	                       .options_read_back = out->options_read_back};
	struct ping_reader reader = {.arena = arena, .input = input, .run = &run};
	struct lines lines;
	run.probe = is_probe(input->playbook_step);
	lines_init(&lines, input->text);
	while (lines_next(&lines) && line_read(&reader, &lines))
		;
	if (!run.started && !run.error && reader.line) {
		struct str words = str_trim(reader.text);
		run.error = arena_strndup(arena, words.p, words.n);
		run.error_from = read_source(arena, input, reader.line, reader.text);
	}
	run_derive(&reader);
	*out = run;
}

void ping_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct ping_run run = {0};
	if (input->run) {
		const struct step_end *end = &input->run->end;
		run.on_host = input->run->planned && strcmp(input->run->planned->on, "host") == 0;
		run.requested = end->requested;
		run.adaptive = end->adaptive;
		run.options_read_back = end->options_read_back;
	}
	read_ping_run(arena, input, &run);
	struct ping_run *all = ARENA_ARRAY(arena, facts->ping_count + 1, struct ping_run);
	for (size_t i = 0; i < facts->ping_count; i++)
		all[i] = facts->pings[i];
	all[facts->ping_count++] = run;
	facts->pings = all;
	ping_facts(arena, facts, run.on_host, run.on_host ? &ping_host_facts : &ping_gate_facts);
	if (run.counted && !run.probe)
		ping_timeline(arena, facts, &run);
	if (run.error && run.counted == 0 && !run.on_host) {
		const char *reason = arena_printf(arena, "the ping sent nothing that counts: %s", run.error);
		for (int id = FACT_ID_PING_SENT; id <= FACT_ID_PING_JITTER; id++)
			facts_set_absent(facts, (enum fact_id)id, reason);
	}
}

/* ---- ping options ---- */

/* "Repeat Count: 300", "repeat-count 300": the words without what joins them. */
static bool is_repeat_count(struct str key)
{
	static const char wanted[] = "repeatcount";
	size_t at = 0;
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i] >= 'A' && key.p[i] <= 'Z' ? (char)(key.p[i] + ('a' - 'A')) : key.p[i];
		if (c == ' ' || c == '-' || c == '_' || c == '\t')
			continue;
		if (at >= sizeof wanted - 1 || c != wanted[at++])
			return false;
	}
	return at == sizeof wanted - 1;
}

bool read_ping_options(struct str clean, unsigned *repeat_count)
{
	struct lines lines;
	unsigned count;
	lines_init(&lines, clean);
	while (lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		size_t n = text.n;
		while (n && text.p[n - 1] >= '0' && text.p[n - 1] <= '9')
			n--;
		struct str key = str_trim(str_cut(text, 0, n));
		if (key.n && (key.p[key.n - 1] == ':' || key.p[key.n - 1] == '='))
			key.n--;
		if (!is_repeat_count(key) || !num_uint(str_from(text, n), 1, 1000000, &count))
			continue;
		*repeat_count = count;
		return true;
	}
	return false;
}
