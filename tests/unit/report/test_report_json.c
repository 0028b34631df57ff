#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/sample.h"

#define SCHEMA "doc/report.schema.json"

/* ---- reading back ---- */

static json_t *parsed(const struct sample *s)
{
	struct buf out;
	json_error_t trouble;
	sample_write(s, "json", 80, &out);
	json_t *root = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &trouble);
	if (!root)
		fail_msg("line %d: %s", trouble.line, trouble.text);
	buf_done(&out);
	return root;
}

static json_t *at(json_t *value, const char *path)
{
	char name[64];
	struct str rest = str_of(path);
	while (rest.n && value) {
		ptrdiff_t slash = str_find_char(rest, '/');
		struct str part = slash < 0 ? rest : str_cut(rest, 0, (size_t)slash);
		(void)snprintf(name, sizeof name, "%.*s", (int)part.n, part.p);
		value = json_is_array(value) ? json_array_get(value, (size_t)atol(name)) : json_object_get(value, name);
		rest = slash < 0 ? (struct str){0} : str_from(rest, (size_t)slash + 1);
	}
	return value;
}

static void has_string(json_t *root, const char *path, const char *expected)
{
	assert_true(json_is_string(at(root, path)));
	assert_string_equal(json_string_value(at(root, path)), expected);
}

static void has_integer(json_t *root, const char *path, long long expected)
{
	assert_true(json_is_integer(at(root, path)));
	assert_int_equal(json_integer_value(at(root, path)), expected);
}

static void has_null(json_t *root, const char *path)
{
	assert_true(json_is_null(at(root, path)));
}

/* ---- the shape ---- */

static void members_come_in_the_order_of_the_schema(void **state)
{
	json_t *schema = json_load_file(SCHEMA, 0, NULL);
	struct sample s;
	const char *key;
	json_t *value;
	size_t i = 0;
	(void)state;
	assert_non_null(schema);
	sample_init(&s, NULL);
	json_t *root = parsed(&s);
	json_t *required = at(schema, "required");
	json_object_foreach(root, key, value)
	        assert_string_equal(key, json_string_value(json_array_get(required, i++)));
	assert_int_equal(i, json_array_size(required));
	json_decref(root);
	json_decref(schema);
	sample_done(&s);
}

static void the_head_tells_tool_time_and_device(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	json_t *root = parsed(&s);
	has_string(root, "schema", "fgdiag/report/1");
	has_string(root, "tool/version", "0.1.0");
	has_string(root, "started", "2023-11-14T22:15:00.250Z");
	has_integer(root, "duration_ms", 83250);
	has_string(root, "device/address", "192.0.2.1");
	has_string(root, "device/model", "FortiGate-60F");
	has_null(root, "device/vdom_mode");
	has_string(root, "target/ip", "192.0.2.53");
	has_integer(root, "target/port", 53);
	has_string(root, "target/proto", "udp");
	has_null(root, "error");
	json_decref(root);
	sample_done(&s);
}

static void entry_fields_keep_their_names_and_numbers(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	struct entry *entry = &s.plan.entries.entry;
	sample_field(entry, "srcport", "1");    /* a second one does not count */
	sample_field(entry, "duration", "abc"); /* no number */
	sample_field(entry, "policyid", "7");   /* a name, though of digits */
	sample_field(entry, "rcvdbyte", "18446744073709551615");
	json_t *root = parsed(&s);
	has_string(root, "entry/action", "ip-conn");
	has_integer(root, "entry/srcport", 49152);
	has_integer(root, "entry/sentbyte", 120);
	has_string(root, "entry/policyid", "7");
	has_null(root, "entry/duration");
	has_null(root, "entry/rcvdbyte");
	json_decref(root);
	s.plan.target.have_entry = false;
	root = parsed(&s);
	has_null(root, "entry");
	json_decref(root);
	sample_done(&s);
}

static void unknown_protocols_are_numbers_as_text(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.plan.target.proto = 47;
	s.plan.target.server_port = 0;
	json_t *root = parsed(&s);
	has_string(root, "target/proto", "47");
	has_null(root, "target/port");
	json_decref(root);
	s.plan.target.have_proto = false;
	root = parsed(&s);
	has_null(root, "target/proto");
	json_decref(root);
	sample_done(&s);
}

