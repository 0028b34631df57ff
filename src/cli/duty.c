#include "duty.h"

#include <string.h>

#include "clock.h"
#include "credential.h"
#include "gather.h"
#include "input.h"
#include "lock.h"
#include "output.h"
#include "state_file.h"
#include "timestamp.h"

static const int64_t CLEAN_UP_MAX_US = 5 * US_PER_SECOND;
enum { RECOVER = 2, CLEAN_UP_SHARE = 12 }; /* of the time: who sends SIGTERM waits a tenth of it */

struct duty *duty_new(struct arena *arena, const struct options *options)
{
	struct duty *duty = ARENA_NEW(arena, struct duty);
	*duty = (struct duty){.arena = arena, .options = *options, .lock = -1, .began_us = clock_mono_us()};
	duty->options.quiet = true;
	duty->probe = (struct probe){.playbook = options->playbook, .verbosity = options->verbose};
	const char *at = options->device ? strrchr(options->device, '@') : NULL;
	duty->probe.device = at ? at + 1 : options->device;
	return duty;
}

/* ---- before the run ---- */

static int take_ranges(struct duty *duty, struct err *err)
{
	const struct options *options = &duty->options;
	struct probe_limit *limits = NULL;
	size_t count = 0;
	for (size_t i = 0; i < options->warning_count; i++) {
		if (probe_limit_add(duty->arena, &limits, &count, options->warnings[i], false, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < options->critical_count; i++) {
		if (probe_limit_add(duty->arena, &limits, &count, options->criticals[i], true, err) < 0)
			return -1;
	}
	duty->probe.limits = limits;
	duty->probe.limit_count = count;
	return 0;
}

int duty_plan(struct duty *duty, struct err *err)
{
	const struct options *options = &duty->options;
	if (options->argument_count)
		return err_set(err, ERR_USAGE, "'%.60s': check takes options only; see fgdiag check --help",
		               options->arguments[0]);
	if (options->recover && !options->state)
		return err_set(err, ERR_USAGE, "--recover needs --state FILE, which remembers the runs");
	if (options->state && options->output && strcmp(options->state, options->output) == 0) {
		duty->options.output = NULL; /* what is remembered stays */
		return err_set(err, ERR_USAGE, "--state and --output name the same file");
	}
	duty->request = (struct plan_request){
	        .playbook_name = options->playbook,
	        .sets = options->sets,
	        .set_count = options->set_count,
	        .target = options->target,
	        .vdom = options->vdom,
	};
	if (take_ranges(duty, err) < 0 || output_check(options->output, err) < 0 ||
	    playbook_load(duty->arena, options->playbook, &duty->request.playbook, err) < 0 ||
	    plan_make(duty->arena, &duty->request, &duty->plan, err) < 0)
		return -1;
	return 0;
}

/* ---- what is remembered ---- */

static int credential_of(struct duty *duty, struct credential *out, struct err *err)
{
	const struct ssh_options *ssh = &duty->device.ssh;
	*out = (struct credential){
	        .user = ssh->user, .identities = ssh->identities, .identity_count = ssh->identity_count};
	return device_password(&duty->device, &out->password, err);
}

/* A login that was refused is refused again, until three of them lock
 * everybody behind our address out. */
static int check_refused(struct duty *duty, struct err *err)
{
	struct credential credential;
	char when[TIMESTAMP_TEXT_MAX];
	const struct history *before = &duty->before;
	if (credential_of(duty, &credential, err) < 0)
		return -1;
	if (!before->refused_mark || !credential_is(&credential, before->refused_mark))
		return 0;
	return err_set(
	        err, ERR_AUTH,
	        "the login as %.60s was refused at %s; it is not tried again until the credential changes (delete "
	        "%.300s to try anyway)",
	        before->refused_user, timestamp_print(before->refused_us, when), duty->path);
}

static int recall(struct duty *duty, struct err *err)
{
	const char *device = duty->key;
	const char *damaged;
	const char *account = arena_printf(duty->arena, "%s at %s", duty->device.ssh.user, device);
	duty->path = state_file_path(duty->arena, duty->options.state, account);
	if (!duty->path)
		return 0;
	if (state_file_read(duty->arena, duty->path, &duty->before, &damaged, err) < 0)
		return err_prefix(err, "the state of the last run");
	if (duty->before.device && strcmp(duty->before.device, device) != 0)
		return err_set(err, ERR_USAGE,
		               "%.200s: holds the state of another device, %.100s; give each its own file", duty->path,
		               duty->before.device);
	if (damaged)
		probe_say(duty->arena, &duty->probe,
		          arena_printf(duty->arena, "The state in %s is not taken, %s: it begins anew.", duty->path,
		                       damaged));
	/* Another playbook's alerts and counters are not this one's. */
	const char *last = duty->before.playbook;
	if (last && strcmp(last, duty->options.playbook) != 0)
		duty->before = (struct history){.refused_mark = duty->before.refused_mark,
		                                .refused_user = duty->before.refused_user,
		                                .refused_us = duty->before.refused_us};
	return 0;
}

/* A login that worked clears what was refused; one that was refused is kept. */
static void remember_login(struct duty *duty, struct err *err)
{
	char mark[CREDENTIAL_MARK_MAX];
	struct credential credential;
	const struct ssh_login *login = &duty->device.login;
	struct history *now = &duty->now;
	now->refused_mark = login->worked ? NULL : duty->before.refused_mark;
	now->refused_user = duty->before.refused_user;
	now->refused_us = duty->before.refused_us;
	if (login->worked || (login->refused == 0 && !login->password_refused))
		return;
	if (credential_of(duty, &credential, err) < 0 || credential_mark(&credential, mark, err) < 0)
		return;
	now->refused_mark = arena_strdup(duty->arena, mark);
	now->refused_user = duty->device.ssh.user;
	now->refused_us = clock_utc_us();
}

static void save(struct duty *duty)
{
	struct err err = {0};
	duty->now.device = duty->key;
	duty->now.playbook = duty->options.playbook;
	remember_login(duty, &err);
	int rc = err.kind == ERR_NONE ? 0 : -1;
	if (rc == 0 && duty->path && (duty->options.state || duty->now.refused_mark)) {
		if (!duty->options.state)
			rc = state_file_make_folder(duty->arena, duty->path, &err);
		if (rc == 0)
			rc = state_file_write(duty->path, &duty->now, &err);
	} else if (rc == 0 && duty->path && duty->before.device) {
		rc = state_file_remove(duty->path, &err);
	} else if (rc == 0 && !duty->path && duty->now.refused_mark) {
		rc = err_set(&err, ERR_OUTPUT, "there is no $HOME; give --state FILE");
	}
	if (rc == 0)
		return;
	/* What is not remembered makes the next run less careful. */
	duty->probe.state = state_worst(duty->probe.state, STATE_UNKNOWN);
	probe_say(duty->arena, &duty->probe, arena_printf(duty->arena, "This run cannot be remembered: %s.", err.text));
}

/* ---- after the run ---- */

/* Nobody was there at all: neither a refusal nor a wrong host key. */
static bool is_unreachable(const struct duty *duty, const struct err *trouble)
{
	bool kind = trouble && (trouble->kind == ERR_CONNECT || trouble->kind == ERR_TIMEOUT);
	return kind && !duty->device.login.answered;
}

static void conclude(struct duty *duty, const struct report *report)
{
	struct arena *arena = duty->arena;
	struct probe *probe = &duty->probe;
	const struct err *trouble = report_trouble(report);
	unsigned recover = duty->options.recover ? duty->options.recover : RECOVER;
	duty->now = (struct history){.at_us = report->transcript->header.started_us};
	duty->now.counted_us = duty->now.at_us;
	history_count(arena, report->facts, &duty->now);
	if (duty->options.state) {
		probe->rates = history_rates(arena, &duty->before, &duty->now);
		probe->rate_count = duty->now.counter_count;
	}
	bool unreachable = is_unreachable(duty, trouble);
	if (unreachable)
		probe->state = duty->options.unreachable;
	else
		probe_judge(arena, report, probe);
	if (trouble && trouble->kind == ERR_INTERRUPTED)
		probe->state = STATE_UNKNOWN;
	if (duty->options.state && !(unreachable && probe->state == STATE_OK))
		history_hold(arena, &duty->before, recover, probe, &duty->now);
	else
		duty->now.alert = duty->before.alert;
	/* A run that told no counters leaves those of the last one. */
	if (duty->now.counter_count == 0) {
		memcpy(duty->now.counters, duty->before.counters, sizeof duty->now.counters);
		duty->now.counter_count = duty->before.counter_count;
		duty->now.counted_us = duty->before.counted_us;
	}
}

static int64_t clean_up_us(const struct plan *plan)
{
	int64_t share_us = plan->time_us / CLEAN_UP_SHARE;
	return share_us < CLEAN_UP_MAX_US ? share_us : CLEAN_UP_MAX_US;
}

/* The time is that of the whole run: what ssh's configuration took counts. */
static void spend_time(struct duty *duty)
{
	int64_t left_us = duty->plan.time_us - (clock_mono_us() - duty->began_us);
	duty->plan.time_us = left_us > US_PER_SECOND ? left_us : US_PER_SECOND;
}

int duty_begin(struct duty *duty, struct err *err)
{
	struct gather gather = {.options = &duty->options,
	                        .request = &duty->request,
	                        .plan = &duty->plan,
	                        .device = &duty->device,
	                        .clean_up_us = clean_up_us(&duty->plan)};
	duty->key = device_key(duty->arena, &duty->device);
	duty->lock = lock_take(duty->arena, duty->key, err);
	if (duty->lock < 0 || recall(duty, err) < 0 || check_refused(duty, err) < 0)
		return -1;
	spend_time(duty);
	gather_prepare(duty->arena, &gather, &duty->transcript, &duty->run);
	return 0;
}

void duty_end(struct duty *duty)
{
	assess(duty->arena, &duty->plan, &duty->transcript, &duty->assessment);
	conclude(duty, &duty->assessment.report);
	save(duty);
}

void duty_fail(struct duty *duty)
{
	duty->probe.state = STATE_UNKNOWN;
	duty->probe.at_us = clock_utc_us();
}

void duty_done(struct duty *duty)
{
	device_done(&duty->device);
	lock_release(duty->lock);
	duty->lock = -1;
}
