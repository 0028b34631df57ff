#ifndef FGDIAG_JUDGE_H
#define FGDIAG_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "facts.h"
#include "plan.h"
#include "stream.h"
#include "transcript.h"
#include "verdict.h"

/* Facts → verdict. Pure: the same facts give the same verdict, byte for byte. */

struct judge_input {
	const struct plan *plan;
	const struct facts *facts;
	const struct step_list *steps;
	const struct str *clean; /* clean[i] is the clean output of steps->steps[i] */
	int64_t started_us;      /* UTC, of the run */
	int64_t duration_us;
	bool cut; /* the transcript is cut */
	/* What a pasted text makes us assume, for the notes; when doubtful, no more than likely. */
	const char *const *assumptions;
	size_t assumption_count;
	bool doubtful;
};

/* Fills *out; also fills the trace.* facts. Everything lives in the arena. */
void judge(struct arena *arena, const struct judge_input *input, struct facts *facts, struct verdict *out);

/* ---- loss (ping) ---- */

struct interval {
	double low, high; /* shares 0..1 */
};
/* Wilson score interval for k of n at quantile z (1.96 for 95 %, 2.5758 for 99 %). n at least 1. */
struct interval loss_wilson(uint32_t k, uint32_t n, double z);

/* Two-sided Fisher exact test of k1/n1 against k2/n2. */
double loss_fisher(uint32_t k1, uint32_t n1, uint32_t k2, uint32_t n2);

enum loss_look {
	LOSS_UNDECIDED,
	LOSS_OK,       /* upper 95 % bound under the critical threshold, loss not proven */
	LOSS_WARNING,  /* lower 99 % bound over the warning threshold */
	LOSS_CRITICAL, /* … over the critical one */
};
/* What `lost` of `sent` proves, by the thresholds (percent). Below 100 packets
 * the exact binomial tail has to agree before loss is proven. */
enum loss_look loss_judge(uint32_t lost, uint32_t sent, const struct thresholds *thresholds);

/* Is it a fast ping that shows loss? Answers may be limited in their rate, so
 * only pings at one a second tell. */
bool loss_only_fast(const struct ping_run *run, const struct thresholds *thresholds);

/* May a running ping stop? One of more than PLAN_EXTENDED_PINGS may not. Looks only at the first 100, 300 and 1000
 * counted sequences of the run so far: at the largest of these that it has reached. */
bool loss_stop(const struct ping_run *run, const struct thresholds *thresholds);

/* ---- trace (sniffer) ---- */

/* One conversation: the same client, server and ports (or ICMP). */
enum exchange_state {
	EXCHANGE_OPEN,       /* the window ended too early to tell */
	EXCHANGE_COMPLETE,   /* A, B, C and D */
	EXCHANGE_NO_FORWARD, /* A only: entered, did not leave */
	EXCHANGE_NO_REPLY,   /* A and B, nothing back */
	EXCHANGE_NOT_PASSED, /* reply came in, was not forwarded */
	EXCHANGE_REFUSED,    /* RST of the server */
	EXCHANGE_ICMP_ERROR, /* an ICMP error hit it */
	EXCHANGE_STALLED,    /* TCP: begun, but data of one side is never acknowledged */
	EXCHANGE_PARTIAL,    /* a picture of legs that proves nothing (one-way view, …) */
	EXCHANGE_STATES
};

struct exchange {
	struct ip client;
	uint16_t client_port;
	enum exchange_state state;
	enum exchange_state picture; /* what the legs show so far; state is OPEN while that may still change */
	unsigned requests;           /* transmissions of the client, copies on further hops not counted */
	unsigned settled;            /* of these, so old that a reply would have come */
	unsigned replies;
	unsigned unanswered; /* of a complete one's settled requests, where each wants a reply of its own */
	unsigned stuck;      /* of all requests, those that did not leave the FortiGate, where unanswered ones are */
	const struct packet *unanswered_first;
	bool leg[4];                   /* A c→s in, B c→s out, C s→c in, D s→c out */
	const struct packet *first[4]; /* evidence for each leg */
	const struct packet *error;    /* the ICMP error or RST */
	const struct packet *reset;    /* an RST of the server after its first reply */
	int64_t last_request_us;
	bool late;                           /* the ICMP error is the client's own, about a reply */
	bool of_entry;                       /* the entry's own client */
	bool from_gate;                      /* the RST or ICMP error left the FortiGate and never entered it */
	bool blind;                          /* some packets do not tell whether they enter or leave */
	const struct stream_packet *packets; /* TCP: all of it */
	size_t packet_count;
	struct stream stream; /* TCP: what became of its data, see trace_streams */
	bool repeated;        /* TCP: the SYN or the SYN/ACK came again after the SYN/ACK had been passed on */
};

struct trace {
	bool usable;           /* a capture ran and its header was seen */
	bool fit;              /* its negatives count (filter, trailer, drops, unread lines) */
	const char *unfit_why; /* words when not */
	bool both_sides;       /* legs B and C can be seen by the filter */
	bool sees_errors;      /* ICMP errors can be seen by the filter */
	int64_t wait_us;       /* how long after a request its reply may still come */
	struct ip redirected;  /* where requests are sent on to and the entry does not tell it; or family 0 */
	int64_t settled_us;    /* what was sent before had the time to be answered */
	unsigned strays;       /* requests to the server that left and tie to no client */
	struct exchange *exchanges;
	size_t exchange_count;
	const struct packet *other_error; /* an ICMP error about the server that ties to no conversation */
};

/* Pair the packets of a capture into the conversations of a target. */
void trace_make(struct arena *arena, const struct capture *capture, const struct plan *plan, int64_t rtt_us,
                struct trace *out);

/* Fills the streams of the conversations; those that do not go on are stalled. */
void trace_streams(struct arena *arena, struct trace *trace);

/* May a running capture stop? Three conversations or transmissions, each three
 * seconds and two RTTs past, tell the same, or a positive packet (RST, ICMP
 * error) is that old. now_us in the capture's own time. */
bool trace_decided(const struct trace *trace, int64_t now_us, int64_t rtt_us);

#endif
