#ifndef FGDIAG_PING_FACTS_H
#define FGDIAG_PING_FACTS_H

#include "arena.h"
#include "facts.h"

/* What all pings from one place tell together. Probes of the path's MTU are
 * left out. */

/* The facts under which it is told. */
struct ping_fact_ids {
	enum fact_id sent, lost, loss, longest_run, longest_run_start, duplicates, late, timeline;
	enum fact_id rtt_min, rtt_median, rtt_p95, rtt_max, jitter;
};

extern const struct ping_fact_ids ping_gate_facts, ping_host_facts;

/* The largest share of a run that a timeline tells apart. */
#define PING_TIMELINE_PARTS 20

/* Sets the facts of the pings on the host or on the FortiGate, nothing when
 * none of them counted a packet. */
void ping_facts(struct arena *arena, struct facts *facts, bool on_host, const struct ping_fact_ids *ids);

/* Adds the rows "ping-timeline" of one run: step, from and to (sequences),
 * sent, lost, rtt_min, rtt_median, rtt_max (us; not where none was answered). */
void ping_timeline(struct arena *arena, struct facts *facts, const struct ping_run *run);

#endif
