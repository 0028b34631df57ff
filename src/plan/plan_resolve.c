#include "plan.h"

#include <string.h>

#include "host_command.h"
#include "num.h"
#include "placeholder.h"
#include "playbook_step.h"
#include "timestamp.h"

/* Adaptive ping sends the next request as soon as the reply is there; below
 * this round trip that would be more than about 100 a second. */
static const int64_t ADAPTIVE_RTT_US = 10000;

/* Levels of the sniffer: header lines with interfaces, and with frames. */
enum { HEADERS = 4, FRAMES = 6 };

/* One sample may be a peak, or the calm beside it. */
enum { CPU_SAMPLES = 2, PROTO_TCP = 6 };

/* What is measured in one VDOM says nothing about another. */
static int check_vdom_here(const struct plan *plan, const struct plan_step *step, const struct plan_learned *learned,
                           struct err *err)
{
	const char *here = learned->vdom_here;
	const char *wanted = plan->target.vdom;
	if (step->scope != SCOPE_VDOM || !here || !wanted || strcmp(here, wanted) == 0)
		return 0;
	return err_set(
	        err, ERR_PLAYBOOK,
	        "the account is limited to VDOM %s and the traffic is of VDOM %s; log in with an account that may "
	        "enter %s",
	        here, wanted, wanted);
}

int plan_scope(const struct plan *plan, const struct plan_step *step, const struct plan_learned *learned,
               char scope[static 48], struct err *err)
{
	struct buf text;
	scope[0] = '\0';
	if (step->scope == SCOPE_LOGIN)
		return 0;
	if (learned->vdom_limited)
		return check_vdom_here(plan, step, learned, err);
	if (!learned->multi_vdom)
		return 0;
	const char *name = step->scope == SCOPE_GLOBAL ? "global" : plan->target.vdom;
	if (!name)
		return err_set(err, ERR_PLAYBOOK,
		               "the device has several VDOMs and the entry names none; give it with --vdom NAME");
	if (step->scope == SCOPE_VDOM && !command_vdom_ok(str_of(name)))
		return err_set(err, ERR_PLAYBOOK, "the entry's vd is no VDOM's name; give it with --vdom NAME");
	buf_init(&text, 47);
	buf_printf(&text, "sudo %s ", name);
	memcpy(scope, text.p, text.n + 1);
	buf_done(&text);
	return 0;
}

struct late {
	const struct plan *plan;
	const struct plan_learned *learned;
	struct arena *arena;
	unsigned count;
	bool adaptive;
};

unsigned plan_sniffer_level(const struct plan *plan, const struct plan_learned *learned)
{
	const char *asked = playbook_var(&plan->playbook, "sniffer.level");
	unsigned level;
	if (learned->strained || !asked)
		return HEADERS;
	if (num_uint(str_of(asked), HEADERS, FRAMES, &level))
		return level;
	bool tcp = plan->target.have_proto && plan->target.proto == PROTO_TCP;
	return tcp && learned->cpu_samples >= CPU_SAMPLES ? FRAMES : HEADERS;
}

static const char *late_value(void *arg, const char *name)
{
	const struct late *late = arg;
	if (strcmp(name, "ping.count") == 0)
		return arena_printf(late->arena, "%u", late->count);
	if (strcmp(name, "ping.adaptive") == 0)
		return late->adaptive ? "enable" : "disable";
	if (strcmp(name, "sniffer.level") == 0)
		return arena_printf(late->arena, "%u", plan_sniffer_level(late->plan, late->learned));
	if (strcmp(name, "filter.conversation") == 0) {
		struct filter_subject subject = plan_filter_subject(late->plan);
		subject.ssh_port = late->learned->ssh_port;
		subject.own.local = late->learned->own_local_port;
		subject.own.remote = late->learned->own_remote_port;
		subject.plain_icmp = late->learned->plain_icmp;
		return filter_conversation(late->arena, &subject);
	}
	return NULL;
}

/* May the step's pings follow as fast as they are answered? */
static bool may_be_fast(const struct plan_step *step, const struct plan_learned *learned)
{
	for (size_t i = 0; i < step->option_count; i++) {
		if (strcmp(step->options[i].name, "adaptive-ping") == 0)
			return learned->median_rtt_us >= ADAPTIVE_RTT_US;
	}
	return false;
}

/* No more than fits in the time: the device's own count is what ends a ping
 * whose session died. */
static unsigned ping_count(const struct plan_step *step, const struct plan_learned *learned, bool adaptive)
{
	int64_t each_us = adaptive ? learned->median_rtt_us : US_PER_SECOND;
	int64_t fit = learned->time_left_us / each_us;
	if (fit >= step->count_max)
		return step->count_max;
	return fit < 1 ? 1 : (unsigned)fit;
}

