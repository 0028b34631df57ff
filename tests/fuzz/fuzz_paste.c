#include <string.h>

#include "fuzz.h"
#include "judge.h"
#include "paste.h"
#include "read.h"

static const char playbook[] = "playbook: x\nsummary: x\nneeds: entry\nlimits: { time: 60s }\nsteps:\n"
                               "  - id: status\n    scope: login\n    send: get system status\n    read: status\n"
                               "  - id: performance\n    scope: global\n    send: get system performance status\n"
                               "    read: performance\n"
                               "  - id: ping\n    scope: vdom\n    send: execute ping {server.ip}\n    read: ping\n";

static void judge_paste(const struct paste *paste, const struct plan *plan)
{
	struct step_list steps;
	struct facts facts;
	struct verdict verdict;
	struct paste_notes notes = {0};
	paste_steps(paste, plan, &steps, &notes);
	PROMISE(steps.count >= plan->step_count);
	struct str *clean = ARENA_ARRAY(paste->arena, steps.count + 1, struct str);
	read_run(paste->arena, &plan->playbook, &steps, &facts, clean);
	struct judge_input input = {.plan = plan, .facts = &facts, .steps = &steps, .clean = clean};
	judge(paste->arena, &input, &facts, &verdict);
	paste_places(paste, &steps, &facts, &verdict);
	for (size_t i = 0; i < verdict.check_count; i++) {
		const struct check *check = &verdict.checks[i];
		bool finding = check->state == STATE_WARNING || check->state == STATE_CRITICAL;
		PROMISE(!finding || check->evidence_count > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = fuzz_str(data, size);
	struct paste paste;
	struct plan plan;
	struct err err = {0};
	struct plan_request request = {.playbook_name = "x", .playbook = str_of(playbook), .may_lack_target = true};
	paste_init(&paste, arena);
	paste_read(&paste, "log", text);
	PROMISE(paste.count <= PASTE_MAX_STEPS);
	request.target = paste_target(&paste);
	PROMISE(plan_make(arena, &request, &plan, &err) == 0);
	judge_paste(&paste, &plan);
	arena_free(arena);
	return 0;
}
