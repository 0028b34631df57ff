#include "check.h"

#include <string.h>

/* Checks → verdict: status, cause, where, certainty and the sentence. */

/* ---- the capture that decides ---- */

static unsigned trace_value(const struct trace *trace)
{
	unsigned value = trace->usable ? 1 : 0;
	for (size_t i = 0; i < trace->exchange_count; i++) {
		if (trace->exchanges[i].of_entry)
			value |= trace->exchanges[i].error ? 8 : 4;
	}
	return value | (trace->usable && trace->fit ? 2 : 0);
}

static void choose_capture(struct judging *judging)
{
	const struct fact *rtt = &judging->facts->item[FACT_ID_PING_RTT_MEDIAN];
	int64_t rtt_us = rtt->present ? rtt->value.integer : 0;
	fitness_make(judging->arena, NULL, judging->target, &judging->fitness);
	for (size_t i = 0; i < judging->facts->capture_count; i++) {
		struct trace trace;
		const struct capture *capture = &judging->facts->captures[i];
		trace_make(judging->arena, capture, judging->input->plan, rtt_us, &trace);
		if (judging->capture && trace_value(&trace) < trace_value(&judging->trace))
			continue;
		judging->capture = capture;
		judging->trace = trace;
		fitness_make(judging->arena, capture, judging->target, &judging->fitness);
	}
	trace_streams(judging->arena, &judging->trace);
}

static void tally_make(struct judging *judging)
{
	struct tally *tally = &judging->tally;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		bool refused = exchange->state == EXCHANGE_REFUSED && !exchange->from_gate;
		tally->answered |= exchange->replies > 0 || refused;
		if (!exchange->of_entry)
			continue;
		tally->seen++;
		tally->conversations[exchange->state]++;
		tally->transmissions[exchange->state] +=
		        exchange_is_negative(exchange->state) ? exchange->settled : exchange->requests;
		/* Without ports all echoes of a client are one conversation. */
		if (exchange->state == EXCHANGE_COMPLETE)
			tally->completions += exchange->client_port ? 1 : exchange->replies;
	}
}

static void facts_of_trace(struct judging *judging)
{
	static const enum fact_id ids[] = {FACT_ID_TRACE_CONVERSATIONS, FACT_ID_TRACE_COMPLETED,
	                                   FACT_ID_TRACE_UNANSWERED};
	const struct tally *tally = &judging->tally;
	const unsigned values[] = {tally->seen, tally->conversations[EXCHANGE_COMPLETE],
	                           tally->conversations[EXCHANGE_NO_REPLY] + tally->conversations[EXCHANGE_NO_FORWARD]};
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (judging->trace.usable)
			facts_set_int(judging->facts, ids[i], values[i], (struct source){0});
		else
			facts_set_absent(judging->facts, ids[i],
			                 judging->capture ? judging->fitness.why : "no traffic was captured");
	}
}

/* ---- cause ---- */

static bool found(const struct judging *judging, enum check_id id)
{
	return check_is_finding(&judging->drafts[id]);
}

static bool certain(const struct judging *judging, enum check_id id)
{
	return found(judging, id) && judging->drafts[id].check.certainty == CERTAINTY_CERTAIN;
}

/* Extreme memory explains only requests that do not leave. */
static enum cause cause_of_missing(const struct judging *judging)
{
	bool stuck = judging->tally.conversations[EXCHANGE_NO_FORWARD] > 0 &&
	             judging->drafts[CHECK_MISSING_REPLIES].where == WHERE_GATE;
	return stuck && judging->memory_extreme ? CAUSE_GATE_RESOURCES : CAUSE_MISSING_REPLIES;
}

static enum cause cause_of_findings(const struct judging *judging)
{
	static const enum check_id last[] = {CHECK_PACKET_LOSS, CHECK_MISSING_REPLIES, CHECK_ICMP_ERROR,
	                                     CHECK_REFUSED,     CHECK_GATE_RESOURCES,  CHECK_HOST_RESOURCES,
	                                     CHECK_LAN_SEGMENT};
	if (certain(judging, CHECK_ICMP_ERROR))
		return CAUSE_ICMP_ERROR;
	if (certain(judging, CHECK_REFUSED))
		return CAUSE_REFUSED;
	if (found(judging, CHECK_MISSING_REPLIES) && judging->tally.conversations[EXCHANGE_COMPLETE] == 0)
		return cause_of_missing(judging);
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		if (found(judging, last[i]))
			return (enum cause)last[i];
	}
	return CAUSE_UNDETERMINED;
}

