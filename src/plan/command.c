#include "command.h"

#include <string.h>

#include "slot.h"

enum { MAX_TOKENS = 64, VDOM_MAX = 31 };

/* Slots: <ip4> <ip6> <vdom> <filter> <N-M> <word|word>. */
const struct command_shape command_shapes[] = {
        {"get system status", COMMAND_PLAIN, false, "cli-get"},
        {"get system performance status", COMMAND_PLAIN, true, "cli-get"},
        {"get system performance top", COMMAND_TOP, true, "cli-get"},
        {"get system ha status", COMMAND_PLAIN, true, "cli-get"},
        {"get system arp", COMMAND_PLAIN, false, "cli-get"},
        {"diagnose sys top <1-60> <1-200> <1-10>", COMMAND_TOP, true, "cli-diagnose"},
        {"diagnose hardware sysinfo memory", COMMAND_PLAIN, true, "cli-diagnose"},
        {"diagnose hardware sysinfo conserve", COMMAND_PLAIN, true, "cli-diagnose"},
        {"execute ping <ip4>", COMMAND_PING, false, "cli-exec"},
        {"execute ping6 <ip6>", COMMAND_PING, false, "cli-exec"},
        {"execute ping-options reset", COMMAND_RESET, false, "cli-exec"},
        {"execute ping-options view-settings", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping-options repeat-count <1-10000>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping-options adaptive-ping <enable|disable>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping-options interval <1-60>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping-options timeout <1-60>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping-options data-size <1-65507>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping-options df-bit <yes|no>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping6-options reset", COMMAND_RESET, false, "cli-exec"},
        {"execute ping6-options view-settings", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping6-options repeat-count <1-10000>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping6-options adaptive-ping <enable|disable>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping6-options interval <1-60>", COMMAND_OPTION, false, "cli-exec"},
        {"execute ping6-options timeout <1-60>", COMMAND_OPTION, false, "cli-exec"},
        {"get router info routing-table details <ip4>", COMMAND_PLAIN, false, "cli-get"},
        {"diagnose sys session filter", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session filter src <ip4>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session filter dst <ip4>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session filter proto <1-255>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session filter dport <1-65535>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session list", COMMAND_SESSIONS, false, "cli-diagnose"},
        {"diagnose sys session6 filter", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session6 filter src <ip6>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session6 filter dst <ip6>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session6 filter proto <1-255>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session6 filter dport <1-65535>", COMMAND_FILTER, false, "cli-diagnose"},
        {"diagnose sys session6 list", COMMAND_SESSIONS, false, "cli-diagnose"},
        {"diagnose sniffer packet any <filter> <4|6> <1-100000> a", COMMAND_SNIFFER, false, "cli-diagnose"},
        {"exit", COMMAND_EXIT, false, ""},
};
const size_t command_shape_count = sizeof command_shapes / sizeof command_shapes[0];

static const char key_bytes[KEYS] = {
        [KEY_PAGER_NEXT] = ' ',   [KEY_BANNER_ACCEPT] = 'a', [KEY_TOP_QUIT] = 'q',
        [KEY_INTERRUPT] = '\x03', [KEY_NEWLINE] = '\n',
};

char command_key_byte(enum command_key key)
{
	return key < KEYS ? key_bytes[key] : '\n';
}

/* No VDOM of ours: `global` is the other scope, and the words that change
 * something stand in no command at all, not even as a name. */
static bool vdom_reserved(struct str name)
{
	static const char *const words[] = {"global", "config", "edit",  "set",  "unset",
	                                    "delete", "clear",  "purge", "show", "sudo"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (str_is_nocase(name, words[i]))
			return true;
	}
	return false;
}

bool command_vdom_ok(struct str name)
{
	if (name.n == 0 || name.n > VDOM_MAX || vdom_reserved(name))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool ok = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
		          c == '-';
		if (!ok)
			return false;
	}
	return true;
}

/* Tokens stand behind exactly one blank; what is in quotes is one token. */
static int split(struct str text, struct str *tokens, struct err *err)
{
	int n = 0;
	size_t at = 0;
	while (at <= text.n) {
		size_t start = at;
		if (at < text.n && text.p[at] == '"') {
			at++;
			while (at < text.n && text.p[at] != '"')
				at++;
			if (at == text.n)
				return err_set(err, ERR_PLAYBOOK, "a quote is not closed");
			at++;
		} else {
			while (at < text.n && text.p[at] != ' ' && text.p[at] != '"')
				at++;
		}
		if (at == start || (at < text.n && text.p[at] != ' ') || n == MAX_TOKENS)
			return err_set(err, ERR_PLAYBOOK, "column %zu: words are separated by exactly one blank",
			               start + 1);
		tokens[n++] = str_cut(text, start, at - start);
		at++;
	}
	return n;
}

static bool slot_word(struct str slot, struct str token)
{
	while (slot.n) {
		ptrdiff_t bar = str_find_char(slot, '|');
		struct str word = bar < 0 ? slot : str_cut(slot, 0, (size_t)bar);
		if (word.n == token.n && memcmp(word.p, token.p, token.n) == 0)
			return true;
		slot = bar < 0 ? (struct str){"", 0} : str_from(slot, (size_t)bar + 1);
	}
	return false;
}

static bool slot_filter(struct str token)
{
	return token.n > 2 && token.p[0] == '"' && command_filter_ok(str_cut(token, 1, token.n - 2));
}

static bool token_fits(struct str want, struct str token)
{
	if (want.p[0] != '<')
		return want.n == token.n && memcmp(want.p, token.p, token.n) == 0;
	struct str slot = str_cut(want, 1, want.n - 2);
	if (str_is(slot, "ip4"))
		return slot_address(4, token);
	if (str_is(slot, "ip6"))
		return slot_address(6, token);
	if (str_is(slot, "filter"))
		return slot_filter(token);
	if (str_find_char(slot, '|') >= 0)
		return slot_word(slot, token);
	return slot_range(slot, token);
}

/* How many tokens of the command the shape takes before it departs; all of
 * them and the shape's end when *whole. */
static size_t match(const struct command_shape *shape, const struct str *tokens, size_t n, bool *whole)
{
	struct str rest = str_of(shape->shape), want;
	size_t i = 0;
	bool more;
	while ((more = str_next_word(&rest, &want)) && i < n && token_fits(want, tokens[i]))
		i++;
	*whole = !more && i == n;
	return i;
}

static bool bytes_ok(struct str command, struct err *err)
{
	if (command.n == 0 || command.n > COMMAND_MAX_BYTES) {
		(void)err_set(err, ERR_PLAYBOOK, "a command has 1 to %d bytes", COMMAND_MAX_BYTES);
		return false;
	}
	for (size_t i = 0; i < command.n; i++) {
		unsigned char c = (unsigned char)command.p[i];
		if (c < 0x20 || c > 0x7e || c == '?') {
			(void)err_set(err, ERR_PLAYBOOK, "column %zu: byte 0x%02x may not be sent", i + 1, c);
			return false;
		}
	}
	return true;
}

/* `sudo global` or `sudo NAME`: how many tokens it takes, or -1. */
static int scope_tokens(const struct str *tokens, int n, struct err *err)
{
	if (!str_is(tokens[0], "sudo"))
		return 0;
	if (n < 3 || (!str_is(tokens[1], "global") && !command_vdom_ok(tokens[1])))
		return err_set(err, ERR_PLAYBOOK, "sudo takes global or a VDOM's name, and then a command");
	return 2;
}

/* The token that a shape wants at a place; empty past its end. */
static struct str wanted(const struct command_shape *shape, size_t place)
{
	struct str rest = str_of(shape->shape), want = {"", 0};
	for (size_t i = 0; i <= place; i++) {
		if (!str_next_word(&rest, &want))
			return (struct str){"", 0};
	}
	return want;
}

/* Where the command leaves the shape that fits it longest. */
static const struct command_shape *depart(const struct str *tokens, size_t n, const struct command_shape *nearest,
                                          size_t place, struct err *err)
{
	struct str want = wanted(nearest, place);
	if (place >= n)
		(void)err_set(err, ERR_PLAYBOOK, "the command ends too early; it is not in the command table");
	else if (place > 0 && want.n && want.p[0] == '<')
		(void)err_set(err, ERR_PLAYBOOK, "'%.*s' is not in the command table at this place, which wants %.*s",
		              (int)(tokens[place].n < 60 ? tokens[place].n : 60), tokens[place].p, (int)want.n, want.p);
	else
		(void)err_set(err, ERR_PLAYBOOK, "'%.*s' is not in the command table at this place",
		              (int)(tokens[place].n < 60 ? tokens[place].n : 60), tokens[place].p);
	return NULL;
}

const struct command_shape *command_find(struct str command, struct err *err)
{
	struct str tokens[MAX_TOKENS];
	if (!bytes_ok(command, err))
		return NULL;
	int n = split(command, tokens, err);
	if (n < 1)
		return NULL;
	int scope = scope_tokens(tokens, n, err);
	if (scope < 0)
		return NULL;
	const struct command_shape *nearest = &command_shapes[0];
	size_t furthest = 0;
	for (size_t i = 0; i < command_shape_count; i++) {
		const struct command_shape *shape = &command_shapes[i];
		bool whole;
		if (scope && shape->kind == COMMAND_EXIT)
			continue;
		size_t got = match(shape, tokens + scope, (size_t)(n - scope), &whole);
		if (whole)
			return shape;
		if (got > furthest) {
			furthest = got;
			nearest = shape;
		}
	}
	return depart(tokens + scope, (size_t)(n - scope), nearest, furthest, err);
}
