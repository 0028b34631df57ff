#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fuzz.h"
#include "grammar.h"
#include "judge.h"
#include "link.h"
#include "read.h"
#include "run.h"
#include "shown.h"

/* A whole run against a device that says what the fuzzer wants.
 *
 * Byte 0: which command is never answered (below), whether a second session is
 * refused, when a signal comes. Then answers, each up to a byte 0xff: flags, a
 * part of the command that it answers up to a newline, and what is printed. A
 * line that is typed takes the first answer left that fits it. */

enum { SECOND = 1000000, TURNS_TOO_MANY = 200000, OUTPUT_BYTES = 1 << 20, LINE_BYTES = 600, ANSWERS = 64 };
enum flags { NO_ECHO = 1, NO_PROMPT = 2, SLOW = 4, ENDS = 8, ON_INTERRUPT = 16, IN_PIECES = 32 };

static const char playbook[] =
        "playbook: short\nsummary: a short checklist\nneeds: entry\nlimits: { time: 60s }\nvars:\n  ping.count: 12\n"
        "steps:\n"
        "  - { id: status, scope: login, send: get system status, read: status }\n"
        "  - { id: performance, scope: global, send: get system performance status, read: performance,\n"
        "      repeat: { count: 2, every: 2s } }\n"
        "  - { id: top, scope: global, send: get system performance top, stop: { time: 2s }, read: top }\n"
        "  - id: ping\n    scope: vdom\n    lane: ping\n    after: [status, performance, top]\n"
        "    options: { repeat-count: '{ping.count}', adaptive-ping: '{ping.adaptive}' }\n"
        "    send: execute ping {server.ip}\n    stop: { when: loss-decided, time: 20s, silence: 6s }\n"
        "    read: ping\n"
        "  - id: sniffer\n    scope: vdom\n    lane: sniffer\n    after: [status, performance, top]\n"
        "    send: diagnose sniffer packet any \"{filter.conversation}\" 4 100 a\n"
        "    stop: { when: traffic-decided, time: 8s }\n    read: sniffer\n"
        "  - { id: sessions, scope: vdom, send: diagnose sys session list, read: sessions, after: [ping] }\n";

static const char entry[] = "date=2024-06-26 time=16:18:28 eventtime=1719415108003787879 tz=\"+0100\" type=\"traffic\" "
                            "vd=\"PROD\" srcip=192.0.2.4 srcport=12345 srcintf=\"internal\" dstip=198.51.100.4 "
                            "dstport=53 dstintf=\"wan1\" proto=17 action=\"ip-conn\" policyid=20";

/* Without an answer to one of these nothing can be ok. */
static const char *const withheld[] = {"get system performance status", "execute ping ", "diagnose sniffer "};

struct answer {
	unsigned flags;
	struct str key, text;
	bool used;
};

struct link {
	bool up, ended, silent;
	char line[LINE_BYTES];
	size_t n;
	struct buf output;        /* printed */
	const struct answer *now; /* whose rest waits for Ctrl-C or q */
	size_t told;              /* of its text */
	int64_t next_us;          /* of its next piece */
	struct link *next;
};

static struct {
	struct answer answers[ANSWERS];
	size_t count;
	const char *withheld;
	bool one_session;
	int64_t signal_us;
	int64_t now_us;
	unsigned turns, opened;
	int wake[2];
	struct link *links;
} gate;

static void gate_read(struct str input)
{
	unsigned first = (unsigned char)input.p[0];
	gate.withheld = withheld[first % 3];
	gate.one_session = first & 4;
	gate.signal_us = first & 8 ? (int64_t)(first >> 4) * 3 * SECOND : INT64_MAX;
	struct str rest = str_from(input, 1);
	while (rest.n && gate.count < ANSWERS) {
		ptrdiff_t end = str_find_char(rest, (char)0xff);
		struct str one = end < 0 ? rest : str_cut(rest, 0, (size_t)end), line;
		rest = str_from(rest, end < 0 ? rest.n : (size_t)end + 1);
		if (one.n == 0)
			continue;
		struct answer *answer = &gate.answers[gate.count++];
		*answer = (struct answer){.flags = (unsigned char)one.p[0]};
		one = str_from(one, 1);
		if (str_next_line(&one, &line))
			answer->key = line;
		answer->text = one;
	}
}

