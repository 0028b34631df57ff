#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "clock.h"
#include "commands.h"
#include "console.h"
#include "die.h"
#include "flow.h"
#include "state.h"
#include "wire.h"

/* diagnose sniffer packet IFACE FILTER LEVEL COUNT STAMP: prints what passes
 * while it runs; without traffic it never ends by itself. */

struct sniffer {
	struct job job;
	struct bpf *bpf;
	char interface[32];
	struct packet_style style;
	long count, seen; /* count 0: until Ctrl-C */
	int64_t seen_until_us;
	size_t echo_mark;
};

static void print_trailer(struct sniffer *sniffer, struct console *console)
{
	const struct sniffer_style *style = &console->world->sniffer;
	console_print(console, "%s\n%ld packets received by filter\n%ld packets dropped by kernel\n",
	              style->caret ? "^C" : "", sniffer->seen + style->dropped, style->dropped);
}

static void print_bytes(struct console *console, const struct packet *packet, int level)
{
	uint8_t bytes[WIRE_MAX];
	char row[128];
	if (level == 1 || level == 4)
		return;
	size_t n = wire_make(packet, level == 3 || level == 6, bytes);
	for (size_t at = 0; at < n;) {
		at += wire_row(bytes, n, at, row, sizeof row);
		console_print(console, "%s\n", row);
	}
	console_print(console, "\n");
}

static bool print_packet(struct sniffer *sniffer, struct console *console, const struct packet *packet)
{
	char line[512];
	bool any = strcmp(sniffer->interface, "any") == 0;
	if ((!any && strcmp(sniffer->interface, packet->interface) != 0) || !bpf_match(sniffer->bpf, packet))
		return true;
	packet_print(packet, &sniffer->style, line, sizeof line);
	console_print(console, "%s\n", line);
	print_bytes(console, packet, sniffer->style.level);
	sniffer->seen++;
	return !sniffer->count || sniffer->seen < sniffer->count;
}

static void sniffer_tick(struct job *job, struct console *console, int64_t now_us)
{
	struct sniffer *sniffer = (struct sniffer *)job;
	struct packet_list packets = {0};
	flow_packets(console->world, sniffer->seen_until_us, now_us, &packets);
	state_echo_since(&sniffer->echo_mark, &packets);
	packet_list_sort(&packets);
	sniffer->seen_until_us = now_us;
	for (size_t i = 0; i < packets.count && !console->finished; i++) {
		if (print_packet(sniffer, console, &packets.items[i]))
			continue;
		if (console->world->sniffer.trailer_on_count)
			print_trailer(sniffer, console);
		console_finish(console);
	}
	packet_list_free(&packets);
}

static bool sniffer_key(struct job *job, struct console *console, char key)
{
	if (key != 3 || console->finished)
		return false;
	sniffer_tick(job, console, world_now());
	if (!console->finished) {
		print_trailer((struct sniffer *)job, console);
		console_finish(console);
	}
	return true;
}

static void sniffer_free(struct job *job)
{
	struct sniffer *sniffer = (struct sniffer *)job;
	bpf_free(sniffer->bpf);
	free(sniffer);
}

static bool read_number(struct console *console, const char *word, long min, long max, long *out)
{
	char *end;
	long value = strtol(word, &end, 10);
	if (*end || !*word || value < min || value > max) {
		command_value_error(console, word);
		return false;
	}
	*out = value;
	return true;
}

static void begin(struct console *console, struct sniffer *sniffer, const char *filter)
{
	const struct sniffer_style *style = &console->world->sniffer;
	bool refused = style->refuse && strstr(filter, style->refuse);
	sniffer->bpf = refused ? NULL : bpf_parse(filter);
	if (!sniffer->bpf) {
		console_print(console, "filter: syntax error in '%s'\n", filter);
		sniffer_free(&sniffer->job);
		return;
	}
	if (style->original)
		console_print(console, "Using Original Sniffing Mode\n");
	console_print(console, "interfaces=[%s]\nfilters=[%s]\n", sniffer->interface, filter);
	console->job = &sniffer->job;
}

void run_sniffer(struct console *console, int argc, char **argv)
{
	long level = 1, count = 0;
	const char *stamp = argc > 4 ? argv[4] : "";
	if ((argc > 2 && !read_number(console, argv[2], 1, 6, &level)) ||
	    (argc > 3 && !read_number(console, argv[3], 0, 2147483647, &count)))
		return;
	if (strlen(stamp) > 1 || !strchr("al", stamp[0])) {
		command_parse_error(console, stamp);
		return;
	}
	int64_t now_us = world_now();
	struct sniffer *sniffer = emu_alloc(sizeof *sniffer);
	*sniffer = (struct sniffer){.job = {"sniffer", sniffer_tick, sniffer_key, sniffer_free},
	                            .style = {.level = (int)level,
	                                      .stamp = stamp[0],
	                                      .zero_us = now_us,
	                                      .zone_minutes = console->world->device.zone_minutes,
	                                      .ahead_us = (int64_t)(console->world->device.clock_ahead_s * 1e6),
	                                      .one_interface = strcmp(argv[0], "any") != 0},
	                            .count = count,
	                            .seen_until_us = now_us,
	                            .echo_mark = state_echo_mark()};
	sniffer->style.one_interface |= console->world->sniffer.blind;
	(void)snprintf(sniffer->interface, sizeof sniffer->interface, "%s", argv[0]);
	begin(console, sniffer, argc > 1 ? argv[1] : "");
}
