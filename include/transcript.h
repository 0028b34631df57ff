#ifndef FGDIAG_TRANSCRIPT_H
#define FGDIAG_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "text.h"

/* The seam between gathering and judging. In memory: a header and a list of
 * events. On disk: asciicast v2, a JSON header line and then one JSON array
 * per line, [seconds, "o"|"i"|"m"|"x", data]; a file that is cut anywhere is
 * read up to there. Events come in order of time over all lanes.
 *
 *  o  bytes the device sent     i  bytes we sent     m  a marker (JSON object)
 *  x  hex of the exact bytes of the "o" or "i" event before it, written only
 *     where those are not UTF-8 or hold a NUL; players ignore it
 * Times are seconds with six decimals. A character that two reads cut in two is
 * written whole, in the later event of its lane. Text that is not UTF-8 in the
 * header or a marker is written as {"hex":"…"} in place of a string.
 *
 * Markers, one JSON object each:
 *  {"lane":"ping"}                                   events after it are this lane's
 *  {"begin":"ping","command":"execute ping 8.8.4.4","scope":"sudo PROD "}
 *  {"end":"ping","state":"done","reason":null,"prompt":"FGT # ","interrupted":false,"requested":300,"adaptive":true}
 *  {"skip":"ping","state":"skipped","reason":"…"}     a planned step that never ran
 *  {"note":"…","error":{"kind":"auth","message":"…","step":null}}   run-level trouble
 * Step ids in markers are those of the plan; commands that belong to a step
 * without being one have ids of their own: "ping/clear", "ping/options.1",
 * "ping/view", "ping/reset". A step's raw output is its lane's "o" bytes
 * between its begin and end. */

#define TRANSCRIPT_MAX_BYTES   ((size_t)64 * 1024 * 1024) /* of a file, and of the data of all events in memory */
#define TRANSCRIPT_MAX_EVENTS  ((size_t)1024 * 1024)
#define TRANSCRIPT_MAX_MARKERS ((size_t)8192)
#define TRANSCRIPT_MAX_PLANNED ((size_t)512)
#define TRANSCRIPT_MAX_LANES   ((size_t)32)
#define TRANSCRIPT_MAX_US      INT64_C(1000000000000000) /* some 31 years */

enum step_state { STEP_DONE, STEP_STOPPED, STEP_FAILED, STEP_SKIPPED };
const char *step_state_word(enum step_state state);
bool step_state_parse(const char *word, enum step_state *out);

/* A step as it was planned; in the header, so that a cut transcript cannot
 * look better than the run. */
struct planned_step {
	const char *id;      /* unique: a repeated step is "performance.1", "performance.2" */
	const char *on;      /* "gate" | "host" */
	const char *lane;    /* "main" unless the playbook says otherwise */
	const char *read;    /* reader's name, or NULL */
	const char *command; /* without "sudo …", as the plan has it */
};

/* Everything that judging needs and the device did not say. */
struct transcript_header {
	int64_t started_us;        /* UTC */
	const char *version;       /* of fgdiag, e.g. "0.1.0" */
	const char *device;        /* address as given, "" for none */
	const char *entry_text;    /* the log line(s) as given; NULL when none */
	unsigned entry_number;     /* --entry N, 0 when not given */
	const char *target;        /* "IP[:PORT]" of --target or NULL */
	const char *proto;         /* of --proto or NULL */
	const char *vdom;          /* of --vdom or NULL */
	const char *host;          /* where `on: host` ran: "local" or [USER@]HOST[:PORT]; NULL nowhere */
	const char *playbook_name; /* file or built-in name, for messages */
	const char *playbook;      /* its YAML text */
	const char *const *sets;   /* --set NAME=VALUE, in order */
	size_t set_count;
	struct planned_step *planned;
	size_t planned_count;
	bool trimmed; /* the payload of packets was taken out: rows of hex end behind the headers */
	bool pasted;  /* not a run of ours but a pasted text: when it was made is not known */
};

enum event_kind { EVENT_OUTPUT, EVENT_INPUT, EVENT_MARKER };

struct event {
	int64_t time_us; /* since started_us */
	enum event_kind kind;
	const char *lane; /* "" for a marker of no lane (skip, note) */
	struct str data;  /* exact bytes; a marker's JSON text */
};

struct transcript {
	struct arena *arena; /* borrowed; owns all below */
	struct transcript_header header;
	struct event *events;
	size_t event_count;
	size_t event_capacity;
	const char *lanes[TRANSCRIPT_MAX_LANES]; /* every lane's name once */
	size_t lane_count;
	size_t bytes;   /* of the data of all events; past TRANSCRIPT_MAX_BYTES output is dropped and cut set */
	int64_t end_us; /* time of the last event */
	bool cut;       /* the file ended inside a step or a line */
};

/* How a step ended; written in its end marker. */
struct step_end {
	enum step_state state;
	const char *reason; /* words, or NULL when done */
	const char *prompt; /* the prompt that ended it, "" when none did */
	bool interrupted;   /* we sent Ctrl-C or q to end it */
	bool link_lost;     /* the stream ended before a prompt */
	unsigned requested; /* count we asked of ping or sniffer, 0 for others */
	bool adaptive;      /* ping with adaptive-ping set */
	bool options_read_back;
	bool missing; /* a step of the list without an end or skip marker of its own */
};

void transcript_init(struct transcript *transcript, struct arena *arena);

/* Append events; data is copied. Times must not go back; an earlier time is
 * taken as the last one. */
void transcript_output(struct transcript *transcript, int64_t time_us, const char *lane, struct str bytes);
void transcript_input(struct transcript *transcript, int64_t time_us, const char *lane, struct str bytes);
void transcript_begin(struct transcript *transcript, int64_t time_us, const char *lane, const char *step,
                      const char *command, const char *scope);
void transcript_end(struct transcript *transcript, int64_t time_us, const char *lane, const char *step,
                    const struct step_end *end);
void transcript_skip(struct transcript *transcript, int64_t time_us, const char *step, const char *reason);
/* Run-level trouble; the first one is what report.error shows. */
void transcript_trouble(struct transcript *transcript, int64_t time_us, const struct err *trouble);

/* The file form. Writing sets out->full when it does not fit. */
void transcript_write(const struct transcript *transcript, struct buf *out);
/* ERR_USAGE when it is not a transcript of ours; a cut one is read with
 * transcript->cut set. */
int transcript_read(struct arena *arena, struct str text, struct transcript *out, struct err *err);

/* One step as it ran: what judging starts from. */
struct step_run {
	const struct planned_step *planned; /* NULL for a step that was not planned (ping options, …) */
	const char *id;
	const char *lane;
	const char *command; /* as typed, with scope prefix; "" when never sent */
	const char *scope;   /* "" or "sudo global " or "sudo NAME " */
	struct step_end end; /* state STEP_FAILED, reason "…cut" where the end marker is missing */
	int64_t start_us, end_us;
	struct str raw;      /* bytes as received */
	int64_t quiet_us;    /* from the last output before our Ctrl-C (or before the end) to that Ctrl-C (or end) */
	const char *file;    /* pasted text: where it stands, NULL for a step of a run */
	unsigned first_line; /* pasted text: the file's line of the first line of clean output; 0 for a run */
};

struct step_list {
	struct step_run *steps; /* in order of their begin; planned steps that never began come last */
	size_t count;
	bool have_trouble;
	struct err trouble; /* the first run-level trouble */
};

/* Pure: events to steps. Every planned step is in the list: one without begin
 * or skip marker is STEP_SKIPPED with the reason that the run ended first. */
void transcript_steps(const struct transcript *transcript, struct step_list *out);

#endif
