#include <string.h>

#include "commands.h"
#include "console.h"

/* get router info routing-table details ADDRESS, and get system arp. */

void run_route(struct console *console, int argc, char **argv)
{
	const struct world *world = console->world;
	char gateway[ADDR_TEXT];
	struct addr addr;
	(void)argc;
	if (!addr_parse(argv[0], &addr)) {
		command_value_error(console, argv[0]);
		return;
	}
	console_print(console, "\nRouting table for VRF=0\n");
	if (strcmp(world->route, "none") == 0) {
		console_print(console, "%% Network not in table\n");
		return;
	}
	bool blackhole = strcmp(world->route, "blackhole") == 0;
	console_print(console, "Routing entry for %s\n  Known via \"static\", distance %d, metric 0, best\n",
	              blackhole ? "198.51.100.0/24" : "0.0.0.0/0", blackhole ? 254 : 10);
	addr_print(&world->gateway, gateway);
	if (blackhole)
		console_print(console, "  * is a summary, Null\n");
	else
		console_print(console, "  * %s, via %s\n", gateway,
		              strcmp(world->route, "default") == 0 ? world->wan : world->route);
}

void run_arp(struct console *console, int argc, char **argv)
{
	const struct world *world = console->world;
	char text[ADDR_TEXT];
	(void)argc;
	(void)argv;
	console_print(console, "Address           Age(min)   Hardware Addr      Interface\n");
	console_print(console, "192.0.2.10        0          02:00:5e:00:53:01 internal\n");
	if (!world->arp || !world->gateway.family)
		return;
	addr_print(&world->gateway, text);
	console_print(console, "%-17s 1          02:00:5e:00:53:fe %s\n", text,
	              strcmp(world->route, "default") == 0 ? world->wan : world->route);
}
