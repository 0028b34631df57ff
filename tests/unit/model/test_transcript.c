#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "transcript.h"

#define BYTES(literal) ((struct str){(literal), sizeof(literal) - 1})

struct fixture {
	struct arena *arena;
	struct transcript transcript;
	struct buf text;
};

static struct planned_step planned[] = {
        {"status", "gate", "main", "status", "get system status"},
        {"ping", "gate", "ping", "ping", "execute ping 192.0.2.1"},
        {"sniffer", "gate", "sniffer", NULL, "diagnose sniffer packet any \"tcp\" 4 10 a"},
        {"host-ping", "host", "host", "ping", "ping"},
};
static const char *const sets[] = {"ping.count=100", "x=\xff"};

static int setup(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof *fixture);
	fixture->arena = arena_new();
	transcript_init(&fixture->transcript, fixture->arena);
	fixture->transcript.header = (struct transcript_header){
	        .started_us = INT64_C(1719415108003017),
	        .version = "0.1.0",
	        .device = "admin@192.0.2.254",
	        .entry_text = "date=2024-06-26 msg=\"caf\xc3\xa9 \xe9\" action=ip-conn",
	        .entry_number = 3,
	        .playbook_name = "ip-conn",
	        .playbook = "playbook: ip-conn\n",
	        .sets = sets,
	        .set_count = 2,
	        .planned = planned,
	        .planned_count = 4,
	};
	buf_init(&fixture->text, TRANSCRIPT_MAX_BYTES);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	buf_done(&fixture->text);
	arena_free(fixture->arena);
	test_free(fixture);
	return 0;
}

/* A run of two lanes with what makes transcripts hard. */
static void record(struct transcript *t)
{
	struct step_end done = {.state = STEP_DONE, .prompt = "FGT # "};
	struct step_end stopped = {.state = STEP_STOPPED,
	                           .reason = "the loss is decided",
	                           .prompt = "FGT(Primary) # ",
	                           .interrupted = true,
	                           .requested = 300,
	                           .adaptive = true,
	                           .options_read_back = true};
	transcript_output(t, 100, "main", BYTES("FGT # "));
	transcript_begin(t, 1000, "main", "status", "get system status", "");
	transcript_input(t, 1000, "main", BYTES("get system status\n"));
	transcript_output(t, 2000, "main", BYTES("get system status\r\r\ncaf\xc3"));
	transcript_begin(t, 2500, "ping", "ping", "execute ping 192.0.2.1", "sudo PROD ");
	transcript_output(t, 3000, "ping", BYTES("PING\xe2"));
	transcript_output(t, 3500, "main", BYTES("\xa9\xff\x00\x1b[H\r\n"));
	transcript_output(t, 4000, "main", BYTES("\r\nFGT # "));
	transcript_end(t, 4100, "main", "status", &done);
	transcript_output(t, 5000, "ping", BYTES("\x82"));
	transcript_output(t, 5100, "ping", BYTES("\xac\r\n"));
	transcript_input(t, 25100, "ping", BYTES("\x03"));
	transcript_output(t, 26000, "ping", BYTES("^C\r\n"));
	transcript_end(t, 27000, "ping", "ping", &stopped);
	transcript_skip(t, 28000, "sniffer", "no second session");
	transcript_trouble(t, 29000, &(struct err){ERR_TIMEOUT, "ping", "time is up"});
	transcript_trouble(t, 29001, &(struct err){ERR_CLOSED, "", "gone"});
}

static struct transcript read_back(struct fixture *fixture, struct str text)
{
	struct transcript out;
	struct err err = {0};
	if (transcript_read(fixture->arena, text, &out, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static const struct step_run *find(const struct step_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->steps[i].id, id) == 0)
			return &list->steps[i];
	}
	fail_msg("no step %s", id);
	return NULL;
}

