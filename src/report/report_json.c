#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "mem.h"
#include "num.h"
#include "report.h"
#include "timestamp.h"

/* The report for programs, as doc/report.schema.json describes it. Doubles
 * go out with 15 digits, which is what every double keeps of a decimal. */

static const size_t dump_flags = JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15);

static json_t *made(json_t *value)
{
	if (!value)
		mem_exhausted();
	return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)))
		mem_exhausted();
}

static void add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(value)))
		mem_exhausted();
}

static json_t *span(struct str text)
{
	struct buf valid;
	buf_init(&valid, REPORT_MAX_BYTES);
	encode_utf8(&valid, text);
	struct str repaired = buf_str(&valid);
	json_t *value = made(json_stringn(repaired.p, repaired.n));
	buf_done(&valid);
	return value;
}

static json_t *words(const char *text)
{
	return text ? span(str_of(text)) : json_null();
}

/* null where the empty string stands for "not known" */
static json_t *known(const char *text)
{
	return words(text && text[0] ? text : NULL);
}

static json_t *milliseconds(int64_t us)
{
	return json_integer(us > 0 ? (json_int_t)(us / 1000) : 0);
}

/* ---- entry, target, device ---- */

/* Fields that go out as numbers. */
static const char *const number_fields[] = {
        "srcport",  "dstport",  "transport", "tranport", "proto",
        "sentbyte", "rcvdbyte", "sentpkt",   "rcvdpkt",  "duration",
};

static json_t *entry_value(const struct entry_field *field)
{
	for (size_t i = 0; i < sizeof number_fields / sizeof number_fields[0]; i++) {
		uint64_t number;
		if (!str_is(field->name, number_fields[i]))
			continue;
		return num_u64(field->value, 0, INT64_MAX, &number) ? json_integer((json_int_t)number) : json_null();
	}
	return span(field->value);
}

static json_t *make_entry(const struct plan *plan)
{
	if (!plan || !plan->target.have_entry)
		return json_null();
	const struct entry *entry = &plan->entries.entry;
	json_t *object = made(json_object());
	for (size_t i = 0; i < entry->field_count; i++) {
		struct buf name;
		buf_init(&name, 4 * ENTRY_MAX_BYTES);
		encode_utf8(&name, entry->fields[i].name);
		/* As in the parser, the first of two equal names counts. */
		const char *key = buf_str(&name).p;
		if (!json_object_get(object, key))
			put(object, key, entry_value(&entry->fields[i]));
		buf_done(&name);
	}
	return object;
}

static json_t *protocol(bool known_proto, unsigned proto)
{
	const char *word = entry_proto_word(proto);
	if (!known_proto)
		return json_null();
	return word ? json_string(word) : json_sprintf("%u", proto);
}

static json_t *port_number(unsigned port)
{
	return port ? json_integer(port) : json_null();
}

static json_t *make_target(const struct plan *plan)
{
	static const struct target nothing = {0};
	const struct target *target = plan ? &plan->target : &nothing;
	char address[IP_TEXT_MAX];
	json_t *object = made(json_object());
	put(object, "ip", known(ip_print(&target->server, address)));
	put(object, "port", port_number(target->server_port));
	put(object, "proto", protocol(target->have_proto, target->proto));
	put(object, "vdom", known(target->vdom));
	return object;
}

static json_t *make_device(const struct report *report)
{
	static const struct {
		const char *key;
		enum fact_id id;
	} members[] = {
	        {"hostname", FACT_ID_DEVICE_HOSTNAME},   {"serial", FACT_ID_DEVICE_SERIAL},
	        {"model", FACT_ID_DEVICE_MODEL},         {"version", FACT_ID_DEVICE_VERSION},
	        {"vdom_mode", FACT_ID_DEVICE_VDOM_MODE},
	};
	json_t *object = made(json_object());
	put(object, "address", known(report->transcript ? report->transcript->header.device : NULL));
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		const struct fact *fact = report_fact(report, members[i].id);
		put(object, members[i].key, words(fact ? fact->value.text : NULL));
	}
	return object;
}

/* ---- verdict and checks ---- */

static json_t *make_list(const char *const *items, size_t count)
{
	json_t *array = made(json_array());
	for (size_t i = 0; i < count; i++)
		add(array, words(items[i] ? items[i] : ""));
	return array;
}

static json_t *make_verdict(const struct report *report)
{
	const struct verdict *verdict = report->verdict;
	if (!verdict)
		return json_null();
	json_t *object = made(json_object());
	put(object, "status", json_string(state_word(report_status(report))));
	put(object, "cause", json_string(cause_word(verdict->cause)));
	put(object, "where", json_string(where_word(verdict->where)));
	put(object, "certainty", json_string(certainty_word(verdict->certainty)));
	put(object, "summary", words(verdict->summary ? verdict->summary : ""));
	put(object, "notes", make_list(verdict->notes, verdict->note_count));
	return object;
}

