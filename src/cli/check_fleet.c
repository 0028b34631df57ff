#include "check_fleet.h"

#include <string.h>

#include "clock.h"
#include "duty.h"
#include "fleet.h"
#include "inventory_file.h"
#include "openmetrics.h"
#include "output.h"
#include "report_fleet.h"
#include "shared_password.h"
#include "signals.h"

struct checks {
	struct arena *arena; /* of what is told at the end */
	const struct options *options;
	const struct duty *model; /* what every device is asked */
	const struct inventory_device **devices;
	size_t count, next;
	struct fleet_row *rows;
	struct shared_password password;
	struct openmetrics metrics;
};

struct errand {
	struct arena *arena;
	struct duty *duty;
	struct fleet_row *row;
};

/* ---- one device ---- */

static void tell(struct checks *checks, struct errand *errand, const struct report *report)
{
	const struct probe *probe = &errand->duty->probe;
	const struct err *trouble = report_trouble(report);
	const char *words = trouble ? trouble->text : report->verdict ? report->verdict->summary : "no verdict";
	errand->row->state = probe_state(report, probe);
	if (probe->word_count)
		words = arena_printf(checks->arena, "%s %s", probe->words[0], words);
	errand->row->words = arena_strdup(checks->arena, words);
	openmetrics_add(&checks->metrics, report, probe);
	duty_done(errand->duty);
	arena_free(errand->arena);
}

static int begin(struct checks *checks, const struct inventory_device *device, struct errand *errand, struct err *err)
{
	struct duty *duty = errand->duty;
	const char *vdom = checks->options->vdom ? checks->options->vdom : "";
	duty->request = checks->model->request;
	duty->plan = checks->model->plan;
	duty->probe.limits = checks->model->probe.limits;
	duty->probe.limit_count = checks->model->probe.limit_count;
	if (inventory_device_make(errand->arena, checks->options, device, vdom, &duty->device, err) < 0 ||
	    shared_password_give(&checks->password, &duty->device, err) < 0)
		return -1;
	return duty_begin(duty, err);
}

static enum fleet_next on_next(void *arg, int64_t now_us, struct fleet_errand *out, int64_t *when_us)
{
	struct checks *checks = arg;
	*when_us = now_us; /* what may begin, may begin at once */
	while (checks->next < checks->count) {
		const struct inventory_device *device = checks->devices[checks->next];
		struct arena *arena = arena_new();
		struct errand *errand = ARENA_NEW(arena, struct errand);
		struct err err;
		*errand = (struct errand){arena, duty_new(arena, checks->options), &checks->rows[checks->next++]};
		errand->duty->probe.device = device->name;
		if (begin(checks, device, errand, &err) < 0) {
			const struct report report = {.version = FGDIAG_VERSION, .error = &err};
			duty_fail(errand->duty);
			tell(checks, errand, &report);
			continue;
		}
		*out = (struct fleet_errand){.arena = arena,
		                             .plan = &errand->duty->plan,
		                             .options = &errand->duty->run,
		                             .transcript = &errand->duty->transcript,
		                             .owner = errand};
		return FLEET_BEGIN;
	}
	return FLEET_NONE;
}

static void on_done(void *arg, const struct fleet_errand *done, const struct err *trouble)
{
	struct errand *errand = done->owner;
	(void)trouble; /* it is in the transcript */
	duty_end(errand->duty);
	tell(arg, errand, &errand->duty->assessment.report);
}

/* ---- all of them ---- */

