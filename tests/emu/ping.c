#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "console.h"
#include "die.h"
#include "flow.h"
#include "state.h"

/* execute ping and ping6: in the world's time, however late a tick comes. */

enum { MAX_WAITING = 64 };

struct waiting {
	long number;            /* from 0 */
	int64_t sent_us, at_us; /* at_us: the reply's arrival, or the end of the wait */
	bool lost;
};

struct ping {
	struct job job;
	struct ping_options options;
	const struct ping_style *style;
	struct addr target;
	char name[ADDR_TEXT];
	bool v6;
	unsigned run;
	long sent, received, duplicates;
	double min_ms, max_ms, sum_ms, squares;
	int64_t began_us, next_us; /* when the next one goes */
	int64_t second;            /* of the newest answer, and how many it has had */
	long in_second;
	struct waiting waiting[MAX_WAITING];
	size_t waiting_count;
};

/* ---- the world's answer ---- */

static double fraction(const struct ping *ping, long number, uint64_t what)
{
	uint64_t key = (uint64_t)ping->style->seed * 1000003u + ping->run * 7919u + what;
	return (double)(flow_hash(key, (uint64_t)number) >> 11) / 9007199254740992.0;
}

static bool is_lost(const struct ping *ping, long number)
{
	const struct ping_style *style = ping->style;
	if (style->filtered)
		return true;
	if (style->lose_every && number % style->lose_every == style->lose_every - 1)
		return true;
	if (style->burst_every && number >= style->burst_every && number % style->burst_every < style->burst_length)
		return true;
	return style->lose_percent > 0 && fraction(ping, number, 1) * 100 < style->lose_percent;
}

/* A limit on answers is one on time: whoever asks seldom never meets it. */
static bool is_over_limit(struct ping *ping, int64_t sent_us)
{
	int64_t second = (sent_us - ping->began_us) / 1000000;
	if (second != ping->second)
		ping->in_second = 0;
	ping->second = second;
	return ping->style->limit && ping->in_second++ >= ping->style->limit;
}

static bool is_too_large(const struct ping *ping)
{
	return ping->options.df_bit && ping->options.data_size + 28 > ping->style->mtu;
}

static double rtt_ms(const struct ping *ping, long number)
{
	double ms = ping->style->rtt_ms + ping->style->jitter_ms * (2 * fraction(ping, number, 2) - 1);
	if (ping->style->late_every && number % ping->style->late_every == ping->style->late_every - 1)
		ms += ping->style->late_ms;
	return ms < 0.1 ? 0.1 : floor(ms * 10 + 0.5) / 10;
}

/* The device's own packets are on its interfaces too. */
static void show_packet(const struct ping *ping, const struct console *console, const struct waiting *echo, bool reply)
{
	const struct world *world = console->world;
	const struct addr *own = ping->v6 ? &world->wan_addr6 : &world->wan_addr;
	struct packet packet = {
	        .time_us = reply ? echo->at_us : echo->sent_us,
	        .interface = world->wan,
	        .out = !reply,
	        .proto = ping->v6 ? PROTO_ICMP6 : PROTO_ICMP,
	        .src = reply ? ping->target : *own,
	        .dst = reply ? *own : ping->target,
	        .seq = (uint32_t)echo->number,
	        .icmp = reply ? ICMP_KIND_ECHO_REPLY : ICMP_KIND_ECHO_REQUEST,
	};
	if (own->family)
		state_echo(&packet);
}

/* ---- lines ---- */

static void print_reply(struct ping *ping, struct console *console, const struct waiting *echo)
{
	double ms = (double)(echo->at_us - echo->sent_us) / 1000;
	ping->received++;
	ping->min_ms = ping->received == 1 || ms < ping->min_ms ? ms : ping->min_ms;
	ping->max_ms = ms > ping->max_ms ? ms : ping->max_ms;
	ping->sum_ms += ms;
	ping->squares += ms * ms;
	if (ping->style->duplicate_every && echo->number % ping->style->duplicate_every == 0)
		ping->duplicates++;
	console_print(console, "%ld bytes from %s: icmp_seq=%ld ttl=%ld time=%.1f ms\n", ping->options.data_size + 8,
	              ping->name, echo->number + ping->v6, ping->style->ttl, ms);
}

