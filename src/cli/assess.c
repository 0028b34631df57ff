#include "assess.h"

#include <string.h>

#include "judge.h"
#include "output.h"
#include "read.h"
#include "redacting.h"
#include "terminal.h"

/* Steps → facts → verdict → report. */
static void judge_steps(struct arena *arena, struct judge_input *input, const struct transcript *transcript,
                        struct assessment *out)
{
	const struct plan *plan = input->plan;
	struct str *clean = ARENA_ARRAY(arena, out->steps.count + 1, struct str);
	facts_init(&out->facts, "no step read it");
	read_run(arena, &plan->playbook, &out->steps, &out->facts, clean);
	input->facts = &out->facts;
	input->steps = &out->steps;
	input->clean = clean;
	input->started_us = transcript->header.started_us;
	input->duration_us = transcript->end_us;
	input->cut = transcript->cut;
	judge(arena, input, &out->facts, &out->verdict);
	out->report = (struct report){
	        .version = FGDIAG_VERSION,
	        .plan = plan,
	        .transcript = transcript,
	        .steps = &out->steps,
	        .clean = clean,
	        .facts = &out->facts,
	        .verdict = &out->verdict,
	        .error = out->steps.have_trouble ? &out->steps.trouble : NULL,
	};
}

void assess(struct arena *arena, const struct plan *plan, const struct transcript *transcript, struct assessment *out)
{
	struct judge_input input = {.plan = plan};
	transcript_steps(transcript, &out->steps);
	judge_steps(arena, &input, transcript, out);
}

void assess_paste(const struct paste *paste, const struct plan *plan, const struct transcript *transcript,
                  struct paste_notes *notes, struct assessment *out)
{
	paste_steps(paste, plan, &out->steps, notes);
	struct judge_input input = {.plan = plan,
	                            .assumptions = notes->words,
	                            .assumption_count = notes->count,
	                            .doubtful = notes->doubtful};
	judge_steps(paste->arena, &input, transcript, out);
	paste_places(paste, &out->steps, &out->facts, &out->verdict);
}

/* A collector of another account reads figures, which tell nothing of the traffic. */
static mode_t mode_of(const struct report_format *format)
{
	return format->write == report_openmetrics ? 0644 : 0600;
}

int assess_write(const struct options *options, const struct report *report, const struct probe *probe, struct err *err)
{
	struct report_style style = terminal_style(options);
	const struct report_format *format = report_format_find(options->format);
	struct buf out;
	style.probe = probe;
	buf_init(&out, REPORT_MAX_BYTES);
	format->write(report, &style, &out);
	int rc = output_write_mode(options->output, mode_of(format), &out, err);
	buf_done(&out);
	return rc;
}

const struct report *assess_shown(struct arena *arena, const struct options *options, const char *const *places,
                                  const struct report *report)
{
	struct err err;
	const struct report *shown = redacting_report(arena, options, places, report, &err);
	if (!shown)
		output_error(&err);
	return shown;
}

int assess_print(const struct options *options, const struct report *report)
{
	struct err err;
	if (assess_write(options, report, NULL, &err) == 0)
		return report_exit(report);
	output_error(&err);
	return 3;
}

int assess_failure(const struct options *options, const struct err *err)
{
	output_error(err);
	if (strcmp(options->format, "text") == 0)
		return 3;
	struct report report = {.version = FGDIAG_VERSION, .error = err};
	struct arena *arena = arena_new();
	const struct report *shown = assess_shown(arena, options, NULL, &report);
	if (shown)
		(void)assess_print(options, shown);
	arena_free(arena);
	return 3;
}