static void assert_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void assert_same_steps(const struct step_list *a, const struct step_list *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct step_run *x = &a->steps[i], *y = &b->steps[i];
		assert_string_equal(x->id, y->id);
		assert_string_equal(x->lane, y->lane);
		assert_string_equal(x->command, y->command);
		assert_string_equal(x->scope, y->scope);
		assert_int_equal(x->raw.n, y->raw.n);
		assert_memory_equal(x->raw.p, y->raw.p, x->raw.n);
		assert_true(x->start_us == y->start_us && x->end_us == y->end_us && x->quiet_us == y->quiet_us);
		assert_int_equal(x->end.state, y->end.state);
		assert_text(x->end.reason, y->end.reason);
		assert_string_equal(x->end.prompt, y->end.prompt);
		assert_int_equal(x->end.requested, y->end.requested);
		assert_int_equal(x->end.interrupted, y->end.interrupted);
		assert_int_equal(x->end.link_lost, y->end.link_lost);
		assert_int_equal(x->end.adaptive, y->end.adaptive);
		assert_int_equal(x->end.options_read_back, y->end.options_read_back);
	}
	assert_int_equal(a->have_trouble, b->have_trouble);
	assert_string_equal(a->trouble.text, b->trouble.text);
	assert_string_equal(a->trouble.step, b->trouble.step);
}

static void states_have_words(void **state)
{
	(void)state;
	enum step_state out = STEP_FAILED;
	for (enum step_state i = STEP_DONE; i <= STEP_SKIPPED; i++) {
		assert_true(step_state_parse(step_state_word(i), &out));
		assert_int_equal(out, i);
	}
	assert_false(step_state_parse("fine", &out));
	assert_false(step_state_parse(NULL, &out));
	assert_int_equal(out, STEP_SKIPPED);
}

static void is_asciicast_v2(void **state)
{
	struct fixture *fixture = *state;
	transcript_output(&fixture->transcript, 1500000, "main", BYTES("a\"\x1b\xc2\x9b"));
	transcript_begin(&fixture->transcript, 2000001, "ping", "ping", "execute ping 192.0.2.1", "sudo PROD ");
	transcript_input(&fixture->transcript, 2000002, "ping", BYTES("\x03"));
	transcript_output(&fixture->transcript, 2000003, "ping", BYTES("\xff\x00"));
	transcript_write(&fixture->transcript, &fixture->text);
	struct str text = buf_str(&fixture->text), line;
	assert_true(str_next_line(&text, &line));
	assert_true(str_starts(
	        line, "{\"version\":2,\"width\":160,\"height\":48,\"timestamp\":1719415108,\"title\":\"fgdiag\","
	              "\"fgdiag\":{\"transcript\":1,\"started_us\":1719415108003017,"));
	assert_true(str_is(text, "[1.500000,\"m\",\"{\\\"lane\\\":\\\"main\\\"}\"]\n"
	                         "[1.500000,\"o\",\"a\\\"\\u001B\\u009B\"]\n"
	                         "[2.000001,\"m\",\"{\\\"lane\\\":\\\"ping\\\"}\"]\n"
	                         "[2.000001,\"m\",\"{\\\"begin\\\":\\\"ping\\\",\\\"command\\\":\\\"execute ping "
	                         "192.0.2.1\\\",\\\"scope\\\":\\\"sudo PROD \\\"}\"]\n"
	                         "[2.000002,\"i\",\"\\u0003\"]\n"
	                         "[2.000003,\"o\",\"\\uFFFD\\uFFFD\"]\n"
	                         "[2.000003,\"x\",\"ff00\"]\n"));
}

static void a_character_cut_in_two_is_written_whole(void **state)
{
	struct fixture *fixture = *state;
	transcript_output(&fixture->transcript, 1, "main", BYTES("caf\xc3"));
	transcript_output(&fixture->transcript, 2, "main", BYTES("\xa9!"));
	transcript_write(&fixture->transcript, &fixture->text);
	assert_true(str_ends(buf_str(&fixture->text), "[0.000001,\"o\",\"caf\"]\n[0.000002,\"o\",\"\\u00E9!\"]\n"));
}

