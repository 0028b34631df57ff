#ifndef FGDIAG_PLAYBOOK_H
#define FGDIAG_PLAYBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "command.h"
#include "err.h"
#include "facts.h"
#include "text.h"
#include "verdict.h"

/* A playbook as written: which checks run, where, how long, what is read from
 * them and from which thresholds they speak. */

/* The most that a playbook may ask for; counts that stand in commands have
 * their maxima in the command table. */
#define PLAYBOOK_MAX_BYTES   ((size_t)64 * 1024) /* of its text */
#define PLAYBOOK_MAX_STEPS   64
#define PLAYBOOK_MAX_CHECKS  64
#define PLAYBOOK_MAX_VARS    64
#define PLAYBOOK_MAX_AFTER   16
#define PLAYBOOK_MAX_OPTIONS 8
#define PLAYBOOK_MAX_FACTS   16    /* of one step's pattern */
#define PLAYBOOK_MAX_TIME_S  14400 /* 10000 pings at one a second, and some */
#define PLAYBOOK_MAX_REPEAT  10
#define PLAYBOOK_MAX_EVERY_S 60
#define PLAYBOOK_MAX_COUNT   100000            /* a variable's */
#define PLAYBOOK_MAX_OUTPUT  (8 * 1024 * 1024) /* bytes of one step */
#define PLAYBOOK_MAX_LINES   200000            /* of one step */
#define PLAYBOOK_TIME_S      15                /* a step that states no time */
#define PLAYBOOK_OUTPUT      (1024 * 1024)     /* nor bytes */
#define PLAYBOOK_LINES       20000             /* nor lines */

enum playbook_needs { NEEDS_ENTRY, NEEDS_TARGET, NEEDS_NOTHING };
enum playbook_scope { SCOPE_LOGIN, SCOPE_GLOBAL, SCOPE_VDOM };
/* Steps that are not always wanted: a closed list of words, no expressions. */
enum playbook_when {
	WHEN_ALWAYS,
	WHEN_FAST_LOSS, /* fast-loss: a fast ping before it showed loss */
	WHEN_DF_SIZE,   /* df-size: ping.df_size was given with --set (--df-size) */
	WHEN_TARGET,    /* target: there is one, from an entry or --target */
	WHENS
};
enum playbook_stop { STOP_NONE, STOP_LOSS_DECIDED, STOP_TRAFFIC_DECIDED };

/* The value of sniffer.level with which the run chooses. */
#define PLAYBOOK_AUTO "auto"

struct playbook_option {   /* one of a ping step's options, set before it and reset after */
	const char *name;  /* repeat-count, adaptive-ping, … */
	const char *value; /* may hold {…} */
};

struct playbook_step {
	const char *id;
	const char *on; /* "gate" | "host" */
	enum playbook_scope scope;
	const char *lane;
	const char *const *after; /* step ids that must have ended first */
	size_t after_count;
	struct playbook_option *options;
	size_t option_count;
	const char *send; /* command text, may hold {…} */
	enum playbook_when when;
	unsigned since; /* FortiOS that first has the command, 506 for 5.6; 0 for any: older ones are not asked */
	unsigned repeat_count; /* at least 1 */
	int64_t repeat_every_us;
	enum playbook_stop stop_when;
	int64_t stop_time_us;    /* longest run of the command */
	int64_t stop_silence_us; /* longest time without output, 0 for no limit */
	size_t max_bytes;        /* of raw output */
	unsigned max_lines;
	const char *read;    /* reader, or NULL */
	const char *pattern; /* PCRE2 text when read is "pattern" */
	struct {             /* named groups → facts of the pattern */
		const char *group, *name, *unit;
	} * pattern_facts;
	size_t pattern_fact_count;
	/* The durations as written; they may hold {…}. NULL where not given. */
	const char *every_text, *time_text, *silence_text;
	unsigned line, column;  /* in the YAML, for messages */
	enum command_kind kind; /* of send: plain, ping, sniffer or top */
};

enum playbook_compare { COMPARE_GT, COMPARE_GE, COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE };

struct playbook_check { /* a user's own check */
	const char *id;
	const char *fact;
	enum playbook_compare compare;
	double value;
	enum state state; /* warning or critical */
	const char *say;  /* may hold {fact.name} */
};

/* Thresholds, in percent; defaults are those of the shipped playbook, which
 * states each of them. */
struct thresholds {
	double loss_warning, loss_critical;              /* 1, 5 */
	double cpu_warning, cpu_critical;                /* average busy: 80, 90 */
	double core_critical;                            /* one core busy: 90 */
	double softirq_critical, core_idle_critical;     /* 80, 5 */
	double memory_watch;                             /* 75 */
	double memory_green, memory_red, memory_extreme; /* 82, 88, 95 where the device does not say */
	int64_t entry_age_us;                            /* 15 minutes */
};

struct playbook {
	const char *file; /* for messages */
	const char *name;
	const char *summary;
	enum playbook_needs needs;
	int64_t time_us; /* whole run */
	struct playbook_step *steps;
	size_t step_count;
	struct thresholds thresholds;
	struct playbook_check *checks;
	size_t check_count;
	struct { /* variables with defaults, changed by --set NAME=VALUE: ping.count, sniffer.packets, … */
		const char *name, *value;
	} * vars;
	size_t var_count;
};

/* Parse YAML text. file is for messages only: every error is
 * "file:line:column: what" (ERR_PLAYBOOK). Refused: unknown or duplicate keys,
 * anchors, aliases, several documents, NUL, over PLAYBOOK_MAX_BYTES, a command
 * outside the table, a bound over its maximum, a pattern that does not
 * compile, a fact nobody reads, an `after` that names no earlier step. */
int playbook_parse(struct arena *arena, const char *file, struct str text, struct playbook *out, struct err *err);

/* Apply "NAME=VALUE"; ERR_USAGE for an unknown name or an impossible value,
 * after which the playbook is not to be used. Names are the variables of `vars`, the thresholds ("loss.warning", …) and
 * "time". */
int playbook_set(struct arena *arena, struct playbook *playbook, const char *assignment, struct err *err);

/* The readers by name, with what they read; the one list. */
struct playbook_reader {
	const char *name; /* status performance top memory conserve ping sniffer pattern */
	const char *what;
};
extern const struct playbook_reader playbook_readers[];
extern const size_t playbook_reader_count;

#endif
