#include "plan.h"

#include <string.h>

#include "num.h"
#include "placeholder.h"
#include "playbook_step.h"
#include "timestamp.h"

/* Beyond one second for each ping: the last one's wait, and the options; and
 * what five more pings take. */
enum { EXTENDED_SLACK_S = 5, DF_SIZE_S = 15 };

/* ---- what it is aimed at ---- */

/* "IP", "IP:PORT" or "[IP]:PORT" into its parts; port is empty when not given. */
static bool split_target(struct str text, struct str *host, struct str *port)
{
	struct ip ip;
	ptrdiff_t close = str_find_char(text, ']'), colon = str_find_char(text, ':');
	*port = (struct str){"", 0};
	*host = text;
	if (ip_parse(text, &ip))
		return true;
	if (str_starts(text, "[") && close > 0) {
		*host = str_cut(text, 1, (size_t)close - 1);
		colon = close + 1;
		if ((size_t)colon == text.n)
			return true;
		if (text.p[colon] != ':')
			return false;
	}
	if (colon < 0)
		return true;
	if (*host->p != '[' && host->p == text.p)
		*host = str_cut(text, 0, (size_t)colon);
	*port = str_from(text, (size_t)colon + 1);
	return port->n > 0;
}

static int parse_target(const char *text, struct target *target, struct err *err)
{
	struct str host, port;
	const char *why;
	struct ip ip;
	unsigned number = 0;
	if (!split_target(str_of(text), &host, &port))
		return err_set(err, ERR_USAGE, "--target: '%.60s' is not IP[:PORT] or [IPV6]:PORT", text);
	if (!ip_parse(host, &ip))
		return err_set(err, ERR_USAGE, "--target: '%.*s' is not an IP address (IP[:PORT] or [IPV6]:PORT)",
		               (int)(host.n < 60 ? host.n : 60), host.p);
	if (!ip_is_host(&ip, &why))
		return err_set(err, ERR_USAGE, "--target: %.60s is no host's address (%s)", text, why);
	if (port.n && !num_uint(port, 1, 65535, &number))
		return err_set(err, ERR_USAGE, "--target: '%.*s' is not a port", (int)(port.n < 40 ? port.n : 40),
		               port.p);
	if (target->client.family && target->client.family != ip.family)
		return err_set(err, ERR_USAGE, "--target: the entry's client is of another IP version than %.60s",
		               text);
	/* Another server is not the one that the entry's NAT fields are about. */
	target->server = ip;
	target->mapped = target->translated_client = (struct ip){0};
	target->mapped_port = target->translated_port = 0;
	target->nat_unknown = true;
	if (number)
		target->server_port = number;
	return 0;
}

static int parse_proto(const char *text, struct target *target, struct err *err)
{
	static const struct {
		const char *word;
		unsigned v4, v6;
	} rows[] = {{"tcp", 6, 6}, {"udp", 17, 17}, {"icmp", 1, 58}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].word, text) == 0) {
			target->have_proto = true;
			target->proto = target->server.family == 6 ? rows[i].v6 : rows[i].v4;
			if (i == 2)
				target->server_port = target->client_port = target->mapped_port = 0;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "--proto: '%.40s' is not tcp, udp or icmp", text);
}

static const char *text_or_null(struct arena *arena, struct str text)
{
	return text.n ? arena_strndup(arena, text.p, text.n) : NULL;
}

/* Logs write 0.0.0.0 where there is nothing to tell. */
static struct ip host_or_none(struct ip ip)
{
	return ip_is_host(&ip, NULL) ? ip : (struct ip){0};
}

static void target_of_entry(struct arena *arena, const struct entry *entry, struct target *out)
{
	*out = (struct target){
	        .have_entry = true,
	        .client = entry->srcip,
	        .client_port = entry->srcport,
	        .server = entry->dstip,
	        .server_port = entry->dstport,
	        .mapped = host_or_none(entry->tranip),
	        .mapped_port = entry->tranport,
	        .translated_client = host_or_none(entry->transip),
	        .translated_port = entry->transport,
	        .have_proto = entry->have_proto,
	        .proto = entry->proto,
	        .vdom = text_or_null(arena, entry->vd),
	        .srcintf = text_or_null(arena, entry->srcintf),
	        .dstintf = text_or_null(arena, entry->dstintf),
	};
	out->nat_unknown = entry->trandisp.n == 0 && !out->translated_client.family && !out->mapped.family;
}

static int apply_options(const struct plan_request *request, struct target *target, struct err *err)
{
	if (request->target && parse_target(request->target, target, err) < 0)
		return -1;
	if (request->proto && parse_proto(request->proto, target, err) < 0)
		return -1;
	if (request->vdom) {
		if (!command_vdom_ok(str_of(request->vdom)))
			return err_set(err, ERR_USAGE, "--vdom: '%.40s' is no VDOM's name", request->vdom);
		target->vdom = request->vdom;
	}
	return 0;
}

