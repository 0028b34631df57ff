#include "sniffer_frames.h"

#include <string.h>

#include "frame.h"
#include "hexdump.h"

struct framing {
	struct arena *arena;
	const struct read_input *input;
	struct capture *capture;
	size_t next; /* packet that the next dump may belong to */
};

/* ---- do line and frame tell the same? ---- */

static bool same_ends(const struct packet *packet, const struct frame *frame)
{
	return ip_equal(&packet->src, &frame->ip.source) && ip_equal(&packet->dst, &frame->ip.destination);
}

static bool same_ports(const struct packet *packet, const struct frame *frame)
{
	bool ports = packet->proto == PROTOCOL_TCP || packet->proto == PROTOCOL_UDP;
	if (!ports || packet->fragment || frame->transport.state != FRAME_PRESENT)
		return true;
	return packet->src_port == frame->source_port && packet->dst_port == frame->destination_port;
}

static bool same_tcp(const struct packet *packet, const struct frame *frame)
{
	if (packet->proto != PROTOCOL_TCP || packet->fragment || frame->transport.state != FRAME_PRESENT)
		return true;
	uint8_t shown = TCP_FIN | TCP_SYN | TCP_RST;
	return (packet->tcp_flags & shown) == (frame->tcp.flags & shown) &&
	       (!packet->have_seq || packet->tcp_seq == frame->tcp.sequence) &&
	       (!packet->have_ack || packet->tcp_ack == frame->tcp.acknowledgment);
}

static bool same_quote(const struct packet *packet, const struct frame *frame)
{
	if (!packet_is_icmp_error(packet) || frame->quoted_part.state != FRAME_PRESENT)
		return true;
	const struct frame_quoted *quoted = &frame->quoted;
	return (!packet->quoted_dst.family || ip_equal(&packet->quoted_dst, &quoted->destination)) &&
	       (!packet->quoted_proto || packet->quoted_proto == quoted->protocol) &&
	       (!packet->quoted_port || !quoted->have_ports || packet->quoted_port == quoted->destination_port);
}

static bool agrees(const struct packet *packet, const struct frame *frame)
{
	if (packet->proto == 0)
		return true;
	return packet->proto == frame->ip.protocol && same_ends(packet, frame) && same_ports(packet, frame) &&
	       same_tcp(packet, frame) && same_quote(packet, frame);
}

/* ---- frames ---- */

static bool has_bytes_of_ip(unsigned level)
{
	return level == 2 || level == 5;
}

static bool fits(const struct packet *packet, const struct frame *frame)
{
	return frame->network.state == FRAME_PRESENT && same_ends(packet, frame);
}

/* Where the level is not known, the way in which the frame has its line's
 * addresses. */
static void decode(const struct framing *framing, const struct packet *packet, const struct hexdump_packet *dump,
                   struct frame *frame)
{
	uint8_t *bytes = arena_alloc(framing->arena, dump->n);
	memcpy(bytes, dump->bytes, dump->n);
	frame_decode(has_bytes_of_ip(dump->capture->level) ? FRAME_RAW_IP : FRAME_ETHERNET, bytes, dump->n, frame);
	if (dump->capture->level || !packet->proto || fits(packet, frame))
		return;
	struct frame raw;
	frame_decode(FRAME_RAW_IP, bytes, dump->n, &raw);
	if (fits(packet, &raw))
		*frame = raw;
}

/* A line prints no sequence number of a bare acknowledgment. */
static void numbers_take(struct packet *packet, const struct frame *frame)
{
	if (packet->proto != PROTOCOL_TCP || packet->fragment || frame->transport.state != FRAME_PRESENT)
		return;
	packet->tcp_flags = frame->tcp.flags & 0x3f;
	packet->have_seq = true;
	packet->tcp_seq = frame->tcp.sequence;
	packet->have_ack = frame->tcp.flags & TCP_ACK;
	packet->tcp_ack = frame->tcp.acknowledgment;
}

static void quote_take(struct packet *packet, const struct frame *frame)
{
	if (!packet_is_icmp_error(packet) || frame->quoted_part.state != FRAME_PRESENT)
		return;
	packet->quoted_dst = frame->quoted.destination;
	packet->quoted_proto = frame->quoted.protocol;
	if (frame->quoted.have_ports)
		packet->quoted_port = frame->quoted.destination_port;
}

static struct packet *packet_at(struct framing *framing, unsigned line)
{
	struct capture *capture = framing->capture;
	while (framing->next < capture->packet_count && capture->packets[framing->next].line < line)
		framing->next++;
	bool found = framing->next < capture->packet_count && capture->packets[framing->next].line == line;
	return found ? &capture->packets[framing->next] : NULL;
}

static const char *take(void *context, const struct hexdump_packet *dump)
{
	struct framing *framing = context;
	struct capture *capture = framing->capture;
	struct packet *packet = packet_at(framing, dump->line);
	if (!packet || dump->n == 0)
		return NULL;
	struct frame *frame = ARENA_NEW(framing->arena, struct frame);
	decode(framing, packet, dump, frame);
	bool cut = !dump->ended && frame_wire_length(frame) != dump->n;
	if (cut || frame->network.state != FRAME_PRESENT || (packet->proto && !frame->ip.source.family))
		return NULL;
	if (!agrees(packet, frame)) {
		if (capture->unread_count++ == 0)
			capture->unread_from = read_source(framing->arena, framing->input, packet->line, packet->text);
		return NULL;
	}
	numbers_take(packet, frame);
	quote_take(packet, frame);
	packet->frame = frame;
	return NULL;
}

void sniffer_frames(struct arena *arena, const struct read_input *input, struct capture *capture)
{
	struct framing framing = {arena, input, capture, 0};
	if (capture->packet_count == 0 || str_find(input->text, "\n0x0000") < 0)
		return;
	struct hexdump *hexdump = hexdump_new(arena, take, &framing);
	if (input->run && input->run->command)
		hexdump_command(hexdump, str_of(input->run->command));
	hexdump_feed(hexdump, input->text);
	hexdump_end(hexdump);
}
