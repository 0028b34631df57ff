#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assess.h"
#include "batch_file.h"
#include "batch_report.h"
#include "clock.h"
#include "commands.h"
#include "fleet.h"
#include "gather.h"
#include "input.h"
#include "inventory_file.h"
#include "lock.h"
#include "output.h"
#include "run_queue.h"
#include "scan_files.h"
#include "scan_report.h"
#include "shared_password.h"
#include "signals.h"
#include "terminal.h"
#include "timestamp.h"

/* Entries in, one diagnosis for each problem and device, many at once. */

static const size_t TABLE_BYTES = (size_t)256 * 1024 * 1024; /* of as many groups as there may be */
static const int64_t SHOW_US = 250000;

/* What is to be diagnosed. */
struct task {
	const struct scan_group *group;
	const struct inventory_device *device; /* NULL: the one of -d, or none */
	size_t device_index;
	const char *key;
};

struct batch {
	struct arena *arena; /* of what is told at the end */
	const struct options *options;
	struct scan_log log;
	const struct inventory *inventory;
	struct str playbook;
	struct task *tasks;
	size_t task_count, device_count;
	struct run_queue queue;
	struct shared_password password;
	struct batch_file file;
	struct batch_row *rows;
	size_t row_count;
	struct batch_totals totals;
	bool text;
	bool live; /* progress on a terminal */
	int64_t began_us;
	int64_t next_show_us;
	size_t running;
	struct err lost; /* a result could not be written: nothing more is begun */
};

/* A run under way. */
struct errand {
	struct batch *batch;
	struct task *task;
	struct arena *arena;
	struct plan_request request;
	struct plan plan;
	struct device device;
	struct transcript transcript;
	struct run_options run;
	struct assessment assessment;
	int lock;
	int64_t began_us; /* UTC */
};

/* ---- results ---- */

static const char *device_name(const struct batch *batch, const struct task *task)
{
	const struct scan_group *group = task->group;
	if (task->device)
		return task->device->name;
	if (batch->options->device)
		return batch->options->device;
	return group->devname[0] ? group->devname : group->devid[0] ? group->devid : "(no device)";
}

static const char *cause_of(struct arena *arena, const struct report *report)
{
	const struct err *trouble = report_trouble(report);
	return arena_strdup(arena, trouble ? trouble->text : report->verdict ? report->verdict->summary : "no verdict");
}

static void hide_progress(struct batch *batch)
{
	if (batch->live)
		(void)output_all(STDERR_FILENO, STR("\r\033[K"));
}

static void write_result(struct batch *batch, const struct batch_result *result)
{
	struct buf line;
	struct err err;
	buf_init(&line, BATCH_LINE_MAX_BYTES);
	(batch->text ? batch_result_text : batch_result_json)(result, &line);
	hide_progress(batch);
	if (batch->lost.kind == ERR_NONE && batch_file_add(&batch->file, &line, &err) < 0)
		batch->lost = err;
	buf_done(&line);
}

static void tell(struct batch *batch, const struct task *task, int64_t began_us, const struct report *report)
{
	char server[80];
	const struct batch_result result = {
	        .key = task->key,
	        .device = task->device || batch->options->device ? device_name(batch, task) : NULL,
	        .group = task->group,
	        .files = batch->options->arguments,
	        .began_us = began_us,
	        .report = report,
	};
	write_result(batch, &result);
	batch->rows[batch->row_count++] = (struct batch_row){
	        .device = device_name(batch, task),
	        .vdom = task->group->vd,
	        .server = arena_strdup(batch->arena, scan_group_server(task->group, server)),
	        .entries = task->group->count,
	        .state = report_status(report),
	        .words = cause_of(batch->arena, report),
	};
	batch->totals.open--;
}

static void tell_trouble(struct batch *batch, const struct task *task, const struct err *err)
{
	const struct report report = {.version = FGDIAG_VERSION, .error = err};
	tell(batch, task, 0, &report);
}

/* Where nobody could log in, the next one cannot either, and a refused login
 * counts on the device: its other tasks are not tried. */
static void give_up(struct batch *batch, const struct task *task, const struct err *why)
{
	size_t other;
	while (run_queue_drop(&batch->queue, task->device_index, &other)) {
		struct err err = *why;
		(void)err_prefix(&err, "not tried, as the run before it on this FortiGate failed");
		tell_trouble(batch, &batch->tasks[other], &err);
	}
}

