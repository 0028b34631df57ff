#include "fuzz.h"
#include "judge.h"
#include "read.h"
#include "shown.h"

static void judge_transcript(struct arena *arena, const struct plan *plan, const struct transcript *transcript)
{
	struct step_list steps;
	struct facts facts;
	struct verdict verdict;
	transcript_steps(transcript, &steps);
	struct str *clean = ARENA_ARRAY(arena, steps.count + 1, struct str);
	read_run(arena, &plan->playbook, &steps, &facts, clean);
	struct judge_input input = {.plan = plan,
	                            .facts = &facts,
	                            .steps = &steps,
	                            .clean = clean,
	                            .started_us = transcript->header.started_us,
	                            .duration_us = transcript->end_us,
	                            .cut = transcript->cut};
	judge(arena, &input, &facts, &verdict);
	for (size_t i = 0; i < verdict.check_count; i++) {
		bool finding = verdict.checks[i].state == STATE_WARNING || verdict.checks[i].state == STATE_CRITICAL;
		PROMISE(!finding || verdict.checks[i].evidence_count > 0);
	}
	struct report report = {.version = "0",
	                        .plan = plan,
	                        .transcript = transcript,
	                        .steps = &steps,
	                        .clean = clean,
	                        .facts = &facts,
	                        .verdict = &verdict,
	                        .error = steps.have_trouble ? &steps.trouble : NULL};
	shown_check_report(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct transcript transcript;
	struct plan_request request;
	struct plan plan;
	struct err err = {0};
	transcript_init(&transcript, arena);
	if (transcript_read(arena, fuzz_str(data, size), &transcript, &err) == 0) {
		plan_request_of(&transcript.header, &request);
		if (plan_make(arena, &request, &plan, &err) == 0)
			judge_transcript(arena, &plan, &transcript);
	} else {
		PROMISE(err.text[0]);
	}
	arena_free(arena);
	return 0;
}
