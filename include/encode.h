#ifndef FGDIAG_ENCODE_H
#define FGDIAG_ENCODE_H

#include "buf.h"
#include "text.h"

/* Encoders for the sinks of a report; a terminal has text_add_safe. */

/* Bytes to valid UTF-8 without NUL: every byte that is not part of a valid
 * sequence, and every NUL, becomes U+FFFD. */
void encode_utf8(struct buf *out, struct str text);

/* A serialised JSON text to the same value with every code point that must
 * not be shown (text_code_is_safe; DEL, C1 and bidi controls among them)
 * written as \uXXXX. json is valid UTF-8; its line ends stay. */
void encode_json(struct buf *out, struct str json);

/* Text for HTML, between tags and inside a quoted attribute value: what must
 * not be shown as text_add_safe has it, and & < > " ' as character references.
 * Always one line. */
void encode_html(struct buf *out, struct str text);

/* Free text for the output line of a monitoring plugin: printable ASCII on one
 * line. '|' (starts perfdata) and '\' (Nagios reads \n) become '/', control
 * characters a blank, other code points and broken bytes '?'; runs of blanks
 * become one, none at the ends. */
void encode_plugin(struct buf *out, struct str text);

/* A label's value for Prometheus and OpenMetrics: valid UTF-8 with '\', '"' and
 * LF escaped; what must not be shown becomes '?'. */
void encode_openmetrics(struct buf *out, struct str text);
/* One field of CSV (RFC 4180), always in quotes; what a spreadsheet would take
 * for a formula stands behind an apostrophe. Else as text_add_safe. */
void encode_csv(struct buf *out, struct str text);

/* Text for a paragraph, a list item or a table cell of Markdown (GitHub's, and
 * what Jira, ServiceNow and Zammad make of it), one line: what would mean
 * something there is escaped; a word of which a site would make a link, a
 * mention, a reference or an emoji becomes a code span. Else as text_add_safe;
 * runs of blanks and line ends become one blank, none at the ends. */
void encode_markdown(struct buf *out, struct str text);

/* Lines as a fenced code block, each as text_add_safe; no line in it can be
 * read as the fence's end. */
void encode_markdown_block(struct buf *out, struct str lines);

#endif
