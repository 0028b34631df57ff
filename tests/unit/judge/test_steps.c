#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/world.h"

#include "check.h"

/* Did the steps tell what they are for? What they did not tell is not ok. */

static struct world *world_calm(void)
{
	struct world *w = world_new();
	world_healthy_traffic(w);
	return w;
}

static void assert_unknown(struct world *w, enum check_id id, const char *words)
{
	const struct check *check = &world_judge(w)->checks[id];
	assert_int_equal(w->verdict.status, STATE_UNKNOWN);
	assert_int_equal(check->state, STATE_UNKNOWN);
	assert_int_equal(check->certainty, CERTAINTY_NONE);
	if (!strstr(check->summary, words))
		fail_msg("'%s' is not in '%s'", words, check->summary);
	world_free(w);
}

static void a_sample_without_cpu_or_memory_told_nothing(void **state)
{
	(void)state;
	struct world *w = world_calm();
	w->performance[1].have_all = false;
	assert_unknown(w, CHECK_GATE_RESOURCES, "the output of step performance.2 does not tell it");
	w = world_calm();
	w->performance[1].have_memory = false;
	assert_unknown(w, CHECK_GATE_RESOURCES, "the output of step performance.2 does not tell it");
	w = world_calm();
	w->facts.performance_count = 1;
	assert_unknown(w, CHECK_GATE_RESOURCES, "the output of step performance.2 does not tell it");
}

static void processes_without_a_frame_are_not_told(void **state)
{
	(void)state;
	struct world *w = world_calm();
	w->top.frames = 0;
	assert_unknown(w, CHECK_GATE_RESOURCES, "the output of step top does not tell it");
	w = world_calm();
	w->top.step = "another";
	assert_unknown(w, CHECK_GATE_RESOURCES, "the output of step top does not tell it");
}

/* Any one of its lines shows that the output was one of memory. */
static void any_line_of_memory_tells_of_it(void **state)
{
	(void)state;
	static const enum fact_id lines[] = {FACT_ID_MEMORY_TOTAL, FACT_ID_MEMORY_FREE, FACT_ID_MEMORY_AVAILABLE};
	for (size_t i = 0; i < 3; i++) {
		struct world *w = world_calm();
		w->facts.item[FACT_ID_MEMORY_TOTAL] = (struct fact){.absent = "no such line"};
		facts_set_int(&w->facts, lines[i], 4000, world_source("memory", 1, "Mem"));
		assert_int_equal(world_judge(w)->status, STATE_OK);
		world_free(w);
	}
	struct world *w = world_calm();
	w->facts.item[FACT_ID_MEMORY_TOTAL] = (struct fact){.absent = "no such line"};
	assert_unknown(w, CHECK_GATE_RESOURCES, "the output of step memory does not tell it");
}

static void a_capture_of_another_step_is_not_this_ones(void **state)
{
	(void)state;
	struct world *w = world_calm();
	w->capture.step = "another";
	assert_unknown(w, CHECK_MISSING_REPLIES, "the output of step sniffer does not tell it");
}

static void a_step_says_why_it_failed_where_it_knows(void **state)
{
	(void)state;
	static const char *const reasons[] = {NULL, ""};
	for (size_t i = 0; i < 2; i++) {
		struct world *w = world_calm();
		world_fail(w, "conserve", reasons[i]);
		assert_unknown(w, CHECK_GATE_RESOURCES, "step conserve failed");
	}
}

