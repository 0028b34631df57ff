#ifndef EMU_FLOW_H
#define EMU_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "world.h"

/* The packets that the world's flows put on the device's interfaces. */

struct packet_list {
	struct packet *items;
	size_t count, capacity;
};

void packet_list_add(struct packet_list *list, const struct packet *packet);
void packet_list_sort(struct packet_list *list); /* by time; equal times keep their order */
void packet_list_free(struct packet_list *list);

/* Adds what passes in [from_us, to_us) of world time. */
void flow_packets(const struct world *world, int64_t from_us, int64_t to_us, struct packet_list *out);

/* A pseudo-random number of two numbers, the same every time. */
uint64_t flow_hash(uint64_t a, uint64_t b);

#endif
