#include "scan.h"

#include <string.h>

enum { LITERAL = 7 };

void scan_init(struct scan *scan, void (*line)(void *arg, const struct scan_line *line), void *arg)
{
	*scan = (struct scan){.line = line, .arg = arg, .find = scan_find_fastest()};
	buf_init(&scan->carry, SCAN_MAX_LINE);
}

void scan_done(struct scan *scan)
{
	buf_done(&scan->carry);
}

static void tell(struct scan *scan, const char *p, size_t n, uint64_t offset)
{
	bool too_long = n > SCAN_MAX_LINE;
	if (n && p[n - 1] == '\r')
		n--;
	scan->line(scan->arg, &(struct scan_line){{p, too_long ? SCAN_MAX_LINE : n}, offset, too_long});
}

/* ---- a line over several blocks ---- */

/* Only what has come since is searched, and what may be a part of the literal. */
static void look(struct scan *scan)
{
	size_t from = scan->carry_seen > LITERAL ? scan->carry_seen - LITERAL : 0;
	scan->carry_has = scan->carry_has || (scan->carry.n - from >= LITERAL &&
	                                      scan->find(scan->carry.p + from, scan->carry.p + scan->carry.n));
	scan->carry_seen = scan->carry.n;
}

static void keep(struct scan *scan, const char *p, size_t n, uint64_t offset)
{
	if (n == 0)
		return;
	if (scan->carry.n == 0 && !scan->skipping)
		scan->carry_offset = offset;
	size_t room = SCAN_MAX_LINE - scan->carry.n;
	if (!scan->skipping && n <= room) {
		buf_add(&scan->carry, p, n);
		look(scan);
		return;
	}
	/* The rest is searched as it comes; a literal across two blocks of it is lost
	 * with a line that nobody could read anyway, unless it was seen before. */
	if (!scan->skipping)
		buf_add(&scan->carry, p, room);
	scan->skipping = true;
	look(scan);
	scan->carry_has = scan->carry_has || scan->find(p, p + n) != NULL;
}

static void carry_over(struct scan *scan)
{
	if (scan->carry_has && scan->skipping)
		scan->line(scan->arg, &(struct scan_line){buf_str(&scan->carry), scan->carry_offset, true});
	else if (scan->carry_has)
		tell(scan, scan->carry.p, scan->carry.n, scan->carry_offset);
	buf_clear(&scan->carry);
	scan->carry_seen = 0;
	scan->carry_has = scan->skipping = false;
}

/* ---- whole lines ---- */

static void search(struct scan *scan, const char *p, const char *end, uint64_t offset)
{
	const char *begin = p;
	for (const char *at; p < end && (at = scan->find(p, end));) {
		const char *before = memrchr(p, '\n', (size_t)(at - p));
		const char *first = before ? before + 1 : p;
		const char *last = memchr(at, '\n', (size_t)(end - at));
		last = last ? last : end;
		tell(scan, first, (size_t)(last - first), offset + (uint64_t)(first - begin));
		p = last < end ? last + 1 : end;
	}
}

void scan_feed(struct scan *scan, const char *bytes, size_t n)
{
	const char *p = bytes, *end = bytes + n;
	if (scan->carry.n || scan->skipping) {
		const char *lf = memchr(p, '\n', n);
		keep(scan, p, lf ? (size_t)(lf - p) : n, scan->offset);
		if (lf)
			carry_over(scan);
		p = lf ? lf + 1 : end;
	}
	const char *last = p < end ? memrchr(p, '\n', (size_t)(end - p)) : NULL;
	if (last) {
		search(scan, p, last, scan->offset + (uint64_t)(p - bytes));
		p = last + 1;
	}
	if (p < end)
		keep(scan, p, (size_t)(end - p), scan->offset + (uint64_t)(p - bytes));
	scan->offset += n;
}

void scan_end(struct scan *scan)
{
	if (scan->carry.n || scan->skipping)
		carry_over(scan);
}
