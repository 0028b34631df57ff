#ifndef EMU_PING_OPTIONS_H
#define EMU_PING_OPTIONS_H

#include <stdbool.h>

struct console;

struct ping_options {
	long repeat_count, data_size, timeout, interval, ttl, tos;
	long adaptive, df_bit, validate, sdwan; /* 0 or 1 */
	char source[64], interface[32], pattern[40];
};

void ping_options_reset(struct ping_options *options);
bool ping_options_changed(const struct ping_options *options);

/* `execute ping-options …`; the words after it. */
void ping_options_command(struct console *console, struct ping_options *options, bool v6, int argc, char **argv);

#endif
