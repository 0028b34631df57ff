#include "frame.h"

#include <string.h>

#include "frame_parts.h"

enum { MAC_BYTES = 6, ETHERNET_BYTES = 14, TAG_BYTES = 4, PPPOE_BYTES = 8, ARP_BYTES = 28, MIN_ETHERTYPE = 1536 };
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };

#define PART_PRESENT ((struct frame_part){FRAME_PRESENT, NULL})

static const struct {
	uint16_t number;
	const char *name;
} ethertypes[] = {
        {ETHERTYPE_IPV4, "IPv4"},
        {ETHERTYPE_ARP, "ARP"},
        {ETHERTYPE_VLAN, "802.1Q"},
        {ETHERTYPE_IPV6, "IPv6"},
        {ETHERTYPE_PPPOE_DISCOVERY, "PPPoE discovery"},
        {ETHERTYPE_PPPOE, "PPPoE"},
        {ETHERTYPE_QINQ, "802.1ad"},
        {0x8847, "MPLS"},
        {0x888e, "EAPOL"},
        {0x88cc, "LLDP"},
        {0x8890, "FortiGate HA heartbeat"},
        {0x8891, "FortiGate HA heartbeat"},
        {0x8893, "FortiGate HA sessions"},
};

static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {
        {PROTOCOL_ICMP, "ICMP"}, {2, "IGMP"},           {PROTOCOL_TCP, "TCP"}, {PROTOCOL_UDP, "UDP"},
        {PROTOCOL_GRE, "GRE"},   {PROTOCOL_ESP, "ESP"}, {PROTOCOL_AH, "AH"},   {PROTOCOL_ICMPV6, "ICMPv6"},
        {88, "EIGRP"},           {89, "OSPF"},          {103, "PIM"},          {112, "VRRP"},
        {132, "SCTP"},
};

const char *frame_ethertype_name(uint16_t ethertype)
{
	for (size_t i = 0; i < sizeof ethertypes / sizeof ethertypes[0]; i++) {
		if (ethertypes[i].number == ethertype)
			return ethertypes[i].name;
	}
	return NULL;
}

const char *frame_protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (protocols[i].number == protocol)
			return protocols[i].name;
	}
	return NULL;
}

const uint8_t *frame_take(const struct frame_span *span, size_t offset, size_t n, struct frame_part *part,
                          const char *cut, const char *damaged)
{
	size_t at = span->at + offset;
	if (at + n <= span->captured) {
		*part = PART_PRESENT;
		return span->bytes + at;
	}
	bool claimed = at + n <= span->claimed;
	*part = (struct frame_part){claimed ? FRAME_CUT : FRAME_DAMAGED, claimed ? cut : damaged};
	return NULL;
}

/* ---- link ---- */

/* Of the link layer nothing claims a length: short bytes are cut bytes. */
static const uint8_t *link_take(struct frame *frame, size_t at, size_t n)
{
	if (at + n <= frame->n)
		return frame->bytes + at;
	frame->network = (struct frame_part){FRAME_CUT, "the bytes end inside the link header"};
	return NULL;
}

static bool tags_decode(struct frame *frame, size_t *at)
{
	while (frame->ethertype == ETHERTYPE_VLAN || frame->ethertype == ETHERTYPE_QINQ || frame->ethertype == 0x9100) {
		const uint8_t *tag = link_take(frame, *at, TAG_BYTES);
		if (!tag)
			return false;
		if (frame->vlan_count == FRAME_MAX_VLANS) {
			frame->network = (struct frame_part){FRAME_DAMAGED, "more than four 802.1Q tags"};
			return false;
		}
		frame->vlans[frame->vlan_count++] = frame_16(tag) & 0x0fff;
		frame->ethertype = frame_16(tag + 2);
		*at += TAG_BYTES;
	}
	return true;
}

