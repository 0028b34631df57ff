#ifndef FGDIAG_TEST_WORLD_H
#define FGDIAG_TEST_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "judge.h"
#include "timestamp.h"

/* Facts built by hand: a world starts healthy and whole, and a test spoils
 * what it is about. The client 10.0.0.5 asks 198.51.100.53:53 by way of
 * internal → wan1. */

enum { WORLD_STEPS = 12, WORLD_PACKETS = 512, WORLD_PINGS = 4, UDP = 17, TCP = 6, ICMP = 1 };

#define WORLD_STARTED_US (INT64_C(1719415108) * US_PER_SECOND)

struct world {
	struct arena *arena;
	struct plan plan;
	struct facts facts;
	struct planned_step planned[WORLD_STEPS];
	struct step_run runs[WORLD_STEPS];
	struct str clean[WORLD_STEPS];
	struct step_list steps;
	struct packet packets[WORLD_PACKETS];
	struct capture capture;
	struct ping_run pings[WORLD_PINGS];
	struct performance performance[2];
	struct cpu_share cores[2][2];
	unsigned core_numbers[2];
	struct top top;
	struct process processes[4];
	struct playbook_check checks[2];
	int64_t now_us; /* of the next packet */
	bool cut;
	struct verdict verdict;
};

static inline struct ip world_ip(const char *text)
{
	struct ip ip = {0};
	if (!ip_parse(str_of(text), &ip))
		abort();
	return ip;
}

static inline struct source world_source(const char *step, unsigned line, const char *text)
{
	return (struct source){step, line, text};
}

static inline void world_step(struct world *w, const char *id, const char *read)
{
	size_t i = w->steps.count++;
	w->planned[i] = (struct planned_step){.id = id, .on = "gate", .lane = "main", .read = read, .command = "x"};
	w->runs[i] =
	        (struct step_run){.planned = &w->planned[i], .id = id, .lane = "main", .command = "x", .scope = ""};
	w->runs[i].end.state = STEP_DONE;
	w->clean[i] = STR("one\ntwo\nthree\n");
}

static inline struct step_run *world_run(struct world *w, const char *id)
{
	for (size_t i = 0; i < w->steps.count; i++) {
		if (strcmp(w->runs[i].id, id) == 0)
			return &w->runs[i];
	}
	abort();
}

static inline void world_fail(struct world *w, const char *id, const char *why)
{
	world_run(w, id)->end.state = STEP_FAILED;
	world_run(w, id)->end.reason = why;
}

/* The n-th ping run: `counted` sequences of which `lost` have no reply. */
static inline void world_ping(struct world *w, size_t n, uint32_t counted, uint32_t lost, bool adaptive)
{
	struct ping_run *run = &w->pings[n];
	const char *step = n == 0 ? "ping-first" : "ping";
	*run = (struct ping_run){
	        .step = step, .requested = counted + 1, .adaptive = adaptive, .options_read_back = true};
	run->started = true;
	run->have_statistics = true;
	run->transmitted = counted + 1;
	run->received = counted - lost + (lost < counted);
	run->replies = ARENA_ARRAY(w->arena, counted + 1, struct ping_reply);
	/* Losses evenly spread, so that they make no burst. */
	uint32_t taken = 0;
	for (uint32_t seq = 0; seq <= counted && lost < counted; seq++) {
		if (seq && (uint64_t)seq * lost / counted > taken) {
			taken++;
			continue;
		}
		run->replies[run->reply_count] = (struct ping_reply){seq, 8000, seq + 2};
		run->reply_count++;
	}
	run->counted = counted;
	run->lost = lost;
	run->longest_run = lost == counted ? lost : (lost > 0);
	run->longest_run_start = 1;
	run->statistics_from = world_source(step, counted + 5, "packets transmitted");
	if (w->facts.ping_count <= n)
		w->facts.ping_count = n + 1;
}

static inline void world_cpu(struct world *w, size_t n, double busy, double softirq)
{
	struct performance *sample = &w->performance[n];
	*sample = (struct performance){.step = n ? "performance.2" : "performance.1", .have_all = true};
	struct cpu_share share = {.user = busy - softirq, .idle = 100 - busy, .have_irq = true, .softirq = softirq};
	share.from = world_source(sample->step, 1, "CPU states");
	sample->all = share;
	sample->cores = w->cores[n];
	sample->core_numbers = w->core_numbers;
	sample->core_count = 2;
	for (unsigned c = 0; c < 2; c++) {
		w->cores[n][c] = share;
		w->cores[n][c].from.line = 2 + c;
		w->core_numbers[c] = c;
	}
	sample->have_memory = true;
}

