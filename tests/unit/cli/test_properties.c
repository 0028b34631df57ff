#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assess.h"
#include "plan.h"
#include "transcript.h"
#include "transcript_trim.h"

/* What holds for every recorded run, whatever is taken from it: less evidence
 * never makes a verdict ok, and how the bytes came in pieces changes nothing.
 * The runs are the golden ones, or those that FGDIAG_CASTS names by a glob
 * pattern (`make properties` draws worlds for it). */

enum { ROUNDS = 80, MAX_CASTS = 1024, MAX_FILE = 4 * 1024 * 1024 };

static uint64_t lot;

static size_t draw(size_t n)
{
	lot = lot * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(lot >> 33) % n;
}

struct cast {
	const char *path;
	struct str text;
};

static struct arena *files;
static struct cast casts[MAX_CASTS];
static size_t cast_count;

static int casts_read(void **state)
{
	(void)state;
	glob_t found;
	files = arena_new();
	const char *named = getenv("FGDIAG_CASTS");
	if (glob(named ? named : "tests/golden/*.cast", 0, NULL, &found) != 0)
		return -1;
	for (size_t i = 0; i < found.gl_pathc && cast_count < MAX_CASTS; i++) {
		FILE *in = fopen(found.gl_pathv[i], "rb");
		if (!in)
			return -1;
		char *bytes = malloc(MAX_FILE);
		size_t n = bytes ? fread(bytes, 1, MAX_FILE, in) : 0;
		(void)fclose(in);
		casts[cast_count++] =
		        (struct cast){arena_strdup(files, found.gl_pathv[i]), {arena_strndup(files, bytes, n), n}};
		free(bytes);
	}
	globfree(&found);
	return 0;
}

static int casts_free(void **state)
{
	(void)state;
	arena_free(files);
	return 0;
}

/* One judged run in an arena of its own. */
struct run {
	struct arena *arena;
	struct transcript transcript;
	struct assessment assessment;
};

static bool run_open(struct run *run, struct str text)
{
	struct err err;
	run->arena = arena_new();
	transcript_init(&run->transcript, run->arena);
	return transcript_read(run->arena, text, &run->transcript, &err) == 0;
}

static const struct verdict *run_judge(struct run *run)
{
	struct err err;
	struct plan_request request;
	struct plan *plan = ARENA_NEW(run->arena, struct plan);
	plan_request_of(&run->transcript.header, &request);
	if (plan_make(run->arena, &request, plan, &err) < 0)
		fail_msg("%s", err.text);
	assess(run->arena, plan, &run->transcript, &run->assessment);
	return &run->assessment.verdict;
}

struct states {
	enum state status, checks[CHECKS];
};

static struct states states_of(struct str text)
{
	struct run run;
	struct states states;
	assert_true(run_open(&run, text));
	const struct verdict *verdict = run_judge(&run);
	states.status = verdict->status;
	for (size_t i = 0; i < CHECKS; i++)
		states.checks[i] = verdict->checks[i].state;
	arena_free(run.arena);
	return states;
}

static void events_remove(struct transcript *transcript, size_t at, size_t n)
{
	transcript->event_count -= n;
	for (size_t i = at; i < transcript->event_count; i++)
		transcript->events[i] = transcript->events[i + n];
}

static void fail_when_ok(struct run *run, const struct cast *cast, const struct states *before, const char *what,
                         size_t at)
{
	const struct verdict *verdict = run_judge(run);
	if (verdict->status == STATE_OK && before->status != STATE_OK)
		fail_msg("%s: %s at event %zu turned %s into ok", cast->path, what, at, state_word(before->status));
	for (size_t i = 0; i < CHECKS; i++) {
		if (verdict->checks[i].state == STATE_OK && before->checks[i] != STATE_OK)
			fail_msg("%s: %s at event %zu turned %s of %s into ok", cast->path, what, at,
			         state_word(before->checks[i]), verdict->checks[i].id);
	}
	arena_free(run->arena);
}

/* Where the last end of a step begins: behind it only farewells follow. */
static size_t last_end(struct str text)
{
	size_t at = 0;
	for (ptrdiff_t next; (next = str_find(str_from(text, at), "\"{\\\"end\\\":")) >= 0;)
		at += (size_t)next + 1;
	return at;
}

