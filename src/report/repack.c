#include "repack.h"

#include <string.h>

#include "frame.h"

enum { MAX_INTERFACES = 1024, NAME_BYTES = 64 };

struct known_interface {
	char name[NAME_BYTES];
	size_t n;
	enum frame_link link;
	const char *comment; /* of time_comment: interfaces differ where their clocks do */
};

struct repack {
	struct arena *arena;
	struct repack_options options;
	struct pcapng pcapng;
	struct hexdump *hexdump;
	struct repack_counts counts;
	int64_t step_start_us; /* of the command that is being read; negative for none */
	bool begun;
	unsigned decided; /* number of the capture for which link was found out */
	enum frame_link link;
	struct known_interface *interfaces;
	size_t interface_count, interface_capacity;
	size_t last; /* interface of the packet before */
};

/* ---- which link layer ---- */

/* Does the frame, read that way, have the addresses of its own text line? */
static bool fits(enum frame_link link, const struct hexdump_packet *packet)
{
	struct packet line = {0};
	struct frame frame;
	frame_decode(link, packet->bytes, packet->n, &frame);
	return frame.network.state == FRAME_PRESENT && sniffer_body_parse(packet->body, &line) && line.src.family &&
	       ip_equal(&line.src, &frame.ip.source) && ip_equal(&line.dst, &frame.ip.destination);
}

/* The command tells; without it the first packet that fits only one way. */
static enum frame_link link_of(struct repack *repack, const struct hexdump_packet *packet)
{
	unsigned level = packet->capture->level;
	if (level == 2 || level == 5)
		return FRAME_RAW_IP;
	if (level == 3 || level == 6)
		return FRAME_ETHERNET;
	if (repack->decided != packet->capture->number + 1) {
		repack->link = FRAME_ETHERNET;
		bool ethernet = fits(FRAME_ETHERNET, packet);
		bool raw = !ethernet && fits(FRAME_RAW_IP, packet);
		if (ethernet || raw)
			repack->decided = packet->capture->number + 1;
		if (raw)
			repack->link = FRAME_RAW_IP;
	}
	return repack->link;
}

/* ---- time ---- */

/* Microseconds since 1970 in UTC; what is not known about it is counted. */
static int64_t moment_of(struct repack *repack, const struct hexdump_packet *packet)
{
	const struct repack_options *options = &repack->options;
	if (packet->stamp == SNIFFER_STAMP_RELATIVE) {
		bool anchored = options->have_start || repack->step_start_us >= 0;
		int64_t start = options->have_start ? options->start_us : repack->step_start_us;
		repack->counts.unanchored += !anchored;
		return packet->time_us + (anchored ? start : 0);
	}
	if (packet->capture->have_clock && packet->capture->clock == CAPTURE_UTC)
		return packet->time_us;
	repack->counts.local += !options->have_zone;
	return packet->time_us - (options->have_zone ? options->zone_seconds * INT64_C(1000000) : 0);
}

/* What a reader of the file must know of an interface's times. */
static const char *time_comment(const struct repack *repack, const struct hexdump_packet *packet)
{
	const struct repack_options *options = &repack->options;
	if (packet->stamp == SNIFFER_STAMP_RELATIVE) {
		if (options->have_start)
			return "relative time stamps, counted from the start that was given";
		if (repack->step_start_us >= 0)
			return "relative time stamps, counted from when the command was sent";
		return "relative time stamps, counted from 1970-01-01: nothing told when the capture began";
	}
	if (packet->capture->have_clock && packet->capture->clock == CAPTURE_UTC)
		return NULL;
	return options->have_zone ? "local time stamps, made UTC with the zone that was given"
	                          : "time stamps that may be local time, taken as UTC: no zone was given";
}

/* ---- interfaces ---- */

static struct str name_of(const struct hexdump_packet *packet)
{
	struct str name = packet->interface.n ? packet->interface : str_of(packet->capture->interfaces);
	return str_cut(name, 0, NAME_BYTES);
}

