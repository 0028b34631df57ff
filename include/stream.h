#ifndef FGDIAG_STREAM_H
#define FGDIAG_STREAM_H

#include "arena.h"
#include "packet.h"
#include "verdict.h"

/* What happens to the data of one TCP conversation on its way through the
 * FortiGate: rules T1, T5, T6 and T7. The line of a level-4 capture tells the
 * numbers of segments that carry PSH, and acknowledgments; lengths, windows and
 * the other segments need the packet's frame. */

#define STREAM_QUOTED 4 /* packets */

struct stream_packet {
	const struct packet *packet;
	bool of_client;
};

struct stream {
	unsigned syns;         /* identical SYNs that left about a second or more apart */
	unsigned sent;         /* transmissions of data, as far as they show */
	unsigned again;        /* of these, repeated ones */
	unsigned late;         /* of these, first seen well after their successors */
	unsigned asked;        /* segments asked for again by three equal acknowledgments, and not seen again */
	unsigned lost[WHERES]; /* again, late and asked, by where the transmission before was lost */
	unsigned stalled;      /* transmissions of data after which its receiver was silent for good; or 0 */
	enum where stalled_where;
	const struct packet *quoted[STREAM_QUOTED]; /* of what came again, or stalled */
	size_t quoted_count;
};

/* Packets in order of time. Data sent last, and not before settled_us, may still
 * be acknowledged. */
struct stream stream_make(struct arena *arena, const struct stream_packet *packets, size_t count, int64_t settled_us);

#endif
