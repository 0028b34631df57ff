#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "judge/world.h"
#include "stream.h"

/* What became of TCP data: T1, T5, T6, T7, from lines and from frames. */

enum { MS = 1000, STEPS = 200, BARE = -1 /* no frame: as at level 4 */ };
#define DATA (TCP_PSH | TCP_ACK)
#define END  INT64_MAX

struct script {
	struct arena *arena;
	struct packet packets[STEPS];
	struct frame frames[STEPS];
	struct stream_packet list[STEPS];
	size_t count;
	int64_t now_us;
};

static struct script *script_new(void)
{
	struct arena *arena = arena_new();
	struct script *script = ARENA_NEW(arena, struct script);
	script->arena = arena;
	script->now_us = US_PER_SECOND;
	return script;
}

/* One packet on one leg, of A B (client's) C D (server's); payload BARE has no frame. */
static struct packet *on(struct script *s, char leg, unsigned flags, uint32_t seq, uint32_t ack, int payload)
{
	size_t i = s->count++;
	struct packet *packet = &s->packets[i];
	bool inside = leg == 'A' || leg == 'D';
	*packet = (struct packet){.time_us = s->now_us,
	                          .interface = inside ? "internal" : "wan1",
	                          .direction = leg == 'A' || leg == 'C' ? PACKET_IN : PACKET_OUT,
	                          .proto = TCP,
	                          .tcp_flags = (uint8_t)flags,
	                          .have_seq = payload != BARE || (flags & ~(unsigned)TCP_ACK),
	                          .tcp_seq = seq,
	                          .have_ack = flags & TCP_ACK,
	                          .tcp_ack = ack,
	                          .line = (unsigned)i + 3};
	if (payload != BARE) {
		struct frame *frame = &s->frames[i];
		frame->transport.state = FRAME_PRESENT;
		frame->payload_length = (uint32_t)payload;
		frame->tcp.window = 500;
		frame->ip.id = (uint32_t)i + 1;
		packet->frame = frame;
	}
	s->list[i] = (struct stream_packet){packet, leg == 'A' || leg == 'B'};
	s->now_us += 100;
	return packet;
}

/* The same packet on several legs, one after the other. */
static void pass(struct script *s, const char *legs, unsigned flags, uint32_t seq, uint32_t ack, int payload)
{
	for (; *legs; legs++)
		on(s, *legs, flags, seq, ack, payload);
}

static void later(struct script *s, int64_t ms)
{
	s->now_us += ms * MS;
}

static struct stream made(struct script *s, int64_t settled_us)
{
	return stream_make(s->arena, s->list, s->count, settled_us);
}

static void assert_lost(struct script *s, unsigned again, enum where where)
{
	struct stream stream = made(s, 0);
	assert_int_equal(stream.again + stream.asked, again);
	if (again)
		assert_int_equal(stream.lost[where], again);
	for (unsigned w = 0; w < WHERES; w++)
		assert_true(stream.lost[w] == 0 || (again && w == (unsigned)where));
	assert_true((stream.quoted_count > 0) == (again > 0));
	arena_free(s->arena);
}

/* The way through is known: sequence numbers are kept. */
static struct script *begun(int payload)
{
	struct script *s = script_new();
	pass(s, "AB", TCP_SYN, 99, 0, payload == BARE ? BARE : 0);
	pass(s, "CD", TCP_SYN | TCP_ACK, 499, 100, payload == BARE ? BARE : 0);
	pass(s, "AB", TCP_ACK, 100, 500, payload == BARE ? BARE : 0);
	return s;
}

