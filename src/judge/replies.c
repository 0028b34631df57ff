#include "check.h"

#include <string.h>

/* What the client's own conversations show: requests without replies, ICMP
 * errors, refusals. Rules are those of the diagnosis: S0 to S5, T1 to T4, I1
 * to I5, and "legs-AB" and its like for the row of the table of legs. */

enum { REPEATS = 3, QUOTED_EXCHANGES = 3, TCP = 6 };

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void quote_exchange(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	for (size_t leg = 0; leg < 4; leg++)
		check_quote_packet(draft, judging->capture->step, exchange->first[leg]);
	check_quote_packet(draft, judging->capture->step, exchange->error);
}

static void quote_state(struct judging *judging, struct check_draft *draft, enum exchange_state state)
{
	unsigned quoted = 0;
	for (size_t i = 0; i < judging->trace.exchange_count && quoted < QUOTED_EXCHANGES; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == state) {
			quote_exchange(judging, draft, exchange);
			quoted++;
		}
	}
}

/* Says what to say when the sniffer was not planned, or showed nothing; true
 * when it did. */
static bool without_capture(struct judging *judging, struct check_draft *draft)
{
	const char *why = NULL;
	enum check_steps steps = check_steps(judging, "gate", "sniffer", &why);
	if (steps == CHECK_STEPS_NONE && !judging->capture) {
		check_say(draft, STATE_SKIPPED, CERTAINTY_NONE, "S0", "The playbook does not capture traffic.");
		return true;
	}
	if (judging->trace.usable)
		return false;
	if (!why)
		why = judging->fitness.why;
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S0", "No traffic could be captured: %s.", why);
	if (judging->capture)
		check_quote(draft, judging->capture->error_from);
	return true;
}

/* Why the capture's silence proves nothing, or NULL when it does. */
static const char *no_negatives(struct judging *judging, const char **rule)
{
	const char *why = NULL;
	*rule = judging->fitness.rule ? judging->fitness.rule : "S0";
	if (!judging->trace.fit)
		return judging->trace.unfit_why;
	if (check_steps(judging, "gate", "sniffer", &why) == CHECK_STEPS_MISSING)
		return why;
	return NULL;
}

/* ---- missing-replies ---- */

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

static const char *negative_rule(const struct judging *judging, const struct negative *negative)
{
	if (negative->state == EXCHANGE_NO_FORWARD)
		return "legs-A";
	if (negative->state == EXCHANGE_NOT_PASSED)
		return "legs-ABC";
	bool tcp = judging->target->have_proto && judging->target->proto == TCP;
	return tcp && negative->transmissions >= 2 ? "T1" : "legs-AB";
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

static enum where negative_where(const struct judging *judging, enum exchange_state state)
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
	for (size_t i = 0; state == EXCHANGE_NOT_PASSED && i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		const struct packet *out = exchange->first[1];
		const struct packet *in = exchange->first[2];
		if (exchange->of_entry && exchange->state == state && out && in && out->interface && in->interface &&
		    strcmp(out->interface, in->interface) != 0)
			return arena_printf(judging->arena,
			                    " The request left by %s and the reply came in by %s: the way back may be "
			                    "asymmetric.",
			                    out->interface, in->interface);
	}
	return "";
}

/* A virtual server on another port takes its requests out of the capture's sight. */
static void say_unseen(struct judging *judging, struct check_draft *draft, const struct negative *negative)
{
	check_say(
	        draft, STATE_WARNING, CERTAINTY_NONE, "S2",
	        "%u request%s of %u conversation%s to %s entered the FortiGate and were not seen leaving it. The entry "
	        "does not tell of translation: should that be a virtual address, they may have left for another port.",
	        negative->transmissions, plural(negative->transmissions), negative->conversations,
	        plural(negative->conversations), judging_server(judging));
	quote_state(judging, draft, negative->state);
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
	draft->where = negative_where(judging, negative->state);
	check_say(draft, often ? STATE_CRITICAL : STATE_WARNING, often ? CERTAINTY_LIKELY : CERTAINTY_NONE,
	          negative_rule(judging, negative), "%u request%s of %u conversation%s to %s %s%s.%s%s",
	          negative->transmissions, plural(negative->transmissions), negative->conversations,
	          plural(negative->conversations), judging_server(judging), negative_words(negative->state),
	          often ? "" : "; so few repetitions prove nothing yet", asymmetry(judging, negative->state),
	          unsent ? unsent : "");
	quote_state(judging, draft, negative->state);
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
	          "The SYN/ACK was passed on to the client, which sent its SYN again: it is lost between the FortiGate "
	          "and "
	          "the client.");
	draft->where = WHERE_CLIENT_SIDE;
	quote_state(judging, draft, EXCHANGE_PARTIAL);
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
	}
	return gaps;
}

