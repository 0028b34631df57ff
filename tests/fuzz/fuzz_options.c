#include "command.h"
#include "fuzz.h"
#include "grammar.h"
#include "options.h"
#include "plan.h"
#include "report.h"

enum { MOST_WORDS = 40 };

static const char playbook[] = "playbook: x\nsummary: x\nneeds: entry\nlimits: { time: 60s }\nvars:\n  ping.count: 12\n"
                               "  sniffer.packets: 100\n  sniffer.level: 4\nsteps:\n"
                               "  - id: status\n    scope: login\n    send: get system status\n    read: status\n"
                               "  - id: ping\n    scope: vdom\n    options: { repeat-count: '{ping.count}' }\n"
                               "    send: execute ping {server.ip}\n    read: ping\n"
                               "  - id: sniffer\n    scope: vdom\n"
                               "    send: diagnose sniffer packet any \"{filter.conversation}\" {sniffer.level} "
                               "{sniffer.packets} a\n    stop: { time: 8s }\n    read: sniffer\n";

/* What a plan of these options would send is in the grammar, written twice. */
static void check_plan(struct arena *arena, const struct options *options)
{
	struct plan_request request = {.playbook_name = "x",
	                               .playbook = str_of(playbook),
	                               .sets = options->sets,
	                               .set_count = options->set_count,
	                               .entry_text = options->argument_count ? options->arguments[0] : NULL,
	                               .entry_number = options->entry_number,
	                               .target = options->target,
	                               .proto = options->proto,
	                               .vdom = options->vdom};
	struct plan_learned learned = {
	        .ssh_port = 22, .median_rtt_us = 20000, .time_left_us = 9000000, .multi_vdom = true};
	struct plan plan;
	struct err err = {0};
	if (plan_make(arena, &request, &plan, &err) < 0) {
		PROMISE(err.text[0]);
		return;
	}
	for (size_t i = 0; i < plan.step_count; i++) {
		struct plan_commands out;
		if (plan_resolve(arena, &plan, &plan.steps[i], &learned, &out, &err) < 0)
			continue;
		PROMISE(grammar_takes(out.command));
		for (size_t k = 0; k < out.setup_count; k++)
			PROMISE(grammar_takes(out.setup[k]));
	}
}

/* Words of a command line, one a line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct options options;
	struct err err = {0};
	char *argv[MOST_WORDS + 2] = {arena_strdup(arena, "fgdiag")};
	int argc = 1;
	struct str rest = fuzz_str(data, size), line;
	while (argc <= MOST_WORDS && str_next_line(&rest, &line))
		argv[argc++] = arena_strndup(arena, line.p, line.n);
	if (options_parse(arena, argc, argv, &options, &err) == 0) {
		PROMISE(report_format_find(options.format) && options.wait_us >= 0 && options.password_fd >= -1);
		PROMISE(options.command < COMMANDS || options.help || options.version);
		check_plan(arena, &options);
	} else {
		PROMISE(err.kind == ERR_USAGE && err.text[0]);
	}
	arena_free(arena);
	return 0;
}
