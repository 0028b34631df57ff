#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "json_value.h"
#include "num.h"
#include "report.h"
#include "timestamp.h"

/* The report for programs, as doc/report.schema.json describes it. Doubles
 * go out with 15 digits, which is what every double keeps of a decimal. */

static const size_t dump_flags = REPORT_JSON_FLAGS | JSON_INDENT(2);

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
	return json_value_span(field->value);
}

static json_t *make_entry(const struct plan *plan)
{
	if (!plan || !plan->target.have_entry)
		return json_null();
	const struct entry *entry = &plan->entries.entry;
	json_t *object = json_value_made(json_object());
	for (size_t i = 0; i < entry->field_count; i++) {
		struct buf name;
		buf_init(&name, 4 * ENTRY_MAX_BYTES);
		encode_utf8(&name, entry->fields[i].name);
		/* As in the parser, the first of two equal names counts. */
		const char *key = buf_str(&name).p;
		if (!json_object_get(object, key))
			json_value_put(object, key, entry_value(&entry->fields[i]));
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
	json_t *object = json_value_made(json_object());
	json_value_put(object, "ip", json_value_known(ip_print(&target->server, address)));
	json_value_put(object, "port", port_number(target->server_port));
	json_value_put(object, "proto", protocol(target->have_proto, target->proto));
	json_value_put(object, "vdom", json_value_known(target->vdom));
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
	json_t *object = json_value_made(json_object());
	json_value_put(object, "address",
	               json_value_known(report->transcript ? report->transcript->header.device : NULL));
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		const struct fact *fact = report_fact(report, members[i].id);
		json_value_put(object, members[i].key, json_value_words(fact ? fact->value.text : NULL));
	}
	return object;
}

/* ---- verdict and checks ---- */

static json_t *make_list(const char *const *items, size_t count)
{
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; i < count; i++)
		json_value_add(array, json_value_words(items[i] ? items[i] : ""));
	return array;
}

static json_t *make_verdict(const struct report *report)
{
	const struct verdict *verdict = report->verdict;
	if (!verdict)
		return json_null();
	json_t *object = json_value_made(json_object());
	json_value_put(object, "status", json_string(state_word(report_status(report))));
	json_value_put(object, "cause", json_string(cause_word(verdict->cause)));
	json_value_put(object, "where", json_string(where_word(verdict->where)));
	json_value_put(object, "certainty", json_string(certainty_word(verdict->certainty)));
	json_value_put(object, "summary", json_value_words(verdict->summary ? verdict->summary : ""));
	json_value_put(object, "notes", make_list(verdict->notes, verdict->note_count));
	return object;
}

static json_t *make_evidence(const struct evidence *list, size_t count)
{
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; i < count; i++) {
		const struct evidence *evidence = &list[i];
		json_t *object = json_value_made(json_object());
		json_value_put(object, "step", json_value_words(evidence->step ? evidence->step : ""));
		json_value_put(object, "line", json_integer(evidence->line));
		json_value_put(object, "text", json_value_words(evidence->text ? evidence->text : ""));
		json_value_add(array, object);
	}
	return array;
}

static json_t *make_checks(const struct verdict *verdict)
{
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; verdict && i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		json_t *object = json_value_made(json_object());
		json_value_put(object, "id", json_value_words(check->id));
		json_value_put(object, "state", json_string(state_word(check->state)));
		json_value_put(object, "certainty", json_string(certainty_word(check->certainty)));
		json_value_put(object, "rule", json_value_known(check->rule));
		json_value_put(object, "summary", json_value_words(check->summary ? check->summary : ""));
		json_value_put(object, "evidence", make_evidence(check->evidence, check->evidence_count));
		json_value_put(object, "advice", make_list(check->advice, check->advice_count));
		json_value_add(array, object);
	}
	return array;
}

static json_t *make_conversations(const struct verdict *verdict)
{
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; verdict && i < verdict->conversation_count; i++) {
		const struct conversation *one = &verdict->conversations[i];
		json_t *object = json_value_made(json_object());
		json_value_put(object, "client", json_value_words(one->client));
		json_value_put(object, "client_port", port_number(one->client_port));
		json_value_put(object, "server", json_value_known(one->server));
		json_value_put(object, "server_port", port_number(one->server_port));
		json_value_put(object, "proto", protocol(one->proto != 0, one->proto));
		json_value_put(object, "state", json_string(fate_word(one->fate)));
		json_value_put(object, "where", json_string(where_word(one->where)));
		json_value_put(object, "requests", json_integer(one->requests));
		json_value_put(object, "replies", json_integer(one->replies));
		json_value_put(object, "retransmissions", json_integer(one->retransmissions));
		json_value_put(object, "rule", json_value_known(one->rule));
		json_value_put(object, "evidence", make_evidence(one->evidence, one->evidence_count));
		json_value_add(array, object);
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
		return json_value_words(fact->value.text ? fact->value.text : "");
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
	json_t *object = json_value_made(json_object());
	if (!present) {
		json_value_put(object, "absent", json_value_words(absent));
		return object;
	}
	json_value_put(object, "value", fact_value(fact, type));
	if (unit && unit[0])
		json_value_put(object, "unit", json_value_words(unit));
	json_value_put(object, "step", json_value_words(fact->from.step));
	json_value_put(object, "line", fact->from.step ? json_integer(fact->from.line) : json_null());
	return object;
}

