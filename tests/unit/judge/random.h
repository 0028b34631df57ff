#ifndef FGDIAG_TEST_RANDOM_WORLD_H
#define FGDIAG_TEST_RANDOM_WORLD_H

#include "judge/world.h"

/* Worlds of any kind, and harm that is done to them: what a world is, its
 * user's draws decide. */

static uint32_t draw(void);

static inline uint32_t random_below(uint32_t n)
{
	return draw() % n;
}

/* Requests and answers of one connection, any of which may come again. */
static inline void random_data(struct world *w, unsigned port)
{
	static const char *const legs[] = {"AB", "CD", "ABCD", "A", "C"};
	for (uint32_t n = random_below(5); n > 0; n--) {
		size_t before = w->capture.packet_count;
		world_legs(w, legs[random_below(random_below(2) ? 3 : 5)], TCP, port,
		           FLAGS(TCP_PSH | TCP_ACK, TCP_PSH | TCP_ACK));
		uint32_t further = random_below(3);
		for (; before < w->capture.packet_count; before++)
			w->packets[before].tcp_seq += 1 + 40 * further;
	}
}

static inline struct world *world_random(void)
{
	static const char *const legs[] = {"ABCD", "ABCD", "ABCD", "AB", "A", "ABC", "B", "CD"};
	struct world *w = world_new();
	bool tcp = random_below(3) == 0;
	world_aim(w, tcp ? TCP : UDP);
	unsigned conversations = random_below(7);
	uint32_t kinds = random_below(3) ? 3 : 8;
	for (unsigned i = 0; i < conversations; i++) {
		world_legs(w, legs[random_below(kinds)], tcp ? TCP : UDP, 50000 + i,
		           random_below(6) ? SYN_SYNACK : SYN_RST);
		if (tcp)
			random_data(w, 50000 + i);
	}
	if (random_below(6) == 0)
		world_error(w, "wan1", PACKET_IN, "203.0.113.9", CLIENT, ICMP_HOST_UNREACHABLE, SERVER, 0, 0);
	if (random_below(6) == 0)
		w->capture.dropped = 3;
	if (random_below(4) == 0)
		world_memory(w, 70 + random_below(30), (int)random_below(2));
	if (random_below(5) == 0)
		world_cpu(w, random_below(2), 85 + random_below(15), random_below(80));
	uint32_t n = 1 + random_below(400);
	world_ping(w, 1, n, random_below(3) ? 0 : random_below(n), random_below(3) == 0);
	return w;
}

static inline int badness(enum state state)
{
	static const int rank[STATES] = {
	        [STATE_SKIPPED] = 0, [STATE_OK] = 1, [STATE_UNKNOWN] = 2, [STATE_WARNING] = 3, [STATE_CRITICAL] = 4};
	return rank[state];
}

static inline void remove_packet(struct world *w, size_t index)
{
	w->capture.packet_count--;
	for (size_t i = index; i < w->capture.packet_count; i++)
		w->packets[i] = w->packets[i + 1];
}

/* Take one piece of evidence away; false when there is no such piece. */
static inline bool remove_evidence(struct world *w, unsigned what)
{
	struct fact *facts = w->facts.item;
	switch (what) {
	case 0:
		if (w->capture.packet_count)
			remove_packet(w, random_below((uint32_t)w->capture.packet_count));
		return w->capture.packet_count > 0;
	case 1:
		w->capture.have_trailer = false;
		return true;
	case 2:
		w->facts.capture_count = 0;
		return true;
	case 3:
		w->facts.ping_count = random_below(2);
		return true;
	case 4:
		w->facts.performance_count = random_below(2);
		return true;
	case 5:
		facts[FACT_ID_MEMORY_USED].present = false;
		facts[FACT_ID_MEMORY_USED].absent = "removed";
		return true;
	case 6:
		facts[FACT_ID_CONSERVE_MODE].present = false;
		facts[FACT_ID_CONSERVE_MODE].absent = "removed";
		return true;
	case 7:
		w->facts.top_count = 0;
		return true;
	case 8:
		world_fail(w, w->runs[1 + random_below(8)].id, "removed");
		return true;
	case 9:
		w->runs[1 + random_below(8)].end.state = STEP_SKIPPED;
		return true;
	case 10:
		w->capture.started = false;
		return true;
	case 11:
		w->cut = true;
		return true;
	default:
		w->capture.link_lost = true;
		return true;
	}
}

#endif
