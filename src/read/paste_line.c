#include <string.h>

#include "paste.h"

/* What one line of a pasted text is: a prompt, a command, the first or the
 * last line of an output. */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '~' || c == '-';
}

static size_t blanks(struct str text, size_t at)
{
	while (at < text.n && text.p[at] == ' ')
		at++;
	return at;
}

/* ---- prompts ---- */

/* Behind "(…)" at `at`, or `at` itself. */
static size_t behind_parenthesis(struct str line, size_t at, struct str *inside)
{
	size_t i = at + 1;
	if (at >= line.n || line.p[at] != '(')
		return at;
	while (i < line.n && i - at <= 79 && line.p[i] != ')' && line.p[i] != '(')
		i++;
	if (i >= line.n || line.p[i] != ')' || i == at + 1)
		return at;
	*inside = str_cut(line, at + 1, i - at - 1);
	return i + 1;
}

static bool is_role(struct str word)
{
	return str_is(word, "Primary") || str_is(word, "Secondary");
}

/* "HOST # ", "HOST(Primary) (vdom) $ ", also without its blanks. */
static bool gate_prompt(struct str line, struct paste_prompt *out)
{
	struct str inside = {"", 0};
	size_t i = 0;
	while (i < line.n && i <= 35 && is_name(line.p[i]))
		i++;
	if (i == 0 || i > 35)
		return false;
	out->host = str_cut(line, 0, i);
	for (int part = 0; part < 2; part++) {
		i = behind_parenthesis(line, blanks(line, i), &inside);
		if (inside.n && !is_role(inside))
			out->context = inside;
	}
	i = blanks(line, i);
	if (i >= line.n || (line.p[i] != '#' && line.p[i] != '$'))
		return false;
	out->kind = PASTE_GATE;
	out->text = str_cut(line, 0, i + 1);
	out->command = str_trim(str_from(line, i + 1));
	return true;
}

/* "user@host:~$ ", "[user@host dir]# ", "C:\Users\user>". */
static bool host_prompt(struct str line, struct paste_prompt *out)
{
	bool windows = line.n > 3 && is_letter(line.p[0]) && line.p[1] == ':' && line.p[2] == '\\';
	bool bracket = line.n && line.p[0] == '[';
	bool at = false;
	size_t i = 0;
	for (; i < line.n && i < 160; i++) {
		char c = line.p[i];
		if (windows ? c == '>' : (c == '$' || c == '#' || c == '%') && at)
			break;
		if (c == '=' || (c == ' ' && !bracket && !windows))
			return false;
		at = at || (c == '@' && i > 0);
	}
	if (i >= line.n || i >= 160)
		return false;
	out->kind = PASTE_HOST;
	out->host = out->context = (struct str){"", 0};
	out->text = str_cut(line, 0, i + 1);
	out->command = str_trim(str_from(line, i + 1));
	return true;
}

static bool is_again(const struct paste_prompt *prompt, const struct paste_prompt *again)
{
	struct paste_command command;
	return (again->host.n == prompt->host.n && memcmp(again->host.p, prompt->host.p, again->host.n) == 0) ||
	       paste_command_parse(again->command, &command);
}

bool paste_prompt_parse(struct str line, struct paste_prompt *out)
{
	*out = (struct paste_prompt){.host = {"", 0}, .text = {"", 0}, .context = {"", 0}, .command = {"", 0}};
	if (!gate_prompt(line, out))
		return host_prompt(line, out);
	/* A prompt may be printed again on its own line, or another log's first one behind it. */
	struct paste_prompt again = {.host = {"", 0}};
	while (gate_prompt(out->command, &again) && is_again(out, &again)) {
		*out = again;
		again = (struct paste_prompt){.host = {"", 0}};
	}
	return true;
}

/* ---- commands ---- */

/* The longer row first where one is the start of another. */
static const struct {
	const char *words;
	const char *reader; /* NULL: known, and nothing of it is read */
	bool values;        /* more words may follow */
} shapes[] = {
        {"get system status", "status", false},
        {"get system performance status", "performance", false},
        {"get system performance top", "top", true},
        {"diagnose system top", "top", true},
        {"diagnose hardware sysinfo memory", "memory", false},
        {"get hardware memory", "memory", false},
        {"diagnose hardware sysinfo conserve", "conserve", false},
        {"execute ping", "ping", true},
        {"execute ping6", "ping", true},
        {"execute ping-options", NULL, true},
        {"execute ping6-options", NULL, true},
        {"diagnose sniffer packet", "sniffer", true},
};

