#include "replies.h"

/* What became of each conversation of the client, by the same rules as the
 * checks, which look at all of them together. */

struct judged {
	enum fate fate;
	enum where where;
	const char *rule;
};

static bool hidden_by_virtual(const struct judging *judging, const struct exchange *exchange)
{
	return exchange->state == EXCHANGE_NO_FORWARD && !judging->memory_extreme && server_may_be_virtual(judging);
}

static struct judged judge_negative(const struct judging *judging, const struct exchange *exchange)
{
	static const enum fate fates[EXCHANGE_STATES] = {[EXCHANGE_NO_FORWARD] = FATE_NOT_FORWARDED,
	                                                 [EXCHANGE_NO_REPLY] = FATE_NO_REPLY,
	                                                 [EXCHANGE_NOT_PASSED] = FATE_NOT_PASSED};
	if (hidden_by_virtual(judging, exchange))
		return (struct judged){FATE_PARTLY_VISIBLE, WHERE_UNKNOWN, "S2"};
	return (struct judged){fates[exchange->state], replies_negative_where(judging, exchange->state),
	                       replies_negative_rule(exchange)};
}

static struct judged judge_refused(const struct judging *judging, const struct exchange *exchange)
{
	if (!exchange->from_gate)
		return (struct judged){FATE_REFUSED, WHERE_SERVER, "T2"};
	bool unsure = !exchange->leg[1] && server_may_be_virtual(judging);
	return (struct judged){FATE_REFUSED, unsure ? WHERE_UNKNOWN : WHERE_GATE, "T3"};
}

static struct judged judge_error(const struct judging *judging, const struct exchange *exchange)
{
	struct judged judged = {FATE_ICMP_ERROR, WHERE_CLIENT, "I1"};
	const char *who;
	if (!exchange->late)
		judged.where = replies_error_place(judging, exchange, &judged.rule, &who);
	return judged;
}

static struct judged judge_complete(const struct exchange *exchange)
{
	const struct stream *stream = &exchange->stream;
	if (stream->again + stream->asked == 0)
		return (struct judged){FATE_COMPLETE, WHERE_NONE, "legs-ABCD"};
	return (struct judged){FATE_COMPLETE, stream_where(stream->lost), stream->late == stream->again ? "T7" : "T5"};
}

/* What was seen stands; what was not seen counts in a fit capture only. */
static struct judged judge_one(struct judging *judging, const struct exchange *exchange, const char *unfit)
{
	if (exchange->state == EXCHANGE_COMPLETE)
		return judge_complete(exchange);
	if (exchange->state == EXCHANGE_REFUSED)
		return judge_refused(judging, exchange);
	if (exchange->state == EXCHANGE_ICMP_ERROR)
		return judge_error(judging, exchange);
	if (unfit)
		return (struct judged){FATE_PARTLY_VISIBLE, WHERE_UNKNOWN, unfit};
	if (exchange->state == EXCHANGE_OPEN)
		return (struct judged){FATE_WINDOW_TOO_SHORT, WHERE_UNKNOWN, "S5"};
	if (exchange->state == EXCHANGE_STALLED && judging->offloaded)
		return (struct judged){FATE_PARTLY_VISIBLE, WHERE_UNKNOWN, "N2"};
	if (exchange->state == EXCHANGE_STALLED)
		return (struct judged){FATE_NO_REPLY, exchange->stream.stalled_where, "T5"};
	if (exchange_is_negative(exchange->state))
		return judge_negative(judging, exchange);
	if (exchange->repeated)
		return (struct judged){FATE_NOT_ACKNOWLEDGED, WHERE_CLIENT_SIDE, "T4"};
	return (struct judged){FATE_PARTLY_VISIBLE, WHERE_UNKNOWN, exchange->blind ? "S2" : "S4"};
}

static unsigned retransmissions(const struct stream *stream)
{
	return stream->again + (stream->syns > 1 ? stream->syns - 1 : 0);
}

/* Its lines, by way of a check that nobody sees. */
static void quote(struct judging *judging, const struct exchange *exchange, struct conversation *out)
{
	struct check_draft draft;
	check_begin(&draft, judging->arena, "");
	replies_quote(judging, &draft, exchange);
	out->evidence = draft.evidence;
	out->evidence_count = draft.check.evidence_count;
}

/* The server's port as the client uses it. */
static unsigned server_port(const struct judging *judging, const struct exchange *exchange)
{
	if (judging->target->server_port)
		return judging->target->server_port;
	const struct packet *request = exchange->first[0], *passed = exchange->first[3];
	return request ? request->dst_port : passed ? passed->src_port : 0;
}

static struct conversation make(struct judging *judging, const struct exchange *exchange, const char *unfit)
{
	const struct target *target = judging->target;
	struct judged judged = judge_one(judging, exchange, unfit);
	char text[IP_TEXT_MAX];
	struct conversation conversation = {.client = arena_strdup(judging->arena, ip_print(&exchange->client, text)),
	                                    .client_port = exchange->client_port,
	                                    .server_port = server_port(judging, exchange),
	                                    .proto = target->have_proto ? target->proto : 0,
	                                    .fate = judged.fate,
	                                    .where = judged.where,
	                                    .requests = exchange->requests,
	                                    .replies = exchange->replies,
	                                    .retransmissions = retransmissions(&exchange->stream),
	                                    .rule = judged.rule,
	                                    .step = judging->capture->step,
	                                    .fault = exchange->error ? exchange->error : exchange->reset};
	conversation.server = arena_strdup(judging->arena, ip_print(&target->server, text));
	for (size_t leg = 0; leg < 4; leg++) {
		const struct packet *first = exchange->first[leg];
		conversation.legs[leg] = first;
		if (first && conversation.proto == 0)
			conversation.proto = first->proto;
	}
	quote(judging, exchange, &conversation);
	return conversation;
}

void conversations_make(struct judging *judging, struct verdict *out)
{
	if (!judging->trace.usable)
		return;
	const char *rule;
	const char *unfit = replies_unfit(judging, &rule) ? rule : NULL;
	struct conversation *list = ARENA_ARRAY(judging->arena, VERDICT_MAX_CONVERSATIONS, struct conversation);
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (!exchange->of_entry)
			continue;
		if (out->conversation_count == VERDICT_MAX_CONVERSATIONS)
			out->conversations_omitted++;
		else
			list[out->conversation_count++] = make(judging, exchange, unfit);
	}
	out->conversations = list;
}
