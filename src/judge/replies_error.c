#include "replies.h"

/* What ended conversations in place of a reply: ICMP errors and RST. Rules I1 to
 * I5, T2 and T3. */

enum { TCP = 6 };

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

/* Was the packet seen that the client complains about, or does the entry name its port? */
static bool late_is_tied(const struct judging *judging, const struct exchange *exchange)
{
	unsigned port = judging->target->client_port;
	return exchange->leg[2] || exchange->leg[3] || (port && port == exchange->client_port);
}

static void say_late(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	char text[IP_TEXT_MAX];
	draft->where = WHERE_CLIENT;
	const char *earlier = resolvers_earlier(judging, draft, exchange);
	unsigned quoted = exchange->error->quoted_port;
	bool tied = late_is_tied(judging, exchange);
	check_say(draft, STATE_WARNING, tied ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY, "I1",
	          "The client %s answered a packet of %s with port %u unreachable: the reply came after the client had "
	          "closed its port, and that error ended the session.%s",
	          ip_print(&exchange->client, text), judging_server(judging), quoted ? quoted : exchange->client_port,
	          earlier ? earlier : "");
	replies_quote(judging, draft, exchange);
	check_advise(draft,
	             "Harmless if the client got its answer elsewhere: see whether it asks two servers at once from "
	             "the same port.");
	check_advise(draft,
	             "If the client did fail: compare how long %s takes to reply with the client's own time-out.",
	             judging_server(judging));
}

enum where replies_error_place(const struct judging *judging, const struct exchange *exchange, const char **rule,
                               const char **who)
{
	const struct packet *error = exchange->error;
	bool server = judging_is_server(judging, &error->src);
	*rule = server && error->icmp == ICMP_PORT_UNREACHABLE ? "I2" : error_kind_of(error)->rule;
	*who = server ? "The server itself" : "A router";
	if (server || !exchange->from_gate)
		return server ? WHERE_SERVER : WHERE_BEYOND_GATE;
	if (!exchange->leg[1] && server_may_be_virtual(judging)) {
		*who = "The FortiGate or a router behind it";
		return WHERE_UNKNOWN;
	}
	*who = "The FortiGate itself";
	return WHERE_GATE;
}

static void say_error(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	const struct packet *error = exchange->error;
	const struct error_kind *kind = error_kind_of(error);
	char text[IP_TEXT_MAX];
	bool tied = error->quoted_dst.family != 0;
	const char *rule, *who;
	draft->where = replies_error_place(judging, exchange, &rule, &who);
	check_say(draft, kind->state, tied ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY, rule,
	          "%s (%s) said \"%s\" about the client's request to %s.", who, ip_print(&error->src, text),
	          kind->words, judging_server(judging));
	replies_quote(judging, draft, exchange);
	if (draft->where == WHERE_GATE || draft->where == WHERE_UNKNOWN)
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
	const char *unfit = replies_unfit(judging, &rule);
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
		          judging->tally.seen, text_plural(judging->tally.seen));
}

void replies_error_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_ICMP_ERROR];
	check_begin(draft, judging->arena, check_word(CHECK_ICMP_ERROR));
	if (replies_unseen(judging, draft))
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
	if (exchange->from_gate && !exchange->leg[1] && server_may_be_virtual(judging)) {
		check_say(draft, STATE_WARNING, CERTAINTY_NONE, "T3",
		          "%u connection%s to %s got an RST that was not seen coming in: it is the FortiGate's own, or "
		          "that "
		          "of a server on another port, should this be a virtual address.",
		          refused, text_plural(refused), server);
		check_advise(draft, "Owner of the FortiGate: is %s a virtual IP?", judging_address(judging));
	} else if (exchange->from_gate) {
		draft->where = WHERE_GATE;
		check_say(draft, STATE_WARNING, CERTAINTY_LIKELY, "T3",
		          "%u connection%s to %s got an RST that left the FortiGate and had not come in: the FortiGate "
		          "itself "
		          "seems to have sent it.",
		          refused, text_plural(refused), server);
		check_advise(draft,
		             "Owner of the FortiGate: confirm with debug flow which policy or profile resets it.");
	} else {
		draft->where = WHERE_SERVER;
		check_say(draft, STATE_WARNING, CERTAINTY_CERTAIN, "T2",
		          "%s refused %u connection%s with RST: that is a reply, so none is missing.", server, refused,
		          text_plural(refused));
		check_advise(draft,
		             "Ask the owner of %s whether the service listens there, or a firewall before it refuses.",
		             server);
	}
	replies_quote_state(judging, draft, EXCHANGE_REFUSED);
}

/* Begun and then ended by an RST: many a server closes so, and none was refused. */
static bool say_reset(struct judging *judging, struct check_draft *draft)
{
	unsigned count = 0;
	const char *rule;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || !exchange->reset)
			continue;
		if (count++ < REPLIES_QUOTED)
			check_quote_packet(draft, judging->capture->step, exchange->reset);
	}
	if (count == 0)
		return false;
	const char *unfit = replies_unfit(judging, &rule);
	if (unfit)
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, rule,
		          "%s ended %u conversation%s by RST after its first reply; that none was refused the capture "
		          "cannot prove: %s.",
		          judging_server(judging), count, text_plural(count), unfit);
	else
		check_say(draft, STATE_OK, CERTAINTY_CERTAIN, "T2",
		          "None of the %u conversation%s seen was refused; %s ended %u by RST after its first reply.",
		          judging->tally.seen, text_plural(judging->tally.seen), judging_server(judging), count);
	return true;
}

void replies_refused_check(struct judging *judging)
{
	struct check_draft *draft = &judging->drafts[CHECK_REFUSED];
	check_begin(draft, judging->arena, check_word(CHECK_REFUSED));
	if (replies_unseen(judging, draft))
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
	else if (!say_reset(judging, draft))
		say_nothing_found(judging, draft, "RST", "T2", true);
}
