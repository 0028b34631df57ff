#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Replies that come back by another interface, or that nobody saw come in. */

static struct packet *last(struct world *w)
{
	return &w->packets[w->capture.packet_count - 1];
}

static bool notes_have(const struct verdict *verdict, const char *words)
{
	for (size_t i = 0; i < verdict->note_count; i++) {
		if (strstr(verdict->notes[i], words))
			return true;
	}
	return false;
}

static void another_way_back_is_noted_where_all_passes(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++) {
		world_legs(w, "ABCD", UDP, 50000 + i, 0);
		w->packets[w->capture.packet_count - 2].interface = "wan2";
	}
	const struct verdict *verdict = world_judge(w);
	assert_int_equal(verdict->status, STATE_OK);
	assert_true(notes_have(verdict, "leave by wan1 and replies come in by wan2"));
	world_free(w);
}

static void the_same_way_back_is_not_noted(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_healthy_traffic(w);
	assert_false(notes_have(world_judge(w), "leave by"));
	world_free(w);
}

/* A packet on a LAG shows on the LAG and on one of its members, each way on
 * another one. */
static void copies_on_one_of_its_interfaces_are_the_same_way(void **state)
{
	(void)state;
	struct world *w = world_new();
	world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "lag", PACKET_OUT, UDP, CLIENT, 50000, SERVER, 53);
	world_packet(w, "port1", PACKET_OUT, UDP, CLIENT, 50000, SERVER, 53);
	w->now_us += 8000;
	world_packet(w, "port2", PACKET_IN, UDP, SERVER, 53, CLIENT, 50000);
	world_packet(w, "lag", PACKET_IN, UDP, SERVER, 53, CLIENT, 50000);
	struct packet *out = world_packet(w, "internal", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000);
	assert_ptr_equal(out, last(w));
	const struct verdict *verdict = world_judge(w);
	assert_int_equal(verdict->status, STATE_OK);
	assert_false(notes_have(verdict, "leave by"));
	world_free(w);
}

/* Only the same packet on the reply's interface makes it one way: one that is
 * like it in all but one thing is another packet. */
static void likeness_is_no_copy(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 9; kind++) {
		struct world *w = world_new();
		for (unsigned i = 0; i < 3; i++) {
			world_packet(w, "internal", PACKET_IN, UDP, CLIENT, 50000 + i, SERVER, 53);
			struct packet out = *world_packet(w, "wan1", PACKET_OUT, UDP, CLIENT, 50000 + i, SERVER, 53);
			struct packet *copy = world_packet(w, "wan2", PACKET_OUT, UDP, CLIENT, 50000 + i, SERVER, 53);
			w->now_us += 8000;
			world_packet(w, "wan2", PACKET_IN, UDP, SERVER, 53, CLIENT, 50000 + i);
			world_packet(w, "internal", PACKET_OUT, UDP, SERVER, 53, CLIENT, 50000 + i);
			w->now_us += US_PER_SECOND;
			switch (kind) {
			case 0: /* the copy of a LAG, before its request is taken for the last that left */
				copy->interface = "wan1";
				*(copy - 1) = out;
				(copy - 1)->interface = "wan2";
				break;
			case 1:
				copy->proto = TCP;
				break;
			case 2:
				copy->src_port = 61000;
				break;
			case 3:
				copy->dst_port = 54;
				break;
			case 4:
				copy->src = world_ip("10.0.0.77");
				break;
			case 5:
				copy->dst = world_ip("203.0.113.77");
				break;
			case 6:
				copy->direction = PACKET_DIRECTION_UNKNOWN;
				copy->proto = 0;
				break;
			case 7:
				copy->interface = NULL;
				copy->proto = 0;
				break;
			default:
				copy->time_us += 2000;
				copy->dst = world_ip("203.0.113.77");
				break;
			}
		}
		const struct verdict *verdict = world_judge(w);
		if (notes_have(verdict, "leave by wan1 and replies come in by wan2") == (kind == 0))
			fail_msg("kind %u: %s", kind, verdict->summary);
		world_free(w);
	}
}

/* Who knows no interface knows no way. */
static void without_interfaces_no_way_is_told(void **state)
{
	(void)state;
	static const size_t unnamed[] = {1, 2};
	for (size_t kind = 0; kind < 3; kind++) {
		struct world *w = world_new();
		for (unsigned i = 0; i < 3; i++) {
			world_legs(w, "ABCD", UDP, 50000 + i, 0);
			struct packet *first = &w->packets[w->capture.packet_count - 4];
			first[2].interface = "wan2";
			for (size_t k = 0; k < 2; k++) {
				if (kind == k || kind == 2)
					first[unnamed[k]].interface = NULL;
			}
		}
		assert_false(notes_have(world_judge(w), "leave by"));
		assert_int_equal(w->verdict.status, STATE_OK);
		world_free(w);
	}
}

static void replies_passed_on_but_not_seen_entering_are_told_so(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "ABD", UDP, 50000 + i, 0);
	const struct check *check = &world_judge(w)->checks[CHECK_MISSING_REPLIES];
	assert_int_equal(check->state, STATE_UNKNOWN);
	assert_string_equal(check->rule, "S4");
	assert_non_null(strstr(check->summary, "passed on to the client"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(another_way_back_is_noted_where_all_passes),
	        cmocka_unit_test(the_same_way_back_is_not_noted),
	        cmocka_unit_test(copies_on_one_of_its_interfaces_are_the_same_way),
	        cmocka_unit_test(likeness_is_no_copy),
	        cmocka_unit_test(without_interfaces_no_way_is_told),
	        cmocka_unit_test(replies_passed_on_but_not_seen_entering_are_told_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
