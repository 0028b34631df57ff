#include "lines.h"
#include "readers.h"
#include "sniffer_frames.h"
#include "sniffer_line.h"

/* `diagnose sniffer packet`. */

/* Interfaces of one capture; each name is kept once. */
enum { NAMES_MAX = 64 };

struct sniffer {
	struct arena *arena;
	const struct read_input *input;
	struct capture *capture;
	size_t capacity;
	enum sniffer_stamp stamp; /* of the first packet: the others must be alike */
	bool interfaces, filters; /* header lines seen */
	const char *names[NAMES_MAX];
	size_t name_count;
	struct source other; /* first line before the header that is not part of it */
};

static struct source here(const struct sniffer *sniffer, const struct lines *lines)
{
	return read_source(sniffer->arena, sniffer->input, lines->number, lines->line);
}

static const char *name_keep(struct sniffer *sniffer, struct str name)
{
	for (size_t i = 0; i < sniffer->name_count; i++) {
		if (str_is(name, sniffer->names[i]))
			return sniffer->names[i];
	}
	const char *kept = arena_strndup(sniffer->arena, name.p, name.n);
	if (sniffer->name_count < NAMES_MAX)
		sniffer->names[sniffer->name_count++] = kept;
	return kept;
}

/* ---- header and trailer ---- */

static void filter_keep(struct sniffer *sniffer, struct str text)
{
	size_t n = text.n;
	while (n && text.p[n - 1] != ']')
		n--;
	if (n == 0)
		return;
	sniffer->filters = true;
	sniffer->capture->filter = arena_strndup(sniffer->arena, text.p, n - 1);
}

/* "interfaces=[any]" and "filters=[…]", also on one line. */
static bool header_read(struct sniffer *sniffer, struct str text)
{
	bool header = false;
	if (str_starts(text, "interfaces=[") && str_find_char(text, ']') >= 0) {
		header = sniffer->interfaces = true;
		sniffer->capture->one_interface = !str_starts(text, "interfaces=[any]");
		text = str_trim(str_from(text, (size_t)str_find_char(text, ']') + 1));
	}
	if (str_starts(text, "filters=[")) {
		header = true;
		filter_keep(sniffer, str_from(text, 9));
	}
	return header;
}

static bool trailer_read(struct sniffer *sniffer, const struct lines *lines, struct str text)
{
	struct capture *capture = sniffer->capture;
	struct str rest;
	uint64_t number;
	if (!read_number(text, UINT64_MAX, &number, &rest))
		return false;
	if (str_is(rest, " packets received by filter") || str_is(rest, " packet received by filter")) {
		capture->received = number;
		capture->trailer_from = here(sniffer, lines);
		return true;
	}
	if (!str_is(rest, " packets dropped by kernel") && !str_is(rest, " packet dropped by kernel"))
		return false;
	capture->dropped = number;
	capture->have_trailer = capture->trailer_from.step != NULL;
	return true;
}

/* ---- packets ---- */

static void unread_add(struct sniffer *sniffer, const struct lines *lines)
{
	if (sniffer->capture->unread_count++ == 0)
		sniffer->capture->unread_from = here(sniffer, lines);
}

static bool packet_read(struct sniffer *sniffer, const struct lines *lines)
{
	struct capture *capture = sniffer->capture;
	struct packet packet = {.line = lines->number, .text = lines->line};
	struct str rest, interface;
	enum sniffer_stamp stamp = sniffer_stamp_parse(lines->line, &packet.time_us, &rest);
	if (stamp == SNIFFER_STAMP_NONE)
		return false;
	packet.direction = sniffer_place_parse(rest, &interface, &rest);
	if (sniffer->stamp == SNIFFER_STAMP_NONE)
		sniffer->stamp = stamp;
	if (stamp != sniffer->stamp || !sniffer_body_parse(rest, &packet)) {
		unread_add(sniffer, lines);
		return true;
	}
	if (interface.n)
		packet.interface = name_keep(sniffer, interface);
	capture->packets = arena_grow(sniffer->arena, capture->packets, capture->packet_count, &sniffer->capacity,
	                              sizeof *capture->packets);
	capture->packets[capture->packet_count++] = packet;
	return true;
}

