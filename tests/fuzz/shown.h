#ifndef FGDIAG_FUZZ_SHOWN_H
#define FGDIAG_FUZZ_SHOWN_H

#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "html_shape.h"
#include "report.h"

/* What no sink may be given, written down without the program's own tables. */

/* C0, DEL, C1, marks of direction, line and paragraph separators, BOM. */
static inline bool shown_forbids(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || (code >= 0x200e && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
	       (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff;
}

/* The code point at p, or UINT32_MAX where there is no well-formed one. */
static inline uint32_t shown_code(const unsigned char *p, size_t n, size_t *length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	if (size == 0 || size > n)
		return UINT32_MAX;
	uint32_t code = size == 1 ? p[0] : p[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if (p[i] >> 6 != 2)
			return UINT32_MAX;
		code = code << 6 | (p[i] & 0x3fu);
	}
	*length = size;
	return code < least[size] ? UINT32_MAX : code;
}

/* `allowed`: control characters that may stand there all the same. */
static inline void shown_check(struct str text, const char *allowed)
{
	for (size_t i = 0, n = 0; i < text.n; i += n) {
		uint32_t code = shown_code((const unsigned char *)text.p + i, text.n - i, &n);
		bool control = code && code < 0x80 && strchr(allowed, (int)code);
		PROMISE(control || !shown_forbids(code));
	}
}

/* Every form of a report. */
static inline void shown_check_report(const struct report *report)
{
	struct report_style style = {.columns = 60};
	struct buf out;
	buf_init(&out, REPORT_MAX_BYTES);
	report_text(report, &style, &out);
	shown_check(buf_str(&out), "\n");
	buf_clear(&out);
	report_check(report, &style, &out);
	shown_check(buf_str(&out), "\n");
	PROMISE(memchr(out.p, '\n', out.n) == out.p + out.n - 1);
	PROMISE(memchr(out.p, '|', out.n) == memrchr(out.p, '|', out.n));
	buf_clear(&out);
	report_markdown(report, &style, &out);
	shown_check(buf_str(&out), "\n");
	buf_clear(&out);
	report_json(report, &style, &out);
	shown_check(buf_str(&out), "\n");
	json_t *parsed = json_loadb(out.p, out.n, 0, NULL);
	PROMISE(parsed);
	json_decref(parsed);
	buf_clear(&out);
	report_html(report, &style, &out);
	PROMISE(!out.full);
	shown_check(buf_str(&out), "\n");
	PROMISE(!html_shape_check(buf_str(&out), NULL, NULL));
	buf_done(&out);
}

#endif
