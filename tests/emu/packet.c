#include "packet.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *word;
	unsigned type4, type6;
} kinds[ICMP_KINDS] = {
        [ICMP_KIND_NONE] = {"", 255, 255},
        [ICMP_KIND_ECHO_REQUEST] = {"echo-request", 8, 128},
        [ICMP_KIND_ECHO_REPLY] = {"echo-reply", 0, 129},
        [ICMP_KIND_PORT] = {"port-unreachable", 3, 1},
        [ICMP_KIND_HOST] = {"host-unreachable", 3, 1},
        [ICMP_KIND_NET] = {"net-unreachable", 3, 1},
        [ICMP_KIND_ADMIN] = {"admin-prohibited", 3, 1},
        [ICMP_KIND_FRAG] = {"frag-needed", 3, 2},
        [ICMP_KIND_TIME] = {"time-exceeded", 11, 3},
};

enum icmp_kind icmp_kind_of(const char *word)
{
	for (size_t i = 1; i < ICMP_KINDS; i++) {
		if (strcmp(kinds[i].word, word) == 0)
			return (enum icmp_kind)i;
	}
	return ICMP_KIND_NONE;
}

unsigned icmp_type(const struct packet *packet)
{
	return packet->src.family == AF_INET6 ? kinds[packet->icmp].type6 : kinds[packet->icmp].type4;
}

static int put_stamp(const struct packet *packet, const struct packet_style *style, char *out, size_t size)
{
	if (!style->stamp) {
		int64_t t = packet->time_us - style->zero_us;
		return snprintf(out, size, "%lld.%06lld", (long long)(t / 1000000), (long long)(t % 1000000));
	}
	int64_t t =
	        packet->time_us + style->ahead_us + (style->stamp == 'l' ? style->zone_minutes * INT64_C(60000000) : 0);
	time_t seconds = (time_t)(t / 1000000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t n = strftime(out, size, "%Y-%m-%d %H:%M:%S", &tm);
	return (int)n + snprintf(out + n, size - n, ".%06lld", (long long)(t % 1000000));
}

static void put_tcp(const struct packet *p, char *out, size_t size)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {{FLAG_SYN, "syn"}, {FLAG_RST, "rst"}, {FLAG_FIN, "fin"}, {FLAG_PSH, "psh"}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!(p->flags & words[i].flag))
			continue;
		if (p->flags & FLAG_ACK)
			(void)snprintf(out, size, "%s %u ack %u ", words[i].word, p->seq, p->ack);
		else
			(void)snprintf(out, size, "%s %u ", words[i].word, p->seq);
		return;
	}
	(void)snprintf(out, size, "ack %u ", p->ack);
}

static void put_icmp(const struct packet *p, char *out, size_t size)
{
	char dst[ADDR_TEXT];
	const char *name = p->src.family == AF_INET6 ? "icmp6" : "icmp";
	const char *l4 = p->quoted_proto == PROTO_TCP ? "tcp" : "udp";
	addr_print(&p->quoted_dst, dst);
	switch (p->icmp) {
	case ICMP_KIND_ECHO_REQUEST:
	case ICMP_KIND_ECHO_REPLY: {
		const char *what = p->icmp == ICMP_KIND_ECHO_REQUEST ? "request" : "reply";
		if (p->src.family == AF_INET6)
			(void)snprintf(out, size, "%s: echo %s seq %u", name, what, p->seq);
		else
			(void)snprintf(out, size, "%s: echo %s", name, what);
		return;
	}
	case ICMP_KIND_PORT:
		(void)snprintf(out, size, "%s: %s %s port %u unreachable", name, dst, l4, p->quoted_port);
		return;
	case ICMP_KIND_HOST:
		(void)snprintf(out, size, "%s: host %s unreachable", name, dst);
		return;
	case ICMP_KIND_NET:
		(void)snprintf(out, size, "%s: net %s unreachable", name, dst);
		return;
	case ICMP_KIND_ADMIN:
		(void)snprintf(out, size, "%s: host %s unreachable - admin prohibited", name, dst);
		return;
	case ICMP_KIND_FRAG:
		(void)snprintf(out, size, "%s: %s unreachable - need to frag (mtu 1400)", name, dst);
		return;
	case ICMP_KIND_TIME:
		(void)snprintf(out, size, "%s: time exceeded in-transit", name);
		return;
	case ICMP_KIND_NONE:
	case ICMP_KINDS:
		break;
	}
	(void)snprintf(out, size, "%s: type-#255", name);
}

void packet_print(const struct packet *p, const struct packet_style *style, char *out, size_t size)
{
	char stamp[64], src[ADDR_TEXT], dst[ADDR_TEXT], via[64] = "", body[160] = "";
	(void)put_stamp(p, style, stamp, sizeof stamp);
	if (style->level >= 4)
		(void)snprintf(via, sizeof via, "%s %s ", p->interface,
		               style->one_interface ? "--"
		               : p->out             ? "out"
		                                    : "in");
	addr_print(&p->src, src);
	addr_print(&p->dst, dst);
	if (p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6) {
		put_icmp(p, body, sizeof body);
		(void)snprintf(out, size, "%s %s%s -> %s: %s", stamp, via, src, dst, body);
		return;
	}
	if (p->proto == PROTO_TCP)
		put_tcp(p, body, sizeof body);
	else
		(void)snprintf(body, sizeof body, "udp %u%s", p->length, p->src.family == AF_INET6 ? " [hlim 63]" : "");
	(void)snprintf(out, size, "%s %s%s.%u -> %s.%u: %s", stamp, via, src, p->sport, dst, p->dport, body);
}
