#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "repack.h"

static void keep(void *context, const void *bytes, size_t n)
{
	buf_add(context, bytes, n);
}

static uint32_t at_32(const struct buf *out, size_t at)
{
	const unsigned char *p = (const unsigned char *)out->p + at;
	assert_true(at + 4 <= out->n);
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Offset of the n-th block of a type; both lengths of every block agree. */
static size_t block_find(const struct buf *out, uint32_t type, unsigned nth)
{
	for (size_t at = 0; at < out->n;) {
		uint32_t length = at_32(out, at + 4);
		assert_true(length >= 12 && length % 4 == 0 && at + length <= out->n);
		assert_int_equal(at_32(out, at + length - 4), length);
		if (at_32(out, at) == type && nth-- == 0)
			return at;
		at += length;
	}
	fail_msg("no such block");
	return 0;
}

static void test_section_alone(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 65536);
	struct pcapng pcapng = {.write = keep, .context = &out};
	pcapng_begin(&pcapng, &(struct pcapng_section){.application = "test"});
	assert_int_equal(block_find(&out, 0x0a0d0d0a, 0), 0);
	assert_int_equal(at_32(&out, 4), out.n);
	assert_int_equal(at_32(&out, 8), 0x1a2b3c4d);
	buf_done(&out);
}

static void test_hostile_and_long_texts(void **state)
{
	(void)state;
	static char words[5000];
	struct buf out;
	buf_init(&out, 65536);
	memset(words, 0x1b, sizeof words - 1);
	struct pcapng pcapng = {.write = keep, .context = &out};
	pcapng_begin(&pcapng,
	             &(struct pcapng_section){.hardware = words, .os = words, .application = words, .comment = words});
	assert_int_equal(pcapng_interface(&pcapng, str_of(words), PCAPNG_ETHERNET, words), 0);
	assert_int_equal(pcapng_interface(&pcapng, STR("port2"), PCAPNG_RAW_IP, NULL), 1);
	pcapng_packet(&pcapng, &(struct pcapng_packet){
	                               .interface = 1, .bytes = "abc", .captured = 3, .original = 9, .comment = words});
	size_t packet = block_find(&out, 6, 0);
	assert_int_equal(at_32(&out, packet + 20), 3);
	assert_int_equal(at_32(&out, packet + 24), 9);
	assert_null(memchr(out.p, 0x1b, out.n));
	assert_false(out.full);
	buf_done(&out);
}

#define LINE(stamp, way) stamp " port1 " way " 192.0.2.10.49152 -> 198.51.100.53.7: udp 3\n"
#define ROWS6                                                   \
	"0x0000\t 0200 0000 0001 0200 0000 0002 0800 4500\t.\n" \
	"0x0010\t 001f 0001 0000 4011 0000 c000 020a c633\t.\n" \
	"0x0020\t 6435 c000 0007 000b 0000 4142 43       \t.\n\n"
#define ROWS5                                                   \
	"0x0000\t 4500 001f 0001 0000 4011 0000 c000 020a\t.\n" \
	"0x0010\t c633 6435 c000 0007 000b 0000 4142 43  \t.\n\n"
#define COMMAND(end) "FGT # diagnose sniffer packet any '' " end "\ninterfaces=[any]\nfilters=[]\n"

static const int64_t MOMENT = INT64_C(1795420800000001); /* 2026-11-23 08:00:00.000001 UTC */

static const struct {
	const char *name, *text;
	struct repack_options options;
	int64_t time_us;
	uint32_t link, direction, captured, original;
	size_t local, unanchored;
} cases[] = {
        {"UTC",
         COMMAND("6 0 a") LINE("2026-11-23 08:00:00.000001", "in") ROWS6,
         {.have_zone = true, .zone_seconds = 7200},
         MOMENT,
         1,
         1,
         42,
         45,
         0,
         0},
        {"local with a zone",
         COMMAND("6 0 l") LINE("2026-11-23 10:00:00.000001", "out") ROWS6,
         {.have_zone = true, .zone_seconds = 7200, .payload = true},
         MOMENT,
         1,
         2,
         45,
         45,
         0,
         0},
        {"local without",
         COMMAND("6 0 l") LINE("2026-11-23 08:00:00.000001", "--") ROWS6,
         {0},
         MOMENT,
         1,
         0,
         42,
         45,
         1,
         0},
        {"relative with a start",
         COMMAND("6") LINE("1.000001", "in") ROWS6,
         {.have_start = true, .start_us = MOMENT - 1000001},
         MOMENT,
         1,
         1,
         42,
         45,
         0,
         0},
        {"relative without", COMMAND("6") LINE("1.000001", "in") ROWS6, {0}, 1000001, 1, 1, 42, 45, 0, 1},
        {"level 5", COMMAND("5 0 a") LINE("2026-11-23 08:00:00.000001", "in") ROWS5, {0}, MOMENT, 101, 1, 28, 31, 0, 0},
        {"level 5 that nothing tells",
         LINE("2026-11-23 08:00:00.000001", "in") ROWS5,
         {0},
         MOMENT,
         101,
         1,
         28,
         31,
         1,
         0},
};