static struct answer *answer_to(const char *line)
{
	static struct answer none;
	for (size_t i = 0; i < gate.count; i++) {
		struct answer *answer = &gate.answers[i];
		if (answer->used || !memmem(line, strlen(line), answer->key.p ? answer->key.p : "", answer->key.n))
			continue;
		answer->used = true;
		return answer;
	}
	none = (struct answer){0};
	return &none;
}

/* Prints the next piece, or all of it. */
static void print_more(struct link *link)
{
	const struct answer *answer = link->now;
	size_t left = answer->text.n - link->told;
	size_t n = answer->flags & SLOW ? 40 : left;
	n = n < left ? n : left;
	buf_add_str(&link->output, str_cut(answer->text, link->told, n));
	link->told += n;
	link->next_us = gate.now_us + SECOND / 2;
	if (link->told < answer->text.n)
		return;
	link->next_us = INT64_MAX;
	link->now = NULL;
	link->ended = answer->flags & ENDS;
	if (!(answer->flags & NO_PROMPT))
		buf_add_text(&link->output, "\r\nFGT # ");
}

static void line_typed(struct link *link)
{
	link->line[link->n] = '\0';
	PROMISE(link->n == 0 || grammar_takes(link->line));
	link->silent = strstr(link->line, gate.withheld) && !strstr(link->line, "-options");
	if (link->silent) {
		buf_clear(&link->output);
		link->now = NULL;
		link->next_us = INT64_MAX;
	} else if (strcmp(link->line, "exit") == 0) {
		link->ended = true;
	} else {
		link->now = answer_to(link->line);
		link->told = 0;
		if (!(link->now->flags & NO_ECHO)) {
			buf_add_text(&link->output, link->line);
			buf_add_text(&link->output, "\r\n");
		}
		link->next_us = link->now->flags & ON_INTERRUPT ? INT64_MAX : gate.now_us + 1000;
	}
	link->n = 0;
}

static void key_typed(struct link *link, char c)
{
	bool key = c == '\x03' || (link->n == 0 && (c == 'q' || c == 'a' || c == ' '));
	if (key && link->silent)
		buf_add_text(&link->output, "\r\nFGT # ");
	else if (key && link->now)
		link->next_us = gate.now_us;
	if (c == '\n')
		line_typed(link);
	else if (!key) {
		PROMISE(link->n + 1 < sizeof link->line);
		link->line[link->n++] = c;
	}
}

/* ---- link.h ---- */

static struct link *gate_open(void *arg, int64_t now_us)
{
	(void)arg;
	(void)now_us;
	struct link *link = calloc(1, sizeof *link);
	PROMISE(link && gate.opened < 100);
	link->up = gate.opened++ == 0 || !gate.one_session;
	link->next_us = INT64_MAX;
	link->next = gate.links;
	gate.links = link;
	buf_init(&link->output, OUTPUT_BYTES);
	link->now = answer_to("login");
	link->next_us = gate.now_us;
	return link;
}

void link_step(struct link *link, int64_t now_us)
{
	while (link->up && !link->ended && link->now && now_us >= link->next_us)
		print_more(link);
}

enum link_state link_state(const struct link *link)
{
	return link->up ? LINK_UP : LINK_DOWN;
}

size_t link_pollfds(struct link *link, struct pollfd fds[static LINK_MAX_POLLFDS])
{
	(void)link;
	(void)fds;
	return 0;
}

int64_t link_deadline(const struct link *link)
{
	return link->up && !link->ended ? link->next_us : INT64_MAX;
}

size_t link_read(struct link *link, char *bytes, size_t max)
{
	max = link->now && (link->now->flags & IN_PIECES) && max > 7 ? 7 : max;
	size_t n = link->output.n < max ? link->output.n : max;
	memcpy(bytes, link->output.p ? link->output.p : "", n);
	buf_drop(&link->output, n);
	return n;
}

size_t link_write(struct link *link, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && link->up && !link->ended; i++)
		key_typed(link, bytes[i]);
	return link->up ? n : 0;
}

bool link_eof(const struct link *link)
{
	return link->ended && link->output.n == 0;
}

const struct err *link_error(const struct link *link)
{
	static const struct err refused = {.kind = ERR_AUTH, .text = "too many sessions"};
	return link->up ? NULL : &refused;
}

void link_close(struct link *link)
{
	link->up = false;
}

