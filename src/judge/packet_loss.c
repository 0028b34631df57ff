#include "check.h"
#include "ping_line.h"

#include <inttypes.h>
#include <string.h>

/* Loss between the FortiGate (or, for comparison, the host) and the server:
 * rules P1 to P10. */

enum { BURST = 5, NEUTRAL_COMPLETIONS = 3, SEND_ERRORS = 3 };

struct ping_sum {
	uint32_t runs, sent, lost;
	uint32_t requested, duplicates, send_errors;
	uint32_t received, replies; /* of the statistics blocks; reply lines */
	uint32_t late;
	bool replied, silent;
	const struct ping_run *burst;  /* with the longest run of losses */
	const struct ping_run *failed; /* first with an error of its own */
};

static bool run_is_on(const struct judging *judging, const struct ping_run *run, const char *on)
{
	const struct step_run *step = check_step(judging->input->steps, run->step);
	const char *at = step && step->planned ? step->planned->on : "gate";
	return strcmp(at, on) == 0;
}

static void sum_add(struct ping_sum *sum, const struct ping_run *run)
{
	sum->runs++;
	sum->sent += run->counted;
	sum->lost += run->lost < run->counted ? run->lost : run->counted;
	sum->requested += run->requested ? run->requested - 1 : 0;
	sum->duplicates += run->duplicates;
	sum->late += run->late;
	sum->send_errors += run->send_errors;
	sum->replies += (uint32_t)run->reply_count;
	sum->received += run->have_statistics ? run->received : 0;
	sum->replied |= run->reply_count > 0 || (run->have_statistics && run->received > 0);
	sum->silent |= run->started;
	if (!sum->burst || run->longest_run > sum->burst->longest_run)
		sum->burst = run;
	if (!sum->failed && (run->error || run->send_errors))
		sum->failed = run;
}

enum speed { SPEED_ANY, SPEED_SLOW, SPEED_FAST };

static struct ping_sum sum_of(const struct judging *judging, const char *on, enum speed speed)
{
	struct ping_sum sum = {0};
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		const struct ping_run *run = &judging->facts->pings[i];
		bool wanted = speed == SPEED_ANY || run->adaptive == (speed == SPEED_FAST);
		if (run->started && !run->probe && run_is_on(judging, run, on) && wanted)
			sum_add(&sum, run);
	}
	return sum;
}

static void quote_runs(struct judging *judging, struct check_draft *draft, const char *on)
{
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		const struct ping_run *run = &judging->facts->pings[i];
		if (!run_is_on(judging, run, on))
			continue;
		check_quote(draft, run->statistics_from);
		check_quote(draft, run->error_from);
	}
}

/* The reply before the longest gap, and the one after it. */
static void quote_burst(struct judging *judging, struct check_draft *draft, const struct ping_run *run)
{
	uint32_t after = run->longest_run_start + run->longest_run;
	for (size_t i = 0; i < run->reply_count; i++) {
		uint32_t seq = run->replies[i].seq;
		if (seq + 1 == run->longest_run_start || seq == after)
			check_quote(draft, check_line(judging->input, judging->arena, run->step, run->replies[i].line));
	}
}

static const char *counted(struct arena *arena, const struct ping_sum *sum)
{
	struct interval wide = loss_wilson(sum->lost, sum->sent, 1.959963985);
	return arena_printf(arena, "%" PRIu32 " of %" PRIu32 " lost (%s; 95 %% interval %s to %s)", sum->lost,
	                    sum->sent, check_percent(arena, (double)sum->lost / sum->sent),
	                    check_percent(arena, wide.low), check_percent(arena, wide.high));
}

/* How many more packets, none of them lost, until loss would be excluded. */
static uint32_t more_needed(const struct ping_sum *sum, const struct thresholds *limits)
{
	uint32_t most = 1000000;
	uint32_t low = sum->sent;
	uint32_t high = low;
	do
		high = high < most / 2 ? high * 2 + 1 : most;
	while (high < most && loss_judge(sum->lost, high, limits) != LOSS_OK);
	while (low + 1 < high) {
		uint32_t middle = low + (high - low) / 2;
		if (loss_judge(sum->lost, middle, limits) == LOSS_OK)
			high = middle;
		else
			low = middle;
	}
	return high - sum->sent;
}