static inline void world_memory(struct world *w, double used, int conserving)
{
	facts_set_real(&w->facts, FACT_ID_MEMORY_USED, used, world_source("performance.2", 4, "Memory: used"));
	facts_set_int(&w->facts, FACT_ID_MEMORY_TOTAL, 4000000, world_source("memory", 1, "MemTotal"));
	if (conserving >= 0)
		facts_set_int(&w->facts, FACT_ID_CONSERVE_MODE, conserving,
		              world_source("conserve", 1, "memory conserve mode"));
	facts_set_int(&w->facts, FACT_ID_CONSERVE_EXTREME, 95, world_source("conserve", 5, "extreme"));
	facts_set_int(&w->facts, FACT_ID_CONSERVE_RED, 88, world_source("conserve", 6, "red"));
	facts_set_int(&w->facts, FACT_ID_CONSERVE_GREEN, 82, world_source("conserve", 7, "green"));
}

/* ---- packets ---- */

static inline struct packet *world_packet(struct world *w, const char *interface, enum packet_direction direction,
                                          unsigned proto, const char *src, unsigned src_port, const char *dst,
                                          unsigned dst_port)
{
	if (w->capture.packet_count >= WORLD_PACKETS)
		abort();
	struct packet *packet = &w->packets[w->capture.packet_count++];
	*packet = (struct packet){.time_us = w->now_us, .interface = interface, .direction = direction};
	packet->proto = (uint8_t)proto;
	packet->src = world_ip(src);
	packet->dst = world_ip(dst);
	packet->src_port = (uint16_t)src_port;
	packet->dst_port = (uint16_t)dst_port;
	packet->length = proto == UDP ? 40 : 0;
	packet->line = (unsigned)w->capture.packet_count + 2;
	packet->text = str_of(arena_printf(w->arena, "packet %zu %s %s", w->capture.packet_count, src, dst));
	w->now_us += 20;
	return packet;
}

#define CLIENT "10.0.0.5"
#define SERVER "198.51.100.53"

/* The legs of one packet, as a text of letters: "AB" "ABCD" … */
static inline void world_legs(struct world *w, const char *legs, unsigned proto, unsigned port, unsigned flags)
{
	unsigned server_port = proto == ICMP ? 0 : proto == TCP ? 443 : 53;
	for (; *legs; legs++) {
		bool reply = *legs == 'C' || *legs == 'D';
		bool in = *legs == 'A' || *legs == 'C';
		const char *interface = *legs == 'A' || *legs == 'D' ? "internal" : "wan1";
		if (*legs == 'C')
			w->now_us += 8000;
		struct packet *packet =
		        world_packet(w, interface, in ? PACKET_IN : PACKET_OUT, proto, reply ? SERVER : CLIENT,
		                     reply ? server_port : port, reply ? CLIENT : SERVER, reply ? port : server_port);
		if (proto == ICMP)
			packet->icmp = reply ? ICMP_ECHO_REPLY : ICMP_ECHO_REQUEST;
		if (proto != TCP)
			continue;
		packet->tcp_flags = (uint8_t)(reply ? flags >> 8 : flags & 0xff);
		packet->have_seq = true;
		packet->tcp_seq = reply ? 900000 + port : 100000 + port;
	}
	w->now_us += US_PER_SECOND;
}

/* request and reply flags for world_legs */
#define FLAGS(request, reply) ((unsigned)(request) | (unsigned)(reply) << 8)
#define SYN_SYNACK            FLAGS(TCP_SYN, TCP_SYN | TCP_ACK)
#define SYN_RST               FLAGS(TCP_SYN, TCP_RST | TCP_ACK)

static inline void world_forget_packets(struct world *w)
{
	w->capture.packet_count = 0;
	w->now_us = US_PER_SECOND;
}

static inline void world_aim(struct world *w, unsigned proto)
{
	struct target *target = &w->plan.target;
	target->proto = proto;
	target->have_proto = true;
	target->server_port = proto == ICMP ? 0 : proto == TCP ? 443 : 53;
	target->client_port = proto == ICMP ? 0 : 50000;
	w->capture.filter = proto == ICMP ? "( host " CLIENT " or host " SERVER " ) and ( icmp )"
	                    : proto == TCP
	                            ? "( host " CLIENT " or host " SERVER
	                              " ) and ( port 443 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )"
	                            : "( host " CLIENT " or host " SERVER
	                              " ) and ( port 53 or icmp[0] = 3 or icmp[0] = 11 ) and not ( tcp port 22 )";
}

