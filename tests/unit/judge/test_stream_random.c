#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "frame.h"
#include "judge/world.h"
#include "stream.h"

/* Transfers drawn by lot, of which it is known what was lost and where: the
 * judge may miss a loss, it may not invent one nor put it elsewhere. */

enum { SIGHTINGS = 6000, BURST = 8, SPOILT = 3 };
enum place { NOWHERE, BEFORE, INSIDE, BEHIND, PLACES };

struct sighting {
	struct packet packet;
	struct frame frame;
	bool of_client;
};

struct lot {
	struct sighting sightings[SIGHTINGS];
	struct stream_packet list[SIGHTINGS];
	size_t count;
	uint64_t random;
	bool frames;
	int64_t rtt_us, forward_us;
	unsigned copies;
	uint32_t seq[2]; /* next, of server and client */
	uint32_t ip_id;
};

static uint32_t below(struct lot *lot, uint32_t n)
{
	lot->random = lot->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(lot->random >> 33) % n;
}

static void show(struct lot *lot, bool of_client, bool out, int64_t time_us, unsigned flags, uint32_t seq, uint32_t ack,
                 uint32_t payload)
{
	static const char *const names[2][2] = {{"port1", "lag1"}, {"port2", "vlan20"}};
	for (unsigned i = 0; i < lot->copies; i++) {
		struct sighting *sighting = &lot->sightings[lot->count++];
		assert_true(lot->count < SIGHTINGS);
		*sighting = (struct sighting){.of_client = of_client};
		sighting->packet = (struct packet){.time_us = time_us + i * 3,
		                                   .interface = names[of_client == out][i],
		                                   .direction = out ? PACKET_OUT : PACKET_IN,
		                                   .proto = TCP,
		                                   .tcp_flags = (uint8_t)flags,
		                                   .have_seq = lot->frames || (flags & ~(unsigned)TCP_ACK),
		                                   .tcp_seq = seq,
		                                   .have_ack = flags & TCP_ACK,
		                                   .tcp_ack = ack};
		sighting->frame.transport.state = FRAME_PRESENT;
		sighting->frame.payload_length = payload;
		sighting->frame.tcp.window = 1000;
		sighting->frame.ip.id = lot->ip_id;
	}
}

/* One packet on its way; returns when it arrived, or -1. */
static int64_t travel(struct lot *lot, bool of_client, int64_t time_us, unsigned flags, uint32_t seq, uint32_t ack,
                      uint32_t payload, enum place lost)
{
	lot->ip_id++;
	if (lost != BEFORE)
		show(lot, of_client, false, time_us, flags, seq, ack, payload);
	if (lost != BEFORE && lost != INSIDE)
		show(lot, of_client, true, time_us + lot->forward_us, flags, seq, ack, payload);
	return lost == NOWHERE ? time_us + lot->forward_us + lot->rtt_us / 2 : -1;
}

/* Acknowledges all that came, in the order in which it came. */
static int64_t answer(struct lot *lot, bool of_client, const int64_t *arrived, unsigned count, uint32_t first,
                      uint32_t size)
{
	int64_t last_us = 0;
	bool have[BURST] = {false};
	for (unsigned n = 0; n < count; n++) {
		unsigned next = BURST;
		for (unsigned i = 0; i < count; i++) {
			if (!have[i] && arrived[i] >= 0 && (next == BURST || arrived[i] < arrived[next]))
				next = i;
		}
		if (next == BURST)
			break;
		have[next] = true;
		uint32_t whole = 0;
		while (whole < count && have[whole])
			whole++;
		last_us = arrived[next] + 50;
		travel(lot, !of_client, last_us, TCP_ACK, lot->seq[!of_client], first + whole * size, 0, NOWHERE);
	}
	return last_us;
}

/* Some segments, one of which may be lost and come again. */
static int64_t burst(struct lot *lot, bool of_client, int64_t time_us, enum place lost)
{
	unsigned count = 1 + below(lot, BURST);
	uint32_t size = 100 + below(lot, 1300), first = lot->seq[of_client];
	unsigned missing = below(lot, count);
	int64_t arrived[BURST];
	for (unsigned i = 0; i < count; i++) {
		/* Neighbours may change places. */
		int64_t sent_us = time_us + i * 400 + (below(lot, 8) == 0 ? 500 : 0);
		unsigned flags = TCP_ACK | (i + 1 == count || below(lot, 2) ? TCP_PSH : 0);
		uint32_t seq = first + i * size, ack = lot->seq[!of_client];
		arrived[i] = travel(lot, of_client, sent_us, flags, seq, ack, size, i == missing ? lost : NOWHERE);
		if (i != missing || lost == NOWHERE)
			continue;
		int64_t again_us = sent_us + lot->rtt_us + 250 * 1000 + below(lot, 400000);
		arrived[i] = travel(lot, of_client, again_us, flags | TCP_PSH, seq, ack, size, NOWHERE);
	}
	int64_t end_us = answer(lot, of_client, arrived, count, first, size);
	lot->seq[of_client] += count * size;
	return end_us + lot->rtt_us;
}

