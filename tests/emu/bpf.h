#ifndef EMU_BPF_H
#define EMU_BPF_H

#include <stdbool.h>

#include "packet.h"

/* The sniffer's filter language, as far as tcpdump and FortiOS share it:
 * host, port, net-free protocol words, icmp[N] and ip6[N] comparisons, and or
 * not ( ), "none" and the empty filter for everything. */
struct bpf;

/* NULL when the text is no filter. */
struct bpf *bpf_parse(const char *text);
bool bpf_match(const struct bpf *bpf, const struct packet *packet);
void bpf_free(struct bpf *bpf);

#endif