/* ---- one run ---- */

static void end_errand(struct errand *errand)
{
	device_done(&errand->device);
	lock_release(errand->lock);
	arena_free(errand->arena);
}

static int make_device(struct errand *errand, struct err *err)
{
	const struct task *task = errand->task;
	const struct options *options = errand->batch->options;
	return task->device ? inventory_device_make(errand->arena, options, task->device, task->group->vd,
	                                            &errand->device, err)
	                    : device_parse(errand->arena, options, &errand->device, err);
}

static int begin(struct errand *errand, struct err *err)
{
	struct batch *batch = errand->batch;
	const struct options *options = batch->options;
	struct arena *arena = errand->arena;
	errand->request = (struct plan_request){.playbook_name = options->playbook,
	                                        .playbook = batch->playbook,
	                                        .sets = options->sets,
	                                        .set_count = options->set_count,
	                                        .entry_text = errand->task->group->line,
	                                        .entry_number = 1};
	if (plan_make(arena, &errand->request, &errand->plan, err) < 0 || make_device(errand, err) < 0 ||
	    shared_password_give(&batch->password, &errand->device, err) < 0)
		return -1;
	errand->lock = lock_take(arena, device_key(arena, &errand->device), err);
	if (errand->lock < 0)
		return -1;
	const struct gather gather = {
	        .options = options, .request = &errand->request, .plan = &errand->plan, .device = &errand->device};
	gather_prepare(arena, &gather, &errand->transcript, &errand->run);
	errand->began_us = errand->transcript.header.started_us;
	return 0;
}

static struct errand *errand_new(struct batch *batch, struct task *task)
{
	struct arena *arena = arena_new();
	struct errand *errand = ARENA_NEW(arena, struct errand);
	*errand = (struct errand){.batch = batch, .task = task, .arena = arena, .lock = -1};
	return errand;
}

static enum fleet_next on_next(void *arg, int64_t now_us, struct fleet_errand *out, int64_t *when_us)
{
	struct batch *batch = arg;
	size_t device, task;
	while (batch->lost.kind == ERR_NONE && run_queue_take(&batch->queue, now_us, &device, &task, when_us)) {
		struct errand *errand = errand_new(batch, &batch->tasks[task]);
		struct err err;
		if (begin(errand, &err) < 0) {
			tell_trouble(batch, errand->task, &err);
			run_queue_ended(&batch->queue, device, now_us, false);
			end_errand(errand);
			continue;
		}
		batch->running++;
		*out = (struct fleet_errand){.arena = errand->arena,
		                             .plan = &errand->plan,
		                             .options = &errand->run,
		                             .transcript = &errand->transcript,
		                             .owner = errand};
		return FLEET_BEGIN;
	}
	bool over = batch->lost.kind != ERR_NONE || (batch->queue.waiting == 0 && batch->running == 0);
	return over ? FLEET_NONE : FLEET_LATER;
}

static void on_done(void *arg, const struct fleet_errand *done, const struct err *trouble)
{
	struct batch *batch = arg;
	struct errand *errand = done->owner;
	batch->running--;
	assess(errand->arena, &errand->plan, &errand->transcript, &errand->assessment);
	tell(batch, errand->task, errand->began_us, &errand->assessment.report);
	bool asked = errand->device.login.worked != NULL;
	run_queue_ended(&batch->queue, errand->task->device_index, clock_mono_us(), asked);
	if (trouble && !asked && trouble->kind != ERR_INTERRUPTED)
		give_up(batch, errand->task, trouble);
	end_errand(errand);
}

/* ---- progress ---- */

static int64_t on_shown(void *arg, int64_t now_us, size_t running)
{
	struct batch *batch = arg;
	struct buf line;
	if (now_us < batch->next_show_us)
		return batch->next_show_us;
	batch->next_show_us = now_us + SHOW_US;
	buf_init(&line, 256);
	buf_printf(&line, "%lld s  %zu of %zu done, %zu running, %zu wait",
	           (long long)((now_us - batch->began_us) / US_PER_SECOND), batch->row_count, batch->task_count,
	           running, batch->queue.waiting);
	hide_progress(batch);
	unsigned columns = terminal_columns(STDERR_FILENO);
	(void)output_all(STDERR_FILENO, str_cut(buf_str(&line), 0, columns - 1));
	buf_done(&line);
	return batch->next_show_us;
}

