#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/random.h"

/* What holds for any facts. */

static void assert_findings_have_evidence(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		assert_non_null(check->summary);
		assert_non_null(check->rule);
		bool finding = check->state == STATE_WARNING || check->state == STATE_CRITICAL;
		if (finding)
			assert_true(check->evidence_count > 0);
		for (size_t k = 0; k < check->evidence_count; k++) {
			assert_non_null(check->evidence[k].step);
			assert_non_null(check->evidence[k].text);
		}
	}
}

/* Each conversation quotes its lines, and an unfit capture tells nothing by its silence. */
static void assert_conversations_are_sound(const struct world *w)
{
	const struct verdict *verdict = &w->verdict;
	assert_true(verdict->conversation_count <= VERDICT_MAX_CONVERSATIONS);
	for (size_t i = 0; i < verdict->conversation_count; i++) {
		const struct conversation *one = &verdict->conversations[i];
		assert_true(one->evidence_count > 0);
		assert_true(one->rule && one->rule[0]);
		bool silent = one->fate == FATE_NO_REPLY || one->fate == FATE_NOT_FORWARDED ||
		              one->fate == FATE_NOT_PASSED || one->fate == FATE_NOT_ACKNOWLEDGED;
		if (w->capture.dropped || w->capture.link_lost || !w->capture.have_trailer)
			assert_false(silent);
	}
}

static const struct check *check_of(const struct world *w, enum check_id id)
{
	return &w->verdict.checks[id];
}

static uint64_t random_state;

static uint32_t draw(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33);
}

static struct world *world_of(uint64_t seed)
{
	random_state = seed * 2654435761u + 12345;
	return world_random();
}

static void removing_evidence_never_makes_it_ok(void **state)
{
	(void)state;
	unsigned ok = 0;
	for (uint64_t seed = 1; seed <= 1500; seed++) {
		struct world *w = world_of(seed);
		world_judge(w);
		assert_findings_have_evidence(&w->verdict);
		assert_conversations_are_sound(w);
		enum state before = w->verdict.status;
		ok += before == STATE_OK;
		bool removed = remove_evidence(w, random_below(13));
		world_judge_as_is(w);
		assert_findings_have_evidence(&w->verdict);
		assert_conversations_are_sound(w);
		if (removed && w->verdict.status == STATE_OK)
			fail_msg("seed %u: %s became ok", (unsigned)seed, state_word(before));
		world_free(w);
	}
	/* Both sides of the rule have to have been tried. */
	assert_in_range(ok, 50, 1450);
}

static void adding_loss_never_improves_it(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 1500; seed++) {
		struct world *w = world_of(seed);
		world_judge(w);
		int before = badness(w->verdict.status);
		int loss_before = badness(check_of(w, CHECK_PACKET_LOSS)->state);
		uint32_t n = w->pings[1].counted;
		uint32_t lost = w->pings[1].lost;
		/* Without a single answer it is not known to be loss at all (P6). */
		if (lost + 1 < n) {
			world_ping(w, 1, n, lost + 1 + random_below(n - lost - 1), w->pings[1].adaptive);
			world_judge(w);
			if (badness(w->verdict.status) < before ||
			    badness(check_of(w, CHECK_PACKET_LOSS)->state) < loss_before)
				fail_msg("seed %u: more loss (%u, then %u of %u) improved it", (unsigned)seed, lost,
				         w->pings[1].lost, n);
		}
		world_free(w);
	}
}

static void same_facts_give_the_same_verdict(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct world *a = world_of(seed);
		struct world *b = world_of(seed);
		world_judge(a);
		world_judge(b);
		assert_string_equal(a->verdict.summary, b->verdict.summary);
		assert_int_equal(a->verdict.note_count, b->verdict.note_count);
		for (size_t i = 0; i < a->verdict.check_count; i++) {
			assert_string_equal(check_of(a, (enum check_id)i)->summary,
			                    check_of(b, (enum check_id)i)->summary);
			assert_int_equal(check_of(a, (enum check_id)i)->evidence_count,
			                 check_of(b, (enum check_id)i)->evidence_count);
		}
		world_free(a);
		world_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(removing_evidence_never_makes_it_ok),
	        cmocka_unit_test(adding_loss_never_improves_it),
	        cmocka_unit_test(same_facts_give_the_same_verdict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
