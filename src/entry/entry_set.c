#include "entry.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "timestamp.h"

static const int64_t SIBLING_US = 5 * US_PER_SECOND;

struct found {
	struct entry entry;
	unsigned line_number;
};

struct search {
	struct found *parsed; /* every line that is an entry */
	size_t count, capacity;
	bool have_first_error;
	struct err first_error; /* of the first line that is not empty */
};

static bool is_ip_conn(const struct entry *entry, struct err *err)
{
	return entry_check_ip_conn(entry, err) == 0;
}

static void search_line(struct arena *arena, struct search *search, struct str line, unsigned number)
{
	struct entry entry;
	struct err err;
	if (str_trim(line).n == 0)
		return;
	bool parsed = entry_parse(arena, line, &entry, &err) == 0;
	if (parsed) {
		search->parsed =
		        arena_grow(arena, search->parsed, search->count, &search->capacity, sizeof *search->parsed);
		search->parsed[search->count++] = (struct found){entry, number};
	}
	if (!search->have_first_error && (!parsed || !is_ip_conn(&entry, &err))) {
		search->have_first_error = true;
		search->first_error = err;
	}
}

static bool same_client(const struct entry *a, const struct entry *b)
{
	return ip_equal(&a->srcip, &b->srcip) && a->have_srcport && b->have_srcport && a->srcport == b->srcport &&
	       a->have_proto == b->have_proto && a->proto == b->proto;
}

static bool near_in_time(const struct entry *a, const struct entry *b)
{
	if (a->time_kind == ENTRY_TIME_NONE || a->time_kind != b->time_kind)
		return false;
	int64_t apart = a->time_us - b->time_us;
	return apart <= SIBLING_US && apart >= -SIBLING_US;
}

static bool is_sibling(const struct entry *a, const struct entry *b)
{
	return same_client(a, b) && near_in_time(a, b);
}

/* The ip-conn entries that stand for themselves: one that is a sibling of an
 * earlier one belongs to it. */
static size_t *choices(struct arena *arena, const struct search *search, size_t *n)
{
	size_t *list = ARENA_ARRAY(arena, search->count + 1, size_t);
	*n = 0;
	for (size_t i = 0; i < search->count; i++) {
		bool sibling = false;
		if (!is_ip_conn(&search->parsed[i].entry, NULL))
			continue;
		for (size_t k = 0; k < *n && !sibling; k++)
			sibling = is_sibling(&search->parsed[list[k]].entry, &search->parsed[i].entry);
		if (!sibling)
			list[(*n)++] = i;
	}
	return list;
}

static int several(const struct search *search, const size_t *list, size_t n, struct err *err)
{
	struct buf text;
	buf_init(&text, 512);
	for (size_t i = 0; i < n && i < 5; i++) {
		const struct found *found = &search->parsed[list[i]];
		char src[IP_TEXT_MAX], dst[IP_TEXT_MAX];
		buf_printf(&text, "%s%zu: line %u, %s to %s", i ? "; " : "", i + 1, found->line_number,
		           ip_print(&found->entry.srcip, src), ip_print(&found->entry.dstip, dst));
		if (found->entry.have_dstport)
			buf_printf(&text, " port %u", found->entry.dstport);
	}
	(void)err_set(err, ERR_ENTRY, "%zu ip-conn entries; choose one with --entry N (%s%s)", n, text.p,
	              n > 5 ? "; …" : "");
	buf_done(&text);
	return -1;
}

static void add_siblings(struct arena *arena, const struct search *search, size_t chosen, struct entry_set *out)
{
	const struct entry *entry = &search->parsed[chosen].entry;
	out->siblings = ARENA_ARRAY(arena, ENTRY_MAX_SIBLINGS, struct entry);
	for (size_t i = 0; i < search->count && out->sibling_count < ENTRY_MAX_SIBLINGS; i++) {
		if (i != chosen && is_sibling(entry, &search->parsed[i].entry))
			out->siblings[out->sibling_count++] = search->parsed[i].entry;
	}
}

int entry_set_parse(struct arena *arena, struct str text, unsigned number, struct entry_set *out, struct err *err)
{
	struct search search = {0};
	struct str rest = text, line;
	for (unsigned n = 1; str_next_line(&rest, &line); n++)
		search_line(arena, &search, line, n);
	size_t count;
	size_t *list = choices(arena, &search, &count);
	if (count == 0) {
		if (!search.have_first_error)
			return err_set(err, ERR_ENTRY, "the entry is empty");
		if (err)
			*err = search.first_error;
		return -1;
	}
	if (number > count)
		return err_set(err, ERR_ENTRY, "--entry %u: there are only %zu ip-conn entries", number, count);
	if (number == 0 && count > 1)
		return several(&search, list, count, err);
	size_t chosen = list[number ? number - 1 : 0];
	*out = (struct entry_set){.entry = search.parsed[chosen].entry,
	                          .line_number = search.parsed[chosen].line_number};
	add_siblings(arena, &search, chosen, out);
	return 0;
}