static void t5_data_twice_on_both_legs_was_lost_behind(void **state)
{
	(void)state;
	static const int payloads[] = {BARE, 40};
	for (size_t i = 0; i < 2; i++) {
		struct script *s = begun(payloads[i]);
		pass(s, "AB", DATA, 100, 500, payloads[i]);
		later(s, 400);
		pass(s, "AB", DATA, 100, 500, payloads[i]);
		later(s, 5);
		pass(s, "CD", DATA, 500, 140, payloads[i]);
		assert_lost(s, 1, WHERE_BEYOND_GATE);
		s = begun(payloads[i]);
		pass(s, "CD", DATA, 500, 100, payloads[i]);
		later(s, 400);
		pass(s, "CD", DATA, 500, 100, payloads[i]);
		assert_lost(s, 1, WHERE_CLIENT_SIDE);
	}
}

static void t5_copies_within_a_moment_are_one_packet(void **state)
{
	(void)state;
	struct script *s = begun(40);
	pass(s, "AABB", DATA, 100, 500, 40);
	/* On the parent as well, held up on the way. */
	later(s, 3);
	on(s, 'A', DATA, 100, 500, 40)->interface = "lag1";
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* Doubled by the network: the IP id is the same. */
	s = begun(40);
	on(s, 'A', DATA, 100, 500, 40);
	later(s, 3);
	on(s, 'A', DATA, 100, 500, 40);
	s->frames[s->count - 1].ip.id = s->frames[s->count - 2].ip.id;
	assert_lost(s, 0, WHERE_UNKNOWN);
}

static void t6_the_same_number_on_two_legs_is_one_packet(void **state)
{
	(void)state;
	struct script *s = begun(BARE);
	on(s, 'A', DATA, 100, 500, BARE);
	later(s, 200);
	on(s, 'B', DATA, 100, 500, BARE);
	assert_lost(s, 0, WHERE_UNKNOWN);
}

static void acknowledged_data_that_comes_again_lost_its_acknowledgment(void **state)
{
	(void)state;
	struct script *s = begun(BARE);
	pass(s, "AB", DATA, 100, 500, BARE);
	pass(s, "CD", TCP_ACK, 0, 140, BARE);
	later(s, 300);
	pass(s, "AB", DATA, 100, 500, BARE);
	assert_lost(s, 1, WHERE_CLIENT_SIDE);
	/* … came in and was not passed on */
	s = begun(BARE);
	pass(s, "AB", DATA, 100, 500, BARE);
	pass(s, "C", TCP_ACK, 0, 140, BARE);
	later(s, 300);
	pass(s, "AB", DATA, 100, 500, BARE);
	assert_lost(s, 1, WHERE_GATE);
	/* … crossed it on the way */
	s = begun(BARE);
	pass(s, "AB", DATA, 100, 500, BARE);
	later(s, 300);
	pass(s, "CD", TCP_ACK, 0, 140, BARE);
	later(s, 20);
	pass(s, "AB", DATA, 100, 500, BARE);
	assert_lost(s, 1, WHERE_UNKNOWN);
}

static void data_that_left_only_the_second_time_was_lost_at_the_gate(void **state)
{
	(void)state;
	struct script *s = begun(BARE);
	on(s, 'A', DATA, 100, 500, BARE);
	later(s, 300);
	pass(s, "AB", DATA, 100, 500, BARE);
	assert_lost(s, 1, WHERE_GATE);
}

/* SD-WAN may send it by another line the second time. */
static void what_leaves_by_another_interface_has_left(void **state)
{
	(void)state;
	struct script *s = begun(BARE);
	pass(s, "AB", DATA, 100, 500, BARE);
	later(s, 300);
	on(s, 'A', DATA, 100, 500, BARE);
	on(s, 'B', DATA, 100, 500, BARE)->interface = "wan2";
	assert_lost(s, 1, WHERE_BEYOND_GATE);
}

/* A proxy has a connection of its own on either side: nothing leaves under the
 * number under which it came. */
static void changed_numbers_tell_no_place(void **state)
{
	(void)state;
	struct script *s = script_new();
	on(s, 'A', TCP_SYN, 99, 0, BARE);
	on(s, 'B', TCP_SYN, 7099, 0, BARE);
	on(s, 'A', DATA, 100, 500, BARE);
	on(s, 'B', DATA, 7100, 900, BARE);
	later(s, 300);
	on(s, 'A', DATA, 100, 500, BARE);
	assert_lost(s, 1, WHERE_UNKNOWN);
}

