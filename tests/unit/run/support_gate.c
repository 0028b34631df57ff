#include "support_gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "link.h"

enum { TURNS_TOO_MANY = 20000, OUTPUT_BYTES = 1 << 20, RECEIVED_BYTES = 1 << 16 };

enum runs { RUNS_NOTHING, RUNS_PLAIN, RUNS_PING, RUNS_SNIFFER, RUNS_TOP, RUNS_FOREVER };

struct link {
	struct gate_session *session;
	unsigned number;
	enum link_state state;
	int64_t up_us;
	struct err error;
	struct buf line;   /* being typed */
	struct buf output; /* for fgdiag to read */
	enum runs runs;
	struct gate_line *now; /* the line that runs */
	int64_t next_us;       /* its next output */
	int64_t death_us;
	unsigned sent, received;
	unsigned repeat_count;
	bool options, adaptive;
	bool ended;
	struct link *next;
	int news_fd; /* readable when there is something to do now */
};

struct gate gate;
static struct link *links;

void gate_init(const struct gate_script *script)
{
	gate = (struct gate){.script = *script};
	links = NULL;
	for (size_t i = 0; i < GATE_SESSIONS; i++)
		buf_init(&gate.sessions[i].received, RECEIVED_BYTES);
	for (size_t i = 0; i < GATE_SIGNALS; i++) {
		if (gate.script.signal_us[i] == 0)
			gate.script.signal_us[i] = GATE_NEVER;
	}
	if (pipe2(gate.wake, O_NONBLOCK | O_CLOEXEC) < 0)
		abort();
}

void gate_done(void)
{
	for (size_t i = 0; i < GATE_SESSIONS; i++)
		buf_done(&gate.sessions[i].received);
	(void)close(gate.wake[0]);
	(void)close(gate.wake[1]);
}

const struct gate_line *gate_typed(const char *text)
{
	for (size_t i = 0; i < gate.line_count; i++) {
		if (strstr(gate.lines[i].text, text))
			return &gate.lines[i];
	}
	return NULL;
}

unsigned gate_count(const char *text)
{
	unsigned count = 0;
	for (size_t i = 0; i < gate.line_count; i++)
		count += strstr(gate.lines[i].text, text) != NULL;
	return count;
}

/* ---- what the console prints ---- */

static void print(struct link *link, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			buf_add_char(&link->output, '\r');
		buf_add_char(&link->output, *text);
	}
}

__attribute__((format(printf, 2, 3))) static void printed(struct link *link, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	print(link, text);
}

static void command_over(struct link *link)
{
	link->runs = RUNS_NOTHING;
	link->next_us = GATE_NEVER;
	if (link->now)
		link->now->ended_us = gate.now_us;
	link->now = NULL;
	print(link, "\nFGT # ");
}

static void die(struct link *link)
{
	link->ended = link->session->died = true;
	link->next_us = link->death_us = GATE_NEVER;
}

static void ping_statistics(struct link *link)
{
	unsigned lost = link->sent ? (link->sent - link->received) * 100 / link->sent : 0;
	printed(link, "\n--- 8.8.4.4 ping statistics ---\n");
	printed(link, "%u packets transmitted, %u packets received, %u%% packet loss\n", link->sent, link->received,
	        lost);
	if (link->received)
		print(link, "round-trip min/avg/max = 1.0/1.0/1.0 ms\n");
	command_over(link);
}

static void ping_step(struct link *link)
{
	int64_t rtt_us = gate.script.rtt_us ? gate.script.rtt_us : 1000;
	if (link->sent == 0)
		print(link, "PING 8.8.4.4 (8.8.4.4): 56 data bytes\n");
	if (link->sent >= link->repeat_count) {
		ping_statistics(link);
		return;
	}
	bool limited = gate.script.limits_pings && link->adaptive && link->sent % 5 == 4;
	if (!gate.script.silent_server && !limited) {
		link->received++;
		printed(link, "64 bytes from 8.8.4.4: icmp_seq=%u ttl=117 time=%.1f ms\n", link->sent,
		        (double)rtt_us / 1000);
	}
	link->sent++;
	link->next_us = gate.now_us + (link->adaptive ? rtt_us : GATE_SECOND);
}

