#include "wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { TTL = 64, PAYLOAD_MAX = 1400, QUOTE = 8, ROW = 16 };

/* Bytes one after the other. */
struct wire {
	uint8_t *bytes;
	size_t n;
};

static void put(struct wire *wire, unsigned value, unsigned bytes)
{
	while (bytes-- > 0)
		wire->bytes[wire->n++] = (uint8_t)(value >> (8 * bytes));
}

static void put_bytes(struct wire *wire, const void *bytes, size_t n)
{
	memcpy(wire->bytes + wire->n, bytes, n);
	wire->n += n;
}

static size_t addr_size(const struct addr *addr)
{
	return addr->family == AF_INET6 ? 16 : 4;
}

static void put_addr(struct wire *wire, const struct addr *addr)
{
	put_bytes(wire, addr->bytes, addr_size(addr));
}

/* ---- checksums (RFC 1071) ---- */

static uint32_t sum(const uint8_t *bytes, size_t n, uint32_t start)
{
	for (size_t i = 0; i < n; i++)
		start += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return start;
}

static unsigned fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return ~total & 0xffff;
}

static void set16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* ---- IP ---- */

static bool is_v6(const struct packet *packet)
{
	return packet->src.family == AF_INET6;
}

static void put_ip(struct wire *wire, const struct packet *packet, unsigned payload)
{
	unsigned ttl = packet->out ? TTL - 1 : TTL;
	size_t start = wire->n;
	if (is_v6(packet)) {
		put(wire, 0x60000000, 4);
		put(wire, payload, 2);
		put(wire, packet->proto, 1);
		put(wire, ttl, 1);
		put_addr(wire, &packet->src);
		put_addr(wire, &packet->dst);
		return;
	}
	put(wire, 0x4500, 2);
	put(wire, payload + 20, 2);
	put(wire, packet->ip_id, 2);
	put(wire, 0, 2);
	put(wire, ttl, 1);
	put(wire, packet->proto, 1);
	put(wire, 0, 2);
	put_addr(wire, &packet->src);
	put_addr(wire, &packet->dst);
	set16(wire->bytes + start + 10, fold(sum(wire->bytes + start, 20, 0)));
}

/* With the pseudo header; ICMP over IPv4 has none. */
static void put_checksum(struct wire *wire, const struct packet *packet, size_t start, size_t at)
{
	uint32_t total = 0;
	size_t n = wire->n - start;
	if (packet->proto != PROTO_ICMP) {
		total = sum(packet->src.bytes, addr_size(&packet->src), 0);
		total = sum(packet->dst.bytes, addr_size(&packet->dst), total);
		total += packet->proto + (uint32_t)n;
	}
	unsigned folded = fold(sum(wire->bytes + start, n, total));
	set16(wire->bytes + start + at, packet->proto == PROTO_UDP && folded == 0 ? 0xffff : folded);
}

/* ---- payload ---- */

/* Nine bytes, so that a question of the default size is a whole one. */
static const char question_name[9] = "\007example";

static void put_dns(struct wire *wire, const struct packet *packet, unsigned length)
{
	bool answer = packet->sport == 53;
	size_t start = wire->n;
	put(wire, packet->dns_id, 2);
	put(wire, answer ? 0x8180 : 0x0100, 2);
	put(wire, 1, 2);
	put(wire, answer && length >= 41, 2);
	put(wire, 0, 4);
	put_bytes(wire, question_name, sizeof question_name);
	put(wire, 0x00010001, 4);
	if (answer && length >= 41) {
		put(wire, 0xc00c0001, 4);
		put(wire, 0x0001, 2);
		put(wire, 300, 4);
		put(wire, 4, 2);
		put(wire, 0xc0000201, 4);
	}
	while (wire->n - start < length)
		put(wire, 0, 1);
}

static unsigned payload_length(const struct packet *packet)
{
	return packet->length < PAYLOAD_MAX ? packet->length : PAYLOAD_MAX;
}

static void put_payload(struct wire *wire, const struct packet *packet)
{
	unsigned length = payload_length(packet);
	bool dns = packet->proto == PROTO_UDP && (packet->sport == 53 || packet->dport == 53) && length >= 25;
	if (dns) {
		put_dns(wire, packet, length);
		return;
	}
	for (unsigned i = 0; i < length; i++)
		put(wire, 'a' + i % 26, 1);
}

/* ---- transport ---- */

static unsigned tcp_header(const struct packet *packet)
{
	return packet->flags & FLAG_SYN ? 32 : 20;
}

