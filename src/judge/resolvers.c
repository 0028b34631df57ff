#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "frame.h"
#include "timestamp.h"

/* The same question asked of two resolvers: the client took the first answer
 * and closed its port, so the second came too late (I1). */

enum { UDP = 17, DNS = 53, APART_US = 5 * 1000 * 1000 };

static bool is_dns(const struct packet *packet, bool response)
{
	return packet->proto == UDP && packet->frame && packet->frame->dns_part.state == FRAME_PRESENT &&
	       packet->frame->dns.have_question && packet->frame->dns.response == response &&
	       (response ? packet->src_port : packet->dst_port) == DNS;
}

static bool same_name(const struct frame *one, const struct frame *other)
{
	struct buf a, b;
	buf_init(&a, FRAME_DNS_NAME_MAX);
	buf_init(&b, FRAME_DNS_NAME_MAX);
	bool same = frame_dns_name(one, &a) && frame_dns_name(other, &b) && a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
	buf_done(&a);
	buf_done(&b);
	return same;
}

static bool same_question(const struct packet *one, const struct packet *other)
{
	const struct frame_dns *a = &one->frame->dns, *b = &other->frame->dns;
	return a->type == b->type && a->class == b->class && same_name(one->frame, other->frame);
}

/* The client asked somebody else the same, at about that time. */
static const struct packet *other_question(const struct capture *capture, const struct packet *question)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		int64_t apart = packet->time_us - question->time_us;
		if (is_dns(packet, false) && packet->direction == PACKET_IN && apart > -APART_US && apart < APART_US &&
		    ip_equal(&packet->src, &question->src) && !ip_equal(&packet->dst, &question->dst) &&
		    same_question(packet, question))
			return packet;
	}
	return NULL;
}

static const struct packet *answer_to(const struct capture *capture, const struct packet *question, int64_t before_us)
{
	for (size_t i = 0; i < capture->packet_count; i++) {
		const struct packet *packet = &capture->packets[i];
		if (is_dns(packet, true) && packet->direction == PACKET_OUT && packet->time_us >= question->time_us &&
		    packet->time_us < before_us && ip_equal(&packet->src, &question->dst) &&
		    ip_equal(&packet->dst, &question->src) && packet->dst_port == question->src_port &&
		    packet->frame->dns.id == question->frame->dns.id && same_question(packet, question))
			return packet;
	}
	return NULL;
}

/* The question itself is payload, which no report quotes. */
const char *resolvers_earlier(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	const struct packet *question = exchange->first[0], *reply = exchange->first[3];
	if (!question || !reply || !is_dns(question, false))
		return NULL;
	const struct packet *other = other_question(judging->capture, question);
	const struct packet *answer = other ? answer_to(judging->capture, other, reply->time_us) : NULL;
	if (!answer)
		return NULL;
	char resolver[IP_TEXT_MAX];
	int64_t earlier_ms = (reply->time_us - answer->time_us) / 1000;
	const char *words =
	        arena_printf(judging->arena, " It asked %s the same and had that answer %" PRId64 " ms before.",
	                     ip_print(&answer->src, resolver), earlier_ms);
	check_quote_packet(draft, judging->capture->step, other);
	check_quote_packet(draft, judging->capture->step, answer);
	return words;
}