static void sniffer_step(struct link *link)
{
	unsigned rate = gate.script.packets_a_second;
	if (link->sent == 0) {
		const char *filter = strchr(link->now->text, '"');
		int n = filter ? (int)strcspn(filter + 1, "\"") : 0;
		printed(link, "Using Original Sniffing Mode\ninterfaces=[any]\nfilters=[%.*s]\n", n,
		        filter ? filter + 1 : "");
	} else {
		printed(link, "2024-08-28 16:36:%02u.%06u port1 in 192.168.5.9.%u -> 8.8.8.8.53: udp 40\n",
		        link->sent / rate % 60, link->sent, 20000 + link->sent);
	}
	link->sent++;
	link->next_us = rate ? gate.now_us + GATE_SECOND / rate : GATE_NEVER;
}

static void top_step(struct link *link)
{
	print(link, "\x1b[H\x1b[JRun Time:  4 days, 1 hours and 2 minutes\n"
	            "0U, 0N, 1S, 99I, 0WA, 0HI, 0SI, 0ST; 1866T, 763F\n");
	link->next_us = gate.now_us + GATE_SECOND;
}

static void options_print(struct link *link)
{
	printed(link,
	        "Ping Options:\n\tRepeat Count: %u\n\tData Size: 56\n\tTimeout: 2\n\tInterval: 1\n\tAdaptive Ping: "
	        "%s\n",
	        link->repeat_count, link->adaptive ? "enable" : "disable");
}

static bool is_refused(const char *text)
{
	bool sudo = strncmp(text, "sudo ", 5) == 0;
	return (gate.script.no_sudo && sudo) || (gate.script.no_sudo_ping && sudo && strstr(text, "execute ping ")) ||
	       (gate.script.no_sniffer && strstr(text, "sniffer")) ||
	       (gate.script.no_get_at_all && strstr(text, "get system performance"));
}

static void status_print(struct link *link)
{
	print(link, "Version: FortiGate-61F v7.4.8,build2795,250523 (GA.M)\nHostname: FGT\n");
	if (gate.script.vdom)
		printed(link, "Current virtual domain: %s\n", gate.script.vdom);
	if (!gate.script.no_mode)
		printed(link, "Virtual domain configuration: %s\n", gate.script.multi_vdom ? "multiple" : "disable");
}

static void plain_step(struct link *link)
{
	const char *text = link->now->text;
	if (is_refused(text))
		print(link, "\ncommand parse error before 'global'\nCommand fail. Return code -61\n");
	else if (strstr(text, "get system status"))
		status_print(link);
	else if (strstr(text, "view-settings"))
		options_print(link);
	else if (strstr(text, "adaptive-ping") && gate.script.refuses_adaptive)
		print(link, "command parse error before 'adaptive-ping'\nCommand fail. Return code -61\n");
	else if (strstr(text, "sniffer"))
		print(link, "filters error: syntax error\n");
	else if (strstr(text, "session filter") && strstr(text, "filter ") == NULL)
		print(link, gate.script.forgets_filter
		                    ? "session filter:\n\tproto: any\n\tsource ip: any\n\tdest ip: any\n"
		                    : "session filter:\n\tproto: 17-17\n\tsource ip: "
		                      "192.168.5.4-192.168.5.4\n\tdest ip: 8.8.4.4-8.8.4.4\n"
		                      "\tdest port: 53-53\n");
	else if (strstr(text, "session list"))
		print(link, "total session 0\n");
	else if (!strstr(text, "-options") && !strstr(text, "session filter"))
		print(link, gate.script.busy ? "CPU states: 1% user 94% system 0% nice 5% idle\n"
		                             : "CPU states: 0% user 1% system 0% nice 99% idle\n");
	command_over(link);
}

static void step(struct link *link)
{
	switch (link->runs) {
	case RUNS_PLAIN:
		plain_step(link);
		break;
	case RUNS_PING:
		ping_step(link);
		break;
	case RUNS_SNIFFER:
		sniffer_step(link);
		break;
	case RUNS_TOP:
		top_step(link);
		break;
	case RUNS_NOTHING:
	case RUNS_FOREVER:
		link->next_us = GATE_NEVER;
		break;
	}
}

/* ---- what is typed ---- */

static enum runs kind_of(const char *text)
{
	if (is_refused(text))
		return RUNS_PLAIN;
	if (strstr(text, "performance top"))
		return RUNS_TOP;
	if (strstr(text, "execute ping ") || strstr(text, "execute ping6 "))
		return RUNS_PING;
	if (strstr(text, "sniffer"))
		return gate.script.refuses_icmp_offset && strchr(text, '[') ? RUNS_PLAIN : RUNS_SNIFFER;
	return RUNS_PLAIN;
}

