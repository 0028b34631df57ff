#include "filter.h"

#include "buf.h"
#include "command.h"

enum { PROTO_UNKNOWN = 0, PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };

static void add_host(struct buf *out, const struct ip *ip, bool *first)
{
	char text[IP_TEXT_MAX];
	if (!ip->family)
		return;
	buf_printf(out, "%shost %s", *first ? "" : " or ", ip_print(ip, text));
	*first = false;
}

static void add_hosts(struct buf *out, const struct filter_subject *subject)
{
	bool first = true;
	buf_add_text(out, "( ");
	add_host(out, &subject->client, &first);
	add_host(out, &subject->server, &first);
	if (!ip_equal(&subject->translated_client, &subject->client))
		add_host(out, &subject->translated_client, &first);
	if (!ip_equal(&subject->translated_server, &subject->server))
		add_host(out, &subject->translated_server, &first);
	buf_add_text(out, " )");
}

static bool is_icmp(unsigned proto)
{
	return proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

/* ICMP without our own ping's echoes, as far as the device understands it. */
static const char *icmp_errors(const struct filter_subject *subject)
{
	bool v6 = subject->server.family == 6;
	if (subject->plain_icmp)
		return v6 ? "icmp6" : "icmp";
	return v6 ? "( icmp6 and ip6[40] < 5 )" : "icmp[0] = 3 or icmp[0] = 11";
}

/* The entry's own traffic, where its protocol has no port to name it by. */
static const char *portless(const struct filter_subject *subject)
{
	switch (subject->proto) {
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_UNKNOWN:
		return "tcp or udp";
	default:
		return subject->server.family == 6 ? "not ( tcp or udp or icmp6 )" : "not ( tcp or udp or icmp )";
	}
}

static void add_traffic(struct buf *out, const struct filter_subject *subject)
{
	if (is_icmp(subject->proto)) {
		buf_printf(out, " and ( %s )", subject->server.family == 6 ? "icmp6" : "icmp");
		return;
	}
	buf_add_text(out, " and ( ");
	if (!subject->server_port) {
		buf_add_text(out, portless(subject));
	} else {
		buf_printf(out, "port %u", subject->server_port);
		if (subject->translated_server_port && subject->translated_server_port != subject->server_port)
			buf_printf(out, " or port %u", subject->translated_server_port);
	}
	buf_printf(out, " or %s )", icmp_errors(subject));
}

/* Is the port of our SSH session also the conversation's? */
static bool shares_ssh_port(const struct filter_subject *subject)
{
	return (subject->proto == PROTO_TCP || subject->proto == PROTO_UNKNOWN) &&
	       (subject->server_port == subject->ssh_port || subject->translated_server_port == subject->ssh_port);
}

static void add_own_session(struct buf *out, const struct filter_subject *subject)
{
	if (!subject->ssh_port)
		return;
	if (!shares_ssh_port(subject))
		buf_printf(out, " and not ( tcp port %u )", subject->ssh_port);
	else if (subject->own.local && subject->own.remote)
		buf_printf(out, " and not ( tcp port %u and tcp port %u )", subject->own.local, subject->own.remote);
}

char *filter_conversation(struct arena *arena, const struct filter_subject *subject)
{
	struct buf out;
	buf_init(&out, COMMAND_MAX_BYTES);
	add_hosts(&out, subject);
	add_traffic(&out, subject);
	add_own_session(&out, subject);
	char *text = arena_strndup(arena, out.p, out.n);
	buf_done(&out);
	return text;
}

bool filter_sees_both_sides(const struct filter_subject *subject)
{
	bool near = subject->client.family || subject->translated_client.family;
	return subject->server.family && (near || subject->translated_server.family);
}
