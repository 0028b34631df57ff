#include "check.h"
#include "num.h"

#include <string.h>

/* The filter language as far as the sniffer steps and people's habits use it:
 *   expr := factor { (and | or) factor }     left to right, equal precedence
 *   factor := not factor | ( expr ) | primitive
 * evaluated against one made-up packet. */

enum { SIGHT_MAX_DEPTH = 32, ICMP4 = 1, TCP = 6, UDP = 17, ICMP6 = 58 };

struct sight_parser {
	struct str rest;
	struct str token;
	bool have_token;
	const struct sight *packet;
	unsigned depth;
	bool bad;
};

static bool is_single(char c)
{
	return c == '(' || c == ')' || c == '!';
}

static bool is_word_end(char c)
{
	return c == ' ' || c == '\t' || is_single(c) || c == '=' || c == '<' || c == '>';
}

static void sight_advance(struct sight_parser *parser)
{
	parser->rest = str_trim(parser->rest);
	struct str rest = parser->rest;
	parser->have_token = rest.n > 0;
	if (!parser->have_token)
		return;
	size_t n = 1;
	if (rest.p[0] == '=' || rest.p[0] == '<' || rest.p[0] == '>') {
		while (n < rest.n && rest.p[n] == '=')
			n++;
	} else if (!is_single(rest.p[0])) {
		while (n < rest.n && !is_word_end(rest.p[n]))
			n++;
	}
	parser->token = str_cut(rest, 0, n);
	parser->rest = str_from(rest, n);
}

static bool sight_take(struct sight_parser *parser, const char *word)
{
	if (!parser->have_token || !str_is(parser->token, word))
		return false;
	sight_advance(parser);
	return true;
}

static unsigned sight_number(struct sight_parser *parser, unsigned max)
{
	unsigned value = 0;
	if (!parser->have_token || !num_uint(parser->token, 0, max, &value))
		parser->bad = true;
	sight_advance(parser);
	return value;
}

enum sight_side { SIDE_EITHER, SIDE_SRC, SIDE_DST };

static bool sight_host(struct sight_parser *parser, enum sight_side side)
{
	struct ip ip = {0};
	if (!parser->have_token || !ip_parse(parser->token, &ip))
		parser->bad = true;
	sight_advance(parser);
	const struct sight *packet = parser->packet;
	return (side != SIDE_DST && ip_equal(&packet->src, &ip)) || (side != SIDE_SRC && ip_equal(&packet->dst, &ip));
}

static bool sight_port(struct sight_parser *parser, enum sight_side side)
{
	unsigned port = sight_number(parser, 65535);
	const struct sight *packet = parser->packet;
	if (packet->proto != TCP && packet->proto != UDP)
		return false;
	return (side != SIDE_DST && packet->src_port == port) || (side != SIDE_SRC && packet->dst_port == port);
}

static bool sight_compare(struct sight_parser *parser, bool applies)
{
	static const struct {
		const char *sign;
		bool less, equal;
	} signs[] = {{"=", false, true}, {"==", false, true}, {"<", true, false}, {"<=", true, true}};
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!sight_take(parser, signs[i].sign))
			continue;
		unsigned value = sight_number(parser, 255);
		unsigned type = parser->packet->icmp_type;
		return applies && ((signs[i].less && type < value) || (signs[i].equal && type == value));
	}
	parser->bad = true;
	return false;
}

static bool sight_protocol(struct sight_parser *parser, bool *found)
{
	static const struct {
		const char *word;
		unsigned proto;
	} protocols[] = {{"tcp", TCP}, {"udp", UDP}, {"icmp", ICMP4}, {"icmp6", ICMP6}};
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!sight_take(parser, protocols[i].word))
			continue;
		*found = true;
		bool same = parser->packet->proto == protocols[i].proto;
		return sight_take(parser, "port") ? sight_port(parser, SIDE_EITHER) && same : same;
	}
	return false;
}

static bool sight_primitive(struct sight_parser *parser)
{
	enum sight_side side = SIDE_EITHER;
	if (sight_take(parser, "src"))
		side = SIDE_SRC;
	else if (sight_take(parser, "dst"))
		side = SIDE_DST;
	if (sight_take(parser, "host"))
		return sight_host(parser, side);
	if (sight_take(parser, "port"))
		return sight_port(parser, side);
	const struct sight *packet = parser->packet;
	if (side == SIDE_EITHER && sight_take(parser, "icmp[0]"))
		return sight_compare(parser, packet->proto == ICMP4);
	if (side == SIDE_EITHER && sight_take(parser, "ip6[40]"))
		return sight_compare(parser, packet->proto == ICMP6);
	bool found = false;
	bool seen = side == SIDE_EITHER && sight_protocol(parser, &found);
	if (!found)
		parser->bad = true;
	return seen;
}

static bool sight_expr(struct sight_parser *parser);

static bool sight_factor(struct sight_parser *parser)
{
	if (parser->bad || parser->depth >= SIGHT_MAX_DEPTH) {
		parser->bad = true;
		return false;
	}
	parser->depth++;
	bool seen;
	if (sight_take(parser, "not") || sight_take(parser, "!")) {
		seen = !sight_factor(parser);
	} else if (sight_take(parser, "(")) {
		seen = sight_expr(parser);
		if (!sight_take(parser, ")"))
			parser->bad = true;
	} else {
		seen = sight_primitive(parser);
	}
	parser->depth--;
	return seen;
}

static bool sight_expr(struct sight_parser *parser)
{
	bool seen = sight_factor(parser);
	while (!parser->bad && parser->have_token) {
		if (sight_take(parser, "and") || sight_take(parser, "&&"))
			seen = sight_factor(parser) && seen;
		else if (sight_take(parser, "or") || sight_take(parser, "||"))
			seen = sight_factor(parser) || seen;
		else
			break;
	}
	return seen;
}

bool sight_test(struct str filter, const struct sight *packet, bool *seen)
{
	filter = str_trim(filter);
	if (filter.n == 0 || str_is(filter, "none")) {
		*seen = true;
		return true;
	}
	struct sight_parser parser = {.rest = filter, .packet = packet};
	sight_advance(&parser);
	bool result = sight_expr(&parser);
	if (parser.bad || parser.have_token)
		return false;
	*seen = result;
	return true;
}