static int aim(struct arena *arena, const struct plan_request *request, struct plan *plan, struct err *err)
{
	if (request->entry_text) {
		if (entry_set_parse(arena, str_of(request->entry_text), request->entry_number, &plan->entries, err) <
		            0 ||
		    entry_check_ip_conn(&plan->entries.entry, err) < 0)
			return -1;
		target_of_entry(arena, &plan->entries.entry, &plan->target);
	}
	if (apply_options(request, &plan->target, err) < 0)
		return -1;
	plan->aimless = request->may_lack_target && !plan->target.server.family;
	if (plan->playbook.needs != NEEDS_NOTHING && !plan->target.server.family && !plan->aimless)
		return err_set(err, ERR_USAGE,
		               "which log entry? Give the line in quotes, a file, - or --target IP[:PORT]");
	return 0;
}

/* ---- steps ---- */

/* Where a ping goes: to the server behind a VIP when the entry tells it. */
static const char *ping_address(const struct plan *plan, char text[static IP_TEXT_MAX])
{
	return ip_print(plan->target.mapped.family ? &plan->target.mapped : &plan->target.server, text);
}

struct early {
	const struct plan *plan;
	bool on_host;
	char ip[IP_TEXT_MAX];
};

/* Values known before the login; the others stay as they are written. */
static const char *early_value(void *arg, const char *name)
{
	struct early *early = arg;
	bool have_server = early->plan->target.server.family != 0;
	if (strcmp(name, "ping.count") == 0)
		return "{ping.count}";
	if (strcmp(name, "ping.adaptive") == 0)
		return "{ping.adaptive}";
	if (strcmp(name, "sniffer.level") == 0 && playbook_var(&early->plan->playbook, name))
		return "{sniffer.level}";
	if (early->plan->aimless && strcmp(name, "server.ip") == 0)
		return "{server.ip}";
	if (strcmp(name, "filter.conversation") == 0)
		return have_server || early->plan->aimless ? "{filter.conversation}" : NULL;
	/* The client asks the address that it knows. */
	if (strcmp(name, "server.ip") == 0 && early->on_host && have_server)
		return ip_print(&early->plan->target.server, early->ip);
	if (strcmp(name, "server.ip") == 0)
		return have_server ? ping_address(early->plan, early->ip) : NULL;
	return playbook_var(&early->plan->playbook, name);
}

static bool is_on_host(const struct playbook_step *step)
{
	return strcmp(step->on, "host") == 0;
}

static int fill_early(struct arena *arena, const struct plan *plan, const struct playbook_step *from, const char *text,
                      const char **out, struct err *err)
{
	struct early early = {plan, is_on_host(from), ""};
	return placeholder_fill(arena, text, early_value, &early, out, err);
}

/* `execute ping ADDRESS` of an IPv6 address is `execute ping6 ADDRESS`, and its
 * sessions have a table of their own. */
static const char *family_command(struct arena *arena, const struct plan *plan, const char *command)
{
	if (strcmp(command, "diagnose sys session list") == 0)
		return plan->target.server.family == 6 ? "diagnose sys session6 list" : command;
	static const char v4_words[] = "execute ping ";
	struct ip ip;
	if (!str_starts(str_of(command), v4_words))
		return command;
	const char *address = command + sizeof v4_words - 1;
	return ip_parse(str_of(address), &ip) && ip.family == 6 ? arena_printf(arena, "execute ping6 %s", address)
	                                                        : command;
}

static void add_after(struct arena *arena, const struct plan *plan, const struct playbook_step *from,
                      struct plan_step *step)
{
	step->after = ARENA_ARRAY(arena, plan->step_count + 1, size_t);
	for (size_t i = 0; i < plan->step_count; i++) {
		for (size_t k = 0; k < from->after_count; k++) {
			if (strcmp(plan->steps[i].from->id, from->after[k]) == 0)
				step->after[step->after_count++] = i;
		}
	}
}

static int add_options(struct arena *arena, const struct plan *plan, const struct playbook_step *from,
                       struct plan_step *step, struct err *err)
{
	step->options = ARENA_ARRAY(arena, from->option_count + 1, struct playbook_option);
	for (size_t i = 0; i < from->option_count; i++) {
		step->options[i].name = from->options[i].name;
		if (fill_early(arena, plan, from, from->options[i].value, &step->options[i].value, err) < 0)
			return -1;
	}
	step->option_count = from->option_count;
	return 0;
}

/* The count stands in a sniffer's command as the last word but one. */
static struct str sniffer_count(const char *command)
{
	struct str rest = str_of(command), word, before = {"", 0}, last = {"", 0};
	while (str_next_word(&rest, &word)) {
		before = last;
		last = word;
	}
	return before;
}