/* First words of what can be typed at a FortiGate's prompt. */
static const char *const verbs[] = {"get",  "diagnose", "execute", "show", "config", "edit", "end",
                                    "next", "exit",     "set",     "sudo", "abort",  "quit", "fnsysctl"};

enum { PREFIX_MIN = 2 };

/* 0 no match, 1 a prefix, 2 the word itself. */
static int word_match(struct str typed, struct str word)
{
	if (typed.n > word.n || typed.n < PREFIX_MIN || memcmp(typed.p, word.p, typed.n) != 0)
		return 0;
	return typed.n == word.n ? 2 : 1;
}

/* The weakest match of a shape's words, 0 for none; *values is the rest. */
static int shape_match(struct str typed, const char *words, struct str *values)
{
	struct str rest = str_of(words), word, one;
	int weakest = 2;
	while (str_next_word(&rest, &word)) {
		int match = str_next_word(&typed, &one) ? word_match(one, word) : 0;
		if (match == 0)
			return 0;
		/* Only the last word tells neighbours such as ping and ping-options apart. */
		weakest = match;
	}
	*values = str_trim(typed);
	return weakest;
}

static void shape_find(struct str typed, struct paste_command *out)
{
	int best = 0;
	unsigned equals = 0;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct str values = {"", 0};
		int match = shape_match(typed, shapes[i].words, &values);
		if (match == 0 || (values.n && !shapes[i].values) || match < best)
			continue;
		equals = match > best ? 1 : equals + 1;
		best = match;
		out->reader = shapes[i].reader;
		out->shape = shapes[i].words;
		out->values = values;
	}
	if (equals > 1) {
		out->reader = NULL;
		out->shape = "";
		out->values = (struct str){"", 0};
	}
}

static bool is_verb(struct str word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (word_match(word, str_of(verbs[i])))
			return true;
	}
	return false;
}

/* Offset of a "|" outside quotes, or the length. */
static size_t pipe_at(struct str text)
{
	char quote = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else if (c == '|' && !quote)
			return i;
	}
	return text.n;
}

bool paste_command_parse(struct str text, struct paste_command *out)
{
	*out = (struct paste_command){.shape = "", .scope = {"", 0}, .values = {"", 0}};
	size_t pipe = pipe_at(text);
	struct str typed = str_trim(str_cut(text, 0, pipe)), rest = typed, word;
	out->filtered = pipe < text.n;
	if (!str_next_word(&rest, &word) || !is_verb(word))
		return false;
	if (str_is(word, "sudo")) {
		if (!str_next_word(&rest, &out->scope))
			return true;
		typed = str_trim(rest);
	}
	shape_find(typed, out);
	return true;
}

/* ---- outputs ---- */

static const struct {
	const char *reader;
	const char *text;
} openings[] = {
        {"ping", "PING "},       {"sniffer", "interfaces=["},           {"performance", "CPU states:"},
        {"top", "Run Time:"},    {"conserve", "memory conserve mode:"}, {"status", "Version: Forti"},
        {"memory", "MemTotal:"}, {"memory", "total:    used:"},
};

const char *paste_opening(struct str line)
{
	line = str_trim(line);
	for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
		if (str_starts(line, openings[i].text))
			return openings[i].reader;
	}
	return NULL;
}

/* Past such a line an output has nothing more to tell. */
static const struct {
	const char *reader;
	const char *text;
} closings[] = {
        {"ping", "round-trip min/avg/max"}, {"ping", "rtt min/avg/max"}, {"ping", " 100% packet loss"},
        {"sniffer", "dropped by kernel"},   {"performance", "Uptime:"},  {"conserve", "threshold green:"},
        {"status", "System time:"},         {"memory", "SwapFree:"},
};

bool paste_closing(const char *reader, struct str line)
{
	for (size_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
		if (strcmp(closings[i].reader, reader) == 0 && str_find(line, closings[i].text) >= 0)
			return true;
	}
	return false;
}