static bool clean(enum state state)
{
	return state == STATE_OK || state == STATE_SKIPPED;
}

static bool is_of_trace(enum check_id id)
{
	return id == CHECK_MISSING_REPLIES || id == CHECK_ICMP_ERROR || id == CHECK_REFUSED;
}

/* A whole, fit capture without one packet of the client, and nothing else
 * that is not clean. */
static bool not_observed(const struct judging *judging, const struct verdict *verdict)
{
	if (!judging->trace.usable || !judging->trace.fit || judging->tally.seen || judging->trace.strays ||
	    judging->unseen)
		return false;
	for (size_t i = 0; i < verdict->check_count; i++) {
		if (i < CHECKS && is_of_trace((enum check_id)i))
			continue;
		if (!clean(verdict->checks[i].state))
			return false;
	}
	/* A cut or failed sniffer step is not a look. */
	return strcmp(judging->drafts[CHECK_MISSING_REPLIES].check.rule, "legs-0") == 0;
}

static enum cause cause_of(const struct judging *judging, const struct verdict *verdict)
{
	if (verdict->status == STATE_WARNING || verdict->status == STATE_CRITICAL)
		return cause_of_findings(judging);
	if (verdict->status == STATE_OK)
		return judging->entry_is_old ? CAUSE_NOT_REPRODUCED : CAUSE_NONE;
	return not_observed(judging, verdict) ? CAUSE_NOT_OBSERVED : CAUSE_UNDETERMINED;
}

static enum where where_of(const struct judging *judging, enum cause cause)
{
	if (cause < CAUSE_NONE)
		return judging->drafts[cause].where;
	return cause == CAUSE_NONE ? WHERE_NONE : WHERE_UNKNOWN;
}

static enum certainty certainty_of(const struct judging *judging, enum cause cause)
{
	enum certainty most = judging->entry_is_old || judging->doubtful ? CERTAINTY_LIKELY : CERTAINTY_CERTAIN;
	enum certainty certainty = CERTAINTY_NONE;
	if (cause < CAUSE_NONE)
		certainty = judging->drafts[cause].check.certainty;
	else if (cause == CAUSE_NONE || cause == CAUSE_NOT_REPRODUCED)
		certainty = CERTAINTY_LIKELY;
	return certainty < most ? certainty : most;
}

/* ---- words ---- */

static const char *place(enum where where)
{
	static const char *const places[WHERES] = {
	        [WHERE_CLIENT] = "at the client",
	        [WHERE_CLIENT_SIDE] = "between the client and the FortiGate",
	        [WHERE_GATE] = "on the FortiGate",
	        [WHERE_SERVER_SIDE] = "between the FortiGate and the server",
	        [WHERE_SERVER] = "at the server",
	        [WHERE_BEYOND_GATE] = "beyond the FortiGate, on the way to the server or at it",
	        [WHERE_NONE] = "nowhere",
	        [WHERE_UNKNOWN] = "at an unknown place",
	};
	return places[where];
}

static const char *sureness(enum certainty certainty)
{
	static const char *const words[CERTAINTIES] = {
	        [CERTAINTY_NONE] = "perhaps",
	        [CERTAINTY_LIKELY] = "likely",
	        [CERTAINTY_CERTAIN] = "certainly",
	};
	return words[certainty];
}

/* The first check of the state, for causes that are no check. */
static const char *first_words(const struct judging *judging, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->check_count; i++) {
		if (verdict->checks[i].state == verdict->status)
			return verdict->checks[i].summary;
	}
	if (judging->unseen)
		return arena_printf(judging->arena, "nothing wrong was seen, but not all was looked at (%s).",
		                    judging->unseen);
	return "the playbook asks for nothing that tells one.";
}

