#ifndef FGDIAG_PCAP_FILE_H
#define FGDIAG_PCAP_FILE_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "options.h"
#include "repack.h"
#include "transcript.h"

/* The sniffer's hex dumps of a transcript as a pcapng file. */

/* What the sniffers of the run printed. */
void pcap_feed(const struct transcript *transcript, struct repack *repack);

/* One line on stderr for what was written and for what was left out. */
void pcap_tell(struct arena *arena, const struct repack_counts *counts, bool payload);

/* Why there is no packet: ERR_USAGE, returns -1. */
int pcap_nothing(const struct repack_counts *counts, struct err *err);

/* --pcap FILE of a diagnosis, nothing without it. -1 after words on stderr
 * when there is nothing to write or it could not be written; the verdict is not
 * touched by that. */
int pcap_save(struct arena *arena, const struct options *options, const struct transcript *transcript);

#endif
