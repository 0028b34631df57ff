#ifndef FGDIAG_REPORT_H
#define FGDIAG_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "facts.h"
#include "plan.h"
#include "transcript.h"
#include "verdict.h"

/* A verdict → bytes. One writer per format behind one table; each encodes
 * hostile text for its own sink. */

#define REPORT_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct report {
	const char *version;                 /* of fgdiag */
	const struct plan *plan;             /* NULL when the run failed before a plan was made */
	const struct transcript *transcript; /* NULL likewise */
	const struct step_list *steps;
	const struct str *clean; /* clean[i] is the clean output of steps->steps[i] */
	const struct facts *facts;
	const struct verdict *verdict; /* NULL when only `error` is known */
	const struct err *error;       /* run-level trouble, or NULL */
};

struct probe;

struct report_style {
	unsigned columns; /* width for text, at least 20; 80 when not a terminal */
	bool color;
	const struct probe *probe; /* of `fgdiag check`: thresholds, rates, the state with them; else NULL */
};

struct report_format {
	const char *name; /* text json check openmetrics html markdown */
	const char *what;
	void (*write)(const struct report *report, const struct report_style *style, struct buf *out);
};
extern const struct report_format report_formats[];
extern const size_t report_format_count;
const struct report_format *report_format_find(const char *name);

/* The writers behind the table; style may be NULL for 80 columns, no colour.
 * Each ends its output with one newline, and sets out->full instead of
 * writing past the buffer's maximum. */
void report_text(const struct report *report, const struct report_style *style, struct buf *out);
void report_json(const struct report *report, const struct report_style *style, struct buf *out);
void report_check(const struct report *report, const struct report_style *style, struct buf *out);
void report_openmetrics(const struct report *report, const struct report_style *style, struct buf *out);
void report_html(const struct report *report, const struct report_style *style, struct buf *out);
void report_markdown(const struct report *report, const struct report_style *style, struct buf *out);

/* Some facts alone, as `fgdiag read` prints them: {"facts": {name: {…}, …}}. */
void report_facts(const struct facts *facts, const enum fact_id *ids, size_t count, struct buf *out);

/* Status of a report: ok, warning, critical or unknown; unknown without a
 * verdict or when every check was skipped. */
enum state report_status(const struct report *report);

/* The status word in upper case, "CRITICAL"; returns word. */
#define REPORT_WORD_MAX 16
const char *report_word_of(enum state state, char word[static REPORT_WORD_MAX]);
const char *report_word(const struct report *report, char word[static REPORT_WORD_MAX]);

/* Exit status of a report: that of its verdict, 3 when there is none. */
int report_exit(const struct report *report);

/* The run-level trouble to tell of, or NULL. */
const struct err *report_trouble(const struct report *report);

/* A registered fact of the report when it is present, else NULL. */
const struct fact *report_fact(const struct report *report, enum fact_id id);

#endif
