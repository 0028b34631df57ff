#include <string.h>

#include "playbook_step.h"

/* The names that a playbook may use or give. */

const struct playbook_reader playbook_readers[] = {
        {"status", "get system status"},
        {"performance", "get system performance status"},
        {"top", "diagnose sys top, get system performance top"},
        {"memory", "diagnose hardware sysinfo memory"},
        {"conserve", "diagnose hardware sysinfo conserve"},
        {"ping", "execute ping, execute ping6"},
        {"sniffer", "diagnose sniffer packet"},
        {"ha", "get system ha status"},
        {"arp", "get system arp"},
        {"routes", "get router info routing-table"},
        {"sessions", "diagnose sys session list"},
        {"nic", "diagnose hardware deviceinfo nic"},
        {"sdwan", "diagnose sys sdwan health-check"},
        {"host", "grep -H . /proc/… (on: host)"},
        {"pattern", "any allowed command, by a PCRE2 pattern with named groups"},
};
const size_t playbook_reader_count = sizeof playbook_readers / sizeof playbook_readers[0];

bool playbook_name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	return n > 0 && n <= 40 && name[n] == '\0';
}
