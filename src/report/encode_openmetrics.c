#include "encode.h"

void encode_openmetrics(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t code = 0xfffd;
		size_t n = utf8_length(text.p + i, text.n - i, &code);
		if (n && code == '\n')
			buf_add_text(out, "\\n");
		else if (!n || !text_code_is_safe(code))
			buf_add_char(out, '?');
		else {
			if (code == '\\' || code == '"')
				buf_add_char(out, '\\');
			buf_add(out, text.p + i, n);
		}
		i += n ? n : 1;
	}
}