/* The third word of `ping -c N ADDRESS`. */
static struct str host_ping_count(const struct plan *plan, const char *command)
{
	struct str rest = str_of(command), word = {"", 0};
	for (unsigned i = 0; i < 3; i++)
		(void)str_next_word(&rest, &word);
	return str_is(word, "{ping.count}") ? str_of(playbook_var(&plan->playbook, "ping.count")) : word;
}

static unsigned count_max(const struct plan *plan, const struct plan_step *step)
{
	unsigned count = step->kind == COMMAND_PING ? PLAN_DEVICE_PINGS : 0;
	if (step->kind == COMMAND_SNIFFER)
		(void)num_uint(sniffer_count(step->command), 1, PLAYBOOK_MAX_COUNT, &count);
	if (is_on_host(step->from) && step->kind == COMMAND_PING)
		(void)num_uint(host_ping_count(plan, step->command), 1, PLAYBOOK_MAX_COUNT, &count);
	for (size_t i = 0; i < step->option_count; i++) {
		const char *value = step->options[i].value;
		if (strcmp(step->options[i].name, "repeat-count") != 0)
			continue;
		if (strcmp(value, "{ping.count}") == 0)
			value = playbook_var(&plan->playbook, "ping.count");
		(void)num_uint(str_of(value), 1, PLAYBOOK_MAX_COUNT, &count);
	}
	return count;
}

static int add_step(struct arena *arena, struct plan *plan, const struct playbook_step *from, unsigned run,
                    struct err *err)
{
	struct plan_step *step = &plan->steps[plan->step_count];
	const char *command;
	if (fill_early(arena, plan, from, from->send, &command, err) < 0)
		return -1;
	if (!is_on_host(from))
		command = family_command(arena, plan, command);
	*step = (struct plan_step){
	        .id = from->repeat_count > 1 ? arena_printf(arena, "%s.%u", from->id, run) : from->id,
	        .on = from->on,
	        .lane = from->lane,
	        .scope = from->scope,
	        .kind = from->kind,
	        .command = command,
	        .read = from->read,
	        .from = from,
	        .not_before_us = run > 1 ? from->repeat_every_us : 0,
	        .time_us = from->stop_time_us,
	        .silence_us = from->stop_silence_us,
	        .stop_when = from->stop_when,
	        .max_bytes = from->max_bytes,
	        .max_lines = from->max_lines,
	};
	add_after(arena, plan, from, step);
	if (add_options(arena, plan, from, step, err) < 0)
		return -1;
	step->count_max = count_max(plan, step);
	plan->step_count++;
	return 0;
}

/* Was the variable given with --set, or by the option that stands for it? */
static bool asked(const struct plan_request *request, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < request->set_count; i++) {
		if (strncmp(request->sets[i], name, n) == 0 && request->sets[i][n] == '=')
			return true;
	}
	return false;
}

/* A list of sessions is of one client's with one server. */
static bool has_subject(const struct target *target)
{
	return target->client.family && target->server.family && target->have_proto;
}

static bool is_planned(const struct plan *plan, const struct playbook_step *step, const struct plan_request *request)
{
	if (is_on_host(step))
		return plan->host != NULL;
	if (step->kind == COMMAND_SESSIONS)
		return has_subject(&plan->target);
	if (plan->target.server.family == 6 && str_starts(str_of(step->send), "get router info "))
		return false;
	if (step->when == WHEN_TARGET)
		return plan->target.server.family || plan->aimless;
	return step->when != WHEN_DF_SIZE || asked(request, "ping.df_size");
}

static int add_steps(struct arena *arena, struct plan *plan, const struct plan_request *request, struct err *err)
{
	size_t n = 0;
	for (size_t i = 0; i < plan->playbook.step_count; i++)
		n += plan->playbook.steps[i].repeat_count;
	plan->steps = ARENA_ARRAY(arena, n + 1, struct plan_step);
	for (size_t i = 0; i < plan->playbook.step_count; i++) {
		const struct playbook_step *from = &plan->playbook.steps[i];
		for (unsigned run = 1; is_planned(plan, from, request) && run <= from->repeat_count; run++) {
			if (add_step(arena, plan, from, run, err) < 0)
				return err_prefix(err, "step %s", from->id);
		}
	}
	return 0;
}

static const char *option_value(const struct plan_step *step, const char *name)
{
	for (size_t i = 0; i < step->option_count; i++) {
		if (strcmp(step->options[i].name, name) == 0)
			return step->options[i].value;
	}
	return "";
}

/* Whoever asks for more pings than fit wants them all: the step and the run
 * get the time of as many at one a second, unless a time was given too. */
