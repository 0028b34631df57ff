#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "console.h"
#include "event_log.h"

enum { MAX_WORDS = 64 };

/* Where on a multi-VDOM device a command is known. */
enum scope { SCOPE_ANYWHERE, SCOPE_GLOBAL, SCOPE_VDOM, SCOPE_NOT_TOP };

struct words {
	char bytes[1024];
	char *argv[MAX_WORDS];
	int argc;
};

/* ---- texts of errors ---- */

void command_parse_error(struct console *console, const char *word)
{
	console_print(console, "\ncommand parse error before '%s'\nCommand fail. Return code %s\n", word,
	              console->world->device.generation->fail_code);
}

void command_value_error(struct console *console, const char *word)
{
	console_print(console, "\nvalue parse error before '%s'\nCommand fail. Return code -8\n", word);
}

void command_incomplete(struct console *console)
{
	console_print(console, "\nincomplete command in the end\nCommand fail. Return code -160\n");
}

void command_unknown(struct console *console)
{
	console_print(console, "Unknown action 0\n");
}

/* ---- small commands ---- */

static void run_exit(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	console_leave(console, "exit");
}

static void run_ping_options(struct console *console, int argc, char **argv)
{
	ping_options_command(console, &console->ping_options, false, argc, argv);
}

static void run_ping6_options(struct console *console, int argc, char **argv)
{
	ping_options_command(console, &console->ping6_options, true, argc, argv);
}

/* What a cluster tells of its interfaces, counted since the world began. */
static void print_interfaces(struct console *console, const struct device *device)
{
	static const char form[] =
	        "        %s: physical/1000auto, up, rx-bytes/packets/dropped/errors=%lld/%lld/0/%lld, "
	        "tx=%lld/%lld/0/0\n";
	long long s = (long long)((world_now() - world_began()) / 1000000);
	long long errors = (long long)((double)s * device->rx_errors);
	console_print(console, "HBDEV stats:\n    %s(updated 3 seconds ago):\n", device->serial);
	console_print(console, form, "ha", 90000 + 900 * s, 300 + 3 * s, 0LL, 90000 + 900 * s, 300 + 3 * s);
	console_print(console, "MONDEV stats:\n    %s(updated 3 seconds ago):\n", device->serial);
	console_print(console, form, console->world->wan, 70000 + 7000 * s, 700 + 70 * s, errors, 6000 * s, 60 * s);
	if (device->peer_serial) {
		console_print(console, "    %s(updated 4 seconds ago):\n", device->peer_serial);
		console_print(console, form, console->world->wan, 1000LL, 10LL, 5LL, 0LL, 0LL);
	}
}

/* Its words for the two roles changed with 6.4. */
static void print_cluster(struct console *console, const struct device *device)
{
	bool words = device->generation->from >= 604;
	const char *first = words ? "Primary     " : "Master", *second = words ? "Secondary   " : "Slave ";
	bool leads = strstr(device->ha_mode, "secondary") == NULL && strstr(device->ha_mode, "slave") == NULL;
	console_print(console,
	              "%s selected using:\n    <2026/11/01 17:01:52> %s is selected as the %s because its "
	              "override priority is larger.\n",
	              words ? "Primary" : "Master", device->serial, words ? "primary" : "master");
	console_print(console,
	              "ses_pickup: enable, ses_pickup_delay=disable\noverride: disable\nConfiguration Status:\n");
	console_print(console, "    %s(updated 3 seconds ago): in-sync\n", device->serial);
	if (device->peer_serial)
		console_print(console, "    %s(updated 4 seconds ago): in-sync\n", device->peer_serial);
	print_interfaces(console, device);
	console_print(console, "%s: %-14s, %s, HA cluster index = 1\n", leads ? first : second, device->hostname,
	              device->serial);
	if (device->peer_serial)
		console_print(console, "%s: %-14s, %s, HA cluster index = 0\n", leads ? second : first,
		              device->peer_hostname, device->peer_serial);
	console_print(console, "number of vcluster: 1\nvcluster 1: work 169.254.0.2\n");
}

static void run_ha_status(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	const struct device *device = &console->world->device;
	bool alone = strcmp(device->ha_mode, "standalone") == 0;
	console_print(console, "HA Health Status: OK\nModel: %s\nMode: %s\nGroup: 0\nDebug: 0\n", device->model,
	              alone ? "Standalone" : "HA A-P");
	console_print(console, "Cluster Uptime: 0 days 0:23:56\nCluster state change time: %s\n",
	              alone ? "N/A" : "2026-11-01 17:01:52");
	if (alone)
		console_print(console, "ses_pickup: disable\noverride: disable\nSystem Usage stats:\nHBDEV stats:\n"
		                       "number of vcluster: 0\n");
	else
		print_cluster(console, device);
}

