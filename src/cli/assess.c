#include "assess.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "judge.h"
#include "num.h"
#include "output.h"
#include "read.h"

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

static bool wants_color(const struct options *options)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	if (options->output || (no_color && no_color[0]) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO) == 1;
}

static unsigned terminal_columns(const struct options *options)
{
	struct winsize size;
	unsigned columns;
	if (options->output)
		return 80;
	if (num_uint(str_of(getenv("COLUMNS")), 20, 1000, &columns))
		return columns;
	if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

/* A collector of another account reads figures, which tell nothing of the traffic. */
static mode_t mode_of(const struct report_format *format)
{
	return format->write == report_openmetrics ? 0644 : 0600;
}

int assess_write(const struct options *options, const struct report *report, const struct probe *probe, struct err *err)
{
	struct report_style style = {
	        .columns = terminal_columns(options), .color = wants_color(options), .probe = probe};
	const struct report_format *format = report_format_find(options->format);
	struct buf out;
	buf_init(&out, REPORT_MAX_BYTES);
	format->write(report, &style, &out);
	int rc = output_write_mode(options->output, mode_of(format), &out, err);
	buf_done(&out);
	return rc;
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
	(void)assess_print(options, &report);
	return 3;
}
