#include <string.h>

#include "sheet.h"

/* The client's conversations, a row for each fate, where they did not all fare alike. */

enum { NAMED = 3, FATE_COLUMNS = 21 };

static bool differ(const struct verdict *verdict)
{
	for (size_t i = 1; i < verdict->conversation_count; i++) {
		if (verdict->conversations[i].fate != verdict->conversations[0].fate)
			return true;
	}
	return false;
}

static void add_name(struct buf *raw, const struct conversation *one)
{
	bool brackets = one->client_port && strchr(one->client, ':');
	buf_printf(raw, brackets ? "[%s]" : "%s", one->client);
	if (one->client_port)
		buf_printf(raw, ":%u", one->client_port);
}

/* "2 from 192.0.2.10:40001, 192.0.2.10:40002; 9 requests, 4 replies, 2 sent again; beyond-gate" */
static unsigned make_row(const struct verdict *verdict, enum fate fate, struct buf *raw)
{
	unsigned count = 0, requests = 0, replies = 0, again = 0;
	enum where where = WHERE_UNKNOWN;
	for (size_t i = 0; i < verdict->conversation_count; i++) {
		const struct conversation *one = &verdict->conversations[i];
		if (one->fate != fate)
			continue;
		if (count < NAMED) {
			buf_add_text(raw, count ? ", " : "");
			add_name(raw, one);
		}
		where = count == 0 || one->where == where ? one->where : WHERE_UNKNOWN;
		count++;
		requests += one->requests;
		replies += one->replies;
		again += one->retransmissions;
	}
	if (count > NAMED)
		buf_printf(raw, " and %u more", count - NAMED);
	buf_printf(raw, "; %u request%s, %u repl%s", requests, text_plural(requests), replies,
	           replies == 1 ? "y" : "ies");
	if (again)
		buf_printf(raw, ", %u sent again", again);
	if (where != WHERE_NONE && where != WHERE_UNKNOWN)
		buf_printf(raw, "; %s", where_word(where));
	return count;
}

void sheet_fates(struct sheet *sheet)
{
	const struct verdict *verdict = sheet->report->verdict;
	struct page *page = &sheet->page;
	unsigned at = sheet->stacked ? 4 : 2 + FATE_COLUMNS;
	if (!differ(verdict))
		return;
	page_gap(page);
	sheet_say(sheet, 0, "Conversations");
	for (unsigned fate = 0; fate < FATES; fate++) {
		buf_clear(&sheet->raw);
		if (make_row(verdict, (enum fate)fate, &sheet->raw) == 0)
			continue;
		page_to(page, 2);
		page_text(page, 4, str_of(fate_word((enum fate)fate)));
		page_to(page, at);
		page_text(page, at, buf_str(&sheet->raw));
		page_line(page);
	}
	if (verdict->conversations_omitted) {
		page_to(page, 2);
		sheet_say(sheet, 2, "and %zu more, not listed", verdict->conversations_omitted);
	}
}