static void t7_what_comes_after_its_successors_was_lost_before(void **state)
{
	(void)state;
	struct script *s = begun(40);
	pass(s, "AB", DATA, 140, 500, 40);
	later(s, 300);
	pass(s, "AB", DATA, 100, 500, 40);
	assert_lost(s, 1, WHERE_CLIENT_SIDE);
	s = begun(40);
	pass(s, "CD", DATA, 540, 100, 40);
	later(s, 300);
	pass(s, "CD", DATA, 500, 100, 40);
	assert_lost(s, 1, WHERE_BEYOND_GATE);
	/* Without frames it may have come before in a segment without PSH. */
	s = begun(BARE);
	pass(s, "AB", DATA, 140, 500, BARE);
	later(s, 300);
	pass(s, "AB", DATA, 100, 500, BARE);
	assert_lost(s, 1, WHERE_UNKNOWN);
}

static void what_changed_places_or_came_before_is_not_lost(void **state)
{
	(void)state;
	struct script *s = begun(40);
	pass(s, "AB", DATA, 140, 500, 40);
	later(s, 5);
	pass(s, "AB", DATA, 100, 500, 40);
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* acknowledged: its first transmission was only not seen */
	s = begun(40);
	pass(s, "AB", DATA, 140, 500, 40);
	pass(s, "CD", TCP_ACK, 500, 180, 0);
	later(s, 300);
	pass(s, "AB", DATA, 100, 500, 40);
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* a part of a larger segment that had come */
	s = begun(40);
	pass(s, "AB", DATA, 100, 500, 3000);
	pass(s, "AB", DATA, 3100, 500, 40);
	later(s, 300);
	pass(s, "AB", DATA, 1560, 500, 1460);
	assert_lost(s, 0, WHERE_UNKNOWN);
}

/* Four segments of the client, of which the first shows on `legs`; then `asks`
 * acknowledgments that stand still. */
static struct script *asked(const char *legs, unsigned asks)
{
	struct script *s = begun(40);
	pass(s, legs, DATA, 100, 500, 40);
	for (uint32_t i = 1; i < 4; i++)
		pass(s, "AB", DATA, 100 + 40 * i, 500, 40);
	later(s, 5);
	for (unsigned i = 0; i < asks; i++)
		pass(s, "CD", TCP_ACK, 500, 100, 0);
	return s;
}

static void t7_three_equal_acknowledgments_ask_for_what_is_missing(void **state)
{
	(void)state;
	assert_lost(asked("AB", 3), 1, WHERE_BEYOND_GATE);
	assert_lost(asked("A", 3), 1, WHERE_GATE);
	assert_lost(asked("", 3), 1, WHERE_CLIENT_SIDE);
	assert_lost(asked("AB", 2), 0, WHERE_UNKNOWN);
	/* They hasten it: no 50 ms are needed then. */
	struct script *s = asked("", 3);
	later(s, 2);
	pass(s, "AB", DATA, 100, 500, 40);
	struct stream stream = made(s, 0);
	assert_int_equal(stream.late, 1);
	assert_int_equal(stream.asked, 0);
	assert_lost(s, 1, WHERE_CLIENT_SIDE);
}

