#include "explain.h"

#include <inttypes.h>
#include <string.h>

#include "sheet.h"
#include "timestamp.h"

/* What a plan will ask, lane by lane. */

static const struct {
	const char *reader, *what;
} purposes[] = {
        {"status", "which device this is, its FortiOS and whether it has VDOMs"},
        {"performance", "CPU and memory in use"},
        {"top", "which processes and cores are busy"},
        {"memory", "how much memory is left"},
        {"conserve", "whether it is short of memory by its own thresholds"},
        {"ha", "whether the entry is this one's or another cluster member's"},
        {"routes", "whether it has a way to the server"},
        {"arp", "whether the next hop answers"},
        {"ping", "how many pings to the server are lost, and how long they take"},
        {"sniffer", "the client's next packets, the replies and ICMP errors, on all interfaces"},
        {"sessions", "what it counts of this conversation itself"},
        {"nic", "errors of an interface"},
        {"sdwan", "which way SD-WAN chooses"},
        {"host", "CPU, memory and network counters of the client's machine"},
};

static const char *purpose_of(const struct plan_step *step)
{
	for (size_t i = 0; step->read && i < sizeof purposes / sizeof purposes[0]; i++) {
		if (strcmp(purposes[i].reader, step->read) == 0)
			return purposes[i].what;
	}
	return "what the playbook reads from it";
}

static const char *when_of(const struct plan_step *step)
{
	return step->from->when == WHEN_FAST_LOSS ? "; only where fast pings are lost" : "";
}

/* The command's words without what differs from run to run. */
static struct str short_command(const struct plan_step *step)
{
	struct str command = str_of(step->command);
	ptrdiff_t quote = str_find_char(command, '"');
	if (step->kind == COMMAND_SNIFFER && quote > 0)
		command = str_trim(str_cut(command, 0, (size_t)quote));
	return command;
}

static void add_seconds(struct buf *out, int64_t us)
{
	int64_t seconds = (us + US_PER_SECOND - 1) / US_PER_SECOND;
	if (seconds > 600)
		buf_printf(out, "%" PRId64 " minutes", (seconds + 59) / 60);
	else
		buf_printf(out, "%" PRId64 " seconds", seconds);
}

static void add_item(struct sheet *sheet, struct str sentence)
{
	page_to(&sheet->page, 2);
	page_text(&sheet->page, 4, STR("- "));
	page_to(&sheet->page, 4);
	page_text(&sheet->page, 4, sentence);
	page_line(&sheet->page);
}

static void add_step(struct sheet *sheet, const struct plan_step *step, int64_t wait_us)
{
	bool is_long = step->kind == COMMAND_PING || step->kind == COMMAND_SNIFFER;
	bool waits = step->kind == COMMAND_SNIFFER && wait_us > step->time_us;
	struct buf *raw = &sheet->raw;
	buf_clear(raw);
	buf_add_str(raw, short_command(step));
	if (step->from->repeat_count > 1)
		buf_printf(raw, ", %u times", step->from->repeat_count);
	buf_printf(raw, ": %s%s", purpose_of(step), when_of(step));
	if (is_long) {
		buf_add_text(raw, "; at most ");
		add_seconds(raw, waits ? wait_us : step->time_us);
	}
	add_item(sheet, buf_str(raw));
}

/* ---- lanes ---- */

static bool is_first_of_lane(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(plan->steps[i].lane, plan->steps[index].lane) == 0)
			return false;
	}
	return true;
}

/* The lanes that a step waits for, other than its own. */
static void add_awaited(const struct plan *plan, const struct plan_step *step, struct buf *out)
{
	const char *gap = "";
	for (size_t i = 0; i < plan->step_count; i++) {
		bool awaited = false;
		for (size_t k = 0; k < step->after_count; k++)
			awaited = awaited || strcmp(plan->steps[step->after[k]].lane, plan->steps[i].lane) == 0;
		if (!awaited || !is_first_of_lane(plan, i) || strcmp(plan->steps[i].lane, step->lane) == 0)
			continue;
		buf_printf(out, "%s%s", gap, plan->steps[i].lane);
		gap = ", ";
	}
}

static void add_lane(struct sheet *sheet, const struct plan *plan, size_t first, int64_t wait_us)
{
	const struct plan_step *step = &plan->steps[first];
	bool host = strcmp(step->on, "host") == 0;
	struct buf *raw = &sheet->raw;
	buf_clear(raw);
	buf_printf(raw, "%s, ", step->lane);
	buf_add_text(raw, host ? "on the client's machine" : "one after the other");
	if (step->after_count) {
		buf_add_text(raw, ", after ");
		add_awaited(plan, step, raw);
	} else {
		buf_add_text(raw, ", at once");
	}
	buf_add_char(raw, ':');
	page_to(&sheet->page, 2);
	page_text(&sheet->page, 2, buf_str(raw));
	page_line(&sheet->page);
	for (size_t i = first; i < plan->step_count; i++) {
		bool again = i > 0 && plan->steps[i].from == plan->steps[i - 1].from;
		if (strcmp(plan->steps[i].lane, step->lane) == 0 && !again)
			add_step(sheet, &plan->steps[i], wait_us);
	}
}