static bool pppoe_decode(struct frame *frame, size_t *at)
{
	if (frame->ethertype != ETHERTYPE_PPPOE)
		return true;
	const uint8_t *header = link_take(frame, *at, PPPOE_BYTES);
	if (!header)
		return false;
	frame->pppoe = true;
	frame->pppoe_session = frame_16(header + 2);
	uint16_t ppp = frame_16(header + 6);
	*at += PPPOE_BYTES;
	if (ppp == PPP_IPV4 || ppp == PPP_IPV6) {
		frame->ethertype = ppp == PPP_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
		return true;
	}
	frame->network = (struct frame_part){FRAME_ABSENT, "a PPP protocol that is not IP"};
	frame->headers = *at;
	return false;
}

static bool ethernet_decode(struct frame *frame, size_t *at)
{
	const uint8_t *header = link_take(frame, 0, ETHERNET_BYTES);
	if (!header)
		return false;
	static const uint8_t zeros[MAC_BYTES];
	frame->destination_mac = header;
	frame->source_mac = header + MAC_BYTES;
	frame->pseudo_mac = memcmp(header, zeros, MAC_BYTES - 1) == 0 && header[MAC_BYTES - 1] <= 1;
	frame->ethertype = frame_16(header + 2 * MAC_BYTES);
	*at = ETHERNET_BYTES;
	bool more = tags_decode(frame, at);
	frame->headers = *at;
	return more && pppoe_decode(frame, at);
}

/* ---- network ---- */

static void arp_decode(struct frame *frame, size_t at)
{
	if (at + ARP_BYTES > frame->n) {
		frame->network = (struct frame_part){FRAME_CUT, "the bytes end inside the ARP packet"};
		return;
	}
	frame->network = PART_PRESENT;
	frame->headers = at + ARP_BYTES;
	frame->transport = (struct frame_part){FRAME_ABSENT, "ARP has no transport"};
}

static void network_decode(struct frame *frame, size_t at)
{
	struct frame_span span = {frame->bytes, at, SIZE_MAX, frame->n};
	frame->network_offset = at;
	frame->headers = at;
	if (frame->ethertype == ETHERTYPE_ARP) {
		arp_decode(frame, at);
		return;
	}
	if (frame->ethertype != ETHERTYPE_IPV4 && frame->ethertype != ETHERTYPE_IPV6) {
		frame->network = (struct frame_part){FRAME_ABSENT, frame->ethertype < MIN_ETHERTYPE
		                                                           ? "an 802.3 frame that is not IP"
		                                                           : "an EtherType that is not IP"};
		return;
	}
	frame_ip_decode(&span, &frame->ip, &frame->network);
	if (frame->network.state != FRAME_PRESENT)
		return;
	if (frame->ip.source.family != (frame->ethertype == ETHERTYPE_IPV4 ? 4 : 6)) {
		frame->network = (struct frame_part){FRAME_DAMAGED, "the IP version is not that of the link header"};
		return;
	}
	frame->headers = frame->transport_offset = span.at;
	frame_transport_decode(frame, span);
}

void frame_decode(enum frame_link link, const uint8_t *bytes, size_t n, struct frame *out)
{
	static const struct frame_part none = {FRAME_ABSENT, "the layers below it were not decoded"};
	*out = (struct frame){.link = link, .bytes = bytes, .n = n, .network = none, .transport = none};
	out->quoted_part = (struct frame_part){FRAME_ABSENT, "not an ICMP error"};
	out->dns_part = (struct frame_part){FRAME_ABSENT, "not DNS over UDP"};
	size_t at = 0;
	if (link == FRAME_ETHERNET && !ethernet_decode(out, &at))
		return;
	if (link == FRAME_RAW_IP && n)
		out->ethertype = bytes[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	network_decode(out, at);
}

size_t frame_wire_length(const struct frame *frame)
{
	if (frame->network.state != FRAME_PRESENT)
		return 0;
	if (frame->ethertype == ETHERTYPE_ARP)
		return frame->network_offset + ARP_BYTES;
	return frame->ip.length ? frame->network_offset + frame->ip.length : 0;
}
