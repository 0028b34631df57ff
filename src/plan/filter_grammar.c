#include "command.h"

#include "ip.h"
#include "num.h"

/* Recursive descent over the sub-grammar of command.h, one token at a time. */

enum { MAX_DEPTH = 16, FILTER_MAX = 400 };

struct parser {
	struct str rest;
	struct str token; /* the current one; empty at the end */
	bool bad;         /* a blank too many or too few */
};

static void advance(struct parser *parser)
{
	struct str text = parser->rest;
	size_t n = 0;
	while (n < text.n && text.p[n] != ' ')
		n++;
	parser->token = str_cut(text, 0, n);
	if (n < text.n && (n == 0 || n + 1 == text.n))
		parser->bad = true;
	parser->rest = n < text.n ? str_from(text, n + 1) : (struct str){"", 0};
}

static bool take(struct parser *parser, const char *word)
{
	if (parser->token.n == 0 || !str_is(parser->token, word))
		return false;
	advance(parser);
	return true;
}

static bool take_number(struct parser *parser, unsigned min, unsigned max)
{
	unsigned value;
	if (!num_uint(parser->token, min, max, &value) || (parser->token.n > 1 && parser->token.p[0] == '0'))
		return false;
	advance(parser);
	return true;
}

static bool take_host(struct parser *parser)
{
	struct ip ip;
	char text[IP_TEXT_MAX];
	if (!ip_parse(parser->token, &ip) || !str_is(parser->token, ip_print(&ip, text)))
		return false;
	advance(parser);
	return true;
}

static bool take_port(struct parser *parser)
{
	return take(parser, "port") && take_number(parser, 1, 65535);
}

static bool primitive(struct parser *parser)
{
	if (take(parser, "host"))
		return take_host(parser);
	if (take(parser, "tcp") || take(parser, "udp"))
		return str_is(parser->token, "port") ? take_port(parser) : true;
	if (take(parser, "icmp") || take(parser, "icmp6"))
		return true;
	if (take(parser, "icmp[0]"))
		return take(parser, "=") && take_number(parser, 0, 255);
	if (take(parser, "ip6[40]"))
		return take(parser, "<") && take_number(parser, 0, 255);
	return take_port(parser);
}

static bool expression(struct parser *parser, unsigned depth);

static bool term(struct parser *parser, unsigned depth)
{
	if (depth == 0)
		return false;
	if (take(parser, "not"))
		return term(parser, depth - 1);
	if (take(parser, "("))
		return expression(parser, depth - 1) && take(parser, ")");
	return primitive(parser);
}

static bool expression(struct parser *parser, unsigned depth)
{
	do {
		if (!term(parser, depth))
			return false;
	} while (take(parser, "and") || take(parser, "or"));
	return true;
}

bool command_filter_ok(struct str filter)
{
	struct parser parser = {.rest = filter};
	if (filter.n == 0 || filter.n > FILTER_MAX)
		return false;
	advance(&parser);
	return expression(&parser, MAX_DEPTH) && parser.token.n == 0 && parser.rest.n == 0 && !parser.bad;
}