void link_free(struct link *link)
{
	struct link **at = &gate.links;
	while (link && *at != link)
		at = &(*at)->next;
	if (!link)
		return;
	*at = link->next;
	buf_done(&link->output);
	free(link);
}

const char *link_legacy(const struct link *link)
{
	(void)link;
	return "";
}

void link_ports(const struct link *link, unsigned *local, unsigned *remote)
{
	(void)link;
	*local = 50000;
	*remote = 22;
}

/* ---- clock.h ---- */

int64_t clock_mono_us(void)
{
	return gate.now_us;
}

int64_t clock_utc_us(void)
{
	return INT64_C(1700000000000000) + gate.now_us;
}

int clock_poll_ms(int64_t deadline_us)
{
	int64_t when = deadline_us;
	PROMISE(++gate.turns < TURNS_TOO_MANY);
	for (const struct link *link = gate.links; link; link = link->next) {
		if (link->up && (link->output.n || link->ended))
			when = gate.now_us;
		else if (link->up && link->now && link->next_us < when)
			when = link->next_us;
	}
	when = gate.signal_us < when ? gate.signal_us : when;
	PROMISE(when != INT64_MAX);
	gate.now_us = when > gate.now_us ? when : gate.now_us;
	if (gate.signal_us <= gate.now_us) {
		gate.signal_us = INT64_MAX;
		PROMISE(write(gate.wake[1], "x", 1) == 1);
	}
	return 0;
}

/* ---- the run ---- */

static void judge_run(struct arena *arena, const struct plan *plan, const struct transcript *transcript,
                      struct verdict *verdict)
{
	struct step_list steps;
	struct facts facts;
	transcript_steps(transcript, &steps);
	struct str *clean = ARENA_ARRAY(arena, steps.count + 1, struct str);
	read_run(arena, &plan->playbook, &steps, &facts, clean);
	struct judge_input input = {.plan = plan,
	                            .facts = &facts,
	                            .steps = &steps,
	                            .clean = clean,
	                            .started_us = transcript->header.started_us,
	                            .duration_us = transcript->end_us,
	                            .cut = transcript->cut};
	judge(arena, &input, &facts, verdict);
	struct report report = {.version = "0",
	                        .plan = plan,
	                        .transcript = transcript,
	                        .steps = &steps,
	                        .clean = clean,
	                        .facts = &facts,
	                        .verdict = verdict,
	                        .error = steps.have_trouble ? &steps.trouble : NULL};
	shown_check_report(&report);
}

/* Judged again from its file, a run gives the same verdict. */
static void judge_twice(struct arena *arena, const struct plan *plan, const struct transcript *transcript)
{
	struct verdict verdict, again;
	struct transcript read;
	struct buf file;
	struct err err;
	judge_run(arena, plan, transcript, &verdict);
	PROMISE(verdict.status != STATE_OK);
	buf_init(&file, TRANSCRIPT_MAX_BYTES);
	transcript_write(transcript, &file);
	PROMISE(transcript_read(arena, buf_str(&file), &read, &err) == 0 && !read.cut);
	judge_run(arena, plan, &read, &again);
	PROMISE(verdict.status == again.status && strcmp(verdict.summary, again.summary) == 0);
	buf_done(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct arena *arena = arena_new();
	struct plan_request request = {.playbook_name = "short", .playbook = str_of(playbook), .entry_text = entry};
	struct plan plan;
	struct transcript transcript;
	struct err err = {0};
	memset(&gate, 0, sizeof gate);
	gate_read(fuzz_str(data, size));
	PROMISE(pipe2(gate.wake, O_NONBLOCK | O_CLOEXEC) == 0);
	PROMISE(plan_make(arena, &request, &plan, &err) == 0);
	transcript_init(&transcript, arena);
	plan_describe(arena, &request, &plan, &transcript.header);
	transcript.header.version = transcript.header.device = "x";
	struct run_options options = {.open = gate_open, .wake_fd = gate.wake[0], .ssh_port = 22};
	if (run_plan(arena, &plan, &options, &transcript, &err) < 0)
		PROMISE(err.text[0]);
	PROMISE(gate.now_us <= plan.time_us && !gate.links);
	judge_twice(arena, &plan, &transcript);
	(void)close(gate.wake[0]);
	(void)close(gate.wake[1]);
	arena_free(arena);
	return 0;
}