/* ---- everything lost ---- */

static void say_send_failed(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum)
{
	const char *words = sum->failed->error ? sum->failed->error : "sending failed";
	if (sum->send_errors >= SEND_ERRORS && !judging->tally.answered) {
		check_say(draft, STATE_CRITICAL, CERTAINTY_LIKELY, "P4",
		          "The FortiGate could not send its own pings to %s (\"%s\", %" PRIu32
		          " times): this is a local route or interface fault, not loss on the way.",
		          judging_address(judging), words, sum->send_errors);
		draft->where = WHERE_GATE;
		judging->cannot_send = words;
	} else {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P4",
		          "No ping to %s was answered and the FortiGate reported \"%s\": this says nothing about loss.",
		          judging_address(judging), words);
	}
	check_advise_command(judging, draft, ADVISE_ROUTE);
}

static void say_silent(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum)
{
	const char *server = judging_address(judging);
	if (judging->tally.answered && judging->tally.completions >= NEUTRAL_COMPLETIONS) {
		check_say(
		        draft, STATE_SKIPPED, CERTAINTY_NONE, "P5",
		        "No ping was answered, yet %s answered %u requests of the client: ICMP is filtered on the way "
		        "and the ping is void as evidence.",
		        server, judging->tally.completions);
	} else if (judging->tally.answered) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P5",
		          "No ping was answered, yet %s answered other packets: ICMP is filtered, so loss was not "
		          "measured.",
		          server);
	} else if (sum->sent) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P6",
		          "None of %" PRIu32
		          " pings was answered and no other reply of %s was seen: it is unreachable, or "
		          "it drops ICMP; the ping cannot tell which.",
		          sum->sent, server);
	} else {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P6",
		          "Not one ping to %s was answered before the ping ended, and it printed no totals.", server);
	}
}

/* ---- not the server's ---- */

/* The FortiGate sends the client's requests on to another address than the one
 * that was pinged. */
static void say_virtual(struct judging *judging, struct check_draft *draft)
{
	char text[IP_TEXT_MAX];
	bool neutral = judging->tally.completions >= NEUTRAL_COMPLETIONS;
	judging->cannot_send = NULL;
	ip_print(&judging->trace.redirected, text);
	check_say(draft, neutral ? STATE_SKIPPED : STATE_UNKNOWN, CERTAINTY_NONE, "L3",
	          "The pings went to %s, but the FortiGate sends the client's requests on to %s: the way to the server "
	          "was not measured.",
	          judging_address(judging), text);
	check_advise(draft, judging->trace.redirected.family == 6 ? "execute ping6 %s" : "execute ping %s", text);
}

/* Did a request leave for the address that was pinged? */
static bool seen_on_its_way(const struct judging *judging)
{
	const struct trace *trace = &judging->trace;
	for (size_t i = 0; i < trace->exchange_count; i++) {
		const struct exchange *exchange = &trace->exchanges[i];
		if (exchange->leg[1] && ip_equal(&exchange->first[1]->dst, &judging->target->server))
			return true;
	}
	return false;
}

/* Answers as quick as the FortiGate's own, and nothing shows that they were not. */
static bool may_be_its_own(const struct judging *judging)
{
	return address_may_be_virtual(judging) && !seen_on_its_way(judging);
}

static void doubt_virtual(struct judging *judging, struct check_draft *draft)
{
	if (draft->check.state != STATE_OK || !may_be_its_own(judging))
		return;
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "L3",
	          "%s answers pings as quickly as the FortiGate itself, and no request was seen leaving for it: should "
	          "it "
	          "be a virtual IP, the way to the server was not measured.",
	          judging_address(judging));
	check_advise(draft, "Owner of the FortiGate: is %s a virtual IP? If so, ping the address behind it.",
	             judging_address(judging));
}

