#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "judge/world.h"

/* The same question asked of two resolvers, as a capture with bytes shows it. */

#define OTHER "198.51.100.99"

static const uint8_t query[] = "\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0";

/* A frame that is nothing but a DNS message. */
static void dns(struct world *w, struct packet *packet, bool response, uint8_t id, char first)
{
	uint8_t *bytes = arena_alloc(w->arena, sizeof query);
	struct frame *frame = ARENA_NEW(w->arena, struct frame);
	memcpy(bytes, query, sizeof query);
	bytes[13] = (uint8_t)first;
	*frame = (struct frame){.bytes = bytes, .n = sizeof query, .transport.state = FRAME_PRESENT};
	frame->dns_part.state = FRAME_PRESENT;
	frame->dns = (struct frame_dns){.id = id, .response = response, .have_question = true, .type = 1, .class = 1};
	packet->frame = frame;
}

static void leg(struct world *w, bool out, const char *src, unsigned src_port, const char *dst, unsigned dst_port,
                uint8_t id, char first)
{
	bool response = src_port == 53;
	struct packet *packet = world_packet(w, out == response ? "internal" : "wan1", out ? PACKET_OUT : PACKET_IN,
	                                     UDP, src, src_port, dst, dst_port);
	dns(w, packet, response, id, first);
}

static void both(struct world *w, const char *src, unsigned src_port, const char *dst, unsigned dst_port, uint8_t id,
                 char first)
{
	leg(w, false, src, src_port, dst, dst_port, id, first);
	leg(w, true, src, src_port, dst, dst_port, id, first);
	w->now_us += 1000;
}

/* Two questions, the other resolver's answer, the late one and the error. */
static const struct check *late(struct world *w, uint8_t other_id, char other_first, bool answered)
{
	world_forget_packets(w);
	both(w, CLIENT, 50000, OTHER, 53, other_id, other_first);
	both(w, CLIENT, 50000, SERVER, 53, 7, 'w');
	if (answered)
		both(w, OTHER, 53, CLIENT, 50000, other_id, other_first);
	w->now_us += 20000;
	both(w, SERVER, 53, CLIENT, 50000, 7, 'w');
	(void)world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 50000);
	w->now_us += 10 * US_PER_SECOND;
	return &world_judge(w)->checks[CHECK_ICMP_ERROR];
}

static void whoever_answered_first_is_named(void **state)
{
	(void)state;
	struct world *w = world_new();
	const struct check *check = late(w, 7, 'w', true);
	assert_string_equal(check->rule, "I1");
	assert_non_null(strstr(check->summary, "It asked " OTHER " the same (www.example.) and had that answer 2"));
	assert_non_null(strstr(check->evidence[0].text, OTHER));
	world_free(w);
}

static void another_question_or_one_without_answer_says_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	assert_null(strstr(late(w, 7, 'x', true)->summary, "It asked"));
	assert_null(strstr(late(w, 7, 'w', false)->summary, "It asked"));
	assert_non_null(strstr(late(w, 9, 'w', true)->summary, "It asked"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(whoever_answered_first_is_named),
	        cmocka_unit_test(another_question_or_one_without_answer_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
