/* Time grows no faster than input: twice of it takes at most 2.2 times as long,
 * for every reader of untrusted text and every hostile shape.
 *
 * usage: linear [KIB]   (the larger size; 1024 unless given) */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "dialog.h"
#include "encode.h"
#include "entry.h"
#include "paste.h"
#include "pattern.h"
#include "plan.h"
#include "read.h"
#include "redact.h"
#include "repack.h"
#include "transcript.h"
#include "transcript_trim.h"

enum { ROUNDS = 5, TRIES = 4, DOUBLINGS = 3 };

static const double MOST = 2.2;
static const double TOO_SHORT = 0.005; /* seconds of CPU that tell nothing */

/* ---- shapes ---- */

struct shape {
	const char *name, *head, *unit, *tail;
};

static const struct shape shapes[] = {
        {"one line of x", "", "x", ""},
        {"empty lines", "", "\n", ""},
        {"short lines", "", "a=b\n", ""},
        {"ESC", "", "\x1b", ""},
        {"ESC [", "", "\x1b[", ""},
        {"ESC ]", "", "\x1b]", ""},
        {"backspaces", "", "\b", ""},
        {"letters and backspaces", "", "ab\b", ""},
        {"CR", "", "\r", ""},
        {"words and CR", "", "word\r", ""},
        {"--More--", "", "--More-- ", ""},
        {"--More-- CR", "", "--More-- \r         \r", ""},
        {"prompts", "", "FGT # ", ""},
        {"prompt lines", "", "FGT # \n", ""},
        {"blanks", "", " ", ""},
        {"digits", "", "1", ""},
        {"open quotes", "action=\"ip-conn", "\\\"", ""},
        {"keys", "date=2024-06-26 action=\"ip-conn\" ", "srcip=1.2.3.4 ", "\n"},
        {"entries", "",
         "date=2024-06-26 time=16:18:28 srcip=192.0.2.4 srcport=1 dstip=198.51.100.4 dstport=53 proto=17 "
         "action=\"ip-conn\"\n",
         ""},
        {"JSON arrays", "", "[", ""},
        {"JSON objects", "", "{\"a\":", ""},
        {"octet counts", "", "9 a ", ""},
        {"octet counts that lie", "", "99999 a\n", ""},
        {"CEF", "CEF:0|Fortinet|Fortigate|v7|1|traffic:forward ip-conn|3|", "src=1.2.3.4 a\\=b ", "\n"},
        {"commas", "", "a,", ""},
        {"ping lines", "PING 8.8.4.4 (8.8.4.4): 56 data bytes\n",
         "64 bytes from 8.8.4.4: icmp_seq=1 ttl=1 time=1.0 ms\n", ""},
        {"sniffer lines", "interfaces=[any]\nfilters=[x]\n",
         "2026-11-23 08:03:09.109148 wan1 in 192.0.2.5.4 -> 8.8.4.4.53: udp 25\n", ""},
        {"frames", "interfaces=[any]\nfilters=[x]\n",
         "2026-11-23 08:03:09.109148 wan1 in 192.0.2.5.4 -> 8.8.4.4.53: udp 25\n"
         "0x0000 \t 0000 0000 0001 0009 0f09 0900 0800 4500\t..............E.\n\n",
         ""},
        {"rows without end", "2026-11-23 08:03:09.109148 wan1 in 192.0.2.5.4 -> 8.8.4.4.53: udp 25\n",
         "0x0000 \t 0000 0000 0001 0009 0f09 0900 0800 4500\t..............E.\n", ""},
        {"sessions", "",
         "session info: proto=17 proto_state=00 duration=1 expire=1\nhook=pre dir=org act=snat "
         "1.1.1.1:1->2.2.2.2:2(3.3.3.3:3)\n",
         ""},
        {"processes", "Run Time:  1 days\n0U, 0N, 1S, 99I; 1T, 1F\n", "  node   1  S  0.1  0.2\n", ""},
        {"repaints", "", "\x1b[H\x1b[JRun Time:  1 days\n", ""},
        {"host lines", "", "/proc/stat:cpu  1 2 3 4 5 6 7 8\n", ""},
        {"YAML lists", "playbook: x\nsteps: ", "[", ""},
        {"YAML keys", "", "a: b\n", ""},
        {"YAML aliases", "playbook: &a [x]\nb: [", "*a,", "]\n"},
        {"YAML anchors", "", "- &a a\n", ""},
        {"transcript events", "{\"version\":2,\"fgdiag\":{\"transcript\":1}}\n", "[0.1,\"o\",\"x\"]\n", ""},
        {"dotted", "", "1.", ""},
        {"colons", "", "a:", ""},
        {"gaps", "", "a::b ", ""},
        {"broken UTF-8", "", "\xff\xc3", ""},
        {"bidi", "", "\xe2\x80\xae", ""},
};

