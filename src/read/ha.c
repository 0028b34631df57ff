#include <inttypes.h>
#include <string.h>

#include "lines.h"
#include "readers.h"

/* `get system ha status`, and the members of `diagnose sys ha status`. */

struct ha_reader {
	struct arena *arena;
	const struct read_input *input;
	struct facts *facts;
	struct source from;
	struct source first; /* line that tells of a cluster */
	bool in_sync_list;
	struct str member; /* whose interfaces follow */
	unsigned members, out_of_sync;
};

/* Words of all generations for the two roles. */
static const struct {
	const char *word, *role;
} roles[] = {{"Primary", "primary"}, {"Secondary", "secondary"}, {"Master", "primary"}, {"Slave", "secondary"}};
enum { ROLES = sizeof roles / sizeof roles[0] };

static const char *role_of(struct str word)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (str_is(word, roles[i].word))
			return roles[i].role;
	}
	return NULL;
}

static struct str next_part(struct str *rest)
{
	ptrdiff_t comma = str_find_char(*rest, ',');
	struct str part = comma < 0 ? *rest : str_cut(*rest, 0, (size_t)comma);
	*rest = comma < 0 ? (struct str){"", 0} : str_from(*rest, (size_t)comma + 1);
	return str_trim(part);
}

static void add_member(struct ha_reader *reader, const char *role, struct str serial, struct str name)
{
	struct fact_row *row = facts_row(reader->arena, reader->facts, "member", reader->from);
	facts_cell(reader->arena, row, "serial", serial);
	facts_cell(reader->arena, row, "hostname", name);
	facts_cell(reader->arena, row, "role", str_of(role));
	reader->members++;
	if (!reader->first.step)
		reader->first = reader->from;
}

/* "Primary     : FGT1, FGVM01, HA cluster index = 1"; the same serial stands
 * once more with its operating index alone. */
static bool member_line(struct ha_reader *reader, struct str key, struct str value)
{
	const char *role = role_of(key);
	if (!role)
		return false;
	struct str first = next_part(&value), second = next_part(&value);
	if (str_find(second, "index =") < 0)
		add_member(reader, role, second, first);
	return true;
}

/* "FGVM01:      Primary, serialno_prio=1, usr_priority=200, hostname=FGT1" */
static bool debug_member(struct ha_reader *reader, struct str key, struct str value)
{
	struct str name = read_behind(value, "hostname=", ",");
	const char *role = role_of(next_part(&value));
	if (role && name.n)
		add_member(reader, role, key, name);
	return role != NULL;
}

static bool known_key(struct str key)
{
	static const char *const keys[] = {"HA Health Status",
	                                   "Model",
	                                   "Group",
	                                   "Group Name",
	                                   "Group ID",
	                                   "Debug",
	                                   "Cluster Uptime",
	                                   "Cluster state change time",
	                                   "ses_pickup",
	                                   "override",
	                                   "Configuration Status",
	                                   "System Usage stats",
	                                   "HBDEV stats",
	                                   "MONDEV stats",
	                                   "PINGSVR stats",
	                                   "number of vcluster",
	                                   "number of member",
	                                   "Master selected using",
	                                   "Primary selected using",
	                                   "HA group member information",
	                                   "upgrade_mode",
	                                   "unicast_hb",
	                                   "load_balance",
	                                   "schedule"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (str_is(key, keys[i]))
			return true;
	}
	return str_starts(key, "vcluster");
}

/* "rx-bytes/packets/dropped/errors=772333476/10120455/0/0": the last two. */
static bool take_counts(struct ha_reader *reader, struct fact_row *row, struct str figures, const char *dropped,
                        const char *errors)
{
	uint64_t counts[4];
	for (size_t i = 0; i < 4; i++) {
		if ((i && !read_after(figures, "/", &figures)) ||
		    !read_number(figures, INT64_MAX, &counts[i], &figures))
			return false;
	}
	facts_cell(reader->arena, row, dropped, str_of(arena_printf(reader->arena, "%" PRIu64, counts[2])));
	facts_cell(reader->arena, row, errors, str_of(arena_printf(reader->arena, "%" PRIu64, counts[3])));
	return true;
}

