#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "commands.h"
#include "console.h"

/* get system status, get system performance status, sysinfo memory, conserve. */

static const int64_t SAMPLE_US = 2000000;

/* ---- get system status ---- */

static void print_databases(struct console *console)
{
	static const char *const lines[] = {
	        "Virus-DB: 93.06337(2026-11-20 16:20)",      "Extended DB: 93.06337(2026-11-20 16:20)",
	        "AV AI/ML Model: 4.03476(2026-11-20 19:45)", "IPS-DB: 34.00122(2026-11-19 01:21)",
	        "IPS-ETDB: 0.00000(2001-01-01 00:00)",       "APP-DB: 34.00124(2026-11-19 00:56)",
	        "FMWP-DB: 25.00090(2026-09-15 13:20)",       "IPS Malicious URL Database: 5.00603(2026-11-19 01:41)",
	        "IoT-Detect: 35.00125(2026-11-19 16:28)",    "OT-Detect-DB: 34.00123(2026-11-19 15:16)",
	        "IPS-Engine: 7.00575(2026-07-03 18:00)",
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		console_print(console, "%s\n", lines[i]);
}

static void print_vdoms(struct console *console)
{
	const struct world *world = console->world;
	const char *current = world->login.vdom    ? world->login.vdom
	                      : world_multi(world) ? world->device.vdoms[0]
	                                           : "root";
	size_t count = world_multi(world) ? world->device.vdom_count : 1;
	console_print(console, "Current virtual domain: %s\n", current);
	if (!world->login.vdom_status)
		return;
	console_print(console, "Max number of virtual domains: 10\n");
	console_print(console, "Virtual domains status: %zu in NAT mode, 0 in TP mode\n", count);
	console_print(console, "Virtual domain configuration: %s\n",
	              world_multi(world) ? world->device.vdom_mode : "disable");
}

void run_status(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	const struct device *device = &console->world->device;
	time_t now = (time_t)(world_now() / 1000000 + (int64_t)device->clock_ahead_s + device->zone_minutes * 60);
	struct tm tm;
	char stamp[64];
	gmtime_r(&now, &tm);
	(void)strftime(stamp, sizeof stamp, "%a %b %e %H:%M:%S %Y", &tm);
	const struct generation *generation = device->generation;
	console_print(console, "Version: %s v%s,build%s,250523 (GA%s)\n", device->model, device->version, device->build,
	              generation->from >= 700 ? ".M" : "");
	if (generation->security_level)
		console_print(console, "First GA patch build date: 230509\nSecurity Level: Low\n");
	if (generation->signature)
		console_print(console, "Firmware Signature: certified\n");
	print_databases(console);
	console_print(console, "Serial-Number: %s\nBIOS version: 05000009\nSystem Part-Number: P24286-07\n",
	              device->serial);
	console_print(console, "Log hard disk: Not available\nHostname: %s\n", device->hostname);
	if (generation->signature)
		console_print(console, "Private Encryption: Disable\n");
	console_print(console, "Operation Mode: NAT\n");
	print_vdoms(console);
	console_print(console, "FIPS-CC mode: disable\nCurrent HA mode: %s\nBranch point: %s\n", device->ha_mode,
	              device->build);
	console_print(console, "Release Version Information: GA\nSystem time: %s\n", stamp);
	if (generation->from >= 700)
		console_print(console, "Last reboot reason: warm reboot\n");
}

/* ---- get system performance status ---- */

static void print_cpu(struct console *console, const char *name, const struct cpu_row *row)
{
	if (!console->world->device.generation->irq) {
		console_print(console, "%s states: %.0f%% user %.0f%% system %.0f%% nice %.0f%% idle\n", name,
		              row->user, row->system + row->irq + row->softirq, row->nice, row->idle + row->iowait);
		return;
	}
	console_print(console,
	              "%s states: %.0f%% user %.0f%% system %.0f%% nice %.0f%% idle %.0f%% iowait %.0f%% irq %.0f%% "
	              "softirq\n",
	              name, row->user, row->system, row->nice, row->idle, row->iowait, row->irq, row->softirq);
}

static void print_memory(struct console *console, const struct memory *memory)
{
	enum memory_form form = console->world->device.generation->memory;
	int digits = form == MEMORY_FREEABLE_TENTH ? 1 : 0;
	double total = (double)memory->total_kib;
	double freeable = form == MEMORY_WHOLE ? 0 : memory->freeable;
	double free_share = 100 - memory->used - freeable;
	if (form == MEMORY_STATES) {
		console_print(console, "Memory states: %.0f%% used\n", memory->used);
		return;
	}
	console_print(console, "Memory: %ldk total, %.0fk used (%.*f%%), %.0fk free (%.*f%%)", memory->total_kib,
	              total * memory->used / 100, digits, memory->used, total * free_share / 100, digits, free_share);
	if (form != MEMORY_WHOLE)
		console_print(console, ", %.0fk freeable (%.*f%%)", total * freeable / 100, digits, freeable);
	console_print(console, "\n");
}

static void print_rates(struct console *console, const char *what, const char *unit, const int rates[3])
{
	console_print(console, "%s: %d%s in 1 minute, %d%s in 10 minutes, %d%s in 30 minutes\n", what, rates[0], unit,
	              rates[1], unit, rates[2], unit);
}

static void print_load(struct console *console)
{
	static const int used[] = {1204, 1259, 1194}, most[] = {2804, 3804, 3804}, open[] = {173, 159, 144},
	                 top[] = {205, 205, 205};
	const struct generation *generation = console->world->device.generation;
	const char *pair = generation->network_pair ? " / 1187 kbps" : " kbps";
	print_rates(console, "Average network usage", pair, used);
	if (generation->maximal)
		print_rates(console, "Maximal network usage", pair, most);
	print_rates(console, "Average sessions", " sessions", open);
	if (generation->maximal)
		print_rates(console, "Maximal sessions", " sessions", top);
	for (int i = 0; i < 1 + generation->maximal; i++)
		console_print(
		        console,
		        "%s session setup rate: %d sessions per second in last 1 minute, 4 sessions per second in "
		        "last 10 minutes, 3 sessions per second in last 30 minutes\n",
		        i ? "Maximal" : "Average", i ? 23 : 4);
	if (generation->maximal)
		console_print(console,
		              "Average NPU sessions: 0 sessions in last 1 minute, 0 sessions in last 10 minutes, 0 "
		              "sessions in last 30 minutes\n");
	console_print(console, "Virus caught: 0 total in 1 minute\nIPS attacks blocked: 0 total in 1 minute\n");
}

void run_performance(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	const struct device *device = &console->world->device;
	int64_t up_s = (int64_t)device->uptime_s + (world_now() - world_began()) / 1000000;
	size_t number = (size_t)((world_now() - world_began()) / SAMPLE_US) % device->cpu_count;
	const struct cpu_sample *sample = &device->cpu[number];
	print_cpu(console, "CPU", &sample->all);
	for (size_t i = 0; i < sample->core_count; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "CPU%zu", i);
		print_cpu(console, name, &sample->cores[i]);
	}
	print_memory(console, &device->memory);
	print_load(console);
	console_print(console, "Uptime: %lld days,  %lld hours,  %lld minutes\n", (long long)(up_s / 86400),
	              (long long)(up_s / 3600 % 24), (long long)(up_s / 60 % 60));
}

