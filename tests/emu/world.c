#include "world.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

static struct addr read_addr(struct node *map, const char *key, bool required)
{
	struct addr addr = {0};
	struct node *node = node_get(map, key);
	if (!node && required)
		node_bad(map, "an address is missing here");
	if (node && !addr_parse(node_scalar(node), &addr))
		node_bad(node, "not an address");
	return addr;
}

/* ---- device ---- */

static struct cpu_row read_cpu_row(struct node *list)
{
	double v[7] = {0}, sum = 0;
	size_t n = node_count(list);
	if (n > 7)
		node_bad(list, "user, system, nice, idle, iowait, irq, softirq");
	for (size_t i = 0; i < n; i++) {
		v[i] = node_number(node_at(list, i));
		sum += v[i];
	}
	if (sum < 99 || sum > 101)
		node_bad(list, "the shares of a core add up to 100");
	return (struct cpu_row){v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
}

static void add_row(struct cpu_row *sum, const struct cpu_row *row, double part)
{
	sum->user += row->user * part;
	sum->system += row->system * part;
	sum->nice += row->nice * part;
	sum->idle += row->idle * part;
	sum->iowait += row->iowait * part;
	sum->irq += row->irq * part;
	sum->softirq += row->softirq * part;
}

/* Without a list of samples: four cores nearly idle. */
static void read_cpu(struct node *map, struct device *device)
{
	static const struct cpu_row idle[] = {{1, 2, 0, 96, 0, 0, 1}, {2, 1, 0, 96, 0, 0, 1}};
	struct node *list = node_get(map, "cpu");
	device->cpu_count = list ? node_count(list) : 2;
	device->cpu = emu_alloc((device->cpu_count + 1) * sizeof *device->cpu);
	for (size_t i = 0; i < device->cpu_count; i++) {
		struct cpu_sample *sample = &device->cpu[i];
		struct node *cores = list ? node_at(list, i) : NULL;
		sample->core_count = list ? node_count(cores) : 4;
		if (sample->core_count == 0 || sample->core_count > MAX_CORES)
			node_bad(cores, "1 to 64 cores");
		for (size_t c = 0; c < sample->core_count; c++) {
			sample->cores[c] = list ? read_cpu_row(node_at(cores, c)) : idle[(i + c) % 2];
			add_row(&sample->all, &sample->cores[c], 1.0 / (double)sample->core_count);
		}
	}
}

static void read_processes(struct node *map, struct device *device)
{
	static const struct process usual[] = {
	        {"newcli", 4488, "R", 0.9, 0.4, 1},     {"sshd", 4481, "S", 0.4, 0.3, 0},
	        {"ipsengine", 286, "S <", 0.3, 2.1, 2}, {"miglogd", 269, "S", 0.1, 1.4, 1},
	        {"forticron", 173, "S", 0.1, 0.8, 0},   {"httpsd", 211, "S", 0.0, 1.5, 3},
	        {"wad", 243, "S", 0.0, 1.1, 2},         {"cmdbsvr", 99, "S", 0.0, 1.0, 0},
	};
	struct node *list = node_get(map, "processes");
	size_t usual_count = sizeof usual / sizeof usual[0];
	size_t n = node_count(list);
	device->processes = emu_alloc((n + usual_count) * sizeof *device->processes);
	for (size_t i = 0; i < n; i++) {
		struct node *row = node_at(list, i);
		device->processes[i] = (struct process){
		        .name = node_text(row, "name", "wad"),
		        .pid = node_int(row, "pid", 300 + (long)i),
		        .state = node_text(row, "state", "S"),
		        .cpu = node_real(row, "cpu", 0),
		        .memory = node_real(row, "memory", 1),
		        .core = node_int(row, "core", 0),
		};
	}
	memcpy(device->processes + n, usual, sizeof usual);
	device->process_count = n + usual_count;
}

static void read_memory(struct node *map, struct memory *memory)
{
	struct node *node = node_get(map, "memory");
	*memory = (struct memory){
	        .total_kib = node_int(node, "total_kib", 4050332),
	        .used = node_real(node, "used", 41.5),
	        .freeable = node_real(node, "freeable", 6.2),
	        .conserve = node_flag(node, "conserve", false),
	        .extreme = node_int(node, "extreme", 95),
	        .red = node_int(node, "red", 88),
	        .green = node_int(node, "green", 82),
	};
}

static void read_names(struct node *list, const char **names, size_t max, size_t *count)
{
	*count = node_count(list);
	if (*count > max)
		node_bad(list, "too many names");
	for (size_t i = 0; i < *count; i++)
		names[i] = node_scalar(node_at(list, i));
}

static void read_device(struct node *map, struct device *device)
{
	struct node *rights = node_get(map, "rights"), *peer = node_get(map, "ha_peer");
	*device = (struct device){
	        .hostname = node_text(map, "hostname", "FGT-LAB"),
	        .serial = node_text(map, "serial", "FGT60FTK00000001"),
	        .model = node_text(map, "model", "FortiGate-60F"),
	        .version = node_text(map, "version", "7.4.8"),
	        .build = node_text(map, "build", "2795"),
	        .ha_role = node_text(map, "ha_role", ""),
	        .ha_mode = node_text(map, "ha_mode", "standalone"),
	        .peer_serial = node_text(peer, "serial", NULL),
	        .peer_hostname = node_text(peer, "hostname", "FGT-PEER"),
	        .vdom_mode = node_text(map, "vdom_mode", "multiple"),
	        .mark = node_text(map, "mark", "#"),
	        .zone_minutes = (int)node_int(map, "zone_minutes", 0),
	        .clock_ahead_s = node_real(map, "clock_ahead_s", 0),
	        .rx_errors = node_real(map, "rx_errors", 0),
	        .may_get = node_flag(rights, "get", true),
	        .may_execute = node_flag(rights, "execute", true),
	        .may_diagnose = node_flag(rights, "diagnose", true),
	        .uptime_s = node_real(map, "uptime_s", 1134180),
	};
	device->generation = generation_of(device->version);
	read_names(node_get(map, "vdoms"), device->vdoms, MAX_NAMES, &device->vdom_count);
	read_cpu(map, device);
	read_processes(map, device);
	read_memory(map, &device->memory);
}

static void read_login(struct node *map, struct login *login)
{
	*login = (struct login){
	        .user = node_text(map, "user", "admin"),
	        .password = node_text(map, "password", "let-me-look"),
	        .pre_banner = node_text(map, "pre_banner", NULL),
	        .post_banner = node_text(map, "post_banner", NULL),
	        .vdom = node_text(map, "vdom", NULL),
	        .vdom_in_prompt = node_flag(map, "vdom_in_prompt", false),
	        .vdom_status = node_flag(map, "vdom_status", true),
	        .greeting = node_text(map, "greeting", NULL),
	        .code = node_text(map, "code", NULL),
	        .algorithms = node_text(map, "algorithms", "any"),
	        .id = node_text(map, "id", "kW_3xTq-Zr"),
	        .interactive = node_flag(map, "interactive", false),
	        .max_sessions = node_int(map, "max_sessions", 0),
	        .over_limit = node_text(map, "over_limit", "denied"),
	        .lockout = node_int(map, "lockout", 3),
	};
}

static void read_console(struct node *map, struct console_style *console)
{
	*console = (struct console_style){
	        .rows = node_int(map, "rows", 0),
	        .pager = node_flag(map, "pager", true),
	        .page_streams = node_flag(map, "page_streams", false),
	        .latency_ms = node_real(map, "latency_ms", 0),
	};
}

/* ---- traffic ---- */

static void read_ping(struct node *map, struct ping_style *ping)
{
	*ping = (struct ping_style){
	        .rtt_ms = node_real(map, "rtt_ms", 5),
	        .jitter_ms = node_real(map, "jitter_ms", 0.4),
	        .lose_every = node_int(map, "lose_every", 0),
	        .lose_percent = node_real(map, "lose_percent", 0),
	        .seed = node_int(map, "seed", 1),
	        .burst_every = node_int(map, "burst_every", 0),
	        .burst_length = node_int(map, "burst_length", 0),
	        .filtered = node_flag(map, "filtered", false),
	        .send_fails = node_flag(map, "send_fails", false),
	        .duplicate_every = node_int(map, "duplicate_every", 0),
	        .late_every = node_int(map, "late_every", 0),
	        .late_ms = node_real(map, "late_ms", 1500),
	        .limit = node_int(map, "limit", 0),
	        .mtu = node_int(map, "mtu", 65535),
	        .ttl = node_int(map, "ttl", 57),
	};
}

static void read_sniffer(struct node *map, const struct device *device, struct sniffer_style *sniffer)
{
	*sniffer = (struct sniffer_style){
	        .original = node_flag(map, "original", device->generation->original),
	        .trailer_on_count = node_flag(map, "trailer_on_count", false),
	        .caret = node_flag(map, "caret", false),
	        .dropped = node_int(map, "dropped", 0),
	        .blind = node_flag(map, "blind", false),
	        .refuse = node_text(map, "refuse", NULL),
	};
}

static void read_faults(struct node *map, struct faults *faults)
{
	*faults = (struct faults){
	        .drop_command = node_text(map, "drop_command", NULL),
	        .drop_bytes = node_int(map, "drop_bytes", 0),
	        .rename_command = node_text(map, "rename_command", NULL),
	        .rename_to = node_text(map, "rename_to", NULL),
	        .rename_role = node_text(map, "rename_role", NULL),
	        .forget_filter = node_flag(map, "forget_filter", false),
	        .split = node_int(map, "split", 0),
	};
}

static unsigned read_proto(struct node *map, const struct addr *client)
{
	const char *word = node_text(map, "proto", "udp");
	if (strcmp(word, "udp") == 0)
		return PROTO_UDP;
	if (strcmp(word, "tcp") == 0)
		return PROTO_TCP;
	if (strcmp(word, "icmp") == 0)
		return client->family == AF_INET6 ? PROTO_ICMP6 : PROTO_ICMP;
	node_bad(map, "proto is udp, tcp or icmp");
}

static enum answer read_answer(struct node *map)
{
	const char *word = node_text(map, "answer", "reply");
	if (strcmp(word, "reply") == 0)
		return ANSWER_REPLY;
	if (strcmp(word, "rst") == 0)
		return ANSWER_RST;
	if (strcmp(word, "none") == 0)
		return ANSWER_NONE;
	node_bad(map, "answer is reply, rst or none");
}

/* "ABCD", the default, or the letters of the legs that packets take. */
static void read_legs(struct node *map, struct flow *flow)
{
	const char *letters = node_text(map, "legs", "ABCD");
	for (const char *p = letters; *p; p++) {
		if (*p < 'A' || *p > 'D')
			node_bad(map, "legs are letters of ABCD");
		flow->leg[*p - 'A'] = true;
	}
}

static void read_hidden(struct node *map, struct flow *flow)
{
	for (const char *p = node_text(map, "hidden", ""); *p; p++) {
		if (*p < 'A' || *p > 'D')
			node_bad(map, "hidden are letters of ABCD");
		flow->hidden[*p - 'A'] = true;
	}
	flow->offloaded = node_flag(map, "offloaded", false);
}

static void read_error(struct node *map, struct icmp_error *error)
{
	struct node *node = node_get(map, "icmp_error");
	if (!node)
		return;
	error->kind = icmp_kind_of(node_text(node, "kind", ""));
	if (error->kind < ICMP_KIND_PORT)
		node_bad(node, "no such kind of ICMP error");
	error->from = read_addr(node, "from", true);
	error->after_ms = node_real(node, "after_ms", 1);
	error->own = node_flag(node, "own", false);
}

static size_t read_times(struct node *map, const char *key, double *times)
{
	struct node *list = node_get(map, key);
	size_t n = node_count(list);
	if (n > MAX_RETRIES)
		node_bad(list, "at most eight times");
	for (size_t i = 0; i < n; i++)
		times[i] = node_number(node_at(list, i));
	return n;
}

static void read_lost(struct node *map, struct lost_data *lost)
{
	struct node *node = node_get(map, "lost");
	if (!node)
		return;
	const char *of = node_text(node, "of", "client");
	if (strcmp(of, "client") != 0 && strcmp(of, "server") != 0)
		node_bad(node, "of client or of server");
	lost->of_client = strcmp(of, "client") == 0;
	long seen = node_int(node, "legs_seen", 2);
	if (seen < 0 || seen > 2)
		node_bad(node, "seen on 0, 1 or 2 legs");
	lost->legs_seen = (unsigned)seen;
	lost->every = node_int(node, "every", 1);
	lost->again_count = read_times(node, "again", lost->again_s);
	if (lost->every < 1 || lost->again_count == 0)
		node_bad(node, "every 1 or more, and again: when it is sent again");
	lost->forever = node_flag(node, "forever", false);
}

static enum gate_resets read_resets(struct node *map)
{
	const char *word = node_text(map, "gate_resets", "nothing");
	if (strcmp(word, "nothing") == 0)
		return GATE_RESETS_NOTHING;
	if (strcmp(word, "syn") == 0)
		return GATE_RESETS_SYN;
	if (strcmp(word, "data") == 0)
		return GATE_RESETS_DATA;
	node_bad(map, "gate_resets is nothing, syn or data");
}

static void read_translations(struct node *map, struct flow *flow)
{
	struct node *snat = node_get(map, "snat"), *dnat = node_get(map, "dnat");
	flow->snat = snat != NULL;
	if (snat) {
		flow->snat_addr = read_addr(snat, "address", true);
		flow->snat_port = (unsigned)node_int(snat, "port", 0);
	}
	flow->dnat = dnat != NULL;
	if (dnat) {
		flow->dnat_addr = read_addr(dnat, "address", true);
		flow->dnat_port = (unsigned)node_int(dnat, "port", 0);
	}
}

static void read_flow(struct node *map, unsigned number, struct flow *flow)
{
	*flow = (struct flow){
	        .number = number,
	        .client = read_addr(map, "client", true),
	        .server = read_addr(map, "server", true),
	        .sport = (unsigned)node_int(map, "sport", 40001),
	        .sport_step = (unsigned)node_int(map, "sport_step", 1),
	        .port = (unsigned)node_int(map, "port", 0),
	        .start_s = node_real(map, "start", 0.3),
	        .period_s = node_real(map, "period", 3),
	        .count = node_int(map, "count", 0),
	        .forward_ms = node_real(map, "forward_ms", 0.11),
	        .rtt_ms = node_real(map, "rtt_ms", 5),
	        .size = (unsigned)node_int(map, "size", 25),
	        .reply_size = (unsigned)node_int(map, "reply_size", 41),
	        .drop_every = node_int(map, "drop_every", 0),
	        .segments = (unsigned)node_int(map, "segments", 1),
	        .gate_resets = read_resets(map),
	        .answer = read_answer(map),
	        .acks = node_flag(map, "acks", true),
	        .repeats = node_flag(map, "repeats", false),
	};
	flow->proto = read_proto(map, &flow->client);
	read_translations(map, flow);
	if (flow->period_s < 0.05)
		node_bad(map, "a period of at least 0.05 s");
	read_names(node_get(map, "inside"), flow->inside, MAX_COPIES, &flow->inside_count);
	read_names(node_get(map, "outside"), flow->outside, MAX_COPIES, &flow->outside_count);
	read_names(node_get(map, "back"), flow->back, MAX_COPIES, &flow->back_count);
	if (!flow->inside_count || !flow->outside_count)
		node_bad(map, "inside and outside name the interfaces");
	read_legs(map, flow);
	read_hidden(map, flow);
	flow->retry_count = read_times(map, "retries", flow->retries_s);
	read_lost(map, &flow->lost);
	read_error(map, &flow->error);
}

static void read_network(struct node *map, struct world *world)
{
	struct node *flows = node_get(map, "flows");
	world->wan = node_text(map, "wan", "wan1");
	world->wan_addr = read_addr(map, "address", false);
	world->wan_addr6 = read_addr(map, "address6", false);
	world->route = node_text(map, "route", "default");
	world->arp = node_flag(map, "arp", true);
	world->gateway = read_addr(map, "gateway", false);
	if (!world->gateway.family) {
		world->gateway = world->wan_addr;
		world->gateway.bytes[3] = 254;
	}
	world->flow_count = node_count(flows);
	world->flows = emu_alloc((world->flow_count + 1) * sizeof *world->flows);
	for (size_t i = 0; i < world->flow_count; i++)
		read_flow(node_at(flows, i), (unsigned)i, &world->flows[i]);
}

/* ---- the file ---- */

struct world *world_load(const char *path)
{
	struct world *world = emu_alloc(sizeof *world);
	struct node *tree = world->tree = node_load(path);
	(void)node_text(tree, "about", "");
	read_device(node_get(tree, "device"), &world->device);
	read_login(node_get(tree, "login"), &world->login);
	read_console(node_get(tree, "console"), &world->console);
	read_ping(node_get(tree, "ping"), &world->ping);
	read_sniffer(node_get(tree, "sniffer"), &world->device, &world->sniffer);
	read_faults(node_get(tree, "faults"), &world->faults);
	read_network(node_get(tree, "network"), world);
	node_use_all(node_get(tree, "entry"));
	node_use_all(node_get(tree, "expect"));
	node_use_all(node_get(tree, "arguments"));
	node_use_all(node_get(tree, "host"));
	node_all_used(tree);
	return world;
}

void world_free(struct world *world)
{
	if (!world)
		return;
	free(world->device.cpu);
	free(world->device.processes);
	free(world->flows);
	node_free(world->tree);
	free(world);
}

bool world_multi(const struct world *world)
{
	return world->device.vdom_count > 0;
}

bool world_has_vdom(const struct world *world, const char *name)
{
	for (size_t i = 0; i < world->device.vdom_count; i++) {
		if (strcmp(world->device.vdoms[i], name) == 0)
			return true;
	}
	return false;
}