static void quote_gaps(struct judging *judging, struct check_draft *draft)
{
	unsigned quoted = 0;
	for (size_t i = 0; i < judging->trace.exchange_count && quoted < QUOTED_EXCHANGES; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || !exchange->unanswered)
			continue;
		check_quote_packet(draft, judging->capture->step, exchange->unanswered_first);
		quote_exchange(judging, draft, exchange);
		quoted++;
	}
}

static void say_gaps(struct judging *judging, struct check_draft *draft, const struct gaps *gaps)
{
	bool at_gate = gaps->stuck >= gaps->unanswered;
	enum exchange_state state = at_gate ? EXCHANGE_NO_FORWARD : EXCHANGE_NO_REPLY;
	enum loss_look look = loss_judge(gaps->unanswered, gaps->requests, judging->limits);
	/* What answers now and then may be a bad way or a busy server. */
	draft->where = at_gate ? WHERE_GATE : gaps->stuck == 0 ? WHERE_BEYOND_GATE : WHERE_UNKNOWN;
	check_say(draft, look == LOSS_CRITICAL ? STATE_CRITICAL : STATE_WARNING, CERTAINTY_LIKELY,
	          at_gate ? "legs-A" : "legs-AB",
	          "%u of %u requests that the client sent from one port to %s got no reply%s, while others did.",
	          gaps->unanswered, gaps->requests, judging_server(judging),
	          at_gate ? ": they did not leave the FortiGate" : "");
	quote_gaps(judging, draft);
	advise_negative(judging, draft, state);
}

static void say_positive(struct judging *judging, struct check_draft *draft)
{
	const struct tally *tally = &judging->tally;
	unsigned complete = tally->conversations[EXCHANGE_COMPLETE];
	unsigned refused = tally->conversations[EXCHANGE_REFUSED];
	unsigned errors = tally->conversations[EXCHANGE_ICMP_ERROR];
	unsigned partial = tally->conversations[EXCHANGE_PARTIAL];
	if (complete + refused + errors == 0 || (partial && complete < REPEATS)) {
		bool open = tally->conversations[EXCHANGE_OPEN] > 0 && partial == 0;
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, open ? "S5" : "S4",
		          open ? "The capture ended too soon after the requests to %s for a reply to be missed."
		               : "Not all legs of the conversations with %s are visible (offloaded, begun before the "
		                 "capture, or another way back).",
		          judging_server(judging));
		advise_wait(draft);
		return;
	}
	if (complete + refused == 0 && all_passed(judging)) {
		check_say(draft, STATE_OK, CERTAINTY_CERTAIN, "I1",
		          "Replies of %s came back and were passed on to the client; an ICMP error ended the session "
		          "after that.",
		          judging_server(judging));
		quote_state(judging, draft, EXCHANGE_ICMP_ERROR);
		return;
	}
	struct gaps gaps = gaps_of(judging);
	const char *silent = gaps.unanswered ? arena_printf(judging->arena, " Within them %u request%s got no reply.",
	                                                    gaps.unanswered, plural(gaps.unanswered))
	                                     : "";
	check_say(draft, STATE_OK, gaps.unanswered ? CERTAINTY_LIKELY : CERTAINTY_CERTAIN,
	          complete  ? "legs-ABCD"
	          : refused ? "T2"
	                    : "I1",
	          "%u conversation%s with %s completed on all legs, %u ended by RST or ICMP error, none was left "
	          "without an answer.%s",
	          complete, plural(complete), judging_server(judging), refused + errors, silent);
	quote_state(judging, draft, EXCHANGE_COMPLETE);
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

