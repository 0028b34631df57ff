#ifndef FGDIAG_SNIFFER_FRAMES_H
#define FGDIAG_SNIFFER_FRAMES_H

#include "arena.h"
#include "facts.h"
#include "read.h"

/* Gives the packets of a capture their decoded frames, where the sniffer
 * printed their bytes (levels 2, 3, 5 and 6) and all of them are there. A
 * frame that says something else than its line makes the packet unreadable:
 * it counts in capture->unread_count. Sequence numbers of TCP and what an ICMP
 * error quotes are taken from the frame, where lines print less. */
void sniffer_frames(struct arena *arena, const struct read_input *input, struct capture *capture);

#endif
