#include "encode.h"

void encode_utf8(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = text.p[i] == '\0' ? 0 : utf8_length(text.p + i, text.n - i, NULL);
		if (n)
			buf_add(out, text.p + i, n);
		else
			buf_add_text(out, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
}

static void add_escape(struct buf *out, uint32_t code)
{
	if (code < 0x10000) {
		buf_printf(out, "\\u%04x", (unsigned)code);
		return;
	}
	unsigned high = 0xd800 + (unsigned)((code - 0x10000) >> 10);
	unsigned low = 0xdc00 + (unsigned)((code - 0x10000) & 0x3ff);
	buf_printf(out, "\\u%04x\\u%04x", high, low);
}

void encode_json(struct buf *out, struct str json)
{
	size_t start = 0;
	for (size_t i = 0; i < json.n;) {
		uint32_t code = 0xfffd;
		size_t n = utf8_length(json.p + i, json.n - i, &code);
		/* A raw LF is layout: inside a string it is an escape already. */
		if (n && (code == '\n' || text_code_is_safe(code))) {
			i += n;
			continue;
		}
		buf_add(out, json.p + start, i - start);
		add_escape(out, code);
		i += n ? n : 1;
		start = i;
	}
	buf_add(out, json.p + start, json.n - start);
}