static int choose(struct checks *checks, struct err *err)
{
	const struct options *options = checks->options;
	const struct inventory *inventory;
	if (inventory_load(checks->arena, options, &inventory, err) < 0)
		return -1;
	if (!inventory)
		return err_set(err, ERR_USAGE, "--tag wants an inventory; give one with --inventory FILE");
	checks->devices = ARENA_ARRAY(checks->arena, inventory->device_count + 1, const struct inventory_device *);
	for (size_t i = 0; i < inventory->device_count; i++) {
		if (inventory_tagged(&inventory->devices[i], options->tags, options->tag_count))
			checks->devices[checks->count++] = &inventory->devices[i];
	}
	if (checks->count == 0)
		return err_set(err, ERR_USAGE, "no FortiGate in %.200s has %s", inventory->file,
		               options->tag_count > 1 ? "all these tags" : "this tag");
	checks->rows = ARENA_ARRAY(checks->arena, checks->count, struct fleet_row);
	for (size_t i = 0; i < checks->count; i++)
		checks->rows[i] =
		        (struct fleet_row){checks->devices[i]->name, STATE_UNKNOWN, "not asked: a signal came before"};
	return 0;
}

static int usage_check(const struct options *options, struct err *err)
{
	bool metrics = strcmp(options->format, "openmetrics") == 0;
	if (options->state)
		return err_set(err, ERR_USAGE,
		               "--state is of one device; of a fleet what must be remembered is in "
		               "$XDG_STATE_HOME");
	if (options->host_key)
		return err_set(err, ERR_USAGE, "--host-key is of one device; the inventory has a place for each");
	if (!metrics && strcmp(options->format, "check") != 0 && strcmp(options->format, "text") != 0)
		return err_set(err, ERR_USAGE, "of a fleet there is -f check or openmetrics");
	return 0;
}

static int write_metrics(const struct checks *checks, struct err *err)
{
	struct buf out;
	buf_init(&out, OPENMETRICS_FAMILIES * OPENMETRICS_MAX_BYTES);
	openmetrics_write(&checks->metrics, &out);
	int rc = output_write_mode(checks->options->output, 0644, &out, err);
	buf_done(&out);
	return rc;
}

static int write_line(const struct checks *checks, int64_t took_us, const char *path, struct err *err)
{
	struct buf out;
	buf_init(&out, REPORT_MAX_BYTES);
	report_fleet(checks->rows, checks->count, took_us, checks->options->verbose, &out);
	int rc = output_write(path, &out, err);
	buf_done(&out);
	return rc;
}

/* With -o the scheduler has its line all the same. */
static int write(const struct checks *checks, int64_t took_us, struct err *err)
{
	const struct options *options = checks->options;
	bool metrics = strcmp(options->format, "openmetrics") == 0;
	if (metrics && write_metrics(checks, err) < 0)
		return -1;
	if (!metrics && options->output && write_line(checks, took_us, options->output, err) < 0)
		return -1;
	return metrics && !options->output ? 0 : write_line(checks, took_us, NULL, err);
}

static int work(struct checks *checks, struct err *err)
{
	struct err interrupted;
	size_t room = fleet_room(0), parallel = checks->options->parallel;
	struct fleet_options fleet = {.parallel = parallel < room ? parallel : room,
	                              .wake_fd = signals_open(err),
	                              .next = on_next,
	                              .done = on_done,
	                              .arg = checks};
	int64_t began_us = clock_mono_us();
	if (fleet.wake_fd < 0)
		return -1;
	if (fleet_work(&fleet, &interrupted) < 0 && interrupted.kind != ERR_INTERRUPTED) {
		*err = interrupted;
		return -1;
	}
	(void)signals_while_saving(NULL);
	if (write(checks, clock_mono_us() - began_us, err) < 0)
		return -1;
	return state_exit(report_fleet_state(checks->rows, checks->count));
}

int check_fleet(struct arena *arena, const struct options *options, struct err *err)
{
	struct checks checks = {.arena = arena, .options = options};
	struct duty *model = duty_new(arena, options);
	checks.model = model;
	if (usage_check(options, err) < 0 || duty_plan(model, err) < 0 || choose(&checks, err) < 0 ||
	    shared_password_take(options, &checks.password, err) < 0)
		return -1;
	openmetrics_init(&checks.metrics);
	int status = work(&checks, err);
	openmetrics_done(&checks.metrics);
	shared_password_done(&checks.password);
	return status;
}