static struct str shape_make(const struct shape *shape, size_t size)
{
	struct buf out;
	size_t n = strlen(shape->unit);
	buf_init(&out, 2 * size + 1024);
	buf_add_text(&out, shape->head);
	while (out.n + n < size)
		buf_add(&out, shape->unit, n);
	buf_add_text(&out, shape->tail);
	return buf_str(&out);
}

/* ---- what reads ---- */

static void read_entry(struct arena *arena, struct str text)
{
	struct entry_set set;
	struct err err;
	(void)entry_set_parse(arena, text, 0, &set, &err);
}

static void read_paste(struct arena *arena, struct str text)
{
	struct paste paste;
	paste_init(&paste, arena);
	paste_read(&paste, "x", text);
	(void)paste_target(&paste);
}

static void read_transcript(struct arena *arena, struct str text)
{
	struct transcript transcript;
	struct step_list steps;
	struct err err;
	if (transcript_read(arena, text, &transcript, &err) == 0)
		transcript_steps(&transcript, &steps);
}

static void sink(void *context, const void *bytes, size_t n)
{
	(void)context;
	(void)bytes;
	(void)n;
}

static void read_frames(struct arena *arena, struct str text)
{
	const struct repack_options options = {.payload = true};
	const struct pcapng to = {.write = sink};
	struct repack_counts counts;
	struct repack *repack = repack_new(arena, &options, &to);
	repack_feed(repack, text);
	repack_end(repack, &counts);
}

static void read_playbook(struct arena *arena, struct str text)
{
	struct plan plan;
	struct err err;
	struct plan_request request = {.playbook_name = "x", .playbook = text, .target = "192.0.2.1:53"};
	(void)plan_make(arena, &request, &plan, &err);
}

static void clean(struct arena *arena, struct str text)
{
	struct buf out;
	(void)arena;
	buf_init(&out, SIZE_MAX / 2);
	dialog_clean(text, "get system status", "FGT # ", &out);
	buf_done(&out);
}

static void talk(struct arena *arena, struct str text)
{
	struct dialog_limits limits = dialog_default_limits;
	(void)arena;
	limits.max_bytes = SIZE_MAX / 2;
	limits.max_lines = limits.max_pages = UINT32_MAX;
	struct dialog *dialog = dialog_new(&limits, 0);
	struct dialog_event event;
	dialog_feed(dialog, STR("FGT # "), 0);
	dialog_tick(dialog, 1000000);
	(void)dialog_command(dialog, "get system status", 1000000, NULL);
	for (size_t at = 0; at < text.n; at += 4096) {
		dialog_sent(dialog, dialog_pending(dialog).n);
		dialog_feed(dialog, str_cut(text, at, 4096), 1000000);
		while (dialog_next(dialog, &event)) {
		}
	}
	dialog_free(dialog);
}

static void log_in(struct arena *arena, struct str text)
{
	(void)arena;
	struct dialog *dialog = dialog_new(&dialog_default_limits, 0);
	for (size_t at = 0; at < text.n; at += 4096)
		dialog_feed(dialog, str_cut(text, at, 4096), 0);
	dialog_free(dialog);
}

static void encode(struct arena *arena, struct str text)
{
	struct buf out;
	(void)arena;
	buf_init(&out, SIZE_MAX / 2);
	text_add_safe(&out, text);
	encode_plugin(&out, text);
	encode_utf8(&out, text);
	encode_markdown(&out, text);
	encode_markdown_block(&out, text);
	buf_done(&out);
}

static void redact(struct arena *arena, struct str text)
{
	static const uint8_t key[REDACT_KEY_BYTES] = {1};
	struct redaction *redaction = redaction_new(arena, key);
	struct buf out;
	buf_init(&out, SIZE_MAX / 2);
	redaction_learn(redaction, REDACT_HOST, STR("a"));
	redaction_learn(redaction, REDACT_HOST,
	                STR("xx ESC word FGT-A and 200 bytes of blanks                           "
	                    "                                                          bb"));
	redact_output(redaction, text, &out);
	buf_done(&out);
}

