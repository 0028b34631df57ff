#include "check.h"

#include <string.h>

/* Did the reply come in by another interface than the request left by? The
 * copies of one packet on VLAN, LAG and member are one way. */

static const int64_t COPY_US = 1000;

static bool is_copy(const struct packet *packet, const struct packet *of)
{
	int64_t apart = packet->time_us - of->time_us;
	return packet->direction == of->direction && apart <= COPY_US && apart >= -COPY_US &&
	       packet->proto == of->proto && packet->src_port == of->src_port && packet->dst_port == of->dst_port &&
	       ip_equal(&packet->src, &of->src) && ip_equal(&packet->dst, &of->dst);
}

/* Does the packet show on that interface, itself or as a copy? */
static bool shows_on(const struct capture *capture, const struct packet *of, const char *interface)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		if (is_copy(packet, of) && packet->interface && strcmp(packet->interface, interface) == 0)
			return true;
	}
	return false;
}

/* One way where any interface of the request's is one of the reply's. */
static bool share_interface(const struct capture *capture, const struct packet *out, const struct packet *in)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		if (is_copy(packet, out) && packet->interface && shows_on(capture, in, packet->interface))
			return true;
	}
	return false;
}

static bool is_asymmetric(const struct capture *capture, const struct exchange *exchange)
{
	const struct packet *out = exchange->first[1], *in = exchange->first[2];
	return out && in && out->interface && in->interface && strcmp(out->interface, in->interface) != 0 &&
	       !share_interface(capture, out, in);
}

const struct exchange *judging_asymmetric(const struct judging *judging, enum exchange_state state)
{
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == state && is_asymmetric(judging->capture, exchange))
			return exchange;
	}
	return NULL;
}
