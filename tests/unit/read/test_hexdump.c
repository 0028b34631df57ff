#include "support.h"

#include <stdio.h>

#include "buf.h"
#include "hexdump.h"

/* What the callback saw, as one line per packet. */
struct seen {
	struct buf text;
	const char *refuse;
};

static const char *take(void *context, const struct hexdump_packet *packet)
{
	struct seen *seen = context;
	if (seen->refuse)
		return seen->refuse;
	buf_printf(&seen->text, "%u-%u c%u l%u %s %.*s %d %s:", packet->line, packet->last_line,
	           packet->capture->number, packet->capture->level, packet->capture->interfaces,
	           (int)packet->interface.n, packet->interface.p, (int)packet->direction,
	           packet->ended ? "ended" : "open");
	for (size_t i = 0; i < packet->n; i++)
		buf_printf(&seen->text, "%02x", packet->bytes[i]);
	buf_add_char(&seen->text, '\n');
	return NULL;
}

#define HEAD  "FGT # diagnose sniffer packet any 'host 192.0.2.1' 6 0 a\ninterfaces=[any]\nfilters=[host 192.0.2.1]\n"
#define LINE  "1.000001 port1 in 192.0.2.1.1 -> 192.0.2.2.2: udp 1\n"
#define ROW0  "0x0000\t 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f\t................\n"
#define BYTES "000102030405060708090a0b0c0d0e0f"

static const struct {
	const char *name, *text, *packets;
	size_t damaged;
	const char *words;
} cases[] = {
        {"TAB form, odd last byte", HEAD LINE ROW0 "0x0010\t 1011 12                                \t...\n\n",
         "4-6 c1 l6 any port1 1 ended:" BYTES "101112\n", 0, NULL},
        {"blank form", HEAD LINE "0x0000   0001 0203 0405 0607 0809 0a0b 0c0d 0e0f        ........\n\n",
         "4-5 c1 l6 any port1 1 ended:" BYTES "\n", 0, NULL},
        {"no ASCII part", HEAD LINE "0x0000   0001 0203\n\n", "4-5 c1 l6 any port1 1 ended:00010203\n", 0, NULL},
        {"CR at the ends", HEAD LINE "0x0000\t 0001 02\t...\r\r\n\r\n", "4-5 c1 l6 any port1 1 ended:000102\n", 0,
         NULL},
        {"indented, empty lines between all", HEAD "  " LINE "\n  " ROW0 "\n  0x0010\t 1011\t..\n\n",
         "4-8 c1 l6 any port1 1 ended:" BYTES "1011\n", 0, NULL},
        {"upper case", HEAD LINE "0x0000\t ABCD EF\t...\n\n", "4-5 c1 l6 any port1 1 ended:abcdef\n", 0, NULL},
        {"other text between rows", HEAD LINE ROW0 "PPP send: echo\n0x0010\t 1011\t..\n\n",
         "4-7 c1 l6 any port1 1 open:" BYTES "1011\n", 0, NULL},
        {"prompt in place of the empty line", HEAD LINE ROW0 "FGT # \n", "4-5 c1 l6 any port1 1 open:" BYTES "\n", 0,
         NULL},
        {"cut in a row", HEAD LINE "0x0000\t 0001 02", "4-5 c1 l6 any port1 1 open:000102\n", 0, NULL},
        {"cut in the offset", HEAD LINE ROW0 "0x00", "", 1, "not hex"},
        {"a row is missing", HEAD LINE ROW0 "0x0020\t 1011\t..\n\n" LINE "0x0000\t 07\t.\n\n",
         "8-9 c1 l6 any port1 1 ended:07\n", 1, "missing"},
        {"a short row inside", HEAD LINE "0x0000\t 0001\t..\n0x0010\t 1011\t..\n\n", "", 1, "missing"},
        {"a letter that is no digit", HEAD LINE "0x0000\t 0001 g203\t....\n\n" LINE "0x0000\t 07\t.\n\n",
         "7-8 c1 l6 any port1 1 ended:07\n", 1, "not hex"},
        {"half a byte", HEAD LINE "0x0000\t 0001 2\t...\n\n", "", 1, "not hex"},
        {"an offset that is none", HEAD LINE "0x0000PPP recv\n" ROW0 "\n", "", 1, "not hex"},
        {"rows without a line", HEAD ROW0 "\n" LINE "0x0000\t 07\t.\n\n", "6-7 c1 l6 any port1 1 ended:07\n", 1,
         "without the packet's line"},
        {"two captures",
         HEAD LINE "0x0000\t 07\t.\n\nFGT # diag snif pack wan1 \"\" 5\ninterfaces=[wan1]\nfilters=[]\n"
                   "2.000000 wan1 -- 192.0.2.1.1 -> 192.0.2.2.2: udp 1\n0x0000\t 08\t.\n\n",
         "4-5 c1 l6 any port1 1 ended:07\n10-11 c2 l5 wan1 wan1 0 ended:08\n", 0, NULL},
        {"nothing", "", "", 0, NULL},
};

