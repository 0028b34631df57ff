#include "kv.h"

#include <string.h>

/* What the fields are called elsewhere. */

struct alias {
	const char *other, *name;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct str find(const struct alias *table, size_t n, struct str other)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(other, table[i].other))
			return str_of(table[i].name);
	}
	return (struct str){"", 0};
}

/* FortiOS 3.0 and 4.0. */
static const struct alias old_names[] = {
        {"device_id", "devid"},
        {"log_id", "logid"},
        {"pri", "level"},
        {"status", "action"},
        {"src", "srcip"},
        {"dst", "dstip"},
        {"src_port", "srcport"},
        {"dst_port", "dstport"},
        {"src_int", "srcintf"},
        {"dst_int", "dstintf"},
        {"SN", "sessionid"},
        {"sent", "sentbyte"},
        {"rcvd", "rcvdbyte"},
        {"sent_pkt", "sentpkt"},
        {"rcvd_pkt", "rcvdpkt"},
        {"tran_sip", "transip"},
        {"tran_sport", "transport"},
        {"tran_ip", "tranip"},
        {"tran_port", "tranport"},
};

void names_of_old(struct entry *entry)
{
	for (size_t i = 0; i < COUNT(old_names); i++) {
		const struct entry_field *old = entry_field(entry, old_names[i].other);
		if (old && !entry_field(entry, old_names[i].name))
			entry->fields[old - entry->fields].name = str_of(old_names[i].name);
	}
}

/* Fortinet's CEF field mapping; `app` is the service, the application has a
 * name with the prefix. */
static const struct alias cef_names[] = {
        {"deviceExternalId", "devid"},
        {"deviceExternalID", "devid"},
        {"dvchost", "devname"},
        {"deviceSeverity", "level"},
        {"src", "srcip"},
        {"spt", "srcport"},
        {"dst", "dstip"},
        {"dpt", "dstport"},
        {"shost", "srcname"},
        {"dhost", "dstname"},
        {"deviceInboundInterface", "srcintf"},
        {"deviceOutboundInterface", "dstintf"},
        {"externalId", "sessionid"},
        {"externalID", "sessionid"},
        {"act", "action"},
        {"app", "service"},
        {"out", "sentbyte"},
        {"in", "rcvdbyte"},
        {"sourceTranslatedAddress", "transip"},
        {"sourceTranslatedPort", "transport"},
        {"destinationTranslatedAddress", "tranip"},
        {"destinationTranslatedPort", "tranport"},
};

struct str names_of_cef(struct str name)
{
	static const char *const prefixes[] = {"FTNTFGT", "FortinetFortiGate"};
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		if (str_starts(name, prefixes[i]) && name.n > strlen(prefixes[i]))
			return str_from(name, strlen(prefixes[i]));
	}
	/* FortiAnalyzer puts `ad.` or another prefix of its own before them. */
	ptrdiff_t dot = str_find_char(name, '.');
	if (dot > 0 && (size_t)dot + 1 < name.n)
		return str_from(name, (size_t)dot + 1);
	struct str found = find(cef_names, COUNT(cef_names), name);
	return found.n ? found : name;
}

/* The Elastic Common Schema, and Microsoft's CommonSecurityLog. */
static const struct alias json_names[] = {
        {"event.action", "action"},
        {"action.name", "action"},
        {"event.code", "logid"},
        {"source.ip", "srcip"},
        {"source.port", "srcport"},
        {"source.nat.ip", "transip"},
        {"source.nat.port", "transport"},
        {"source.bytes", "sentbyte"},
        {"source.packets", "sentpkt"},
        {"destination.ip", "dstip"},
        {"destination.port", "dstport"},
        {"destination.nat.ip", "tranip"},
        {"destination.nat.port", "tranport"},
        {"destination.bytes", "rcvdbyte"},
        {"destination.packets", "rcvdpkt"},
        {"network.iana_number", "proto"},
        {"network.transport", "transport.word"},
        {"observer.name", "devname"},
        {"observer.hostname", "devname"},
        {"observer.serial_number", "devid"},
        {"observer.ingress.interface.name", "srcintf"},
        {"observer.egress.interface.name", "dstintf"},
        {"rule.id", "policyid"},
        {"event.timezone", "tz"},
        {"log.level", "level"},
        {"@timestamp", "@timestamp"},
        {"DeviceExternalID", "devid"},
        {"Computer", "devname"},
        {"DeviceAction", "action"},
        {"SourceIP", "srcip"},
        {"SourcePort", "srcport"},
        {"DestinationIP", "dstip"},
        {"DestinationPort", "dstport"},
        {"SourceTranslatedAddress", "transip"},
        {"SourceTranslatedPort", "transport"},
        {"DestinationTranslatedAddress", "tranip"},
        {"DestinationTranslatedPort", "tranport"},
        {"DeviceInboundInterface", "srcintf"},
        {"DeviceOutboundInterface", "dstintf"},
        {"ExternalID", "sessionid"},
        {"Protocol", "proto"},
        {"SentBytes", "sentbyte"},
        {"ReceivedBytes", "rcvdbyte"},
        {"ApplicationProtocol", "service"},
};

struct str names_of_json(struct str path)
{
	static const char *const prefixes[] = {"fortinet.firewall.", "fortinet.fortigate.", "fortigate.", "fortinet.",
	                                       "fgt."};
	struct str found = find(json_names, COUNT(json_names), path);
	if (found.n)
		return found;
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct str rest = str_from(path, strlen(prefixes[i]));
		if (str_starts(path, prefixes[i]) && rest.n && str_find_char(rest, '.') < 0)
			return rest;
	}
	return str_find_char(path, '.') < 0 ? path : (struct str){"", 0};
}
