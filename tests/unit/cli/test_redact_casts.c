#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assess.h"
#include "mem.h"
#include "plan.h"
#include "redact.h"
#include "transcript.h"

/* Every recorded run, redacted: in no format of the report and nowhere in the
 * transcript stands what stood in the original. What that was is found here by
 * regular expressions, apart from the redactor. FGDIAG_CASTS names other runs. */

enum { MAX_FILE = 4 * 1024 * 1024, MAX_ORIGINALS = 20000, KEY_TRIES = 64, PIECE = 7 };

static uint64_t lot = 1;

static size_t draw(size_t n)
{
	lot = lot * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(lot >> 33) % n;
}

/* ---- originals ---- */

struct originals {
	char *text[MAX_ORIGINALS];
	size_t count;
};

static void original_add(struct originals *originals, const char *p, size_t n)
{
	for (size_t i = 0; i < originals->count; i++) {
		if (strlen(originals->text[i]) == n && strncmp(originals->text[i], p, n) == 0)
			return;
	}
	if (originals->count < MAX_ORIGINALS)
		originals->text[originals->count++] = strndup(p, n);
}

/* Addresses that mean the same everywhere. */
static bool is_universal(const char *p, size_t n)
{
	char text[64];
	unsigned first;
	if (n >= sizeof text)
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	if (strchr(text, ':'))
		return strcmp(text, "::") == 0 || strcmp(text, "::1") == 0 || strncmp(text, "ff", 2) == 0 ||
		       strcmp(text, "00:00:00:00:00:00") == 0 || strcmp(text, "ff:ff:ff:ff:ff:ff") == 0;
	return strchr(text, '.') && sscanf(text, "%u.", &first) == 1 && (first == 0 || first == 127 || first >= 224);
}

static const struct {
	const char *pattern;
	size_t group;
} patterns[] = {
        {"(^|[^0-9.])([0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3})", 2},
        {"(^|[^0-9A-Za-z:])(([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2})($|[^0-9A-Za-z:-])", 2},
        {"(^|[^0-9A-Za-z:])([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){2,7})($|[^0-9A-Za-z:])", 2},
        {"(^|[^0-9A-Z])(F[A-Z0-9]{15})($|[^0-9A-Z])", 2},
        {"Hostname: ([^ \r\n]+)", 1},
        {"^([A-Za-z0-9._-]+)(\\([A-Za-z]+\\))?( \\([^)]*\\))? [#$] ", 1},
        {"dev_?name=\"?([^ \"\r\n]+)", 1},
        {"sudo ([A-Za-z0-9_-]+) ", 1},
        {"srcname=\"?([^ \"\r\n]+)", 1},
        {"user=\"?([^ \"\r\n]+)", 1},
        {"mac=\"?([^ \"\r\n]+)", 1},
};

/* 08:03:09: colons, and neither eight groups nor a gap. */
static bool is_time(const char *p, size_t n)
{
	size_t colons = 0;
	for (size_t i = 0; i < n; i++)
		colons += p[i] == ':';
	return colons == 2 && !memmem(p, n, "::", 2);
}

static void originals_find(struct originals *originals, const char *text)
{
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		regex_t regex;
		regmatch_t match[6];
		assert_int_equal(regcomp(&regex, patterns[i].pattern, REG_EXTENDED | REG_NEWLINE), 0);
		for (const char *p = text; regexec(&regex, p, 6, match, 0) == 0;) {
			const regmatch_t *found = &match[patterns[i].group];
			size_t n = (size_t)(found->rm_eo - found->rm_so);
			const char *start = p + found->rm_so;
			if (!is_universal(start, n) && !is_time(start, n) && strncmp(start, "root", n) != 0 &&
			    strncmp(start, "global", n) != 0)
				original_add(originals, start, n);
			p += found->rm_eo > 0 ? found->rm_eo : 1;
		}
		regfree(&regex);
	}
}

static void originals_free(struct originals *originals)
{
	for (size_t i = 0; i < originals->count; i++)
		free(originals->text[i]);
	free(originals);
}