/* ---- some answered ---- */

static void say_duplicates_only(struct check_draft *draft, const struct ping_sum *sum)
{
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P7",
	          "More replies than requests were counted (%" PRIu32 " for %" PRIu32
	          "): with duplicates the share of lost packets cannot be told.",
	          sum->received, sum->sent + sum->runs);
}

static void say_undecided(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum)
{
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P3",
	          "The ping is too short to tell: %s; %" PRIu32 " more without a loss would exclude loss of %s.",
	          counted(judging->arena, sum), more_needed(sum, judging->limits),
	          check_percent(judging->arena, judging->limits->loss_critical / 100));
	check_advise(draft, "Run again with --ping-count %" PRIu32 " and a longer --time.",
	             sum->sent + more_needed(sum, judging->limits) + 1);
}

/* Was a ping ended early because its loss was decided, and not for lack of time? */
static bool ended_decided(const struct judging *judging)
{
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		if (loss_stop(&judging->facts->pings[i], judging->limits))
			return true;
	}
	return false;
}

static void say_ok(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum)
{
	struct interval wide = loss_wilson(sum->lost, sum->sent, 1.959963985);
	const char *also = "";
	if (sum->duplicates)
		also = arena_printf(judging->arena, "; %" PRIu32 " duplicate replies were left out", sum->duplicates);
	else if (sum->late)
		also = arena_printf(judging->arena, "; %" PRIu32 " replies came late, after that of a later ping",
		                    sum->late);
	else if (sum->requested > sum->sent && !ended_decided(judging))
		also = arena_printf(judging->arena, "; %" PRIu32 " had been asked for", sum->requested);
	check_say(draft, STATE_OK, CERTAINTY_LIKELY, sum->duplicates ? "P7" : "P1",
	          "%" PRIu32 " of %" PRIu32 " pings lost: real loss is below %s (95 %%)%s.", sum->lost, sum->sent,
	          check_percent(judging->arena, wide.high), also);
}

static bool has_burst(const struct ping_sum *sum)
{
	return sum->burst && sum->burst->longest_run >= BURST;
}

/* One run of losses, without which nothing would be proven: an interval that
 * takes each loss for itself would call that a share of all packets. */
static bool is_outage(const struct judging *judging, const struct ping_sum *sum)
{
	if (!has_burst(sum) || sum->burst->longest_run > sum->lost)
		return false;
	uint32_t run = sum->burst->longest_run;
	enum loss_look rest = loss_judge(sum->lost - run, sum->sent - run, judging->limits);
	return rest != LOSS_WARNING && rest != LOSS_CRITICAL;
}

static void say_outage(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum, enum state state)
{
	check_say(draft, state, CERTAINTY_LIKELY, "P8",
	          "%" PRIu32 " pings in a row to %s were lost from number %" PRIu32
	          " on: an outage rather than scattered loss; in all %s.",
	          sum->burst->longest_run, judging_address(judging), sum->burst->longest_run_start,
	          counted(judging->arena, sum));
	quote_burst(judging, draft, sum->burst);
}

static void say_share(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum, enum state state,
                      bool fast)
{
	const char *more = "";
	bool burst = has_burst(sum);
	if (burst)
		more = arena_printf(judging->arena, ", %" PRIu32 " of them in a row from number %" PRIu32,
		                    sum->burst->longest_run, sum->burst->longest_run_start);
	if (fast)
		more = arena_printf(judging->arena, "%s; only fast pings show it, and those may be rate-limited", more);
	check_say(draft, state, fast || burst ? CERTAINTY_LIKELY : CERTAINTY_CERTAIN, "P2",
	          "The way from the FortiGate to %s loses packets: %s%s.", judging_address(judging),
	          counted(judging->arena, sum), more);
	if (burst)
		quote_burst(judging, draft, sum->burst);
}

