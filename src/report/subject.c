#include "subject.h"

#include "entry.h"
#include "timestamp.h"

static void add_part(struct buf *raw, const char *before, struct str value)
{
	if (value.n == 0)
		return;
	if (raw->n)
		buf_add_text(raw, ", ");
	buf_add_text(raw, before);
	buf_add_str(raw, value);
}

static struct str fact_text(const struct report *report, enum fact_id id)
{
	const struct fact *fact = report_fact(report, id);
	return str_of(fact ? fact->value.text : NULL);
}

void subject_device(const struct report *report, struct buf *raw)
{
	add_part(raw, "", fact_text(report, FACT_ID_DEVICE_HOSTNAME));
	if (report->transcript)
		add_part(raw, report->transcript->header.pasted ? "" : "at ",
		         str_of(report->transcript->header.device));
	add_part(raw, "", fact_text(report, FACT_ID_DEVICE_MODEL));
	add_part(raw, "FortiOS ", fact_text(report, FACT_ID_DEVICE_VERSION));
	add_part(raw, "serial ", fact_text(report, FACT_ID_DEVICE_SERIAL));
	add_part(raw, "virtual domains: ", fact_text(report, FACT_ID_DEVICE_VDOM_MODE));
}

void subject_endpoint(struct buf *raw, const struct ip *ip, unsigned port)
{
	char address[IP_TEXT_MAX];
	if (!ip->family) {
		buf_add_text(raw, "(no address)");
		return;
	}
	bool brackets = ip->family == 6 && port;
	buf_printf(raw, brackets ? "[%s]" : "%s", ip_print(ip, address));
	if (port)
		buf_printf(raw, ":%u", port);
}

static void add_protocol(struct buf *raw, unsigned proto)
{
	const char *word = entry_proto_word(proto);
	if (word)
		buf_printf(raw, "%s ", word);
	else
		buf_printf(raw, "protocol %u ", proto);
}

/* Logged when; the zone is told where the entry does not. */
static void add_entry_time(struct buf *raw, const struct entry *entry)
{
	char when[TIMESTAMP_TEXT_MAX];
	if (entry->time_kind == ENTRY_TIME_NONE)
		return;
	struct str printed = str_of(timestamp_print(entry->time_us, when));
	buf_add_text(raw, ", ");
	buf_add_str(raw, str_cut(printed, 0, 10));
	buf_add_char(raw, ' ');
	buf_add_str(raw, str_cut(printed, 11, 8));
	buf_add_text(raw, entry->time_kind == ENTRY_TIME_UTC ? " UTC" : " device time, zone unknown");
}

void subject_entry(const struct report *report, struct buf *raw)
{
	const struct plan *plan = report->plan;
	if (!plan || !plan->target.have_entry)
		return;
	const struct entry *entry = &plan->entries.entry;
	if (entry->have_proto)
		add_protocol(raw, entry->proto);
	subject_endpoint(raw, &entry->srcip, entry->srcport);
	buf_add_text(raw, " to ");
	subject_endpoint(raw, &entry->dstip, entry->dstport);
	if (entry->srcintf.n && entry->dstintf.n) {
		add_part(raw, "", entry->srcintf);
		buf_add_text(raw, " to ");
		buf_add_str(raw, entry->dstintf);
	}
	add_part(raw, "", entry->service);
	add_part(raw, "policy ", entry->policyid);
	add_part(raw, "VDOM ", entry->vd);
	add_part(raw, "logged by ", entry->devname);
	add_entry_time(raw, entry);
}

void subject_target(const struct report *report, struct buf *raw)
{
	const struct plan *plan = report->plan;
	if (!plan || !plan->target.server.family)
		return;
	const struct target *target = &plan->target;
	if (target->have_proto)
		add_protocol(raw, target->proto);
	subject_endpoint(raw, &target->server, target->server_port);
	if (target->mapped.family) {
		buf_add_text(raw, ", mapped to ");
		subject_endpoint(raw, &target->mapped, target->mapped_port);
	}
	add_part(raw, "VDOM ", str_of(target->vdom));
}