static void only_bare_and_equal_acknowledgments_ask(void **state)
{
	(void)state;
	/* new windows */
	struct script *s = asked("AB", 0);
	for (uint16_t i = 0; i < 5; i++) {
		on(s, 'C', TCP_ACK, 500, 100, 0);
		s->frames[s->count - 1].tcp.window = (uint16_t)(600 + i);
	}
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* … unless they say what did come */
	s = asked("AB", 0);
	for (uint16_t i = 0; i < 3; i++) {
		on(s, 'C', TCP_ACK, 500, 100, 0);
		s->frames[s->count - 1].tcp.window = (uint16_t)(600 + i);
		s->frames[s->count - 1].tcp.sack_blocks = 1;
	}
	assert_lost(s, 1, WHERE_BEYOND_GATE);
	/* data of its own */
	s = asked("AB", 0);
	for (uint32_t i = 0; i < 5; i++)
		on(s, 'C', DATA, 500 + 40 * i, 100, 40);
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* one acknowledgment on several interfaces */
	s = asked("AB", 1);
	for (size_t i = 0; i < 4; i++)
		on(s, 'C', TCP_ACK, 500, 100, 0)->interface = i % 2 ? "port2" : "lag2";
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* at level 4 each segment without PSH looks like an acknowledgment */
	s = begun(BARE);
	for (uint32_t i = 0; i < 4; i++)
		pass(s, "AB", DATA, 100 + 40 * i, 500, BARE);
	for (size_t i = 0; i < 5; i++)
		on(s, 'C', TCP_ACK, 0, 100, BARE);
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* nothing is under way */
	s = begun(40);
	pass(s, "AB", DATA, 100, 500, 40);
	for (size_t i = 0; i < 5; i++)
		on(s, 'C', TCP_ACK, 500, 140, 0);
	assert_lost(s, 0, WHERE_UNKNOWN);
}

static void what_keeps_alive_is_not_data(void **state)
{
	(void)state;
	struct script *s = begun(40);
	pass(s, "AB", DATA, 100, 500, 40);
	pass(s, "CD", TCP_ACK, 500, 140, 0);
	for (size_t i = 0; i < 4; i++) {
		later(s, 10000);
		pass(s, "AB", TCP_ACK, 139, 500, 1);
		pass(s, "AB", TCP_ACK, 139, 500, 0);
	}
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* into a closed window */
	s = begun(40);
	on(s, 'C', TCP_ACK, 500, 100, 0);
	s->frames[s->count - 1].tcp.window = 0;
	for (size_t i = 0; i < 4; i++) {
		later(s, 1000);
		pass(s, "AB", DATA, 100, 500, 40);
	}
	assert_lost(s, 0, WHERE_UNKNOWN);
	/* and so is an end that nobody waits for */
	s = begun(BARE);
	for (size_t i = 0; i < 4; i++) {
		later(s, 1000);
		pass(s, "AB", TCP_FIN | TCP_ACK, 100, 500, BARE);
	}
	assert_lost(s, 0, WHERE_UNKNOWN);
}

static void numbers_go_round(void **state)
{
	(void)state;
	struct script *s = script_new();
	pass(s, "AB", TCP_SYN, 0xfffffff0u, 0, 0);
	pass(s, "AB", DATA, 0xfffffff1u, 500, 40);
	pass(s, "AB", DATA, 25, 500, 40);
	pass(s, "CD", TCP_ACK, 500, 25, 0);
	later(s, 300);
	pass(s, "AB", DATA, 25, 500, 40);
	assert_lost(s, 1, WHERE_BEYOND_GATE);
}

/* ---- data without any answer ---- */

static struct script *silent(const char *legs)
{
	struct script *s = begun(BARE);
	bool client = *legs == 'A';
	for (size_t i = 0; i < 4; i++) {
		pass(s, legs, DATA, client ? 100 : 500, client ? 500 : 100, BARE);
		later(s, 500);
	}
	return s;
}

static void assert_stalled(struct script *s, int64_t settled_us, unsigned stalled, enum where where)
{
	struct stream stream = made(s, settled_us);
	assert_int_equal(stream.stalled, stalled);
	if (stalled)
		assert_int_equal(stream.stalled_where, where);
	arena_free(s->arena);
}

static void data_that_nobody_answers_stalls(void **state)
{
	(void)state;
	assert_stalled(silent("AB"), END, 4, WHERE_BEYOND_GATE);
	assert_stalled(silent("CD"), END, 4, WHERE_CLIENT_SIDE);
	assert_stalled(silent("A"), END, 4, WHERE_GATE);
	assert_stalled(silent("AB"), 0, 0, WHERE_UNKNOWN);
}

