#ifndef FGDIAG_PATTERN_H
#define FGDIAG_PATTERN_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "text.h"

/* A compiled PCRE2 pattern with match, depth and heap limits; JIT where the
 * system allows it. */
struct pattern;

#define PATTERN_MAX_BYTES  1000
#define PATTERN_MAX_GROUPS 32

/* Compile; ERR_PLAYBOOK with the offset of the fault. Free with pattern_free. */
struct pattern *pattern_new(struct str text, struct err *err);
void pattern_free(struct pattern *pattern);

size_t pattern_group_count(const struct pattern *pattern); /* named groups */
const char *pattern_group_name(const struct pattern *pattern, size_t index);

/* First match at or after start: 1 and groups[i] (empty span with p NULL for
 * one that took no part), 0 for none, -1 when a limit was hit (ERR_PLAYBOOK). */
int pattern_match(const struct pattern *pattern, struct str text, size_t start, struct str *groups, struct str *whole,
                  struct err *err);

#endif
