#include "replies.h"

/* TCP after the handshake: data that is never acknowledged, and data that has to
 * be sent again. Rules T5 and T7. */

enum { REPEATS = 3 };

struct stall {
	unsigned conversations, transmissions;
	enum where where;
};

/* The one place of all, or unknown. */
static enum where same_where(enum where where, enum where other, bool first)
{
	return first || where == other ? other : WHERE_UNKNOWN;
}

static struct stall stall_of(const struct judging *judging)
{
	struct stall stall = {.where = WHERE_UNKNOWN};
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || exchange->state != EXCHANGE_STALLED)
			continue;
		stall.where = same_where(stall.where, exchange->stream.stalled_where, stall.conversations == 0);
		stall.conversations++;
		stall.transmissions += exchange->stream.stalled;
	}
	return stall;
}

static const char *stall_words(enum where where)
{
	if (where == WHERE_BEYOND_GATE)
		return ": it left the FortiGate, and nothing came back";
	if (where == WHERE_CLIENT_SIDE)
		return ": the FortiGate passed it on, and the client did not answer";
	return where == WHERE_GATE ? ": it entered the FortiGate and did not leave it" : "";
}

/* The packets that tell of a stall, or of what was sent again. */
static void quote_streams(struct judging *judging, struct check_draft *draft, bool stalled)
{
	unsigned quoted = 0;
	for (size_t i = 0; i < judging->trace.exchange_count && quoted < REPLIES_QUOTED; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry || stalled != (exchange->state == EXCHANGE_STALLED) ||
		    exchange->stream.again + exchange->stream.asked == 0)
			continue;
		for (size_t k = 0; k < exchange->stream.quoted_count; k++)
			check_quote_packet(draft, judging->capture->step, exchange->stream.quoted[k]);
		quoted++;
	}
}

static void advise_place(struct judging *judging, struct check_draft *draft, enum where where)
{
	if (where == WHERE_CLIENT_SIDE) {
		check_advise(draft, "On the client: capture the same conversation and compare what arrives there.");
		return;
	}
	if (where == WHERE_GATE) {
		check_advise(draft, "Owner of the FortiGate: watch one such packet with debug flow; it names the "
		                    "policy, route or inspection that drops it.");
		return;
	}
	check_advise_command(judging, draft, ADVISE_TRACE);
	check_advise(draft, "If small packets pass, large ones may not: look for a smaller MTU on the way, e.g. a "
	                    "tunnel.");
}

bool replies_stalled(struct judging *judging, struct check_draft *draft)
{
	struct stall stall = stall_of(judging);
	if (stall.conversations == 0)
		return false;
	if (judging->offloaded) {
		check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "N2",
		          "Data of %u connection%s with %s looks unanswered, but the session is offloaded, so the "
		          "sniffer does not see all of it.",
		          stall.conversations, text_plural(stall.conversations), judging_server(judging));
		return true;
	}
	bool mixed = judging->tally.conversations[EXCHANGE_COMPLETE] > 0;
	bool often = (mixed ? stall.conversations : stall.transmissions) >= REPEATS;
	draft->where = stall.where;
	check_say(draft, often ? STATE_CRITICAL : STATE_WARNING, often ? CERTAINTY_LIKELY : CERTAINTY_NONE, "T5",
	          "%u connection%s with %s came about, but data that was sent %u times was never acknowledged%s.%s",
	          stall.conversations, text_plural(stall.conversations), judging_server(judging), stall.transmissions,
	          stall_words(stall.where), often ? "" : " So few repetitions prove nothing yet.");
	quote_streams(judging, draft, true);
	advise_place(judging, draft, stall.where);
	return true;
}

/* ---- sent again ---- */

struct losses {
	unsigned connections, sent, again, late;
	unsigned lost[WHERES];
};

static struct losses losses_of(const struct judging *judging)
{
	struct losses losses = {0};
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		const struct stream *stream = &exchange->stream;
		if (!exchange->of_entry || exchange->state == EXCHANGE_STALLED)
			continue;
		losses.connections += stream->sent > 0;
		losses.sent += stream->sent + stream->asked;
		losses.again += stream->again + stream->asked;
		losses.late += stream->late + stream->asked;
		for (size_t w = 0; w < WHERES; w++)
			losses.lost[w] += stream->lost[w];
	}
	return losses;
}

enum where stream_where(const unsigned lost[static WHERES])
{
	unsigned all = 0;
	enum where most = WHERE_UNKNOWN;
	for (unsigned w = 0; w < WHERES; w++) {
		all += lost[w];
		if (lost[w] > lost[most])
			most = (enum where)w;
	}
	/* A few elsewhere do not change the place of the trouble. */
	return 4 * lost[most] >= 3 * all ? most : WHERE_UNKNOWN;
}

static const char *loss_words(enum where where)
{
	switch (where) {
	case WHERE_CLIENT_SIDE:
		return "they, or their acknowledgments, are lost between the client and the FortiGate";
	case WHERE_GATE:
		return "before that they entered the FortiGate and did not leave it";
	case WHERE_BEYOND_GATE:
		return "they, or their acknowledgments, are lost beyond the FortiGate";
	default:
		break;
	}
	return "where they were lost does not show";
}

bool replies_sent_again(struct judging *judging, struct check_draft *draft)
{
	struct losses losses = losses_of(judging);
	if (losses.again < REPEATS || judging->offloaded)
		return false;
	enum loss_look look = loss_judge(losses.again, losses.sent, judging->limits);
	if (look != LOSS_WARNING && look != LOSS_CRITICAL)
		return false;
	/* Under load the times of packets are not to be trusted (S6), and the order hangs on them. */
	bool loaded = check_is_finding(&judging->drafts[CHECK_GATE_RESOURCES]);
	draft->where = stream_where(losses.lost);
	check_say(draft, STATE_WARNING, loaded ? CERTAINTY_NONE : CERTAINTY_LIKELY,
	          losses.late == losses.again ? "T7" : "T5",
	          "%u of %u data segments of %u connection%s with %s were sent again: %s.%s", losses.again, losses.sent,
	          losses.connections, text_plural(losses.connections), judging_server(judging),
	          loss_words(draft->where),
	          loaded ? " The FortiGate is under load, so the times of its capture prove little." : "");
	quote_streams(judging, draft, false);
	advise_place(judging, draft, draft->where);
	return true;
}

const char *replies_again_words(const struct judging *judging)
{
	struct losses losses = losses_of(judging);
	return losses.again
	               ? arena_printf(judging->arena, " Of %u data segments %u were sent again, which is not too many.",
	                              losses.sent, losses.again)
	               : "";
}
