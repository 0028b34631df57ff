#include <inttypes.h>
#include <string.h>

#include "explain.h"
#include "sheet.h"
#include "timestamp.h"

/* A log entry field by field, and what its action means. */

enum { LABEL_COLUMNS = 13 };

/* The row whose words are in sheet->raw; none when there are no words. */
static void end_row(struct sheet *sheet, const char *label)
{
	if (sheet->raw.n == 0)
		return;
	page_to(&sheet->page, 2);
	page_text(&sheet->page, 2, str_of(label));
	if (sheet->stacked)
		page_text(&sheet->page, 2, STR(": "));
	else
		page_to(&sheet->page, LABEL_COLUMNS);
	page_text(&sheet->page, sheet->stacked ? 4 : LABEL_COLUMNS, buf_str(&sheet->raw));
	page_line(&sheet->page);
}

static void add_part(struct buf *raw, const char *before, struct str value, const char *after)
{
	if (value.n == 0)
		return;
	if (raw->n)
		buf_add_text(raw, ", ");
	buf_add_text(raw, before);
	buf_add_str(raw, value);
	buf_add_text(raw, after);
}

static struct str field(const struct entry *entry, const char *name)
{
	const struct entry_field *found = entry_field(entry, name);
	return found && !found->cut ? found->value : STR("");
}

static void add_endpoint(struct buf *raw, const struct ip *ip, unsigned port)
{
	char text[IP_TEXT_MAX];
	if (!ip->family)
		return;
	buf_add_text(raw, ip_print(ip, text));
	if (port)
		buf_printf(raw, " port %u", port);
}

static void add_when(struct sheet *sheet, const struct entry *entry)
{
	char when[TIMESTAMP_TEXT_MAX];
	buf_clear(&sheet->raw);
	if (entry->time_kind != ENTRY_TIME_NONE) {
		struct str printed = str_of(timestamp_print(entry->time_us, when));
		buf_add_str(&sheet->raw, str_cut(printed, 0, 10));
		buf_add_char(&sheet->raw, ' ');
		buf_add_str(&sheet->raw, str_cut(printed, 11, 8));
		buf_add_text(&sheet->raw,
		             entry->time_kind == ENTRY_TIME_UTC ? " UTC" : " by the device's clock, zone unknown");
	}
	end_row(sheet, "When");
}

static void add_logger(struct sheet *sheet, const struct entry *entry)
{
	buf_clear(&sheet->raw);
	add_part(&sheet->raw, "", entry->devname, "");
	add_part(&sheet->raw, "serial ", entry->devid, "");
	add_part(&sheet->raw, "VDOM ", entry->vd, "");
	end_row(sheet, "Logged by");
}

static void add_protocol(struct buf *raw, const struct entry *entry)
{
	const char *word = entry->have_proto ? entry_proto_word(entry->proto) : NULL;
	if (word)
		buf_printf(raw, ", %s", word);
	else if (entry->have_proto)
		buf_printf(raw, ", IP protocol %u", entry->proto);
}

static void add_ends(struct sheet *sheet, const struct entry *entry)
{
	struct buf *raw = &sheet->raw;
	buf_clear(raw);
	add_endpoint(raw, &entry->srcip, entry->srcport);
	add_part(raw, "came in by ", entry->srcintf, "");
	add_part(raw, "user ", field(entry, "user"), "");
	end_row(sheet, "Client");
	buf_clear(raw);
	add_endpoint(raw, &entry->dstip, entry->dstport);
	add_protocol(raw, entry);
	add_part(raw, "", entry->service, "");
	add_part(raw, "to be reached by ", entry->dstintf, "");
	end_row(sheet, "Server");
}

static void add_policy(struct sheet *sheet, const struct entry *entry)
{
	struct str name = field(entry, "policyname");
	buf_clear(&sheet->raw);
	if (entry->policyid.n && str_is(entry->policyid, "0"))
		buf_add_text(&sheet->raw, "0, none of the numbered ones");
	else
		add_part(&sheet->raw, "", entry->policyid, "");
	if (name.n) {
		buf_printf(&sheet->raw, "%s\"", sheet->raw.n ? " " : "");
		buf_add_str(&sheet->raw, name);
		buf_add_char(&sheet->raw, '"');
	}
	if (sheet->raw.n)
		buf_add_text(&sheet->raw, "; the traffic was allowed");
	end_row(sheet, "Policy");
}

