#include <stdlib.h>
#include <string.h>

#include "batch_report.h"
#include "fuzz.h"
#include "page.h"
#include "scan_report.h"

/* A log in blocks of any size gives what it gives as a whole, and no report on
 * it holds a byte that its sink forbids. */

static const uint8_t key[SIPHASH_KEY_BYTES] = "0123456789abcde";

static struct scan_log scan(const char *text, size_t n, size_t block)
{
	struct scan_log log;
	scan_log_init(&log, key);
	scan_log_file(&log, 0);
	for (size_t i = 0; i < n; i += block) {
		size_t part = n - i < block ? n - i : block;
		char *copy = malloc(part);
		PROMISE(copy);
		memcpy(copy, text + i, part);
		scan_log_feed(&log, copy, part);
		free(copy);
	}
	scan_log_end(&log);
	scan_log_sort(&log);
	return log;
}

static void check_bytes(const struct buf *out, bool lf_only)
{
	for (size_t i = 0; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];
		PROMISE(c != 0x7f && (c >= 0x20 || c == '\n' || (c == '\r' && !lf_only)));
	}
	PROMISE(utf8_valid(buf_str(out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = {"a\x1b log"};
	static const char *const names[] = {"text", "json", "csv"};
	if (size < 2)
		return 0;
	const char *text = (const char *)data + 1;
	struct scan_log whole = scan(text, size - 1, size), parts = scan(text, size - 1, 1 + data[0]);
	PROMISE(whole.entries == parts.entries && whole.malformed == parts.malformed && whole.others == parts.others);
	PROMISE(whole.group_count == parts.group_count);
	for (size_t i = 0; i < whole.group_count; i++)
		PROMISE(whole.groups[i].count == parts.groups[i].count);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct buf out;
		const struct scan_report report = {.log = &whole, .files = files, .malformed = true};
		const struct report_style style = {.columns = 40};
		buf_init(&out, 64 << 20);
		scan_format_find(names[i])->write(&report, &style, &out);
		check_bytes(&out, i < 2);
		buf_done(&out);
	}
	scan_log_done(&parts);
	scan_log_done(&whole);
	return 0;
}
