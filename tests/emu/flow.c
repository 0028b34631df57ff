#include "flow.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "die.h"

enum { LEG_A, LEG_B, LEG_C, LEG_D };

/* One conversation while its packets are made; times count from its start. */
struct talk {
	const struct flow *flow;
	struct packet_list *out;
	unsigned number, sport;
	uint32_t client_seq, server_seq;
};

uint64_t flow_hash(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* ---- lists ---- */

void packet_list_add(struct packet_list *list, const struct packet *packet)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 64;
		list->items = emu_grow(list->items, list->capacity * sizeof *list->items);
	}
	list->items[list->count++] = *packet;
}

void packet_list_sort(struct packet_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct packet packet = list->items[i];
		size_t at = i;
		while (at > 0 && list->items[at - 1].time_us > packet.time_us) {
			list->items[at] = list->items[at - 1];
			at--;
		}
		list->items[at] = packet;
	}
}

void packet_list_free(struct packet_list *list)
{
	free(list->items);
	*list = (struct packet_list){0};
}

/* ---- legs ---- */

/* The network processor takes over behind the first packets of a session. */
static bool is_offloaded(const struct talk *talk, const struct packet *packet)
{
	const struct flow *flow = talk->flow;
	if (!flow->offloaded)
		return false;
	if (packet->proto == PROTO_TCP)
		return !(packet->flags & (FLAG_SYN | FLAG_FIN | FLAG_RST));
	return flow->sport_step == 0 && talk->number > 0;
}

static void put(struct talk *talk, int leg, double at_ms, struct packet packet)
{
	static const int64_t COPY_US = 2; /* VLAN, LAG and member show the same packet one after the other */
	const struct flow *flow = talk->flow;
	const char *const *names = leg == LEG_A || leg == LEG_D       ? flow->inside
	                           : leg == LEG_C && flow->back_count ? flow->back
	                                                              : flow->outside;
	size_t count = leg == LEG_A || leg == LEG_D       ? flow->inside_count
	               : leg == LEG_C && flow->back_count ? flow->back_count
	                                                  : flow->outside_count;
	if (!flow->leg[leg] || flow->hidden[leg] || is_offloaded(talk, &packet))
		return;
	packet.out = leg == LEG_B || leg == LEG_D;
	for (size_t i = 0; i < count; i++) {
		packet.interface = names[i];
		packet.time_us = (int64_t)(at_ms * 1000) + (int64_t)i * COPY_US;
		packet_list_add(talk->out, &packet);
	}
}

/* Another for each conversation, as the client's own is. */
static unsigned nat_port(const struct talk *talk)
{
	const struct flow *flow = talk->flow;
	if (!flow->snat_port)
		return talk->sport;
	return 1024 + (flow->snat_port - 1024 + talk->number * flow->sport_step) % 64512;
}

/* Where the server really is, behind a virtual address. */
static const struct addr *real_server(const struct flow *flow)
{
	return flow->dnat ? &flow->dnat_addr : &flow->server;
}

static unsigned real_port(const struct flow *flow)
{
	return flow->dnat && flow->dnat_port ? flow->dnat_port : flow->port;
}

/* Another for each transmission. */
static unsigned ip_id(const struct talk *talk, double at_ms, uint64_t side)
{
	return flow_hash(talk->number, (uint64_t)(at_ms * 1000) * 4 + side) & 0xffff;
}

/* From the client on legs A and B; returns when it left. */
static double to_server(struct talk *talk, double at_ms, struct packet packet)
{
	const struct flow *flow = talk->flow;
	packet.src = flow->client;
	packet.dst = flow->server;
	packet.ip_id = ip_id(talk, at_ms, 1);
	packet.quoted_sport = flow->port;
	packet.sport = packet.proto == PROTO_TCP || packet.proto == PROTO_UDP ? talk->sport : 0;
	packet.dport = packet.sport ? flow->port : 0;
	put(talk, LEG_A, at_ms, packet);
	if (flow->snat) {
		packet.src = flow->snat_addr;
		packet.sport = packet.sport ? nat_port(talk) : 0;
		packet.quoted_dst = flow->snat_addr;
		packet.quoted_port = nat_port(talk);
	}
	packet.dst = *real_server(flow);
	packet.quoted_sport = real_port(flow);
	packet.dport = packet.sport ? real_port(flow) : 0;
	put(talk, LEG_B, at_ms + flow->forward_ms, packet);
	return at_ms + flow->forward_ms;
}

/* To the client on legs C and D, from the server or a router; returns when it
 * was passed on. What an ICMP error quotes is translated back as well. */
