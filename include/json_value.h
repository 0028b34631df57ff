#ifndef FGDIAG_JSON_VALUE_H
#define FGDIAG_JSON_VALUE_H

#include <jansson.h>

#include "buf.h"

/* JSON that a report is made of. Whatever is given to one of these is taken over
 * by it; memory that cannot be had ends the process. */

json_t *json_value_made(json_t *value); /* the same, never NULL */
void json_value_put(json_t *object, const char *key, json_t *value);
void json_value_add(json_t *array, json_t *value);

/* Any bytes as a string of valid UTF-8. */
json_t *json_value_span(struct str text);
json_t *json_value_words(const char *text); /* null for NULL */
json_t *json_value_known(const char *text); /* null for "" too, which stands for "not known" */

/* As json_dumps() has it with these flags, what must not be shown escaped, and
 * one newline; the value is released. */
void json_value_print(json_t *root, size_t flags, struct buf *out);

/* Numbers of a report keep what every double keeps of a decimal, members their order. */
#define REPORT_JSON_FLAGS (JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15))

/* A report as such a value, for what holds more than one. */
struct report;
json_t *report_json_value(const struct report *report);

#endif
