#include "fuzz.h"
#include "grammar.h"
#include "host_command.h"
#include "plan.h"

/* Every command of a playbook that is taken is one of the table and of the grammar. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct plan plan;
	struct err err = {0};
	struct plan_request request = {.playbook_name = "f",
	                               .playbook = fuzz_str(data, size),
	                               .target = "192.0.2.1:53",
	                               .proto = "udp",
	                               .vdom = "root"};
	struct plan_learned learned = {
	        .ssh_port = 22, .median_rtt_us = 20000, .time_left_us = 9000000, .multi_vdom = true};
	if (plan_make(arena, &request, &plan, &err) < 0) {
		PROMISE(err.text[0]);
		arena_free(arena);
		return 0;
	}
	for (size_t i = 0; i < plan.step_count; i++) {
		struct plan_commands commands;
		if (plan_resolve(arena, &plan, &plan.steps[i], &learned, &commands, &err) < 0)
			continue;
		PROMISE(grammar_takes(commands.command) || host_command_find(str_of(commands.command), NULL));
		for (size_t k = 0; k < commands.setup_count; k++)
			PROMISE(grammar_takes(commands.setup[k]));
	}
	arena_free(arena);
	return 0;
}
