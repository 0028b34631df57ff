#ifndef FGDIAG_COMMAND_H
#define FGDIAG_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "text.h"

/* The two closed tables: every byte fgdiag can send to a FortiGate's CLI is a
 * command of a shape listed here, or a key listed here. */

#define COMMAND_MAX_BYTES 500 /* without the newline */

/* What a shape is for; also tells how it ends. */
enum command_kind {
	COMMAND_PLAIN,    /* prints and returns to the prompt */
	COMMAND_PING,     /* ends by its count; Ctrl-C ends it early */
	COMMAND_SNIFFER,  /* ends by its count; Ctrl-C ends it early */
	COMMAND_TOP,      /* repaints; ends with q */
	COMMAND_OPTION,   /* sets or reads a ping option of this CLI session; prints nothing or its settings */
	COMMAND_SESSIONS, /* lists what the session filter lets through; never sent without one */
	COMMAND_FILTER,   /* sets or reads the session filter of this CLI session, which ends with it */
	COMMAND_RESET,    /* undoes COMMAND_OPTION */
	COMMAND_EXIT,     /* leaves the CLI */
};

/* Slots a shape may hold: <ip4> <ip6> <MIN-MAX> <filter> <word|word>; a shape is
 * compared token by token, never by prefix. Shapes (at least):
 *   get system status
 *   get system performance status
 *   get system performance top
 *   get system ha status        get system arp
 *   get router info routing-table details <ip4>
 *   diagnose sys session filter, with src <ip4> | dst <ip4> | proto <1-255> |
 *       dport <1-65535>           diagnose sys session list
 *       (session6 the same with <ip6>)
 *   diagnose sys top <1-60> <1-200> <1-10>
 *   diagnose hardware sysinfo memory
 *   diagnose hardware sysinfo conserve
 *   execute ping <ip4>            execute ping6 <ip6>
 *   execute ping-options reset | view-settings | repeat-count <1-10000> |
 *       adaptive-ping <enable|disable> | interval <1-60> | timeout <1-60>
 *       (ping6-options the same); of v4 data-size <1-65507> and df-bit <yes|no>
 *   diagnose sniffer packet any "<filter>" <4|6> <1-100000> a
 *   exit
 * each but exit optionally behind `sudo global` or `sudo <vdom>`. */
struct command_shape {
	const char *shape;
	enum command_kind kind;
	bool global;       /* belongs to the global scope of a multi-VDOM device */
	const char *right; /* what the account needs, for messages: "cli-get", "cli-exec", "cli-diagnose" */
};
extern const struct command_shape command_shapes[];
extern const size_t command_shape_count;

/* Does the command (without newline) have a shape of the table? The shape, or
 * NULL with ERR_PLAYBOOK saying at which token it departs. This is also the
 * last check right before a write: printable ASCII, no '?', at most
 * COMMAND_MAX_BYTES, and in quotes nothing outside the filter sub-grammar. */
const struct command_shape *command_find(struct str command, struct err *err);

/* The keys, and nothing else, may be sent outside of command lines. */
enum command_key { KEY_PAGER_NEXT, KEY_BANNER_ACCEPT, KEY_TOP_QUIT, KEY_INTERRUPT, KEY_NEWLINE, KEYS };

/* The byte of a key: ' ', 'a', 'q', 0x03, '\n'. */
char command_key_byte(enum command_key key);

/* The sub-grammar of the sniffer filter:
 *   expr := expr and expr | expr or expr | not expr | ( expr )
 *         | host IP | port N | tcp port N | udp port N | tcp | udp | icmp | icmp6
 *         | icmp[0] = N | ip6[40] < N
 * in single blanks between tokens ("icmp[0] = 3" is three tokens). True when
 * the whole text is one. */
bool command_filter_ok(struct str filter);

/* [0-9A-Za-z_-]{1,31}, and neither "global" nor a word that changes something
 * (config, edit, set, …), in any case of letters. */
bool command_vdom_ok(struct str name);

#endif