static void writing_and_reading_keeps_everything(void **state)
{
	struct fixture *fixture = *state;
	struct step_list before, after;
	record(&fixture->transcript);
	transcript_write(&fixture->transcript, &fixture->text);
	struct transcript copy = read_back(fixture, buf_str(&fixture->text));
	assert_false(copy.cut);
	assert_true(copy.end_us == fixture->transcript.end_us);
	assert_int_equal(copy.event_count, fixture->transcript.event_count);
	assert_int_equal(copy.bytes, fixture->transcript.bytes);
	transcript_steps(&fixture->transcript, &before);
	transcript_steps(&copy, &after);
	assert_same_steps(&before, &after);
	struct buf again;
	buf_init(&again, TRANSCRIPT_MAX_BYTES);
	transcript_write(&copy, &again);
	assert_string_equal(again.p, fixture->text.p);
	buf_done(&again);
}

static void the_header_comes_back_whole(void **state)
{
	struct fixture *fixture = *state;
	const struct transcript_header *wanted = &fixture->transcript.header;
	transcript_write(&fixture->transcript, &fixture->text);
	struct transcript_header got = read_back(fixture, buf_str(&fixture->text)).header;
	assert_true(got.started_us == wanted->started_us);
	assert_string_equal(got.version, "0.1.0");
	assert_string_equal(got.device, wanted->device);
	assert_string_equal(got.entry_text, wanted->entry_text);
	assert_int_equal(got.entry_number, 3);
	assert_null(got.target);
	assert_null(got.proto);
	assert_null(got.vdom);
	assert_string_equal(got.playbook_name, "ip-conn");
	assert_string_equal(got.playbook, wanted->playbook);
	assert_int_equal(got.set_count, 2);
	assert_string_equal(got.sets[0], sets[0]);
	assert_string_equal(got.sets[1], sets[1]);
	assert_int_equal(got.planned_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(got.planned[i].id, planned[i].id);
		assert_string_equal(got.planned[i].on, planned[i].on);
		assert_string_equal(got.planned[i].lane, planned[i].lane);
		assert_text(got.planned[i].read, planned[i].read);
		assert_string_equal(got.planned[i].command, planned[i].command);
	}
}

static void steps_come_in_order_of_their_begin(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	record(&fixture->transcript);
	transcript_steps(&fixture->transcript, &list);
	assert_int_equal(list.count, 4);
	const char *const order[] = {"status", "ping", "sniffer", "host-ping"};
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(list.steps[i].id, order[i]);
		assert_ptr_equal(list.steps[i].planned, &planned[i]);
	}
	assert_true(list.have_trouble);
	assert_int_equal(list.trouble.kind, ERR_TIMEOUT);
	assert_string_equal(list.trouble.text, "time is up");
	assert_string_equal(list.trouble.step, "ping");
}

static void a_step_has_its_lanes_bytes_and_its_end(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	record(&fixture->transcript);
	transcript_steps(&fixture->transcript, &list);
	const struct step_run *status = find(&list, "status");
	static const char wanted[] = "get system status\r\r\ncaf\xc3\xa9\xff\x00\x1b[H\r\n\r\nFGT # ";
	assert_int_equal(status->raw.n, sizeof wanted - 1);
	assert_memory_equal(status->raw.p, wanted, sizeof wanted - 1);
	assert_int_equal(status->end.state, STEP_DONE);
	assert_null(status->end.reason);
	assert_true(status->start_us == 1000 && status->end_us == 4100 && status->quiet_us == 100);
	const struct step_run *ping = find(&list, "ping");
	assert_string_equal(ping->command, "sudo PROD execute ping 192.0.2.1");
	assert_string_equal(ping->scope, "sudo PROD ");
	assert_int_equal(ping->end.state, STEP_STOPPED);
	assert_string_equal(ping->end.reason, "the loss is decided");
	assert_string_equal(ping->end.prompt, "FGT(Primary) # ");
	assert_true(ping->end.interrupted && ping->end.adaptive && ping->end.options_read_back);
	assert_false(ping->end.link_lost);
	assert_int_equal(ping->end.requested, 300);
	assert_true(ping->quiet_us == 20000);
}

