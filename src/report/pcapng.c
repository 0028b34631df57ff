#include "pcapng.h"

#include <string.h>

#include "buf.h"

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1 };
enum { SECTION_HARDWARE = 2, SECTION_OS = 3, SECTION_APPLICATION = 4 };
enum { INTERFACE_NAME = 2, INTERFACE_RESOLUTION = 9, PACKET_FLAGS = 2 };
enum { BYTE_ORDER_MAGIC = 0x1a2b3c4d, MICROSECONDS = 6, BLOCK_MAX_TEXT = 8 * PCAPNG_TEXT_MAX };

/* All numbers are little-endian, on any machine. */
static void put_16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static void put_32(uint8_t *p, uint32_t value)
{
	put_16(p, value);
	put_16(p + 2, value >> 16);
}

static void add_32(struct buf *out, uint32_t value)
{
	uint8_t p[4];
	put_32(p, value);
	buf_add(out, p, sizeof p);
}

static void add_option(struct buf *out, uint32_t code, const void *value, size_t n)
{
	static const char zeros[4];
	uint8_t head[4];
	put_16(head, code);
	put_16(head + 2, (uint32_t)n);
	buf_add(out, head, sizeof head);
	buf_add(out, value, n);
	buf_add(out, zeros, (4 - n % 4) % 4);
}

/* A cut never falls inside a character. */
static size_t cut_length(struct str text)
{
	if (text.n <= PCAPNG_TEXT_MAX)
		return text.n;
	size_t n = PCAPNG_TEXT_MAX;
	while (n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void add_text(struct buf *out, uint32_t code, struct str text)
{
	struct buf safe;
	if (text.n == 0)
		return;
	buf_init(&safe, (size_t)16 * PCAPNG_TEXT_MAX);
	text_add_safe(&safe, str_cut(text, 0, PCAPNG_TEXT_MAX));
	add_option(out, code, safe.p, cut_length(buf_str(&safe)));
	buf_done(&safe);
}

/* A block of small parts: type, length, body, length. */
static void send(struct pcapng *pcapng, uint32_t type, const struct buf *body)
{
	uint8_t head[8], tail[4];
	uint32_t length = (uint32_t)(body->n + 12);
	put_32(head, type);
	put_32(head + 4, length);
	put_32(tail, length);
	pcapng->write(pcapng->context, head, sizeof head);
	pcapng->write(pcapng->context, body->p, body->n);
	pcapng->write(pcapng->context, tail, sizeof tail);
}

void pcapng_begin(struct pcapng *pcapng, const struct pcapng_section *section)
{
	struct buf body;
	buf_init(&body, BLOCK_MAX_TEXT);
	add_32(&body, BYTE_ORDER_MAGIC);
	add_32(&body, 1); /* version 1.0 */
	add_32(&body, UINT32_MAX);
	add_32(&body, UINT32_MAX); /* the section's length: not known */
	add_text(&body, OPTION_COMMENT, str_of(section->comment));
	add_text(&body, SECTION_HARDWARE, str_of(section->hardware));
	add_text(&body, SECTION_OS, str_of(section->os));
	add_text(&body, SECTION_APPLICATION, str_of(section->application));
	add_32(&body, OPTION_END);
	send(pcapng, BLOCK_SECTION, &body);
	buf_done(&body);
	pcapng->interfaces = 0;
}

uint32_t pcapng_interface(struct pcapng *pcapng, struct str name, enum pcapng_link link, const char *comment)
{
	static const uint8_t resolution = MICROSECONDS;
	struct buf body;
	buf_init(&body, BLOCK_MAX_TEXT);
	add_32(&body, (uint32_t)link);
	add_32(&body, 0); /* no snap length */
	add_text(&body, OPTION_COMMENT, str_of(comment));
	add_text(&body, INTERFACE_NAME, name);
	add_option(&body, INTERFACE_RESOLUTION, &resolution, 1);
	add_32(&body, OPTION_END);
	send(pcapng, BLOCK_INTERFACE, &body);
	buf_done(&body);
	return pcapng->interfaces++;
}

static const uint32_t direction_flags[] = {
        [PACKET_DIRECTION_UNKNOWN] = 0,
        [PACKET_IN] = 1,
        [PACKET_OUT] = 2,
};

/* The way that every packet takes: no allocation. */
static void send_packet(struct pcapng *pcapng, const struct pcapng_packet *packet, const struct buf *comment)
{
	static const uint8_t zeros[4];
	uint8_t head[28], end[16] = {0};
	size_t padding = (4 - packet->captured % 4) % 4;
	size_t extra = comment ? comment->n : 0;
	uint32_t length = (uint32_t)(sizeof head + packet->captured + padding + extra + 12 + 4);
	put_32(head, BLOCK_PACKET);
	put_32(head + 4, length);
	put_32(head + 8, packet->interface);
	put_32(head + 12, (uint32_t)(packet->time_us >> 32));
	put_32(head + 16, (uint32_t)packet->time_us);
	put_32(head + 20, packet->captured);
	put_32(head + 24, packet->original);
	pcapng->write(pcapng->context, head, sizeof head);
	pcapng->write(pcapng->context, packet->bytes, packet->captured);
	pcapng->write(pcapng->context, zeros, padding);
	if (comment)
		pcapng->write(pcapng->context, comment->p, extra);
	put_16(end, PACKET_FLAGS);
	put_16(end + 2, 4);
	put_32(end + 4, direction_flags[packet->direction]);
	put_32(end + 12, length);
	pcapng->write(pcapng->context, end, sizeof end);
}

void pcapng_packet(struct pcapng *pcapng, const struct pcapng_packet *packet)
{
	struct buf comment;
	if (!packet->comment) {
		send_packet(pcapng, packet, NULL);
		return;
	}
	buf_init(&comment, BLOCK_MAX_TEXT);
	add_text(&comment, OPTION_COMMENT, str_of(packet->comment));
	send_packet(pcapng, packet, &comment);
	buf_done(&comment);
}
