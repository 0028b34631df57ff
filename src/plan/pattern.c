#include "pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "mem.h"

/* Output is bytes; no pattern may switch to reading it as UTF-8. */
static const uint32_t OPTIONS = PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_AUTO_CALLOUT;

static const uint32_t MATCH_LIMIT = 100000;
static const uint32_t DEPTH_LIMIT = 1000;
static const uint32_t HEAP_LIMIT_KIB = 1024;

/* The limits above hold anew from each place where a match may start; this one
 * is for a whole call. An item of the pattern that is tried costs 1, and so do
 * SCAN_BYTES that the one before ran over, or may have run over in vain. A call
 * ends within a tenth of a second or so. */
static const uint64_t STEP_LIMIT = 6000000;
enum { SCAN_BYTES = 32 };

struct group {
	char *name;
	uint32_t number;
};

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	struct group groups[PATTERN_MAX_GROUPS];
	size_t group_count;
	uint64_t cost; /* of one item */
};

struct work {
	uint64_t steps, cost;
	PCRE2_SIZE at; /* in the text */
};

static int read_groups(struct pattern *pattern, struct err *err)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table = NULL;
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
	if (count > PATTERN_MAX_GROUPS)
		return err_set(err, ERR_PLAYBOOK, "the pattern has more than %d named groups", PATTERN_MAX_GROUPS);
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *entry = table + (size_t)i * size;
		struct group *group = &pattern->groups[pattern->group_count++];
		size_t n = strnlen((const char *)entry + 2, size - 2);
		group->number = (uint32_t)entry[0] << 8 | entry[1];
		group->name = mem_alloc(n + 1);
		memcpy(group->name, entry + 2, n);
	}
	return 0;
}

static void set_limits(struct pattern *pattern)
{
	pattern->context = pcre2_match_context_create(NULL);
	pattern->data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	if (!pattern->context || !pattern->data)
		mem_exhausted();
	(void)pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(pattern->context, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KIB);
	/* Where memory may not be both written and executed, matching goes without JIT. */
	(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
}

/* The largest number behind an opening brace: {3}, {3,} or {1,3}. */
static uint64_t largest_repeat(struct str text)
{
	uint64_t most = 0, number = 0;
	bool inside = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool digit = c >= '0' && c <= '9';
		inside = c == '{' || (inside && (digit || c == ','));
		number = inside && digit ? number * 10 + (uint64_t)(c - '0') : 0;
		if (number > UINT16_MAX) /* more than PCRE2 takes for a repeat */
			number = 0;
		most = number > most ? number : most;
	}
	return most;
}

/* To compare what a group has matched takes as long as that is, at each step. */
static int refuse_references(const struct pattern *pattern, struct err *err)
{
	uint32_t references = 0;
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_BACKREFMAX, &references);
	return references ? err_set(err, ERR_PLAYBOOK, "the pattern refers back to a group, which may take too long")
	                  : 0;
}

struct pattern *pattern_new(struct str text, struct err *err)
{
	int number;
	PCRE2_SIZE offset;
	if (text.n == 0 || text.n > PATTERN_MAX_BYTES) {
		(void)err_set(err, ERR_PLAYBOOK, "a pattern has 1 to %d bytes", PATTERN_MAX_BYTES);
		return NULL;
	}
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.p, text.n, OPTIONS, &number, &offset, NULL);
	if (!code) {
		char words[120] = "";
		(void)pcre2_get_error_message(number, (PCRE2_UCHAR *)words, sizeof words);
		(void)err_set(err, ERR_PLAYBOOK, "the pattern does not compile at offset %zu: %s", offset, words);
		return NULL;
	}
	struct pattern *pattern = mem_alloc(sizeof *pattern);
	pattern->code = code;
	set_limits(pattern);
	pattern->cost = 1 + largest_repeat(text) / SCAN_BYTES;
	if (read_groups(pattern, err) < 0 || refuse_references(pattern, err) < 0) {
		pattern_free(pattern);
		return NULL;
	}
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	for (size_t i = 0; i < pattern->group_count; i++)
		free(pattern->groups[i].name);
	pcre2_match_data_free(pattern->data);
	pcre2_match_context_free(pattern->context);
	pcre2_code_free(pattern->code);
	free(pattern);
}

size_t pattern_group_count(const struct pattern *pattern)
{
	return pattern->group_count;
}

const char *pattern_group_name(const struct pattern *pattern, size_t index)
{
	return index < pattern->group_count ? pattern->groups[index].name : NULL;
}

static int count_step(pcre2_callout_block *block, void *arg)
{
	struct work *work = arg;
	PCRE2_SIZE at = block->current_position;
	work->steps += work->cost + (at > work->at ? (at - work->at) / SCAN_BYTES : 0);
	work->at = at;
	return work->steps > STEP_LIMIT ? PCRE2_ERROR_MATCHLIMIT : 0;
}

int pattern_match(const struct pattern *pattern, struct str text, size_t start, struct str *groups, struct str *whole,
                  struct err *err)
{
	struct work work = {.cost = pattern->cost, .at = start};
	if (start > text.n)
		return 0;
	(void)pcre2_set_callout(pattern->context, count_step, &work);
	int rc = pcre2_match(pattern->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, start, 0, pattern->data,
	                     pattern->context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return err_set(err, ERR_PLAYBOOK, "the pattern takes too long on this output and was stopped");
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->data);
	uint32_t pairs = pcre2_get_ovector_count(pattern->data);
	*whole = str_cut(text, at[0], at[1] - at[0]);
	for (size_t i = 0; i < pattern->group_count; i++) {
		uint32_t number = pattern->groups[i].number;
		bool took_part = number < pairs && at[2 * number] != PCRE2_UNSET;
		groups[i] = took_part ? (struct str){text.p + at[2 * number], at[2 * number + 1] - at[2 * number]}
		                      : (struct str){NULL, 0};
	}
	return 1;
}
