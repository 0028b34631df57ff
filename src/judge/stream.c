#include "stream.h"

#include <string.h>

#include "frame.h"

enum {
	COPY_US = 1000,            /* one packet on VLAN, parent and member */
	TWIN_US = 20 * 1000,       /* one packet that the network doubled: its IP id is the same */
	MOVED_US = 150 * 1000,     /* on another interface: a hop further if sooner, sent again if later */
	LATE_US = 50 * 1000,       /* what only changes places on its way comes sooner */
	CROSSING_US = 100 * 1000,  /* an acknowledgment still under way when its data is sent again */
	SYN_APART_US = 900 * 1000, /* retries come after 1, 2 and 4 s */
	DUPLICATES = 3,            /* equal acknowledgments that ask for a segment again */
	LOOK_BACK = 512,           /* segments */
};

enum side { ENTERS, LEAVES, SIDES };
enum part { BEFORE_GATE, AT_GATE, BEHIND_GATE, NOWHERE_SURE };

struct segment {
	uint32_t seq, length; /* length 0: not told */
	unsigned times[SIDES];
	const struct packet *first[SIDES], *again[SIDES];
	int64_t last_us[SIDES];
	const struct packet *successor; /* entered well before it */
	/* When it came again: acknowledged, and that was passed on, … */
	bool acked, told;
	bool crossing;              /* … a moment before */
	const struct packet *asked; /* the acknowledgment that asks for it again */
};

/* The data of one side, and what the other side says of it. */
struct half {
	struct segment *segments;
	size_t count, capacity;
	const struct packet *syn[SIDES];
	bool passed; /* sequence numbers are the same on both sides of the FortiGate */
	bool have_newest;
	uint32_t newest; /* highest number that entered */
	bool have_ack[SIDES];
	uint32_t ack[SIDES];
	int64_t ack_us[SIDES];
	unsigned duplicates;
	const char *duplicate_interface;
	uint16_t window;
	bool have_window;
	int64_t spoke_us; /* the newest packet of this side; a SYN/ACK that comes again says nothing new */
};

struct maker {
	struct arena *arena;
	struct half halves[2]; /* of the client, of the server */
	struct stream out;
};

static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static bool has_headers(const struct packet *packet)
{
	return packet->frame && packet->frame->transport.state == FRAME_PRESENT;
}

static bool same_place(const struct packet *a, const struct packet *b)
{
	return a->interface && b->interface && strcmp(a->interface, b->interface) == 0;
}

static void quote(struct stream *stream, const struct packet *packet)
{
	for (size_t i = 0; i < stream->quoted_count; i++) {
		if (stream->quoted[i] == packet)
			return;
	}
	if (packet && stream->quoted_count < STREAM_QUOTED)
		stream->quoted[stream->quoted_count++] = packet;
}

/* ---- one packet's data ---- */

/* Bytes of data; 0 for none, or where only PSH tells that there are some. */
static uint32_t data_length(const struct packet *packet)
{
	return has_headers(packet) ? packet->frame->payload_length : 0;
}

static bool has_data(const struct half *half, const struct packet *packet)
{
	if (!packet->have_seq || (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)))
		return false;
	if (!has_headers(packet))
		return packet->tcp_flags & TCP_PSH;
	/* A byte that is sent over and over keeps a connection alive, or asks for a window. */
	bool probe = packet->frame->payload_length == 1 && !(packet->tcp_flags & TCP_PSH);
	return packet->frame->payload_length > 0 && !probe && !(half->have_window && half->window == 0);
}

static struct segment *segment_find(struct half *half, uint32_t seq, uint32_t length)
{
	size_t end = half->count > LOOK_BACK ? half->count - LOOK_BACK : 0;
	for (size_t i = half->count; i-- > end;) {
		struct segment *segment = &half->segments[i];
		if (segment->seq == seq && (segment->length == length || !segment->length || !length))
			return segment;
	}
	return NULL;
}

/* Has the number come within a segment of other bounds? Senders cut anew what
 * they send again, and captures show what was put together. */