static inline struct packet *world_error(struct world *w, const char *interface, enum packet_direction direction,
                                         const char *src, const char *dst, enum packet_icmp icmp, const char *quoted,
                                         unsigned quoted_proto, unsigned quoted_port)
{
	struct packet *packet = world_packet(w, interface, direction, ICMP, src, 0, dst, 0);
	packet->icmp = icmp;
	if (quoted)
		packet->quoted_dst = world_ip(quoted);
	packet->quoted_proto = (uint8_t)quoted_proto;
	packet->quoted_port = (uint16_t)quoted_port;
	return packet;
}

static inline void world_healthy_traffic(struct world *w)
{
	for (unsigned i = 0; i < 3; i++)
		world_legs(w, "ABCD", UDP, 50000 + i, 0);
}

static inline struct world *world_new(void)
{
	struct arena *arena = arena_new();
	struct world *w = ARENA_NEW(arena, struct world);
	w->arena = arena;
	static const char *const steps[][2] = {{"status", "status"},
	                                       {"performance.1", "performance"},
	                                       {"performance.2", "performance"},
	                                       {"top", "top"},
	                                       {"memory", "memory"},
	                                       {"conserve", "conserve"},
	                                       {"ping-first", "ping"},
	                                       {"ping", "ping"},
	                                       {"sniffer", "sniffer"}};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		world_step(w, steps[i][0], steps[i][1]);
	w->steps.steps = w->runs;
	w->plan.playbook.thresholds =
	        (struct thresholds){1, 5, 80, 90, 90, 80, 5, 75, 82, 88, 95, 15 * 60 * US_PER_SECOND};
	facts_init(&w->facts, "not measured");
	w->facts.performance = w->performance;
	w->facts.performance_count = 2;
	w->facts.tops = &w->top;
	w->facts.top_count = 1;
	w->top = (struct top){.step = "top", .frames = 2, .processes = w->processes, .process_count = 1};
	w->processes[0] = (struct process){"miglogd", 100, 'S', 1.0, 1.0, false, {"top", 3, "miglogd"}};
	w->facts.pings = w->pings;
	w->facts.captures = &w->capture;
	w->facts.capture_count = 1;
	w->capture = (struct capture){.step = "sniffer", .started = true, .clock = CAPTURE_UTC, .packets = w->packets};
	w->capture.requested = 1000;
	w->capture.interrupted = true;
	w->capture.have_trailer = true;
	w->capture.quiet_us = 6 * US_PER_SECOND;
	w->capture.duration_us = 30 * US_PER_SECOND;
	w->capture.trailer_from = world_source("sniffer", 90, "packets received by filter");
	w->now_us = US_PER_SECOND;
	struct target *target = &w->plan.target;
	target->have_entry = true;
	target->client = world_ip(CLIENT);
	target->server = world_ip(SERVER);
	target->nat_unknown = true;
	w->plan.entries.entry.time_kind = ENTRY_TIME_UTC;
	w->plan.entries.entry.time_us = WORLD_STARTED_US - 60 * US_PER_SECOND;
	world_aim(w, UDP);
	world_cpu(w, 0, 12, 1);
	world_cpu(w, 1, 10, 1);
	world_memory(w, 40, 0);
	world_ping(w, 0, 4, 0, false);
	world_ping(w, 1, 300, 0, false);
	return w;
}

static inline void world_free(struct world *w)
{
	arena_free(w->arena);
}

/* The capture's trailer agrees with what was read. */
static inline void world_close(struct world *w)
{
	w->capture.received = w->capture.packet_count;
}

static inline const struct verdict *world_judge_as_is(struct world *w)
{
	struct judge_input input = {.plan = &w->plan,
	                            .facts = &w->facts,
	                            .steps = &w->steps,
	                            .clean = w->clean,
	                            .started_us = WORLD_STARTED_US,
	                            .duration_us = 60 * US_PER_SECOND,
	                            .cut = w->cut};
	judge(w->arena, &input, &w->facts, &w->verdict);
	return &w->verdict;
}

static inline const struct verdict *world_judge(struct world *w)
{
	world_close(w);
	return world_judge_as_is(w);
}

/* Judged again: does a note of the verdict hold these words? */
static inline bool world_told(struct world *w, const char *words)
{
	world_judge(w);
	for (size_t i = 0; i < w->verdict.note_count; i++) {
		if (strstr(w->verdict.notes[i], words))
			return true;
	}
	return false;
}

#endif