static void a_cut_transcript_is_no_better_and_not_ok_before_its_last_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < cast_count; i++) {
		size_t head = (size_t)str_find_char(casts[i].text, '\n') + 1, end = last_end(casts[i].text);
		bool ok = states_of(casts[i].text).status == STATE_OK;
		assert_true(end > head);
		for (size_t k = 0; k < ROUNDS; k++) {
			struct run run;
			size_t n = head + draw(casts[i].text.n - head - 1);
			if (run_open(&run, str_cut(casts[i].text, 0, n)) && run_judge(&run)->status == STATE_OK &&
			    (!ok || n <= end))
				fail_msg("%s cut at %zu is ok", casts[i].path, n);
			arena_free(run.arena);
		}
	}
}

/* Harms every recorded run many times; the harm gives the event it was done at. */
static void harm_casts(const char *what, size_t (*harm)(struct run *run))
{
	for (size_t i = 0; i < cast_count; i++) {
		struct states before = states_of(casts[i].text);
		for (size_t k = 0; k < ROUNDS; k++) {
			struct run run;
			assert_true(run_open(&run, casts[i].text));
			size_t at = harm(&run);
			fail_when_ok(&run, &casts[i], &before, what, at);
		}
	}
}

static size_t output_lose(struct run *run)
{
	struct transcript *transcript = &run->transcript;
	size_t at = draw(transcript->event_count);
	for (size_t n = 1 + draw(8); n && at < transcript->event_count; n--) {
		bool output = transcript->events[at].kind == EVENT_OUTPUT;
		if (output)
			events_remove(transcript, at, 1);
		at += !output;
	}
	return at;
}

static void lost_output_never_makes_it_ok(void **state)
{
	(void)state;
	harm_casts("lost output", output_lose);
}

/* Puts the first `keep` bytes and the bytes from `again` on of an output in its place. */
static void output_join(struct run *run, struct event *event, size_t keep, size_t again)
{
	event->data = str_of(arena_printf(run->arena, "%.*s%.*s", (int)keep, event->data.p,
	                                  (int)(event->data.n - again), event->data.p + again));
}

/* A line out of the middle of what a command printed: where it starts and stops. */
static bool line_draw(struct run *run, size_t *at, size_t *start, size_t *stop)
{
	*at = draw(run->transcript.event_count);
	const struct event *event = &run->transcript.events[*at];
	size_t lines = 0, wanted = draw(40);
	*start = *stop = 0;
	if (event->kind != EVENT_OUTPUT)
		return false;
	for (size_t i = 0; i < event->data.n && lines < wanted + 2; i++) {
		if (event->data.p[i] != '\n')
			continue;
		lines++;
		*start = *stop ? *stop : i + 1;
		*stop = i + 1;
	}
	return lines > 1;
}

static size_t line_lose(struct run *run)
{
	size_t at, start, stop;
	if (line_draw(run, &at, &start, &stop))
		output_join(run, &run->transcript.events[at], start, stop);
	return at;
}

static void lost_lines_never_make_it_ok(void **state)
{
	(void)state;
	harm_casts("a lost line", line_lose);
}

static size_t line_double(struct run *run)
{
	size_t at, start, stop;
	if (line_draw(run, &at, &start, &stop))
		output_join(run, &run->transcript.events[at], stop, start);
	return at;
}

static void doubled_lines_never_make_it_ok(void **state)
{
	(void)state;
	harm_casts("a doubled line", line_double);
}

/* The end of a line is lost, but not its line break. */
static size_t line_cut(struct run *run)
{
	size_t at, start, stop;
	if (line_draw(run, &at, &start, &stop))
		output_join(run, &run->transcript.events[at], start + draw(stop - start), stop - 1);
	return at;
}

static void cut_lines_never_make_it_ok(void **state)
{
	(void)state;
	harm_casts("a cut line", line_cut);
}

static size_t lines_swap(struct run *run)
{
	size_t count = run->transcript.event_count;
	struct event *a = &run->transcript.events[draw(count)];
	struct event *b = &run->transcript.events[draw(count)];
	if (a->kind == EVENT_OUTPUT && b->kind == EVENT_OUTPUT) {
		struct str data = a->data;
		a->data = b->data;
		b->data = data;
	}
	return (size_t)(a - run->transcript.events);
}

/* Lines that change places contradict the totals of both their commands. */
static void lines_that_change_places_never_make_it_ok(void **state)
{
	(void)state;
	harm_casts("lines in other places", lines_swap);
}

