#ifndef FGDIAG_ENTRY_H
#define FGDIAG_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "ip.h"
#include "text.h"

/* One FortiGate traffic log entry: every field as text in its order, and the
 * fields a diagnosis needs as typed values. Absent is told by family 0, an
 * empty span, or a have_… flag; nothing is defaulted. */

#define ENTRY_MAX_BYTES    ((size_t)64 * 1024) /* one line; a longer one is refused */
#define ENTRY_MAX_FIELDS   512
#define ENTRY_MAX_SIBLINGS 64

struct entry_field {
	struct str name;
	struct str value; /* unquoted; a \" inside quotes is already " */
	unsigned column;  /* where the name starts in the line, bytes from 1; 0 in JSON */
	bool cut;         /* the line ended before the closing quote: the value may be a part */
};

struct entry {
	struct str line;    /* the whole line as given, without its line end */
	const char *format; /* "key=value", "CSV", "CEF", "JSON", "FortiAnalyzer raw view" */
	bool in_json;       /* the line was found in a JSON string: columns are those of the string */
	struct entry_field *fields;
	size_t field_count, field_capacity;

	struct str type, subtype, action, level, logid; /* as written */
	struct str devname, devid, vd;
	struct str srcintf, dstintf;
	struct str service, policyid, sessionid;
	struct str trandisp; /* noop | snat | dnat | snat+dnat, or empty: NAT unknown */
	struct ip srcip, dstip;
	struct ip transip, tranip;       /* NAT source and NAT destination address */
	unsigned srcport, dstport;       /* 0 when absent (ICMP) */
	unsigned transport, tranport;    /* NAT source and NAT destination port, 0 when absent or written as 0 */
	bool have_srcport, have_dstport; /* port 0 is an error; for a protocol without ports, absence */
	bool have_proto;
	unsigned proto;            /* IP protocol number */
	bool have_sent, have_rcvd; /* any of sentbyte/sentpkt, rcvdbyte/rcvdpkt */
	uint64_t sentbyte, rcvdbyte, sentpkt, rcvdpkt;
	bool have_duration;
	uint64_t duration_s;

	/* When it was logged. eventtime (s, ms, us or ns by its digits) wins;
	 * else date+time with tz; else date+time with the zone unknown. */
	enum { ENTRY_TIME_NONE, ENTRY_TIME_LOCAL, ENTRY_TIME_UTC } time_kind;
	int64_t time_us; /* UTC when ENTRY_TIME_UTC; device-local wall clock when ENTRY_TIME_LOCAL */
	bool have_zone;
	int zone_s; /* seconds east of UTC */
};

/* Parse one line: optional syslog head (none, <PRI>, RFC 3164, both), then
 * key=value pairs, quoted or not; the first of two equal top-level keys
 * counts; a quoted value is consumed whole and never re-read as keys. Spans of
 * *out point into line, which must outlive it (copies where unescaping was
 * needed live in the arena). A field that the line's end has cut is listed
 * among the fields, and absent as a typed value.
 * ERR_ENTRY names the field and its column: not a log entry, a typed field
 * with an impossible value (address, port, proto, date, …), line too long, a
 * NUL byte, a form that is not key=value (CEF, LEEF, JSON, RFC 5424, CSV,
 * octet-counted syslog, FortiAnalyzer's raw view). */
int entry_parse(struct arena *arena, struct str line, struct entry *out, struct err *err);

/* Is it an ip-conn traffic entry a diagnosis can start from? ERR_ENTRY with
 * the reason otherwise: type is not traffic, action is not ip-conn, no dstip,
 * dstip not a host address, no srcip. */
int entry_check_ip_conn(const struct entry *entry, struct err *err);

/* The value of any field by name; NULL when absent. */
const struct entry_field *entry_field(const struct entry *entry, const char *name);

/* From a text of one or more lines: the one ip-conn entry, and its siblings.
 * number picks the n-th ip-conn entry (from 1, siblings counted too); 0 wants
 * exactly one, and the error for several lists them (number, line, time,
 * addresses) and tells about --entry N. Empty lines are skipped; when no line
 * is an ip-conn entry, the error is that of the first line that mentions
 * ip-conn, else of the first line that is not empty.
 * Siblings are other traffic entries of the text (any action, another session)
 * that share the client address, protocol and client port of the chosen one
 * within five seconds; an ip-conn entry is never its own sibling. ip-conn
 * entries that are siblings of one another do not count as "several": the
 * first line of such a group is the entry. */
struct entry_set {
	struct entry entry;
	unsigned line_number; /* of the entry in the text, from 1 */
	struct entry *siblings;
	size_t sibling_count;
};
int entry_set_parse(struct arena *arena, struct str text, unsigned number, struct entry_set *out, struct err *err);

/* "tcp", "udp", "icmp", "icmp6" or NULL for a protocol number. */
const char *entry_proto_word(unsigned proto);

#endif
