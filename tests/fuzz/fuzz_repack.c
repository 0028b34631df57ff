#include "frame.h"
#include "fuzz.h"
#include "repack.h"

static void count(void *context, const void *bytes, size_t n)
{
	(void)bytes;
	*(size_t *)context += n;
}

static void decode(enum frame_link link, const uint8_t *data, size_t size)
{
	struct frame frame;
	struct buf name;
	frame_decode(link, data, size, &frame);
	PROMISE(frame.headers <= size);
	PROMISE((frame.network.state == FRAME_PRESENT) == !frame.network.why);
	PROMISE((frame.transport.state == FRAME_PRESENT) == !frame.transport.why);
	buf_init(&name, FRAME_DNS_NAME_MAX);
	bool named = frame_dns_name(&frame, &name);
	PROMISE(!name.full && (named || !frame.dns.have_question));
	buf_done(&name);
}

/* The first byte's low bit: text of a sniffer, or a frame's bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1) {
		decode(FRAME_ETHERNET, data + 1, size - 1);
		decode(FRAME_RAW_IP, data + 1, size - 1);
		return 0;
	}
	size_t written = 0;
	struct arena *arena = arena_new();
	struct repack_counts counts;
	const struct repack_options options = {.payload = data[0] & 2};
	const struct pcapng sink = {.write = count, .context = &written};
	struct repack *repack = repack_new(arena, &options, &sink);
	repack_feed(repack, fuzz_str(data + 1, size - 1));
	repack_end(repack, &counts);
	PROMISE((counts.dump.damaged == 0) == !counts.dump.damage);
	PROMISE(counts.packets + counts.not_ip == counts.dump.packets);
	PROMISE((written == 0) == (counts.interfaces == 0));
	arena_free(arena);
	return 0;
}
