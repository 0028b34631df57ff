#include "support.h"

#include <dirent.h>
#include <stdio.h>

#include "buf.h"
#include "frame.h"
#include "hexdump.h"

/* Captures of real devices that others published: every packet's bytes must
 * say what its own text line says. They are not part of the project; without
 * them this test says so and passes. */

#define FOLDER "../shared/corpus/outputs/diagnose-sniffer-packet/"

/* Captures whose text is not whole, with the packets that must be left out. */
static const struct {
	const char *file;
	size_t damaged;
} broken[] = {
        {"10-level6-wan1-ssh-psh-1403.txt", 1},
        {"15-level6-damaged-lines.txt", 3},
        {"18-level6-any-icmp-readme.txt", 1},
        {"34-level6-ppp0-async-debug-interleaved.txt", 1},
};

struct tally {
	const char *file;
	size_t packets, compared, lengths;
};

static enum frame_link link_of(const struct hexdump_packet *packet)
{
	unsigned level = packet->capture->level;
	return level == 2 || level == 5 ? FRAME_RAW_IP : FRAME_ETHERNET;
}

static void compare(struct tally *tally, const struct packet *line, const struct frame *frame, unsigned at)
{
	bool same = ip_equal(&line->src, &frame->ip.source) && ip_equal(&line->dst, &frame->ip.destination) &&
	            line->proto == frame->ip.protocol;
	if (line->src_port || line->dst_port)
		same = same && line->src_port == frame->source_port && line->dst_port == frame->destination_port;
	if (line->proto == PROTOCOL_TCP)
		same = same && line->tcp_flags == (frame->tcp.flags & 0x3f & ~(line->have_ack ? 0 : TCP_ACK)) &&
		       (!line->have_seq || line->tcp_seq == frame->tcp.sequence) &&
		       (!line->have_ack || line->tcp_ack == frame->tcp.acknowledgment);
	if (line->proto == PROTOCOL_UDP && !line->fragment) {
		same = same && line->length == frame->payload_length;
		tally->lengths++;
	}
	tally->compared++;
	if (!same)
		fail_msg("%s:%u: line and bytes differ: proto %u/%u ports %u/%u %u/%u flags %x/%x length %u/%u",
		         tally->file, at, line->proto, frame->ip.protocol, line->src_port, frame->source_port,
		         line->dst_port, frame->destination_port, line->tcp_flags, frame->tcp.flags, line->length,
		         frame->payload_length);
}

static const char *take(void *context, const struct hexdump_packet *packet)
{
	struct tally *tally = context;
	struct packet line = {0};
	struct frame frame;
	frame_decode(link_of(packet), packet->bytes, packet->n, &frame);
	size_t wire = frame_wire_length(&frame);
	if (!packet->ended && (wire == 0 || wire > packet->n))
		return "cut";
	tally->packets++;
	if (sniffer_body_parse(packet->body, &line) && line.src.family)
		compare(tally, &line, &frame, packet->line);
	return NULL;
}

static struct str file_text(struct arena *arena, const char *name)
{
	FILE *in = fopen(arena_printf(arena, FOLDER "%s", name), "rb");
	char *text = arena_alloc(arena, (size_t)1024 * 1024);
	assert_non_null(in);
	size_t n = fread(text, 1, (size_t)1024 * 1024, in);
	(void)fclose(in);
	return (struct str){text, n};
}

static void check_file(struct arena *arena, const char *name, struct tally *all)
{
	struct tally tally = {.file = name};
	struct hexdump *hexdump = hexdump_new(arena, take, &tally);
	hexdump_feed(hexdump, file_text(arena, name));
	hexdump_end(hexdump);
	const struct hexdump_counts *counts = hexdump_counts(hexdump);
	size_t wanted = 0;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		wanted = strcmp(broken[i].file, name) == 0 ? broken[i].damaged : wanted;
	if (counts->damaged != wanted)
		fail_msg("%s: %zu damaged, the first at line %u: %s", name, counts->damaged, counts->damage_line,
		         counts->damage);
	all->packets += tally.packets;
	all->compared += tally.compared;
	all->lengths += tally.lengths;
}

static void test_captures(void **state)
{
	struct tally all = {0};
	DIR *folder = opendir(FOLDER);
	if (!folder) {
		(void)printf("skip: %s is not there\n", FOLDER);
		return;
	}
	for (const struct dirent *item; (item = readdir(folder));) {
		if (strstr(item->d_name, ".txt"))
			check_file(*state, item->d_name, &all);
	}
	(void)closedir(folder);
	(void)printf("%zu packets, %zu compared with their line, %zu lengths too\n", all.packets, all.compared,
	             all.lengths);
	assert_true(all.packets > 800);
	assert_true(all.compared > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {READ_TEST(test_captures)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
