#ifndef FGDIAG_SCAN_LOG_H
#define FGDIAG_SCAN_LOG_H

#include "entry.h"
#include "histogram.h"
#include "scan.h"
#include "siphash.h"

/* The ip-conn entries of logs, in groups of one problem each: device, VDOM,
 * server, port, protocol and policy. Memory grows with the groups, not with the
 * logs. */

enum { SCAN_MAX_GROUPS = 200000, SCAN_GROUP_PLACES = 64, SCAN_GROUP_CLIENTS = 64, SCAN_MAX_EXAMPLES = 20 };

struct scan_place {
	unsigned file;   /* number of scan_log_file */
	uint64_t offset; /* of the line, in bytes of the plain log */
};

struct scan_group {
	/* what its entries have in common; NUL-terminated, hostile */
	const char *devid, *devname, *vd, *policyid;
	struct ip server;
	unsigned port, proto;
	bool have_port, have_proto;
	/* of its newest entry */
	const char *service, *srcintf, *dstintf;
	char *line; /* the newest entry, NUL-terminated */
	size_t line_room;
	uint64_t count;
	int64_t first_us, last_us; /* INT64_MAX, INT64_MIN without any time */
	bool local;                /* some of its times are the device's own, and the zone is not told */
	struct ip *clients;
	size_t client_count;       /* SCAN_GROUP_CLIENTS: at least so many */
	struct scan_place *places; /* of the first SCAN_GROUP_PLACES */
	size_t place_count;
	uint64_t hash;
};

struct scan_example {
	struct scan_place place;
	char words[200]; /* why it was not read */
};

struct scan_log {
	/* INT64_MIN and INT64_MAX: no bound. An entry without a zone is outside only
	 * where no zone would bring it in. */
	int64_t since_us, until_us;
	uint8_t key[SIPHASH_KEY_BYTES];
	struct arena *arena;
	struct scan scan;
	unsigned file;
	struct scan_group *groups;
	size_t group_count, group_capacity;
	size_t *table; /* group + 1 by hash; 0 free */
	size_t table_size;
	struct histogram histogram;
	uint64_t bytes, lines, entries; /* lines: those that say ip-conn */
	uint64_t others;                /* lines that say ip-conn and are no ip-conn entry */
	uint64_t outside;               /* entries before since or after until */
	uint64_t malformed;
	uint64_t ungrouped; /* entries beyond SCAN_MAX_GROUPS */
	int64_t last_us;    /* of the newest entry that tells UTC; INT64_MIN none */
	bool local, utc;    /* entries with either kind of time were there */
	struct scan_example examples[SCAN_MAX_EXAMPLES];
	size_t example_count;
	struct arena *line_arena;
};

/* The key keeps hostile logs from choosing which groups meet in the table. */
void scan_log_init(struct scan_log *log, const uint8_t key[static SIPHASH_KEY_BYTES]);
void scan_log_done(struct scan_log *log);

/* One log after the other; its bytes, and its end. */
void scan_log_file(struct scan_log *log, unsigned number);
void scan_log_feed(struct scan_log *log, const char *bytes, size_t n);
void scan_log_end(struct scan_log *log);

/* The groups, those of most entries first. */
void scan_log_sort(struct scan_log *log);

/* Words on why a group is worth a diagnosis now, or NULL: it is no single case
 * (three entries, or two clients), and where its times are UTC it goes on: its
 * last entry is at most 15 minutes older than the newest such one of the log. */
const char *scan_group_worth(const struct scan_log *log, const struct scan_group *group, char words[static 160]);

#endif
