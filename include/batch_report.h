#ifndef FGDIAG_BATCH_REPORT_H
#define FGDIAG_BATCH_REPORT_H

#include "report.h"
#include "scan_log.h"

/* One diagnosis of many: which entries it is of, and its report. */
struct batch_result {
	const char *key;    /* names the group again in a later run */
	const char *device; /* its name in the inventory; NULL: it is in none */
	const struct scan_group *group;
	const char *const *files; /* of the group's places */
	int64_t began_us;         /* UTC; 0: nobody was asked */
	const struct report *report;
};

#define BATCH_LINE_MAX_BYTES ((size_t)32 * 1024 * 1024)

/* One line of JSON (doc/batch.schema.json), and one for a person. */
void batch_result_json(const struct batch_result *result, struct buf *out);
void batch_result_text(const struct batch_result *result, struct buf *out);

/* "DEVID/VDOM SERVER PROTO/PORT POLICY FIRST", where FIRST is when its first entry was logged. */
const char *batch_key(struct arena *arena, const struct scan_group *group);

/* What is left of a result at the end. */
struct batch_row {
	const char *device, *vdom, *server;
	uint64_t entries;
	enum state state;
	const char *words; /* the cause, or what went wrong */
};

struct batch_totals {
	size_t devices;        /* that were to be asked */
	size_t kept;           /* groups that had their result before, and were not done again */
	enum state kept_state; /* the worst of those */
	size_t open;           /* groups that have none: the batch was ended */
	uint64_t unread;       /* lines or entries that say ip-conn and are in no group */
	int64_t took_us;
};

/* A table of the results that are not ok first, and totals. */
void batch_table(const struct batch_row *rows, size_t count, const struct batch_totals *totals, unsigned columns,
                 struct buf *out);

/* The state that a batch as a whole ends with: the worst of its results, earlier
 * ones too, and unknown where something has none. */
enum state batch_state(const struct batch_row *rows, size_t count, const struct batch_totals *totals);

#endif
