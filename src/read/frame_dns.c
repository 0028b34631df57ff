#include "frame_parts.h"

enum { DNS_BYTES = 12, QUESTION_BYTES = 4, NAME_MAX_BYTES = 255, POINTERS_MAX = 16, LABEL_MAX = 63 };

static void label_add(const uint8_t *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		bool plain = p[i] > 0x20 && p[i] < 0x7f && p[i] != '.' && p[i] != '\\';
		if (plain)
			buf_add_char(out, (char)p[i]);
		else
			buf_printf(out, "\\%03u", (unsigned)p[i]);
	}
	buf_add_char(out, '.');
}

/* Bytes that the name takes up in place, or 0. Pointers only go back and are
 * counted, so a loop ends. *out may be NULL. */
static size_t name_read(const uint8_t *message, size_t n, size_t at, struct buf *out)
{
	size_t start = at, taken = 0, length = 0;
	unsigned pointers = 0;
	while (at < n) {
		unsigned size = message[at];
		if (size == 0)
			return taken ? taken : at + 1 - start;
		if (size > LABEL_MAX) {
			size_t to = at + 1 < n ? (size_t)(size & 0x3f) << 8 | message[at + 1] : n;
			if (size < 0xc0 || to >= at || ++pointers > POINTERS_MAX)
				return 0;
			if (!taken)
				taken = at + 2 - start;
			at = to;
			continue;
		}
		length += size + 1;
		if (at + 1 + size > n || length > NAME_MAX_BYTES)
			return 0;
		if (out)
			label_add(message + at + 1, size, out);
		at += 1 + size;
	}
	return 0;
}

void frame_dns_decode(struct frame *frame, struct frame_span span)
{
	const uint8_t *p = frame_take(&span, 0, DNS_BYTES, &frame->dns_part, "the bytes end inside the DNS header",
	                              "shorter than a DNS header");
	if (!p)
		return;
	struct frame_dns *dns = &frame->dns;
	*dns = (struct frame_dns){.id = frame_16(p),
	                          .response = p[2] & 0x80,
	                          .opcode = (p[2] >> 3) & 0x0f,
	                          .truncated = p[2] & 0x02,
	                          .rcode = p[3] & 0x0f,
	                          .offset = span.at};
	size_t n = span.captured - span.at;
	size_t name = frame_16(p + 4) ? name_read(p, n, DNS_BYTES, NULL) : 0;
	dns->have_question = name && DNS_BYTES + name + QUESTION_BYTES <= n;
	if (dns->have_question) {
		dns->type = frame_16(p + DNS_BYTES + name);
		dns->class = frame_16(p + DNS_BYTES + name + 2);
	}
}

bool frame_dns_name(const struct frame *frame, struct buf *out)
{
	size_t at = frame->dns.offset;
	if (frame->dns_part.state != FRAME_PRESENT || !frame->dns.have_question)
		return false;
	size_t before = out->n;
	if (!name_read(frame->bytes + at, frame->n - at, DNS_BYTES, out))
		return false;
	if (out->n == before)
		buf_add_char(out, '.');
	return true;
}