static void checks_carry_evidence_and_advice(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	json_t *root = parsed(&s);
	has_string(root, "verdict/status", "critical");
	has_string(root, "verdict/cause", "missing-replies");
	has_string(root, "verdict/where", "beyond-gate");
	has_string(root, "verdict/certainty", "likely");
	assert_int_equal(json_array_size(at(root, "verdict/notes")), 2);
	assert_int_equal(json_array_size(at(root, "checks")), CHECKS + 1);
	has_string(root, "checks/4/id", "missing-replies");
	has_string(root, "checks/4/evidence/0/step", "entry");
	has_integer(root, "checks/4/evidence/0/line", 0);
	has_integer(root, "checks/4/evidence/1/line", 7);
	has_string(root, "checks/4/advice/1", "diagnose sniffer packet any \"host 192.0.2.53 and port 53\" 4 100 a");
	has_string(root, "checks/7/state", "skipped");
	has_null(root, "checks/7/rule");
	json_decref(root);
	sample_done(&s);
}

static void every_registered_fact_is_there_with_value_or_reason(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	json_t *root = parsed(&s);
	json_t *facts = at(root, "facts");
	assert_int_equal(json_object_size(facts), FACT_COUNT + 1);
	for (size_t i = 0; i < FACT_COUNT; i++) {
		json_t *fact = json_object_get(facts, fact_defs[i].name);
		assert_non_null(fact);
		assert_int_equal(json_object_get(fact, "value") != NULL, s.facts.item[i].present);
		assert_int_equal(json_object_get(fact, "absent") != NULL, !s.facts.item[i].present);
	}
	has_integer(root, "facts/ping.gate.sent/value", 300);
	has_string(root, "facts/ping.gate.sent/unit", "packets");
	has_string(root, "facts/ping.gate.sent/step", "ping");
	has_integer(root, "facts/ping.gate.sent/line", 12);
	assert_true(json_is_false(at(root, "facts/conserve.mode/value")));
	has_null(root, "facts/cpu.busy/step");
	has_null(root, "facts/cpu.busy/line");
	has_string(root, "facts/memory.used/absent", "no step reads it");
	has_string(root, "facts/sensor.fan_alarms/value", "none");
	json_decref(root);
	sample_done(&s);
}

static void no_number_becomes_an_absence(void **state)
{
	static const double values[] = {NAN, INFINITY, -INFINITY};
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct sample s;
		sample_init(&s, NULL);
		s.facts.item[FACT_ID_PING_LOSS].value.real = values[i];
		json_t *root = parsed(&s);
		has_string(root, "facts/ping.gate.loss/absent", "the value is not a number");
		assert_null(at(root, "facts/ping.gate.loss/value"));
		json_decref(root);
		sample_done(&s);
	}
}

static void a_playbook_fact_cannot_take_a_registered_name(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.extra[0].name = "ping.gate.sent";
	json_t *root = parsed(&s);
	has_integer(root, "facts/ping.gate.sent/value", 300);
	json_decref(root);
	sample_done(&s);
}

static void doubles_are_short_and_know_no_locale(void **state)
{
	struct sample s;
	struct buf out;
	(void)state;
	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
		print_message("no locale with decimal commas is installed; tested in C only\n");
	sample_init(&s, NULL);
	sample_write(&s, "json", 80, &out);
	assert_non_null(strstr(out.p, "\"value\": 0.1,\n"));
	assert_non_null(strstr(out.p, "\"value\": 33.3333333333333,\n"));
	buf_done(&out);
	sample_done(&s);
	(void)setlocale(LC_ALL, "C");
}

static void steps_tell_command_state_and_size(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.planned[1].on = "host";
	json_t *root = parsed(&s);
	has_string(root, "steps/1/state", "stopped");
	has_integer(root, "steps/1/duration_ms", 1500);
	has_integer(root, "steps/1/lines", 2);
	has_integer(root, "steps/1/bytes", 15);
	has_null(root, "steps/1/reason");
	has_string(root, "steps/1/on", "host");
	has_string(root, "steps/2/command", "diagnose sniffer packet any \"port 53\" 4 100 a");
	has_string(root, "steps/2/reason", "the run ended before this step");
	has_integer(root, "steps/2/lines", 0);
	has_string(root, "steps/3/id", "ping/view");
	has_string(root, "steps/3/on", "host");
	json_decref(root);
	sample_done(&s);
}

