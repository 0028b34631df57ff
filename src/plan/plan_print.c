#include "plan.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "placeholder.h"
#include "playbook_step.h"
#include "timestamp.h"

static void add_seconds(struct buf *out, int64_t us)
{
	if (us % US_PER_SECOND)
		buf_printf(out, "%" PRId64 ".%" PRId64 " s", us / US_PER_SECOND, us % US_PER_SECOND / 100000);
	else
		buf_printf(out, "%" PRId64 " s", us / US_PER_SECOND);
}

static void add_target(const struct plan *plan, struct buf *out)
{
	const struct target *target = &plan->target;
	char text[IP_TEXT_MAX];
	if (target->have_entry) {
		buf_printf(out, "client   %s", ip_print(&target->client, text));
		if (target->client_port)
			buf_printf(out, " port %u", target->client_port);
		buf_add_char(out, '\n');
	}
	if (!target->server.family)
		return;
	buf_printf(out, "server   %s", ip_print(&target->server, text));
	if (target->server_port)
		buf_printf(out, " port %u", target->server_port);
	const char *word = target->have_proto ? entry_proto_word(target->proto) : NULL;
	if (word)
		buf_printf(out, ", %s", word);
	buf_add_char(out, '\n');
	if (target->mapped.family)
		buf_printf(out, "mapped   %s\n", ip_print(&target->mapped, text));
	if (target->vdom) {
		buf_add_text(out, "VDOM     ");
		text_add_safe(out, str_of(target->vdom));
		buf_add_char(out, '\n');
	}
}

struct shown {
	struct arena *arena;
	const struct plan *plan;
	const struct plan_step *step;
};

static const char *level_words(const struct plan *plan)
{
	const struct plan_learned calm = {.cpu_samples = 2};
	const char *asked = playbook_var(&plan->playbook, "sniffer.level");
	if (plan_sniffer_level(plan, &calm) == 4)
		return "4";
	return strcmp(asked, PLAYBOOK_AUTO) == 0 ? "6 <4 unless the device has CPU to spare>"
	                                         : "6 <4 when the device is short of CPU or memory>";
}

static const char *shown_value(void *arg, const char *name)
{
	const struct shown *shown = arg;
	if (strcmp(name, "filter.conversation") == 0) {
		struct filter_subject subject = plan_filter_subject(shown->plan);
		return arena_printf(shown->arena, "%s and not ( <our own SSH connection> )",
		                    filter_conversation(shown->arena, &subject));
	}
	if (strcmp(name, "ping.count") == 0)
		return arena_printf(shown->arena, "<what fits in the time, at most %u>", shown->step->count_max);
	if (strcmp(name, "sniffer.level") == 0)
		return level_words(shown->plan);
	if (strcmp(name, "ping.adaptive") == 0)
		return "enable <only when the first ping's median is 10 ms or more>";
	return NULL;
}

static const char *show(struct arena *arena, const struct plan *plan, const struct plan_step *step, const char *text)
{
	struct shown shown = {arena, plan, step};
	const char *filled;
	return placeholder_fill(arena, text, shown_value, &shown, &filled, NULL) < 0 ? text : filled;
}

static void add_command(const struct plan *plan, const struct plan_step *step, const char *command, struct buf *out)
{
	if (strcmp(step->on, "host") == 0) {
		buf_printf(out, "    %s\n", command);
		return;
	}
	const char *vdom =
	        plan->target.vdom && command_vdom_ok(str_of(plan->target.vdom)) ? plan->target.vdom : "<VDOM>";
	const char *name = step->scope == SCOPE_GLOBAL ? "global" : vdom;
	buf_add_text(out, "    ");
	if (step->scope != SCOPE_LOGIN)
		buf_printf(out, "[sudo %s] ", name);
	buf_printf(out, "%s\n", command);
}

/* Only a capture waits for the client. */
static void add_bounds(const struct plan_step *step, int64_t wait_us, struct buf *out)
{
	bool waits = step->kind == COMMAND_SNIFFER && wait_us > step->time_us;
	buf_add_text(out, "      at most ");
	add_seconds(out, waits ? wait_us : step->time_us);
	if (step->silence_us) {
		buf_add_text(out, ", ended after ");
		add_seconds(out, step->silence_us);
		buf_add_text(out, " of silence");
	}
	if (step->not_before_us) {
		buf_add_text(out, ", not before ");
		add_seconds(out, step->not_before_us);
		buf_add_text(out, " after the one before it");
	}
	if (step->stop_when == STOP_LOSS_DECIDED)
		buf_add_text(out, step->count_max > PLAN_EXTENDED_PINGS ? ", all of them, whatever is lost"
		                                                        : ", ended early when the loss is decided");
	if (step->stop_when == STOP_TRAFFIC_DECIDED)
		buf_add_text(out, ", ended early when the client's traffic is decided");
	buf_printf(out, "; %zu bytes, %u lines\n", step->max_bytes, step->max_lines);
}

