#include "check.h"

#include <string.h>

/* A client that asks again and again from one port has one conversation, which
 * the first reply completes. Where each request wants a reply of its own, those
 * without one are counted here. */

enum { ICMP4 = 1, UDP = 17, ICMP6 = 58 };

/* DNS, NTP, SNMP, RADIUS: one datagram asks, one answers. */
static bool is_query_port(unsigned port)
{
	static const unsigned ports[] = {53, 123, 161, 1812, 1813};
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

static bool wants_replies(const struct exchange *exchange)
{
	const struct packet *request = exchange->first[0];
	return request->proto == ICMP4 || request->proto == ICMP6 ||
	       (request->proto == UDP && is_query_port(request->dst_port));
}

static bool same_name(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* The same leg of the same conversation? */
static bool is_like(const struct packet *packet, const struct packet *leg)
{
	return packet->direction == leg->direction && packet->proto == leg->proto && packet->icmp == leg->icmp &&
	       packet->src_port == leg->src_port && packet->dst_port == leg->dst_port &&
	       ip_equal(&packet->src, &leg->src) && ip_equal(&packet->dst, &leg->dst) &&
	       same_name(packet->interface, leg->interface);
}

void exchange_count_unanswered(struct arena *arena, const struct capture *capture, int64_t settled_us,
                               struct exchange *exchange)
{
	if (exchange->picture != EXCHANGE_COMPLETE || exchange->requests <= exchange->replies ||
	    !wants_replies(exchange))
		return;
	/* A reply answers the newest request that has none: a slow one leaves no rest in the end. */
	const struct packet **open = ARENA_ARRAY(arena, exchange->requests, const struct packet *);
	size_t count = 0, entered = 0, left = 0;
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		if (is_like(packet, exchange->first[0]) && count < exchange->requests) {
			open[count++] = packet;
			entered++;
		} else if (is_like(packet, exchange->first[3]) && count > 0) {
			count--;
		}
		left += exchange->first[1] && is_like(packet, exchange->first[1]);
	}
	while (count > 0 && open[count - 1]->time_us > settled_us)
		count--;
	exchange->unanswered = (unsigned)count;
	exchange->unanswered_first = count ? open[0] : NULL;
	/* Behind a translation another one may bear the port by now. */
	bool shows = exchange->first[1] && ip_equal(&exchange->first[0]->src, &exchange->first[1]->src);
	exchange->stuck = shows && left < entered ? (unsigned)(entered - left) : 0;
}
