#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "prompt.h"
#include "redact_parts.h"

/* Which words are names, and where. */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool listed(struct str word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_is_nocase(word, list[i]))
			return true;
	}
	return false;
}

bool redact_is_nobody(struct str name)
{
	static const char *const words[] = {"root",      "global", "N/A",   "none",     "unknown",
	                                    "localhost", "any",    "all",   "default",  "undefined",
	                                    "null",      "-",      "local", "fortigate"};
	return listed(name, words, COUNT(words));
}

/* Sorted, for bsearch. A name among them is replaced only where it stands as a
 * name: else our own sentences, commands and keys would fall apart. */
static const char *const common_words[] = {
        "accept",      "account",    "action",      "address",  "admin",        "advice",        "after",
        "alert",       "allow",      "and",         "answer",   "answers",      "app",           "arp",
        "ask",         "auth",       "average",     "bad",      "been",         "before",        "begin",
        "beyond",      "branch",     "build",       "but",      "bytes",        "capture",       "captured",
        "cause",       "check",      "checks",      "clear",    "client",       "close",         "cluster",
        "command",     "config",     "connect",     "conserve", "conversation", "conversations", "core",
        "count",       "cpu",        "critical",    "data",     "date",         "day",           "days",
        "debug",       "deny",       "device",      "diag",     "diagnose",     "did",           "disable",
        "dmz",         "dns",        "does",        "done",     "down",         "drop",          "dropped",
        "dst",         "edit",       "enable",      "end",      "entry",        "error",         "errors",
        "event",       "execute",    "exit",        "external", "fast",         "field",         "file",
        "filter",      "firewall",   "flag",        "for",      "fortigate",    "fortios",       "forward",
        "found",       "free",       "from",        "gate",     "get",          "group",         "guest",
        "had",         "hard",       "hardware",    "has",      "have",         "health",        "here",
        "high",        "host",       "hostname",    "hosts",    "hour",         "hours",         "http",
        "https",       "icmp",       "idle",        "info",     "input",        "interface",     "internal",
        "internet",    "its",        "lan",         "level",    "line",         "lines",         "link",
        "list",        "local",      "log",         "login",    "loss",         "lost",          "low",
        "main",        "management", "master",      "measured", "member",       "memory",        "mgmt",
        "minute",      "minutes",    "mode",        "name",     "nat",          "net",           "network",
        "next",        "node",       "noop",        "not",      "nothing",      "notice",        "office",
        "one",         "open",       "other",       "out",      "output",       "packet",        "packets",
        "path",        "per",        "performance", "ping",     "playbook",     "policy",        "port",
        "primary",     "private",    "process",     "prod",     "production",   "proto",         "public",
        "read",        "reason",     "received",    "refused",  "rejected",     "remote",        "replies",
        "reply",       "report",     "request",     "requests", "reset",        "resources",     "route",
        "router",      "routing",    "run",         "second",   "secondary",    "seconds",       "security",
        "sent",        "server",     "service",     "session",  "sessions",     "set",           "show",
        "side",        "slave",      "sniff",       "sniffer",  "src",          "ssh",           "ssl",
        "standalone",  "start",      "state",       "static",   "status",       "step",          "steps",
        "stop",        "sudo",       "support",     "switch",   "sys",          "system",        "table",
        "target",      "tcp",        "test",        "text",     "than",         "that",          "the",
        "then",        "there",      "this",        "time",     "top",          "total",         "traffic",
        "transparent", "true",       "trust",       "tunnel",   "type",         "udp",           "unknown",
        "unreachable", "untrust",    "uptime",      "used",     "user",         "users",         "value",
        "vdom",        "version",    "virtual",     "vpn",      "wan",          "warning",       "was",
        "web",         "were",       "what",        "when",     "where",        "which",         "while",
        "who",         "why",        "wifi",        "with",     "www",          "yes",           "zone",
};

static int compare(const void *word, const void *row)
{
	return strcmp(word, *(const char *const *)row);
}

static bool all_of(struct str name, const char *set)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!strchr(set, name.p[i]))
			return false;
	}
	return true;
}

bool redact_is_common(struct str name)
{
	char lower[32];
	if (name.n <= 2 || all_of(name, "0123456789"))
		return true;
	if (name.n >= sizeof lower)
		return false;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = redact_lower(name.p[i]);
	lower[name.n] = '\0';
	return bsearch(lower, common_words, COUNT(common_words), sizeof common_words[0], compare) != NULL;
}

/* ---- fields that hold names ---- */