static const char *summary_of(const struct judging *judging, const struct verdict *verdict)
{
	struct arena *arena = judging->arena;
	const char *server = judging_server(judging);
	if (verdict->cause < CAUSE_NONE && verdict->where == WHERE_UNKNOWN)
		return arena_printf(arena, "%s Where the fault is cannot be told.",
		                    judging->drafts[verdict->cause].check.summary);
	if (verdict->cause < CAUSE_NONE)
		return arena_printf(arena, "%s The fault is %s %s.", judging->drafts[verdict->cause].check.summary,
		                    sureness(verdict->certainty), place(verdict->where));
	bool aimed = judging->target->server.family != 0;
	switch (verdict->cause) {
	case CAUSE_NONE:
		return aimed ? arena_printf(arena,
		                            "All that was planned was measured and nothing is wrong on the way to %s.",
		                            server)
		             : "All that was planned was measured and nothing is wrong.";
	case CAUSE_NOT_REPRODUCED:
		return arena_printf(
		        arena,
		        "The trouble with %s is not there now: all is clean, but the entry is old, so what happened "
		        "then is not excluded.",
		        server);
	case CAUSE_NOT_OBSERVED:
		return arena_printf(
		        arena,
		        "The client sent nothing to %s while fgdiag looked, and nothing else is wrong; let it try "
		        "again during a capture.",
		        server);
	default:
		break;
	}
	return arena_printf(arena, "%s: %s",
	                    aimed ? arena_printf(arena, "No cause for the trouble with %s can be named", server)
	                          : "No cause can be named",
	                    first_words(judging, verdict));
}

/* ---- the whole ---- */

static void checks_make(struct judging *judging, struct verdict *out)
{
	const struct playbook *playbook = &judging->input->plan->playbook;
	/* Loss comes first: where a reply is missing depends on it. */
	packet_loss_check(judging);
	lan_segment_check(judging);
	pressure_check(judging);
	host_resources_check(judging);
	replies_missing_check(judging);
	replies_error_check(judging);
	replies_refused_check(judging);
	struct check *checks = ARENA_ARRAY(judging->arena, CHECKS + playbook->check_count, struct check);
	for (size_t i = 0; i < CHECKS; i++)
		checks[i] = check_end(&judging->drafts[i]);
	for (size_t i = 0; i < playbook->check_count; i++)
		checks[CHECKS + i] = custom_check(judging, &playbook->checks[i]);
	out->checks = checks;
	out->check_count = CHECKS + playbook->check_count;
}

static enum state status_of(const struct judging *judging, const struct verdict *verdict)
{
	enum state status = STATE_SKIPPED;
	for (size_t i = 0; i < verdict->check_count; i++)
		status = state_worst(status, verdict->checks[i].state);
	/* Nothing measured at all is not a good sign either. */
	if (status == STATE_SKIPPED)
		status = STATE_UNKNOWN;
	if (status == STATE_OK && judging->unseen)
		status = STATE_UNKNOWN;
	return status;
}

static void verdict_make(struct judging *judging, struct verdict *out)
{
	judging->unseen = check_steps_unseen(judging);
	out->status = status_of(judging, out);
	out->cause = cause_of(judging, out);
	if (judging->wrong_device) {
		out->status = state_worst(out->status, STATE_WARNING);
		if (out->cause == CAUSE_NONE || out->cause == CAUSE_NOT_REPRODUCED || out->cause == CAUSE_NOT_OBSERVED)
			out->cause = CAUSE_UNDETERMINED;
	}
	out->where = where_of(judging, out->cause);
	out->certainty = certainty_of(judging, out->cause);
	if (judging->wrong_device && out->cause == CAUSE_UNDETERMINED)
		out->summary = arena_printf(judging->arena, "%s Nothing found here says anything about the entry.",
		                            judging->notes[0]);
	else if (judging->wrong_device)
		out->summary = arena_printf(judging->arena, "%s %s", judging->notes[0], summary_of(judging, out));
	else
		out->summary = summary_of(judging, out);
	out->notes = judging->notes;
	out->note_count = judging->note_count;
}

void judge(struct arena *arena, const struct judge_input *input, struct facts *facts, struct verdict *out)
{
	struct judging *judging = ARENA_NEW(arena, struct judging);
	judging->arena = arena;
	judging->input = input;
	judging->target = &input->plan->target;
	judging->facts = facts;
	judging->limits = &input->plan->playbook.thresholds;
	*out = (struct verdict){0};
	choose_capture(judging);
	tally_make(judging);
	table_make(judging);
	facts_of_trace(judging);
	checks_make(judging, out);
	conversations_make(judging, out);
	notes_make(judging);
	verdict_make(judging, out);
}
