#include "options.h"

#include <getopt.h>
#include <string.h>

#include "num.h"
#include "report.h"

#define ON(command) (1u << (command))

static const unsigned ANY = ON(CMD_DIAGNOSE) | ON(CMD_JUDGE) | ON(CMD_READ) | ON(CMD_PCAP) | ON(CMD_PLAYBOOK);
static const int64_t MAX_WAIT_US = INT64_C(3600000000);

enum type { TYPE_FLAG, TYPE_COUNT, TYPE_TEXT, TYPE_LIST, TYPE_NUMBER, TYPE_SECONDS, TYPE_COLOR, TYPE_SET };

struct option_row {
	int letter; /* or 0 */
	const char *name;
	const char *value; /* what the argument is, NULL for a flag */
	unsigned commands;
	enum type type;
	size_t offset;      /* in struct options */
	const char *detail; /* TYPE_SET: the variable; else NULL */
	const char *help;
};

#define AT(field) offsetof(struct options, field)

/* In the order in which help shows them. */
static const struct option_row rows[] = {
        {'d', "device", "[USER@]HOST[:PORT]", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(device), NULL, "the FortiGate to ask"},
        {'l', "user", "USER", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(user), NULL, "log in as USER"},
        {'F', "ssh-config", "FILE|none", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(ssh_config), NULL,
         "OpenSSH configuration to heed"},
        {'i', "identity", "FILE", ON(CMD_DIAGNOSE), TYPE_LIST, AT(identities), NULL,
         "private key to log in with; repeatable"},
        {0, "password-fd", "N", ON(CMD_DIAGNOSE), TYPE_NUMBER, AT(password_fd), NULL,
         "read the password from descriptor N"},
        {0, "password-file", "FILE", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(password_file), NULL,
         "read it from FILE, which only you may read"},
        {0, "known-hosts", "FILE", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(known_hosts), NULL, "known_hosts file to use"},
        {0, "host-key", "SHA256:...", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(host_key), NULL,
         "accept this host key and no other"},
        {0, "accept-new", NULL, ON(CMD_DIAGNOSE), TYPE_FLAG, AT(accept_new), NULL,
         "trust and remember a host not yet known"},
        {0, "legacy-algorithms", NULL, ON(CMD_DIAGNOSE), TYPE_FLAG, AT(legacy_algorithms), NULL,
         "offer SHA-1, CBC and ssh-rsa too"},
        {0, "target", "IP[:PORT]", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_TEXT, AT(target), NULL,
         "server, in place of the entry's"},
        {0, "proto", "tcp|udp|icmp", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_TEXT, AT(proto), NULL,
         "protocol, in place of the entry's"},
        {0, "vdom", "NAME", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_TEXT, AT(vdom), NULL,
         "VDOM, in place of the entry's"},
        {0, "entry", "N", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_NUMBER, AT(entry_number), NULL,
         "the N-th ip-conn entry of the input"},
        {0, "host", "local|none|[USER@]HOST[:PORT]", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(host), NULL,
         "where the client's side is measured; default: here, if the entry's client is this machine"},
        {0, "playbook", "NAME|FILE", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_TEXT, AT(playbook), NULL,
         "what to ask; default ip-conn"},
        {0, "set", "NAME=VALUE", ON(CMD_DIAGNOSE), TYPE_LIST, AT(sets), NULL,
         "change a playbook's variable; repeatable"},
        {0, "time", "SECONDS", ON(CMD_DIAGNOSE), TYPE_SET, 0, "time", "for the whole run"},
        {0, "wait", "SECONDS", ON(CMD_DIAGNOSE), TYPE_SECONDS, AT(wait_us), NULL,
         "capture that long, 3600 at most, for the client to try again"},
        {0, "ping-count", "N", ON(CMD_DIAGNOSE), TYPE_SET, 0, "ping.count",
         "at most N pings; more than 1000: all N, and the time for them"},
        {0, "df-size", "BYTES", ON(CMD_DIAGNOSE), TYPE_SET, 0, "ping.df_size",
         "five more pings with BYTES of data that may not be split"},
        {0, "packets", "N", ON(CMD_DIAGNOSE), TYPE_SET, 0, "sniffer.packets", "at most N packets from the sniffer"},
        {'f', "format", "text|json|check", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_TEXT, AT(format), NULL,
         "form of the report"},
        {'o', "output", "FILE", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE) | ON(CMD_READ) | ON(CMD_PCAP), TYPE_TEXT, AT(output),
         NULL, "write the report or capture to FILE"},
        {0, "record", "FILE", ON(CMD_DIAGNOSE), TYPE_TEXT, AT(record), NULL,
         "save the transcript, for judge and for tickets"},
        {0, "pcap", "FILE", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_TEXT, AT(pcap), NULL,
         "the captured packets' bytes to FILE, for Wireshark"},
        {0, "payload", NULL, ON(CMD_DIAGNOSE) | ON(CMD_JUDGE) | ON(CMD_PCAP), TYPE_FLAG, AT(payload), NULL,
         "keep what follows the transport header"},
        {0, "zone", "+HHMM", ON(CMD_PCAP), TYPE_TEXT, AT(zone), NULL, "the device's zone, for local time stamps"},
        {0, "start", "TIME", ON(CMD_PCAP), TYPE_TEXT, AT(start), NULL, "when relative time stamps began"},
        {'n', "dry-run", NULL, ON(CMD_DIAGNOSE), TYPE_FLAG, AT(dry_run), NULL,
         "print what would be sent; send nothing"},
        {'v', "verbose", NULL, ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_COUNT, AT(verbose), NULL,
         "say each step as it ends"},
        {'q', "quiet", NULL, ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_FLAG, AT(quiet), NULL, "no progress"},
        {0, "color", "auto|always|never", ON(CMD_DIAGNOSE) | ON(CMD_JUDGE), TYPE_COLOR, AT(color), NULL,
         "auto heeds NO_COLOR and terminals"},
        {'h', "help", NULL, 0, TYPE_FLAG, AT(help), NULL, "this text"},
        {'V', "version", NULL, 0, TYPE_FLAG, AT(version), NULL, "version, also of the libraries"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static void make_getopt(struct option *longs, char *shorts)
{
	size_t n = 0;
	shorts[n++] = ':';
	for (size_t i = 0; i < ROWS; i++) {
		longs[i] = (struct option){rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
		                           rows[i].letter ? rows[i].letter : 256 + (int)i};
		if (rows[i].letter) {
			shorts[n++] = (char)rows[i].letter;
			if (rows[i].value)
				shorts[n++] = ':';
		}
	}
	longs[ROWS] = (struct option){0};
	shorts[n] = '\0';
}

static const struct option_row *row_of(int value)
{
	if (value >= 256)
		return &rows[value - 256];
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].letter && rows[i].letter == value)
			return &rows[i];
	}
	return NULL;
}

