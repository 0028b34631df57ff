#include "filter.h"

#include "buf.h"
#include "command.h"

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
	return proto == 1 || proto == 58;
}

static const char *icmp_errors(const struct filter_subject *subject)
{
	bool v6 = subject->server.family == 6;
	if (subject->plain_icmp || is_icmp(subject->proto) || subject->server_port == 0)
		return v6 ? "icmp6" : "icmp";
	return v6 ? "( icmp6 and ip6[40] < 5 )" : "icmp[0] = 3 or icmp[0] = 11";
}

static void add_traffic(struct buf *out, const struct filter_subject *subject)
{
	buf_add_text(out, " and ( ");
	if (!is_icmp(subject->proto) && subject->server_port) {
		buf_printf(out, "port %u or ", subject->server_port);
		if (subject->translated_server_port && subject->translated_server_port != subject->server_port)
			buf_printf(out, "port %u or ", subject->translated_server_port);
	} else if (subject->proto == 6 || subject->proto == 17) {
		buf_add_text(out, subject->proto == 6 ? "tcp or " : "udp or ");
	}
	buf_printf(out, "%s )", icmp_errors(subject));
}

static void add_own_session(struct buf *out, const struct filter_subject *subject)
{
	bool same = subject->proto == 6 &&
	            (subject->server_port == subject->ssh_port || subject->translated_server_port == subject->ssh_port);
	if (!subject->ssh_port)
		return;
	if (!same)
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
	/* Source NAT leaves the server's address as it is on both sides, and the
	 * filter names the server: all four legs match. Only a translated server
	 * that we do not know hides the far side, and then the client's address
	 * still shows it unless that is translated too. */
	return subject->server.family != 0;
}
