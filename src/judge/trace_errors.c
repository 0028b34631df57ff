#include "tracer.h"

/* ICMP errors, and the conversations that they ended. */

enum { ERROR_COPY_US = 50 * 1000 }; /* the same error on its way through the FortiGate */

/* An error that leaves may have changed one of its ends since it came in. */
static bool may_be_translated(const struct packet *a, const struct packet *b)
{
	return b->direction != PACKET_IN && (a->direction != b->direction || a->direction == PACKET_DIRECTION_UNKNOWN);
}

static bool same_error(const struct packet *a, const struct packet *b)
{
	bool src = ip_equal(&a->src, &b->src), dst = ip_equal(&a->dst, &b->dst);
	return a->icmp == b->icmp && (may_be_translated(a, b) ? src || dst : src && dst);
}

static bool is_of_proto(const struct target *target, const struct packet *error)
{
	return !error->quoted_proto || !target->have_proto || error->quoted_proto == target->proto;
}

/* The client complains about a packet of the server that came for a port it
 * had closed. */
static struct flow *error_of_client(struct tracer *tracer, const struct packet *error)
{
	if (!ip_equal(&error->quoted_dst, &error->src) || !tracer_is_server(&tracer->target, &error->dst, 0) ||
	    !is_of_proto(&tracer->target, error))
		return NULL;
	struct flow *flow = tracer_flow_find(tracer, &error->src, error->quoted_port, false);
	if (!flow)
		flow = tracer_flow_find(tracer, &error->src, error->quoted_port, true);
	if (!flow && tracer->target.client.family && ip_equal(&error->src, &tracer->target.client))
		flow = tracer_flow_new(tracer, error->src, error->quoted_port);
	if (flow)
		flow->exchange.late = true;
	return flow;
}

static bool error_is_about_server(const struct target *target, const struct packet *error)
{
	/* Not every error is printed with what it quotes. */
	return is_of_proto(target, error) &&
	       (!error->quoted_dst.family || tracer_is_server(target, &error->quoted_dst, error->quoted_port));
}

/* The server, or a router, complains about a request: the newest one of that
 * client, before the error, that has no reply yet. */
static struct flow *error_of_path(struct tracer *tracer, const struct packet *error)
{
	struct flow *best = NULL;
	for (size_t i = 0; i < tracer->count; i++) {
		struct flow *flow = &tracer->flows[i];
		struct exchange *exchange = &flow->exchange;
		bool ours = ip_equal(&error->dst, &exchange->client) ||
		            (flow->have_out && ip_equal(&error->dst, &flow->out_src));
		if (!ours || exchange->requests == 0 || exchange->replies || exchange->error ||
		    exchange->last_request_us > error->time_us)
			continue;
		if (!best || exchange->last_request_us >= best->exchange.last_request_us)
			best = flow;
	}
	bool to_entry = tracer->target.client.family && ip_equal(&error->dst, &tracer->target.client);
	if (!best && to_entry && error->quoted_dst.family)
		best = tracer_flow_new(tracer, error->dst, 0);
	return best;
}

/* Would the capture have shown how it came in? Behind a translation that the
 * entry does not tell, its filter names neither end of a router's error. */
static bool entry_is_visible(const struct tracer *tracer, const struct flow *flow, const struct packet *error)
{
	const struct target *target = &tracer->target;
	if (!flow->have_out || ip_equal(&flow->out_src, &flow->exchange.client))
		return true;
	return (target->translated_client.family && ip_equal(&flow->out_src, &target->translated_client)) ||
	       tracer_is_server(target, &error->src, 0);
}

static void error_add(struct tracer *tracer, const struct packet *error, bool entered)
{
	struct flow *flow = error_of_client(tracer, error);
	if (!flow) {
		if (!error_is_about_server(&tracer->target, error))
			return;
		flow = error_of_path(tracer, error);
		if (!flow && error->quoted_dst.family && !tracer->other_error)
			tracer->other_error = error;
	}
	if (!flow)
		return;
	/* The first one ended the session; later ones are about its next tries. */
	if (!flow->exchange.error || !packet_is_icmp_error(flow->exchange.error))
		flow->exchange.error = error;
	flow->exchange.from_gate = !entered && error->direction == PACKET_OUT && entry_is_visible(tracer, flow, error);
}

void tracer_errors(struct tracer *tracer, const struct capture *capture)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *error = &capture->packets[i];
		if (!packet_is_icmp_error(error))
			continue;
		bool copy = false;
		size_t end = i > TRACER_LOOK_BACK ? i - TRACER_LOOK_BACK : 0;
		for (size_t k = i; k-- > end && !copy;) {
			const struct packet *before = &capture->packets[k];
			if (error->time_us - before->time_us > ERROR_COPY_US)
				break;
			copy = packet_is_icmp_error(before) && same_error(before, error);
		}
		if (!copy)
			error_add(tracer, error, error->direction == PACKET_IN);
	}
}
