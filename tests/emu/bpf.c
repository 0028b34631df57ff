#include "bpf.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum op { OP_ALL, OP_AND, OP_OR, OP_NOT, OP_HOST, OP_PORT, OP_PROTO, OP_ICMP_BYTE, OP_IP6_BYTE };
enum side { SIDE_ANY, SIDE_SRC, SIDE_DST };

struct term {
	enum op op;
	int left, right; /* of and, or, not */
	enum side side;
	struct addr addr;
	unsigned port;
	unsigned proto; /* of OP_PORT too, 0 for either; OP_PROTO: 4 and 41 stand for ip and ip6 */
	unsigned offset;
	char compare[3];
	unsigned value;
};

enum { MAX_TERMS = 128, MAX_TOKENS = 256 };

struct bpf {
	struct term terms[MAX_TERMS];
	int count, root;
	/* while parsing */
	char *tokens[MAX_TOKENS];
	int token_count, at;
};

/* ---- tokens ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == ':' || c == '_' || c == '-';
}

static size_t token_length(const char *p)
{
	static const char *const twos[] = {"&&", "||", "==", "!=", "<=", ">="};
	size_t n = 0;
	for (size_t i = 0; i < sizeof twos / sizeof twos[0]; i++) {
		if (strncmp(p, twos[i], 2) == 0)
			return 2;
	}
	while (is_word(p[n]))
		n++;
	return n ? n : strchr("()[]=<>!", *p) ? 1 : 0;
}

static bool tokenize(struct bpf *bpf, const char *text)
{
	for (const char *p = text; *p;) {
		if (*p == ' ' || *p == '\t') {
			p++;
			continue;
		}
		size_t n = token_length(p);
		if (n == 0 || bpf->token_count == MAX_TOKENS)
			return false;
		bpf->tokens[bpf->token_count++] = emu_strndup(p, n);
		p += n;
	}
	return true;
}

static const char *peek(const struct bpf *bpf)
{
	return bpf->at < bpf->token_count ? bpf->tokens[bpf->at] : "";
}

static bool take(struct bpf *bpf, const char *word)
{
	if (strcmp(peek(bpf), word) != 0)
		return false;
	bpf->at++;
	return true;
}

static bool take_number(struct bpf *bpf, unsigned max, unsigned *out)
{
	const char *text = peek(bpf);
	char *end;
	if (!isdigit((unsigned char)text[0]))
		return false;
	unsigned long value = strtoul(text, &end, 10);
	if (*end || value > max)
		return false;
	bpf->at++;
	*out = (unsigned)value;
	return true;
}

/* ---- grammar; each returns the index of a term or -1 ---- */

static int parse_expr(struct bpf *bpf, int depth);

static int add(struct bpf *bpf, struct term term)
{
	if (bpf->count == MAX_TERMS)
		return -1;
	bpf->terms[bpf->count] = term;
	return bpf->count++;
}

static int parse_byte(struct bpf *bpf, enum op op)
{
	static const char *const compares[] = {"=", "==", "!=", "<", ">", "<=", ">="};
	struct term term = {.op = op};
	if (!take(bpf, "[") || !take_number(bpf, 1500, &term.offset) || !take(bpf, "]"))
		return -1;
	for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++) {
		if (!take(bpf, compares[i]))
			continue;
		(void)strcpy(term.compare, compares[i]);
		return take_number(bpf, 255, &term.value) ? add(bpf, term) : -1;
	}
	return -1;
}

static int parse_host(struct bpf *bpf, struct term term)
{
	term.op = OP_HOST;
	if (!addr_parse(peek(bpf), &term.addr))
		return -1;
	bpf->at++;
	return add(bpf, term);
}

static int parse_port(struct bpf *bpf, struct term term)
{
	term.op = OP_PORT;
	return take_number(bpf, 65535, &term.port) ? add(bpf, term) : -1;
}

static int parse_protocol(struct bpf *bpf)
{
	static const struct {
		const char *word;
		unsigned proto;
	} words[] = {{"tcp", PROTO_TCP}, {"udp", PROTO_UDP}, {"icmp", PROTO_ICMP}, {"icmp6", PROTO_ICMP6},
	             {"ip", 4},          {"ip6", 41},        {"arp", 255}};
	struct term term = {.op = OP_PROTO};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!take(bpf, words[i].word))
			continue;
		term.proto = words[i].proto;
		if (strcmp(peek(bpf), "[") == 0) {
			bool icmp = term.proto == PROTO_ICMP;
			return icmp || term.proto == 41 ? parse_byte(bpf, icmp ? OP_ICMP_BYTE : OP_IP6_BYTE) : -1;
		}
		bool l4 = term.proto == PROTO_TCP || term.proto == PROTO_UDP;
		if (l4 && take(bpf, "port"))
			return parse_port(bpf, term);
		return add(bpf, term);
	}
	return -1;
}