/* getopt_long takes "--dev" for "--device"; scripts that rely on that break
 * with the next option, so only whole names count. */
static bool spelled_out(const char *word, const char *name)
{
	if (strncmp(word, "--", 2) != 0)
		return true;
	size_t n = strcspn(word + 2, "=");
	return n == strlen(name) && strncmp(word + 2, name, n) == 0;
}

static void list_add(struct arena *arena, const char ***list, size_t *count, size_t *capacity, const char *value)
{
	*list = arena_grow(arena, *list, *count, capacity, sizeof **list);
	(*list)[(*count)++] = value;
}

static int set_list(struct arena *arena, struct options *out, const struct option_row *row, const char *value)
{
	if (row->offset == AT(identities))
		list_add(arena, &out->identities, &out->identity_count, &out->identity_capacity, value);
	else
		list_add(arena, &out->sets, &out->set_count, &out->set_capacity, value);
	return 0;
}

static int bad_value(const struct option_row *row, const char *value, struct err *err)
{
	return err_set(err, ERR_USAGE, "--%s: '%.60s' is not %s", row->name, value, row->value);
}

static int set_number(struct options *out, const struct option_row *row, const char *value, struct err *err)
{
	unsigned number;
	bool is_fd = row->offset == AT(password_fd);
	if (!num_uint(str_of(value), is_fd ? 0 : 1, 1000000, &number))
		return bad_value(row, value, err);
	if (is_fd)
		out->password_fd = (int)number;
	else
		out->entry_number = number;
	return 0;
}

