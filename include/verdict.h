#ifndef FGDIAG_VERDICT_H
#define FGDIAG_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

/* The words of a verdict. Words, JSON and exit status come from these enums
 * through the tables in verdict.c and from nowhere else. */

enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN, STATE_SKIPPED, STATES };
enum certainty { CERTAINTY_NONE, CERTAINTY_LIKELY, CERTAINTY_CERTAIN, CERTAINTIES };

/* The built-in checks, in the order in which reports list them. */
enum check_id {
	CHECK_PACKET_LOSS,
	CHECK_LAN_SEGMENT,
	CHECK_GATE_RESOURCES,
	CHECK_HOST_RESOURCES,
	CHECK_MISSING_REPLIES,
	CHECK_ICMP_ERROR,
	CHECK_REFUSED,
	CHECKS
};

/* A cause is one check, or one of the four words after them. */
enum cause {
	CAUSE_PACKET_LOSS,
	CAUSE_LAN_SEGMENT,
	CAUSE_GATE_RESOURCES,
	CAUSE_HOST_RESOURCES,
	CAUSE_MISSING_REPLIES,
	CAUSE_ICMP_ERROR,
	CAUSE_REFUSED,
	CAUSE_NONE,
	CAUSE_NOT_OBSERVED,
	CAUSE_NOT_REPRODUCED,
	CAUSE_UNDETERMINED,
	CAUSES
};

enum where {
	WHERE_CLIENT,
	WHERE_CLIENT_SIDE,
	WHERE_GATE,
	WHERE_SERVER_SIDE,
	WHERE_SERVER,
	WHERE_BEYOND_GATE,
	WHERE_NONE,
	WHERE_UNKNOWN,
	WHERES
};

/* What became of one conversation. */
enum fate {
	FATE_COMPLETE,
	FATE_NO_REPLY,
	FATE_NOT_FORWARDED,
	FATE_NOT_PASSED,
	FATE_NOT_ACKNOWLEDGED, /* the SYN/ACK went on to the client and was lost there */
	FATE_REFUSED,
	FATE_ICMP_ERROR,
	FATE_PARTLY_VISIBLE, /* what does not show proves nothing */
	FATE_WINDOW_TOO_SHORT,
	FATES
};

const char *state_word(enum state state);         /* "ok" … "skipped" */
const char *certainty_word(enum certainty value); /* "none" "likely" "certain" */
const char *check_word(enum check_id id);         /* "packet-loss" … */
const char *cause_word(enum cause cause);         /* check words, "none", "not-observed", … */
const char *where_word(enum where where);         /* "client" … "beyond-gate" … */
const char *fate_word(enum fate fate);            /* "complete", "no reply", … */

/* Exit status of a verdict: ok 0, warning 1, critical 2, unknown (and skipped) 3. */
int state_exit(enum state state);

/* The worse of two: critical > warning > unknown > ok > skipped. */
enum state state_worst(enum state a, enum state b);

struct evidence {
	const char *step;
	unsigned line; /* of the step's clean output, from 1; 0 for the entry itself ("entry") */
	const char *text;
};

struct check {
	const char *id; /* check_word(), or a playbook check's id */
	enum state state;
	enum certainty certainty;
	const char *rule;    /* id in the diagnosis rules, e.g. "P2", "T2", "M1" */
	const char *summary; /* one sentence */
	const struct evidence *evidence;
	size_t evidence_count;
	const char *const *advice; /* next steps, one sentence or one command each */
	size_t advice_count;
};

#define VERDICT_MAX_CONVERSATIONS 32

struct packet; /* packet.h */

/* One conversation of the entry's client with the server, as the capture shows it. */
struct conversation {
	const char *client, *server;       /* addresses */
	unsigned client_port, server_port; /* 0: none, or not known */
	unsigned proto;                    /* IP protocol number */
	enum fate fate;
	enum where where;         /* of the trouble, also where it was got over */
	unsigned requests;        /* packets of the client */
	unsigned replies;         /* of the server */
	unsigned retransmissions; /* TCP: of these, SYNs and data sent again */
	const char *rule;
	const char *step; /* of the capture that shows it */
	/* Its first packet on each leg, NULL where none was seen: A client to FortiGate,
	 * B FortiGate to server, C server to FortiGate, D FortiGate to client. */
	const struct packet *legs[4];
	const struct packet *fault; /* the ICMP error or RST that hit it, or NULL */
	const struct evidence *evidence;
	size_t evidence_count;
};

struct verdict {
	enum state status;
	enum cause cause;
	enum where where;
	enum certainty certainty;
	const char *summary;        /* one or two sentences, the first thing a person reads */
	const struct check *checks; /* CHECKS built-in ones in their order, then the playbook's */
	size_t check_count;
	const struct conversation *conversations; /* the first VERDICT_MAX_CONVERSATIONS, in order of time */
	size_t conversation_count;
	size_t conversations_omitted; /* further ones */
	const char *const *notes;     /* contradictions, age of the entry, wrong device: said first */
	size_t note_count;
};

#endif
