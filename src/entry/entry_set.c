#include "entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "records.h"
#include "timestamp.h"

static const int64_t SIBLING_US = 5 * US_PER_SECOND;

enum { MAX_LIST_BYTES = 560 }; /* of the entries that an error lists */

/* What makes two entries siblings. */
struct client {
	struct ip ip;
	bool have_proto;
	unsigned proto, port; /* port 0: the entry has none, and so no siblings */
	unsigned time_kind;
	int64_t time_us;
};

/* An ip-conn entry of the text; parsed again once it is chosen, so that a big
 * file costs little memory. */
struct candidate {
	struct client client;
	struct ip server;
	unsigned server_port;
	struct str line;
	unsigned line_number;
	size_t record;   /* among all records, from 0 */
	unsigned number; /* among the ip-conn entries, from 1 */
	bool follows;    /* belongs to the group of an earlier line */
};

struct search {
	struct arena *arena; /* lives as long as the search */
	struct candidate *found;
	size_t count, capacity;
	struct str blamed; /* the record that an error speaks of when there is no ip-conn entry */
	unsigned blamed_number;
	unsigned blamed_rank;
	unsigned filled_lines;
	size_t records; /* seen so far */
};

static struct client client_of(const struct entry *entry)
{
	return (struct client){.ip = entry->srcip,
	                       .have_proto = entry->have_proto,
	                       .proto = entry->proto,
	                       .port = entry->srcport,
	                       .time_kind = entry->time_kind,
	                       .time_us = entry->time_us};
}

/* ---- the ip-conn entries of a text ---- */

/* The record that is most like what was wanted: one that mentions ip-conn, else
 * a log entry, else the first one. */
static unsigned rank_of(struct str record, bool mentions)
{
	bool entry = str_find(record, "logid") >= 0 || str_find(record, "type") >= 0 || str_find(record, "CEF:") >= 0;
	return mentions ? 3 : entry ? 2 : 1;
}

static void blame(struct search *search, struct str record, unsigned number, bool mentions)
{
	unsigned rank = rank_of(record, mentions);
	if (rank <= search->blamed_rank)
		return;
	search->blamed = record;
	search->blamed_rank = rank;
	search->blamed_number = number;
}

static void search_record(struct search *search, struct str line, unsigned number)
{
	search->filled_lines++;
	/* No quoting and no escape hides these letters in an action. */
	bool mentions = str_find(line, "ip-conn") >= 0;
	struct arena *scratch = mentions ? arena_new() : NULL;
	struct entry entry;
	if (mentions && entry_parse(scratch, line, &entry, NULL) == 0 && entry_check_ip_conn(&entry, NULL) == 0) {
		search->found = arena_grow(search->arena, search->found, search->count, &search->capacity,
		                           sizeof *search->found);
		search->found[search->count] = (struct candidate){.client = client_of(&entry),
		                                                  .server = entry.dstip,
		                                                  .server_port = entry.dstport,
		                                                  .line = line,
		                                                  .line_number = number,
		                                                  .record = search->records,
		                                                  .number = (unsigned)search->count + 1};
		search->count++;
	} else {
		blame(search, line, number, mentions);
	}
	arena_free(scratch);
}

static int nothing_found(const struct search *search, struct err *err)
{
	struct entry entry;
	if (!search->blamed_number)
		return err_set(err, ERR_ENTRY, "the entry is empty");
	if (entry_parse(search->arena, search->blamed, &entry, err) == 0)
		(void)entry_check_ip_conn(&entry, err);
	if (search->filled_lines > 1)
		(void)err_prefix(err, "line %u", search->blamed_number);
	return -1;
}

/* ---- groups of siblings ---- */

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* 0 when both are of one client address, protocol and port, and of one clock. */
static int client_order(const struct client *a, const struct client *b)
{
	int rc = order(a->ip.family, b->ip.family);
	for (size_t i = 0; i < sizeof a->ip.bytes && rc == 0; i++)
		rc = order(a->ip.bytes[i], b->ip.bytes[i]);
	if (rc == 0)
		rc = order(a->have_proto, b->have_proto);
	if (rc == 0)
		rc = order(a->proto, b->proto);
	if (rc == 0)
		rc = order(a->port, b->port);
	return rc ? rc : order(a->time_kind, b->time_kind);
}

static bool are_siblings(const struct client *a, const struct client *b)
{
	int64_t apart = a->time_us > b->time_us ? a->time_us - b->time_us : b->time_us - a->time_us;
	return client_order(a, b) == 0 && a->port && a->time_kind != ENTRY_TIME_NONE && apart <= SIBLING_US;
}

static int candidate_order(const void *left, const void *right)
{
	const struct candidate *const *a = left;
	const struct candidate *const *b = right;
	int rc = client_order(&(*a)->client, &(*b)->client);
	if (rc == 0)
		rc = order((*a)->client.time_us, (*b)->client.time_us);
	return rc ? rc : order((*a)->number, (*b)->number);
}

/* Marks all but the first line of each group; sorted, so that a log of many
 * entries takes no square time. */
static void mark_groups(struct search *search)
{
	struct candidate **sorted = ARENA_ARRAY(search->arena, search->count, struct candidate *);
	for (size_t i = 0; i < search->count; i++)
		sorted[i] = &search->found[i];
	qsort(sorted, search->count, sizeof(struct candidate *), candidate_order);
	const struct candidate *oldest = NULL;
	struct candidate *first = NULL;
	for (size_t i = 0; i < search->count; i++) {
		struct candidate *candidate = sorted[i];
		if (!oldest || !are_siblings(&oldest->client, &candidate->client)) {
			oldest = first = candidate;
			continue;
		}
		struct candidate *later = candidate->number < first->number ? first : candidate;
		first = later == first ? candidate : first;
		later->follows = true;
	}
}

