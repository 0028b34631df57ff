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

/* Two questions, the other resolver's answer, the late one and the error: their
 * first packets stand at 0, 2, 4, 6 and 8, that of the other's answer which
 * leaves at 5. Without an answer the last ones stand two before. */
static void late_packets(struct world *w, uint8_t other_id, char other_first, bool answered)
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
}

static const struct check *late(struct world *w, uint8_t other_id, char other_first, bool answered)
{
	late_packets(w, other_id, other_first, answered);
	return &world_judge(w)->checks[CHECK_ICMP_ERROR];
}

static void whoever_answered_first_is_named(void **state)
{
	(void)state;
	struct world *w = world_new();
	const struct check *check = late(w, 7, 'w', true);
	assert_string_equal(check->rule, "I1");
	assert_non_null(strstr(check->summary, "It asked " OTHER " the same and had that answer 2"));
	assert_null(strstr(check->summary, "example")); /* payload */
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

/* ---- what is not the other resolver's answer ---- */

static struct frame_dns *dns_of(struct world *w, size_t index)
{
	return &((struct frame *)(uintptr_t)w->packets[index].frame)->dns;
}

static void no_bytes(struct world *w)
{
	for (size_t i = 0; i < 8; i++)
		w->packets[i].frame = NULL;
}

static void no_bytes_of_the_other(struct world *w)
{
	w->packets[0].frame = NULL;
}

static void cut_bytes(struct world *w)
{
	((struct frame *)(uintptr_t)w->packets[0].frame)->dns_part.state = FRAME_CUT;
}

static void no_question(struct world *w)
{
	dns_of(w, 0)->have_question = false;
}

static void a_response(struct world *w)
{
	dns_of(w, 0)->response = true;
}

static void another_port(struct world *w)
{
	w->packets[0].dst_port = 5353;
}

static void over_tcp(struct world *w)
{
	w->packets[0].proto = TCP;
}

static void on_its_way_out(struct world *w)
{
	w->packets[0].direction = PACKET_OUT;
	w->packets[1].direction = PACKET_DIRECTION_UNKNOWN;
}

static void long_before(struct world *w)
{
	w->packets[0].time_us -= 6 * US_PER_SECOND;
}

static void long_after(struct world *w)
{
	w->packets[0].time_us += 6 * US_PER_SECOND;
}

static void of_another_client(struct world *w)
{
	w->packets[0].src = world_ip("10.0.0.77");
}

static void another_type(struct world *w)
{
	dns_of(w, 0)->type = 28;
}

static void another_class(struct world *w)
{
	dns_of(w, 0)->class = 3;
}

static void no_name(struct world *w)
{
	dns_of(w, 0)->offset = sizeof query - 1;
}

static void no_name_of_ours(struct world *w)
{
	dns_of(w, 2)->offset = sizeof query - 1;
}

static void a_longer_name(struct world *w)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)((struct frame *)(uintptr_t)w->packets[0].frame)->bytes;
	bytes[12] = 2;
	bytes[15] = 0;
}

static void an_answer_on_its_way_in(struct world *w)
{
	w->packets[5].direction = PACKET_IN;
}

static void an_answer_before_the_question(struct world *w)
{
	w->packets[5].time_us = w->packets[0].time_us - 1;
}

static void an_answer_after_the_late_one(struct world *w)
{
	w->packets[5].time_us = w->packets[7].time_us + 1;
}

static void an_answer_of_a_third(struct world *w)
{
	w->packets[5].src = world_ip("198.51.100.1");
}

static void an_answer_to_another(struct world *w)
{
	w->packets[5].dst = world_ip("10.0.0.77");
}

static void an_answer_to_another_port(struct world *w)
{
	w->packets[5].dst_port = 50001;
}

static void an_answer_of_another_number(struct world *w)
{
	dns_of(w, 5)->id = 99;
}

static void an_answer_to_another_question(struct world *w)
{
	dns_of(w, 5)->type = 28;
}

static void what_is_no_answer_to_the_same_says_nothing(void **state)
{
	(void)state;
	static void (*const harms[])(struct world * w) = {
	        no_bytes,
	        no_bytes_of_the_other,
	        cut_bytes,
	        no_question,
	        a_response,
	        another_port,
	        over_tcp,
	        on_its_way_out,
	        long_before,
	        long_after,
	        of_another_client,
	        another_type,
	        another_class,
	        no_name,
	        no_name_of_ours,
	        a_longer_name,
	        an_answer_on_its_way_in,
	        an_answer_before_the_question,
	        an_answer_after_the_late_one,
	        an_answer_of_a_third,
	        an_answer_to_another,
	        an_answer_to_another_port,
	        an_answer_of_another_number,
	        an_answer_to_another_question,
	};
	for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
		struct world *w = world_new();
		late_packets(w, 7, 'w', true);
		harms[i](w);
		const struct check *check = &world_judge(w)->checks[CHECK_ICMP_ERROR];
		if (strcmp(check->rule, "I1") != 0 || strstr(check->summary, "It asked"))
			fail_msg("harm %zu: %s: %s", i, check->rule, check->summary);
		world_free(w);
	}
}

/* Without the question, or without the reply, nothing can be compared. */
static void a_late_error_alone_says_nothing(void **state)
{
	(void)state;
	struct world *w = world_new();
	both(w, CLIENT, 50000, SERVER, 53, 7, 'w');
	(void)world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 50000);
	assert_null(strstr(world_judge(w)->checks[CHECK_ICMP_ERROR].summary, "It asked"));
	world_forget_packets(w);
	both(w, SERVER, 53, CLIENT, 50000, 7, 'w');
	(void)world_error(w, "internal", PACKET_IN, CLIENT, SERVER, ICMP_PORT_UNREACHABLE, CLIENT, UDP, 50000);
	const struct check *check = &world_judge(w)->checks[CHECK_ICMP_ERROR];
	assert_string_equal(check->rule, "I1");
	assert_null(strstr(check->summary, "It asked"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(whoever_answered_first_is_named),
	        cmocka_unit_test(another_question_or_one_without_answer_says_nothing),
	        cmocka_unit_test(what_is_no_answer_to_the_same_says_nothing),
	        cmocka_unit_test(a_late_error_alone_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
