#include "encode.h"

#include <string.h>

/* RFC 4180 knows quotes; a spreadsheet takes what begins like a formula for one. */
void encode_csv(struct buf *out, struct str text)
{
	struct buf safe;
	buf_init(&safe, out->max_bytes);
	text_add_safe(&safe, text);
	bool formula = safe.n && strchr("=+-@\t\r", safe.p[0]);
	buf_add_text(out, formula ? "\"'" : "\"");
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, safe.p[i]);
	}
	buf_add_char(out, '"');
	out->full = out->full || safe.full;
	buf_done(&safe);
}
