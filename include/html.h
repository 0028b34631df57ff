#ifndef FGDIAG_HTML_H
#define FGDIAG_HTML_H

#include <stdbool.h>

#include "report.h"

/* An HTML report in the making, and the parts it is made of. Markup is ours
 * and constant; every text goes through encode_html, and none that is not ours
 * stands in an attribute. */

#define HTML_ROOM_BYTES (REPORT_MAX_BYTES / 4 * 3) /* beyond it lists and outputs are left out, and say so */

struct html {
	const struct report *report;
	struct buf *out;
	struct buf words; /* a sentence in the making, not encoded */
	unsigned *lines;  /* of each step's clean output */
};

void html_init(struct html *html, const struct report *report, struct buf *out);
void html_done(struct html *html);

/* ---- elements ---- */

void html_put(struct html *html, const char *markup); /* ours, as it is */
/* Markup with numbers in it; a %s is for words of ours alone. */
void html_draw(struct html *html, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void html_open(struct html *html, const char *tag, const char *class); /* class may be NULL */
void html_close(struct html *html, const char *tag);

/* Text of anybody, encoded; what is longer than some thousand bytes is cut and says so. */
void html_text(struct html *html, struct str text);
void html_say(struct html *html, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* <tag class="…">text</tag> */
void html_element(struct html *html, const char *tag, const char *class, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

/* <section id="…"><h2>…</h2>, closed with html_close(html, "section"). */
void html_section(struct html *html, const char *id, const char *heading);

/* "Not measured: …", for what a reader may look for. */
void html_not_measured(struct html *html, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Folded: <details><summary>…</summary>, closed with html_close(html, "details"). */
void html_fold(struct html *html, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* <div class="scroll"><table><thead>…<tbody>; the columns are words of ours, NULL ends them. */
void html_table(struct html *html, const char *class, const char *caption, const char *const *columns);
void html_table_end(struct html *html);

/* Is there room for more rows? Where not, a report says what it leaves out. */
bool html_room(const struct html *html);

const char *html_state_class(enum state state);       /* "s-ok" … */
void html_state(struct html *html, enum state state); /* its word and colour */

/* "sniffer:12", which leads to that line of the transcript where it is there. */
void html_line_of(struct html *html, const char *step, unsigned line);

/* ---- numbers, in any locale ---- */

#define HTML_NUMBER_MAX 48
const char *html_fixed(double value, char text[static HTML_NUMBER_MAX]);  /* "41.5" */
const char *html_duration(int64_t us, char text[static HTML_NUMBER_MAX]); /* "110 µs", "12.8 ms", "5.0 s" */
long html_scaled(double value, double most, long length);                 /* 0..length, for a drawing */

/* ---- the transcript's lines ---- */

struct html_line {
	size_t step;   /* index in the report's steps */
	unsigned line; /* of its clean output, from 1 */
};
/* Where a quoted line stands; false when the page does not show it. */
bool html_find_line(const struct html *html, const char *step, unsigned line, struct html_line *out);

/* A long output is shown without its middle. */
bool html_line_is_shown(unsigned line, unsigned lines);

/* Is it a row of a packet's bytes? They hold payload, which is in no report. */
bool html_is_bytes(struct str line);

/* ---- the conversation that is drawn ---- */

/* The one that tells most of the verdict, or NULL. */
const struct conversation *html_conversation(const struct report *report);

enum html_leg {
	HTML_LEG_SEEN,
	HTML_LEG_LOST,   /* packets vanish here */
	HTML_LEG_IDLE,   /* nothing was there to be passed on */
	HTML_LEG_UNSEEN, /* which proves nothing */
};
/* Why there is none, in words. */
void html_no_conversation(struct html *html);
enum html_leg html_leg_of(const struct conversation *conversation, unsigned leg);

/* ---- the parts of a page, in their order ---- */

extern const char *const html_css[]; /* pieces, up to NULL */
void html_verdict(struct html *html);
void html_subject(struct html *html);
void html_path(struct html *html);
void html_ladder(struct html *html);
void html_pings(struct html *html);
void html_bars(struct html *html);
void html_checks(struct html *html);
void html_evidence(struct html *html);
void html_advice(struct html *html);
void html_facts(struct html *html);
void html_steps(struct html *html);
void html_transcript(struct html *html);
void html_run(struct html *html);

#endif