static void trim(struct arena *arena, struct str text)
{
	struct transcript whole, out;
	transcript_init(&whole, arena);
	transcript_begin(&whole, 0, "a", "sniffer", "diagnose sniffer packet any \"\" 6 0 a", "");
	for (size_t at = 0; at < text.n; at += 4096)
		transcript_output(&whole, 0, "a", str_cut(text, at, 4096));
	transcript_trim(&whole, &out);
}

static const struct reader *reader;

static void read_output(struct arena *arena, struct str text)
{
	static struct playbook_step step = {.read = "pattern", .pattern = "^(?<a>\\w+)[: ]+(?<b>[0-9.]+)$"};
	struct read_input input = {.step = "x", .text = text, .playbook_step = &step};
	struct facts facts;
	facts_init(&facts, "not read");
	reader->read(arena, &input, &facts);
}

static const struct {
	const char *name;
	void (*run)(struct arena *arena, struct str text);
} works[] = {{"entry", read_entry},
             {"paste", read_paste},
             {"transcript", read_transcript},
             {"frames", read_frames},
             {"playbook", read_playbook},
             {"clean", clean},
             {"dialog", talk},
             {"login", log_in},
             {"encoders", encode},
             {"redaction", redact},
             {"payload", trim}};
enum { WORKS = sizeof works / sizeof works[0] };

/* ---- measuring ---- */

static double seconds(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double once(void (*run)(struct arena *, struct str), struct str text)
{
	struct arena *arena = arena_new();
	double before = seconds();
	run(arena, text);
	double took = seconds() - before;
	arena_free(arena);
	return took;
}

/* The best of several times for a size and for twice as much, until twice as
 * much takes at most MOST times as long. */
static bool doubling(void (*run)(struct arena *, struct str), const struct shape *shape, size_t size, double best[2])
{
	struct str small = shape_make(shape, size / 2), large = shape_make(shape, size);
	bool good = false;
	best[0] = best[1] = 1e9;
	for (unsigned i = 0; i < ROUNDS * TRIES && !good; i++) {
		double took[2] = {once(run, small), once(run, large)};
		for (unsigned k = 0; k < 2; k++)
			best[k] = took[k] < best[k] ? took[k] : best[k];
		good = best[1] < TOO_SHORT || (i > 0 && best[1] <= MOST * best[0]);
		if (best[1] > 2 && i > 1)
			break;
	}
	free((char *)(uintptr_t)small.p);
	free((char *)(uintptr_t)large.p);
	return good;
}

/* Where twice as much no longer fits into one of the processor's caches, one
 * doubling costs more for that alone. What is not linear does so in each.
 * Without a name nothing is printed. */
static bool linear(const char *what, void (*run)(struct arena *, struct str), const struct shape *shape, size_t size)
{
	double best[DOUBLINGS][2];
	for (unsigned i = 0; i < DOUBLINGS; i++) {
		if (doubling(run, shape, size << i, best[i]))
			return true;
	}
	for (unsigned i = 0; i < DOUBLINGS && what; i++)
		(void)printf("linear: %s of %s: %.4f s, then %.4f s for twice as much (%.2f times)\n", what,
		             shape->name, best[i][0], best[i][1], best[i][1] / best[i][0]);
	return false;
}

/* Looks back from every 64th byte over all before it. */
static void square(struct arena *arena, struct str text)
{
	volatile unsigned sum = 0;
	(void)arena;
	for (size_t at = 0; at < text.n; at += 64) {
		for (size_t back = 0; back < at; back += 1024)
			sum += (unsigned char)text.p[back];
	}
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1024) << 10;
	unsigned tried = 0, bad = 0;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	/* Memory is kept from one time to the next: what the kernel takes to give it anew is not the reader's. */
	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, -1);
	if (linear(NULL, square, &shapes[0], (size_t)1024 << 10)) {
		(void)printf("linear: square time is not noticed here\n");
		return 1;
	}
	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		for (size_t w = 0; w < WORKS; w++, tried++)
			bad += !linear(works[w].name, works[w].run, &shapes[s], size);
		for (size_t r = 0; r < reader_count; r++, tried++) {
			reader = &readers[r];
			bad += !linear(reader->name, read_output, &shapes[s], size);
		}
	}
	(void)printf("linear: %u pairs of work and shape up to %zu KiB, %u not linear\n", tried, size >> 10, bad);
	return bad != 0;
}
