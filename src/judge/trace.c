#include "tracer.h"

#include <string.h>

/* Packets → conversations. A transmission is a chain of hops of one packet:
 * the copies on VLAN, LAG member, NPU or VDOM links come within a millisecond. */

enum {
	HOP_US = 1000,                 /* copies of one packet */
	FORWARD_US = 50 * 1000,        /* request to its translated self, told by nothing but time and size */
	FORWARD_LONG_US = 3000 * 1000, /* the same when ports or TCP sequence tell it: ARP may hold it back */
	SLOWEST_US = 30 * 1000 * 1000, /* nothing waits longer for a reply */
	MAX_FLOWS = 2048,
	ICMP4 = 1,
	TCP = 6,
	ICMP6 = 58,
};

static bool is_icmp(const struct packet *packet)
{
	return packet->proto == ICMP4 || packet->proto == ICMP6;
}

static bool is_syn(const struct packet *packet)
{
	return packet->proto == TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool is_syn_ack(const struct packet *packet)
{
	return packet->proto == TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
}

static bool is_rst(const struct packet *packet)
{
	return packet->proto == TCP && (packet->tcp_flags & TCP_RST);
}

bool tracer_is_server(const struct target *target, const struct ip *ip, unsigned port)
{
	if (ip_equal(ip, &target->server))
		return !target->server_port || !port || port == target->server_port;
	if (!target->mapped.family || !ip_equal(ip, &target->mapped))
		return false;
	unsigned mapped = target->mapped_port ? target->mapped_port : target->server_port;
	return !mapped || !port || port == mapped;
}

static bool concerns(const struct target *target, const struct packet *packet)
{
	if (packet->proto == 0 || packet->fragment)
		return false;
	if (target->have_proto && packet->proto != target->proto)
		return false;
	return !is_icmp(packet) || packet->icmp == ICMP_ECHO_REQUEST || packet->icmp == ICMP_ECHO_REPLY;
}

/* Could these be the same packet, seen at two hops, perhaps translated? */
static bool same_packet(const struct packet *a, const struct packet *b)
{
	/* Of one that lost its bytes the line alone tells, and that has no number of a bare acknowledgment. */
	bool seq = !a->have_seq || !b->have_seq || a->tcp_seq == b->tcp_seq;
	return a->proto == b->proto && a->tcp_flags == b->tcp_flags && seq && a->length == b->length &&
	       a->icmp == b->icmp;
}

struct flow *tracer_flow_new(struct tracer *tracer, struct ip client, uint16_t port)
{
	if (tracer->count >= MAX_FLOWS) {
		tracer->overflow = true;
		return NULL;
	}
	tracer->flows =
	        arena_grow(tracer->arena, tracer->flows, tracer->count, &tracer->capacity, sizeof(*tracer->flows));
	struct flow *flow = &tracer->flows[tracer->count++];
	*flow = (struct flow){.exchange = {.client = client, .client_port = port}};
	const struct ip *entry = &tracer->target.client;
	flow->exchange.of_entry = !entry->family || ip_equal(entry, &client);
	return flow;
}

static bool flow_is_client(const struct flow *flow, const struct ip *ip, uint16_t port)
{
	return flow->exchange.client_port == port && ip_equal(&flow->exchange.client, ip);
}

static bool flow_is_outside(const struct flow *flow, const struct ip *ip, uint16_t port)
{
	return flow->have_out && flow->out_port == port && ip_equal(&flow->out_src, ip);
}

struct flow *tracer_flow_find(struct tracer *tracer, const struct ip *ip, uint16_t port, bool outside)
{
	for (size_t i = tracer->count; i-- > 0;) {
		struct flow *flow = &tracer->flows[i];
		if (outside ? flow_is_outside(flow, ip, port) : flow_is_client(flow, ip, port))
			return flow;
	}
	return NULL;
}

static void flow_note(struct tracer *tracer, struct flow *flow, const struct packet *packet, bool of_client)
{
	if (packet->proto != TCP)
		return;
	flow->packets = arena_grow(tracer->arena, flow->packets, flow->packet_count, &flow->packet_capacity,
	                           sizeof(*flow->packets));
	flow->packets[flow->packet_count++] = (struct stream_packet){packet, of_client};
}

/* ---- chains ---- */

static bool chain_continues(const struct chain *chain, const struct packet *packet)
{
	return chain->first && packet->time_us - chain->last_us <= HOP_US && same_packet(chain->first, packet);
}

static void chain_start(struct chain *chain, const struct packet *packet)
{
	*chain = (struct chain){.first = packet, .last_us = packet->time_us};
}

static void chain_add_in(struct chain *chain, const struct packet *packet)
{
	chain->last_us = packet->time_us;
	const char *name = packet->interface ? packet->interface : "";
	for (size_t i = 0; i < chain->entered_count; i++) {
		if (strcmp(chain->entered[i], name) == 0)
			return;
	}
	if (chain->entered_count < TRACER_INTERFACES)
		chain->entered[chain->entered_count++] = name;
	/* In again at a new interface after having left: the next VDOM has it. */
	chain->waiting = chain->out != NULL;
}

static void chain_add_out(struct chain *chain, const struct packet *packet)
{
	chain->last_us = packet->time_us;
	chain->out = packet;
	chain->waiting = false;
}

static void leg_seen(struct exchange *exchange, int leg, const struct packet *packet)
{
	if (!exchange->leg[leg])
		exchange->first[leg] = packet;
	exchange->leg[leg] = true;
}

static void request_close(struct flow *flow)
{
	if (flow->request.out && !flow->request.waiting)
		leg_seen(&flow->exchange, LEG_B, flow->request.out);
}

static void reply_close(struct flow *flow)
{
	const struct packet *out = flow->reply.out;
	if (out && !flow->reply.waiting && ip_equal(&out->dst, &flow->exchange.client))
		leg_seen(&flow->exchange, LEG_D, out);
}

/* ---- requests ---- */

static void request_count(struct flow *flow, const struct packet *packet, int64_t settled_us)
{
	reply_close(flow);
	request_close(flow);
	chain_start(&flow->request, packet);
	struct exchange *exchange = &flow->exchange;
	if (is_rst(packet))
		return;
	if (exchange->leg[LEG_D] && is_syn(packet))
		exchange->repeated = true;
	else if (exchange->leg[LEG_D])
		flow->acked = true;
	flow->began |= packet->proto != TCP || is_syn(packet);
	if (is_syn(packet) && packet->have_seq && !flow->have_syn) {
		flow->have_syn = true;
		flow->syn_seq = packet->tcp_seq;
	}
	exchange->requests++;
	exchange->settled += packet->time_us <= settled_us;
	exchange->last_request_us = packet->time_us;
}

/* Does the flow begin with a reply to this very SYN? */
static bool is_answer_to(const struct flow *flow, const struct packet *syn)
{
	const struct packet *reply = flow->reply.first;
	return flow->exchange.requests == 0 && reply && is_syn_ack(reply) && reply->have_ack &&
	       reply->tcp_ack == syn->tcp_seq + 1;
}

/* A SYN with another number, from a port that was used before. */
static bool is_next_connection(const struct flow *flow, const struct packet *packet)
{
	if (!is_syn(packet) || !packet->have_seq)
		return false;
	if (flow->have_syn)
		return flow->syn_seq != packet->tcp_seq;
	return flow->exchange.requests + flow->exchange.replies > 0 && !is_answer_to(flow, packet);
}

static void request_in(struct tracer *tracer, const struct packet *packet)
{
	/* Behind a translation in the VDOM before, the client has its outside
	 * address at the next VDOM's door. */
	struct flow *flow = tracer_flow_find(tracer, &packet->src, packet->src_port, true);
	if (flow && chain_continues(&flow->request, packet) && flow->request.out) {
		chain_add_in(&flow->request, packet);
		flow_note(tracer, flow, packet, true);
		return;
	}
	flow = tracer_flow_find(tracer, &packet->src, packet->src_port, false);
	if (!flow || is_next_connection(flow, packet))
		flow = tracer_flow_new(tracer, packet->src, packet->src_port);
	if (!flow)
		return;
	if (!chain_continues(&flow->request, packet))
		request_count(flow, packet, tracer->settled_us);
	chain_add_in(&flow->request, packet);
	leg_seen(&flow->exchange, LEG_A, packet);
	flow_note(tracer, flow, packet, true);
}

/* The client whose request, still inside, this translated packet is: the one
 * that waits longest. */
static struct flow *request_translated(struct tracer *tracer, const struct packet *packet)
{
	int64_t window = packet->have_seq ? FORWARD_LONG_US : FORWARD_US;
	struct flow *oldest = NULL;
	for (size_t i = 0; i < tracer->count; i++) {
		struct flow *flow = &tracer->flows[i];
		const struct chain *chain = &flow->request;
		if (!chain->first || (chain->out && !chain->waiting && packet->time_us - chain->last_us > HOP_US))
			continue;
		if (!same_packet(chain->first, packet) || packet->time_us - chain->last_us > window)
			continue;
		bool inside = !chain->out || chain->waiting;
		if (inside && (!oldest || chain->last_us < oldest->request.last_us))
			oldest = flow;
	}
	return oldest;
}

static struct flow *request_owner(struct tracer *tracer, const struct packet *packet)
{
	struct flow *flow = tracer_flow_find(tracer, &packet->src, packet->src_port, false);
	/* Echoes carry no port, and a port may be used again: ask who waits. */
	if (!flow && (packet->src_port == 0 || packet->have_seq))
		flow = request_translated(tracer, packet);
	if (!flow)
		flow = tracer_flow_find(tracer, &packet->src, packet->src_port, true);
	if (flow && (!flow->request.first || packet->time_us - flow->request.last_us > FORWARD_LONG_US))
		flow = NULL;
	return flow ? flow : request_translated(tracer, packet);
}

static void request_left(struct flow *flow, const struct packet *packet)
{
	chain_add_out(&flow->request, packet);
	flow->have_out = true;
	flow->out_src = packet->src;
	flow->out_port = packet->src_port;
}

static void request_out(struct tracer *tracer, const struct packet *packet)
{
	struct flow *flow = request_owner(tracer, packet);
	if (flow) {
		request_left(flow, packet);
		flow_note(tracer, flow, packet, true);
		return;
	}
	tracer->strays = arena_grow(tracer->arena, tracer->strays, tracer->stray_count, &tracer->stray_capacity,
	                            sizeof(const struct packet *));
	tracer->strays[tracer->stray_count++] = packet;
}

/* Did the client itself send this packet to that address a moment before? */
static bool entered_for(const struct capture *capture, size_t index)
{
	const struct packet *packet = &capture->packets[index];
	size_t end = index > TRACER_LOOK_BACK ? index - TRACER_LOOK_BACK : 0;
	for (size_t i = index; i-- > end;) {
		const struct packet *before = &capture->packets[i];
		if (before->direction == PACKET_IN && before->src_port == packet->src_port &&
		    ip_equal(&before->src, &packet->src) && ip_equal(&before->dst, &packet->dst))
			return true;
	}
	return false;
}

/* A request leaving for an address that nobody here sent it to: the server's
 * translated address, which the entry did not tell. */
static void request_redirected(struct tracer *tracer, const struct capture *capture, size_t index)
{
	const struct packet *packet = &capture->packets[index];
	if (packet->direction != PACKET_OUT || !tracer->target.nat_unknown || tracer->target.mapped.family ||
	    packet->icmp == ICMP_ECHO_REPLY || ip_equal(&packet->src, &tracer->target.server))
		return;
	struct flow *flow = tracer_flow_find(tracer, &packet->src, packet->src_port, false);
	if (!flow || !flow->request.first || (flow->request.out && !flow->request.waiting) ||
	    !same_packet(flow->request.first, packet) || packet->time_us - flow->request.last_us > FORWARD_US ||
	    entered_for(capture, index))
		return;
	tracer->target.mapped = packet->dst;
	tracer->target.mapped_port = packet->dst_port;
	request_left(flow, packet);
	flow_note(tracer, flow, packet, true);
}

static void request_blind(struct tracer *tracer, const struct packet *packet)
{
	struct flow *flow = tracer_flow_find(tracer, &packet->src, packet->src_port, false);
	if (!flow)
		flow = tracer_flow_new(tracer, packet->src, packet->src_port);
	if (!flow)
		return;
	flow->exchange.blind = true;
	if (!chain_continues(&flow->request, packet))
		request_count(flow, packet, tracer->settled_us);
	flow->request.last_us = packet->time_us;
}

/* ---- replies ---- */

/* Only the first reply tells how long the server takes: a later one may follow
 * upon a pause of the client. It may be about the newest request. */
static void reply_time(struct tracer *tracer, const struct exchange *exchange, const struct packet *packet)
{
	int64_t took_us = packet->time_us - exchange->last_request_us;
	if (exchange->requests && exchange->replies == 0 && took_us > tracer->slowest_us)
		tracer->slowest_us = took_us;
}

static void reply_count(struct tracer *tracer, struct flow *flow, const struct packet *packet)
{
	request_close(flow);
	reply_close(flow);
	reply_time(tracer, &flow->exchange, packet);
	if (flow->exchange.leg[LEG_D] && is_syn_ack(packet) && same_packet(flow->reply.first, packet))
		flow->exchange.repeated = true;
	chain_start(&flow->reply, packet);
	if (is_rst(packet) && flow->exchange.replies == 0) {
		if (!flow->exchange.error)
			flow->exchange.error = packet;
		return;
	}
	if (is_rst(packet) && packet->direction == PACKET_OUT && !flow->rst)
		flow->rst = packet;
	if (is_rst(packet) && packet->direction == PACKET_IN && !flow->exchange.reset)
		flow->exchange.reset = packet;
	flow->exchange.replies++;
}

static struct flow *reply_flow(struct tracer *tracer, const struct packet *packet)
{
	bool outside_first = packet->direction == PACKET_IN;
	struct flow *flow = tracer_flow_find(tracer, &packet->dst, packet->dst_port, outside_first);
	if (!flow)
		flow = tracer_flow_find(tracer, &packet->dst, packet->dst_port, !outside_first);
	if (!flow && tracer->target.client.family && ip_equal(&packet->dst, &tracer->target.client))
		flow = tracer_flow_new(tracer, packet->dst, packet->dst_port);
	return flow;
}

static void reply_add(struct tracer *tracer, const struct packet *packet)
{
	struct flow *flow = reply_flow(tracer, packet);
	if (!flow)
		return;
	flow_note(tracer, flow, packet, false);
	flow->answered |= is_syn_ack(packet);
	struct chain *chain = &flow->reply;
	bool inside = chain->first && (!chain->out || chain->waiting) && same_packet(chain->first, packet);
	bool hop = chain_continues(chain, packet) || (packet->direction == PACKET_OUT && inside);
	if (!hop)
		reply_count(tracer, flow, packet);
	if (packet->direction == PACKET_IN) {
		chain_add_in(chain, packet);
		leg_seen(&flow->exchange, LEG_C, packet);
		flow->entered |= is_rst(packet);
	} else if (packet->direction == PACKET_OUT) {
		chain_add_out(chain, packet);
	} else {
		flow->exchange.blind = true;
		chain->last_us = packet->time_us;
	}
}

static void packet_add(struct tracer *tracer, const struct capture *capture, size_t index)
{
	const struct packet *packet = &capture->packets[index];
	if (!concerns(&tracer->target, packet))
		return;
	bool echo_back = packet->icmp == ICMP_ECHO_REPLY;
	bool echo = packet->icmp == ICMP_ECHO_REQUEST;
	if (!echo_back && tracer_is_server(&tracer->target, &packet->dst, packet->dst_port)) {
		if (packet->direction == PACKET_IN)
			request_in(tracer, packet);
		else if (packet->direction == PACKET_OUT)
			request_out(tracer, packet);
		else
			request_blind(tracer, packet);
	} else if (!echo && tracer_is_server(&tracer->target, &packet->src, packet->src_port)) {
		reply_add(tracer, packet);
	} else {
		request_redirected(tracer, capture, index);
	}
}

/* ---- what it all shows ---- */

/* Did an untied request of the same size leave soon after? Then "did not
 * leave" may be a failure of pairing, not of the FortiGate. */
static bool stray_explains(const struct tracer *tracer, const struct flow *flow)
{
	for (size_t i = 0; i < tracer->stray_count; i++) {
		const struct packet *stray = tracer->strays[i];
		int64_t after = stray->time_us - flow->exchange.first[LEG_A]->time_us;
		if (after >= 0 && stray->length == flow->request.first->length)
			return true;
	}
	return false;
}

static enum exchange_state flow_picture(const struct tracer *tracer, const struct flow *flow)
{
	const struct exchange *exchange = &flow->exchange;
	if (exchange->error)
		return packet_is_icmp_error(exchange->error) ? EXCHANGE_ICMP_ERROR : EXCHANGE_REFUSED;
	const bool *leg = exchange->leg;
	if (flow->exchange.blind || !leg[LEG_A] || (exchange->repeated && !flow->acked))
		return EXCHANGE_PARTIAL;
	/* Something else than the SYN/ACK that its SYN asks for may be of an older connection. */
	if (flow->have_syn && !flow->answered && (leg[LEG_C] || leg[LEG_D]))
		return EXCHANGE_PARTIAL;
	if (leg[LEG_D])
		return (leg[LEG_B] && leg[LEG_C]) || !tracer->sides ? EXCHANGE_COMPLETE : EXCHANGE_PARTIAL;
	if (!flow->began)
		return EXCHANGE_PARTIAL;
	if (leg[LEG_C])
		return leg[LEG_B] ? EXCHANGE_NOT_PASSED : EXCHANGE_PARTIAL;
	if (leg[LEG_B])
		return EXCHANGE_NO_REPLY;
	if (!tracer->sides)
		return EXCHANGE_PARTIAL;
	if (flow->request.waiting)
		return EXCHANGE_NO_FORWARD;
	return stray_explains(tracer, flow) ? EXCHANGE_PARTIAL : EXCHANGE_NO_FORWARD;
}

static void flow_finish(const struct tracer *tracer, struct flow *flow)
{
	request_close(flow);
	reply_close(flow);
	struct exchange *exchange = &flow->exchange;
	/* An RST in mid-conversation that nobody sent to the FortiGate. */
	if (!exchange->error && flow->rst && !flow->entered && tracer->sides && exchange->leg[LEG_C])
		exchange->error = flow->rst;
	exchange->packets = flow->packets;
	exchange->packet_count = flow->packet_count;
	if (exchange->error && !packet_is_icmp_error(exchange->error))
		exchange->from_gate = !flow->entered && exchange->error->direction == PACKET_OUT && tracer->sides;
	exchange->repeated = exchange->repeated && !flow->acked;
	exchange->picture = flow_picture(tracer, flow);
	exchange->state = exchange->picture;
	/* A negative counts only when a reply would have had the time to come, or to pass. */
	bool passing = exchange->picture == EXCHANGE_NOT_PASSED && exchange->first[LEG_C]->time_us > tracer->settled_us;
	if (exchange_is_negative(exchange->picture) && (exchange->settled == 0 || passing))
		exchange->state = EXCHANGE_OPEN;
}

/* The capture went on for a while after its last packet. */
static int64_t capture_end(const struct capture *capture)
{
	int64_t end_us = 0;
	for (size_t i = 0; i < capture->packet_count; i++) {
		if (capture->packets[i].time_us > end_us || i == 0)
			end_us = capture->packets[i].time_us;
	}
	return end_us + (capture->quiet_us > 0 ? capture->quiet_us : 0);
}

static struct tracer tracer_run(struct arena *arena, const struct capture *capture, const struct plan *plan, bool sides,
                                int64_t wait_us)
{
	struct tracer tracer = {.arena = arena,
	                        .target = plan->target,
	                        .sides = sides,
	                        .wait_us = wait_us,
	                        .settled_us = capture_end(capture) - wait_us};
	for (size_t i = 0; i < capture->packet_count; i++)
		packet_add(&tracer, capture, i);
	tracer_errors(&tracer, capture);
	return tracer;
}

/* A server that is seen to take longer than a ping gets that time too. */
static struct tracer tracer_make(struct arena *arena, const struct capture *capture, const struct plan *plan,
                                 bool sides, int64_t rtt_us)
{
	int64_t wait_us = trace_reply_wait(rtt_us);
	struct tracer tracer = tracer_run(arena, capture, plan, sides, wait_us);
	int64_t slowest_us = tracer.slowest_us < SLOWEST_US ? tracer.slowest_us : SLOWEST_US;
	if (trace_reply_wait(slowest_us / 2) > wait_us)
		tracer = tracer_run(arena, capture, plan, sides, trace_reply_wait(slowest_us / 2));
	return tracer;
}

void trace_make(struct arena *arena, const struct capture *capture, const struct plan *plan, int64_t rtt_us,
                struct trace *out)
{
	struct fitness fitness;
	fitness_make(arena, capture, &plan->target, &fitness);
	*out = (struct trace){.usable = fitness.usable,
	                      .fit = fitness.fit,
	                      .unfit_why = fitness.why,
	                      .both_sides = fitness.both_sides,
	                      .sees_errors = fitness.sees_errors};
	if (!capture || !fitness.usable)
		return;
	struct tracer tracer = tracer_make(arena, capture, plan, fitness.both_sides, rtt_us);
	out->exchanges = ARENA_ARRAY(arena, tracer.count, struct exchange);
	for (size_t i = 0; i < tracer.count; i++) {
		flow_finish(&tracer, &tracer.flows[i]);
		out->exchanges[i] = tracer.flows[i].exchange;
		if (exchange_is_ambiguous(capture, &plan->target, &out->exchanges[i]))
			out->exchanges[i].picture = out->exchanges[i].state = EXCHANGE_PARTIAL;
		exchange_count_unanswered(arena, capture, tracer.settled_us, &out->exchanges[i]);
	}
	out->exchange_count = tracer.count;
	if (tracer.overflow && out->fit) {
		out->fit = false;
		out->unfit_why = "the capture holds more conversations than are followed";
	}
	if (!plan->target.mapped.family)
		out->redirected = tracer.target.mapped;
	out->wait_us = tracer.wait_us;
	out->settled_us = tracer.settled_us;
	out->strays = (unsigned)tracer.stray_count;
	out->other_error = tracer.other_error;
}

void trace_streams(struct arena *arena, struct trace *trace)
{
	for (size_t i = 0; i < trace->exchange_count; i++) {
		struct exchange *exchange = &trace->exchanges[i];
		if (!exchange->of_entry || exchange->blind)
			continue;
		exchange->stream = stream_make(arena, exchange->packets, exchange->packet_count, trace->settled_us);
		/* That the client sends again is seen on its own side too, should the other be hidden. */
		bool began = exchange->state == EXCHANGE_PARTIAL && !exchange->repeated && exchange->leg[LEG_A] &&
		             exchange->leg[LEG_D];
		if (exchange->stream.stalled && (exchange->state == EXCHANGE_COMPLETE || began))
			exchange->state = EXCHANGE_STALLED;
	}
}