static void a_scope_typed_already_is_not_typed_twice(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	transcript_begin(&fixture->transcript, 1, "ping", "ping", "sudo PROD execute ping 192.0.2.1", "sudo PROD ");
	transcript_steps(&fixture->transcript, &list);
	assert_string_equal(find(&list, "ping")->command, "sudo PROD execute ping 192.0.2.1");
}

static void planned_steps_that_never_ran_are_skipped(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	record(&fixture->transcript);
	transcript_steps(&fixture->transcript, &list);
	const struct step_run *sniffer = find(&list, "sniffer");
	assert_int_equal(sniffer->end.state, STEP_SKIPPED);
	assert_string_equal(sniffer->end.reason, "no second session");
	assert_string_equal(sniffer->lane, "sniffer");
	assert_string_equal(sniffer->command, "");
	assert_int_equal(sniffer->raw.n, 0);
	const struct step_run *host = find(&list, "host-ping");
	assert_int_equal(host->end.state, STEP_SKIPPED);
	assert_string_equal(host->end.reason, "the run ended before this step");
}

static void a_step_without_an_end_failed(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	transcript_begin(&fixture->transcript, 10, "main", "status", "get system status", "");
	transcript_output(&fixture->transcript, 20, "main", BYTES("get system"));
	transcript_begin(&fixture->transcript, 30, "ping", "ping/reset", "execute ping-options reset", "");
	transcript_write(&fixture->transcript, &fixture->text);
	struct transcript copy = read_back(fixture, buf_str(&fixture->text));
	assert_true(copy.cut);
	transcript_steps(&copy, &list);
	const struct step_run *status = find(&list, "status");
	assert_int_equal(status->end.state, STEP_FAILED);
	assert_string_equal(status->end.reason, "the transcript ends inside this step");
	assert_string_equal(status->end.prompt, "");
	assert_int_equal(status->raw.n, 10);
	assert_true(status->end_us == 30 && status->quiet_us == 10);
	const struct step_run *reset = find(&list, "ping/reset");
	assert_null(reset->planned);
	assert_int_equal(reset->end.state, STEP_FAILED);
}

static void an_end_of_another_step_ends_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	struct step_end done = {.state = STEP_DONE};
	transcript_begin(&fixture->transcript, 10, "main", "status", "get system status", "");
	transcript_end(&fixture->transcript, 11, "main", "ping", &done);
	transcript_end(&fixture->transcript, 12, "ping", "status", &done);
	transcript_begin(&fixture->transcript, 13, "main", "ping", "execute ping 192.0.2.1", "");
	transcript_end(&fixture->transcript, 14, "main", "ping", &done);
	transcript_steps(&fixture->transcript, &list);
	assert_int_equal(find(&list, "status")->end.state, STEP_FAILED);
	assert_true(find(&list, "status")->end_us == 13);
	assert_int_equal(find(&list, "ping")->end.state, STEP_DONE);
}

static void times_never_go_back(void **state)
{
	struct fixture *fixture = *state;
	transcript_output(&fixture->transcript, 50, "main", BYTES("a"));
	transcript_output(&fixture->transcript, 40, "main", BYTES("b"));
	transcript_output(&fixture->transcript, INT64_MAX, "main", BYTES("c"));
	assert_true(fixture->transcript.events[1].time_us == 50);
	assert_true(fixture->transcript.end_us == TRANSCRIPT_MAX_US);
	transcript_write(&fixture->transcript, &fixture->text);
	assert_true(read_back(fixture, buf_str(&fixture->text)).end_us == TRANSCRIPT_MAX_US);
}