static bool is_known(const struct known_interface *known, struct str name, enum frame_link link, const char *comment)
{
	return known->link == link && known->comment == comment && known->n == name.n &&
	       memcmp(known->name, name.p, name.n) == 0;
}

static void begin(struct repack *repack)
{
	static const struct pcapng_section whole = {.hardware = "FortiGate", .application = "fgdiag " FGDIAG_VERSION};
	struct pcapng_section section = whole;
	if (!repack->options.payload)
		section.comment = "frames are cut behind the transport header: no payload";
	pcapng_begin(&repack->pcapng, &section);
	repack->begun = true;
}

/* The number of an interface, described when it is new; -1 for one too many. */
static int64_t interface_find(struct repack *repack, const struct hexdump_packet *packet, enum frame_link link)
{
	struct str name = name_of(packet);
	const char *comment = time_comment(repack, packet);
	if (repack->last < repack->interface_count && is_known(&repack->interfaces[repack->last], name, link, comment))
		return (int64_t)repack->last;
	for (repack->last = 0; repack->last < repack->interface_count; repack->last++) {
		if (is_known(&repack->interfaces[repack->last], name, link, comment))
			return (int64_t)repack->last;
	}
	if (repack->interface_count == MAX_INTERFACES)
		return -1;
	if (!repack->begun)
		begin(repack);
	repack->interfaces = arena_grow(repack->arena, repack->interfaces, repack->interface_count,
	                                &repack->interface_capacity, sizeof *repack->interfaces);
	struct known_interface *known = &repack->interfaces[repack->interface_count++];
	*known = (struct known_interface){.n = name.n, .link = link, .comment = comment};
	memcpy(known->name, name.p, name.n);
	return pcapng_interface(&repack->pcapng, name, link == FRAME_RAW_IP ? PCAPNG_RAW_IP : PCAPNG_ETHERNET, comment);
}

/* ---- packets ---- */

static const char *take(void *context, const struct hexdump_packet *packet)
{
	struct repack *repack = context;
	struct frame frame;
	enum frame_link link = link_of(repack, packet);
	frame_decode(link, packet->bytes, packet->n, &frame);
	size_t wire = frame_wire_length(&frame);
	if (!packet->ended && (wire == 0 || wire > packet->n))
		return "the text breaks off inside the packet's bytes, or other text stands between them";
	if (link == FRAME_RAW_IP && !frame.ip.source.family) {
		repack->counts.not_ip++;
		return NULL;
	}
	int64_t time_us = moment_of(repack, packet);
	int64_t interface = interface_find(repack, packet, link);
	if (time_us < 0)
		return "a time before 1970";
	if (interface < 0)
		return "more than 1024 interfaces";
	size_t captured = repack->options.payload ? packet->n : frame.headers;
	pcapng_packet(&repack->pcapng,
	              &(struct pcapng_packet){.interface = (uint32_t)interface,
	                                      .time_us = (uint64_t)time_us,
	                                      .direction = packet->direction,
	                                      .bytes = packet->bytes,
	                                      .captured = (uint32_t)captured,
	                                      .original = (uint32_t)(wire > packet->n ? wire : packet->n)});
	repack->counts.packets++;
	return NULL;
}

struct repack *repack_new(struct arena *arena, const struct repack_options *options, const struct pcapng *sink)
{
	struct repack *repack = ARENA_NEW(arena, struct repack);
	repack->arena = arena;
	repack->options = *options;
	repack->pcapng = *sink;
	repack->step_start_us = -1;
	repack->hexdump = hexdump_new(arena, take, repack);
	return repack;
}

void repack_command(struct repack *repack, struct str command, int64_t start_us)
{
	hexdump_command(repack->hexdump, command);
	repack->step_start_us = start_us;
}

void repack_feed(struct repack *repack, struct str text)
{
	hexdump_feed(repack->hexdump, text);
}

void repack_end(struct repack *repack, struct repack_counts *out)
{
	hexdump_end(repack->hexdump);
	repack->counts.interfaces = repack->interface_count;
	repack->counts.dump = *hexdump_counts(repack->hexdump);
	*out = repack->counts;
}
