#include "replies.h"

/* Requests of the client without replies. Rules are those of the diagnosis: S0
 * to S5, N2, T1, T4, and "legs-AB" and its like for the row of the table of legs. */

enum { REPEATS = 3, TCP = 6 };

struct negative {
	enum exchange_state state;
	unsigned conversations, transmissions;
};

/* The picture most often repeated. ICMP errors of routers leave the request
 * unanswered as well. */
static struct negative negative_of(const struct judging *judging)
{
	static const enum exchange_state order[] = {EXCHANGE_NO_FORWARD, EXCHANGE_NOT_PASSED, EXCHANGE_NO_REPLY};
	struct negative most = {EXCHANGE_OPEN, 0, 0};
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		unsigned sent = judging->tally.transmissions[order[i]];
		if (sent > most.transmissions)
			most = (struct negative){order[i], judging->tally.conversations[order[i]], sent};
	}
	return most;
}

static const char *negative_words(enum exchange_state state)
{
	if (state == EXCHANGE_NO_FORWARD)
		return "entered the FortiGate and did not leave it";
	if (state == EXCHANGE_NOT_PASSED)
		return "were answered, but the FortiGate did not pass the reply on to the client";
	return "left the FortiGate and no reply came back";
}

const char *replies_negative_rule(const struct exchange *exchange)
{
	if (exchange->state == EXCHANGE_NO_FORWARD)
		return "legs-A";
	if (exchange->state == EXCHANGE_NOT_PASSED)
		return "legs-ABC";
	return exchange->stream.syns >= 2 ? "T1" : "legs-AB";
}

/* That of the conversation in which most speaks for it. */
static const char *negative_rule(const struct judging *judging, const struct negative *negative)
{
	const struct exchange *most = NULL;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == negative->state &&
		    (!most || exchange->stream.syns > most->stream.syns))
			most = exchange;
	}
	return most ? replies_negative_rule(most) : "";
}

/* What to say where the FortiGate's own pings do not get out either, or NULL. */
static const char *cannot_send(const struct judging *judging, enum exchange_state state)
{
	if (state == EXCHANGE_NOT_PASSED || !judging->cannot_send)
		return NULL;
	return arena_printf(judging->arena,
	                    " Nor can the FortiGate send its own pings there (\"%s\"): look for its route.",
	                    judging->cannot_send);
}

enum where replies_negative_where(const struct judging *judging, enum exchange_state state)
{
	if (state != EXCHANGE_NO_REPLY || cannot_send(judging, state))
		return WHERE_GATE;
	/* Only a way that was measured and is clean leaves the server alone. */
	bool clean = judging->drafts[CHECK_PACKET_LOSS].check.state == STATE_OK;
	return judging->ping == PING_ANSWERED && clean ? WHERE_SERVER : WHERE_BEYOND_GATE;
}

static void advise_negative(struct judging *judging, struct check_draft *draft, enum exchange_state state)
{
	if (cannot_send(judging, state))
		check_advise_command(judging, draft, ADVISE_ROUTE);
	if (state == EXCHANGE_NO_REPLY) {
		check_advise(draft,
		             "Ask the owner of %s whether the service listens and whether the requests arrive there.",
		             judging_server(judging));
		check_advise_command(judging, draft, ADVISE_TRACE);
		check_advise(
		        draft,
		        "Replies may also return by another box, which this capture cannot see: check the way back.");
		return;
	}
	if (!cannot_send(judging, state))
		check_advise_command(judging, draft, ADVISE_ROUTE);
	check_advise_command(judging, draft, ADVISE_NEIGHBOUR);
	check_advise(draft,
	             "Owner of the FortiGate: watch one such packet with debug flow; it names the policy, route or "
	             "inspection that drops it.");
}

/* The reply came in by another interface than the request left by. */
static const char *asymmetry(struct judging *judging, enum exchange_state state)
{
	const struct exchange *exchange = state == EXCHANGE_NOT_PASSED ? judging_asymmetric(judging, state) : NULL;
	if (!exchange)
		return "";
	return arena_printf(judging->arena,
	                    " The request left by %s and the reply came in by %s: the way back may be asymmetric.",
	                    exchange->first[1]->interface, exchange->first[2]->interface);
}