static json_t *make_evidence(const struct evidence *list, size_t count)
{
	json_t *array = made(json_array());
	for (size_t i = 0; i < count; i++) {
		const struct evidence *evidence = &list[i];
		json_t *object = made(json_object());
		put(object, "step", words(evidence->step ? evidence->step : ""));
		put(object, "line", json_integer(evidence->line));
		put(object, "text", words(evidence->text ? evidence->text : ""));
		add(array, object);
	}
	return array;
}

static json_t *make_checks(const struct verdict *verdict)
{
	json_t *array = made(json_array());
	for (size_t i = 0; verdict && i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		json_t *object = made(json_object());
		put(object, "id", words(check->id));
		put(object, "state", json_string(state_word(check->state)));
		put(object, "certainty", json_string(certainty_word(check->certainty)));
		put(object, "rule", known(check->rule));
		put(object, "summary", words(check->summary ? check->summary : ""));
		put(object, "evidence", make_evidence(check->evidence, check->evidence_count));
		put(object, "advice", make_list(check->advice, check->advice_count));
		add(array, object);
	}
	return array;
}

static json_t *make_conversations(const struct verdict *verdict)
{
	json_t *array = made(json_array());
	for (size_t i = 0; verdict && i < verdict->conversation_count; i++) {
		const struct conversation *one = &verdict->conversations[i];
		json_t *object = made(json_object());
		put(object, "client", words(one->client));
		put(object, "client_port", port_number(one->client_port));
		put(object, "server", known(one->server));
		put(object, "server_port", port_number(one->server_port));
		put(object, "proto", protocol(one->proto != 0, one->proto));
		put(object, "state", json_string(fate_word(one->fate)));
		put(object, "where", json_string(where_word(one->where)));
		put(object, "requests", json_integer(one->requests));
		put(object, "replies", json_integer(one->replies));
		put(object, "retransmissions", json_integer(one->retransmissions));
		put(object, "rule", known(one->rule));
		put(object, "evidence", make_evidence(one->evidence, one->evidence_count));
		add(array, object);
	}
	return array;
}

/* ---- facts ---- */

static json_t *fact_value(const struct fact *fact, enum fact_type type)
{
	switch (type) {
	case FACT_INT:
		return json_integer((json_int_t)fact->value.integer);
	case FACT_FLAG:
		return json_boolean(fact->value.integer != 0);
	case FACT_TEXT:
		return words(fact->value.text ? fact->value.text : "");
	case FACT_REAL:
		break;
	}
	return json_real(fact->value.real);
}

static json_t *make_fact(const struct fact *fact, enum fact_type type, const char *unit)
{
	const char *absent = fact && fact->absent && fact->absent[0] ? fact->absent : "not measured";
	bool present = fact && fact->present;
	if (present && type == FACT_REAL && !isfinite(fact->value.real)) {
		present = false;
		absent = "the value is not a number";
	}
	json_t *object = made(json_object());
	if (!present) {
		put(object, "absent", words(absent));
		return object;
	}
	put(object, "value", fact_value(fact, type));
	if (unit && unit[0])
		put(object, "unit", words(unit));
	put(object, "step", words(fact->from.step));
	put(object, "line", fact->from.step ? json_integer(fact->from.line) : json_null());
	return object;
}

static json_t *make_facts(const struct facts *facts)
{
	json_t *object = made(json_object());
	for (size_t i = 0; i < FACT_COUNT; i++)
		put(object, fact_defs[i].name,
		    make_fact(facts ? &facts->item[i] : NULL, fact_defs[i].type, fact_defs[i].unit));
	for (size_t i = 0; facts && i < facts->extra_count; i++) {
		const struct extra_fact *extra = &facts->extra[i];
		struct buf name;
		buf_init(&name, PLAYBOOK_MAX_BYTES * 4);
		encode_utf8(&name, str_of(extra->name));
		const char *key = buf_str(&name).p;
		if (!json_object_get(object, key))
			put(object, key, make_fact(&extra->fact, extra->type, extra->unit));
		buf_done(&name);
	}
	return object;
}

/* ---- steps ---- */

static json_int_t count_lines(struct str text)
{
	struct str line;
	json_int_t count = 0;
	while (str_next_line(&text, &line))
		count++;
	return count;
}

static const char *place_word(const char *on)
{
	return strcmp(on, "host") == 0 ? "host" : "gate";
}

/* Where a step ran; a command that belongs to a step ("ping/view") ran where
 * that one did. */
static const char *step_place(const struct step_list *steps, const struct step_run *run)
{
	if (run->planned)
		return place_word(run->planned->on);
	ptrdiff_t slash = str_find_char(str_of(run->id), '/');
	struct str owner = str_cut(str_of(run->id), 0, slash < 0 ? 0 : (size_t)slash);
	for (size_t i = 0; i < steps->count; i++) {
		if (steps->steps[i].planned && str_is(owner, steps->steps[i].id))
			return place_word(steps->steps[i].planned->on);
	}
	return "gate";
}

