#ifndef FGDIAG_CHECK_H
#define FGDIAG_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "facts.h"
#include "judge.h"
#include "verdict.h"

/* How the checks of a verdict are made; shared by the files of the judge layer
 * and by nobody else. */

/* A check while it is being made. Everything lives in the arena. */
struct check_draft {
	struct arena *arena;
	struct check check;
	enum where where; /* where the trouble sits, should this check be the cause */
	struct evidence *evidence;
	size_t evidence_capacity;
	const char **advice;
	size_t advice_capacity;
};

/* Most lines one check quotes; more say nothing new to a person. */
#define CHECK_MAX_EVIDENCE 12

void check_begin(struct check_draft *draft, struct arena *arena, const char *id);

/* State, certainty, rule and the sentence; a later call replaces them. */
void check_say(struct check_draft *draft, enum state state, enum certainty certainty, const char *rule, const char *fmt,
               ...) __attribute__((format(printf, 5, 6)));

/* One more sentence behind them. */
void check_add(struct check_draft *draft, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Quote a line; nothing without a step, and the same line only once. */
void check_quote(struct check_draft *draft, struct source from);
void check_quote_packet(struct check_draft *draft, const char *step, const struct packet *packet);

/* One next step: a command, or an action in words. */
void check_advise(struct check_draft *draft, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The finished check. A warning or critical without a single quoted line
 * becomes unknown: no finding without evidence. */
struct check check_end(struct check_draft *draft);

bool check_is_finding(const struct check_draft *draft); /* warning or critical */

/* "3.7 %" of a share 0..1, in any locale; "12.5 s" of microseconds. */
const char *check_percent(struct arena *arena, double share);
const char *check_seconds(struct arena *arena, int64_t us);

const struct step_run *check_step(const struct step_list *steps, const char *id); /* NULL when there is none */

/* The given line (from 1) of a step's clean output. */
struct source check_line(const struct judge_input *input, struct arena *arena, const char *step, unsigned line);

/* ---- does a sniffer filter let a packet through? ---- */

struct sight {
	unsigned proto;
	struct ip src, dst;
	uint16_t src_port, dst_port;
	unsigned icmp_type;
};
/* False when the filter is not understood; *seen is then untouched. An empty
 * filter and "none" let everything through. */
bool sight_test(struct str filter, const struct sight *packet, bool *seen);

/* ---- is a capture fit to judge? ---- */

struct fitness {
	bool usable;      /* the sniffer ran: what it shows is real */
	bool fit;         /* what it does not show did not happen */
	const char *rule; /* of the first failed rule when not fit: "S0" "S1" "S1b" "S2" */
	const char *why;  /* words, NULL when fit */
	bool both_sides;  /* legs B and C can be seen */
	bool sees_errors; /* ICMP errors can be seen */
};
void fitness_make(struct arena *arena, const struct capture *capture, const struct target *target, struct fitness *out);

/* How long after a request its reply may still come. */
int64_t trace_reply_wait(int64_t rtt_us);

/* Could what an exchange lacks be another conversation's packets, or its own
 * under another translated port? Such a negative proves nothing. */
bool exchange_is_ambiguous(const struct capture *capture, const struct target *target, const struct exchange *exchange);
/* Of a complete exchange: sets unanswered, stuck and unanswered_first. */
void exchange_count_unanswered(struct arena *arena, const struct capture *capture, int64_t settled_us,
                               struct exchange *exchange);
/* Not forwarded, not answered or not passed on. */
bool exchange_is_negative(enum exchange_state state);

/* ---- the whole of one judging ---- */

enum ping_answer {
	PING_UNMEASURED,
	PING_SILENT, /* not one reply */
	PING_ANSWERED,
};

/* The entry's own conversations by state. */
struct tally {
	unsigned seen;
	unsigned conversations[EXCHANGE_STATES];
	unsigned transmissions[EXCHANGE_STATES];
	unsigned completions; /* conversations completed; echo replies where there are no ports */
	bool answered;        /* the server answered any client, by whatever packet */
};

/* A session of the entry's client with its server, as the FortiGate lists it. */
struct table_session {
	unsigned client_port;
	uint64_t sent, back; /* packets */
	uint64_t duration_s;
	struct source statistic; /* the line with the counts */
};

#define TABLE_SESSIONS 256 /* looked at */

struct table_view {
	struct table_session *sessions;
	size_t count;
};

struct judging {
	struct arena *arena;
	const struct judge_input *input;
	const struct target *target;
	struct facts *facts;
	const struct thresholds *limits;
	const struct capture *capture; /* the one that decides, or NULL */
	struct fitness fitness;
	struct trace trace;
	struct tally tally;
	enum ping_answer ping;
	const char *cannot_send; /* the words of a FortiGate whose own pings do not get out, or NULL */
	struct table_view table;
	bool offloaded;      /* the session table says so: what follows the first packets is not all seen */
	bool memory_extreme; /* M1 is proven */
	bool entry_is_old;
	int64_t clock_ahead_us; /* the FortiGate's over ours, 0 when of no account or not known */
	bool wrong_device;
	bool doubtful;      /* a contradiction lowers the certainty of the verdict */
	const char *unseen; /* words for what is missing of the run, or NULL */
	struct check_draft drafts[CHECKS];
	const char **notes;
	size_t note_count, note_capacity;
};

/* The entry does not tell of translation, and nothing excludes that the server
 * of the entry is a virtual one: a ping of it then measures nothing, and a
 * request that the FortiGate sends on to another port is in no capture. */
bool address_may_be_virtual(const struct judging *judging);
bool server_may_be_virtual(const struct judging *judging);
/* The client's first exchange in that state whose reply came in by another
 * interface than its request left by, or NULL. */
const struct exchange *judging_asymmetric(const struct judging *judging, enum exchange_state state);
/* One of the server's addresses, as far as the entry or the capture tells. */
bool judging_is_server(const struct judging *judging, const struct ip *ip);

/* What became of the planned steps with one reader. */
enum check_steps {
	CHECK_STEPS_NONE,    /* the plan never asked */
	CHECK_STEPS_RAN,     /* all of them ended as done or stopped */
	CHECK_STEPS_MISSING, /* some did not run, failed or were cut */
};
/* Steps that ran but whose output told nothing of their kind count as missing.
 * `why` receives words for the first that is missing. */
enum check_steps check_steps(struct judging *judging, const char *on, const char *reader, const char **why);
/* What is missing of the run, though no check may be about it (who the device
 * is, its tables): a cut transcript, a step without an end, or one that the
 * connection took. Words, or NULL. */
const char *check_steps_unseen(struct judging *judging);

void packet_loss_check(struct judging *judging);
/* Words for the resolver that answered the question of a late reply first, and
 * quotes of its packets; NULL where the capture's bytes do not show one. */
const char *resolvers_earlier(struct judging *judging, struct check_draft *draft, const struct exchange *exchange);

/* Reads the session table's rows; sets offloaded. Before the checks. */
void table_make(struct judging *judging);
/* Does the session table agree with what the capture shows, and does it tell
 * what the capture does not? Adds to the check of missing replies. */
void table_arbitrate(struct judging *judging, struct check_draft *draft);
/* What routes and neighbours say of requests that do not leave. */
void route_arbitrate(struct judging *judging, struct check_draft *draft);

/* Adds to the check of loss what large pings that may not be split tell. */
void df_probe_judge(struct judging *judging, struct check_draft *draft);
void lan_segment_check(struct judging *judging);
void pressure_check(struct judging *judging);
void host_resources_check(struct judging *judging);
void replies_missing_check(struct judging *judging);
void replies_error_check(struct judging *judging);
void replies_refused_check(struct judging *judging);
/* The playbook's own checks, appended to the built-in ones. */
struct check custom_check(struct judging *judging, const struct playbook_check *check);

/* Age, device and contradictions; to be called after the checks. */
/* What the prompts of the steps say of a device that did not stay the same
 * during the run; NULL for nothing. */
const char *notes_prompt(const struct judging *judging);
void notes_make(struct judging *judging);
/* Clock and zone of the FortiGate: notes, time.* facts, clock_ahead_us. */
void notes_clocks(struct judging *judging);
void judging_note(struct judging *judging, const char *text);
/* What contradicts what, one row each; some lower the certainty. */
void contradictions_note(struct judging *judging);

/* The client's conversations one by one, after the checks. */
void conversations_make(struct judging *judging, struct verdict *out);

/* "192.0.2.1:53", "[2001:db8::1]:53" or the bare address; behind a virtual
 * address that the entry tells, the real one in brackets. */
const char *judging_server(const struct judging *judging);
/* The address that is pinged: the real one where the entry tells it. */
const char *judging_address(const struct judging *judging);

/* Read-only commands for the FortiGate, in the form of the server's IP version. */
enum advice_command { ADVISE_TRACE, ADVISE_ROUTE, ADVISE_NEIGHBOUR };
void check_advise_command(const struct judging *judging, struct check_draft *draft, enum advice_command command);

#endif