/* Lines that may stand before or beside the header and say nothing wrong. */
static bool is_preamble(struct str text)
{
	return text.n == 0 || str_starts(text, "Using Original Sniffing Mode") || str_starts(text, "pcap_lookupnet:");
}

static void lines_read(struct sniffer *sniffer)
{
	struct lines lines;
	lines_init(&lines, sniffer->input->text);
	while (!sniffer->capture->have_trailer && lines_next(&lines)) {
		struct str text = str_trim(lines.line);
		if (packet_read(sniffer, &lines) || header_read(sniffer, text) || trailer_read(sniffer, &lines, text))
			continue;
		bool before = !sniffer->interfaces || !sniffer->filters;
		if (before && !is_preamble(text) && !sniffer->other.step)
			sniffer->other = here(sniffer, &lines);
	}
}

/* ---- the capture ---- */

static enum capture_clock clock_of(const struct sniffer *sniffer)
{
	if (sniffer->stamp != SNIFFER_STAMP_ABSOLUTE)
		return CAPTURE_RELATIVE;
	const struct step_run *run = sniffer->input->run;
	return run && str_ends(str_trim(str_of(run->command)), " a") ? CAPTURE_UTC : CAPTURE_LOCAL;
}

static void run_take(const struct step_run *run, struct capture *capture)
{
	bool prompt = run->end.prompt && *run->end.prompt;
	capture->requested = run->end.requested;
	capture->interrupted = run->end.interrupted;
	capture->link_lost = run->end.link_lost || (!prompt && !capture->have_trailer);
	capture->quiet_us = run->quiet_us;
	capture->duration_us = run->end_us - run->start_us;
}

void read_capture(struct arena *arena, const struct read_input *input, struct capture *out)
{
	struct capture capture = {.step = input->step, .requested = out->requested};
	struct sniffer sniffer = {.arena = arena, .input = input, .capture = &capture};
	lines_read(&sniffer);
	capture.started = sniffer.interfaces && sniffer.filters;
	capture.clock = clock_of(&sniffer);
	if (!capture.started && capture.packet_count == 0 && sniffer.other.step) {
		struct str words = str_trim(str_of(sniffer.other.text));
		capture.error = arena_strndup(arena, words.p, words.n);
		capture.error_from = sniffer.other;
	}
	sniffer_frames(arena, input, &capture);
	if (input->run)
		run_take(input->run, &capture);
	*out = capture;
}

static void capture_facts(struct arena *arena, const struct capture *capture, struct facts *facts)
{
	const struct source several = {0};
	if (!capture->started) {
		const char *reason = capture->error
		                             ? arena_printf(arena, "the sniffer did not start: %s", capture->error)
		                             : "the sniffer's header lines are missing";
		for (int id = FACT_ID_CAPTURE_PACKETS; id <= FACT_ID_CAPTURE_DURATION; id++)
			facts_set_absent(facts, (enum fact_id)id, reason);
		return;
	}
	facts_set_int(facts, FACT_ID_CAPTURE_PACKETS, (int64_t)capture->packet_count, several);
	if (capture->duration_us > 0)
		facts_set_int(facts, FACT_ID_CAPTURE_DURATION, capture->duration_us, several);
	if (!capture->have_trailer || capture->received > INT64_MAX || capture->dropped > INT64_MAX) {
		facts_set_absent(facts, FACT_ID_CAPTURE_RECEIVED, "the sniffer printed no closing lines");
		facts_set_absent(facts, FACT_ID_CAPTURE_DROPPED, "the sniffer printed no closing lines");
		return;
	}
	facts_set_int(facts, FACT_ID_CAPTURE_RECEIVED, (int64_t)capture->received, capture->trailer_from);
	facts_set_int(facts, FACT_ID_CAPTURE_DROPPED, (int64_t)capture->dropped, capture->trailer_from);
}

void sniffer_read(struct arena *arena, const struct read_input *input, struct facts *facts)
{
	struct capture capture = {0};
	read_capture(arena, input, &capture);
	struct capture *all = ARENA_ARRAY(arena, facts->capture_count + 1, struct capture);
	for (size_t i = 0; i < facts->capture_count; i++)
		all[i] = facts->captures[i];
	all[facts->capture_count++] = capture;
	facts->captures = all;
	capture_facts(arena, &capture, facts);
}