static void whoever_speaks_on_does_not_stall(void **state)
{
	(void)state;
	struct script *s = silent("AB");
	on(s, 'C', TCP_ACK, 0, 100, BARE);
	assert_stalled(s, END, 0, WHERE_UNKNOWN);
	s = silent("AB");
	on(s, 'C', TCP_ACK, 0, 140, BARE);
	assert_stalled(s, END, 0, WHERE_UNKNOWN);
	/* a SYN/ACK that comes again tells that nothing arrived */
	s = silent("AB");
	pass(s, "CD", TCP_SYN | TCP_ACK, 499, 100, BARE);
	assert_stalled(s, END, 4, WHERE_BEYOND_GATE);
	/* sent once: whether it was answered out of sight is not known */
	s = begun(BARE);
	pass(s, "AB", DATA, 100, 500, BARE);
	assert_stalled(s, END, 0, WHERE_UNKNOWN);
}

/* ---- T1 ---- */

static void t1_equal_syns_a_second_apart_are_counted(void **state)
{
	(void)state;
	struct script *s = script_new();
	static const int64_t gaps[] = {1000, 2000, 4000, 0};
	for (size_t i = 0; i < 4; i++) {
		pass(s, "AB", TCP_SYN, 99, 0, BARE);
		pass(s, "B", TCP_SYN, 99, 0, BARE); /* on the VLAN */
		later(s, gaps[i]);
	}
	struct stream stream = made(s, 0);
	assert_int_equal(stream.syns, 4);
	assert_int_equal(stream.quoted_count, 3);
	assert_int_equal(stream.quoted[0]->direction, PACKET_OUT);
	arena_free(s->arena);
	/* entered and did not leave */
	s = script_new();
	for (size_t i = 0; i < 3; i++) {
		pass(s, "A", TCP_SYN, 99, 0, BARE);
		later(s, 1000);
	}
	assert_int_equal(made(s, 0).syns, 0);
	arena_free(s->arena);
}

static void nothing_makes_nothing(void **state)
{
	(void)state;
	struct script *s = script_new();
	struct stream stream = made(s, END);
	assert_int_equal(stream.sent + stream.again + stream.syns + stream.stalled, 0);
	on(s, 'A', DATA, 100, 500, BARE)->direction = PACKET_DIRECTION_UNKNOWN;
	assert_int_equal(made(s, END).sent, 0);
	arena_free(s->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(t1_equal_syns_a_second_apart_are_counted),
	        cmocka_unit_test(t5_data_twice_on_both_legs_was_lost_behind),
	        cmocka_unit_test(t5_copies_within_a_moment_are_one_packet),
	        cmocka_unit_test(t6_the_same_number_on_two_legs_is_one_packet),
	        cmocka_unit_test(acknowledged_data_that_comes_again_lost_its_acknowledgment),
	        cmocka_unit_test(data_that_left_only_the_second_time_was_lost_at_the_gate),
	        cmocka_unit_test(what_leaves_by_another_interface_has_left),
	        cmocka_unit_test(changed_numbers_tell_no_place),
	        cmocka_unit_test(t7_what_comes_after_its_successors_was_lost_before),
	        cmocka_unit_test(what_changed_places_or_came_before_is_not_lost),
	        cmocka_unit_test(t7_three_equal_acknowledgments_ask_for_what_is_missing),
	        cmocka_unit_test(only_bare_and_equal_acknowledgments_ask),
	        cmocka_unit_test(what_keeps_alive_is_not_data),
	        cmocka_unit_test(numbers_go_round),
	        cmocka_unit_test(data_that_nobody_answers_stalls),
	        cmocka_unit_test(whoever_speaks_on_does_not_stall),
	        cmocka_unit_test(nothing_makes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