static void test_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out;
		struct repack_counts counts;
		struct arena *arena = arena_new();
		buf_init(&out, 65536);
		const struct pcapng sink = {.write = keep, .context = &out};
		struct repack *repack = repack_new(arena, &cases[i].options, &sink);
		repack_feed(repack, str_of(cases[i].text));
		repack_end(repack, &counts);
		assert_int_equal(counts.packets, 1);
		size_t packet = block_find(&out, 6, 0);
		uint64_t time_us = (uint64_t)at_32(&out, packet + 12) << 32 | at_32(&out, packet + 16);
		assert_int_equal(time_us, cases[i].time_us);
		assert_int_equal(at_32(&out, block_find(&out, 1, 0) + 8) & 0xffff, cases[i].link);
		assert_int_equal(at_32(&out, packet + 20), cases[i].captured);
		assert_int_equal(at_32(&out, packet + 24), cases[i].original);
		assert_int_equal(at_32(&out, packet + at_32(&out, packet + 4) - 12), cases[i].direction);
		assert_int_equal(counts.local, cases[i].local);
		assert_int_equal(counts.unanchored, cases[i].unanchored);
		buf_done(&out);
		arena_free(arena);
	}
}

static void test_what_is_left_out(void **state)
{
	(void)state;
	struct buf out;
	struct repack_counts counts;
	struct arena *arena = arena_new();
	buf_init(&out, 65536);
	const struct pcapng sink = {.write = keep, .context = &out};
	struct repack *repack = repack_new(arena, &(struct repack_options){0}, &sink);
	repack_feed(repack,
	            str_of(COMMAND("5 0 a") "2026-11-23 08:00:00.000001 port1 in arp who-has 192.0.2.1 tell 192.0.2.2\n"
	                                    "0x0000\t 0001 0800 0604 0001\t.\n\n" LINE(
	                                            "1.000001",
	                                            "in") "0x0000\t 4500 001f 0001 0000 4011 0000 c000 020a\t.\n"));
	repack_end(repack, &counts);
	assert_int_equal(counts.packets, 0);
	assert_int_equal(counts.not_ip, 1);
	assert_int_equal(counts.dump.damaged, 1);
	assert_non_null(strstr(counts.dump.damage, "breaks off"));
	assert_int_equal(out.n, 0);
	buf_done(&out);
	arena_free(arena);
}

/* The comment on an interface's clock must be true of all its packets. */
static void test_clocks_do_not_mix(void **state)
{
	(void)state;
	struct buf out;
	struct repack_counts counts;
	struct arena *arena = arena_new();
	buf_init(&out, 65536);
	const struct pcapng sink = {.write = keep, .context = &out};
	struct repack *repack = repack_new(arena, &(struct repack_options){0}, &sink);
	repack_feed(repack, str_of(COMMAND("6 0 a") LINE("2026-11-23 08:00:00.000001", "in") ROWS6 COMMAND("6 0 l")
	                                   LINE("2026-11-23 08:00:00.000001", "in") ROWS6 COMMAND("6 0 a")
	                                           LINE("2026-11-23 08:00:00.000001", "in") ROWS6));
	repack_end(repack, &counts);
	assert_int_equal(counts.packets, 3);
	assert_int_equal(counts.interfaces, 2);
	assert_int_equal(counts.local, 1);
	assert_int_equal(at_32(&out, block_find(&out, 6, 2) + 8), 0);
	buf_done(&out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_section_alone),     cmocka_unit_test(test_hostile_and_long_texts),
	        cmocka_unit_test(test_packets),           cmocka_unit_test(test_what_is_left_out),
	        cmocka_unit_test(test_clocks_do_not_mix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
