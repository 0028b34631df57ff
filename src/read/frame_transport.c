#include "frame_parts.h"

enum { TCP_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8, ESP_BYTES = 8, GRE_BYTES = 4, PORTS_BYTES = 4 };
enum { PORT_DNS = 53, TCP_OPTION_END = 0, TCP_OPTION_NOP = 1 };

static void part_damaged(struct frame_part *part, const char *why)
{
	*part = (struct frame_part){FRAME_DAMAGED, why};
}

static void ports_set(struct frame *frame, const uint8_t *p)
{
	frame->source_port = frame_16(p);
	frame->destination_port = frame_16(p + 2);
}

/* ---- TCP ---- */

static void tcp_option(struct frame_tcp *tcp, const uint8_t *p, size_t length)
{
	switch (p[0]) {
	case 2:
		tcp->mss = length == 4 ? frame_16(p + 2) : 0;
		break;
	case 3:
		tcp->have_scale = length == 3;
		tcp->window_scale = length == 3 ? p[2] : 0;
		break;
	case 4:
		tcp->sack_permitted = length == 2;
		break;
	case 5:
		tcp->sack_blocks = (uint8_t)((length - 2) / 8);
		break;
	default:
		break;
	}
}

static bool tcp_options(struct frame_tcp *tcp, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && p[i] != TCP_OPTION_END;) {
		if (p[i] == TCP_OPTION_NOP) {
			i++;
			continue;
		}
		if (i + 2 > n || p[i + 1] < 2 || i + p[i + 1] > n)
			return false;
		tcp_option(tcp, p + i, p[i + 1]);
		i += p[i + 1];
	}
	return true;
}

static void tcp_decode(struct frame *frame, const struct frame_span *span)
{
	static const char cut[] = "the bytes end inside the TCP header";
	static const char too_long[] = "the TCP header is longer than its packet";
	struct frame_part *part = &frame->transport;
	const uint8_t *p = frame_take(span, 0, TCP_BYTES, part, cut, too_long);
	if (!p)
		return;
	size_t header = (size_t)(p[12] >> 4) * 4;
	if (header < TCP_BYTES) {
		part_damaged(part, "the TCP data offset is less than a TCP header");
		return;
	}
	if (!frame_take(span, 0, header, part, cut, too_long))
		return;
	ports_set(frame, p);
	frame->tcp = (struct frame_tcp){.sequence = frame_32(p + 4),
	                                .acknowledgment = frame_32(p + 8),
	                                .flags = p[13],
	                                .window = frame_16(p + 14)};
	frame->headers = span->at + header;
	if (frame->ip.length)
		frame->payload_length = (uint32_t)(span->claimed - frame->headers);
	if (!tcp_options(&frame->tcp, p + TCP_BYTES, header - TCP_BYTES))
		part_damaged(part, "a TCP option is longer than the TCP header");
}

/* ---- UDP ---- */

static void udp_decode(struct frame *frame, const struct frame_span *span)
{
	const uint8_t *p = frame_take(span, 0, UDP_BYTES, &frame->transport, "the bytes end inside the UDP header",
	                              "the UDP header is longer than its packet");
	if (!p)
		return;
	uint16_t length = frame_16(p + 4);
	bool whole = !frame->ip.more_fragments;
	if (length < UDP_BYTES || (whole && length > span->claimed - span->at)) {
		part_damaged(&frame->transport, "the UDP length contradicts the IP length");
		return;
	}
	ports_set(frame, p);
	frame->headers = span->at + UDP_BYTES;
	frame->payload_length = (uint32_t)length - UDP_BYTES;
	if (frame->source_port != PORT_DNS && frame->destination_port != PORT_DNS)
		return;
	struct frame_span message = *span;
	message.at = frame->headers;
	if (whole)
		message.claimed = span->at + length;
	if (message.captured > message.claimed)
		message.captured = message.claimed;
	frame_dns_decode(frame, message);
}

/* ---- ICMP ---- */

static bool is_error(const struct frame *frame)
{
	uint8_t type = frame->icmp.type;
	if (frame->ip.protocol == PROTOCOL_ICMPV6)
		return type >= 1 && type <= 4;
	return (type >= 3 && type <= 5) || type == 11 || type == 12;
}