/* A virtual server on another port takes its requests out of the capture's sight. */
static void say_unseen(struct judging *judging, struct check_draft *draft, const struct negative *negative)
{
	check_say(
	        draft, STATE_WARNING, CERTAINTY_NONE, "S2",
	        "%u request%s of %u conversation%s to %s entered the FortiGate and were not seen leaving it. The entry "
	        "does not tell of translation: should that be a virtual address, they may have left for another port.",
	        negative->transmissions, text_plural(negative->transmissions), negative->conversations,
	        text_plural(negative->conversations), judging_server(judging));
	replies_quote_state(judging, draft, negative->state);
	check_advise(draft,
	             "Owner of the FortiGate: is %s a virtual IP? If so, look with the sniffer for the requests at the "
	             "address and port behind it.",
	             judging_address(judging));
	advise_negative(judging, draft, negative->state);
}

static void say_negative(struct judging *judging, struct check_draft *draft, const struct negative *negative)
{
	if (negative->state == EXCHANGE_NO_FORWARD && !judging->memory_extreme && server_may_be_virtual(judging)) {
		say_unseen(judging, draft, negative);
		return;
	}
	/* Where other conversations complete, repeats of one alone may be bad luck. */
	bool mixed = judging->tally.conversations[EXCHANGE_COMPLETE] > 0;
	const char *unsent = cannot_send(judging, negative->state);
	bool often = (mixed ? negative->conversations : negative->transmissions) >= REPEATS;
	draft->where = replies_negative_where(judging, negative->state);
	check_say(draft, often ? STATE_CRITICAL : STATE_WARNING, often ? CERTAINTY_LIKELY : CERTAINTY_NONE,
	          negative_rule(judging, negative), "%u request%s of %u conversation%s to %s %s%s.%s%s",
	          negative->transmissions, text_plural(negative->transmissions), negative->conversations,
	          text_plural(negative->conversations), judging_server(judging), negative_words(negative->state),
	          often ? "" : "; so few repetitions prove nothing yet", asymmetry(judging, negative->state),
	          unsent ? unsent : "");
	replies_quote_state(judging, draft, negative->state);
	advise_negative(judging, draft, negative->state);
}

static void advise_wait(struct check_draft *draft)
{
	check_advise(draft, "Let the client try again while fgdiag captures: --wait SECONDS.");
}

static void say_none_seen(struct judging *judging, struct check_draft *draft)
{
	const char *seconds = check_seconds(judging->arena, judging->capture->duration_us);
	if (judging->trace.strays)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "legs-B",
		          "%u requests left for %s, but none of them could be tied to the client.",
		          judging->trace.strays, judging_server(judging));
	else
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "legs-0",
		          "The client sent nothing to %s in the %s of the capture.", judging_server(judging), seconds);
	advise_wait(draft);
}

static bool any_repeated(const struct judging *judging)
{
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		if (judging->trace.exchanges[i].of_entry && judging->trace.exchanges[i].repeated)
			return true;
	}
	return false;
}

static void say_client_side(struct judging *judging, struct check_draft *draft)
{
	check_say(draft, STATE_WARNING, CERTAINTY_LIKELY, "T4",
	          "The SYN/ACK was passed on to the client, which did not acknowledge it: SYN or SYN/ACK came again, "
	          "so it "
	          "is lost between the FortiGate and the client.");
	draft->where = WHERE_CLIENT_SIDE;
	replies_quote_state(judging, draft, EXCHANGE_PARTIAL);
	check_advise(draft, "On the client: capture the same conversation and see whether the SYN/ACK arrives.");
}

/* Did each conversation that an ICMP error ended have its reply before? */
static bool all_passed(const struct judging *judging)
{
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == EXCHANGE_ICMP_ERROR &&
		    !(exchange->leg[0] && exchange->leg[1] && exchange->leg[2] && exchange->leg[3]))
			return false;
	}
	return true;
}

/* Requests without a reply within conversations that have replies. */
struct gaps {
	unsigned requests, unanswered, stuck;
	bool one_sided; /* whether they left does not show */
};

static struct gaps gaps_of(const struct judging *judging)
{
	struct gaps gaps = {0};
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || !exchange->unanswered)
			continue;
		gaps.requests += exchange->settled;
		gaps.unanswered += exchange->unanswered;
		gaps.stuck += exchange->stuck;
		gaps.one_sided |= !exchange->leg[1];
	}
	return gaps;
}

static void quote_gaps(struct judging *judging, struct check_draft *draft)
{
	unsigned quoted = 0;
	for (size_t i = 0; i < judging->trace.exchange_count && quoted < REPLIES_QUOTED; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || !exchange->unanswered)
			continue;
		check_quote_packet(draft, judging->capture->step, exchange->unanswered_first);
		replies_quote(judging, draft, exchange);
		quoted++;
	}
}