static void test_texts(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen seen = {0};
		buf_init(&seen.text, 4096);
		struct hexdump *hexdump = hexdump_new(*state, take, &seen);
		hexdump_feed(hexdump, str_of(cases[i].text));
		hexdump_end(hexdump);
		const struct hexdump_counts *counts = hexdump_counts(hexdump);
		buf_add_text(&seen.text, "");
		if (strcmp(seen.text.p ? seen.text.p : "", cases[i].packets) != 0 ||
		    counts->damaged != cases[i].damaged)
			fail_msg("%s: %zu damaged, got\n%s", cases[i].name, counts->damaged, seen.text.p);
		if (cases[i].words && !strstr(counts->damage, cases[i].words))
			fail_msg("%s: '%s'", cases[i].name, counts->damage);
		buf_done(&seen.text);
	}
}

/* Blocks of whole lines give what the whole text gives. */
static void test_blocks(void **state)
{
	const char *text = HEAD LINE ROW0 "0x0010\t 1011\t..\n\n" LINE ROW0 "\n";
	struct seen whole = {0}, blocks = {0};
	buf_init(&whole.text, 4096);
	buf_init(&blocks.text, 4096);
	struct hexdump *a = hexdump_new(*state, take, &whole);
	struct hexdump *b = hexdump_new(*state, take, &blocks);
	hexdump_feed(a, str_of(text));
	hexdump_end(a);
	for (const char *p = text, *end; (end = strchr(p, '\n')); p = end + 1)
		hexdump_feed(b, (struct str){p, (size_t)(end - p) + 1});
	hexdump_end(b);
	assert_string_equal(whole.text.p, blocks.text.p);
	assert_int_equal(hexdump_counts(a)->packets, 2);
	buf_done(&whole.text);
	buf_done(&blocks.text);
}

static void test_clock_of_the_command(void **state)
{
	static const struct {
		const char *command;
		unsigned level;
		enum capture_clock clock;
	} rows[] = {
	        {"diagnose sniffer packet any 'port 53' 6 0 a", 6, CAPTURE_UTC},
	        {"sudo root diagnose sniffer packet any \"\" 3 10 l", 3, CAPTURE_LOCAL},
	        {"diag sniff pack port1 none 5", 5, CAPTURE_RELATIVE},
	        {"diagnose sniffer packet any", 1, CAPTURE_RELATIVE},
	};
	struct seen seen = {0};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char wanted[32];
		buf_init(&seen.text, 4096);
		struct hexdump *hexdump = hexdump_new(*state, take, &seen);
		hexdump_command(hexdump, str_of(rows[i].command));
		hexdump_feed(hexdump, str_of(LINE "0x0000\t 07\t.\n\n"));
		hexdump_end(hexdump);
		(void)snprintf(wanted, sizeof wanted, "1-2 c0 l%u ", rows[i].level);
		assert_memory_equal(seen.text.p, wanted, strlen(wanted));
		buf_done(&seen.text);
	}
}

static void test_refused_packets_are_damaged(void **state)
{
	struct seen seen = {.refuse = "too short"};
	struct hexdump *hexdump = hexdump_new(*state, take, &seen);
	hexdump_feed(hexdump, str_of(HEAD LINE ROW0 "\n" LINE));
	hexdump_end(hexdump);
	const struct hexdump_counts *counts = hexdump_counts(hexdump);
	assert_int_equal(counts->damaged, 1);
	assert_string_equal(counts->damage, "too short");
	assert_int_equal(counts->damage_line, 4);
	assert_int_equal(counts->without_bytes, 1);
}

/* Every byte in place of a digit: only the 22 digits count. */
static void test_digits(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		uint8_t bytes[16];
		char full[] = "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f";
		char pair[2] = {'0', (char)c};
		bool digit = c && strchr("0123456789abcdefABCDEF", c);
		full[20] = (char)c;
		assert_int_equal(hexdump_row((struct str){full, 39}, bytes), digit ? 16 : 0);
		assert_int_equal(hexdump_row((struct str){pair, 2}, bytes), digit ? 1 : 0);
	}
}

static void test_too_long(void **state)
{
	struct seen seen = {.refuse = "taken"};
	struct buf text;
	buf_init(&text, (size_t)1024 * 1024);
	buf_add_text(&text, LINE);
	for (unsigned offset = 0; offset <= 0xfff0; offset += 16)
		buf_printf(&text, "0x%04x\t 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f\t.\n", offset);
	buf_add_text(&text, "0x10000\t 00\n");
	struct hexdump *hexdump = hexdump_new(*state, take, &seen);
	hexdump_feed(hexdump, buf_str(&text));
	hexdump_end(hexdump);
	assert_int_equal(hexdump_counts(hexdump)->damaged, 1);
	assert_string_equal(hexdump_counts(hexdump)->damage, "a row that is not hex bytes");
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(test_texts),
	        READ_TEST(test_blocks),
	        READ_TEST(test_clock_of_the_command),
	        READ_TEST(test_refused_packets_are_damaged),
	        READ_TEST(test_digits),
	        READ_TEST(test_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