static void say_loss(struct judging *judging, struct check_draft *draft, const struct ping_sum *sum, enum state state,
                     bool fast)
{
	if (is_outage(judging, sum))
		say_outage(judging, draft, sum, state);
	else
		say_share(judging, draft, sum, state, fast);
	if (fast)
		check_advise(draft, "Measure longer at one ping a second before acting on this: --set "
		                    "ping.count=300 --set ping.time=300s --time 420.");
	check_advise_command(judging, draft, ADVISE_TRACE);
	check_advise(draft, "diagnose hardware deviceinfo nic <egress interface>");
	check_advise(draft, "Show the numbers to whoever runs the line between the FortiGate and the server.");
}

/* Enough pings at one a second, and they lose significantly less: what answers
 * limits its rate. */
static bool is_rate_limit(const struct judging *judging, const struct ping_sum *fast, const struct ping_sum *slow)
{
	if (fast->sent == 0 || slow->sent == 0)
		return false;
	bool less = (double)slow->lost / slow->sent < (double)fast->lost / fast->sent;
	return less && loss_judge(slow->lost, slow->sent, judging->limits) == LOSS_OK &&
	       loss_fisher(fast->lost, fast->sent, slow->lost, slow->sent) < 0.05;
}

static void say_rate_limit(struct judging *judging, struct check_draft *draft, const struct ping_sum *fast,
                           const struct ping_sum *slow)
{
	struct interval wide = loss_wilson(slow->lost, slow->sent, 1.959963985);
	check_say(draft, STATE_OK, CERTAINTY_LIKELY, "P1",
	          "%" PRIu32 " of %" PRIu32
	          " pings at one a second lost: real loss is below %s (95 %%). Of fast pings %" PRIu32 " of %" PRIu32
	          " were lost: %s, or a router before it, limits how many it answers, and that is no "
	          "loss of other packets.",
	          slow->lost, slow->sent, check_percent(judging->arena, wide.high), fast->lost, fast->sent,
	          judging_address(judging));
}

static void judge_answered(struct judging *judging, struct check_draft *draft, const struct ping_sum *all)
{
	struct ping_sum slow = sum_of(judging, "gate", SPEED_SLOW);
	enum loss_look look = loss_judge(all->lost, all->sent, judging->limits);
	enum loss_look slow_look = loss_judge(slow.lost, slow.sent, judging->limits);
	struct ping_sum fast = sum_of(judging, "gate", SPEED_FAST);
	enum loss_look fast_look = loss_judge(fast.lost, fast.sent, judging->limits);
	bool proven = look == LOSS_WARNING || look == LOSS_CRITICAL || fast_look == LOSS_WARNING ||
	              fast_look == LOSS_CRITICAL;
	bool slow_proven = slow_look == LOSS_WARNING || slow_look == LOSS_CRITICAL;
	if (all->sent == 0)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P10", "The ping is void: %s.",
		          all->failed && all->failed->error ? all->failed->error
		                                            : "it counted no packet beyond its first");
	else if (all->received > all->sent + all->runs && all->replies < all->received)
		say_duplicates_only(draft, all);
	else if (slow_proven)
		say_loss(judging, draft, slow_look >= look ? &slow : all,
		         slow_look == LOSS_CRITICAL ? STATE_CRITICAL : STATE_WARNING, false);
	else if (proven && is_rate_limit(judging, &fast, &slow))
		say_rate_limit(judging, draft, &fast, &slow);
	else if (proven)
		say_loss(judging, draft, all, STATE_WARNING, fast.sent > 0);
	else if (has_burst(all))
		say_outage(judging, draft, all, STATE_WARNING);
	else if (look == LOSS_OK)
		say_ok(judging, draft, all);
	else
		say_undecided(judging, draft, all);
}

/* The device's own words tell more than the step's. */
static const char *not_started(const struct judging *judging, const char *why)
{
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		if (judging->facts->pings[i].error)
			return judging->facts->pings[i].error;
	}
	return why ? why : "its output does not begin as a ping does";
}

static enum ping_answer ping_answer_of(const struct ping_sum *sum)
{
	if (sum->replied)
		return PING_ANSWERED;
	return sum->silent ? PING_SILENT : PING_UNMEASURED;
}

