#include "scan_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "records.h"
#include "timestamp.h"

enum { TABLE_START = 1024, LINES_AN_ARENA = 64 };
static const int64_t GOES_ON_US = 15 * 60 * US_PER_SECOND;
/* Of all zones: how far local time may be ahead of UTC, and behind it. */
static const int64_t AHEAD_US = 14 * INT64_C(3600) * US_PER_SECOND, BEHIND_US = 12 * INT64_C(3600) * US_PER_SECOND;

void scan_log_done(struct scan_log *log)
{
	for (size_t i = 0; i < log->group_count; i++) {
		free(log->groups[i].line);
		free(log->groups[i].clients);
		free(log->groups[i].places);
	}
	free(log->groups);
	free(log->table);
	scan_done(&log->scan);
	arena_free(log->line_arena);
	arena_free(log->arena);
}

/* ---- the table ---- */

static uint64_t hash_of(const struct scan_log *log, const struct entry *entry)
{
	struct buf key;
	buf_init(&key, ENTRY_MAX_BYTES);
	const struct str texts[] = {entry->devid, entry->devid.n ? STR("") : entry->devname, entry->vd,
	                            entry->policyid};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		buf_add_str(&key, texts[i]);
		buf_add_char(&key, '\0');
	}
	buf_add(&key, &entry->dstip, sizeof entry->dstip);
	buf_printf(&key, "%u %u %d %d", entry->dstport, entry->proto, entry->have_dstport, entry->have_proto);
	uint64_t hash = siphash(log->key, (const uint8_t *)key.p, key.n);
	buf_done(&key);
	return hash;
}

static bool is_of(const struct scan_group *group, const struct entry *entry)
{
	return str_is(entry->devid, group->devid) && (entry->devid.n || str_is(entry->devname, group->devname)) &&
	       str_is(entry->vd, group->vd) && str_is(entry->policyid, group->policyid) &&
	       ip_equal(&entry->dstip, &group->server) && entry->dstport == group->port &&
	       entry->proto == group->proto && entry->have_dstport == group->have_port &&
	       entry->have_proto == group->have_proto;
}

static void grow_table(struct scan_log *log)
{
	log->table_size = log->table_size ? 2 * log->table_size : TABLE_START;
	free(log->table);
	log->table = mem_alloc(log->table_size * sizeof *log->table);
	for (size_t i = 0; i < log->group_count; i++) {
		size_t at = (size_t)log->groups[i].hash & (log->table_size - 1);
		while (log->table[at])
			at = (at + 1) & (log->table_size - 1);
		log->table[at] = i + 1;
	}
}

static const char *kept(struct scan_log *log, struct str text)
{
	return text.n ? arena_strndup(log->arena, text.p, text.n) : "";
}

static struct scan_group *add_group(struct scan_log *log, const struct entry *entry, uint64_t hash)
{
	if (log->group_count == log->group_capacity) {
		log->group_capacity = log->group_capacity ? 2 * log->group_capacity : 64;
		log->groups = mem_resize(log->groups, log->group_capacity * sizeof *log->groups);
	}
	struct scan_group *group = &log->groups[log->group_count++];
	*group = (struct scan_group){.devid = kept(log, entry->devid),
	                             .devname = kept(log, entry->devname),
	                             .vd = kept(log, entry->vd),
	                             .policyid = kept(log, entry->policyid),
	                             .server = entry->dstip,
	                             .port = entry->dstport,
	                             .proto = entry->proto,
	                             .have_port = entry->have_dstport,
	                             .have_proto = entry->have_proto,
	                             .service = "",
	                             .srcintf = "",
	                             .dstintf = "",
	                             .first_us = INT64_MAX,
	                             .last_us = INT64_MIN,
	                             .hash = hash};
	return group;
}