static void microseconds_come_back_exactly(void **state)
{
	struct fixture *fixture = *state;
	int64_t time_us = 1;
	for (unsigned i = 0; i < 4000; i++) {
		transcript_output(&fixture->transcript, time_us, "main", BYTES("x"));
		time_us += 1 + time_us / 117 + i;
	}
	assert_true(fixture->transcript.end_us == TRANSCRIPT_MAX_US);
	transcript_write(&fixture->transcript, &fixture->text);
	struct transcript copy = read_back(fixture, buf_str(&fixture->text));
	for (size_t i = 0; i < copy.event_count; i++)
		assert_true(copy.events[i].time_us == fixture->transcript.events[i].time_us);
}

static void every_prefix_is_read_up_to_there(void **state)
{
	struct fixture *fixture = *state;
	record(&fixture->transcript);
	transcript_write(&fixture->transcript, &fixture->text);
	struct str whole = buf_str(&fixture->text);
	size_t header = (size_t)str_find_char(whole, '\n');
	for (size_t n = 0; n < whole.n; n++) {
		struct arena *arena = arena_new();
		struct transcript out;
		struct err err = {0};
		struct step_list list;
		int status = transcript_read(arena, (struct str){whole.p, n}, &out, &err);
		assert_int_equal(status, n < header ? -1 : 0);
		if (status == 0) {
			transcript_steps(&out, &list);
			assert_int_equal(list.count, 4);
			for (size_t i = 0; i < list.count; i++)
				assert_true(n == whole.n - 1 || out.cut || list.steps[i].end.state != STEP_FAILED);
		} else {
			assert_int_equal(err.kind, ERR_USAGE);
		}
		arena_free(arena);
	}
}

#define HEAD                                                                                                           \
	"{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":1,\"entry_number\":0,\"sets\":[],\"planned\":[]}}" \
	"\n"

static void unknown_events_and_markers_are_passed_over(void **state)
{
	struct fixture *fixture = *state;
	struct transcript t = read_back(fixture, STR(HEAD "[0.5,\"r\",\"80x24\"]\n\n[1,\"m\",\"chapter one\"]\n"
	                                                  "[1,\"m\",\"[1]\"]\n[1,\"m\",\"{}\"]\n[1,\"x\",\"00\"]\n"
	                                                  "[1,\"z\",{\"a\":1}]\n[2,\"o\",\"hi\"]\n"));
	assert_int_equal(t.event_count, 1);
	assert_true(str_is(t.events[0].data, "hi"));
	assert_true(t.events[0].time_us == 2000000);
	assert_false(t.cut);
}

static void markers_of_wrong_types_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	struct step_list list;
	struct transcript t = read_back(
	        fixture,
	        STR(HEAD
	            "[0,\"m\",\"{\\\"begin\\\":\\\"no lane\\\"}\"]\n[0,\"m\",\"{\\\"lane\\\":\\\"main\\\"}\"]\n"
	            "[0,\"m\",\"{\\\"end\\\":3}\"]\n[0,\"m\",\"{\\\"begin\\\":[]}\"]\n"
	            "[0,\"m\",\"{\\\"begin\\\":\\\"a\\\",\\\"command\\\":7,\\\"scope\\\":{\\\"hex\\\":\\\"00\\\"}}\"]\n"
	            "[0,\"m\",\"{\\\"end\\\":\\\"a\\\",\\\"state\\\":\\\"fine\\\",\\\"requested\\\":-4}\"]\n"
	            "[0,\"m\",\"{\\\"skip\\\":\\\"b\\\",\\\"reason\\\":1}\"]\n[0,\"m\",\"{\\\"skip\\\":null}\"]\n"
	            "[0,\"m\",\"{\\\"note\\\":1}\"]\n"
	            "[0,\"m\",\"{\\\"note\\\":1,\\\"error\\\":{\\\"kind\\\":\\\"odd\\\",\\\"message\\\":[]}}\"]\n"));
	transcript_steps(&t, &list);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.steps[0].id, "a");
	assert_string_equal(list.steps[0].command, "");
	assert_int_equal(list.steps[0].end.state, STEP_FAILED);
	assert_int_equal(list.steps[0].end.requested, 0);
	assert_string_equal(list.steps[1].id, "b");
	assert_int_equal(list.steps[1].end.state, STEP_SKIPPED);
	assert_true(list.have_trouble);
	assert_int_equal(list.trouble.kind, ERR_INTERNAL);
}