static void options_take(struct link *link, const char *text)
{
	const char *count = strstr(text, "repeat-count ");
	if (strstr(text, "-options reset")) {
		link->options = link->adaptive = false;
		link->repeat_count = 5;
	} else if (count) {
		link->options = true;
		link->repeat_count = (unsigned)strtoul(count + 13, NULL, 10);
	} else if (strstr(text, "adaptive-ping enable") && !gate.script.refuses_adaptive) {
		link->options = link->adaptive = true;
	}
}

static struct gate_line *line_note(const struct link *link)
{
	if (gate.line_count == GATE_LINES)
		abort();
	struct gate_line *line = &gate.lines[gate.line_count++];
	*line = (struct gate_line){.session = link->number, .at_us = gate.now_us, .ended_us = GATE_NEVER};
	(void)snprintf(line->text, sizeof line->text, "%s", link->line.n ? link->line.p : "");
	return line;
}

static void command_begin(struct link *link)
{
	const char *odd = gate.script.at;
	bool turn = odd && (gate.script.each || gate_count(odd) == gate.script.nth);
	link->now = line_note(link);
	bool hit = turn && strstr(link->now->text, odd);
	if (!is_refused(link->now->text))
		options_take(link, link->now->text);
	link->runs = hit && gate.script.death == DEATH_SILENT ? RUNS_FOREVER : kind_of(link->now->text);
	link->next_us = gate.now_us + GATE_LATENCY;
	link->sent = link->received = 0;
	if (hit && gate.script.death == DEATH_CUT) {
		link->death_us = gate.now_us + gate.script.death_us;
		link->runs = gate.script.death_us ? link->runs : RUNS_FOREVER;
	}
}

static void line_take(struct link *link)
{
	print(link, "\r\n");
	if (link->line.n == 0) {
		print(link, "FGT # ");
	} else if (strcmp(link->line.p, "exit") == 0) {
		link->session->exit_said = true;
		link->session->options_at_close = link->options;
		(void)line_note(link);
		link->ended = !gate.script.ignores_exit;
	} else {
		command_begin(link);
	}
	buf_clear(&link->line);
}

static void interrupt(struct link *link)
{
	if (link->runs == RUNS_NOTHING) {
		link->session->stray_interrupts++;
		return;
	}
	link->now->interrupts++;
	if (gate.script.deaf)
		return;
	if (gate.script.breaks_on_interrupt) {
		(void)err_set(&link->error, ERR_CLOSED, "the gate ended the connection");
		die(link);
		return;
	}
	if (gate.script.closes_on_interrupt) {
		link->ended = true;
		link->runs = RUNS_NOTHING;
		link->next_us = GATE_NEVER;
		return;
	}
	print(link, "^C");
	if (link->runs == RUNS_PING)
		ping_statistics(link);
	else if (link->runs == RUNS_SNIFFER) {
		printed(link, "\n%u packets received by filter\n0 packets dropped by kernel\n",
		        link->sent ? link->sent - 1 : 0);
		command_over(link);
	} else {
		command_over(link);
	}
}

static void key(struct link *link, char c)
{
	buf_add_char(&link->session->received, c);
	if (c == 0x03) {
		interrupt(link);
	} else if (link->runs == RUNS_TOP) {
		link->now->quits += c == 'q';
		if (c == 'q')
			command_over(link);
	} else if (link->runs != RUNS_NOTHING) {
		return;
	} else if (c == '\n') {
		line_take(link);
	} else {
		buf_add_char(&link->line, c);
		buf_add_char(&link->output, c);
	}
}

/* ---- link.h ---- */

struct link *gate_open(void *arg, int64_t now_us)
{
	(void)arg;
	if (gate.session_count == GATE_SESSIONS)
		abort();
	struct link *link = calloc(1, sizeof *link);
	if (!link)
		abort();
	link->number = gate.session_count;
	link->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (link->news_fd < 0)
		abort();
	link->session = &gate.sessions[gate.session_count++];
	link->up_us = now_us + GATE_LATENCY;
	link->next_us = link->death_us = GATE_NEVER;
	link->repeat_count = 5;
	link->next = links;
	links = link;
	buf_init(&link->line, 1024);
	buf_init(&link->output, OUTPUT_BYTES);
	return link;
}

static unsigned sessions_up(void)
{
	unsigned up = 0;
	for (const struct link *link = links; link; link = link->next)
		up += link->state == LINK_UP && !link->ended;
	return up;
}