static void extend(struct plan *plan, const struct plan_request *request)
{
	int64_t more_us = asked(request, "ping.df_size") ? DF_SIZE_S * US_PER_SECOND : 0;
	bool longer = asked(request, "ping.count") && !asked(request, "ping.time");
	for (size_t i = 0; i < plan->step_count && longer; i++) {
		struct plan_step *step = &plan->steps[i];
		int64_t needed_us = ((int64_t)step->count_max + EXTENDED_SLACK_S) * US_PER_SECOND;
		bool all = strcmp(option_value(step, "repeat-count"), "{ping.count}") == 0 ||
		           strstr(step->command, "{ping.count}");
		if (plan_is_extra(step) || needed_us <= step->time_us || !all)
			continue;
		if (!is_on_host(step->from)) /* the host's runs beside it */
			more_us += needed_us - step->time_us;
		step->time_us = needed_us;
	}
	if (!asked(request, "time"))
		plan->time_us += more_us;
}

/* routers split IPv6 packets of no one, so there is no such bit to set */
static int check_df_size(const struct plan *plan, const struct plan_request *request, struct err *err)
{
	if (!asked(request, "ping.df_size") || plan->target.server.family != 6)
		return 0;
	return err_set(err, ERR_USAGE, "--df-size: IPv6 has no don't-fragment bit; the server is an IPv6 address");
}

int plan_make(struct arena *arena, const struct plan_request *request, struct plan *out, struct err *err)
{
	struct plan plan = {.target.nat_unknown = true, .host = request->host};
	const char *file = request->playbook_name ? request->playbook_name : "playbook";
	if (playbook_parse(arena, file, request->playbook, &plan.playbook, err) < 0)
		return -1;
	for (size_t i = 0; i < request->set_count; i++) {
		if (playbook_set(arena, &plan.playbook, request->sets[i], err) < 0)
			return -1;
	}
	if (aim(arena, request, &plan, err) < 0 || check_df_size(&plan, request, err) < 0 ||
	    add_steps(arena, &plan, request, err) < 0)
		return -1;
	plan.time_us = plan.playbook.time_us;
	extend(&plan, request);
	*out = plan;
	return 0;
}

/* ---- versions ---- */

unsigned plan_fortios(const char *version)
{
	struct str text = str_of(version), rest;
	unsigned major, minor;
	ptrdiff_t dot = str_find_char(text, '.');
	if (dot < 1)
		return 0;
	rest = str_from(text, (size_t)dot + 1);
	ptrdiff_t more = str_find_char(rest, '.');
	if (more >= 0)
		rest = str_cut(rest, 0, (size_t)more);
	if (!num_uint(str_cut(text, 0, (size_t)dot), 1, 99, &major) || !num_uint(rest, 0, 99, &minor))
		return 0;
	return major * 100 + minor;
}

const char plan_no_fast_loss[] = "no fast ping showed loss, so there is nothing to measure again";

bool plan_is_extra(const struct plan_step *step)
{
	return step->from->when == WHEN_FAST_LOSS || step->from->when == WHEN_DF_SIZE;
}

bool plan_leaves_out(const struct plan_step *step, unsigned fortios)
{
	return fortios && step->from && fortios < step->from->since;
}

/* ---- the transcript's header ---- */

void plan_describe(struct arena *arena, const struct plan_request *request, const struct plan *plan,
                   struct transcript_header *header)
{
	header->entry_text = request->entry_text;
	header->entry_number = request->entry_number;
	header->target = request->target;
	header->proto = request->proto;
	header->vdom = request->vdom;
	header->host = request->host;
	header->playbook_name = request->playbook_name;
	header->playbook = arena_strndup(arena, request->playbook.p, request->playbook.n);
	header->sets = request->sets;
	header->set_count = request->set_count;
	header->planned = ARENA_ARRAY(arena, plan->step_count + 1, struct planned_step);
	header->planned_count = plan->step_count;
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];
		header->planned[i] = (struct planned_step){step->id, step->on, step->lane, step->read, step->command};
	}
}

void plan_request_of(const struct transcript_header *header, struct plan_request *out)
{
	*out = (struct plan_request){
	        .playbook_name = header->playbook_name,
	        .playbook = str_of(header->playbook),
	        .sets = header->sets,
	        .set_count = header->set_count,
	        .entry_text = header->entry_text,
	        .entry_number = header->entry_number,
	        .target = header->target,
	        .proto = header->proto,
	        .vdom = header->vdom,
	        .host = header->host,
	};
}

struct filter_subject plan_filter_subject(const struct plan *plan)
{
	const struct target *target = &plan->target;
	return (struct filter_subject){
	        .client = target->client,
	        .server = target->server,
	        .translated_client = target->translated_client,
	        .translated_server = target->mapped,
	        .proto = target->have_proto ? target->proto : 0,
	        .server_port = target->server_port,
	        .translated_server_port = target->mapped_port,
	};
}