static struct segment *segment_around(struct half *half, uint32_t seq)
{
	size_t end = half->count > LOOK_BACK ? half->count - LOOK_BACK : 0;
	for (size_t i = half->count; i-- > end;) {
		struct segment *segment = &half->segments[i];
		if (segment->first[ENTERS] && !is_before(seq, segment->seq) &&
		    is_before(seq, segment->seq + segment->length))
			return segment;
	}
	return NULL;
}

static bool is_acked(const struct half *half, enum side side, const struct segment *segment)
{
	uint32_t end = segment->seq + (segment->length ? segment->length : 1);
	return half->have_ack[side] && !is_before(half->ack[side], end);
}

/* The first packet to enter that follows the segment in the stream. */
static const struct packet *successor_of(const struct half *half, const struct segment *segment)
{
	const struct packet *first = NULL;
	size_t end = half->count > LOOK_BACK ? half->count - LOOK_BACK : 0;
	for (size_t i = half->count; i-- > end;) {
		const struct segment *other = &half->segments[i];
		const struct packet *entered = other->first[ENTERS];
		if (entered && is_before(segment->seq, other->seq) && (!first || entered->time_us < first->time_us))
			first = entered;
	}
	return first;
}

/* Had its place in the stream long been passed when it first came? What was
 * acknowledged before had come, and was only not seen. */
static void mark_late(struct half *half, struct segment *segment, const struct packet *packet)
{
	if (!half->have_newest || !is_before(segment->seq, half->newest) || is_acked(half, ENTERS, segment) ||
	    segment_around(half, segment->seq))
		return;
	const struct packet *successor = successor_of(half, segment);
	bool asked = half->duplicates >= DUPLICATES && half->ack[ENTERS] == segment->seq;
	if (successor && (asked || packet->time_us - successor->time_us >= LATE_US))
		segment->successor = successor;
}

static bool is_twin(const struct packet *a, const struct packet *b)
{
	return has_headers(a) && has_headers(b) && a->frame->ip.id && a->frame->ip.id == b->frame->ip.id &&
	       b->time_us - a->time_us <= TWIN_US;
}

static void segment_again(const struct half *half, struct segment *segment, enum side side, const struct packet *packet)
{
	const struct packet *before = segment->again[side] ? segment->again[side] : segment->first[side];
	int64_t since_us = packet->time_us - segment->last_us[side];
	if (since_us <= (same_place(before, packet) ? COPY_US : MOVED_US) || is_twin(before, packet))
		return;
	if (side == ENTERS && !segment->again[side]) {
		segment->acked = is_acked(half, ENTERS, segment);
		segment->told = is_acked(half, LEAVES, segment);
		enum side newest = segment->told ? LEAVES : ENTERS;
		segment->crossing = segment->acked && packet->time_us - half->ack_us[newest] < CROSSING_US;
	}
	segment->times[side]++;
	segment->last_us[side] = packet->time_us;
	segment->again[side] = packet;
}

static void data_add(struct maker *maker, struct half *half, enum side side, const struct packet *packet)
{
	uint32_t length = data_length(packet);
	struct segment *segment = segment_find(half, packet->tcp_seq, length);
	if (!segment) {
		half->segments =
		        arena_grow(maker->arena, half->segments, half->count, &half->capacity, sizeof(*segment));
		segment = &half->segments[half->count++];
		*segment = (struct segment){.seq = packet->tcp_seq};
	}
	if (length)
		segment->length = length;
	if (segment->times[side]) {
		segment_again(half, segment, side, packet);
		return;
	}
	if (side == ENTERS && !segment->first[LEAVES])
		mark_late(half, segment, packet);
	segment->times[side] = 1;
	segment->first[side] = packet;
	segment->last_us[side] = packet->time_us;
	half->passed |= segment->first[ENTERS] && segment->first[LEAVES];
	if (side == ENTERS && (!half->have_newest || is_before(half->newest, segment->seq))) {
		half->have_newest = true;
		half->newest = segment->seq;
	}
}

