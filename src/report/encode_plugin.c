#include "encode.h"

static char plain(uint32_t code)
{
	if (code == '|' || code == '\\')
		return '/';
	if (code <= ' ' || (code >= 0x7f && !text_code_is_safe(code)))
		return ' ';
	return code < 0x7f ? (char)code : '?';
}

void encode_plugin(struct buf *out, struct str text)
{
	bool begun = false, blank = false;
	for (size_t i = 0; i < text.n;) {
		uint32_t code = 0xfffd;
		size_t n = utf8_length(text.p + i, text.n - i, &code);
		char c = plain(code);
		i += n ? n : 1;
		if (c == ' ') {
			blank = begun;
			continue;
		}
		if (blank)
			buf_add_char(out, ' ');
		blank = false;
		begun = true;
		buf_add_char(out, c);
	}
}