static void log_in(struct link *link)
{
	link->up_us = GATE_NEVER;
	bool many = gate.script.max_sessions && sessions_up() >= gate.script.max_sessions;
	many = many || (gate.script.max_logins && link->number >= gate.script.max_logins);
	link->state = LINK_DOWN;
	if (many)
		(void)err_set(&link->error, ERR_AUTH, "too many sessions");
	else if (gate.script.refusal && link->number == 0)
		(void)err_set(&link->error, gate.script.refusal, "the login was refused");
	else
		link->state = LINK_UP;
	if (link->state == LINK_UP)
		print(link, gate.script.greeting ? gate.script.greeting : "FGT # ");
}

void link_step(struct link *link, int64_t now_us)
{
	if (link->state == LINK_CONNECTING && now_us >= link->up_us)
		log_in(link);
	if (link->state == LINK_UP && now_us >= link->death_us)
		die(link);
	if (link->state == LINK_UP && !link->ended && now_us >= link->next_us)
		step(link);
}

enum link_state link_state(const struct link *link)
{
	return link->state;
}

size_t link_pollfds(struct link *link, struct pollfd fds[static LINK_MAX_POLLFDS])
{
	fds[0] = (struct pollfd){.fd = link->news_fd, .events = POLLIN};
	return 1;
}

int64_t link_deadline(const struct link *link)
{
	(void)link;
	return INT64_MAX;
}

size_t link_read(struct link *link, char *bytes, size_t max)
{
	size_t n = link->output.n < max ? link->output.n : max;
	memcpy(bytes, link->output.p, n);
	buf_drop(&link->output, n);
	return n;
}

size_t link_write(struct link *link, const char *bytes, size_t n)
{
	if (link->state != LINK_UP || link->ended)
		return 0;
	for (size_t i = 0; i < n; i++)
		key(link, bytes[i]);
	return n;
}

bool link_eof(const struct link *link)
{
	return link->ended && link->output.n == 0;
}

const struct err *link_error(const struct link *link)
{
	return link->error.kind == ERR_NONE ? NULL : &link->error;
}

void link_close(struct link *link)
{
	if (link->state == LINK_UP && !link->ended) {
		link->session->closed = true;
		link->session->options_at_close = link->options;
		link->session->running_at_close = link->runs != RUNS_NOTHING;
	}
	link->state = LINK_DOWN;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	struct link **at = &links;
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	buf_done(&link->line);
	buf_done(&link->output);
	(void)close(link->news_fd);
	free(link);
}

const char *link_legacy(const struct link *link)
{
	(void)link;
	return "";
}

void link_ports(const struct link *link, unsigned *local, unsigned *remote)
{
	*local = 50000 + link->number;
	*remote = 22;
}

/* ---- clock.h ---- */

int64_t clock_mono_us(void)
{
	return gate.now_us;
}

int64_t clock_utc_us(void)
{
	return INT64_C(1700000000000000) + gate.now_us;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void count_turn(void)
{
	if (gate.now_us / GATE_SECOND != gate.turn_second)
		gate.turns = 0;
	gate.turn_second = gate.now_us / GATE_SECOND;
	gate.turns++;
	if (gate.turns > gate.most_turns)
		gate.most_turns = gate.turns;
	if (gate.turns > TURNS_TOO_MANY) {
		(void)fprintf(stderr, "the runner turns without an end at %lld us\n", (long long)gate.now_us);
		abort();
	}
}

static int64_t next_of(const struct link *link)
{
	if (link->state == LINK_DOWN)
		return GATE_NEVER;
	if (link->output.n || link->ended)
		return gate.now_us;
	return link->state == LINK_UP ? earlier(link->next_us, link->death_us) : link->up_us;
}

static void tell_news(void)
{
	for (const struct link *link = links; link; link = link->next) {
		eventfd_t value;
		if (next_of(link) <= gate.now_us ? eventfd_write(link->news_fd, 1) < 0
		                                 : eventfd_read(link->news_fd, &value) < 0 && errno != EAGAIN)
			abort();
	}
}

/* The wait: time goes on to the deadline or to what the gate does before. */
int clock_poll_ms(int64_t deadline_us)
{
	int64_t when = deadline_us;
	count_turn();
	for (const struct link *link = links; link; link = link->next)
		when = earlier(when, next_of(link));
	if (gate.signals_sent < GATE_SIGNALS)
		when = earlier(when, gate.script.signal_us[gate.signals_sent]);
	if (when == INT64_MAX)
		abort();
	if (when > gate.now_us)
		gate.now_us = when;
	while (gate.signals_sent < GATE_SIGNALS && gate.script.signal_us[gate.signals_sent] <= gate.now_us) {
		if (gate.signals_sent++ == 0)
			gate.lines_at_signal = gate.line_count;
		if (write(gate.wake[1], "x", 1) != 1)
			abort();
	}
	tell_news();
	return 0;
}