/* Where the options aim at something else than the entry. */
static void add_aim(struct sheet *sheet, const struct plan *plan)
{
	const struct target *target = &plan->target;
	const struct entry *entry = &plan->entries.entry;
	bool other = !target->have_entry || !ip_equal(&target->server, &entry->dstip) ||
	             target->server_port != entry->dstport;
	char text[IP_TEXT_MAX];
	struct buf *raw = &sheet->raw;
	if (!other || !target->server.family)
		return;
	buf_clear(raw);
	buf_printf(raw, "About the server %s", ip_print(&target->server, text));
	if (target->server_port)
		buf_printf(raw, " port %u", target->server_port);
	buf_add_text(raw, target->have_entry ? ", in place of the entry's." : ".");
	page_to(&sheet->page, 2);
	page_text(&sheet->page, 2, buf_str(raw));
	page_line(&sheet->page);
}

static void add_questions(struct sheet *sheet, const struct plan *plan, int64_t wait_us)
{
	struct buf *raw = &sheet->raw;
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "What will be asked");
	add_aim(sheet, plan);
	buf_clear(raw);
	buf_add_text(raw, "At most ");
	add_seconds(raw, plan->time_us + wait_us);
	buf_add_text(raw, " in all, less where the answers decide it earlier. Lanes run side by side, each on an SSH "
	                  "session of its own where the device allows that. Ask for --dry-run to see each command "
	                  "and its bounds.");
	page_to(&sheet->page, 2);
	page_text(&sheet->page, 2, buf_str(raw));
	page_line(&sheet->page);
	page_gap(&sheet->page);
	for (size_t i = 0; i < plan->step_count; i++) {
		if (is_first_of_lane(plan, i))
			add_lane(sheet, plan, i, wait_us);
	}
}

/* ---- what is left behind, and what is left open ---- */

static void add_traces(struct sheet *sheet)
{
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "What changes by it");
	add_item(sheet,
	         STR("Nothing in the FortiGate's configuration, and no session is cleared: what could do that is "
	             "not among the commands that fgdiag has."));
	add_item(sheet, STR("Ping options are set for fgdiag's own CLI session and reset after each ping."));
	add_item(sheet, STR("The FortiGate's event log shows the logins, and the server gets the pings."));
	add_item(sheet, STR("Here no file is written but those that --output, --record and --pcap name; --accept-new "
	                    "adds the device's key to known_hosts."));
}

static void add_open(struct sheet *sheet, const struct plan *plan)
{
	struct buf *raw = &sheet->raw;
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "What this cannot decide");
	add_item(sheet, STR("What was wrong then and has passed: no fault now is not no fault then."));
	add_item(sheet, STR("Where replies vanish, when the client sends nothing while the sniffer looks; --wait gives "
	                    "it longer."));
	for (size_t i = 0; i < plan->step_count; i++) {
		struct plan_bound bound;
		if (!plan_loss_bound(plan, &plan->steps[i], &bound) || strcmp(plan->steps[i].on, "gate") != 0)
			continue;
		buf_clear(raw);
		buf_printf(raw, "Loss under %u.%02u %%: at one ping a second at most %u of them count in this time.",
		           bound.hundredths / 100, bound.hundredths % 100, bound.pings);
		add_item(sheet, buf_str(raw));
	}
	if (!plan->host)
		add_item(sheet,
		         STR("Loss between client and FortiGate: nothing is measured from the client's side; --host "
		             "does that."));
	if (plan->target.have_entry && plan->target.nat_unknown)
		add_item(sheet, STR("Which packets behind the FortiGate are this client's, should others ask the same "
		                    "server: the entry does not tell of NAT."));
	if (plan->target.have_entry && !plan->target.vdom)
		add_item(sheet,
		         STR("Which VDOM to ask, on a device that has several: the entry names none; --vdom does."));
}

void explain_plan(const struct plan *plan, int64_t wait_us, const struct report_style *style, struct buf *out)
{
	struct sheet sheet;
	sheet_init(&sheet, NULL, style, out);
	if (plan->target.have_entry)
		explain_entry(&sheet, plan);
	add_questions(&sheet, plan, wait_us);
	add_traces(&sheet);
	add_open(&sheet, plan);
	sheet_done(&sheet);
}
