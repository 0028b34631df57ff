#ifndef FGDIAG_TRACER_H
#define FGDIAG_TRACER_H

#include "check.h"

/* How trace_make() works; for the files of the trace and nobody else. */

#define TRACER_INTERFACES 8  /* at which one packet is seen to enter */
#define TRACER_LOOK_BACK  64 /* packets */

enum { LEG_A, LEG_B, LEG_C, LEG_D };

struct chain {
	const struct packet *first; /* NULL: no chain yet */
	const struct packet *out;   /* its last hop that left */
	int64_t last_us;
	const char *entered[TRACER_INTERFACES];
	size_t entered_count;
	bool waiting; /* entered at a further interface and has not left from there */
};

struct flow {
	struct exchange exchange;
	struct chain request, reply;
	bool have_out; /* the client as the server sees it */
	struct ip out_src;
	uint16_t out_port;
	bool began;   /* TCP: the SYN was seen; other protocols: always */
	bool acked;   /* TCP: the client went on after the SYN/ACK */
	bool entered; /* the RST came in */
	bool have_syn;
	uint32_t syn_seq;         /* of the SYN that began it */
	bool answered;            /* TCP: its SYN/ACK was seen */
	const struct packet *rst; /* of the server, in mid-conversation, as it left */
	struct stream_packet *packets;
	size_t packet_count, packet_capacity;
};

struct tracer {
	struct arena *arena;
	struct target target; /* a copy: the capture may tell the server's translated address */
	struct flow *flows;
	size_t count, capacity;
	const struct packet **strays; /* requests that left and tie to nobody */
	size_t stray_count, stray_capacity;
	bool sides;
	bool overflow;      /* more conversations than are kept */
	int64_t wait_us;    /* for a reply */
	int64_t settled_us; /* what came before had the time to be answered */
	int64_t slowest_us; /* from the newest request to a conversation's first reply */
	const struct packet *other_error;
};

/* Is it the server, under either of its addresses? Port 0 asks for none. */
bool tracer_is_server(const struct target *target, const struct ip *ip, unsigned port);

/* NULL when there are too many. */
struct flow *tracer_flow_new(struct tracer *tracer, struct ip client, uint16_t port);

/* The newest conversation of a client, as it is inside or outside; or NULL. */
struct flow *tracer_flow_find(struct tracer *tracer, const struct ip *ip, uint16_t port, bool outside);

/* After all other packets. */
void tracer_errors(struct tracer *tracer, const struct capture *capture);

#endif