static size_t group_count(const struct search *search)
{
	size_t n = 0;
	for (size_t i = 0; i < search->count; i++)
		n += !search->found[i].follows;
	return n;
}

/* ---- choosing ---- */

static void describe(struct buf *out, const struct candidate *candidate)
{
	char text[IP_TEXT_MAX], when[TIMESTAMP_TEXT_MAX];
	buf_printf(out, "%u: line %u, %s", candidate->number, candidate->line_number,
	           ip_print(&candidate->client.ip, text));
	buf_printf(out, " to %s", ip_print(&candidate->server, text));
	if (candidate->server_port)
		buf_printf(out, " port %u", candidate->server_port);
	if (candidate->client.time_kind == ENTRY_TIME_NONE)
		return;
	struct str time = str_of(timestamp_print(candidate->client.time_us, when));
	buf_add_text(out, ", ");
	buf_add_str(out, str_cut(time, 0, 10));
	buf_add_char(out, ' ');
	buf_add_str(out, str_cut(time, 11, 8));
	buf_add_text(out, candidate->client.time_kind == ENTRY_TIME_UTC ? " UTC" : "");
}

static int several(const struct search *search, size_t groups, struct err *err)
{
	struct buf list, item;
	size_t listed = 0;
	buf_init(&list, MAX_LIST_BYTES);
	buf_init(&item, MAX_LIST_BYTES);
	for (size_t i = 0; i < search->count && !list.full; i++) {
		if (search->found[i].follows)
			continue;
		buf_clear(&item);
		buf_add_text(&item, listed ? "; " : "");
		describe(&item, &search->found[i]);
		buf_add_str(&list, buf_str(&item));
		listed += !list.full;
	}
	char more[48] = "";
	if (listed < groups)
		(void)snprintf(more, sizeof more, "; and %zu more", groups - listed);
	(void)err_set(err, ERR_ENTRY, "%zu ip-conn entries; choose one with --entry N (%s%s)", groups, buf_str(&list).p,
	              more);
	buf_done(&item);
	buf_done(&list);
	return -1;
}

/* NULL with *err filled when there is nothing to choose, or too much. */
static const struct candidate *choose(const struct search *search, unsigned number, struct err *err)
{
	size_t groups = group_count(search);
	if (search->count == 0) {
		(void)nothing_found(search, err);
		return NULL;
	}
	if (number > search->count) {
		(void)err_set(err, ERR_ENTRY, "--entry %u: there %s only %zu ip-conn entr%s", number,
		              search->count == 1 ? "is" : "are", search->count, search->count == 1 ? "y" : "ies");
		return NULL;
	}
	if (number == 0 && groups > 1) {
		(void)several(search, groups, err);
		return NULL;
	}
	return &search->found[number ? number - 1 : 0];
}

/* ---- siblings ---- */

static bool same_session(const struct entry *a, const struct entry *b)
{
	return a->sessionid.n && a->sessionid.n == b->sessionid.n &&
	       memcmp(a->sessionid.p, b->sessionid.p, a->sessionid.n) == 0;
}

static bool is_sibling(const struct entry *entry, const struct entry *other)
{
	struct client a = client_of(entry), b = client_of(other);
	return str_is(other->type, "traffic") && are_siblings(&a, &b) && !same_session(entry, other);
}

static void add_sibling(struct arena *arena, struct str line, struct entry_set *out, size_t *capacity)
{
	struct arena *scratch = arena_new();
	struct entry other;
	if (entry_parse(scratch, line, &other, NULL) == 0 && is_sibling(&out->entry, &other) &&
	    entry_parse(arena, arena_str(arena, line), &other, NULL) == 0) {
		out->siblings = arena_grow(arena, out->siblings, out->sibling_count, capacity, sizeof *out->siblings);
		out->siblings[out->sibling_count++] = other;
	}
	arena_free(scratch);
}

static void add_siblings(struct arena *arena, struct str text, size_t chosen, struct entry_set *out)
{
	char port[16];
	struct record record;
	struct records records;
	size_t capacity = 0;
	struct arena *scratch = arena_new();
	(void)snprintf(port, sizeof port, "%u", out->entry.srcport);
	records_init(&records, scratch, text);
	for (size_t n = 0; out->sibling_count < ENTRY_MAX_SIBLINGS && records_next(&records, &record); n++) {
		if (n != chosen && out->entry.srcport && str_find(record.text, port) >= 0)
			add_sibling(arena, record.text, out, &capacity);
	}
	arena_free(scratch);
}

int entry_set_parse(struct arena *arena, struct str text, unsigned number, struct entry_set *out, struct err *err)
{
	struct search search = {.arena = arena_new()};
	struct records records;
	struct record record;
	records_init(&records, search.arena, text);
	while (records_next(&records, &record)) {
		if (str_trim(record.text).n)
			search_record(&search, record.text, record.line_number);
		search.records++;
	}
	mark_groups(&search);
	struct entry_set set = {0};
	const struct candidate *chosen = choose(&search, number, err);
	int rc = chosen ? entry_parse(arena, arena_str(arena, chosen->line), &set.entry, err) : -1;
	if (rc == 0) {
		set.line_number = chosen->line_number;
		add_siblings(arena, text, chosen->record, &set);
		*out = set;
	}
	arena_free(search.arena);
	return rc;
}
