#include "entry.h"
#include "explain.h"
#include "fuzz.h"
#include "page.h"
#include "shown.h"

/* What --explain says of it is safe for a terminal, and as narrow as that. */
static void check_explained(const struct entry_set *set)
{
	struct plan plan = {.target.have_entry = true, .entries = *set};
	struct report_style style = {.columns = PAGE_MIN_COLUMNS + (unsigned)(set->entry.line.n % 100)};
	struct str rest, line;
	struct buf out;
	buf_init(&out, REPORT_MAX_BYTES);
	explain_plan(&plan, 0, &style, &out);
	shown_check(buf_str(&out), "\n");
	rest = buf_str(&out);
	while (str_next_line(&rest, &line))
		PROMISE(page_columns(line) <= style.columns);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct entry_set set;
	struct err err = {0};
	if (entry_set_parse(arena, fuzz_str(data, size), 0, &set, &err) == 0) {
		PROMISE(set.entry.dstip.family && set.entry.srcip.family);
		PROMISE(set.entry.dstport <= 65535 && set.entry.proto <= 255);
		PROMISE(set.sibling_count <= ENTRY_MAX_SIBLINGS);
		check_explained(&set);
	} else {
		PROMISE(err.kind == ERR_ENTRY && err.text[0]);
	}
	arena_free(arena);
	return 0;
}