static void time_that_went_back_is_no_duration(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.transcript.end_us = -5000000;
	s.runs[0].end_us = s.runs[0].start_us - 5000000;
	json_t *root = parsed(&s);
	has_integer(root, "duration_ms", 0);
	has_integer(root, "steps/0/duration_ms", 0);
	json_decref(root);
	sample_done(&s);
}

static void an_error_has_kind_message_and_step(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.report.error = &s.error;
	s.report.verdict = NULL;
	json_t *root = parsed(&s);
	has_string(root, "error/kind", "timeout");
	has_string(root, "error/message", "the device did not answer in time");
	has_string(root, "error/step", "sniffer");
	has_null(root, "verdict");
	assert_int_equal(json_array_size(at(root, "checks")), 0);
	s.error.step[0] = '\0';
	json_decref(root);
	root = parsed(&s);
	has_null(root, "error/step");
	json_decref(root);
	sample_done(&s);
}

static void conversations_are_told_one_by_one(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	s.conversations[1].client_port = 0;
	s.conversations[1].proto = 1;
	s.verdict.conversations_omitted = 7;
	json_t *root = parsed(&s);
	has_string(root, "conversations/0/client", "10.0.0.5");
	has_integer(root, "conversations/0/client_port", 49152);
	has_string(root, "conversations/0/proto", "udp");
	has_string(root, "conversations/0/state", "no reply");
	has_string(root, "conversations/0/where", "beyond-gate");
	has_integer(root, "conversations/0/requests", 3);
	has_integer(root, "conversations/0/replies", 0);
	has_string(root, "conversations/0/evidence/1/step", "sniffer");
	assert_true(json_is_null(at(root, "conversations/1/client_port")));
	has_integer(root, "conversations_omitted", 7);
	json_decref(root);
	s.report.verdict = NULL;
	root = parsed(&s);
	assert_int_equal(json_array_size(at(root, "conversations")), 0);
	json_decref(root);
	sample_done(&s);
}

/* ---- the schema ---- */