static bool has_conserve(const struct generation *generation)
{
	return generation->conserve;
}

static const struct command {
	const char *words;
	enum scope scope;
	int min, max; /* words after */
	void (*run)(struct console *console, int argc, char **argv);
	bool (*known)(const struct generation *generation); /* NULL: to all */
} commands[] = {
        {"exit", SCOPE_ANYWHERE, 0, 0, run_exit, NULL},
        {"get system status", SCOPE_ANYWHERE, 0, 0, run_status, NULL},
        {"get system performance status", SCOPE_GLOBAL, 0, 0, run_performance, NULL},
        {"get system performance top", SCOPE_GLOBAL, 0, 2, run_performance_top, NULL},
        {"get system ha status", SCOPE_GLOBAL, 0, 0, run_ha_status, NULL},
        {"diagnose sys top", SCOPE_GLOBAL, 0, 3, run_sys_top, NULL},
        {"diagnose hardware sysinfo memory", SCOPE_GLOBAL, 0, 0, run_memory, NULL},
        {"diagnose hardware sysinfo conserve", SCOPE_GLOBAL, 0, 0, run_conserve, has_conserve},
        {"diagnose sniffer packet", SCOPE_NOT_TOP, 1, 5, run_sniffer, NULL},
        {"get router info routing-table details", SCOPE_VDOM, 1, 1, run_route, NULL},
        {"get system arp", SCOPE_VDOM, 0, 0, run_arp, NULL},
        {"diagnose sys session filter", SCOPE_VDOM, 0, 2, run_session_filter, NULL},
        {"diagnose sys session list", SCOPE_VDOM, 0, 0, run_session_list, NULL},
        {"diagnose sys session6 filter", SCOPE_VDOM, 0, 2, run_session6_filter, NULL},
        {"diagnose sys session6 list", SCOPE_VDOM, 0, 0, run_session6_list, NULL},
        {"execute ping", SCOPE_VDOM, 1, 1, run_ping, NULL},
        {"execute ping6", SCOPE_VDOM, 1, 1, run_ping6, NULL},
        {"execute ping-options", SCOPE_VDOM, 1, 3, run_ping_options, NULL},
        {"execute ping6-options", SCOPE_VDOM, 1, 3, run_ping6_options, NULL},
};

/* ---- words ---- */

/* False when a quote is open at the end. */
static bool split(const char *line, struct words *out)
{
	char *to = out->bytes;
	const char *p = line;
	out->argc = 0;
	while (*p && out->argc < MAX_WORDS) {
		char quote = 0;
		while (*p == ' ')
			p++;
		if (!*p)
			break;
		out->argv[out->argc++] = to;
		for (; *p && (quote || *p != ' '); p++) {
			if (quote ? *p == quote : (*p == '"' || *p == '\''))
				quote = quote ? 0 : *p;
			else
				*to++ = *p;
		}
		*to++ = '\0';
		if (quote)
			return false;
	}
	return true;
}

/* Cuts " | grep WORD" off the words and remembers it. */
static void take_grep(struct console *console, struct words *words)
{
	int n = words->argc;
	if (n < 3 || strcmp(words->argv[n - 3], "|") != 0 || strcmp(words->argv[n - 2], "grep") != 0)
		return;
	(void)snprintf(console->grep, sizeof console->grep, "%s", words->argv[n - 1]);
	console->paged = false;
	words->argc -= 3;
}

/* How many of the row's words begin argv; *total is how many it has. */
static int match_words(const char *row, int argc, char **argv, int *total)
{
	int matched = 0;
	*total = 0;
	for (const char *p = row; *p;) {
		size_t n = strcspn(p, " ");
		if (*total == matched && matched < argc && strlen(argv[matched]) == n &&
		    strncmp(argv[matched], p, n) == 0)
			matched++;
		++*total;
		p += n + (p[n] == ' ');
	}
	return matched;
}

/* ---- where and who ---- */

static bool known_here(enum scope scope, enum console_where where)
{
	switch (scope) {
	case SCOPE_ANYWHERE:
		return true;
	case SCOPE_GLOBAL:
		return where == WHERE_ALL || where == WHERE_GLOBAL;
	case SCOPE_VDOM:
		return where == WHERE_ALL || where == WHERE_VDOM;
	case SCOPE_NOT_TOP:
		return where != WHERE_TOP;
	}
	return false;
}

