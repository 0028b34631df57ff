#include "check.h"

/* Where translation hides the client, legs are paired by likeness. An exchange
 * whose likeness fits others too proves nothing about the FortiGate. */

static const int64_t LEAVE_US = 3000 * 1000;  /* a first packet may wait for ARP */
static const int64_t HOP_US = 1000;           /* from one VDOM or link into the next */
static const int64_t LIKENESS_US = 50 * 1000; /* within which equal datagrams cannot be told apart */

static bool near(const struct packet *a, const struct packet *b, int64_t span_us)
{
	int64_t apart = b->time_us - a->time_us;
	return apart <= span_us && apart >= -span_us;
}

/* The same SYN went out: its sequence number says so, whoever's NAT port it bears. */
static bool left_after_all(const struct capture *capture, const struct packet *request)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		if (packet->direction == PACKET_OUT && packet->have_seq && packet->tcp_seq == request->tcp_seq &&
		    packet->tcp_flags == request->tcp_flags && packet->time_us >= request->time_us &&
		    near(request, packet, LEAVE_US))
			return true;
	}
	return false;
}

/* Does the packet come in from another VDOM, which it had left just before? */
static bool is_inner_hop(const struct capture *capture, const struct packet *packet)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *before = &capture->packets[i];
		if (before->direction == PACKET_OUT && ip_equal(&before->src, &packet->src) &&
		    before->src_port == packet->src_port && before->length == packet->length &&
		    before->time_us <= packet->time_us && near(before, packet, HOP_US))
			return true;
	}
	return false;
}

/* Another client sent an equal datagram to the server at the same moment. */
static bool has_double(const struct capture *capture, const struct packet *request)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		bool other = !ip_equal(&packet->src, &request->src) || packet->src_port != request->src_port;
		if (packet->direction == PACKET_IN && packet->proto == request->proto && other &&
		    packet->length == request->length && packet->dst_port == request->dst_port &&
		    ip_equal(&packet->dst, &request->dst) && near(request, packet, LIKENESS_US) &&
		    !is_inner_hop(capture, packet))
			return true;
	}
	return false;
}

/* Echoes behind one address carry nothing that tells their clients apart. */
static bool has_fellow(const struct capture *capture, const struct packet *request)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		if (packet->direction == PACKET_IN && packet->proto == request->proto &&
		    packet->icmp == request->icmp && ip_equal(&packet->dst, &request->dst) &&
		    !ip_equal(&packet->src, &request->src) && !is_inner_hop(capture, packet))
			return true;
	}
	return false;
}

bool exchange_is_ambiguous(const struct capture *capture, const struct target *target, const struct exchange *exchange)
{
	const struct packet *request = exchange->first[0], *left = exchange->first[1];
	if (!request || !exchange_is_negative(exchange->picture))
		return false;
	if (request->have_seq)
		return exchange->picture == EXCHANGE_NO_FORWARD && left_after_all(capture, request);
	/* Without translation of clients each keeps its own address. */
	if (!target->nat_unknown && !target->translated_client.family)
		return false;
	bool translated = left && (!ip_equal(&left->src, &request->src) || left->src_port != request->src_port);
	if (translated && request->src_port == 0 && has_fellow(capture, request))
		return true;
	return (translated || exchange->picture == EXCHANGE_NO_FORWARD) && has_double(capture, request);
}
