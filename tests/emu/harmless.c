#include <regex.h>
#include <stddef.h>

#include "commands.h"

/* The emulator's own list of lines that change nothing on a firewall, written
 * apart from any client's. Whatever is not here is logged as VIOLATION. */
#define IP             "[0-9a-fA-F:.]+"
#define ANCHORED(text) "^(sudo (global|[0-9A-Za-z_-]{1,31}) )?" text "( \\| grep [^|?]+)?$"

static const char *const patterns[] = {
        ANCHORED("get system (status|performance status|performance top( [0-9]+){0,2}|ha status|arp)"),
        ANCHORED("get router info routing-table details " IP),
        ANCHORED("diagnose sys session6? (list|filter)"),
        ANCHORED("diagnose sys session6? filter ((src|dst) " IP "|(proto|dport) [0-9]+)"),
        ANCHORED("diagnose sys top( [0-9]+){0,3}"),
        ANCHORED("diagnose hardware sysinfo (memory|conserve)"),
        ANCHORED("execute (ping|ping6|traceroute) " IP),
        ANCHORED("execute (ping|ping6)-options (reset|view-settings)"),
        ANCHORED("execute (ping|ping6)-options (repeat-count|interval|timeout|data-size) [0-9]+"),
        ANCHORED("execute (ping|ping6)-options (adaptive-ping (enable|disable)|df-bit (yes|no))"),
        ANCHORED("diagnose sniffer packet [0-9A-Za-z_.-]+ (\"[^\"?]*\"|'[^'?]*') [1-6] [0-9]+( [al])?"),
        "^exit$",
};

bool command_harmless(const char *line)
{
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		regex_t regex;
		if (regcomp(&regex, patterns[i], REG_EXTENDED | REG_NOSUB) != 0)
			return false;
		bool matches = regexec(&regex, line, 0, NULL, 0) == 0;
		regfree(&regex);
		if (matches)
			return true;
	}
	return false;
}
