#include "sessions.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "console.h"
#include "event_log.h"
#include "flow.h"

enum { MAX_SESSIONS = 64, UDP_S = 180, HALF_OPEN_S = 10, TCP_S = 3600 };

struct session {
	const struct flow *flow;
	unsigned sport;
	int64_t first_us, last_us;
	unsigned sent, sent_bytes, back, back_bytes;
	bool syn_ack, ended;
};

/* ---- filter ---- */

static void print_addr(struct console *console, const char *name, const struct addr *addr)
{
	char text[ADDR_TEXT] = "any";
	if (!addr->family) {
		console_print(console, "\t%s: any\n", name);
		return;
	}
	addr_print(addr, text);
	console_print(console, "\t%s: %s-%s\n", name, text, text);
}

static void print_number(struct console *console, const char *name, long value)
{
	if (value)
		console_print(console, "\t%s: %ld-%ld\n", name, value, value);
	else
		console_print(console, "\t%s: any\n", name);
}

static void show(struct console *console, const struct session_filter *filter)
{
	console_print(console, "session filter:\n\tvd: any\n\tsintf: any\n\tdintf: any\n");
	print_number(console, "proto", filter->proto);
	console_print(console, "\tproto-state: any\n");
	print_addr(console, "source ip", &filter->src);
	console_print(console, "\tNAT'd source ip: any\n");
	print_addr(console, "dest ip", &filter->dst);
	console_print(console, "\tsource port: any\n\tNAT'd source port: any\n");
	print_number(console, "dest port", filter->dport);
	console_print(console, "\tpolicy id: any\n\texpire: any\n\tduration: any\n");
}

static bool take_number(const char *word, long max, long *out)
{
	char *end;
	long value = strtol(word, &end, 10);
	if (*end || value < 1 || value > max)
		return false;
	*out = value;
	return true;
}

static bool take(struct session_filter *filter, const char *name, const char *word, int family)
{
	struct addr addr;
	if (strcmp(name, "proto") == 0)
		return take_number(word, 255, &filter->proto);
	if (strcmp(name, "dport") == 0)
		return take_number(word, 65535, &filter->dport);
	if (!addr_parse(word, &addr) || addr.family != family)
		return false;
	*(strcmp(name, "src") == 0 ? &filter->src : &filter->dst) = addr;
	return true;
}

static void set_filter(struct console *console, struct session_filter *filter, int family, int argc, char **argv)
{
	static const char *const names[] = {"src", "dst", "proto", "dport"};
	if (argc == 0) {
		show(console, filter);
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], argv[0]) != 0)
			continue;
		if (argc == 1)
			command_incomplete(console);
		else if (console->world->faults.forget_filter && i == 1)
			return;
		else if (!take(filter, argv[0], argv[1], family))
			command_value_error(console, argv[1]);
		return;
	}
	command_parse_error(console, argv[0]);
}

/* ---- sessions ---- */

static struct session *session_of(struct session *all, size_t *count, const struct flow *flow, unsigned sport)
{
	for (size_t i = 0; i < *count; i++) {
		if (all[i].flow == flow && all[i].sport == sport)
			return &all[i];
	}
	if (*count == MAX_SESSIONS)
		return NULL;
	all[*count] = (struct session){.flow = flow, .sport = sport};
	return &all[(*count)++];
}

static void add_packet(struct session *all, size_t *count, const struct flow *flow, const struct packet *packet)
{
	bool there = addr_equal(&packet->src, &flow->client), inside = strcmp(packet->interface, flow->inside[0]) == 0;
	bool error = packet->icmp >= ICMP_KIND_PORT;
	if (!inside || packet->out == there)
		return;
	struct session *session = session_of(all, count, flow, there && !error ? packet->sport : packet->dport);
	if (!session)
		return;
	session->first_us = session->first_us ? session->first_us : packet->time_us;
	session->last_us = packet->time_us;
	session->ended |= error || (packet->flags & (FLAG_RST | FLAG_FIN));
	session->syn_ack |= (packet->flags & (FLAG_SYN | FLAG_ACK)) == (FLAG_SYN | FLAG_ACK);
	*(there ? &session->sent : &session->back) += 1;
	*(there ? &session->sent_bytes : &session->back_bytes) += packet->length + 28;
}

/* What the device itself has passed on in the last minutes, whatever a sniffer
 * sees of it. */
static size_t sessions_make(const struct world *world, const struct flow *of, struct session *all)
{
	struct flow truth = *of;
	struct world alone = *world;
	struct packet_list packets = {0};
	size_t count = 0;
	memset(truth.hidden, 0, sizeof truth.hidden);
	truth.offloaded = false;
	alone.flows = &truth;
	alone.flow_count = 1;
	if (of->leg[0] && of->leg[1])
		flow_packets(&alone, world_now() - UDP_S * INT64_C(1000000), world_now(), &packets);
	packet_list_sort(&packets);
	for (size_t i = 0; i < packets.count; i++)
		add_packet(all, &count, &truth, &packets.items[i]);
	for (size_t i = 0; i < count; i++)
		all[i].flow = of;
	packet_list_free(&packets);
	return count;
}

