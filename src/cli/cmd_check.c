#include "assess.h"
#include "check_fleet.h"
#include "commands.h"
#include "duty.h"
#include "inventory_file.h"
#include "output.h"
#include "signals.h"

/* A probe for schedulers, after the Monitoring Plugins' guidelines: whatever
 * happens, one line on stdout says it, and the exit status is 0 to 3. */

static int print_line(const struct report *report, const struct probe *probe)
{
	const struct report_style style = {.columns = 80, .probe = probe};
	struct buf out;
	struct err err;
	buf_init(&out, REPORT_MAX_BYTES);
	report_check(report, &style, &out);
	int status = output_write(NULL, &out, &err) < 0 ? 3 : state_exit(probe_state(report, probe));
	buf_done(&out);
	return status;
}

/* With -o the report goes there, and the scheduler has its line all the same. */
static int print(const struct duty *duty, const struct report *report, const struct probe *probe)
{
	struct err err;
	int rc = assess_write(&duty->options, report, probe, &err);
	if (!duty->options.output)
		return rc < 0 ? 3 : state_exit(probe_state(report, probe));
	const struct report failed = {.version = FGDIAG_VERSION, .error = &err};
	return rc < 0 ? print_line(&failed, NULL) : print_line(report, probe);
}

static int fail(struct duty *duty, const struct err *err)
{
	const struct report report = {.version = FGDIAG_VERSION, .error = err};
	duty_fail(duty);
	/* The run that asks the device now has more to write there. */
	if (err->kind == ERR_BUSY && duty->options.output)
		return print_line(&report, &duty->probe);
	return print(duty, &report, &duty->probe);
}

static int run(struct duty *duty, struct err *err)
{
	struct err trouble; /* is in the transcript */
	const char *vdom = duty->options.vdom ? duty->options.vdom : "";
	if (duty->options.tag_count)
		return err_set(err, ERR_USAGE, "--tag chooses among the inventory's FortiGates, and -H names one");
	if (duty_plan(duty, err) < 0 ||
	    inventory_device_parse(duty->arena, &duty->options, vdom, &duty->device, err) < 0 ||
	    duty_begin(duty, err) < 0)
		return -1;
	duty->run.wake_fd = signals_open(err);
	if (duty->run.wake_fd < 0)
		return -1;
	(void)run_plan(duty->arena, &duty->plan, &duty->run, &duty->transcript, &trouble);
	(void)signals_while_saving(NULL); /* without it the results are written all the same */
	duty_end(duty);
	return print(duty, &duty->assessment.report, &duty->probe);
}

int cmd_check(struct arena *arena, const struct options *options)
{
	struct err err;
	struct duty *duty = duty_new(arena, options);
	int status =
	        signals_leave_with("FGDIAG UNKNOWN - interrupted: a signal came before the device was asked\n", &err);
	bool many = !options->device && (options->tag_count || options->inventory);
	if (status == 0)
		status = many ? check_fleet(arena, options, &err) : run(duty, &err);
	if (status < 0)
		status = fail(duty, &err);
	duty_done(duty);
	return status;
}