/* ---- acknowledgments ---- */

static void ask_again(struct maker *maker, struct half *half, const struct packet *packet)
{
	struct segment *segment = segment_find(half, packet->tcp_ack, 0);
	if (!segment)
		segment = segment_around(half, packet->tcp_ack);
	if (!segment) {
		half->segments =
		        arena_grow(maker->arena, half->segments, half->count, &half->capacity, sizeof(*segment));
		segment = &half->segments[half->count++];
		*segment = (struct segment){.seq = packet->tcp_ack};
		segment->successor = successor_of(half, segment);
	}
	if (!segment->asked)
		segment->asked = packet;
}

/* Equal acknowledgments while data is under way ask for what is missing. Only
 * the frame tells them from data without PSH and from new windows. */
static void count_duplicates(struct maker *maker, struct half *half, const struct packet *packet)
{
	bool bare = has_headers(packet) && packet->tcp_flags == TCP_ACK && packet->frame->payload_length == 0;
	/* With SACK blocks it asks, whatever its window. */
	bool asks = bare && half->have_window &&
	            (packet->frame->tcp.window == half->window || packet->frame->tcp.sack_blocks);
	bool equal = asks && half->have_ack[ENTERS] && packet->tcp_ack == half->ack[ENTERS] && half->have_newest &&
	             !is_before(half->newest, packet->tcp_ack);
	if (!equal) {
		half->duplicates = 0;
		half->duplicate_interface = packet->interface;
		return;
	}
	if (half->duplicate_interface && packet->interface && strcmp(half->duplicate_interface, packet->interface) != 0)
		return;
	if (++half->duplicates == DUPLICATES)
		ask_again(maker, half, packet);
}

static void ack_add(struct maker *maker, struct half *half, enum side side, const struct packet *packet)
{
	if (!packet->have_ack || (packet->tcp_flags & TCP_RST))
		return;
	if (side == ENTERS)
		count_duplicates(maker, half, packet);
	if (!half->have_ack[side] || is_before(half->ack[side], packet->tcp_ack)) {
		half->have_ack[side] = true;
		half->ack[side] = packet->tcp_ack;
		half->ack_us[side] = packet->time_us;
	}
	if (side == ENTERS && has_headers(packet)) {
		half->window = packet->frame->tcp.window;
		half->have_window = true;
	}
}

/* ---- the handshake ---- */

/* The same SYN, or SYN/ACK, after the pause that its sender makes. */
static bool comes_again(const struct packet *before, const struct packet *packet)
{
	return before && before->tcp_seq == packet->tcp_seq && packet->time_us - before->time_us >= SYN_APART_US;
}

static void syn_add(struct maker *maker, struct half *half, enum side side, const struct packet *packet)
{
	if (!packet->have_seq)
		return;
	bool of_client = !(packet->tcp_flags & TCP_ACK);
	bool again = comes_again(half->syn[side], packet);
	if (side == LEAVES && of_client && (again || maker->out.syns == 0))
		maker->out.syns++;
	if (again && side == (of_client ? LEAVES : ENTERS))
		quote(&maker->out, packet);
	if (again || !half->syn[side])
		half->syn[side] = packet;
	const struct packet *entered = half->syn[ENTERS], *left = half->syn[LEAVES];
	half->passed |= entered && left && entered->tcp_seq == left->tcp_seq;
}

static void packet_add(struct maker *maker, const struct stream_packet *in)
{
	const struct packet *packet = in->packet;
	if (packet->direction == PACKET_DIRECTION_UNKNOWN)
		return;
	enum side side = packet->direction == PACKET_IN ? ENTERS : LEAVES;
	struct half *half = &maker->halves[in->of_client ? 0 : 1];
	if (!(packet->tcp_flags & TCP_SYN))
		half->spoke_us = packet->time_us;
	if (packet->tcp_flags & TCP_SYN)
		syn_add(maker, half, side, packet);
	else if (has_data(half, packet))
		data_add(maker, half, side, packet);
	ack_add(maker, &maker->halves[in->of_client ? 1 : 0], side, packet);
}