/* ---- all of it ---- */

static int check_use(const struct options *options, struct err *err)
{
	if (strcmp(options->format, "json") != 0 && strcmp(options->format, "text") != 0)
		return err_set(err, ERR_USAGE, "results of a batch are json, a line each, or text");
	if (options->resume && strcmp(options->format, "text") == 0)
		return err_set(err, ERR_USAGE, "--resume keeps results as json, which it reads again");
	if (options->resume && options->output)
		return err_set(err, ERR_USAGE,
		               "--resume FILE is where the results go; --output has no place beside it");
	if (options->host_key && !options->device)
		return err_set(err, ERR_USAGE, "--host-key is of one device; the inventory has a place for each");
	return 0;
}

/* With -d everything is asked there, so it must all be of one FortiGate. */
static int check_one_device(const struct batch *batch, struct err *err)
{
	const struct scan_log *log = &batch->log;
	for (size_t i = 1; i < log->group_count; i++) {
		const struct scan_group *a = &log->groups[0], *b = &log->groups[i];
		if (strcmp(a->devid, b->devid) == 0 && (a->devid[0] || strcmp(a->devname, b->devname) == 0))
			continue;
		return err_set(
		        err, ERR_USAGE,
		        "-d names one FortiGate, and the entries are of several (%.40s, %.40s); give an inventory",
		        a->devid[0] ? a->devid : a->devname, b->devid[0] ? b->devid : b->devname);
	}
	return 0;
}

/* Either -d, as it stands or as a name of the inventory, or each entry's own. */
static int find_devices(struct batch *batch, struct err *err)
{
	const struct options *options = batch->options;
	if (inventory_load(batch->arena, options, &batch->inventory, err) < 0)
		return -1;
	if (!options->device && !batch->inventory)
		return err_set(err, ERR_USAGE,
		               "which FortiGates? Give an inventory with --inventory FILE, or one with -d");
	return options->device ? check_one_device(batch, err) : 0;
}

static int find_device(const struct batch *batch, struct task *task, struct err *err)
{
	const struct scan_group *group = task->group;
	const char *named = batch->options->device;
	if (named)
		task->device = batch->inventory ? inventory_find(batch->inventory, named) : NULL;
	else
		task->device = inventory_match(batch->inventory, str_of(group->devid), str_of(group->devname), err);
	if (!task->device)
		return named ? 0 : -1;
	if (!named)
		task->device_index = (size_t)(task->device - batch->inventory->devices);
	return inventory_check_vdom(task->device, str_of(group->vd), err);
}

/* A group's task, or its result where it cannot have one. */
static void add_task(struct batch *batch, const struct scan_group *group)
{
	struct task *task = &batch->tasks[batch->task_count];
	struct err err;
	*task = (struct task){.group = group, .key = batch_key(batch->arena, group)};
	const struct batch_done *before = batch_file_find(&batch->file, task->key);
	if (before && before->whole) {
		batch->totals.kept++;
		batch->totals.kept_state = state_worst(batch->totals.kept_state, before->state);
		return;
	}
	batch->task_count++;
	batch->totals.open++;
	if (find_device(batch, task, &err) < 0)
		tell_trouble(batch, task, &err);
	else
		run_queue_add(&batch->queue, task->device_index, batch->task_count - 1, batch->began_us);
}

/* Runs of an earlier batch have had their share of the hour. */
static void note_earlier(struct batch *batch)
{
	int64_t ago_us = clock_utc_us() - clock_mono_us();
	for (size_t i = 0; i < batch->file.done_count; i++) {
		const struct batch_done *done = &batch->file.done[i];
		const struct inventory_device *device =
		        batch->inventory && done->device ? inventory_find(batch->inventory, done->device) : NULL;
		size_t index = batch->options->device ? 0
		               : device               ? (size_t)(device - batch->inventory->devices)
		                                      : SIZE_MAX;
		/* A clock that was ahead then holds nobody up for longer than an hour. */
		if (index != SIZE_MAX && done->began_us)
			run_queue_began(&batch->queue, index,
			                timestamp_earlier(done->began_us - ago_us, batch->began_us));
	}
}

