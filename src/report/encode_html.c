#include "encode.h"

/* The reference that stands for a byte of HTML's own, or NULL. */
static const char *reference_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void encode_html(struct buf *out, struct str text)
{
	size_t start = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *reference = reference_of(text.p[i]);
		if (!reference)
			continue;
		text_add_safe(out, str_cut(text, start, i - start));
		buf_add_text(out, reference);
		start = i + 1;
	}
	text_add_safe(out, str_from(text, start));
}