static int check(const char *command, struct err *err)
{
	return command_find(str_of(command), err) ? 0 : err_prefix(err, "`%.200s` may not be sent", command);
}

static const char *options_word(const struct plan_step *step)
{
	return str_starts(str_of(step->command), "execute ping6 ") ? "execute ping6-options" : "execute ping-options";
}

static bool is_off(const struct playbook_option *option, const char *value)
{
	/* What the device does anyway need not be set. */
	return strcmp(option->name, "adaptive-ping") == 0 && strcmp(value, "disable") == 0;
}

static int resolve_options(struct late *late, const struct plan_step *step, const char *scope,
                           struct plan_commands *out, struct err *err)
{
	const char *word = options_word(step);
	out->setup = ARENA_ARRAY(late->arena, step->option_count + 1, const char *);
	for (size_t i = 0; i < step->option_count; i++) {
		const char *value;
		if (placeholder_fill(late->arena, step->options[i].value, late_value, late, &value, err) < 0)
			return -1;
		if (strcmp(step->options[i].name, "repeat-count") == 0)
			(void)num_uint(str_of(value), 1, PLAYBOOK_MAX_COUNT, &out->requested);
		if (is_off(&step->options[i], value))
			continue;
		const char *command =
		        arena_printf(late->arena, "%s%s %s %s", scope, word, step->options[i].name, value);
		if (check(command, err) < 0)
			return -1;
		out->setup[out->setup_count++] = command;
	}
	if (out->setup_count == 0)
		return 0;
	out->verify = arena_printf(late->arena, "%s%s view-settings", scope, word);
	out->reset = arena_printf(late->arena, "%s%s reset", scope, word);
	return check(out->verify, err) < 0 ? -1 : check(out->reset, err);
}

/* What the list of sessions is limited to, as the client addresses the server. */
static int resolve_filter(struct late *late, const struct plan_step *step, const char *scope, struct plan_commands *out,
                          struct err *err)
{
	const struct target *target = &late->plan->target;
	char ip[IP_TEXT_MAX];
	const char *word =
	        strstr(step->command, "session6") ? "diagnose sys session6 filter" : "diagnose sys session filter";
	out->setup = ARENA_ARRAY(late->arena, 4, const char *);
	out->setup[0] = arena_printf(late->arena, "%s%s src %s", scope, word, ip_print(&target->client, ip));
	out->setup[1] = arena_printf(late->arena, "%s%s dst %s", scope, word, ip_print(&target->server, ip));
	out->setup[2] = arena_printf(late->arena, "%s%s proto %u", scope, word, target->proto);
	out->setup_count = 3;
	if (target->server_port)
		out->setup[out->setup_count++] =
		        arena_printf(late->arena, "%s%s dport %u", scope, word, target->server_port);
	out->verify = arena_printf(late->arena, "%s%s", scope, word);
	for (size_t i = 0; i < out->setup_count; i++) {
		if (check(out->setup[i], err) < 0)
			return -1;
	}
	return check(out->verify, err);
}

/* Words of the host's own table; one ping a second. */
static int resolve_host(struct late *late, const struct plan_step *step, struct plan_commands *out, struct err *err)
{
	struct plan_commands commands = {.requested = step->kind == COMMAND_PING ? late->count : 0};
	if (placeholder_fill(late->arena, step->command, late_value, late, &commands.command, err) < 0)
		return -1;
	if (!host_command_find(str_of(commands.command), err))
		return err_prefix(err, "`%.200s` may not run", commands.command);
	*out = commands;
	return 0;
}

int plan_resolve(struct arena *arena, const struct plan *plan, const struct plan_step *step,
                 const struct plan_learned *learned, struct plan_commands *out, struct err *err)
{
	char scope[48];
	const char *filled;
	bool adaptive = may_be_fast(step, learned);
	struct late late = {plan, learned, arena, ping_count(step, learned, adaptive), adaptive};
	struct plan_commands commands = {0};
	if (strcmp(step->on, "host") == 0)
		return resolve_host(&late, step, out, err);
	if (plan_scope(plan, step, learned, scope, err) < 0 ||
	    placeholder_fill(arena, step->command, late_value, &late, &filled, err) < 0)
		return -1;
	commands.command = arena_printf(arena, "%s%s", scope, filled);
	if (check(commands.command, err) < 0)
		return -1;
	bool sessions = step->kind == COMMAND_SESSIONS;
	if ((sessions ? resolve_filter : resolve_options)(&late, step, scope, &commands, err) < 0)
		return -1;
	for (size_t i = 0; i < commands.setup_count; i++)
		commands.adaptive = commands.adaptive || strstr(commands.setup[i], "adaptive-ping enable");
	if (step->kind == COMMAND_SNIFFER)
		commands.requested = step->count_max;
	*out = commands;
	return 0;
}