static int parse_primitive(struct bpf *bpf)
{
	struct term term = {0};
	if (take(bpf, "src"))
		term.side = SIDE_SRC;
	else if (take(bpf, "dst"))
		term.side = SIDE_DST;
	if (take(bpf, "host"))
		return parse_host(bpf, term);
	if (take(bpf, "port"))
		return parse_port(bpf, term);
	return term.side == SIDE_ANY ? parse_protocol(bpf) : parse_host(bpf, term);
}

static int parse_factor(struct bpf *bpf, int depth)
{
	if (depth > 40)
		return -1;
	if (take(bpf, "not") || take(bpf, "!")) {
		int inner = parse_factor(bpf, depth + 1);
		return inner < 0 ? -1 : add(bpf, (struct term){.op = OP_NOT, .left = inner});
	}
	if (take(bpf, "(")) {
		int inner = parse_expr(bpf, depth + 1);
		return inner >= 0 && take(bpf, ")") ? inner : -1;
	}
	return parse_primitive(bpf);
}

/* In this language and has no precedence over or. */
static int parse_expr(struct bpf *bpf, int depth)
{
	int left = parse_factor(bpf, depth);
	while (left >= 0) {
		bool both = take(bpf, "and") || take(bpf, "&&");
		if (!both && !take(bpf, "or") && !take(bpf, "||"))
			return left;
		int right = parse_factor(bpf, depth);
		left = right < 0 ? -1
		                 : add(bpf, (struct term){.op = both ? OP_AND : OP_OR, .left = left, .right = right});
	}
	return -1;
}

struct bpf *bpf_parse(const char *text)
{
	struct bpf *bpf = emu_alloc(sizeof *bpf);
	bool ok = tokenize(bpf, text);
	if (ok && (bpf->token_count == 0 || (bpf->token_count == 1 && take(bpf, "none"))))
		bpf->root = add(bpf, (struct term){.op = OP_ALL});
	else
		bpf->root = ok ? parse_expr(bpf, 0) : -1;
	ok = bpf->root >= 0 && bpf->at >= bpf->token_count - (bpf->terms[bpf->root].op == OP_ALL);
	if (ok)
		return bpf;
	bpf_free(bpf);
	return NULL;
}

void bpf_free(struct bpf *bpf)
{
	if (!bpf)
		return;
	for (int i = 0; i < bpf->token_count; i++)
		free(bpf->tokens[i]);
	free(bpf);
}

/* ---- match ---- */

static bool compare(unsigned a, const char *how, unsigned b)
{
	bool equal = how[0] == '=' || how[1] == '=';
	if (how[0] == '!')
		return a != b;
	return (equal && a == b) || (how[0] == '<' && a < b) || (how[0] == '>' && a > b);
}

static bool match_host(const struct term *term, const struct packet *p)
{
	return (term->side != SIDE_DST && addr_equal(&term->addr, &p->src)) ||
	       (term->side != SIDE_SRC && addr_equal(&term->addr, &p->dst));
}

static bool match_port(const struct term *term, const struct packet *p)
{
	bool has_ports = p->proto == PROTO_TCP || p->proto == PROTO_UDP;
	if (!has_ports || (term->proto && term->proto != p->proto))
		return false;
	return (term->side != SIDE_DST && p->sport == term->port) || (term->side != SIDE_SRC && p->dport == term->port);
}

static bool match_proto(const struct term *term, const struct packet *p)
{
	if (term->proto == 4 || term->proto == 41)
		return p->src.family == (term->proto == 4 ? AF_INET : AF_INET6);
	return p->proto == term->proto;
}

static bool match_ip6_byte(const struct term *term, const struct packet *p)
{
	if (p->src.family != AF_INET6 || term->offset != 40)
		return false;
	unsigned byte = p->proto == PROTO_ICMP6 ? icmp_type(p) : p->sport >> 8;
	return compare(byte, term->compare, term->value);
}

static bool match(const struct bpf *bpf, int at, const struct packet *p)
{
	const struct term *term = &bpf->terms[at];
	switch (term->op) {
	case OP_ALL:
		return true;
	case OP_AND:
		return match(bpf, term->left, p) && match(bpf, term->right, p);
	case OP_OR:
		return match(bpf, term->left, p) || match(bpf, term->right, p);
	case OP_NOT:
		return !match(bpf, term->left, p);
	case OP_HOST:
		return match_host(term, p);
	case OP_PORT:
		return match_port(term, p);
	case OP_PROTO:
		return match_proto(term, p);
	case OP_ICMP_BYTE:
		return p->proto == PROTO_ICMP && term->offset == 0 && compare(icmp_type(p), term->compare, term->value);
	case OP_IP6_BYTE:
		return match_ip6_byte(term, p);
	}
	return false;
}

bool bpf_match(const struct bpf *bpf, const struct packet *packet)
{
	return match(bpf, bpf->root, packet);
}