static int64_t timeout_s(const struct session *session)
{
	if (session->flow->proto == PROTO_TCP)
		return session->syn_ack ? TCP_S : HALF_OPEN_S;
	return session->flow->proto == PROTO_UDP ? UDP_S : 60;
}

static const char *proto_state(const struct session *session)
{
	if (session->flow->proto == PROTO_TCP)
		return session->syn_ack ? "01" : "02";
	return session->flow->proto == PROTO_UDP && session->back ? "01" : "00";
}

static void print_session(struct console *console, const struct session *session)
{
	const struct flow *flow = session->flow;
	char client[ADDR_TEXT], server[ADDR_TEXT], nat[ADDR_TEXT] = "0.0.0.0";
	int64_t quiet_s = (world_now() - session->last_us) / 1000000;
	bool v6 = flow->client.family == AF_INET6;
	addr_print(&flow->client, client);
	addr_print(&flow->server, server);
	if (flow->snat)
		addr_print(&flow->snat_addr, nat);
	console_print(console,
	              "\n%s info: proto=%u proto_state=%s duration=%lld expire=%lld timeout=%d flags=00000000 "
	              "sockflag=00000000 sockport=0 av_idx=0 use=3\n",
	              v6 ? "session6" : "session", flow->proto, proto_state(session),
	              (long long)((world_now() - session->first_us) / 1000000),
	              (long long)(timeout_s(session) - quiet_s), flow->proto == PROTO_TCP ? TCP_S : 0);
	console_print(console,
	              "origin-shaper=\nreply-shaper=\nper_ip_shaper=\nclass_id=0 ha_id=0 policy_dir=0 tunnel=/ "
	              "vlan_cos=0/255\nstate=may_dirty %s\n",
	              flow->offloaded ? "npu " : "");
	console_print(console, "statistic(bytes/packets/allow_err): org=%u/%u/1 reply=%u/%u/%d tuples=2\n",
	              session->sent_bytes, session->sent, session->back_bytes, session->back, session->back > 0);
	console_print(console, "hook=%s dir=org act=%s %s:%u->%s:%u(%s:%u)\n", flow->snat ? "post" : "pre",
	              flow->snat ? "snat" : "noop", client, session->sport, server, flow->port, v6 ? "::" : nat,
	              flow->snat ? session->sport : 0);
	console_print(console, "misc=0 policy_id=20 auth_info=0 chk_client_info=0 vd=0\n");
	if (flow->offloaded)
		console_print(console, "npu_state=0x4000c00 ofld-O ofld-R\nnpu info: flag=0x81/0x81, offload=8/8, "
		                       "ips_offload=0/0, epid=150/156, ipid=156/150, vlan=0x0000/0x0000\n");
	else
		console_print(console, "npu_state=0x000100\nno_ofld_reason:  disabled-by-policy\n");
}

static bool is_wanted(const struct session_filter *filter, const struct session *session)
{
	const struct flow *flow = session->flow;
	int64_t expire_us = session->last_us + timeout_s(session) * 1000000;
	return !session->ended && session->sent > 0 && expire_us > world_now() &&
	       (!filter->src.family || addr_equal(&filter->src, &flow->client)) &&
	       (!filter->dst.family || addr_equal(&filter->dst, &flow->server)) &&
	       (!filter->proto || (unsigned long)filter->proto == flow->proto) &&
	       (!filter->dport || (unsigned long)filter->dport == flow->port);
}

static void list(struct console *console, const struct session_filter *filter, int family)
{
	unsigned total = 0;
	if (!filter->src.family || !filter->dst.family)
		event_log(console->session, "VIOLATION", "lists sessions without a filter");
	for (size_t i = 0; i < console->world->flow_count; i++) {
		struct session sessions[MAX_SESSIONS];
		const struct flow *flow = &console->world->flows[i];
		size_t count = flow->client.family == family ? sessions_make(console->world, flow, sessions) : 0;
		for (size_t k = 0; k < count; k++) {
			if (!is_wanted(filter, &sessions[k]))
				continue;
			print_session(console, &sessions[k]);
			total++;
		}
	}
	console_print(console, "total session%s %u\n", family == AF_INET6 ? "6" : "", total);
}

void run_session_filter(struct console *console, int argc, char **argv)
{
	set_filter(console, &console->session_filter[0], AF_INET, argc, argv);
}

void run_session6_filter(struct console *console, int argc, char **argv)
{
	set_filter(console, &console->session_filter[1], AF_INET6, argc, argv);
}

void run_session_list(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	list(console, &console->session_filter[0], AF_INET);
}

void run_session6_list(struct console *console, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	list(console, &console->session_filter[1], AF_INET6);
}