static void expect_none(const struct originals *originals, struct str text, const char *path, const char *where)
{
	for (size_t i = 0; i < originals->count; i++) {
		const char *original = originals->text[i];
		size_t n = strlen(original);
		const char *p = text.p;
		while ((p = memmem(p, text.n - (size_t)(p - text.p), original, n)) != NULL) {
			char before = p > text.p ? p[-1] : ' ', after = p + n < text.p + text.n ? p[n] : ' ';
			if (!isalnum((unsigned char)before) && !isalnum((unsigned char)after))
				fail_msg("%s: '%s' still stands in %s: %.100s", path, original, where,
				         p - text.p > 40 ? p - 40 : text.p);
			p++;
		}
	}
}

/* ---- runs ---- */

struct run {
	struct transcript transcript;
	struct plan plan;
	struct assessment assessment;
};

static struct run *run_of(struct arena *arena, const struct transcript *transcript)
{
	struct err err;
	struct plan_request request;
	struct run *run = ARENA_NEW(arena, struct run);
	run->transcript = *transcript;
	plan_request_of(&run->transcript.header, &request);
	if (plan_make(arena, &request, &run->plan, &err) < 0)
		fail_msg("%s", err.text);
	assess(arena, &run->plan, &run->transcript, &run->assessment);
	return run;
}

static struct transcript read_text(struct arena *arena, struct str text)
{
	struct err err;
	struct transcript transcript;
	transcript_init(&transcript, arena);
	if (transcript_read(arena, text, &transcript, &err) < 0)
		fail_msg("%s", err.text);
	return transcript;
}

/* The same bytes in small pieces, so that names are cut anywhere. */
static struct transcript cut_in_pieces(struct arena *arena, const struct transcript *in)
{
	struct transcript out = *in;
	size_t capacity = 0;
	out.events = NULL;
	out.event_count = 0;
	for (size_t i = 0; i < in->event_count; i++) {
		struct event event = in->events[i];
		struct str rest = event.data;
		do {
			size_t n = event.kind == EVENT_MARKER ? rest.n : 1 + draw(PIECE);
			event.data = str_cut(rest, 0, n);
			rest = str_from(rest, event.data.n);
			out.events = arena_grow(arena, out.events, out.event_count, &capacity, sizeof *out.events);
			out.events[out.event_count++] = event;
		} while (rest.n);
	}
	return out;
}

/* With a key under which none of the originals stands for another. */
static struct report redacted(struct arena *arena, const struct report *in)
{
	struct report out = {0};
	for (uint8_t k = 1; k < KEY_TRIES; k++) {
		const uint8_t key[REDACT_KEY_BYTES] = {k, (uint8_t)draw(256)};
		struct redaction *redaction = redaction_new(arena, key);
		redact_report(arena, redaction, in, &out);
		if (!redaction_ambiguous(redaction))
			return out;
	}
	return out;
}

static void expect_less_or_same(const struct verdict *before, const struct verdict *after, const char *path)
{
	if (after->status != before->status && after->status != STATE_UNKNOWN)
		fail_msg("%s: was %s, and redacted %s", path, state_word(before->status), state_word(after->status));
	for (size_t i = 0; i < CHECKS; i++) {
		enum state was = before->checks[i].state, is = after->checks[i].state;
		if (is != was && is != STATE_UNKNOWN && is != STATE_SKIPPED)
			fail_msg("%s: %s was %s, and redacted %s: %s", path, before->checks[i].id, state_word(was),
			         state_word(is), after->checks[i].summary);
	}
}

static void look_at_formats(const struct report *report, const struct originals *originals, const char *path)
{
	static const unsigned widths[] = {40, 80, 1000};
	for (size_t i = 0; i < report_format_count; i++) {
		for (size_t k = 0; k < sizeof widths / sizeof widths[0]; k++) {
			struct report_style style = {.columns = widths[k]};
			struct buf out;
			buf_init(&out, REPORT_MAX_BYTES);
			report_formats[i].write(report, &style, &out);
			expect_none(originals, buf_str(&out), path, report_formats[i].name);
			buf_done(&out);
		}
	}
}