static const char *const when_words[WHENS] = {
        [WHEN_ALWAYS] = "",
        [WHEN_FAST_LOSS] = ", only when a fast ping showed loss",
        [WHEN_DF_SIZE] = "",
        [WHEN_TARGET] = "",
};

/* The filter that is set and read back before sessions are listed. */
static void add_filter(struct arena *arena, const struct plan *plan, const struct plan_step *step, struct buf *out)
{
	const struct plan_learned none = {.median_rtt_us = -1};
	struct plan_commands commands;
	struct err err;
	if (step->kind != COMMAND_SESSIONS || plan_resolve(arena, plan, step, &none, &commands, &err) < 0)
		return;
	for (size_t i = 0; i < commands.setup_count; i++)
		add_command(plan, step, commands.setup[i], out);
	add_command(plan, step, commands.verify, out);
}

static void add_step(struct arena *arena, const struct plan *plan, const struct plan_step *step, int64_t wait_us,
                     struct buf *out)
{
	const char *word =
	        str_starts(str_of(step->command), "execute ping6 ") ? "execute ping6-options" : "execute ping-options";
	buf_printf(out, "  %s (lane %s", step->id, step->lane);
	if (strcmp(step->on, "host") == 0) {
		buf_add_text(out, ", on the host ");
		text_add_safe(out, str_of(plan->host));
	}
	if (step->from->since)
		buf_printf(out, ", from FortiOS %u.%u on", step->from->since / 100, step->from->since % 100);
	buf_add_text(out, when_words[step->from->when]);
	buf_add_text(out, ")\n");
	if (step->option_count)
		add_command(plan, step, arena_printf(arena, "%s reset", word), out);
	for (size_t i = 0; i < step->option_count; i++)
		add_command(plan, step,
		            arena_printf(arena, "%s %s %s", word, step->options[i].name,
		                         show(arena, plan, step, step->options[i].value)),
		            out);
	add_filter(arena, plan, step, out);
	if (step->option_count)
		add_command(plan, step, arena_printf(arena, "%s view-settings", word), out);
	add_command(plan, step, show(arena, plan, step, step->command), out);
	add_bounds(step, wait_us, out);
	if (step->option_count)
		add_command(plan, step, arena_printf(arena, "%s reset", word), out);
}

/* The least loss that no loss at all among n pings excludes: the upper end of
 * the 95 % Wilson interval of 0 of n. */
static double undecided_percent(double n)
{
	const double z2 = 1.96 * 1.96;
	return 100 * z2 / (n + z2);
}

bool plan_loss_bound(const struct plan *plan, const struct plan_step *step, struct plan_bound *out)
{
	int64_t time_us = step->time_us < plan->time_us ? step->time_us : plan->time_us;
	int64_t seconds = time_us / US_PER_SECOND;
	if (step->stop_when != STOP_LOSS_DECIDED || seconds < 2 || plan_is_extra(step))
		return false;
	/* The first one is not counted: it may wait for ARP. */
	out->pings = (unsigned)(seconds < step->count_max ? seconds : step->count_max) - 1;
	out->hundredths = (unsigned)lround(undecided_percent(out->pings) * 100);
	return true;
}

static void add_limits(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		struct plan_bound bound;
		if (!plan_loss_bound(plan, &plan->steps[i], &bound))
			continue;
		buf_printf(out,
		           "What this budget cannot decide: at one ping a second at most %u of them count; even with "
		           "none lost, a loss\n"
		           "under %u.%02u %% is not excluded.\n",
		           bound.pings, bound.hundredths / 100, bound.hundredths % 100);
	}
	buf_add_text(out,
	             "[sudo …] is typed only on a device with several VDOMs; <…> is known only after login.\n"
	             "Keys that may follow: space for the pager, a for the banner, q for top, one Ctrl-C. Every ping\n"
	             "option is reset on every way out while the connection lives; sessions are listed only after the\n"
	             "filter was read back, and that CLI session is left at once; each session ends with exit.\n");
}

void plan_print(const struct plan *plan, int64_t wait_us, struct buf *out)
{
	struct arena *arena = arena_new();
	buf_printf(out, "playbook %s: ", plan->playbook.name);
	text_add_safe(out, str_of(plan->playbook.summary));
	buf_add_char(out, '\n');
	add_target(plan, out);
	buf_add_text(out, "time     at most ");
	add_seconds(out, plan->time_us + wait_us);
	if (wait_us) {
		buf_add_text(out, ", ");
		add_seconds(out, wait_us);
		buf_add_text(out, " of them to wait for the client's next try");
	}
	buf_add_text(out, "\n\nWould be sent, lanes side by side:\n");
	for (size_t i = 0; i < plan->step_count; i++)
		add_step(arena, plan, &plan->steps[i], wait_us, out);
	buf_add_char(out, '\n');
	add_limits(plan, out);
	arena_free(arena);
}