/* A device that does not have a command yet is not asked, and that is no gap. */
static void what_a_version_does_not_have_is_no_gap(void **state)
{
	(void)state;
	struct playbook_step from = {.id = "conserve", .since = 506};
	struct plan_step steps[2] = {{.id = "status", .on = "gate", .read = NULL, .from = &from},
	                             {.id = "conserve", .on = "gate", .read = "conserve", .from = &from}};
	struct world *w = world_calm();
	w->plan.steps = steps;
	w->plan.step_count = 2;
	w->facts.item[FACT_ID_CONSERVE_MODE] = (struct fact){.absent = "not asked"};
	world_run(w, "conserve")->end.state = STEP_SKIPPED;
	assert_int_equal(world_judge(w)->status, STATE_UNKNOWN);
	facts_set_text(&w->facts, FACT_ID_DEVICE_VERSION, "5.4.3", world_source("status", 1, "Version"));
	assert_int_equal(world_judge(w)->status, STATE_OK);
	w->facts.item[FACT_ID_DEVICE_VERSION].value.text = "7.4.3";
	assert_int_equal(world_judge(w)->status, STATE_UNKNOWN);
	world_free(w);
}

/* The run was in trouble, and this step was left out for its own reason. */
static void what_was_left_out_is_not_what_the_trouble_took(void **state)
{
	(void)state;
	struct playbook_step from = {.id = "ha", .since = 506};
	struct plan_step step = {.id = "ha", .on = "gate", .read = "ha", .from = &from};
	struct world *w = world_calm();
	w->plan.steps = &step;
	w->plan.step_count = 1;
	world_step(w, "ha", "ha");
	world_run(w, "ha")->end.state = STEP_SKIPPED;
	w->steps.have_trouble = true;
	world_judge(w);
	assert_int_equal(w->verdict.status, STATE_UNKNOWN);
	assert_non_null(strstr(w->verdict.summary, "(step ha did not run)"));
	facts_set_text(&w->facts, FACT_ID_DEVICE_VERSION, "5.4.3", world_source("status", 1, "Version"));
	assert_int_equal(world_judge(w)->status, STATE_OK);
	world_free(w);
}

static void a_step_without_its_end_is_never_ok(void **state)
{
	(void)state;
	struct world *w = world_calm();
	world_run(w, "status")->end.missing = true;
	assert_int_equal(world_judge(w)->status, STATE_UNKNOWN);
	assert_non_null(strstr(w->verdict.summary, "the end of step status is missing"));
	world_run(w, "status")->end = (struct step_end){.state = STEP_STOPPED, .prompt = NULL};
	assert_int_equal(world_judge(w)->status, STATE_UNKNOWN);
	assert_non_null(strstr(w->verdict.summary, "step status was cut"));
	world_free(w);
}

/* ---- what a check is made of ---- */

static void a_check_quotes_each_line_once_and_not_too_many(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct check_draft draft;
	struct packet packet = {.line = 3};
	check_begin(&draft, arena, "own");
	check_quote(&draft, world_source(NULL, 1, "no step"));
	check_quote(&draft, world_source("top", 1, NULL));
	check_quote_packet(&draft, "top", NULL);
	assert_int_equal(draft.check.evidence_count, 0);
	check_quote_packet(&draft, "sniffer", &packet);
	assert_string_equal(draft.evidence[0].text, "");
	for (unsigned line = 1; line <= 2 * CHECK_MAX_EVIDENCE; line++) {
		check_quote(&draft, world_source("top", line, "a line"));
		check_quote(&draft, world_source("top", line, "a line"));
	}
	assert_int_equal(draft.check.evidence_count, CHECK_MAX_EVIDENCE);
	assert_int_equal(draft.evidence[CHECK_MAX_EVIDENCE - 1].line, CHECK_MAX_EVIDENCE - 1);
	arena_free(arena);
}

static void a_finding_without_a_line_is_none(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	static const enum state states[] = {STATE_WARNING, STATE_CRITICAL, STATE_OK, STATE_UNKNOWN, STATE_SKIPPED};
	for (size_t i = 0; i < 5; i++) {
		struct check_draft draft;
		check_begin(&draft, arena, "own");
		check_say(&draft, states[i], CERTAINTY_LIKELY, "x", "words");
		struct check check = check_end(&draft);
		assert_int_equal(check.state, i < 2 ? STATE_UNKNOWN : states[i]);
		assert_int_equal(check.certainty, i < 2 ? CERTAINTY_NONE : CERTAINTY_LIKELY);
	}
	arena_free(arena);
}