static bool is_planned_end(const struct transcript *transcript, const struct event *event)
{
	if (event->kind != EVENT_MARKER || !str_starts(event->data, "{\"end\":\""))
		return false;
	struct str id = str_from(event->data, strlen("{\"end\":\""));
	id = str_cut(id, 0, (size_t)str_find_char(id, '"'));
	for (size_t i = 0; i < transcript->header.planned_count; i++) {
		if (str_is(id, transcript->header.planned[i].id))
			return true;
	}
	return false;
}

static void a_step_without_its_end_is_not_ok(void **state)
{
	(void)state;
	size_t tried = 0;
	for (size_t i = 0; i < cast_count; i++) {
		for (size_t at = 0;; at++) {
			struct run run;
			assert_true(run_open(&run, casts[i].text));
			bool more = at < run.transcript.event_count;
			if (more && is_planned_end(&run.transcript, &run.transcript.events[at])) {
				tried++;
				events_remove(&run.transcript, at, 1);
				if (run_judge(&run)->status == STATE_OK)
					fail_msg("%s: ok without the end at event %zu", casts[i].path, at);
			}
			arena_free(run.arena);
			if (!more)
				break;
		}
	}
	assert_true(tried > 50);
}

static void events_split(struct run *run)
{
	struct transcript *transcript = &run->transcript;
	struct event *events = ARENA_ARRAY(run->arena, transcript->event_count * 2, struct event);
	size_t count = 0;
	for (size_t i = 0; i < transcript->event_count; i++) {
		struct event event = transcript->events[i];
		if (event.kind == EVENT_OUTPUT && event.data.n > 1) {
			size_t at = 1 + draw(event.data.n - 1);
			events[count] = event;
			events[count++].data = str_cut(event.data, 0, at);
			event.data = str_from(event.data, at);
		}
		events[count++] = event;
	}
	transcript->events = events;
	transcript->event_count = count;
}

static void fail_unless_the_same(struct run *one, struct run *other)
{
	const struct verdict *a = run_judge(one), *b = run_judge(other);
	assert_string_equal(a->summary, b->summary);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->certainty, b->certainty);
	assert_int_equal(a->note_count, b->note_count);
	for (size_t c = 0; c < a->check_count; c++)
		assert_string_equal(a->checks[c].summary, b->checks[c].summary);
	arena_free(one->arena);
	arena_free(other->arena);
}

static void how_bytes_come_in_pieces_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < cast_count; i++) {
		for (size_t k = 0; k < 8; k++) {
			struct run whole, split;
			assert_true(run_open(&whole, casts[i].text));
			assert_true(run_open(&split, casts[i].text));
			events_split(&split);
			fail_unless_the_same(&whole, &split);
		}
	}
}

/* Neighbours of two lanes in the order of events change places, and each takes
 * the other's time: what each lane said, and in which order, stays. */
static size_t events_interleave(struct run *run)
{
	struct transcript *transcript = &run->transcript;
	size_t swapped = 0;
	for (size_t i = 0; i + 1 < transcript->event_count; i++) {
		struct event *a = &transcript->events[i], *b = a + 1;
		bool output = a->kind == EVENT_OUTPUT && b->kind == EVENT_OUTPUT;
		if (!output || strcmp(a->lane, b->lane) == 0 || b->time_us - a->time_us > 1000 || draw(2))
			continue;
		struct event first = *a;
		*a = *b;
		*b = first;
		b->time_us = a->time_us;
		a->time_us = first.time_us;
		swapped++;
	}
	return swapped;
}

static void the_order_of_lanes_changes_nothing(void **state)
{
	(void)state;
	size_t swapped = 0;
	for (size_t i = 0; i < cast_count; i++) {
		for (size_t k = 0; k < 8; k++) {
			struct run whole, mixed;
			assert_true(run_open(&whole, casts[i].text));
			assert_true(run_open(&mixed, casts[i].text));
			swapped += events_interleave(&mixed);
			fail_unless_the_same(&whole, &mixed);
		}
	}
	assert_true(swapped > 20);
}