static void add_nat(struct sheet *sheet, const struct entry *entry)
{
	struct buf *raw = &sheet->raw;
	buf_clear(raw);
	if (entry->transip.family) {
		buf_add_text(raw, "the server sees the client as ");
		add_endpoint(raw, &entry->transip, entry->transport);
	}
	if (entry->tranip.family) {
		buf_add_text(raw, raw->n ? "; the server's own address is " : "the server's own address is ");
		add_endpoint(raw, &entry->tranip, entry->tranport);
	}
	if (raw->n == 0 && str_is(entry->trandisp, "noop"))
		buf_add_text(raw, "none: both ends see each other's own address");
	if (raw->n == 0 && entry->trandisp.n) {
		buf_add_str(raw, entry->trandisp);
		buf_add_text(raw, ", to an address that the entry does not tell");
	}
	if (raw->n == 0)
		buf_add_text(raw, "the entry does not tell whether addresses are translated");
	end_row(sheet, "NAT");
}

static void add_counter(struct sheet *sheet, const struct entry *entry, const char *packets, const char *bytes)
{
	struct str n = field(entry, packets);
	add_part(&sheet->raw, "", n, str_is(n, "1") ? " packet" : " packets");
	add_part(&sheet->raw, "", field(entry, bytes), " bytes");
}

static void add_counters(struct sheet *sheet, const struct entry *entry)
{
	buf_clear(&sheet->raw);
	add_counter(sheet, entry, "sentpkt", "sentbyte");
	if (!entry->have_sent)
		buf_add_text(&sheet->raw, "the entry does not tell");
	end_row(sheet, "Sent");
	buf_clear(&sheet->raw);
	add_counter(sheet, entry, "rcvdpkt", "rcvdbyte");
	if (!entry->have_rcvd)
		buf_add_text(&sheet->raw, "the entry does not tell, so a late reply is not excluded");
	else if (entry->rcvdpkt || entry->rcvdbyte)
		buf_add_text(&sheet->raw, ": something did come back, so a late reply or an ICMP error is more "
		                          "to be expected than loss of every reply");
	else
		buf_add_text(&sheet->raw, ": nothing came back");
	end_row(sheet, "Received");
	buf_clear(&sheet->raw);
	if (entry->have_duration)
		buf_printf(&sheet->raw, "%" PRIu64 " s", entry->duration_s);
	end_row(sheet, "Lasted");
}

static void add_siblings(struct sheet *sheet, const struct plan *plan)
{
	size_t n = plan->entries.sibling_count;
	buf_clear(&sheet->raw);
	if (n)
		buf_printf(&sheet->raw,
		           "%zu more line%s of the same client and port within five seconds count%s as evidence", n,
		           text_plural(n), n == 1 ? "s" : "");
	end_row(sheet, "Beside it");
}

static void add_meaning(struct sheet *sheet)
{
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "What action=ip-conn says");
	page_to(&sheet->page, 2);
	sheet_say(sheet, 2,
	          "The FortiGate allowed the traffic and made a session of it. The session ended, and the "
	          "FortiGate counts it as a failed connection, because no reply packet came back to it.");
	page_gap(&sheet->page);
	sheet_say(sheet, 0, "What it does not say");
	page_to(&sheet->page, 2);
	sheet_say(sheet, 2,
	          "Not that a policy blocked it. Not that the FortiGate or the server is at fault: the request may "
	          "be lost behind the FortiGate, the reply on its way back, or there was a reply and an ICMP error "
	          "of either end closed the session after it, as when a client has given up waiting for DNS. And "
	          "nothing about now: the entry is of then.");
}

void explain_entry(struct sheet *sheet, const struct plan *plan)
{
	const struct entry *entry = &plan->entries.entry;
	sheet_say(sheet, 0, "What the entry says");
	add_when(sheet, entry);
	add_logger(sheet, entry);
	add_ends(sheet, entry);
	add_policy(sheet, entry);
	add_nat(sheet, entry);
	add_counters(sheet, entry);
	add_siblings(sheet, plan);
	add_meaning(sheet);
}