static void say_gaps(struct judging *judging, struct check_draft *draft, const struct gaps *gaps)
{
	bool at_gate = gaps->stuck >= gaps->unanswered;
	enum exchange_state state = at_gate ? EXCHANGE_NO_FORWARD : EXCHANGE_NO_REPLY;
	enum loss_look look = loss_judge(gaps->unanswered, gaps->requests, judging->limits);
	bool often = gaps->unanswered >= REPEATS;
	/* What answers now and then may be a bad way or a busy server. */
	draft->where = at_gate ? WHERE_GATE : gaps->stuck == 0 ? WHERE_BEYOND_GATE : WHERE_UNKNOWN;
	check_say(draft, often && look == LOSS_CRITICAL ? STATE_CRITICAL : STATE_WARNING,
	          often ? CERTAINTY_LIKELY : CERTAINTY_NONE, at_gate ? "legs-A" : "legs-AB",
	          "%u of %u requests that the client sent from one port to %s got no reply%s, while others did%s.",
	          gaps->unanswered, gaps->requests, judging_server(judging),
	          at_gate ? ": they did not leave the FortiGate" : "",
	          often ? "" : "; so few repetitions prove nothing yet");
	quote_gaps(judging, draft);
	advise_negative(judging, draft, state);
}

static void say_gaps_unseen(struct judging *judging, struct check_draft *draft, const struct gaps *gaps)
{
	check_say(draft, STATE_WARNING, CERTAINTY_NONE, "S2",
	          "%u of %u requests that the client sent from one port to %s got no reply, while others did; the "
	          "capture shows the client's side only, and so not where they are lost.",
	          gaps->unanswered, gaps->requests, judging_server(judging));
	quote_gaps(judging, draft);
	advise_negative(judging, draft, EXCHANGE_NO_REPLY);
}

static void say_offloaded(struct judging *judging, struct check_draft *draft, const struct gaps *gaps)
{
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "N2",
	          "%u of %u requests from one port to %s look unanswered, but the session is offloaded, so the sniffer "
	          "does not see all of it.",
	          gaps->unanswered, gaps->requests, judging_server(judging));
}

/* Is each conversation that lacks legs one whose reply was passed on? */
static bool only_entry_unseen(const struct judging *judging)
{
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == EXCHANGE_PARTIAL &&
		    !(exchange->leg[0] && exchange->leg[1] && !exchange->leg[2] && exchange->leg[3]))
			return false;
	}
	return true;
}

static bool any_blind(const struct judging *judging)
{
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		if (judging->trace.exchanges[i].of_entry && judging->trace.exchanges[i].blind)
			return true;
	}
	return false;
}

static void say_invisible(struct judging *judging, struct check_draft *draft)
{
	const char *server = judging_server(judging);
	unsigned partial = judging->tally.conversations[EXCHANGE_PARTIAL];
	if (any_blind(judging))
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S2",
		          "The capture does not tell which packets of the conversations with %s enter the FortiGate "
		          "and which leave it.",
		          server);
	else if (partial == 0 && judging->tally.conversations[EXCHANGE_OPEN] > 0)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S5",
		          "The capture ended too soon after the requests to %s for a reply to be missed.", server);
	else if (partial && only_entry_unseen(judging))
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S4",
		          "Replies of %s were passed on to the client, but were not seen coming in: they are "
		          "offloaded, or "
		          "the FortiGate itself gave them.",
		          server);
	else
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S4",
		          "Not all legs of the conversations with %s are visible (offloaded, begun before the capture, "
		          "or "
		          "another way back).",
		          server);
	advise_wait(draft);
}

/* Protocols other than of question and answer need not reply to each packet, so
 * this is no finding. */
static const char *more_than_replies(const struct judging *judging)
{
	unsigned sent = 0, replies = 0;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || exchange->state != EXCHANGE_COMPLETE || !exchange->first[0] ||
		    exchange->first[0]->proto == TCP || exchange->settled <= exchange->replies)
			continue;
		sent += exchange->requests;
		replies += exchange->replies;
	}
	return sent ? arena_printf(judging->arena, " Where one port was used on, %u packets went and %u came back.",
	                           sent, replies)
	            : "";
}

/* A late reply that only the client's own error tells of. */
static bool any_late_unseen(const struct judging *judging)
{
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->late && !exchange->leg[2] && !exchange->leg[3])
			return true;
	}
	return false;
}