static void make_tasks(struct batch *batch)
{
	size_t groups = batch->log.group_count;
	batch->totals.unread = batch->log.malformed + batch->log.ungrouped;
	batch->device_count = batch->options->device ? 1 : batch->inventory->device_count;
	batch->tasks = ARENA_ARRAY(batch->arena, groups + 1, struct task);
	batch->rows = ARENA_ARRAY(batch->arena, groups + 1, struct batch_row);
	run_queue_init(&batch->queue, batch->arena, batch->device_count, groups, batch->options->per_device);
	note_earlier(batch);
	for (size_t i = 0; i < groups; i++)
		add_task(batch, &batch->log.groups[i]);
}

static size_t count_devices(struct batch *batch)
{
	bool *seen = ARENA_ARRAY(batch->arena, batch->device_count + 1, bool);
	size_t count = 0;
	for (size_t i = 0; i < batch->task_count; i++) {
		if (!batch->tasks[i].device && !batch->options->device)
			continue;
		count += !seen[batch->tasks[i].device_index];
		seen[batch->tasks[i].device_index] = true;
	}
	return count;
}

static int print_table(struct batch *batch, struct err *err)
{
	struct buf out;
	int fd = batch->file.fd == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO;
	if (batch->options->quiet && fd == STDERR_FILENO)
		return 0;
	batch->totals.devices = count_devices(batch);
	batch->totals.took_us = clock_mono_us() - batch->began_us;
	buf_init(&out, TABLE_BYTES);
	batch_table(batch->rows, batch->row_count, &batch->totals, terminal_columns(fd), &out);
	int rc = output_all(fd, buf_str(&out));
	buf_done(&out);
	/* Who closed stderr does not want to know. */
	return rc < 0 && fd == STDOUT_FILENO ? err_set(err, ERR_OUTPUT, "stdout: %s", strerror(errno)) : 0;
}

static int run_all(struct batch *batch, struct err *err)
{
	size_t room = fleet_room(0), parallel = batch->options->parallel;
	batch->live = !batch->options->quiet && terminal_is_live(STDERR_FILENO);
	struct fleet_options fleet = {.parallel = parallel < room ? parallel : room,
	                              .wake_fd = signals_open(err),
	                              .next = on_next,
	                              .done = on_done,
	                              .shown = batch->live ? on_shown : NULL,
	                              .arg = batch};
	if (fleet.wake_fd < 0)
		return -1;
	make_tasks(batch);
	int rc = fleet_work(&fleet, err);
	(void)signals_while_saving(NULL);
	run_queue_done(&batch->queue);
	hide_progress(batch);
	if (batch->lost.kind != ERR_NONE) {
		*err = batch->lost;
		return -1;
	}
	return rc < 0 && err->kind != ERR_INTERRUPTED ? -1 : 0;
}

static int work(struct batch *batch, struct err *err)
{
	const struct options *options = batch->options;
	if (find_devices(batch, err) < 0 || shared_password_take(options, &batch->password, err) < 0)
		return -1;
	if (batch_file_open(batch->arena, options->resume ? options->resume : options->output, options->resume != NULL,
	                    &batch->file, err) < 0)
		return -1;
	batch->began_us = clock_mono_us();
	struct err closing;
	int rc = run_all(batch, err);
	if (rc == 0)
		rc = print_table(batch, err);
	if (batch_file_close(&batch->file, &closing) < 0 && rc == 0) {
		*err = closing;
		rc = -1;
	}
	return rc;
}

int cmd_batch(struct arena *arena, const struct options *options)
{
	struct batch batch = {.arena = arena, .options = options, .text = strcmp(options->format, "text") == 0};
	struct err err;
	bool failed = false;
	if (check_use(options, &err) < 0 || playbook_load(arena, options->playbook, &batch.playbook, &err) < 0 ||
	    scan_files(options, &batch.log, &failed, &err) < 0) {
		output_error(&err);
		return 3;
	}
	int rc = work(&batch, &err);
	if (rc < 0)
		output_error(&err);
	enum state state = batch_state(batch.rows, batch.row_count, &batch.totals);
	shared_password_done(&batch.password);
	scan_log_done(&batch.log);
	return rc < 0 || (failed && state == STATE_OK) ? 3 : state_exit(state);
}