static void icmp_rest(struct frame *frame, const uint8_t *p)
{
	struct frame_icmp *icmp = &frame->icmp;
	bool v6 = frame->ip.protocol == PROTOCOL_ICMPV6;
	bool echo = v6 ? icmp->type == 128 || icmp->type == 129 : icmp->type == 0 || icmp->type == 8;
	if (echo) {
		icmp->id = frame_16(p + 4);
		icmp->sequence = frame_16(p + 6);
	}
	uint8_t too_big = v6 ? 2 : 3;
	if (icmp->type != too_big)
		return;
	if (v6)
		icmp->mtu = frame_32(p + 4);
	else if (icmp->code == 4)
		icmp->mtu = frame_16(p + 6);
}

/* Bytes of header, of the eight behind the IP header that every error quotes. */
static size_t quoted_header(const struct frame_ip *ip)
{
	if (ip->fragment_offset)
		return 0;
	switch (ip->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
	case PROTOCOL_ESP:
		return 8;
	case PROTOCOL_GRE:
		return GRE_BYTES;
	default:
		return 0;
	}
}

static void quoted_decode(struct frame *frame, struct frame_span span)
{
	struct frame_quoted *quoted = &frame->quoted;
	struct frame_ip ip;
	struct frame_span outer = span;
	frame_ip_decode(&span, &ip, &frame->quoted_part);
	if (frame->quoted_part.state != FRAME_PRESENT)
		return;
	*quoted = (struct frame_quoted){.source = ip.source, .destination = ip.destination, .protocol = ip.protocol};
	size_t left = span.captured - span.at, header = quoted_header(&ip);
	frame->headers = span.at + (left < header ? left : header);
	if ((ip.protocol != PROTOCOL_TCP && ip.protocol != PROTOCOL_UDP) || ip.fragment_offset)
		return;
	/* What quotes it may quote less than the datagram had. */
	if (span.claimed > outer.claimed)
		span.claimed = outer.claimed;
	struct frame_part ports;
	const uint8_t *p = frame_take(&span, 0, PORTS_BYTES, &ports, "", "");
	quoted->have_ports = p != NULL;
	if (p) {
		quoted->source_port = frame_16(p);
		quoted->destination_port = frame_16(p + 2);
	}
}

static void icmp_decode(struct frame *frame, const struct frame_span *span)
{
	const uint8_t *p = frame_take(span, 0, ICMP_BYTES, &frame->transport, "the bytes end inside the ICMP header",
	                              "the ICMP header is longer than its packet");
	if (!p)
		return;
	frame->icmp = (struct frame_icmp){.type = p[0], .code = p[1]};
	frame->headers = span->at + ICMP_BYTES;
	icmp_rest(frame, p);
	if (!is_error(frame))
		return;
	struct frame_span inner = *span;
	inner.at += ICMP_BYTES;
	quoted_decode(frame, inner);
}

/* ---- the others ---- */

static void esp_decode(struct frame *frame, const struct frame_span *span)
{
	const uint8_t *p = frame_take(span, 0, ESP_BYTES, &frame->transport, "the bytes end inside the ESP header",
	                              "the ESP header is longer than its packet");
	if (!p)
		return;
	frame->spi = frame_32(p);
	frame->esp_sequence = frame_32(p + 4);
	frame->headers = span->at + ESP_BYTES;
}

static void gre_decode(struct frame *frame, const struct frame_span *span)
{
	if (frame_take(span, 0, GRE_BYTES, &frame->transport, "the bytes end inside the GRE header",
	               "the GRE header is longer than its packet"))
		frame->headers = span->at + GRE_BYTES;
}

static const struct {
	uint8_t protocol;
	void (*decode)(struct frame *frame, const struct frame_span *span);
} decoders[] = {
        {PROTOCOL_TCP, tcp_decode},     {PROTOCOL_UDP, udp_decode}, {PROTOCOL_ICMP, icmp_decode},
        {PROTOCOL_ICMPV6, icmp_decode}, {PROTOCOL_ESP, esp_decode}, {PROTOCOL_GRE, gre_decode},
};

void frame_transport_decode(struct frame *frame, struct frame_span span)
{
	frame->transport = (struct frame_part){FRAME_ABSENT, "a protocol that is not decoded"};
	if (frame->ip.fragment_offset) {
		frame->transport.why = "a later fragment has no transport header";
		return;
	}
	for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
		if (decoders[i].protocol == frame->ip.protocol)
			decoders[i].decode(frame, &span);
	}
}