void replies_missing_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_MISSING_REPLIES];
	check_begin(draft, judging->arena, check_word(CHECK_MISSING_REPLIES));
	if (without_capture(judging, draft))
		return;
	struct negative negative = negative_of(judging);
	const char *rule;
	const char *unfit = no_negatives(judging, &rule);
	unsigned errors = path_errors(judging);
	struct gaps gaps = gaps_of(judging);
	if (unfit)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, rule,
		          "%u request%s of the client look unanswered, but the capture cannot prove it: %s.",
		          negative.transmissions, plural(negative.transmissions), unfit);
	else if (negative.transmissions)
		say_negative(judging, draft, &negative);
	else if (gaps.unanswered >= REPEATS)
		say_gaps(judging, draft, &gaps);
	else if (any_repeated(judging))
		say_client_side(judging, draft);
	else if (judging->tally.seen == 0)
		say_none_seen(judging, draft);
	else if (errors)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "I3",
		          "%u conversation%s with %s ended by an ICMP error in place of a reply; see icmp-error.",
		          errors, plural(errors), judging_server(judging));
	else
		say_positive(judging, draft);
}

/* ---- icmp-error ---- */

struct error_kind {
	enum packet_icmp icmp;
	const char *rule;
	enum state state;
	const char *words;
};

static const struct error_kind error_kinds[] = {
        {ICMP_PORT_UNREACHABLE, "I3", STATE_CRITICAL, "port unreachable"},
        {ICMP_PROTOCOL_UNREACHABLE, "I3", STATE_CRITICAL, "protocol unreachable"},
        {ICMP_HOST_UNREACHABLE, "I3", STATE_CRITICAL, "host unreachable"},
        {ICMP_NET_UNREACHABLE, "I3", STATE_CRITICAL, "network unreachable"},
        {ICMP_ADMIN_PROHIBITED, "I3", STATE_CRITICAL, "administratively prohibited"},
        {ICMP_FRAG_NEEDED, "I4", STATE_WARNING, "packet too big"},
        {ICMP_TIME_EXCEEDED, "I5", STATE_CRITICAL, "time exceeded (a routing loop, or too few hops)"},
};

static const struct error_kind *error_kind_of(const struct packet *error)
{
	static const struct error_kind other = {ICMP_UNREACHABLE_OTHER, "I3", STATE_CRITICAL,
	                                        "destination unreachable"};
	for (size_t i = 0; i < sizeof(error_kinds) / sizeof(error_kinds[0]); i++) {
		if (error_kinds[i].icmp == error->icmp)
			return &error_kinds[i];
	}
	return &other;
}

static void say_late(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	char text[IP_TEXT_MAX];
	draft->where = WHERE_CLIENT;
	check_say(draft, STATE_WARNING, CERTAINTY_CERTAIN, "I1",
	          "The client %s answered a packet of %s with port %u unreachable: the reply came after the client had "
	          "closed its port, and that error ended the session.",
	          ip_print(&exchange->client, text), judging_server(judging),
	          exchange->error->quoted_port ? exchange->error->quoted_port : exchange->client_port);
	quote_exchange(judging, draft, exchange);
	check_advise(draft,
	             "Harmless if the client got its answer elsewhere: see whether it asks two servers at once from "
	             "the same port.");
	check_advise(draft,
	             "If the client did fail: compare how long %s takes to reply with the client's own time-out.",
	             judging_server(judging));
}

static void say_error(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	const struct packet *error = exchange->error;
	const struct error_kind *kind = error_kind_of(error);
	char text[IP_TEXT_MAX];
	bool server = judging_is_server(judging, &error->src);
	bool tied = error->quoted_dst.family != 0;
	const char *rule = server && error->icmp == ICMP_PORT_UNREACHABLE ? "I2" : kind->rule;
	const char *who = server ? "The server itself" : "A router";
	draft->where = server ? WHERE_SERVER : WHERE_BEYOND_GATE;
	if (exchange->from_gate && !server) {
		who = "The FortiGate itself";
		draft->where = WHERE_GATE;
	}
	check_say(draft, kind->state, tied ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY, rule,
	          "%s (%s) said \"%s\" about the client's request to %s.", who, ip_print(&error->src, text),
	          kind->words, judging_server(judging));
	quote_exchange(judging, draft, exchange);
	if (draft->where == WHERE_GATE)
		check_advise_command(judging, draft, ADVISE_ROUTE);
	else
		check_advise(draft, "Ask the owner of %s why it sends that error; the FortiGate passed the traffic on.",
		             ip_print(&error->src, text));
	if (error->icmp == ICMP_FRAG_NEEDED)
		check_advise(draft, "Look for a smaller MTU on the way, e.g. a tunnel.");
}