static void lines_are_found_where_they_stand(void **state)
{
	(void)state;
	struct world *w = world_new();
	struct judge_input input = {.plan = &w->plan, .steps = &w->steps, .clean = w->clean};
	assert_string_equal(check_line(&input, w->arena, "top", 2).text, "two");
	assert_null(check_line(&input, w->arena, "top", 0).text);
	assert_null(check_line(&input, w->arena, "top", 4).text);
	assert_null(check_line(&input, w->arena, "nowhere", 1).text);
	assert_null(check_line(&input, w->arena, NULL, 1).text);
	input.clean = NULL;
	assert_null(check_line(&input, w->arena, "top", 2).text);
	world_free(w);
}

/* A playbook that needs no entry has no server to name. */
static void without_a_target_words_name_the_server_only(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->plan.target = (struct target){0};
	world_ping(w, 1, 300, 60, false);
	const struct check *check = &world_judge(w)->checks[CHECK_PACKET_LOSS];
	assert_int_equal(check->state, STATE_CRITICAL);
	assert_non_null(strstr(check->summary, "The way from the FortiGate to the server loses packets"));
	assert_string_equal(check->advice[0], "execute traceroute the server");
	world_ping(w, 1, 300, 0, false);
	w->capture.started = false;
	assert_non_null(strstr(world_judge(w)->summary, "No cause can be named: "));
	w->facts.capture_count = 0;
	w->steps.count = 8; /* without the sniffer */
	assert_int_equal(world_judge(w)->status, STATE_OK);
	assert_string_equal(w->verdict.summary, "All that was planned was measured and nothing is wrong.");
	world_free(w);
}

/* What a pasted text makes us assume is said, and may leave nothing certain. */
static void assumptions_are_told(void **state)
{
	(void)state;
	static const char *const assumed[] = {"The first prompt is the device's."};
	struct world *w = world_new();
	world_aim(w, TCP);
	world_legs(w, "ABCD", TCP, 50000, SYN_RST);
	world_close(w);
	struct judge_input input = {.plan = &w->plan,
	                            .facts = &w->facts,
	                            .steps = &w->steps,
	                            .clean = w->clean,
	                            .started_us = WORLD_STARTED_US,
	                            .assumptions = assumed,
	                            .assumption_count = 1};
	judge(w->arena, &input, &w->facts, &w->verdict);
	assert_int_equal(w->verdict.certainty, CERTAINTY_CERTAIN);
	assert_string_equal(w->verdict.notes[w->verdict.note_count - 1], assumed[0]);
	input.doubtful = true;
	judge(w->arena, &input, &w->facts, &w->verdict);
	assert_int_equal(w->verdict.certainty, CERTAINTY_LIKELY);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_sample_without_cpu_or_memory_told_nothing),
	        cmocka_unit_test(processes_without_a_frame_are_not_told),
	        cmocka_unit_test(any_line_of_memory_tells_of_it),
	        cmocka_unit_test(a_capture_of_another_step_is_not_this_ones),
	        cmocka_unit_test(a_step_says_why_it_failed_where_it_knows),
	        cmocka_unit_test(what_a_version_does_not_have_is_no_gap),
	        cmocka_unit_test(what_was_left_out_is_not_what_the_trouble_took),
	        cmocka_unit_test(a_step_without_its_end_is_never_ok),
	        cmocka_unit_test(a_check_quotes_each_line_once_and_not_too_many),
	        cmocka_unit_test(a_finding_without_a_line_is_none),
	        cmocka_unit_test(lines_are_found_where_they_stand),
	        cmocka_unit_test(without_a_target_words_name_the_server_only),
	        cmocka_unit_test(assumptions_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