static json_t *make_step(const struct step_list *steps, size_t i, const struct str *clean)
{
	const struct step_run *run = &steps->steps[i];
	const char *command = run->command ? run->command : "";
	if (!command[0] && run->planned)
		command = run->planned->command;
	json_t *object = made(json_object());
	put(object, "id", words(run->id));
	put(object, "on", json_string(step_place(steps, run)));
	put(object, "command", words(command ? command : ""));
	put(object, "state", json_string(step_state_word(run->end.state)));
	put(object, "reason", known(run->end.reason));
	put(object, "duration_ms", milliseconds(run->end_us - run->start_us));
	put(object, "lines", json_integer(clean ? count_lines(clean[i]) : 0));
	put(object, "bytes", json_integer((json_int_t)run->raw.n));
	return object;
}

static json_t *make_steps(const struct report *report)
{
	json_t *array = made(json_array());
	for (size_t i = 0; report->steps && i < report->steps->count; i++)
		add(array, make_step(report->steps, i, report->clean));
	return array;
}

/* ---- the whole ---- */

static json_t *make_error(const struct err *trouble)
{
	if (!trouble)
		return json_null();
	json_t *object = made(json_object());
	put(object, "kind", json_string(err_word(trouble->kind)));
	put(object, "message", words(trouble->text));
	put(object, "step", known(trouble->step));
	return object;
}

static json_t *make_tool(const struct report *report)
{
	json_t *object = made(json_object());
	put(object, "name", json_string("fgdiag"));
	put(object, "version", words(report->version ? report->version : ""));
	return object;
}

static json_t *make_report(const struct report *report)
{
	const struct transcript *transcript = report->transcript;
	char when[TIMESTAMP_TEXT_MAX];
	json_t *root = made(json_object());
	put(root, "schema", json_string("fgdiag/report/1"));
	put(root, "tool", make_tool(report));
	put(root, "started",
	    transcript && !transcript->header.pasted ? json_string(timestamp_print(transcript->header.started_us, when))
	                                             : json_null());
	put(root, "duration_ms", milliseconds(transcript ? transcript->end_us : 0));
	put(root, "entry", make_entry(report->plan));
	put(root, "target", make_target(report->plan));
	put(root, "device", make_device(report));
	put(root, "verdict", make_verdict(report));
	put(root, "checks", make_checks(report->verdict));
	put(root, "conversations", make_conversations(report->verdict));
	put(root, "conversations_omitted",
	    json_integer(report->verdict ? (json_int_t)report->verdict->conversations_omitted : 0));
	put(root, "facts", make_facts(report->facts));
	put(root, "steps", make_steps(report));
	put(root, "error", make_error(report_trouble(report)));
	return root;
}

static void dump_json(json_t *root, struct buf *out)
{
	char *dump = json_dumps(root, dump_flags);
	json_decref(root);
	if (!dump)
		mem_exhausted();
	encode_json(out, str_of(dump));
	buf_add_char(out, '\n');
	free(dump);
}

void report_json(const struct report *report, const struct report_style *style, struct buf *out)
{
	(void)style;
	dump_json(make_report(report), out);
}

static json_t *make_rows(const struct facts *facts)
{
	json_t *rows = made(json_array());
	for (size_t i = 0; i < facts->row_count; i++) {
		const struct fact_row *row = &facts->rows[i];
		json_t *object = made(json_object());
		put(object, "table", words(row->table));
		put(object, "line", made(json_integer(row->from.line)));
		for (size_t k = 0; k < row->cell_count; k++)
			put(object, row->cells[k].name, words(row->cells[k].value));
		add(rows, object);
	}
	return rows;
}

static json_t *make_unread(const struct facts *facts)
{
	json_t *lines = made(json_array());
	for (size_t i = 0; i < facts->unread_count; i++) {
		json_t *object = made(json_object());
		put(object, "line", made(json_integer(facts->unread[i].line)));
		put(object, "text", words(facts->unread[i].text));
		add(lines, object);
	}
	return lines;
}

void report_facts(const struct facts *facts, const enum fact_id *ids, size_t count, struct buf *out)
{
	json_t *root = made(json_object());
	json_t *object = made(json_object());
	for (size_t i = 0; i < count; i++) {
		const struct fact_def *def = &fact_defs[ids[i]];
		put(object, def->name, make_fact(&facts->item[ids[i]], def->type, def->unit));
	}
	put(root, "facts", object);
	if (facts->row_count)
		put(root, "rows", make_rows(facts));
	if (facts->unread_count)
		put(root, "unread", make_unread(facts));
	dump_json(root, out);
}