/* NULL where there are too many groups. */
static struct scan_group *group_of(struct scan_log *log, const struct entry *entry)
{
	uint64_t hash = hash_of(log, entry);
	if (2 * (log->group_count + 1) > log->table_size)
		grow_table(log);
	size_t at = (size_t)hash & (log->table_size - 1);
	for (; log->table[at]; at = (at + 1) & (log->table_size - 1)) {
		struct scan_group *group = &log->groups[log->table[at] - 1];
		if (group->hash == hash && is_of(group, entry))
			return group;
	}
	if (log->group_count == SCAN_MAX_GROUPS)
		return NULL;
	log->table[at] = log->group_count + 1;
	return add_group(log, entry, hash);
}

/* ---- an entry ---- */

static void add_client(struct scan_group *group, const struct ip *client)
{
	for (size_t i = 0; i < group->client_count; i++) {
		if (ip_equal(&group->clients[i], client))
			return;
	}
	if (group->client_count == SCAN_GROUP_CLIENTS)
		return;
	if ((group->client_count & (group->client_count - 1)) == 0) {
		size_t room = group->client_count ? 2 * group->client_count : 1;
		group->clients = mem_resize(group->clients, room * sizeof *group->clients);
	}
	group->clients[group->client_count++] = *client;
}

static void add_place(struct scan_group *group, struct scan_place place)
{
	if (group->place_count == SCAN_GROUP_PLACES)
		return;
	if ((group->place_count & (group->place_count - 1)) == 0) {
		size_t room = group->place_count ? 2 * group->place_count : 1;
		group->places = mem_resize(group->places, room * sizeof *group->places);
	}
	group->places[group->place_count++] = place;
}

/* A changed word is rare: what is the same stays. */
static const char *renewed(struct scan_log *log, const char *old, struct str now)
{
	return str_is(now, old) ? old : kept(log, now);
}

static void take_newest(struct scan_log *log, struct scan_group *group, const struct entry *entry)
{
	if (!group->line || entry->line.n + 1 > group->line_room) {
		group->line_room = entry->line.n + 1 + entry->line.n / 4;
		group->line = mem_resize(group->line, group->line_room);
	}
	memcpy(group->line, entry->line.p, entry->line.n);
	group->line[entry->line.n] = '\0';
	group->devname = renewed(log, group->devname, entry->devname);
	group->service = renewed(log, group->service, entry->service);
	group->srcintf = renewed(log, group->srcintf, entry->srcintf);
	group->dstintf = renewed(log, group->dstintf, entry->dstintf);
}

static bool is_outside(const struct scan_log *log, const struct entry *entry)
{
	bool local = entry->time_kind == ENTRY_TIME_LOCAL;
	if (entry->time_kind == ENTRY_TIME_NONE)
		return false;
	int64_t earliest_us = entry->time_us - (local ? AHEAD_US : 0);
	int64_t latest_us = entry->time_us + (local ? BEHIND_US : 0);
	return latest_us < log->since_us || earliest_us > log->until_us;
}

static void note_time(struct scan_log *log, const struct entry *entry)
{
	if (entry->time_kind == ENTRY_TIME_NONE) {
		log->histogram.undated++;
		return;
	}
	histogram_add(&log->histogram, entry->time_us);
	bool utc = entry->time_kind == ENTRY_TIME_UTC;
	log->utc = log->utc || utc;
	log->local = log->local || !utc;
	if (utc && entry->time_us > log->last_us)
		log->last_us = entry->time_us;
}

static void add_entry(struct scan_log *log, const struct entry *entry, struct scan_place place)
{
	bool dated = entry->time_kind != ENTRY_TIME_NONE;
	if (is_outside(log, entry)) {
		log->outside++;
		return;
	}
	log->entries++;
	note_time(log, entry);
	struct scan_group *group = group_of(log, entry);
	if (!group) {
		log->ungrouped++;
		return;
	}
	group->count++;
	group->local = group->local || entry->time_kind == ENTRY_TIME_LOCAL;
	add_client(group, &entry->srcip);
	add_place(group, place);
	if (!group->line || !dated || entry->time_us >= group->last_us)
		take_newest(log, group, entry);
	if (dated && entry->time_us < group->first_us)
		group->first_us = entry->time_us;
	if (dated && entry->time_us > group->last_us)
		group->last_us = entry->time_us;
}