static int by_time(const void *a, const void *b)
{
	const struct stream_packet *one = a, *other = b;
	int64_t apart = one->packet->time_us - other->packet->time_us;
	return apart < 0 ? -1 : apart > 0 ? 1 : one->packet < other->packet ? -1 : one->packet > other->packet;
}

static struct stream judged(struct arena *arena, struct lot *lot)
{
	for (size_t i = 0; i < lot->count; i++) {
		struct sighting *sighting = &lot->sightings[i];
		sighting->packet.frame = lot->frames ? &sighting->frame : NULL;
		lot->list[i] = (struct stream_packet){&sighting->packet, sighting->of_client};
	}
	qsort(lot->list, lot->count, sizeof lot->list[0], by_time);
	return stream_make(arena, lot->list, lot->count, INT64_MAX);
}

static struct stream draw(struct arena *arena, uint64_t seed, enum place lost, bool by_client)
{
	struct lot *lot = ARENA_NEW(arena, struct lot);
	lot->random = seed * 2654435761u + 99;
	lot->frames = below(lot, 2);
	lot->rtt_us = 200 + below(lot, 200000);
	lot->forward_us = 20 + below(lot, 300);
	lot->copies = 1 + below(lot, 2);
	lot->seq[0] = below(lot, UINT32_C(0x7fffffff)) * 2;
	lot->seq[1] = below(lot, UINT32_C(0x7fffffff)) * 2;
	int64_t now_us = US_PER_SECOND;
	travel(lot, true, now_us, TCP_SYN, lot->seq[1]++, 0, 0, NOWHERE);
	travel(lot, false, now_us + lot->rtt_us, TCP_SYN | TCP_ACK, lot->seq[0]++, lot->seq[1], 0, NOWHERE);
	now_us += 2 * lot->rtt_us;
	for (unsigned i = 0; i < 12; i++) {
		bool of_client = below(lot, 2);
		bool spoilt = of_client == by_client && i % SPOILT == 0;
		now_us = burst(lot, of_client, now_us, spoilt ? lost : NOWHERE) + below(lot, 2000000);
	}
	return judged(arena, lot);
}

static void nothing_lost_is_nothing_sent_again(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct arena *arena = arena_new();
		struct stream stream = draw(arena, seed, NOWHERE, false);
		if (stream.again || stream.asked || stream.stalled)
			fail_msg("seed %u: %u again, %u asked, %u stalled", (unsigned)seed, stream.again, stream.asked,
			         stream.stalled);
		arena_free(arena);
	}
}

static void what_is_lost_is_put_where_it_was_or_nowhere(void **state)
{
	(void)state;
	static const enum where truth[2][PLACES] = {{WHERE_NONE, WHERE_BEYOND_GATE, WHERE_GATE, WHERE_CLIENT_SIDE},
	                                            {WHERE_NONE, WHERE_CLIENT_SIDE, WHERE_GATE, WHERE_BEYOND_GATE}};
	unsigned right = 0, short_of = 0;
	for (uint64_t seed = 1; seed <= 1200; seed++) {
		struct arena *arena = arena_new();
		bool by_client = seed % 2;
		enum place lost = (enum place)(1 + seed / 2 % 3);
		struct stream stream = draw(arena, seed, lost, by_client);
		for (unsigned w = 0; w < WHERES; w++) {
			bool mine = w == (unsigned)truth[by_client][lost];
			if (stream.lost[w] && !mine && w != WHERE_UNKNOWN)
				fail_msg("seed %u: lost at place %d of %s, found %s", (unsigned)seed, lost,
				         by_client ? "client" : "server", where_word((enum where)w));
			right += mine ? stream.lost[w] : 0;
		}
		short_of += stream.lost[WHERE_UNKNOWN];
		assert_int_equal(stream.stalled, 0);
		arena_free(arena);
	}
	/* Most of it shows. */
	assert_in_range(right, 1000, 2400);
	assert_in_range(short_of, 0, right / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_lost_is_nothing_sent_again),
	        cmocka_unit_test(what_is_lost_is_put_where_it_was_or_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
