#ifndef FGDIAG_COMMANDS_H
#define FGDIAG_COMMANDS_H

#include "arena.h"
#include "options.h"

/* The subcommands; each returns the exit status. */
int cmd_diagnose(struct arena *arena, const struct options *options);
int cmd_judge(struct arena *arena, const struct options *options);
int cmd_check(struct arena *arena, const struct options *options);
int cmd_read(struct arena *arena, const struct options *options);
int cmd_pcap(struct arena *arena, const struct options *options);
int cmd_playbook(struct arena *arena, const struct options *options);
int cmd_completion(struct arena *arena, const struct options *options);
int cmd_unredact(struct arena *arena, const struct options *options);
int cmd_inventory(struct arena *arena, const struct options *options);
int cmd_scan(struct arena *arena, const struct options *options);
int cmd_batch(struct arena *arena, const struct options *options);

#endif