static void put_tcp(struct wire *wire, const struct packet *packet)
{
	size_t start = wire->n;
	put(wire, packet->sport, 2);
	put(wire, packet->dport, 2);
	put(wire, packet->seq, 4);
	put(wire, packet->ack, 4);
	put(wire, tcp_header(packet) / 4 << 4, 1);
	put(wire, packet->flags, 1);
	put(wire, packet->flags & FLAG_RST ? 0 : 64240, 2);
	put(wire, 0, 4);
	if (packet->flags & FLAG_SYN) {
		put(wire, 0x020405b4, 4); /* MSS 1460 */
		put(wire, 0x01030307, 4); /* window scale 7 */
		put(wire, 0x01010402, 4); /* SACK permitted */
	}
	put_payload(wire, packet);
	put_checksum(wire, packet, start, 16);
}

static void put_udp(struct wire *wire, const struct packet *packet)
{
	size_t start = wire->n;
	put(wire, packet->sport, 2);
	put(wire, packet->dport, 2);
	put(wire, 8 + payload_length(packet), 2);
	put(wire, 0, 2);
	put_payload(wire, packet);
	put_checksum(wire, packet, start, 6);
}

/* ---- ICMP ---- */

static const struct {
	unsigned code4, code6;
} codes[ICMP_KINDS] = {
        [ICMP_KIND_PORT] = {3, 4},   [ICMP_KIND_HOST] = {1, 3}, [ICMP_KIND_NET] = {0, 0},
        [ICMP_KIND_ADMIN] = {13, 1}, [ICMP_KIND_FRAG] = {4, 0}, [ICMP_KIND_TIME] = {0, 0},
};

static bool is_echo(const struct packet *packet)
{
	return packet->icmp == ICMP_KIND_ECHO_REQUEST || packet->icmp == ICMP_KIND_ECHO_REPLY;
}

/* The datagram it is about: from whoever gets the error. */
static void put_quote(struct wire *wire, const struct packet *packet)
{
	struct packet quoted = {.src = packet->dst,
	                        .dst = packet->quoted_dst,
	                        .proto = packet->quoted_proto,
	                        .ip_id = packet->ip_id,
	                        .out = true};
	put_ip(wire, &quoted, QUOTE);
	put(wire, packet->quoted_sport, 2);
	put(wire, packet->quoted_port, 2);
	put(wire, packet->quoted_proto == PROTO_UDP ? QUOTE << 16 : packet->seq, 4);
}

static void put_icmp(struct wire *wire, const struct packet *packet)
{
	size_t start = wire->n;
	put(wire, icmp_type(packet), 1);
	put(wire, is_v6(packet) ? codes[packet->icmp].code6 : codes[packet->icmp].code4, 1);
	put(wire, 0, 2);
	if (is_echo(packet)) {
		put(wire, 1, 2);
		put(wire, packet->seq, 2);
		for (unsigned i = 0; i < 56; i++)
			put(wire, i, 1);
	} else {
		put(wire, packet->icmp == ICMP_KIND_FRAG ? 1400 : 0, 4);
		put_quote(wire, packet);
	}
	put_checksum(wire, packet, start, 2);
}

static unsigned ip_payload(const struct packet *packet)
{
	if (packet->proto == PROTO_TCP)
		return tcp_header(packet) + payload_length(packet);
	if (packet->proto == PROTO_UDP)
		return 8 + payload_length(packet);
	return is_echo(packet) ? 64 : 8 + (is_v6(packet) ? 40 : 20) + QUOTE;
}

/* ---- the whole ---- */

size_t wire_make(const struct packet *packet, int ethernet, uint8_t out[static WIRE_MAX])
{
	struct wire wire = {out, 0};
	if (ethernet) {
		put(&wire, 0, 4);
		put(&wire, packet->out ? 0 : 1, 2);
		put(&wire, 0x00090f, 3);
		put(&wire, 0x091234, 3);
		put(&wire, is_v6(packet) ? 0x86dd : 0x0800, 2);
	}
	put_ip(&wire, packet, ip_payload(packet));
	if (packet->proto == PROTO_TCP)
		put_tcp(&wire, packet);
	else if (packet->proto == PROTO_UDP)
		put_udp(&wire, packet);
	else
		put_icmp(&wire, packet);
	return wire.n;
}

size_t wire_row(const uint8_t *bytes, size_t n, size_t at, char *out, size_t size)
{
	size_t shown = n - at < ROW ? n - at : ROW;
	int used = snprintf(out, size, "0x%04zx\t ", at);
	for (size_t i = 0; i < ROW; i++) {
		if (i < shown)
			used += snprintf(out + used, size - (size_t)used, "%02x%s", bytes[at + i], i % 2 ? " " : "");
		else
			used += snprintf(out + used, size - (size_t)used, i % 2 ? "   " : "  ");
	}
	used--;
	used += snprintf(out + used, size - (size_t)used, "\t");
	for (size_t i = 0; i < shown; i++) {
		uint8_t c = bytes[at + i];
		used += snprintf(out + used, size - (size_t)used, "%c", c > 0x20 && c < 0x7f ? c : '.');
	}
	return shown;
}