/* Conversations that nothing is known of. */
static const char *rest_words(const struct judging *judging)
{
	unsigned partial = judging->tally.conversations[EXCHANGE_PARTIAL];
	unsigned open = judging->tally.conversations[EXCHANGE_OPEN];
	const char *hidden = "", *young = "";
	if (partial)
		hidden = arena_printf(judging->arena, " %u more %s not wholly visible.", partial,
		                      partial == 1 ? "is" : "are");
	if (open)
		young = arena_printf(judging->arena, " %u more began too late in the capture to tell.", open);
	return arena_printf(judging->arena, "%s%s", hidden, young);
}

static void say_positive(struct judging *judging, struct check_draft *draft)
{
	const struct tally *tally = &judging->tally;
	unsigned complete = tally->conversations[EXCHANGE_COMPLETE];
	unsigned refused = tally->conversations[EXCHANGE_REFUSED];
	unsigned errors = tally->conversations[EXCHANGE_ICMP_ERROR];
	unsigned untold = tally->conversations[EXCHANGE_PARTIAL] + tally->conversations[EXCHANGE_OPEN];
	/* What is seen whole has to outweigh what is not. */
	if (complete + refused + errors == 0 || (untold && (complete < REPEATS || 2 * untold >= complete))) {
		say_invisible(judging, draft);
		return;
	}
	if (complete + refused == 0 && all_passed(judging)) {
		check_say(draft, STATE_OK, CERTAINTY_CERTAIN, "I1",
		          "Replies of %s came back and were passed on to the client; an ICMP error ended the session "
		          "after that.",
		          judging_server(judging));
		replies_quote_state(judging, draft, EXCHANGE_ICMP_ERROR);
		return;
	}
	const char *more = more_than_replies(judging), *again = replies_again_words(judging);
	bool all = !untold && !*more && !*again && !any_late_unseen(judging);
	check_say(draft, STATE_OK, all ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY,
	          complete  ? "legs-ABCD"
	          : refused ? "T2"
	                    : "I1",
	          "%u conversation%s with %s completed on all legs, %u ended by RST or ICMP error, none was left "
	          "without an answer.%s%s%s",
	          complete, text_plural(complete), judging_server(judging), refused + errors, rest_words(judging), more,
	          again);
	replies_quote_state(judging, draft, EXCHANGE_COMPLETE);
}

/* A router's "no" is an answer, but not the server's. */
static unsigned path_errors(const struct judging *judging)
{
	unsigned count = 0;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		bool path = exchange->state == EXCHANGE_ICMP_ERROR && !exchange->late &&
		            !judging_is_server(judging, &exchange->error->src);
		count += exchange->of_entry && path;
	}
	return count;
}

static void decide(struct judging *judging, struct check_draft *draft)
{
	if (replies_unseen(judging, draft))
		return;
	struct negative negative = negative_of(judging);
	const char *rule;
	const char *unfit = replies_unfit(judging, &rule);
	unsigned errors = path_errors(judging);
	struct gaps gaps = gaps_of(judging);
	if (unfit && negative.transmissions == 0)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, rule,
		          "No request of the client looks unanswered, but the capture may have missed some: %s.",
		          unfit);
	else if (unfit)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, rule,
		          "%u request%s of the client look unanswered, but the capture cannot prove it: %s.",
		          negative.transmissions, text_plural(negative.transmissions), unfit);
	else if (negative.transmissions)
		say_negative(judging, draft, &negative);
	else if (replies_stalled(judging, draft))
		return;
	else if (gaps.unanswered && judging->offloaded)
		say_offloaded(judging, draft, &gaps);
	else if (gaps.unanswered && gaps.one_sided)
		say_gaps_unseen(judging, draft, &gaps);
	else if (gaps.unanswered)
		say_gaps(judging, draft, &gaps);
	else if (any_repeated(judging))
		say_client_side(judging, draft);
	else if (judging->tally.seen == 0)
		say_none_seen(judging, draft);
	else if (errors)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "I3",
		          "%u conversation%s with %s ended by an ICMP error in place of a reply; see icmp-error.",
		          errors, text_plural(errors), judging_server(judging));
	else if (!replies_sent_again(judging, draft))
		say_positive(judging, draft);
}

void replies_missing_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_MISSING_REPLIES];
	check_begin(draft, judging->arena, check_word(CHECK_MISSING_REPLIES));
	decide(judging, draft);
	table_arbitrate(judging, draft);
	route_arbitrate(judging, draft);
}