void packet_loss_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_PACKET_LOSS];
	check_begin(draft, judging->arena, check_word(CHECK_PACKET_LOSS));
	draft->where = WHERE_BEYOND_GATE;
	const char *why = NULL;
	enum check_steps steps = check_steps(judging, "gate", "ping", &why);
	struct ping_sum all = sum_of(judging, "gate", SPEED_ANY);
	judging->ping = ping_answer_of(&all);
	quote_runs(judging, draft, "gate");
	if (steps == CHECK_STEPS_NONE && all.runs == 0)
		check_say(draft, STATE_SKIPPED, CERTAINTY_NONE, "P6", "The playbook does not ping from the FortiGate.");
	else if (all.runs == 0)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P10", "No ping ran: %s.", not_started(judging, why));
	else if (judging->ping == PING_SILENT && all.failed)
		say_send_failed(judging, draft, &all);
	else if (judging->ping == PING_SILENT)
		say_silent(judging, draft, &all);
	else
		judge_answered(judging, draft, &all);
	df_probe_judge(judging, draft);
	if (all.runs && judging->trace.redirected.family)
		say_virtual(judging, draft);
	doubt_virtual(judging, draft);
	if (steps == CHECK_STEPS_MISSING && all.runs &&
	    (draft->check.state == STATE_OK || draft->check.state == STATE_SKIPPED))
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P10", "Not all pings ran (%s). So far: %s", why,
		          draft->check.summary);
}

/* ---- the host's side ---- */

static void advise_host_ping(struct judging *judging, struct check_draft *draft)
{
	/* The client pings what it asks, not what is behind that. */
	char text[IP_TEXT_MAX];
	const struct ip *ip = &judging->target->server;
	const char *server = ip->family ? arena_strdup(judging->arena, ip_print(ip, text)) : "the server";
	check_advise(draft, "On the client: ping -n -c 100 %s (Windows: ping -n 100 %s), then compare the loss.",
	             server, server);
	check_advise(draft,
	             "On the client, if it loses packets: ping the FortiGate's address in its own network, to tell "
	             "the LAN from the FortiGate.");
}

/* The host's pings go on to the server behind, the FortiGate's went nowhere. */
static void say_not_comparable(struct judging *judging, struct check_draft *draft, const char *numbers)
{
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "L3",
	          "The host loses more than the FortiGate does: %s. But should %s be a virtual IP, the FortiGate "
	          "answered its own pings, and the loss may be behind it.",
	          numbers, judging_address(judging));
}

static void say_both_silent(struct judging *judging, struct check_draft *draft)
{
	bool answered = judging->tally.completions >= NEUTRAL_COMPLETIONS;
	check_say(draft, answered ? STATE_SKIPPED : STATE_UNKNOWN, CERTAINTY_NONE, answered ? "P5" : "P6",
	          "Neither the host's nor the FortiGate's pings were answered: they tell nothing of the LAN.%s",
	          answered ? " Other traffic is answered, so ICMP is filtered." : "");
}