static double to_client(struct talk *talk, double at_ms, struct packet packet, const struct addr *from)
{
	const struct flow *flow = talk->flow;
	bool of_server = addr_equal(from, real_server(flow));
	packet.ip_id = ip_id(talk, at_ms, 2);
	packet.quoted_sport = nat_port(talk);
	packet.src = *from;
	packet.sport = packet.proto == PROTO_TCP || packet.proto == PROTO_UDP ? real_port(flow) : 0;
	packet.dst = flow->snat ? flow->snat_addr : flow->client;
	packet.dport = packet.sport ? nat_port(talk) : 0;
	put(talk, LEG_C, at_ms, packet);
	packet.src = of_server ? flow->server : *from;
	packet.sport = packet.sport ? flow->port : 0;
	packet.dst = flow->client;
	packet.quoted_sport = talk->sport;
	packet.dport = packet.sport ? talk->sport : 0;
	if (addr_equal(&packet.quoted_dst, real_server(flow))) {
		packet.quoted_dst = flow->server;
		packet.quoted_port = flow->port;
	}
	put(talk, LEG_D, at_ms + flow->forward_ms, packet);
	return at_ms + flow->forward_ms;
}

static struct packet tcp(unsigned flags, uint32_t seq, uint32_t ack)
{
	return (struct packet){.proto = PROTO_TCP, .flags = flags, .seq = seq, .ack = ack};
}

/* ---- conversations ---- */

static unsigned icmp_proto(const struct flow *flow)
{
	return flow->client.family == AF_INET6 ? PROTO_ICMP6 : PROTO_ICMP;
}

static bool client_reports(const struct flow *flow)
{
	return flow->error.kind && addr_equal(&flow->error.from, &flow->client);
}

/* An error about the client's request, from a router or the server. Legs C and
 * D carry it even where no reply of the server does. */
static void error_back(struct talk *talk, double left_ms)
{
	const struct flow *flow = talk->flow;
	struct flow open = *flow;
	struct talk own = *talk;
	struct packet packet = {.proto = icmp_proto(flow),
	                        .icmp = flow->error.kind,
	                        .quoted_dst = *real_server(flow),
	                        .quoted_proto = flow->proto,
	                        .quoted_port = real_port(flow)};
	open.leg[LEG_C] = !flow->error.own;
	open.leg[LEG_D] = true;
	own.flow = &open;
	(void)to_client(&own, left_ms + flow->error.after_ms, packet, &flow->error.from);
}

/* The client's own "nobody listens on that port", about a reply. */
static void error_from_client(struct talk *talk, double passed_ms)
{
	const struct flow *flow = talk->flow;
	struct packet packet = {.proto = icmp_proto(flow),
	                        .icmp = flow->error.kind,
	                        .quoted_dst = flow->client,
	                        .quoted_proto = flow->proto,
	                        .quoted_port = talk->sport};
	(void)to_server(talk, passed_ms + flow->error.after_ms, packet);
}

static void once_more(struct talk *talk, double at_ms, struct packet request, struct packet reply, bool replies)
{
	const struct flow *flow = talk->flow;
	double left_ms = to_server(talk, at_ms, request);
	if (flow->error.kind && !client_reports(flow))
		error_back(talk, left_ms);
	if (!replies)
		return;
	double passed_ms = to_client(talk, left_ms + flow->rtt_ms, reply, real_server(flow));
	if (client_reports(flow))
		error_from_client(talk, passed_ms);
}

/* Sent again for as long as no reply reaches the client. */
static void with_retries(struct talk *talk, struct packet request, struct packet reply, bool replies)
{
	const struct flow *flow = talk->flow;
	once_more(talk, 0, request, reply, replies);
	if (flow->repeats) {
		for (size_t i = 0; replies && i < flow->retry_count; i++)
			(void)to_client(talk, flow->retries_s[i] * 1000, reply, real_server(flow));
		return;
	}
	if (replies && flow->acks && flow->leg[LEG_A] && flow->leg[LEG_B] && flow->leg[LEG_C] && flow->leg[LEG_D])
		return;
	for (size_t i = 0; i < flow->retry_count; i++)
		once_more(talk, flow->retries_s[i] * 1000, request, reply, replies);
}

static void datagrams(struct talk *talk, bool replies)
{
	const struct flow *flow = talk->flow;
	/* Whoever asks two servers the same gives the question one number. */
	unsigned question = flow_hash(talk->number, 53) & 0xffff;
	struct packet request = {.proto = flow->proto, .length = flow->size, .dns_id = question};
	struct packet reply = {.proto = flow->proto, .length = flow->reply_size, .dns_id = question};
	if (flow->proto != PROTO_UDP) {
		request.icmp = ICMP_KIND_ECHO_REQUEST;
		reply.icmp = ICMP_KIND_ECHO_REPLY;
		request.seq = reply.seq = talk->client_seq & 0xffff;
	}
	with_retries(talk, request, reply, replies);
}

