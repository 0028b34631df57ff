#include <string.h>

#include "lines.h"
#include "num.h"
#include "readers.h"

/* `diagnose sys session list` and `session6 list`: a block for each session. */

struct session_reader {
	struct arena *arena;
	struct facts *facts;
	struct source from;
	struct fact_row *row; /* the session at hand; the last row */
	int64_t listed, silent;
};

/* name=value of a line into a cell. */
static const struct {
	const char *line, *name, *cell;
} cells[] = {
        {"session", "proto=", "proto"},
        {"session", "proto_state=", "proto_state"},
        {"session", "duration=", "duration"},
        {"session", "expire=", "expire"},
        {"session", "timeout=", "timeout"},
        {"misc=", "policy_id=", "policy_id"},
        {"misc=", " vd=", "vd"},
        {"npu_state=", "npu_state=", "npu_state"},
        {"npu info:", " offload=", "offload"},
};

static void take_cells(struct session_reader *reader, struct str text)
{
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
		if (!str_starts(text, cells[i].line))
			continue;
		struct str value = read_behind(text, cells[i].name, ",");
		if (value.n)
			facts_cell(reader->arena, reader->row, cells[i].cell, value);
	}
}

/* "statistic(bytes/packets/allow_err): org=168/2/1 reply=0/0/0 tuples=2" */
static void take_statistic(struct session_reader *reader, struct str text)
{
	static const char *const names[] = {"org", "reply"};
	for (size_t i = 0; i < 2; i++) {
		struct str all = read_behind(text, i ? "reply=" : "org=", "");
		ptrdiff_t slash = str_find_char(all, '/');
		if (slash < 0)
			continue;
		struct str packets = str_from(all, (size_t)slash + 1);
		ptrdiff_t next = str_find_char(packets, '/');
		packets = next < 0 ? packets : str_cut(packets, 0, (size_t)next);
		facts_cell(reader->arena, reader->row, i ? "reply_bytes" : "org_bytes", str_cut(all, 0, (size_t)slash));
		facts_cell(reader->arena, reader->row, i ? "reply_packets" : "org_packets", packets);
		reader->silent += strcmp(names[i], "reply") == 0 && str_is(packets, "0");
	}
}

/* "hook=post dir=org act=snat 192.0.2.1:5->198.51.100.1:53(203.0.113.1:5)" */
static void take_hook(struct session_reader *reader, struct str text)
{
	bool original = str_find(text, "dir=org") > 0;
	struct str act = read_behind(text, "act=", "");
	ptrdiff_t at = str_find(text, "act=");
	struct str tuple = at < 0 ? (struct str){"", 0} : str_trim(str_from(text, (size_t)at + 4 + act.n));
	facts_cell(reader->arena, reader->row, original ? "org_act" : "reply_act", act);
	facts_cell(reader->arena, reader->row, original ? "org" : "reply", tuple);
}

static bool known_line(struct str text)
{
	static const char *const starts[] = {"origin-shaper=",
	                                     "reply-shaper=",
	                                     "per_ip_shaper=",
	                                     "class_id=",
	                                     "ha_id=",
	                                     "policy_dir=",
	                                     "state=",
	                                     "tx speed(",
	                                     "orgin->sink:",
	                                     "pos/(before,after)",
	                                     "misc=",
	                                     "serial=",
	                                     "rpdb_link_id",
	                                     "dd_type=",
	                                     "npu_state=",
	                                     "npu info:",
	                                     "vlifid=",
	                                     "no_ofld_reason:",
	                                     "ofld_fail_reason(",
	                                     "total session",
	                                     "src_mac=",
	                                     "dst_mac=",
	                                     "user=",
	                                     "authed",
	                                     "helper=",
	                                     "vrf=",
	                                     "ext_header_type",
	                                     "sdwan",
	                                     "flag ",
	                                     "npu_info"};
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (str_starts(text, starts[i]))
			return true;
	}
	return false;
}

static bool line_read(struct session_reader *reader, struct str text)
{
	if (str_starts(text, "session info:") || str_starts(text, "session6 info:")) {
		reader->row = facts_row(reader->arena, reader->facts, "session", reader->from);
		reader->listed++;
		take_cells(reader, text);
		return true;
	}
	if (str_starts(text, "total session"))
		return true;
	if (!reader->row)
		return false;
	if (str_starts(text, "statistic("))
		take_statistic(reader, text);
	else if (str_starts(text, "hook="))
		take_hook(reader, text);
	else if (!known_line(text))
		return false;
	if (str_starts(text, "state="))
		facts_cell(reader->arena, reader->row, "state", str_trim(str_from(text, 6)));
	take_cells(reader, text);
	return true;
}

void sessions_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct session_reader reader = {.arena = arena, .facts = facts};
	struct lines lines;
	struct source first = {0};
	lines_init(&lines, input->text);
	while (lines_next(&lines)) {
		reader.from = read_source(arena, input, lines.number, lines.line);
		if (line_read(&reader, lines.line))
			first = first.step ? first : reader.from;
		else if (str_trim(lines.line).n && !read_is_prompt(lines.line) && !str_starts(lines.line, "# "))
			facts_unread(arena, facts, reader.from);
	}
	if (!first.step)
		return;
	facts_set_int(facts, FACT_ID_SESSIONS_LISTED, reader.listed, first);
	facts_set_int(facts, FACT_ID_SESSIONS_SILENT, reader.silent, first);
}