static void what_is_no_transcript_is_refused(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bad[] = {
	        "",
	        "date=2024-06-26 action=ip-conn\n",
	        "{\"version\":2,\"width\":80,\"height\":24}\n",
	        "{\"version\":3,\"fgdiag\":{}}\n",
	        "{\"version\":2,\"fgdiag\":{}}\n",
	        "[]\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":2,\"started_us\":1,\"entry_number\":0,\"sets\":[],"
	        "\"planned\":[]}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":-1,\"entry_number\":0,\"sets\":[],"
	        "\"planned\":[]}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":1.5,\"entry_number\":0,\"sets\":[],"
	        "\"planned\":[]}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":1,\"entry_number\":0,\"sets\":[null],"
	        "\"planned\":[]}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":1,\"entry_number\":0,\"sets\":{},"
	        "\"planned\":[]}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":1,\"entry_number\":0,\"sets\":[],"
	        "\"planned\":[{}]}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":1,\"entry_number\":0,\"sets\":[],"
	        "\"planned\":[],\"device\":4}}\n",
	        "{\"version\":2,\"fgdiag\":{\"transcript\":1,\"started_us\":99999999999999999999,\"entry_number\":0}}"
	        "\n",
	        HEAD "oops\n[0,\"o\",\"x\"]\n",
	        HEAD "[-1,\"o\",\"x\"]\n",
	        HEAD "[1e400,\"o\",\"x\"]\n",
	        HEAD "[1e10,\"o\",\"x\"]\n",
	        HEAD "[\"1\",\"o\",\"x\"]\n",
	        HEAD "[1,\"o\"]\n",
	        HEAD "[1,\"o\",7]\n",
	        HEAD "{\"a\":1}\n",
	        HEAD "[1,\"o\",\"x\"]\n[1,\"x\",\"0\"]\n",
	        HEAD "[1,\"o\",\"x\"]\n[1,\"x\",\"zz\"]\n",
	        HEAD "[1,\"m\",\"{\\\"lane\\\":\\\"\\\"}\"]\n",
	        HEAD "[1,\"m\",\"{\\\"lane\\\":5}\"]\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct transcript out = {.event_count = 77};
		struct err err = {0};
		assert_int_equal(transcript_read(fixture->arena, str_of(bad[i]), &out, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_true(err.text[0] != '\0');
		assert_int_equal(out.event_count, 77);
	}
}

static void deep_nesting_and_floods_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct transcript out;
	struct err err = {0};
	buf_add_text(&fixture->text, HEAD);
	for (unsigned i = 0; i < 100000; i++)
		buf_add_text(&fixture->text, "[");
	buf_add_text(&fixture->text, "\n");
	assert_int_equal(transcript_read(fixture->arena, buf_str(&fixture->text), &out, &err), -1);
	static const char *const floods[] = {"lane", "skip"};
	for (size_t k = 0; k < 2; k++) {
		buf_clear(&fixture->text);
		buf_add_text(&fixture->text, HEAD);
		for (unsigned i = 0; i < 10000; i++) {
			buf_printf(&fixture->text, "[1,\"m\",\"{\\\"%s\\\":\\\"%u\\\"}\"]\n", floods[k], i);
		}
		assert_int_equal(transcript_read(fixture->arena, buf_str(&fixture->text), &out, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
	assert_int_equal(transcript_read(fixture->arena, (struct str){"", TRANSCRIPT_MAX_BYTES + 1}, &out, &err), -1);
}

static void damaged_bytes_never_crash(void **state)
{
	struct fixture *fixture = *state;
	unsigned seed = 1;
	record(&fixture->transcript);
	transcript_write(&fixture->transcript, &fixture->text);
	for (unsigned i = 0; i < 3000; i++) {
		struct arena *arena = arena_new();
		struct str copy = arena_str(arena, buf_str(&fixture->text));
		char *bytes = arena_strndup(arena, copy.p, copy.n);
		for (unsigned k = 0; k < 3; k++) {
			seed = seed * 1103515245u + 12345u;
			bytes[(seed >> 8) % copy.n] = "\"{}[],:\\0\xff"[seed >> 28 & 7];
		}
		struct transcript out;
		struct step_list list;
		if (transcript_read(arena, (struct str){bytes, copy.n}, &out, NULL) == 0)
			transcript_steps(&out, &list);
		arena_free(arena);
	}
}

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff;
}

/* Any bytes in any cut over several lanes: nothing of a step's bytes changes. */
static void any_bytes_in_any_cut_come_back(void **state)
{
	(void)state;
	static const char alphabet[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\xff\x00\n";
	static const char *const lanes[] = {"main", "ping", "sniffer"};
	for (unsigned seed = 1; seed < 400; seed++) {
		unsigned random = seed;
		struct arena *arena = arena_new();
		struct transcript t, copy;
		struct step_list before, after;
		struct buf text, again;
		struct err err = {0};
		transcript_init(&t, arena);
		t.header = (struct transcript_header){.version = "", .device = "", .playbook = "", .playbook_name = ""};
		buf_init(&text, TRANSCRIPT_MAX_BYTES);
		buf_init(&again, TRANSCRIPT_MAX_BYTES);
		for (unsigned i = 0; i < 3; i++)
			transcript_begin(&t, i, lanes[i], lanes[i], "x", "");
		for (unsigned i = 0; i < 60; i++) {
			char bytes[4];
			size_t n = next_random(&random) % 5;
			size_t at = next_random(&random) % (sizeof alphabet - 5);
			memcpy(bytes, alphabet + at, 4);
			transcript_output(&t, 10 + i * 7, lanes[next_random(&random) % 3],
			                  (struct str){bytes, n < 4 ? n : 4});
		}
		transcript_write(&t, &text);
		assert_int_equal(transcript_read(arena, buf_str(&text), &copy, &err), 0);
		transcript_steps(&t, &before);
		transcript_steps(&copy, &after);
		assert_same_steps(&before, &after);
		transcript_write(&copy, &again);
		assert_string_equal(again.p, text.p);
		buf_done(&text);
		buf_done(&again);
		arena_free(arena);
	}
}

static void a_full_buffer_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct buf small;
	record(&fixture->transcript);
	buf_init(&small, 2000);
	transcript_write(&fixture->transcript, &small);
	assert_true(small.full);
	buf_done(&small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(states_have_words),
	        TEST(is_asciicast_v2),
	        TEST(a_character_cut_in_two_is_written_whole),
	        TEST(writing_and_reading_keeps_everything),
	        TEST(the_header_comes_back_whole),
	        TEST(steps_come_in_order_of_their_begin),
	        TEST(a_step_has_its_lanes_bytes_and_its_end),
	        TEST(a_scope_typed_already_is_not_typed_twice),
	        TEST(planned_steps_that_never_ran_are_skipped),
	        TEST(a_step_without_an_end_failed),
	        TEST(an_end_of_another_step_ends_nothing),
	        TEST(times_never_go_back),
	        TEST(microseconds_come_back_exactly),
	        TEST(every_prefix_is_read_up_to_there),
	        TEST(unknown_events_and_markers_are_passed_over),
	        TEST(markers_of_wrong_types_do_no_harm),
	        TEST(what_is_no_transcript_is_refused),
	        TEST(deep_nesting_and_floods_are_refused),
	        TEST(damaged_bytes_never_crash),
	        TEST(any_bytes_in_any_cut_come_back),
	        TEST(a_full_buffer_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