/* ---- memory ---- */

static void print_kb(struct console *console, const char *key, double kib)
{
	char label[32];
	(void)snprintf(label, sizeof label, "%s:", key);
	console_print(console, "%-16s%8.0f kB\n", label, kib);
}

/* Kernel 2.4: bytes in columns first, and no MemAvailable. */
static void print_columns(struct console *console, double total, double used, double cached)
{
	const double kib = 1024;
	console_print(console, "        total:    used:    free:  shared: buffers:  cached: shm:\n");
	console_print(console, "Mem:  %.0f %.0f %.0f        0  524288 %.0f 12582912\n", total * kib, used * kib,
	              (total - used) * kib, cached * kib);
	console_print(console, "Swap:        0        0        0\n");
}

void run_memory(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	const struct memory *memory = &console->world->device.memory;
	double total = (double)memory->total_kib, used = total * memory->used / 100;
	double freeable = total * memory->freeable / 100, left = total - used - freeable;
	const struct {
		const char *key;
		double kib;
	} rows[] = {
	        {"MemTotal", total},
	        {"MemFree", left},
	        {"MemAvailable", left + freeable * 0.9},
	        {"Buffers", 512},
	        {"Cached", freeable},
	        {"SwapCached", 0},
	        {"Active", used * 0.4},
	        {"Inactive", freeable},
	        {"Active(anon)", used * 0.3},
	        {"Inactive(anon)", 20480},
	        {"SwapTotal", 0},
	        {"SwapFree", 0},
	        {"Dirty", 0},
	        {"Shmem", used * 0.2},
	        {"Slab", used * 0.1},
	        {"SReclaimable", 18204},
	        {"SUnreclaim", 90112},
	};
	bool old = console->world->device.generation->kernel_24;
	if (old)
		print_columns(console, total, used, freeable);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!old || strcmp(rows[i].key, "MemAvailable") != 0)
			print_kb(console, rows[i].key, rows[i].kib);
	}
}

static void print_share(struct console *console, const char *label, double total_mb, double share)
{
	console_print(console, "%-44s%11.0f MB   %.0f%% of total RAM\n", label, floor(total_mb * share / 100), share);
}

void run_conserve(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	const struct memory *memory = &console->world->device.memory;
	double total_mb = floor((double)memory->total_kib / 1024);
	console_print(console, "%-44s %s\n", "memory conserve mode:", memory->conserve ? "on" : "off");
	console_print(console, "%-44s%11.0f MB\n", "total RAM:", total_mb);
	print_share(console, "memory used:", total_mb, floor(memory->used));
	print_share(console, "memory freeable:", total_mb, floor(memory->freeable));
	print_share(console, "memory used + freeable threshold extreme:", total_mb, (double)memory->extreme);
	print_share(console, "memory used threshold red:", total_mb, (double)memory->red);
	print_share(console, "memory used threshold green:", total_mb, (double)memory->green);
}
