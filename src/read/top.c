#include "lines.h"
#include "num.h"
#include "readers.h"

/* `diagnose sys top` and `get system performance top`: screens of processes,
 * each begun by a form feed or its "Run Time:" line. */

/* A process with many threads may use more than one core. */
static const uint64_t MAX_CPU_TENTHS = 64 * 1000;

struct frame {
	struct process *processes;
	size_t count, capacity;
	bool damaged; /* a row had figures that cannot be */
};

struct top_reader {
	struct arena *arena;
	const struct read_input *input;
	unsigned frames;
	bool open; /* the frame has begun */
	struct frame before, now;
};

static bool is_priority(char c)
{
	return c == '<' || c == '>' || c == 'N' || c == '+';
}

/* "S", "S <", "R<": *rest then begins at the CPU share. */
static bool state_parse(struct str *rest, char *state)
{
	struct str word;
	struct str next = *rest;
	if (!str_next_word(&next, &word) || word.n > 2 || str_find_char(STR("RSDZTWXIs"), word.p[0]) < 0)
		return false;
	if (word.n == 2 && !is_priority(word.p[1]))
		return false;
	*state = word.p[0] == 's' ? 'S' : word.p[0];
	*rest = next;
	if (word.n == 1 && str_next_word(&next, &word) && word.n == 1 && is_priority(word.p[0]))
		*rest = next;
	return true;
}

enum row { ROW_NONE, ROW_PROCESS, ROW_DAMAGED };

/* "  ipshelper   199   S <   0.0   1.8 [core]" */
static enum row row_parse(struct arena *arena, struct str text, struct process *out)
{
	struct str name, word, cpu_text, memory_text;
	uint64_t cpu, memory;
	unsigned pid, core;
	char state;
	if (!str_next_word(&text, &name) || !str_next_word(&text, &word) || !num_uint(word, 1, 1U << 22, &pid) ||
	    !state_parse(&text, &state) || !str_next_word(&text, &cpu_text) || !str_next_word(&text, &memory_text))
		return ROW_NONE;
	if (str_next_word(&text, &word) && (!num_uint(word, 0, 4095, &core) || str_trim(text).n))
		return ROW_NONE;
	if (!num_decimal(cpu_text, 1, MAX_CPU_TENTHS, &cpu) || !num_decimal(memory_text, 1, 1000, &memory))
		return ROW_DAMAGED;
	*out = (struct process){.name = arena_strndup(arena, name.p, name.n),
	                        .pid = pid,
	                        .state = state,
	                        .cpu = (double)cpu / 10,
	                        .memory = (double)memory / 10,
	                        .own = str_is(name, "newcli") || str_is(name, "sshd")};
	return ROW_PROCESS;
}

static void frame_close(struct top_reader *reader)
{
	if (reader->open && (reader->now.count || reader->now.damaged))
		reader->before = reader->now;
	reader->open = false;
	reader->now = (struct frame){0};
}

static void frame_open(struct top_reader *reader)
{
	if (!reader->open)
		reader->frames++;
	reader->open = true;
}

static void row_add(struct top_reader *reader, const struct lines *lines)
{
	struct process process;
	struct frame *frame = &reader->now;
	enum row row = row_parse(reader->arena, lines->line, &process);
	if (row == ROW_NONE)
		return;
	frame_open(reader);
	frame->damaged |= row == ROW_DAMAGED;
	if (row == ROW_DAMAGED)
		return;
	process.from = read_source(reader->arena, reader->input, lines->number, lines->line);
	frame->processes =
	        arena_grow(reader->arena, frame->processes, frame->count, &frame->capacity, sizeof *frame->processes);
	frame->processes[frame->count++] = process;
}

static void frames_read(struct top_reader *reader)
{
	struct lines lines;
	lines_init(&lines, reader->input->text);
	while (lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		bool header = str_starts(text, "Run Time:");
		if (header || str_is(text, "\f"))
			frame_close(reader);
		if (header)
			frame_open(reader);
		else
			row_add(reader, &lines);
	}
}

/* The frame that was ended by our key may lack rows: then the one before it is
 * the last complete one. */
static struct frame frame_last(struct top_reader *reader)
{
	if (reader->before.count == 0 || reader->now.count >= reader->before.count)
		return reader->now;
	if (reader->open)
		reader->frames--;
	return reader->before;
}

static void top_facts(const struct top *top, const struct frame *frame, struct facts *facts)
{
	const struct process *busiest = NULL;
	for (size_t i = 0; i < top->process_count; i++) {
		const struct process *process = &top->processes[i];
		if (!process->own && (!busiest || process->cpu > busiest->cpu))
			busiest = process;
	}
	const char *trouble = NULL;
	if (frame->damaged)
		trouble = "a process is listed with figures that cannot be";
	else if (top->frames < 2)
		trouble = "only the first screen of top was seen, and its CPU figures are unreliable";
	else if (!busiest)
		trouble = "top lists no process but our own";
	if (trouble) {
		facts_set_absent(facts, FACT_ID_TOP_PROCESS, trouble);
		facts_set_absent(facts, FACT_ID_TOP_PROCESS_CPU, trouble);
		return;
	}
	facts_set_text(facts, FACT_ID_TOP_PROCESS, busiest->name, busiest->from);
	facts_set_real(facts, FACT_ID_TOP_PROCESS_CPU, busiest->cpu, busiest->from);
}

void top_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct top_reader reader = {.arena = arena, .input = input};
	frames_read(&reader);
	struct frame frame = frame_last(&reader);
	if (frame.count == 0 && !frame.damaged)
		return;
	struct top *all = ARENA_ARRAY(arena, facts->top_count + 1, struct top);
	for (size_t i = 0; i < facts->top_count; i++)
		all[i] = facts->tops[i];
	facts->tops = all;
	struct top *top = &all[facts->top_count++];
	*top = (struct top){
	        .step = input->step,
	        .frames = reader.frames,
	        .damaged = frame.damaged,
	        .processes = frame.processes,
	        .process_count = frame.count,
	};
	top_facts(top, &frame, facts);
}