static int set_color(struct options *out, const struct option_row *row, const char *value, struct err *err)
{
	static const char *const words[] = {[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i], value) == 0) {
			out->color = (enum color_when)i;
			return 0;
		}
	}
	return bad_value(row, value, err);
}

static int set_seconds(struct options *out, const struct option_row *row, const char *value, struct err *err)
{
	uint64_t us;
	if (!num_decimal(str_of(value), 6, (uint64_t)MAX_WAIT_US, &us))
		return err_set(err, ERR_USAGE, "--%s: '%.60s' is not a number of seconds, at most 3600", row->name,
		               value);
	out->wait_us = (int64_t)us;
	return 0;
}

/* Options that are a playbook's variable under a name of their own. */
static int set_variable(struct arena *arena, struct options *out, const struct option_row *row, const char *value)
{
	const char *unit = strcmp(row->detail, "time") == 0 ? "s" : "";
	list_add(arena, &out->sets, &out->set_count, &out->set_capacity,
	         arena_printf(arena, "%s=%s%s", row->detail, value, unit));
	return 0;
}

static int set_row(struct arena *arena, struct options *out, const struct option_row *row, const char *value,
                   struct err *err)
{
	char *base = (char *)out;
	switch (row->type) {
	case TYPE_FLAG:
		*(bool *)(void *)(base + row->offset) = true;
		return 0;
	case TYPE_COUNT:
		++*(unsigned *)(void *)(base + row->offset);
		return 0;
	case TYPE_TEXT:
		*(const char **)(void *)(base + row->offset) = value;
		return 0;
	case TYPE_LIST:
		return set_list(arena, out, row, value);
	case TYPE_NUMBER:
		return set_number(out, row, value, err);
	case TYPE_SECONDS:
		return set_seconds(out, row, value, err);
	case TYPE_COLOR:
		return set_color(out, row, value, err);
	case TYPE_SET:
		return set_variable(arena, out, row, value);
	}
	return -1;
}

/* Letters that two words do not share in the same place, and what one has more. */
static size_t distance(const char *a, const char *b)
{
	size_t n = 0;
	for (; *a && *b; a++, b++)
		n += *a != *b;
	return n + strlen(a) + strlen(b);
}

/* A value behind = is not quoted: it may be a password. */
static int unknown_option(struct arena *arena, const char *text, struct err *err)
{
	const char *best = NULL;
	size_t length = strcspn(text, "=");
	const char *word = arena_strndup(arena, text, length);
	size_t least = length / 2 < 4 ? length / 2 : 4;
	for (size_t i = 0; i < ROWS && strncmp(word, "--", 2) == 0; i++) {
		bool starts = strlen(word) > 3 && str_starts(str_of(rows[i].name), word + 2);
		size_t d = starts ? 0 : distance(word + 2, rows[i].name);
		if (d < least) {
			least = d;
			best = rows[i].name;
		}
	}
	if (best)
		return err_set(err, ERR_USAGE, "unknown option '%.60s'; did you mean --%s?", word, best);
	return err_set(err, ERR_USAGE, "unknown option '%.60s'; see fgdiag --help", word);
}

static int take_command(const char *word, struct options *out, struct err *err)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, word) == 0) {
			out->command = (enum command_id)i;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "unknown command '%.60s'; there are diagnose, judge, read, pcap and playbook",
	               word);
}

static int take_option(struct arena *arena, int got, char **argv, struct options *out, struct err *err)
{
	/* A value of its own stands behind the option's word. */
	const char *word = argv[optind - 1];
	if (optarg && word == optarg)
		word = argv[optind - 2];
	if (got == '?') {
		char letter[3] = {'-', (char)optopt, '\0'};
		return unknown_option(arena,
		                      optopt > 0 && optopt < 256 && strncmp(argv[optind - 1], "--", 2) != 0
		                              ? letter
		                              : argv[optind - 1],
		                      err);
	}
	if (got == ':')
		return err_set(err, ERR_USAGE, "option '%.60s' needs a value", argv[optind - 1]);
	const struct option_row *row = row_of(got);
	if (!row || !spelled_out(word, row->name))
		return unknown_option(arena, word, err);
	if (row->commands && out->command != COMMANDS && !(row->commands & ON(out->command)))
		return err_set(err, ERR_USAGE, "fgdiag %s has no option --%s", commands[out->command].name, row->name);
	return set_row(arena, out, row, optarg ? optarg : "", err);
}

