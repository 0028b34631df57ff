#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "num.h"

/* The session table as arbiter (diagnosis 4.7): it counts replies whatever the
 * sniffer sees. */

enum { REPEATS = 3, WAIT_S = 3, BLOCK_LINES = 12 };

/* ---- rows ---- */

/* "192.0.2.10:40001" or "2001:db8::1:40001": the port stands behind the last colon. */
static bool end_parse(struct str text, struct ip *ip, unsigned *port)
{
	size_t colon = text.n;
	while (colon > 0 && text.p[colon - 1] != ':')
		colon--;
	return colon > 1 && ip_parse(str_cut(text, 0, colon - 1), ip) &&
	       num_uint(str_from(text, colon), 0, 65535, port);
}

/* "CLIENT:PORT->SERVER:PORT(…)" of the target's two ends; the client's port. */
static bool is_of_target(const struct judging *judging, const char *tuple, unsigned *client_port)
{
	struct str text = str_of(tuple);
	ptrdiff_t arrow = str_find(text, "->"), bracket = str_find_char(text, '(');
	struct ip client, server;
	unsigned port;
	if (arrow < 0 || bracket < arrow)
		return false;
	struct str from = str_trim(str_cut(text, 0, (size_t)arrow));
	struct str to = str_trim(str_cut(text, (size_t)arrow + 2, (size_t)(bracket - arrow) - 2));
	const struct target *target = judging->target;
	return end_parse(from, &client, client_port) && end_parse(to, &server, &port) &&
	       ip_equal(&client, &target->client) && ip_equal(&server, &target->server) &&
	       (!target->server_port || port == target->server_port);
}

static bool cell_number(const struct fact_row *row, const char *name, uint64_t *out)
{
	const char *text = facts_cell_of(row, name);
	return text && num_u64(str_of(text), 0, UINT64_MAX, out);
}

static bool proto_is(const struct judging *judging, const struct fact_row *row)
{
	uint64_t proto;
	return cell_number(row, "proto", &proto) && judging->target->have_proto && proto == judging->target->proto;
}

/* "8/8": handed to the network processor in one direction at least. */
static bool is_offloaded(const struct fact_row *row)
{
	const char *offload = facts_cell_of(row, "offload");
	return offload && strpbrk(offload, "123456789");
}

static struct source statistic_of(const struct judging *judging, const struct fact_row *row)
{
	for (unsigned i = 0; i < BLOCK_LINES; i++) {
		struct source line = check_line(judging->input, judging->arena, row->from.step, row->from.line + i);
		if (line.text && strncmp(line.text, "statistic(", 10) == 0)
			return line;
	}
	return row->from;
}

void table_make(struct judging *judging)
{
	struct table_view *table = &judging->table;
	const struct facts *facts = judging->facts;
	table->sessions = ARENA_ARRAY(judging->arena, TABLE_SESSIONS, struct table_session);
	for (size_t i = 0; i < facts->row_count && table->count < TABLE_SESSIONS; i++) {
		const struct fact_row *row = &facts->rows[i];
		const char *tuple = strcmp(row->table, "session") == 0 ? facts_cell_of(row, "org") : NULL;
		struct table_session session = {0};
		if (!tuple || !proto_is(judging, row) || !is_of_target(judging, tuple, &session.client_port) ||
		    !cell_number(row, "org_packets", &session.sent) ||
		    !cell_number(row, "reply_packets", &session.back))
			continue;
		(void)cell_number(row, "duration", &session.duration_s);
		session.statistic = statistic_of(judging, row);
		judging->offloaded |= is_offloaded(row);
		table->sessions[table->count++] = session;
	}
}

/* ---- beside the sniffer ---- */

static const struct table_session *session_of(const struct table_view *table, unsigned client_port)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->sessions[i].client_port == client_port)
			return &table->sessions[i];
	}
	return NULL;
}

/* Conversations of which the capture shows no reply, and what the table says. */
struct comparison {
	size_t agrees, contradicts;
	uint64_t back;
};

static struct comparison compare(struct judging *judging, struct check_draft *draft)
{
	struct comparison both = {0};
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		const struct table_session *session = exchange->of_entry && exchange->state == EXCHANGE_NO_REPLY
		                                              ? session_of(&judging->table, exchange->client_port)
		                                              : NULL;
		if (!session || session->sent == 0)
			continue;
		check_quote(draft, session->statistic);
		both.back += session->back;
		*(session->back ? &both.contradicts : &both.agrees) += 1;
	}
	return both;
}

static void say_blind(struct judging *judging, struct check_draft *draft, const struct comparison *both)
{
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "legs-AB",
	          "The sniffer saw no reply in %zu conversation%s with %s of which the session table counts %" PRIu64
	          " packets in reply: the sniffer is blind for them%s, so nothing is proven.",
	          both->contradicts, text_plural(both->contradicts), judging_server(judging), both->back,
	          judging->offloaded ? ", because the sessions are offloaded" : "");
	judging->doubtful = true;
	check_advise(
	        draft,
	        "Owner of the FortiGate: a policy with offloading switched off shows such traffic to the sniffer; for "
	        "troubleshooting only.");
}

/* ---- in place of the sniffer ---- */

struct silent {
	size_t sessions, answered;
	uint64_t sent;
};

static struct silent silent_of(struct judging *judging, struct check_draft *draft)
{
	struct silent silent = {0};
	for (size_t i = 0; i < judging->table.count; i++) {
		const struct table_session *session = &judging->table.sessions[i];
		silent.answered += session->back > 0;
		if (session->back || session->sent == 0 || session->duration_s < WAIT_S)
			continue;
		silent.sessions++;
		silent.sent += session->sent;
		check_quote(draft, session->statistic);
	}
	return silent;
}

static void speak_alone(struct judging *judging, struct check_draft *draft)
{
	struct silent silent = silent_of(judging, draft);
	const char *sniffer = draft->check.summary;
	if (silent.answered)
		check_add(draft, "The session table counts replies in %zu session%s.", silent.answered,
		          text_plural(silent.answered));
	if (silent.answered || silent.sessions == 0)
		return;
	bool often = silent.sent >= REPEATS;
	draft->where = WHERE_UNKNOWN;
	check_say(draft, often ? STATE_CRITICAL : STATE_WARNING, often ? CERTAINTY_LIKELY : CERTAINTY_NONE, "4.7",
	          "The session table counts %" PRIu64 " packet%s to %s in %zu session%s and none in reply%s. %s",
	          silent.sent, text_plural(silent.sent), judging_server(judging), silent.sessions,
	          text_plural(silent.sessions), often ? "" : "; so few repetitions prove nothing yet", sniffer);
	check_advise_command(judging, draft, ADVISE_TRACE);
}

/* ---- both ---- */

static bool is_blank(const struct judging *judging, const struct check_draft *draft)
{
	bool said_otherwise = judging->tally.conversations[EXCHANGE_ICMP_ERROR] ||
	                      judging->tally.conversations[EXCHANGE_REFUSED] ||
	                      judging->tally.conversations[EXCHANGE_COMPLETE];
	return draft->check.state == STATE_UNKNOWN && !said_otherwise;
}

void table_arbitrate(struct judging *judging, struct check_draft *draft)
{
	if (judging->table.count == 0)
		return;
	struct comparison both = compare(judging, draft);
	if (both.contradicts)
		say_blind(judging, draft, &both);
	else if (both.agrees && check_is_finding(draft))
		check_add(draft, "The session table agrees: no packet in reply in %zu session%s.", both.agrees,
		          text_plural(both.agrees));
	else if (is_blank(judging, draft))
		speak_alone(judging, draft);
}
