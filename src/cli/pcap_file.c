#include "pcap_file.h"

#include "dialog.h"
#include "output.h"
#include "output_stream.h"

static void feed_step(const struct transcript *transcript, const struct step_run *step, struct repack *repack)
{
	struct buf clean;
	if (str_find(str_of(step->command), "sniffer packet") < 0)
		return;
	buf_init(&clean, TRANSCRIPT_MAX_BYTES);
	dialog_clean(step->raw, step->command, step->end.prompt ? step->end.prompt : "", &clean);
	repack_command(repack, str_of(step->command), transcript->header.started_us + step->start_us);
	repack_feed(repack, buf_str(&clean));
	buf_done(&clean);
}

void pcap_tell(struct arena *arena, const struct repack_counts *counts, bool payload)
{
	const struct hexdump_counts *dump = &counts->dump;
	output_note("", arena_printf(arena, "%zu packet%s on %zu interface%s, %zu damaged%s", counts->packets,
	                             text_plural(counts->packets), counts->interfaces, text_plural(counts->interfaces),
	                             dump->damaged, payload ? "" : "; no payload (--payload keeps it)"));
	if (dump->damaged)
		output_note("", arena_printf(arena, "left out, first at line %u: %s", dump->damage_line, dump->damage));
	if (dump->without_bytes)
		output_note("", arena_printf(arena, "left out: %zu packet line%s without bytes", dump->without_bytes,
		                             text_plural(dump->without_bytes)));
	if (counts->not_ip)
		output_note("",
		            arena_printf(arena, "left out: %zu packet%s that are not IP, printed without link header",
		                         counts->not_ip, text_plural(counts->not_ip)));
	if (counts->local)
		output_note("", arena_printf(arena,
		                             "%zu time stamp%s may be local time and count as UTC; --zone +HHMM "
		                             "corrects that",
		                             counts->local, text_plural(counts->local)));
	if (counts->unanchored)
		output_note("",
		            arena_printf(arena, "%zu relative time stamp%s count from 1970; --start TIME corrects that",
		                         counts->unanchored, text_plural(counts->unanchored)));
}

int pcap_nothing(const struct repack_counts *counts, struct err *err)
{
	if (counts->dump.damaged)
		return err_set(err, ERR_USAGE, "no whole packet found; %zu damaged, the first at line %u: %s",
		               counts->dump.damaged, counts->dump.damage_line, counts->dump.damage);
	if (counts->dump.without_bytes)
		return err_set(err, ERR_USAGE,
		               "no packet with bytes found: the sniffer prints them at levels 2, 3, 5 and 6");
	if (counts->not_ip)
		return err_set(err, ERR_USAGE, "no IP packet found; level 6 shows the others with their link header");
	return err_set(err, ERR_USAGE,
	               "no packet found: this is no output of diagnose sniffer packet at levels 2, 3, 5 or 6");
}

void pcap_feed(const struct transcript *transcript, struct repack *repack)
{
	struct step_list steps;
	transcript_steps(transcript, &steps);
	for (size_t i = 0; i < steps.count; i++)
		feed_step(transcript, &steps.steps[i], repack);
}

static int write_all(struct arena *arena, const struct options *options, const struct transcript *transcript,
                     struct err *err)
{
	struct repack_counts counts = {0};
	const struct repack_options wanted = {.payload = options->payload};
	struct output_stream *stream = output_stream_open(arena, options->pcap, err);
	if (!stream)
		return -1;
	const struct pcapng sink = {.write = output_stream_write, .context = stream};
	struct repack *repack = repack_new(arena, &wanted, &sink);
	pcap_feed(transcript, repack);
	repack_end(repack, &counts);
	if (counts.packets == 0) {
		output_stream_drop(stream);
		return pcap_nothing(&counts, err);
	}
	if (output_stream_commit(stream, err) < 0)
		return -1;
	if (!options->quiet)
		pcap_tell(arena, &counts, options->payload);
	return 0;
}

int pcap_save(struct arena *arena, const struct options *options, const struct transcript *transcript)
{
	struct err err;
	if (!options->pcap || write_all(arena, options, transcript, &err) == 0)
		return 0;
	(void)err_prefix(&err, "--pcap: nothing was written to %.200s", options->pcap);
	output_error(&err);
	return -1;
}
