#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Other clients of the same server are comparison, and nothing else. */

static void other_client(struct world *w, bool answered, unsigned port)
{
	world_packet(w, "internal", PACKET_IN, UDP, "10.0.0.77", port, SERVER, 53);
	world_packet(w, "wan1", PACKET_OUT, UDP, "10.0.0.77", port, SERVER, 53);
	if (answered) {
		w->now_us += 8000;
		world_packet(w, "wan1", PACKET_IN, UDP, SERVER, 53, "10.0.0.77", port);
		world_packet(w, "internal", PACKET_OUT, UDP, SERVER, 53, "10.0.0.77", port);
	}
	w->now_us += US_PER_SECOND;
}

static bool notes_have(const struct verdict *verdict, const char *words)
{
	for (size_t i = 0; i < verdict->note_count; i++) {
		if (strstr(verdict->notes[i], words))
			return true;
	}
	return false;
}

static void answers_to_others_are_said(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++) {
		world_legs(w, "AB", UDP, 50000 + i, 0);
		other_client(w, true, 51000 + i);
	}
	const struct verdict *verdict = world_judge(w);
	assert_string_equal(cause_word(verdict->cause), "missing-replies");
	assert_int_equal(verdict->status, STATE_CRITICAL);
	assert_true(notes_have(verdict, "answered 3 conversations of another client"));
	world_free(w);
}

static void silence_to_others_is_said(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "AB", UDP, 50000 + i, 0);
	other_client(w, false, 51000);
	const struct verdict *verdict = world_judge(w);
	assert_int_equal(verdict->status, STATE_CRITICAL);
	assert_true(notes_have(verdict, "another client is not answered either (1 conversation)"));
	world_free(w);
}

static void others_alone_say_nothing_about_the_client(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (unsigned i = 0; i < 4; i++)
		other_client(w, false, 51000 + i);
	const struct verdict *verdict = world_judge(w);
	assert_string_equal(cause_word(verdict->cause), "not-observed");
	assert_int_equal(verdict->status, STATE_UNKNOWN);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(answers_to_others_are_said),
	        cmocka_unit_test(silence_to_others_is_said),
	        cmocka_unit_test(others_alone_say_nothing_about_the_client),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