static void handshake(struct talk *talk, bool replies)
{
	uint32_t c = talk->client_seq, s = talk->server_seq;
	bool rst = talk->flow->answer == ANSWER_RST;
	with_retries(talk, tcp(FLAG_SYN, c, 0),
	             rst ? tcp(FLAG_RST | FLAG_ACK, 0, c + 1) : tcp(FLAG_SYN | FLAG_ACK, s, c + 1), replies);
}

/* ---- what one side sends after the handshake ---- */

struct sending {
	bool of_client;
	uint32_t seq, ack; /* seq moves on */
};

/* One packet of either side, shown on the first `legs` of its two legs; returns
 * when it was passed on. */
static double send_packet(struct talk *talk, const struct sending *by, double at_ms, struct packet packet,
                          unsigned legs)
{
	struct flow flow = *talk->flow;
	struct talk own = *talk;
	int first = by->of_client ? LEG_A : LEG_C;
	own.flow = &flow;
	flow.leg[first] = flow.leg[first] && legs >= 1;
	flow.leg[first + 1] = flow.leg[first + 1] && legs >= 2;
	return by->of_client ? to_server(&own, at_ms, packet) : to_client(&own, at_ms, packet, real_server(&flow));
}

/* The other side still lacks what by->seq numbers, and says so at once. */
static void ask_again(struct talk *talk, const struct sending *by, double at_ms, uint32_t missing)
{
	struct sending other = {.of_client = !by->of_client};
	double way_ms = by->of_client ? talk->flow->rtt_ms : 0.4;
	(void)send_packet(talk, &other, at_ms + way_ms, tcp(FLAG_ACK, by->ack, missing), 2);
}

static bool loses(const struct talk *talk, bool of_client)
{
	const struct lost_data *lost = &talk->flow->lost;
	return lost->every && lost->of_client == of_client && talk->number % lost->every == lost->every - 1;
}

/* Its first transmissions are lost; returns when one arrived, or -1. */
static double send_lost(struct talk *talk, const struct sending *by, double at_ms, struct packet packet)
{
	const struct lost_data *lost = &talk->flow->lost;
	(void)send_packet(talk, by, at_ms, packet, lost->legs_seen);
	for (size_t i = 0; i + 1 < lost->again_count; i++)
		(void)send_packet(talk, by, at_ms + lost->again_s[i] * 1000, packet, lost->legs_seen);
	double last_ms = at_ms + lost->again_s[lost->again_count - 1] * 1000;
	double arrived_ms = send_packet(talk, by, last_ms, packet, lost->forever ? lost->legs_seen : 2);
	return lost->forever ? -1 : arrived_ms;
}

/* In segments, the first of which may be lost; returns when all have arrived,
 * or -1 when they never do. */
static double send_data(struct talk *talk, struct sending *by, double at_ms, unsigned size)
{
	static const double GAP_MS = 3;
	bool lossy = loses(talk, by->of_client);
	uint32_t first = by->seq;
	double whole_ms = at_ms;
	for (unsigned i = 0; i < talk->flow->segments; i++) {
		struct packet packet = tcp(FLAG_PSH | FLAG_ACK, by->seq, by->ack);
		packet.length = size;
		double sent_ms = at_ms + i * GAP_MS;
		double arrived_ms = lossy && i == 0 ? send_lost(talk, by, sent_ms, packet)
		                                    : send_packet(talk, by, sent_ms, packet, 2);
		if (lossy && i > 0)
			ask_again(talk, by, arrived_ms, first);
		if (whole_ms >= 0)
			whole_ms = arrived_ms < 0 ? -1 : fmax(whole_ms, arrived_ms);
		by->seq += size;
	}
	return whole_ms;
}

/* To both sides, as a device does that ends a session. */
static void reset_by_gate(struct talk *talk, double at_ms, uint32_t c, uint32_t s, bool both)
{
	struct flow flow = *talk->flow;
	struct talk own = *talk;
	own.flow = &flow;
	flow.leg[LEG_A] = flow.leg[LEG_C] = false;
	(void)to_client(&own, at_ms, tcp(FLAG_RST | FLAG_ACK, s, c), real_server(&flow));
	if (both)
		(void)to_server(&own, at_ms, tcp(FLAG_RST | FLAG_ACK, c, s));
}

