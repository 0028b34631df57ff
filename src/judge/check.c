#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void check_begin(struct check_draft *draft, struct arena *arena, const char *id)
{
	*draft = (struct check_draft){.arena = arena, .where = WHERE_UNKNOWN};
	draft->check = (struct check){.id = id, .state = STATE_UNKNOWN, .rule = "", .summary = ""};
}

void check_say(struct check_draft *draft, enum state state, enum certainty certainty, const char *rule, const char *fmt,
               ...)
{
	va_list args;
	va_start(args, fmt);
	draft->check.summary = arena_vprintf(draft->arena, fmt, args);
	va_end(args);
	draft->check.state = state;
	draft->check.certainty = certainty;
	draft->check.rule = rule;
}

void check_add(struct check_draft *draft, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	const char *words = arena_vprintf(draft->arena, fmt, args);
	va_end(args);
	draft->check.summary = arena_printf(draft->arena, "%s %s", draft->check.summary, words);
}

void check_quote(struct check_draft *draft, struct source from)
{
	size_t count = draft->check.evidence_count;
	if (!from.step || !from.text || count >= CHECK_MAX_EVIDENCE)
		return;
	for (size_t i = 0; i < count; i++) {
		if (draft->evidence[i].line == from.line && strcmp(draft->evidence[i].step, from.step) == 0)
			return;
	}
	draft->evidence =
	        arena_grow(draft->arena, draft->evidence, count, &draft->evidence_capacity, sizeof(*draft->evidence));
	draft->evidence[count] = (struct evidence){from.step, from.line, from.text};
	draft->check.evidence_count = count + 1;
}

void check_quote_packet(struct check_draft *draft, const char *step, const struct packet *packet)
{
	if (!packet)
		return;
	char *text = arena_strndup(draft->arena, packet->text.p ? packet->text.p : "", packet->text.n);
	check_quote(draft, (struct source){step, packet->line, text});
}

void check_advise(struct check_draft *draft, const char *fmt, ...)
{
	size_t count = draft->check.advice_count;
	draft->advice = arena_grow(draft->arena, draft->advice, count, &draft->advice_capacity, sizeof(*draft->advice));
	va_list args;
	va_start(args, fmt);
	draft->advice[count] = arena_vprintf(draft->arena, fmt, args);
	va_end(args);
	draft->check.advice_count = count + 1;
}

bool check_is_finding(const struct check_draft *draft)
{
	return draft->check.state == STATE_WARNING || draft->check.state == STATE_CRITICAL;
}

struct check check_end(struct check_draft *draft)
{
	if (check_is_finding(draft) && draft->check.evidence_count == 0) {
		draft->check.state = STATE_UNKNOWN;
		draft->check.certainty = CERTAINTY_NONE;
		draft->check.summary =
		        arena_printf(draft->arena, "No line can be quoted for this: %s", draft->check.summary);
	}
	draft->check.evidence = draft->evidence;
	draft->check.advice = draft->advice;
	return draft->check;
}

const char *check_percent(struct arena *arena, double share)
{
	/* Tenths by hand: printf's decimal point follows the locale. */
	int64_t hundredths = (int64_t)(share * 10000 + 0.5);
	if (hundredths > 0 && hundredths < 100)
		return arena_printf(arena, "0.%02" PRId64 " %%", hundredths);
	int64_t tenths = (int64_t)(share * 1000 + 0.5);
	return arena_printf(arena, "%" PRId64 ".%" PRId64 " %%", tenths / 10, tenths % 10);
}

const char *check_seconds(struct arena *arena, int64_t us)
{
	int64_t tenths = (us + 50000) / 100000;
	return arena_printf(arena, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
}

const struct step_run *check_step(const struct step_list *steps, const char *id)
{
	for (size_t i = 0; id && i < steps->count; i++) {
		if (strcmp(steps->steps[i].id, id) == 0)
			return &steps->steps[i];
	}
	return NULL;
}

struct source check_line(const struct judge_input *input, struct arena *arena, const char *step, unsigned line)
{
	const struct step_run *run = check_step(input->steps, step);
	if (!run || !input->clean || line == 0)
		return (struct source){0};
	struct str rest = input->clean[run - input->steps->steps];
	struct str text;
	for (unsigned number = 1; str_next_line(&rest, &text); number++) {
		if (number == line)
			return (struct source){run->id, line, arena_strndup(arena, text.p, text.n)};
	}
	return (struct source){0};
}

static const struct ip *pinged(const struct target *target)
{
	return target->mapped.family ? &target->mapped : &target->server;
}

const char *judging_address(const struct judging *judging)
{
	const struct ip *ip = pinged(judging->target);
	char text[IP_TEXT_MAX];
	return ip->family ? arena_strdup(judging->arena, ip_print(ip, text)) : "the server";
}

/* Told by the entry or, where that says nothing, by the capture. */
static const struct ip *real_server(const struct judging *judging)
{
	return judging->trace.redirected.family ? &judging->trace.redirected : pinged(judging->target);
}

static const char *socket_words(struct arena *arena, const struct ip *ip, unsigned port)
{
	char text[IP_TEXT_MAX];
	ip_print(ip, text);
	return port ? arena_printf(arena, ip->family == 6 ? "[%s]:%u" : "%s:%u", text, port)
	            : arena_strdup(arena, text);
}

const char *judging_server(const struct judging *judging)
{
	const struct target *target = judging->target;
	if (!target->server.family)
		return "the server";
	const char *words = socket_words(judging->arena, &target->server, target->server_port);
	const struct ip *real = real_server(judging);
	if (ip_equal(real, &target->server))
		return words;
	unsigned port = !target->mapped.family ? 0 : target->mapped_port ? target->mapped_port : target->server_port;
	return arena_printf(judging->arena, "%s (%s)", words, socket_words(judging->arena, real, port));
}

bool judging_is_server(const struct judging *judging, const struct ip *ip)
{
	const struct target *target = judging->target;
	const struct ip *redirected = &judging->trace.redirected;
	return ip_equal(ip, &target->server) || (target->mapped.family && ip_equal(ip, &target->mapped)) ||
	       (redirected->family && ip_equal(ip, redirected));
}

void check_advise_command(const struct judging *judging, struct check_draft *draft, enum advice_command command)
{
	static const char *const words[][2] = {
	        [ADVISE_TRACE] = {"execute traceroute ", "execute tracert6 "},
	        [ADVISE_ROUTE] = {"get router info routing-table details ", "get router info6 routing-table "},
	        [ADVISE_NEIGHBOUR] = {"get system arp", "diagnose ipv6 neighbor-cache list"},
	};
	const struct ip *real = real_server(judging);
	const char *address = real->family ? socket_words(judging->arena, real, 0) : "the server";
	bool v6 = real->family == 6;
	check_advise(draft, "%s%s", words[command][v6],
	             command == ADVISE_NEIGHBOUR || (v6 && command == ADVISE_ROUTE) ? "" : address);
}