/* The worst error of the client's conversations; the first of equals. */
static const struct exchange *error_worst(const struct judging *judging)
{
	const struct exchange *worst = NULL;
	enum state worst_state = STATE_OK;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || exchange->state != EXCHANGE_ICMP_ERROR)
			continue;
		enum state state = exchange->late ? STATE_WARNING : error_kind_of(exchange->error)->state;
		if (!worst || (state != worst_state && state_worst(state, worst_state) == state)) {
			worst = exchange;
			worst_state = state;
		}
	}
	return worst;
}

static void say_other_error(struct judging *judging, struct check_draft *draft)
{
	const struct packet *error = judging->trace.other_error;
	char text[IP_TEXT_MAX];
	check_say(draft, STATE_WARNING, CERTAINTY_NONE, error_kind_of(error)->rule,
	          "%s said \"%s\" about %s, though not about a conversation of this client.",
	          ip_print(&error->src, text), error_kind_of(error)->words, judging_server(judging));
	draft->where = WHERE_BEYOND_GATE;
	check_quote_packet(draft, judging->capture->step, error);
}

/* Nothing was found: was there anything in which it could have been found? */
static void say_nothing_found(struct judging *judging, struct check_draft *draft, const char *what, const char *ok_rule,
                              bool could_see)
{
	const char *rule;
	const char *unfit = no_negatives(judging, &rule);
	if (unfit)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, rule,
		          "No %s was seen, but the capture cannot exclude one: %s.", what, unfit);
	else if (!could_see)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S3", "The capture's filter lets no %s through.", what);
	else if (judging->tally.seen == 0)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "legs-0",
		          "No conversation of the client was seen in which there could have been an %s.", what);
	else
		check_say(draft, STATE_OK, CERTAINTY_CERTAIN, ok_rule, "No %s hit the %u conversation%s seen.", what,
		          judging->tally.seen, plural(judging->tally.seen));
}

void replies_error_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_ICMP_ERROR];
	check_begin(draft, judging->arena, check_word(CHECK_ICMP_ERROR));
	if (without_capture(judging, draft))
		return;
	const struct exchange *worst = error_worst(judging);
	const struct tally *tally = &judging->tally;
	if (worst && worst->late)
		say_late(judging, draft, worst);
	else if (worst)
		say_error(judging, draft, worst);
	else if (judging->trace.other_error && tally->conversations[EXCHANGE_COMPLETE] == 0)
		say_other_error(judging, draft);
	else
		say_nothing_found(judging, draft, "ICMP error", "I3", judging->trace.sees_errors);
}

/* ---- refused ---- */

static void say_refused(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	unsigned refused = judging->tally.conversations[EXCHANGE_REFUSED];
	const char *server = judging_server(judging);
	if (exchange->from_gate) {
		draft->where = WHERE_GATE;
		check_say(draft, STATE_WARNING, CERTAINTY_LIKELY, "T3",
		          "%u connection%s to %s got an RST that left the FortiGate and had not come in: the FortiGate "
		          "itself "
		          "seems to have sent it.",
		          refused, plural(refused), server);
		check_advise(draft,
		             "Owner of the FortiGate: confirm with debug flow which policy or profile resets it.");
	} else {
		draft->where = WHERE_SERVER;
		check_say(draft, STATE_WARNING, CERTAINTY_CERTAIN, "T2",
		          "%s refused %u connection%s with RST: that is a reply, so none is missing.", server, refused,
		          plural(refused));
		check_advise(draft,
		             "Ask the owner of %s whether the service listens there, or a firewall before it refuses.",
		             server);
	}
	quote_state(judging, draft, EXCHANGE_REFUSED);
}

void replies_refused_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_REFUSED];
	check_begin(draft, judging->arena, check_word(CHECK_REFUSED));
	if (without_capture(judging, draft))
		return;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == EXCHANGE_REFUSED) {
			say_refused(judging, draft, exchange);
			return;
		}
	}
	if (judging->target->have_proto && judging->target->proto != TCP)
		check_say(draft, STATE_OK, CERTAINTY_CERTAIN, "T2",
		          "The traffic is not TCP, so nothing can refuse it by RST.");
	else
		say_nothing_found(judging, draft, "RST", "T2", true);
}
