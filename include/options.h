#ifndef FGDIAG_OPTIONS_H
#define FGDIAG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "verdict.h"

/* The command line as values. Help, parser and the man page's check come from
 * option_table.h. */

enum command_id {
	CMD_DIAGNOSE,
	CMD_JUDGE,
	CMD_CHECK,
	CMD_READ,
	CMD_PCAP,
	CMD_PLAYBOOK,
	CMD_COMPLETION,
	CMD_UNREDACT,
	CMD_INVENTORY,
	CMD_BATCH,
	CMD_SCAN,
	COMMANDS
};

struct options;
struct env_password;

struct command {
	const char *name;
	const char *arguments;
	const char *what;
	int (*run)(struct arena *arena, const struct options *options);
};
extern const struct command commands[COMMANDS];

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	enum command_id command;
	const char *device, *user;
	const char *ssh_config; /* NULL: where ssh looks itself; "none": not at all */
	const char **identities;
	size_t identity_count, identity_capacity;
	const char *password_file;
	int password_fd; /* -1 when not given */
	const char *known_hosts, *host_key;
	bool accept_new, legacy_algorithms;
	unsigned port; /* of check's -p; 0 not given */
	const char *target, *proto, *vdom;
	const char *playbook;
	const char *inventory; /* NULL: the user's own, where there is one */
	const char **tags;
	size_t tag_count, tag_capacity;
	unsigned parallel;   /* devices asked at once */
	unsigned per_device; /* runs an hour; 0 as many as there are */
	const char *resume;
	const char *since, *until; /* of scan and batch, as given */
	unsigned top;              /* groups to show; 0 all */
	bool malformed;
	const char *host;
	bool ask_only;                     /* the password comes from the terminal alone: a second machine's */
	struct env_password *env_password; /* borrowed; NULL or not given: none */
	const char **sets;
	size_t set_count, set_capacity;
	/* of check: NAME=RANGE as given, the state of an unreachable device, the file
	 * with what is remembered, and how many better runs end an alert (0 not given) */
	const char **warnings, **criticals;
	size_t warning_count, warning_capacity, critical_count, critical_capacity;
	enum state unreachable;
	const char *state;
	unsigned recover;
	unsigned entry_number;
	int64_t wait_us;
	const char *format, *output, *record, *pcap, *bundle;
	const char *zone, *start; /* of pcap, as given */
	bool payload;
	bool redact;
	const char *redact_key; /* NULL: a key of this run alone */
	bool dry_run, explain;
	unsigned verbose;
	bool quiet;
	enum color_when color;
	bool help, version;
	const char **arguments;
	size_t argument_count;
};

/* ERR_USAGE with one line: unknown option (with the one perhaps meant),
 * missing or impossible value, option of another command. */
int options_parse(struct arena *arena, int argc, char **argv, struct options *out, struct err *err);

/* --help of the program (command COMMANDS) or of one command. */
void options_help(enum command_id command, unsigned columns, struct buf *out);

/* Ten lines for a person who typed nothing. */
void options_welcome(unsigned columns, struct buf *out);

#endif