static void refused_by_gate(struct talk *talk)
{
	struct sending client = {.of_client = true};
	(void)send_packet(talk, &client, 0, tcp(FLAG_SYN, talk->client_seq, 0), 1);
	reset_by_gate(talk, 0.2, talk->client_seq + 1, 0, false);
}

/* Request, answer, and the end of both sides. */
static void exchange_data(struct talk *talk, double at_ms)
{
	const struct flow *flow = talk->flow;
	double lan_ms = 0.4;
	struct sending client = {true, talk->client_seq + 1, talk->server_seq + 1};
	struct sending server = {false, talk->server_seq + 1, talk->client_seq + 1};
	(void)send_packet(talk, &client, at_ms, tcp(FLAG_ACK, client.seq, client.ack), 2);
	if (flow->gate_resets == GATE_RESETS_DATA) {
		struct packet data = tcp(FLAG_PSH | FLAG_ACK, client.seq, client.ack);
		data.length = flow->size;
		(void)send_packet(talk, &client, at_ms + 0.2, data, 1);
		reset_by_gate(talk, at_ms + 0.5, client.seq + flow->size, server.seq, true);
		return;
	}
	double asked_ms = send_data(talk, &client, at_ms + 0.2, flow->size);
	if (asked_ms < 0)
		return;
	server.ack = client.seq;
	double answered_ms = send_data(talk, &server, asked_ms + flow->rtt_ms, flow->reply_size);
	if (answered_ms < 0)
		return;
	client.ack = server.seq;
	double end_ms =
	        send_packet(talk, &client, answered_ms + lan_ms, tcp(FLAG_FIN | FLAG_ACK, client.seq, client.ack), 2);
	end_ms = send_packet(talk, &server, end_ms + flow->rtt_ms, tcp(FLAG_FIN | FLAG_ACK, server.seq, client.seq + 1),
	                     2);
	(void)send_packet(talk, &client, end_ms + lan_ms, tcp(FLAG_ACK, client.seq + 1, server.seq + 1), 2);
}

static void stream(struct talk *talk, bool replies)
{
	const struct flow *flow = talk->flow;
	if (flow->gate_resets == GATE_RESETS_SYN) {
		refused_by_gate(talk);
		return;
	}
	handshake(talk, replies);
	if (!replies || flow->answer != ANSWER_REPLY || !flow->acks || !flow->leg[LEG_C] || !flow->leg[LEG_D])
		return;
	exchange_data(talk, flow->rtt_ms + 2 * flow->forward_ms + 0.4);
}

/* ---- time ---- */

static void conversation(const struct flow *flow, long number, struct packet_list *out)
{
	struct talk talk = {
	        .flow = flow,
	        .out = out,
	        .number = (unsigned)number,
	        .sport = 1024 + (flow->sport - 1024 + (unsigned)number * flow->sport_step) % 64512,
	        .client_seq = (uint32_t)flow_hash(flow->number, (uint64_t)number),
	        .server_seq = (uint32_t)flow_hash(flow->number + 1000, (uint64_t)number),
	};
	bool replies =
	        flow->answer != ANSWER_NONE && !(flow->drop_every && number % flow->drop_every == flow->drop_every - 1);
	if (flow->proto == PROTO_TCP)
		stream(&talk, replies);
	else
		datagrams(&talk, replies);
}

/* No conversation lasts longer. */
static const double LONGEST_S = 40;

static void flow_window(const struct flow *flow, int64_t from_us, int64_t to_us, struct packet_list *out)
{
	int64_t zero_us = world_began() + (int64_t)(flow->start_s * 1e6);
	long first = (long)floor(((double)(from_us - zero_us) / 1e6 - LONGEST_S) / flow->period_s);
	long last = (long)ceil((double)(to_us - zero_us) / 1e6 / flow->period_s);
	for (long k = first < 0 ? 0 : first; k <= last && (flow->count == 0 || k < flow->count); k++) {
		struct packet_list packets = {0};
		int64_t start_us = zero_us + (int64_t)((double)k * flow->period_s * 1e6);
		conversation(flow, k, &packets);
		for (size_t i = 0; i < packets.count; i++) {
			struct packet *packet = &packets.items[i];
			packet->time_us += start_us;
			if (packet->time_us >= from_us && packet->time_us < to_us)
				packet_list_add(out, packet);
		}
		packet_list_free(&packets);
	}
}

void flow_packets(const struct world *world, int64_t from_us, int64_t to_us, struct packet_list *out)
{
	for (size_t i = 0; i < world->flow_count; i++)
		flow_window(&world->flows[i], from_us, to_us, out);
}