static void expect_words(json_t *schema, const char *name, size_t count, const char *(*word)(size_t))
{
	json_t *words = at(at(at(schema, "$defs"), name), "enum");
	assert_int_equal(json_array_size(words), count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(json_string_value(json_array_get(words, i)), word(i));
}

#define WORD(function, type)                        \
	static const char *word_of_##type(size_t i) \
	{                                           \
		return function((enum type)i);      \
	}
WORD(state_word, state)
WORD(certainty_word, certainty)
WORD(check_word, check_id)
WORD(cause_word, cause)
WORD(where_word, where)
WORD(fate_word, fate)
WORD(step_state_word, step_state)
#undef WORD

static const char *word_of_error(size_t i)
{
	return err_word((enum err_kind)(i + 1));
}

static void the_schema_has_the_words_of_the_tables(void **state)
{
	json_t *schema = json_load_file(SCHEMA, 0, NULL);
	(void)state;
	assert_non_null(schema);
	expect_words(schema, "status", STATE_SKIPPED, word_of_state);
	expect_words(schema, "state", STATES, word_of_state);
	expect_words(schema, "certainty", CERTAINTIES, word_of_certainty);
	expect_words(schema, "check_id", CHECKS, word_of_check_id);
	expect_words(schema, "cause", CAUSES, word_of_cause);
	expect_words(schema, "where", WHERES, word_of_where);
	expect_words(schema, "fate", FATES, word_of_fate);
	expect_words(schema, "step_state", STEP_SKIPPED + 1, word_of_step_state);
	expect_words(schema, "error_kind", ERR_KINDS - 1, word_of_error);
	json_decref(schema);
}

static void the_schema_lists_the_registered_facts_with_their_types(void **state)
{
	static const char *const types[] = {[FACT_INT] = "#/$defs/fact_integer",
	                                    [FACT_REAL] = "#/$defs/fact_number",
	                                    [FACT_TEXT] = "#/$defs/fact_text",
	                                    [FACT_FLAG] = "#/$defs/fact_flag"};
	json_t *schema = json_load_file(SCHEMA, 0, NULL);
	(void)state;
	json_t *facts = at(schema, "properties/facts/properties");
	json_t *required = at(schema, "properties/facts/required");
	for (size_t i = 0; i < FACT_COUNT; i++) {
		json_t *fact = json_object_get(facts, fact_defs[i].name);
		if (!fact)
			fail_msg(SCHEMA " does not list the fact %s", fact_defs[i].name);
		assert_string_equal(json_string_value(json_object_get(fact, "$ref")), types[fact_defs[i].type]);
		assert_true(json_is_string(json_object_get(fact, "description")));
		assert_string_equal(json_string_value(json_array_get(required, i)), fact_defs[i].name);
	}
	assert_int_equal(json_object_size(facts), FACT_COUNT);
	assert_int_equal(json_array_size(required), FACT_COUNT);
	json_decref(schema);
}

/* ---- validation by an independent program ---- */

enum { DOCUMENTS = 8 + 2 * SAMPLE_HOSTILE };

struct documents {
	int fds[DOCUMENTS];
	char names[DOCUMENTS][40];
	char *argv[DOCUMENTS + 3];
	int count;
};

static void keep(struct documents *documents, const struct sample *s)
{
	struct buf out;
	int i = documents->count++;
	assert_true(i < (int)DOCUMENTS);
	/* in memory, and inherited: nothing to clean up however a test ends */
	int fd = memfd_create("report", 0);
	assert_true(fd >= 0);
	sample_write(s, "json", 80, &out);
	assert_int_equal(write(fd, out.p, out.n), out.n);
	documents->fds[i] = fd;
	(void)snprintf(documents->names[i], sizeof documents->names[i], "/proc/self/fd/%d", fd);
	documents->argv[i + 2] = documents->names[i];
	buf_done(&out);
}

static int validate(struct documents *documents)
{
	static char python[] = "python3", script[] = "tests/golden/validate.py";
	char *environment[] = {NULL};
	pid_t child;
	int status;
	documents->argv[0] = python;
	documents->argv[1] = script;
	documents->argv[documents->count + 2] = NULL;
	assert_int_equal(posix_spawnp(&child, python, NULL, NULL, documents->argv, environment), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	for (int i = 0; i < documents->count; i++)
		assert_int_equal(close(documents->fds[i]), 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void keep_variants(struct documents *documents, const char *words)
{
	struct sample s;
	sample_init(&s, words);
	keep(documents, &s);
	s.report.error = &s.error;
	s.report.verdict = NULL;
	keep(documents, &s);
	sample_done(&s);
}

static void reports_are_valid_by_the_schema(void **state)
{
	static struct documents documents;
	struct sample nothing = {0};
	(void)state;
	keep(&documents, &nothing);
	keep_variants(&documents, NULL);
	for (size_t i = 0; i < SAMPLE_HOSTILE; i++)
		keep_variants(&documents, sample_hostile[i]);
	int status = validate(&documents);
	if (status == 77) {
		print_message("reports are not validated: python3-jsonschema is not installed\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void a_report_that_departs_from_the_schema_is_refused(void **state)
{
	static struct documents documents;
	struct sample s;
	(void)state;
	sample_init(&s, NULL);
	sample_field(&s.plan.entries.entry, "tranport", "65536");
	keep(&documents, &s);
	sample_done(&s);
	int status = validate(&documents);
	if (status == 77)
		skip();
	assert_int_equal(status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(members_come_in_the_order_of_the_schema),
	        cmocka_unit_test(the_head_tells_tool_time_and_device),
	        cmocka_unit_test(entry_fields_keep_their_names_and_numbers),
	        cmocka_unit_test(unknown_protocols_are_numbers_as_text),
	        cmocka_unit_test(checks_carry_evidence_and_advice),
	        cmocka_unit_test(every_registered_fact_is_there_with_value_or_reason),
	        cmocka_unit_test(no_number_becomes_an_absence),
	        cmocka_unit_test(a_playbook_fact_cannot_take_a_registered_name),
	        cmocka_unit_test(doubles_are_short_and_know_no_locale),
	        cmocka_unit_test(steps_tell_command_state_and_size),
	        cmocka_unit_test(time_that_went_back_is_no_duration),
	        cmocka_unit_test(an_error_has_kind_message_and_step),
	        cmocka_unit_test(conversations_are_told_one_by_one),
	        cmocka_unit_test(the_schema_has_the_words_of_the_tables),
	        cmocka_unit_test(the_schema_lists_the_registered_facts_with_their_types),
	        cmocka_unit_test(reports_are_valid_by_the_schema),
	        cmocka_unit_test(a_report_that_departs_from_the_schema_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