/* "    port1: physical/1000auto, up, rx-bytes/packets/dropped/errors=1/2/3/4, tx=5/6/7/8" */
static bool interface_line(struct ha_reader *reader, struct str text)
{
	static const char received[] = ", rx-bytes/packets/dropped/errors=", sent[] = ", tx=";
	ptrdiff_t colon = str_find_char(text, ':'), rx = str_find(text, received), tx = str_find(text, sent);
	if (colon < 1 || rx < colon || tx < rx)
		return false;
	struct fact_row *row = facts_row(reader->arena, reader->facts, "interface", reader->from);
	facts_cell(reader->arena, row, "member", reader->member);
	facts_cell(reader->arena, row, "name", str_trim(str_cut(text, 0, (size_t)colon)));
	if (!take_counts(reader, row, str_from(text, (size_t)rx + sizeof received - 1), "rx_dropped", "rx_errors") ||
	    !take_counts(reader, row, str_from(text, (size_t)tx + sizeof sent - 1), "tx_dropped", "tx_errors"))
		facts_unread(reader->arena, reader->facts, reader->from);
	return true;
}

/* "    FGVM01(updated 3 seconds ago):", in each of the lists */
static void member_heading(struct ha_reader *reader, struct str text)
{
	ptrdiff_t updated = str_find(text, "(updated ");
	if (updated > 0)
		reader->member = str_trim(str_cut(text, 0, (size_t)updated));
}

static void sync_line(struct ha_reader *reader, struct str text)
{
	if (str_find(text, "out-of-sync") >= 0 || str_find(text, "not-in-sync") >= 0)
		reader->out_of_sync++;
}

static bool key_line(struct ha_reader *reader, struct str text)
{
	ptrdiff_t colon = str_find_char(text, ':');
	struct str key = str_trim(str_cut(text, 0, colon < 0 ? 0 : (size_t)colon));
	struct str value = str_trim(str_from(text, (size_t)(colon + 1)));
	reader->in_sync_list = str_is(key, "Configuration Status");
	if (colon < 0)
		return false;
	if (str_is(key, "Mode")) {
		reader->first = reader->from;
		facts_set_text(reader->facts, FACT_ID_HA_MODE, arena_strndup(reader->arena, value.p, value.n),
		               reader->from);
		return true;
	}
	return known_key(key) || member_line(reader, key, value) || debug_member(reader, key, value);
}

/* Headings and settings of `diagnose sys ha status`. */
static bool debug_line(struct str text)
{
	static const char *const starts[] = {"<",         "HA information", "Statistics",
	                                     "Model=",    "nvcluster=",     "[",
	                                     "vcluster ", "ses_pickup:",    "HA group member information"};
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (str_starts(text, starts[i]))
			return true;
	}
	return false;
}

void ha_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct ha_reader reader = {.arena = arena, .input = input, .facts = facts};
	struct lines lines;
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		struct str text = lines.line;
		reader.from = read_source(arena, input, lines.number, text);
		member_heading(&reader, text);
		if (interface_line(&reader, text))
			continue;
		bool indented = text.n && (text.p[0] == ' ' || text.p[0] == '\t');
		if (indented && reader.in_sync_list)
			sync_line(&reader, text);
		else if (str_trim(text).n && !indented && !key_line(&reader, text) && !debug_line(text) &&
		         !read_is_prompt(text))
			facts_unread(arena, facts, reader.from);
	}
	if (reader.members || facts->item[FACT_ID_HA_MODE].present) {
		facts_set_int(facts, FACT_ID_HA_MEMBERS, reader.members ? reader.members : 1, reader.first);
		facts_set_int(facts, FACT_ID_HA_OUT_OF_SYNC, reader.out_of_sync, reader.first);
	}
}