/* ---- what it all shows ---- */

static enum where where_of(bool of_client, enum part part)
{
	switch (part) {
	case BEFORE_GATE:
		return of_client ? WHERE_CLIENT_SIDE : WHERE_BEYOND_GATE;
	case AT_GATE:
		return WHERE_GATE;
	case BEHIND_GATE:
		return of_client ? WHERE_BEYOND_GATE : WHERE_CLIENT_SIDE;
	case NOWHERE_SURE:
		break;
	}
	return WHERE_UNKNOWN;
}

/* Where did the transmission before go, or its acknowledgment? */
static enum part part_of(const struct half *half, const struct segment *segment)
{
	/* Without the frames, what came before it may have come unseen. */
	if (segment->successor)
		return segment->asked || has_headers(segment->first[ENTERS]) ? BEFORE_GATE : NOWHERE_SURE;
	if (!half->passed || segment->times[ENTERS] == 0 || segment->crossing)
		return NOWHERE_SURE;
	if (segment->times[LEAVES] < segment->times[ENTERS])
		return AT_GATE;
	if (segment->times[LEAVES] > segment->times[ENTERS])
		return NOWHERE_SURE;
	if (!segment->acked)
		return BEHIND_GATE;
	return segment->told ? BEFORE_GATE : AT_GATE;
}

static unsigned most(const struct segment *segment)
{
	return segment->times[ENTERS] > segment->times[LEAVES] ? segment->times[ENTERS] : segment->times[LEAVES];
}

static void segment_judge(struct stream *stream, const struct half *half, const struct segment *segment, bool of_client)
{
	unsigned times = most(segment);
	unsigned again = times > 1 ? times - 1 : 0;
	bool late = times && segment->successor;
	bool asked = segment->asked && !again && !late && (times || segment->successor);
	stream->sent += times + late;
	stream->again += again + late;
	stream->late += late;
	stream->asked += asked;
	if (again + late + asked == 0)
		return;
	stream->lost[where_of(of_client, part_of(half, segment))] += again + late + asked;
	quote(stream, segment->successor);
	quote(stream, segment->first[ENTERS]);
	quote(stream, segment->first[LEAVES]);
	quote(stream, segment->again[ENTERS]);
	quote(stream, segment->again[LEAVES]);
	quote(stream, segment->asked);
}

/* Data that was sent again and again, and its receiver never spoke since. */
static void stall_judge(struct stream *stream, const struct half *half, const struct half *other,
                        const struct segment *segment, int64_t settled_us, bool of_client)
{
	const struct packet *first = segment->first[ENTERS];
	if (!first || most(segment) < 2 || first->time_us > settled_us || other->spoke_us >= first->time_us ||
	    is_acked(half, ENTERS, segment))
		return;
	if (stream->stalled >= most(segment))
		return;
	stream->stalled = most(segment);
	stream->stalled_where = where_of(of_client, part_of(half, segment));
	stream->quoted_count = 0;
	quote(stream, first);
	quote(stream, segment->first[LEAVES]);
	quote(stream, segment->again[ENTERS]);
	quote(stream, segment->again[LEAVES]);
}

struct stream stream_make(struct arena *arena, const struct stream_packet *packets, size_t count, int64_t settled_us)
{
	struct maker maker = {.arena = arena};
	for (size_t i = 0; i < count; i++)
		packet_add(&maker, &packets[i]);
	for (size_t h = 0; h < 2; h++) {
		const struct half *half = &maker.halves[h];
		for (size_t i = 0; i < half->count; i++)
			segment_judge(&maker.out, half, &half->segments[i], h == 0);
	}
	for (size_t h = 0; h < 2; h++) {
		const struct half *half = &maker.halves[h];
		for (size_t i = 0; i < half->count; i++)
			stall_judge(&maker.out, half, &maker.halves[1 - h], &half->segments[i], settled_us, h == 0);
	}
	return maker.out;
}
