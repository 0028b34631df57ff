#include "frame.h"
#include "support.h"

/* Packets of a capture with their bytes. */

#define HEADER "interfaces=[any]\nfilters=[( host 192.0.2.10 )]\n"
#define LINE   "2026-11-23 08:00:01.000001 port1 in 192.0.2.10.40000 -> 198.51.100.80.443: "
#define ROWS                                                             \
	"0x0000\t 0000 0000 0001 0009 0f09 1234 0800 4500\t..........\n" \
	"0x0010\t 002c 0007 0000 4006 0000 c000 020a c633\t..........\n" \
	"0x0020\t 6450 9c40 01bb 0000 0001 0000 0009 6012\t..........\n" \
	"0x0030\t 1000 0000 0000 0204 05b4\t......\n\n"

static struct capture capture_of(struct arena *arena, const char *text)
{
	struct capture capture = {0};
	const struct read_input input = {.step = "sniffer", .text = str_of(text)};
	read_capture(arena, &input, &capture);
	return capture;
}

static void bytes_become_the_packets_frame(void **state)
{
	struct capture capture = capture_of(*state, HEADER LINE "syn 1 ack 9 \n" ROWS);
	assert_int_equal(capture.packet_count, 1);
	assert_int_equal(capture.unread_count, 0);
	const struct frame *frame = capture.packets[0].frame;
	assert_non_null(frame);
	assert_int_equal(frame->tcp.acknowledgment, 9);
	assert_int_equal(frame->tcp.window, 4096);
	assert_int_equal(frame->tcp.mss, 1460);
	assert_int_equal(frame->ip.id, 7);
	assert_true(frame->pseudo_mac);
	capture = capture_of(*state, HEADER LINE "ack 9 \n"
	                                         "0x0000\t 0000 0000 0001 0009 0f09 1234 0800 4500\t..........\n"
	                                         "0x0010\t 0028 0007 0000 4006 0000 c000 020a c633\t..........\n"
	                                         "0x0020\t 6450 9c40 01bb 0000 0001 0000 0009 5010\t..........\n"
	                                         "0x0030\t 1000 0000 0000\t......\n\n");
	assert_true(capture.packets[0].have_seq);
	assert_int_equal(capture.packets[0].tcp_seq, 1);
	assert_null(strchr(arena_strndup(*state, capture.packets[0].text.p, capture.packets[0].text.n), '\n'));
}

static void a_line_without_bytes_has_no_frame(void **state)
{
	struct capture capture = capture_of(*state, HEADER LINE "syn 1 ack 9 \n" LINE "syn 1 ack 9 \n" ROWS);
	assert_int_equal(capture.packet_count, 2);
	assert_null(capture.packets[0].frame);
	assert_non_null(capture.packets[1].frame);
}

/* Which of the two would be true? */
static void a_line_that_says_something_else_makes_the_packet_unreadable(void **state)
{
	static const char *const lines[] = {
	        HEADER LINE "syn 2 ack 9 \n" ROWS,
	        HEADER LINE "rst 1 ack 9 \n" ROWS,
	        HEADER LINE "udp 20\n" ROWS,
	        HEADER "2026-11-23 08:00:01.000001 port1 in 192.0.2.11.40000 -> 198.51.100.80.443: syn 1 ack 9\n" ROWS,
	        HEADER "2026-11-23 08:00:01.000001 port1 in 192.0.2.10.40001 -> 198.51.100.80.443: syn 1 ack 9\n" ROWS,
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct capture capture = capture_of(*state, lines[i]);
		assert_int_equal(capture.unread_count, 1);
		assert_int_equal(capture.unread_from.line, 3);
		assert_null(capture.packets[0].frame);
	}
}

static void damage_costs_the_frame_and_not_the_line(void **state)
{
	static const char *const texts[] = {
	        HEADER LINE "syn 1 ack 9 \n0x0000\t 0000 0000 0001 0009 0f09 1234 0800 4500\t..\n",
	        HEADER LINE "syn 1 ack 9 \n0x0000\t 0000 0000 0001 0009 0f09 1234 0800 4500\t..\n"
	                    "0x0020\t 6450 9c40 01bb 0000 0001 0000 0009 6012\t......\n\n",
	        HEADER LINE "syn 1 ack 9 \n0x0000\t 0000 zzzz 0001 0009 0f09 1234 0800 4500\t..\n\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct capture capture = capture_of(*state, texts[i]);
		assert_int_equal(capture.packet_count, 1);
		assert_int_equal(capture.unread_count, 0);
		assert_null(capture.packets[0].frame);
	}
}

static void bytes_without_a_link_header_are_told_by_their_addresses(void **state)
{
	struct capture capture =
	        capture_of(*state, HEADER LINE "syn 1 ack 9 \n"
	                                       "0x0000\t 4500 002c 0007 0000 4006 0000 c000 020a\t..........\n"
	                                       "0x0010\t c633 6450 9c40 01bb 0000 0001 0000 0009\t..........\n"
	                                       "0x0020\t 6012 1000 0000 0000 0204 05b4\t......\n\n");
	assert_non_null(capture.packets[0].frame);
	assert_int_equal(capture.packets[0].frame->link, FRAME_RAW_IP);
}

/* Level 4 prints "time exceeded" without the datagram that it is about. */
static void what_an_error_quotes_is_taken_from_its_bytes(void **state)
{
	struct capture capture = capture_of(
	        *state,
	        HEADER "2026-11-23 08:00:01.000001 port2 in 203.0.113.9 -> 192.0.2.10: icmp: time exceeded in-transit\n"
	               "0x0000\t 0000 0000 0001 0009 0f09 1234 0800 4500\t..........\n"
	               "0x0010\t 0038 0007 0000 4001 0000 cb00 7109 c000\t..........\n"
	               "0x0020\t 020a 0b00 0000 0000 0000 4500 002c 0007\t..........\n"
	               "0x0030\t 0000 0106 0000 c000 020a c633 6450 9c40\t..........\n"
	               "0x0040\t 01bb 0000 0001\t......\n\n");
	const struct packet *packet = &capture.packets[0];
	char text[IP_TEXT_MAX];
	assert_non_null(packet->frame);
	assert_int_equal(packet->icmp, ICMP_TIME_EXCEEDED);
	assert_string_equal(ip_print(&packet->quoted_dst, text), "198.51.100.80");
	assert_int_equal(packet->quoted_proto, 6);
	assert_int_equal(packet->quoted_port, 443);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(bytes_become_the_packets_frame),
	        READ_TEST(a_line_without_bytes_has_no_frame),
	        READ_TEST(a_line_that_says_something_else_makes_the_packet_unreadable),
	        READ_TEST(damage_costs_the_frame_and_not_the_line),
	        READ_TEST(bytes_without_a_link_header_are_told_by_their_addresses),
	        READ_TEST(what_an_error_quotes_is_taken_from_its_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