/* One request more without its reply, in lines and totals alike. */
static bool reply_lose(struct run *run, size_t at)
{
	struct event *event = &run->transcript.events[at];
	ptrdiff_t reply = event->kind == EVENT_OUTPUT ? str_find(event->data, " bytes from ") : -1;
	if (reply < 0)
		return false;
	size_t start = (size_t)reply, stop = (size_t)reply;
	while (start > 0 && event->data.p[start - 1] != '\n')
		start--;
	while (stop < event->data.n && event->data.p[stop] != '\n')
		stop++;
	stop += stop < event->data.n;
	event->data = str_of(arena_printf(run->arena, "%.*s%.*s", (int)start, event->data.p,
	                                  (int)(event->data.n - stop), event->data.p + stop));
	for (size_t i = at; i < run->transcript.event_count; i++) {
		struct event *later = &run->transcript.events[i];
		ptrdiff_t totals = later->kind == EVENT_OUTPUT && strcmp(later->lane, event->lane) == 0
		                           ? str_find(later->data, " packets transmitted, ")
		                           : -1;
		if (totals < 0)
			continue;
		struct str rest = str_from(later->data, (size_t)totals + strlen(" packets transmitted, "));
		size_t n = strspn(rest.p, "0123456789");
		unsigned long received = strtoul(rest.p, NULL, 10);
		ptrdiff_t comma = str_find(rest, "% packet loss");
		size_t from = (size_t)comma;
		while (from > 0 && rest.p[from - 1] != ' ')
			from--;
		const char *sent = later->data.p + totals;
		while (sent > later->data.p && sent[-1] >= '0' && sent[-1] <= '9')
			sent--;
		unsigned long transmitted = strtoul(sent, NULL, 10);
		if (received == 0 || transmitted == 0 || comma < 0)
			return false;
		later->data = str_of(arena_printf(run->arena, "%.*s%lu%.*s%lu%.*s", (int)(rest.p - later->data.p),
		                                  later->data.p, received - 1, (int)(from - n), rest.p + n,
		                                  (transmitted - received + 1) * 100 / transmitted,
		                                  (int)(rest.n - (size_t)comma), rest.p + comma));
		return true;
	}
	return false;
}

static void more_lost_pings_never_make_it_better(void **state)
{
	static const unsigned rank[] = {
	        [STATE_OK] = 0, [STATE_SKIPPED] = 0, [STATE_UNKNOWN] = 1, [STATE_WARNING] = 2, [STATE_CRITICAL] = 3};
	(void)state;
	size_t tried = 0;
	for (size_t i = 0; i < cast_count; i++) {
		struct states before = states_of(casts[i].text);
		for (size_t k = 0; k < ROUNDS; k++) {
			struct run run;
			assert_true(run_open(&run, casts[i].text));
			size_t lost = 0, want = 1 + draw(30);
			for (size_t turn = 0; turn < 400 && lost < want; turn++)
				lost += reply_lose(&run, draw(run.transcript.event_count));
			enum state after = run_judge(&run)->checks[CHECK_PACKET_LOSS].state;
			tried += lost > 0;
			if (lost && rank[after] < rank[before.checks[CHECK_PACKET_LOSS]])
				fail_msg("%s: %zu more lost pings turned %s into %s", casts[i].path, lost,
				         state_word(before.checks[CHECK_PACKET_LOSS]), state_word(after));
			arena_free(run.arena);
		}
	}
	assert_true(tried > 100);
}

/* A bundle without payload tells no other verdict: the headers are enough. */
static void without_payload_the_verdict_is_the_same(void **state)
{
	(void)state;
	size_t taken = 0;
	for (size_t i = 0; i < cast_count; i++) {
		struct run whole, trimmed;
		assert_true(run_open(&whole, casts[i].text));
		assert_true(run_open(&trimmed, casts[i].text));
		transcript_trim(&whole.transcript, &trimmed.transcript);
		taken += whole.transcript.bytes - trimmed.transcript.bytes;
		fail_unless_the_same(&whole, &trimmed);
	}
	assert_true(taken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_cut_transcript_is_no_better_and_not_ok_before_its_last_end),
	        cmocka_unit_test(lost_output_never_makes_it_ok),
	        cmocka_unit_test(lost_lines_never_make_it_ok),
	        cmocka_unit_test(doubled_lines_never_make_it_ok),
	        cmocka_unit_test(cut_lines_never_make_it_ok),
	        cmocka_unit_test(lines_that_change_places_never_make_it_ok),
	        cmocka_unit_test(a_step_without_its_end_is_not_ok),
	        cmocka_unit_test(how_bytes_come_in_pieces_changes_nothing),
	        cmocka_unit_test(the_order_of_lanes_changes_nothing),
	        cmocka_unit_test(more_lost_pings_never_make_it_better),
	        cmocka_unit_test(without_payload_the_verdict_is_the_same),
	};
	return cmocka_run_group_tests(tests, casts_read, casts_free);
}