bool redact_field_kind(struct str field, enum redact_kind *out)
{
	static const struct {
		const char *field;
		enum redact_kind kind;
	} fields[] = {
	        {"vd", REDACT_VDOM},
	        {"vdom", REDACT_VDOM},
	        {"srcvdom", REDACT_VDOM},
	        {"dstvdom", REDACT_VDOM},
	        {"FTNTFGTvd", REDACT_VDOM},
	        {"devname", REDACT_HOST},
	        {"hostname", REDACT_HOST},
	        {"dvchost", REDACT_HOST},
	        {"shost", REDACT_HOST},
	        {"dhost", REDACT_HOST},
	        {"srcname", REDACT_HOST},
	        {"dstname", REDACT_HOST},
	        {"qname", REDACT_HOST},
	        {"srcdomain", REDACT_HOST},
	        {"dstdomain", REDACT_HOST},
	        {"domain", REDACT_HOST},
	        {"sni", REDACT_HOST},
	        {"remotename", REDACT_HOST},
	        {"authserver", REDACT_HOST},
	        {"dstauthserver", REDACT_HOST},
	        {"url", REDACT_HOST},
	        {"referralurl", REDACT_HOST},
	        {"alias", REDACT_HOST},
	        {"host", REDACT_HOST},
	        {"devid", REDACT_SERIAL},
	        {"serialno", REDACT_SERIAL},
	        {"sn", REDACT_SERIAL},
	        {"serial", REDACT_SERIAL},
	        {"fctemssn", REDACT_SERIAL},
	        {"deviceExternalId", REDACT_SERIAL},
	        {"user", REDACT_USER},
	        {"srcuser", REDACT_USER},
	        {"dstuser", REDACT_USER},
	        {"unauthuser", REDACT_USER},
	        {"dstunauthuser", REDACT_USER},
	        {"suser", REDACT_USER},
	        {"duser", REDACT_USER},
	        {"xauthuser", REDACT_USER},
	        {"xauthgroup", REDACT_USER},
	        {"group", REDACT_USER},
	        {"login", REDACT_USER},
	        {"loginname", REDACT_USER},
	        {"admin", REDACT_USER},
	        {"initiator", REDACT_USER},
	        {"username", REDACT_USER},
	        {"sender", REDACT_USER},
	        {"recipient", REDACT_USER},
	        {"collectedemail", REDACT_USER},
	        {"from", REDACT_USER},
	        {"to", REDACT_USER},
	        {"auth_user", REDACT_USER},
	};
	/* In CEF and elsewhere the same with a prefix. */
	if (str_starts(field, "FTNTFGT"))
		field = str_from(field, 7);
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (str_is_nocase(field, fields[i].field)) {
			*out = fields[i].kind;
			return true;
		}
	}
	return false;
}

/* The word that ends before `at`. */
static struct str word_before(struct str text, size_t at)
{
	size_t start = at;
	while (start > 0 && at - start < 32 && (redact_is_word(text.p[start - 1]) || text.p[start - 1] == '_'))
		start--;
	return str_cut(text, start, at - start);
}

/* "vd=", "vd=\"", "\"vd\":\"" and the like before `at`. */
static bool behind_field(struct str text, size_t at)
{
	enum redact_kind kind;
	if (at && (text.p[at - 1] == '"' || text.p[at - 1] == '\''))
		at--;
	while (at && text.p[at - 1] == ' ')
		at--;
	if (at == 0 || (text.p[at - 1] != '=' && text.p[at - 1] != ':'))
		return false;
	at--;
	if (at && text.p[at - 1] == '"')
		at--;
	struct str word = word_before(text, at);
	return word.n && redact_field_kind(word, &kind);
}

/* Words of sentences and of commands that a name follows. */
static bool behind_word(struct str text, size_t at)
{
	static const char *const words[] = {"sudo", "VDOM", "vdom", "hostname", "Hostname", "domain", "user", "by"};
	size_t end = at;
	while (end &&
	       (text.p[end - 1] == ' ' || text.p[end - 1] == ':' || text.p[end - 1] == '\'' || text.p[end - 1] == '"'))
		end--;
	struct str word = word_before(text, end);
	for (size_t i = 0; end < at && at - end <= 4 && i < COUNT(words); i++) {
		if (str_is(word, words[i]))
			return true;
	}
	return false;
}

/* "NAME # …", "NAME (", "… (NAME) #" at the start of a line. */
static bool in_prompt(struct str text, size_t at, size_t n)
{
	struct str behind = str_cut(text, at + n, 4);
	bool starts = at == 0 || text.p[at - 1] == '\n' || text.p[at - 1] == '\r';
	if (starts && (str_starts(behind, " # ") || str_starts(behind, " $ ") || str_starts(behind, " (")))
		return true;
	return at && text.p[at - 1] == '(' && (str_starts(behind, ") # ") || str_starts(behind, ") $ "));
}

bool redact_stands_as_name(struct str text, size_t at, size_t n)
{
	bool at_host = at && text.p[at - 1] == '@';
	bool before_host = at + n < text.n && text.p[at + n] == '@';
	return at_host || before_host || behind_field(text, at) || behind_word(text, at) || in_prompt(text, at, n);
}