static void compare(struct judging *judging, struct check_draft *draft, const struct ping_sum *host,
                    const struct ping_sum *gate)
{
	struct arena *arena = judging->arena;
	double p = loss_fisher(host->lost, host->sent, gate->lost, gate->sent);
	bool more = (double)host->lost / host->sent > (double)gate->lost / gate->sent;
	enum loss_look look = loss_judge(host->lost, host->sent, judging->limits);
	bool proven = look == LOSS_WARNING || look == LOSS_CRITICAL;
	enum loss_look gate_look = loss_judge(gate->lost, gate->sent, judging->limits);
	bool gate_proven = gate_look == LOSS_WARNING || gate_look == LOSS_CRITICAL;
	const char *numbers = arena_printf(arena, "host %s, FortiGate %s", counted(arena, host), counted(arena, gate));
	if (more && p < 0.05 && proven && (judging->trace.redirected.family || may_be_its_own(judging))) {
		say_not_comparable(judging, draft, numbers);
	} else if (more && p < 0.05 && proven) {
		check_say(draft, look == LOSS_CRITICAL ? STATE_CRITICAL : STATE_WARNING, CERTAINTY_LIKELY, "P9",
		          "The host loses more than the FortiGate does: %s. The fault is in the LAN, the host or the "
		          "FortiGate's forwarding.",
		          numbers);
		draft->where = WHERE_CLIENT_SIDE;
	} else if (!more && p < 0.05 && look == LOSS_OK) {
		check_say(
		        draft, STATE_OK, CERTAINTY_LIKELY, "P9",
		        "Only the FortiGate's own pings are lost more often: %s. That is about its own packets (source "
		        "address, SD-WAN, a limit on pings) and explains no failure of the client.",
		        numbers);
	} else if (!more && p < 0.05) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P9",
		          "The FortiGate's own pings are lost more often, which hides whether the LAN loses any: %s.",
		          numbers);
	} else if (proven && gate_proven) {
		check_say(draft, STATE_OK, CERTAINTY_LIKELY, "P9",
		          "Both lose alike: %s. The loss is beyond the FortiGate, not in the LAN.", numbers);
	} else if (look != LOSS_OK || !gate->replied) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P9", "The two pings cannot be told apart: %s.",
		          numbers);
	} else {
		check_say(draft, STATE_OK, CERTAINTY_LIKELY, "P9",
		          "The host does not lose more than the FortiGate: %s.", numbers);
	}
}

/* A ping of the host that says itself why nothing came back, begun or not. */
static const struct ping_run *host_failure(const struct judging *judging)
{
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		const struct ping_run *run = &judging->facts->pings[i];
		if (run_is_on(judging, run, "host") && run->error && run->reply_count == 0 &&
		    ping_error_parse(str_of(run->error)) != PING_ERROR_NONE)
			return run;
	}
	return NULL;
}

/* The FortiGate's pings come back and not one of the host's. */
static void say_host_silent(struct judging *judging, struct check_draft *draft, const struct ping_sum *host,
                            const struct ping_run *failed)
{
	if (failed) {
		check_say(
		        draft, STATE_WARNING, CERTAINTY_LIKELY, "P4",
		        "The host could not ping %s (\"%s\") while the FortiGate can: look at the host's own route and "
		        "network.",
		        judging_address(judging), failed->error);
		return;
	}
	bool answered = judging->tally.completions > 0;
	check_say(draft, answered ? STATE_SKIPPED : STATE_UNKNOWN, CERTAINTY_NONE, answered ? "P5" : "P6",
	          "None of %" PRIu32 " pings of the host was answered, while the FortiGate's are%s.", host->sent,
	          answered ? "; its other traffic is, so a policy stops its pings"
	                   : ": a policy may stop its pings, or the LAN loses everything");
}

void lan_segment_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_LAN_SEGMENT];
	check_begin(draft, judging->arena, check_word(CHECK_LAN_SEGMENT));
	draft->where = WHERE_CLIENT_SIDE;
	const char *why = NULL;
	enum check_steps steps = check_steps(judging, "host", "ping", &why);
	struct ping_sum host = sum_of(judging, "host", SPEED_ANY);
	struct ping_sum gate = sum_of(judging, "gate", SPEED_ANY);
	advise_host_ping(judging, draft);
	if (steps == CHECK_STEPS_NONE) {
		check_say(draft, STATE_SKIPPED, CERTAINTY_NONE, "P9",
		          "The client was not asked to ping (--host): the network between it and the FortiGate is not "
		          "judged.");
		return;
	}
	quote_runs(judging, draft, "host");
	const struct ping_run *failed = host_failure(judging);
	if (!host.replied && gate.replied && (host.sent >= BURST || failed))
		say_host_silent(judging, draft, &host, failed);
	else if (steps == CHECK_STEPS_MISSING || host.sent == 0 || gate.sent == 0)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "P9", "The client's ping cannot be compared: %s.",
		          why ? why : "one of the two pings counted nothing");
	else if (!host.replied && !gate.replied)
		say_both_silent(judging, draft);
	else
		compare(judging, draft, &host, &gate);
}
