#include "assess.h"
#include "commands.h"
#include "input.h"
#include "output.h"

static int judge_file(struct arena *arena, const struct options *options, const char *path)
{
	struct err err;
	struct str text;
	struct transcript transcript;
	struct plan_request request;
	struct plan plan;
	struct assessment assessment;
	if (input_file(arena, path, TRANSCRIPT_MAX_BYTES, &text, &err) < 0)
		return assess_failure(options, &err);
	transcript_init(&transcript, arena);
	if (transcript_read(arena, text, &transcript, &err) < 0) {
		(void)err_prefix(&err, "%.200s", path);
		return assess_failure(options, &err);
	}
	plan_request_of(&transcript.header, &request);
	if (plan_make(arena, &request, &plan, &err) < 0) {
		(void)err_prefix(&err, "%.200s", path);
		return assess_failure(options, &err);
	}
	assess(arena, &plan, &transcript, &assessment);
	return assess_print(options, &assessment.report);
}

/* Of several files the worst status counts: 2, 1, 3, 0. */
static int worse(int a, int b)
{
	static const int rank[] = {0, 2, 3, 1};
	return rank[a] >= rank[b] ? a : b;
}

int cmd_judge(struct arena *arena, const struct options *options)
{
	int status = 0;
	if (options->argument_count == 0) {
		struct err err;
		(void)err_set(&err, ERR_USAGE, "judge which file? Save one with fgdiag diagnose --record FILE");
		return assess_failure(options, &err);
	}
	for (size_t i = 0; i < options->argument_count; i++) {
		struct arena *own = arena_new();
		status = worse(status, judge_file(own, options, options->arguments[i]));
		arena_free(own);
	}
	(void)arena;
	return status;
}