static bool branch_allowed(const struct console *console, const char *word)
{
	const struct device *device = &console->world->device;
	if (strcmp(word, "diagnose") == 0)
		return device->may_diagnose;
	if (strcmp(word, "execute") == 0)
		return device->may_execute;
	return strcmp(word, "get") != 0 || device->may_get;
}

static void run_words(struct console *console, int argc, char **argv)
{
	int best = 0;
	if (argc == 0 || !branch_allowed(console, argv[0])) {
		command_unknown(console);
		return;
	}
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		const struct command *row = &commands[i];
		int total, matched = match_words(row->words, argc, argv, &total);
		bool here = known_here(row->scope, console->where) &&
		            (!row->known || row->known(console->world->device.generation));
		if (matched == total && here) {
			if (argc - total > row->max)
				command_parse_error(console, argv[total + row->max]);
			else if (argc - total < row->min)
				command_incomplete(console);
			else
				row->run(console, argc - total, argv + total);
			return;
		}
		matched -= matched == total;
		best = matched > best ? matched : best;
	}
	if (best == 0)
		command_unknown(console);
	else if (best < argc)
		command_parse_error(console, argv[best]);
	else
		command_incomplete(console);
}

/* ---- sudo and contexts ---- */

static void run_sudo(struct console *console, int argc, char **argv)
{
	if (console->home != WHERE_TOP) {
		command_unknown(console);
		return;
	}
	if (argc < 2) {
		command_incomplete(console);
		return;
	}
	if (strcmp(argv[0], "global") == 0)
		console->where = WHERE_GLOBAL;
	else if (world_has_vdom(console->world, argv[0]))
		console->where = WHERE_VDOM;
	else {
		command_parse_error(console, argv[0]);
		return;
	}
	if (strcmp(argv[1], "exit") == 0 || strcmp(argv[1], "sudo") == 0)
		command_parse_error(console, argv[1]);
	else
		run_words(console, argc - 1, argv + 1);
}

/* config and edit stand here as a trap: a VDOM that does not exist is made by
 * edit, so a careful client never gets this far. */
static void run_config(struct console *console, int argc, char **argv)
{
	bool multi = world_multi(console->world) && !console->world->login.vdom;
	if (argc == 2 && strcmp(argv[1], "global") == 0 && multi) {
		console->home = WHERE_GLOBAL;
		strcpy(console->context, "global");
	} else if (argc == 2 && strcmp(argv[1], "vdom") == 0 && multi) {
		strcpy(console->context, "vdom");
	} else if (argc >= 2) {
		(void)snprintf(console->context, sizeof console->context, "%.40s", argv[argc - 1]);
	} else {
		command_incomplete(console);
	}
}

static void run_edit(struct console *console, int argc, char **argv)
{
	const struct device *device = &console->world->device;
	size_t number = 0;
	if (argc != 2) {
		command_incomplete(console);
		return;
	}
	while (number < device->vdom_count && strcmp(device->vdoms[number], argv[1]) != 0)
		number++;
	if (number == device->vdom_count)
		event_log(console->session, "VIOLATION", "created VDOM %s", argv[1]);
	console->home = WHERE_VDOM;
	(void)snprintf(console->context, sizeof console->context, "%.40s", argv[1]);
	console_print(console, "current vf=%s:%zu\n", argv[1], number);
}

static void run_end(struct console *console)
{
	if (!console->context[0]) {
		command_unknown(console);
		return;
	}
	console->context[0] = '\0';
	console->home = console->world->login.vdom ? WHERE_VDOM : world_multi(console->world) ? WHERE_TOP : WHERE_ALL;
}

void command_run(struct console *console, const char *line)
{
	struct words words;
	event_log(console->session, "COMMAND", "%s", line);
	if (!command_harmless(line))
		event_log(console->session, "VIOLATION", "not on the read-only list: %s", line);
	if (!split(line, &words)) {
		console_print(console, "token line: Unmatched double quote.\n");
		return;
	}
	take_grep(console, &words);
	const char *first = words.argc ? words.argv[0] : "";
	if (strcmp(first, "sudo") == 0)
		run_sudo(console, words.argc - 1, words.argv + 1);
	else if (strcmp(first, "config") == 0)
		run_config(console, words.argc, words.argv);
	else if (strcmp(first, "edit") == 0 && console->context[0])
		run_edit(console, words.argc, words.argv);
	else if (strcmp(first, "end") == 0 || strcmp(first, "abort") == 0)
		run_end(console);
	else
		run_words(console, words.argc, words.argv);
}