static json_t *make_facts(const struct facts *facts)
{
	json_t *object = json_value_made(json_object());
	for (size_t i = 0; i < FACT_COUNT; i++)
		json_value_put(object, fact_defs[i].name,
		               make_fact(facts ? &facts->item[i] : NULL, fact_defs[i].type, fact_defs[i].unit));
	for (size_t i = 0; facts && i < facts->extra_count; i++) {
		const struct extra_fact *extra = &facts->extra[i];
		struct buf name;
		buf_init(&name, PLAYBOOK_MAX_BYTES * 4);
		encode_utf8(&name, str_of(extra->name));
		const char *key = buf_str(&name).p;
		if (!json_object_get(object, key))
			json_value_put(object, key, make_fact(&extra->fact, extra->type, extra->unit));
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
	json_t *object = json_value_made(json_object());
	json_value_put(object, "id", json_value_words(run->id));
	json_value_put(object, "on", json_string(step_place(steps, run)));
	json_value_put(object, "command", json_value_words(command ? command : ""));
	json_value_put(object, "state", json_string(step_state_word(run->end.state)));
	json_value_put(object, "reason", json_value_known(run->end.reason));
	json_value_put(object, "duration_ms", milliseconds(run->end_us - run->start_us));
	json_value_put(object, "lines", json_integer(clean ? count_lines(clean[i]) : 0));
	json_value_put(object, "bytes", json_integer((json_int_t)run->raw.n));
	return object;
}

static json_t *make_steps(const struct report *report)
{
	json_t *array = json_value_made(json_array());
	for (size_t i = 0; report->steps && i < report->steps->count; i++)
		json_value_add(array, make_step(report->steps, i, report->clean));
	return array;
}

/* ---- the whole ---- */

static json_t *make_error(const struct err *trouble)
{
	if (!trouble)
		return json_null();
	json_t *object = json_value_made(json_object());
	json_value_put(object, "kind", json_string(err_word(trouble->kind)));
	json_value_put(object, "message", json_value_words(trouble->text));
	json_value_put(object, "step", json_value_known(trouble->step));
	return object;
}

static json_t *make_tool(const struct report *report)
{
	json_t *object = json_value_made(json_object());
	json_value_put(object, "name", json_string("fgdiag"));
	json_value_put(object, "version", json_value_words(report->version ? report->version : ""));
	return object;
}

json_t *report_json_value(const struct report *report)
{
	const struct transcript *transcript = report->transcript;
	char when[TIMESTAMP_TEXT_MAX];
	json_t *root = json_value_made(json_object());
	json_value_put(root, "schema", json_string("fgdiag/report/1"));
	json_value_put(root, "tool", make_tool(report));
	json_value_put(root, "started",
	               transcript && !transcript->header.pasted
	                       ? json_string(timestamp_print(transcript->header.started_us, when))
	                       : json_null());
	json_value_put(root, "duration_ms", milliseconds(transcript ? transcript->end_us : 0));
	json_value_put(root, "entry", make_entry(report->plan));
	json_value_put(root, "target", make_target(report->plan));
	json_value_put(root, "device", make_device(report));
	json_value_put(root, "verdict", make_verdict(report));
	json_value_put(root, "checks", make_checks(report->verdict));
	json_value_put(root, "conversations", make_conversations(report->verdict));
	json_value_put(root, "conversations_omitted",
	               json_integer(report->verdict ? (json_int_t)report->verdict->conversations_omitted : 0));
	json_value_put(root, "facts", make_facts(report->facts));
	json_value_put(root, "steps", make_steps(report));
	json_value_put(root, "error", make_error(report_trouble(report)));
	return root;
}

void report_json(const struct report *report, const struct report_style *style, struct buf *out)
{
	(void)style;
	json_value_print(report_json_value(report), dump_flags, out);
}

static json_t *make_rows(const struct facts *facts)
{
	json_t *rows = json_value_made(json_array());
	for (size_t i = 0; i < facts->row_count; i++) {
		const struct fact_row *row = &facts->rows[i];
		json_t *object = json_value_made(json_object());
		json_value_put(object, "table", json_value_words(row->table));
		json_value_put(object, "line", json_value_made(json_integer(row->from.line)));
		for (size_t k = 0; k < row->cell_count; k++)
			json_value_put(object, row->cells[k].name, json_value_words(row->cells[k].value));
		json_value_add(rows, object);
	}
	return rows;
}

static json_t *make_unread(const struct facts *facts)
{
	json_t *lines = json_value_made(json_array());
	for (size_t i = 0; i < facts->unread_count; i++) {
		json_t *object = json_value_made(json_object());
		json_value_put(object, "line", json_value_made(json_integer(facts->unread[i].line)));
		json_value_put(object, "text", json_value_words(facts->unread[i].text));
		json_value_add(lines, object);
	}
	return lines;
}

void report_facts(const struct facts *facts, const enum fact_id *ids, size_t count, struct buf *out)
{
	json_t *root = json_value_made(json_object());
	json_t *object = json_value_made(json_object());
	for (size_t i = 0; i < count; i++) {
		const struct fact_def *def = &fact_defs[ids[i]];
		json_value_put(object, def->name, make_fact(&facts->item[ids[i]], def->type, def->unit));
	}
	json_value_put(root, "facts", object);
	if (facts->row_count)
		json_value_put(root, "rows", make_rows(facts));
	if (facts->unread_count)
		json_value_put(root, "unread", make_unread(facts));
	json_value_print(root, dump_flags, out);
}