static void look_at_steps(const struct report *report, const struct originals *originals, const char *path)
{
	for (size_t i = 0; i < report->steps->count; i++) {
		expect_none(originals, report->clean[i], path, "clean output");
		expect_none(originals, report->steps->steps[i].raw, path, "raw output");
		assert_int_equal(str_find(report->clean[i], "\n0x0"), -1);
		assert_int_equal(str_find(report->steps->steps[i].raw, "\n0x0"), -1);
	}
}

static void look_at_run(struct arena *arena, const struct transcript *transcript, const struct originals *originals,
                        const char *path)
{
	struct buf text;
	const struct run *run = run_of(arena, transcript);
	const struct report report = redacted(arena, &run->assessment.report);
	assert_int_equal(report.verdict->status, run->assessment.verdict.status);
	look_at_formats(&report, originals, path);
	look_at_steps(&report, originals, path);
	buf_init(&text, TRANSCRIPT_MAX_BYTES);
	transcript_write(report.transcript, &text);
	expect_none(originals, buf_str(&text), path, "the transcript");
	struct transcript again = read_text(arena, buf_str(&text));
	assert_int_equal(again.event_count, transcript->event_count);
	const struct run *second = run_of(arena, &again);
	look_at_steps(&second->assessment.report, originals, path);
	look_at_formats(&second->assessment.report, originals, path);
	expect_less_or_same(&run->assessment.verdict, &second->assessment.verdict, path);
	buf_done(&text);
}

/* ---- files ---- */

static void replace_all(struct buf *out, struct str text, const char *from, const char *to)
{
	for (ptrdiff_t at; (at = str_find(text, from)) >= 0;) {
		buf_add_str(out, str_cut(text, 0, (size_t)at));
		buf_add_text(out, to);
		text = str_from(text, (size_t)at + strlen(from));
	}
	buf_add_str(out, text);
}

/* A name that came byte by byte cannot be changed in the file's text. */
static bool raw_holds(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->assessment.steps.count; i++) {
		if (str_find(run->assessment.steps.steps[i].raw, name) >= 0)
			return true;
	}
	return false;
}

static void look_at_text(struct str text, const char *path, const char *renamed)
{
	struct arena *arena = arena_new();
	struct originals *originals = mem_alloc(sizeof *originals);
	struct transcript transcript = read_text(arena, text);
	const struct run *run = run_of(arena, &transcript);
	if (renamed && raw_holds(run, renamed)) {
		originals_free(originals);
		arena_free(arena);
		return;
	}
	if (transcript.header.entry_text)
		originals_find(originals, transcript.header.entry_text);
	originals_find(originals, transcript.header.device);
	for (size_t i = 0; i < run->assessment.steps.count; i++) {
		originals_find(originals, run->assessment.steps.steps[i].end.prompt);
		originals_find(originals, run->assessment.steps.steps[i].raw.p);
		originals_find(originals, run->assessment.report.clean[i].p);
	}
	assert_true(originals->count > 3);
	look_at_run(arena, &transcript, originals, path);
	struct transcript pieces = cut_in_pieces(arena, &transcript);
	look_at_run(arena, &pieces, originals, path);
	originals_free(originals);
	arena_free(arena);
}

static void look_at_file(const char *path)
{
	struct buf text, renamed;
	char *bytes = mem_alloc(MAX_FILE);
	FILE *in = fopen(path, "rb");
	assert_non_null(in);
	size_t n = fread(bytes, 1, MAX_FILE, in);
	(void)fclose(in);
	buf_init(&text, 2 * MAX_FILE);
	buf_init(&renamed, 2 * MAX_FILE);
	buf_add(&text, bytes, n);
	free(bytes);
	look_at_text(buf_str(&text), path, NULL);
	replace_all(&renamed, buf_str(&text), "FGT-LAB", "gw.north-1.Acme~x");
	look_at_text(buf_str(&renamed), path, "FGT-LAB");
	buf_done(&text);
	buf_done(&renamed);
}

static void nothing_of_a_recorded_run_is_left(void **state)
{
	glob_t found;
	const char *named = getenv("FGDIAG_CASTS");
	(void)state;
	assert_int_equal(glob(named ? named : "tests/golden/*.cast", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		look_at_file(found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_of_a_recorded_run_is_left)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