static void print_statistics(struct ping *ping, struct console *console, int64_t now_us)
{
	char more[64] = "";
	long loss = ping->sent ? (ping->sent - ping->received) * 100 / ping->sent : 0;
	double mean = ping->received ? ping->sum_ms / (double)ping->received : 0;
	if (ping->duplicates)
		(void)snprintf(more, sizeof more, "%ld duplicates, ", ping->duplicates);
	console_print(console, "\n--- %s ping statistics ---\n", ping->name);
	console_print(console, "%ld packets transmitted, %ld packets received, %s%ld%% packet loss", ping->sent,
	              ping->received, more, loss);
	if (ping->v6)
		console_print(console, ", time %lldms", (long long)((now_us - ping->began_us) / 1000));
	console_print(console, "\n");
	if (!ping->received)
		return;
	if (ping->v6)
		console_print(console, "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", ping->min_ms, mean,
		              ping->max_ms, sqrt(fabs(ping->squares / (double)ping->received - mean * mean)));
	else
		console_print(console, "round-trip min/avg/max = %.1f/%.1f/%.1f ms\n", ping->min_ms, mean,
		              ping->max_ms);
}

/* ---- time ---- */

static void send_one(struct ping *ping, struct console *console)
{
	long number = ping->sent++;
	struct waiting *echo = &ping->waiting[ping->waiting_count];
	int64_t sent_us = ping->next_us, timeout_us = ping->options.timeout * 1000000;
	int64_t rtt_us = (int64_t)(rtt_ms(ping, number) * 1000);
	ping->next_us = ping->options.adaptive ? INT64_MAX : sent_us + ping->options.interval * 1000000;
	if (ping->style->send_fails) {
		console_print(console, "sendto failed\n");
		ping->next_us = sent_us + ping->options.interval * 1000000;
		return;
	}
	bool lost = is_lost(ping, number) || is_too_large(ping) || is_over_limit(ping, sent_us) || rtt_us > timeout_us;
	*echo = (struct waiting){number, sent_us, sent_us + (lost ? timeout_us : rtt_us), lost};
	ping->waiting_count++;
	show_packet(ping, console, echo, false);
}

static size_t earliest(const struct ping *ping)
{
	size_t best = 0;
	for (size_t i = 1; i < ping->waiting_count; i++) {
		if (ping->waiting[i].at_us < ping->waiting[best].at_us)
			best = i;
	}
	return best;
}

static void end_one(struct ping *ping, struct console *console, size_t which)
{
	struct waiting echo = ping->waiting[which];
	memmove(&ping->waiting[which], &ping->waiting[which + 1],
	        (ping->waiting_count - which - 1) * sizeof ping->waiting[0]);
	ping->waiting_count--;
	if (ping->options.adaptive && ping->sent == echo.number + 1)
		ping->next_us = echo.at_us;
	if (echo.lost)
		return;
	show_packet(ping, console, &echo, true);
	print_reply(ping, console, &echo);
}

static void ping_tick(struct job *job, struct console *console, int64_t now_us)
{
	struct ping *ping = (struct ping *)job;
	while (!console->finished) {
		size_t first = earliest(ping);
		int64_t reply_us = ping->waiting_count ? ping->waiting[first].at_us : INT64_MAX;
		bool more = ping->sent < ping->options.repeat_count && ping->waiting_count < MAX_WAITING;
		int64_t send_us = more ? ping->next_us : INT64_MAX;
		if (reply_us == INT64_MAX && send_us == INT64_MAX) {
			print_statistics(ping, console, now_us);
			console_finish(console);
		} else if (reply_us <= send_us && reply_us <= now_us) {
			end_one(ping, console, first);
		} else if (send_us < reply_us && send_us <= now_us) {
			send_one(ping, console);
		} else {
			return;
		}
	}
}

static bool ping_key(struct job *job, struct console *console, char key)
{
	if (key != 3 || console->finished)
		return false;
	ping_tick(job, console, world_now());
	if (!console->finished) {
		print_statistics((struct ping *)job, console, world_now());
		console_finish(console);
	}
	return true;
}

static void ping_free(struct job *job)
{
	free(job);
}

static void start(struct console *console, const char *target, bool v6)
{
	struct addr addr;
	if (!addr_parse(target, &addr) || (addr.family == AF_INET6) != v6) {
		console_print(console, v6 ? "unknown host %s\n" : "Unable to resolve hostname.\n", target);
		return;
	}
	struct ping *ping = emu_alloc(sizeof *ping);
	*ping = (struct ping){.job = {"ping", ping_tick, ping_key, ping_free},
	                      .options = v6 ? console->ping6_options : console->ping_options,
	                      .style = &console->world->ping,
	                      .target = addr,
	                      .v6 = v6,
	                      .run = console->ping_runs++,
	                      .began_us = world_now()};
	ping->next_us = ping->began_us;
	addr_print(&addr, ping->name);
	console->job = &ping->job;
	console_print(console, v6 ? "PING %s(%s) %ld data bytes\n" : "PING %s (%s): %ld data bytes\n", ping->name,
	              ping->name, ping->options.data_size);
}

void run_ping(struct console *console, int argc, char **argv)
{
	(void)argc;
	start(console, argv[0], false);
}

void run_ping6(struct console *console, int argc, char **argv)
{
	(void)argc;
	start(console, argv[0], true);
}