int options_parse(struct arena *arena, int argc, char **argv, struct options *out, struct err *err)
{
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 2];
	struct options options = {.command = COMMANDS, .password_fd = -1, .format = "text", .playbook = "ip-conn"};
	make_getopt(longs, shorts);
	bool has_command = argc > 1 && argv[1][0] != '-';
	if (has_command && take_command(argv[1], &options, err) < 0)
		return -1;
	int skip = has_command ? 1 : 0;
	optind = 0; /* anew, also behind a word that was left half read */
	opterr = 0;
	int got;
	while ((got = getopt_long(argc - skip, argv + skip, shorts, longs, NULL)) != -1) {
		if (take_option(arena, got, argv + skip, &options, err) < 0)
			return -1;
	}
	options.arguments = ARENA_ARRAY(arena, (size_t)(argc - skip - optind) + 1, const char *);
	for (int i = skip + optind; i < argc; i++)
		options.arguments[options.argument_count++] = argv[i];
	if (options.command == COMMANDS && !options.help && !options.version)
		return err_set(err, ERR_USAGE,
		               "which command? For example: fgdiag diagnose -d admin@192.0.2.1 entry.log");
	if (!report_format_find(options.format))
		return err_set(err, ERR_USAGE, "--format: '%.60s' is not text, json or check", options.format);
	if (options.output && strcmp(options.output, "-") == 0)
		options.output = NULL;
	*out = options;
	return 0;
}

static void help_row(const struct option_row *row, struct buf *out)
{
	char left[64];
	struct buf text;
	buf_init(&text, sizeof left);
	if (row->letter)
		buf_printf(&text, "  -%c, --%s", row->letter, row->name);
	else
		buf_printf(&text, "      --%s", row->name);
	if (row->value)
		buf_printf(&text, " %s", row->value);
	buf_add_str(out, buf_str(&text));
	size_t used = text.n;
	if (used > 30) {
		buf_add_char(out, '\n');
		used = 0;
	}
	buf_printf(out, "%*s%s\n", (int)(32 - used), "", row->help);
	buf_done(&text);
}

void options_help(enum command_id command, struct buf *out)
{
	if (command == COMMANDS) {
		buf_add_text(out, "fgdiag finds out why a FortiGate logged action=ip-conn: traffic was allowed,\n"
		                  "but no reply came back.\n\nusage: fgdiag COMMAND [options] [arguments]\n\n");
		for (size_t i = 0; i < COMMANDS; i++)
			buf_printf(out, "  %-9s %-29s %s\n", commands[i].name, commands[i].arguments, commands[i].what);
		buf_add_text(out, "\n`fgdiag COMMAND --help` lists a command's options.\n");
	} else {
		buf_printf(out, "usage: fgdiag %s [options] %s\n%s.\n\n", commands[command].name,
		           commands[command].arguments, commands[command].what);
	}
	for (size_t i = 0; i < ROWS; i++) {
		unsigned on = rows[i].commands ? rows[i].commands : ANY;
		if (command == COMMANDS ? !rows[i].commands : (on & ON(command)) != 0)
			help_row(&rows[i], out);
	}
	buf_add_text(out, "\nExit status: 0 ok, 1 warning, 2 critical, 3 unknown or trouble.\n");
}

void options_welcome(struct buf *out)
{
	buf_add_text(out, "fgdiag finds out why a FortiGate logged action=ip-conn: traffic was allowed,\n"
	                  "but no reply came back. It logs in over SSH, asks, changes nothing, and says\n"
	                  "where the reply was lost, with the lines that prove it.\n\n"
	                  "  fgdiag diagnose -d admin@192.0.2.1 'date=… action=\"ip-conn\" …'\n\n"
	                  "Add -n to see what it would send. `fgdiag --help` lists the commands.\n");
}