/* ---- a line ---- */

static void malformed(struct scan_log *log, struct scan_place place, const char *words)
{
	log->malformed++;
	if (log->example_count == SCAN_MAX_EXAMPLES)
		return;
	struct scan_example *example = &log->examples[log->example_count++];
	example->place = place;
	(void)snprintf(example->words, sizeof example->words, "%.199s", words);
}

static void take_record(struct scan_log *log, struct str text, struct scan_place place)
{
	struct entry entry;
	struct err err;
	if (str_find(text, "ip-conn") < 0)
		return;
	int rc = entry_parse(log->line_arena, text, &entry, &err);
	if (rc == 0 && !str_is(entry.action, "ip-conn")) {
		log->others++;
		return;
	}
	if (rc == 0)
		rc = entry_check_ip_conn(&entry, &err);
	if (rc < 0)
		malformed(log, place, err.text);
	else
		add_entry(log, &entry, place);
}

static void on_line(void *arg, const struct scan_line *line)
{
	struct scan_log *log = arg;
	struct scan_place place = {log->file, line->offset};
	struct records records;
	struct record record;
	if (line->too_long) {
		malformed(log, place, "the line is longer than 1 MiB");
		return;
	}
	if (log->lines++ % LINES_AN_ARENA == 0) {
		arena_free(log->line_arena);
		log->line_arena = arena_new();
	}
	records_init(&records, log->line_arena, line->text);
	while (records_next(&records, &record)) {
		place.offset = line->offset;
		/* A row of a JSON value stands in the arena, and has its line's place. */
		if (record.text.p >= line->text.p && record.text.p < line->text.p + line->text.n)
			place.offset += (uint64_t)(record.text.p - line->text.p);
		take_record(log, record.text, place);
	}
}

/* ---- logs ---- */

void scan_log_init(struct scan_log *log, const uint8_t key[static SIPHASH_KEY_BYTES])
{
	*log = (struct scan_log){.since_us = INT64_MIN, .until_us = INT64_MAX, .last_us = INT64_MIN};
	memcpy(log->key, key, SIPHASH_KEY_BYTES);
	log->arena = arena_new();
	log->line_arena = arena_new();
	histogram_init(&log->histogram);
	scan_init(&log->scan, on_line, log);
}

void scan_log_file(struct scan_log *log, unsigned number)
{
	log->file = number;
	log->scan.offset = 0;
}

void scan_log_feed(struct scan_log *log, const char *bytes, size_t n)
{
	log->bytes += n;
	scan_feed(&log->scan, bytes, n);
}

void scan_log_end(struct scan_log *log)
{
	scan_end(&log->scan);
}

/* ---- what comes of it ---- */

static int by_count(const void *a, const void *b)
{
	const struct scan_group *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (x->last_us != y->last_us)
		return x->last_us < y->last_us ? 1 : -1;
	/* Whatever the table's key: the same log gives the same order. */
	return strcmp(x->line, y->line);
}

void scan_log_sort(struct scan_log *log)
{
	if (log->group_count)
		qsort(log->groups, log->group_count, sizeof *log->groups, by_count);
	log->table_size /= 2; /* the places have changed: made anew where there is more to come */
	grow_table(log);
}

const char *scan_group_worth(const struct scan_log *log, const struct scan_group *group, char words[static 160])
{
	bool dated = group->last_us != INT64_MIN && !group->local;
	if (group->count < 3 && group->client_count < 2)
		return NULL;
	if (dated && log->last_us - group->last_us > GOES_ON_US)
		return NULL;
	(void)snprintf(words, 160, "%" PRIu64 " entries of %s%zu client%s%s", group->count,
	               group->client_count == SCAN_GROUP_CLIENTS ? "at least " : "", group->client_count,
	               text_plural(group->client_count), dated ? ", and it goes on at the end of the log" : "");
	return words;
}
