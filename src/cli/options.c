#include "options.h"

#include <getopt.h>
#include <string.h>

#include "fleet.h"
#include "num.h"
#include "option_table.h"
#include "report.h"
#include "run_queue.h"

enum { PARALLEL = 64, PER_DEVICE = 20, TOP = 10 };
static const int64_t MAX_WAIT_US = INT64_C(3600000000);

#define AT(field) offsetof(struct options, field)

static void make_getopt(struct option *longs, char *shorts)
{
	size_t n = 0;
	shorts[n++] = ':';
	for (size_t i = 0; i < option_row_count; i++) {
		longs[i] = (struct option){option_rows[i].name, option_rows[i].value ? required_argument : no_argument,
		                           NULL, option_rows[i].letter ? option_rows[i].letter : 256 + (int)i};
		if (option_rows[i].letter) {
			shorts[n++] = (char)option_rows[i].letter;
			if (option_rows[i].value)
				shorts[n++] = ':';
		}
	}
	longs[option_row_count] = (struct option){0};
	shorts[n] = '\0';
}

static const struct option_row *row_of(int value)
{
	if (value >= 256)
		return &option_rows[value - 256];
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].letter && option_rows[i].letter == value)
			return &option_rows[i];
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
	const struct {
		size_t offset;
		const char ***list;
		size_t *count, *capacity;
	} lists[] = {
	        {AT(identities), &out->identities, &out->identity_count, &out->identity_capacity},
	        {AT(sets), &out->sets, &out->set_count, &out->set_capacity},
	        {AT(warnings), &out->warnings, &out->warning_count, &out->warning_capacity},
	        {AT(criticals), &out->criticals, &out->critical_count, &out->critical_capacity},
	        {AT(tags), &out->tags, &out->tag_count, &out->tag_capacity},
	};
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		if (lists[i].offset == row->offset)
			list_add(arena, lists[i].list, lists[i].count, lists[i].capacity, value);
	}
	return 0;
}

static int bad_value(const struct option_row *row, const char *value, struct err *err)
{
	return err_set(err, ERR_USAGE, "--%s: '%.60s' is not %s", row->name, value, row->value);
}

/* What is given for a descriptor is not quoted: somebody may take that option
 * for the password itself. */
static int bad_number(const struct option_row *row, const char *value, unsigned min, unsigned max, struct err *err)
{
	if (row->offset == AT(password_fd))
		return err_set(err, ERR_USAGE, "--%s: not the number of a descriptor", row->name);
	return err_set(err, ERR_USAGE, "--%s: '%.60s' is not a number from %u to %u", row->name, value, min, max);
}

static int set_number(struct options *out, const struct option_row *row, const char *value, struct err *err)
{
	static const struct {
		size_t offset;
		unsigned min, max;
	} bounds[] = {{AT(password_fd), 0, 1000000},
	              {AT(entry_number), 1, 1000000},
	              {AT(port), 1, 65535},
	              {AT(recover), 1, 100},
	              {AT(parallel), 1, FLEET_MAX_PARALLEL},
	              {AT(per_device), 0, RUN_QUEUE_MAX_PER_HOUR},
	              {AT(top), 0, 1000000}};
	unsigned number;
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
		if (bounds[i].offset != row->offset)
			continue;
		if (!num_uint(str_of(value), bounds[i].min, bounds[i].max, &number))
			return bad_number(row, value, bounds[i].min, bounds[i].max, err);
		*(unsigned *)(void *)((char *)out + row->offset) = number; /* also of the int, up to its bound */
	}
	return 0;
}

static int set_state(struct options *out, const struct option_row *row, const char *value, struct err *err)
{
	for (enum state state = STATE_OK; state <= STATE_UNKNOWN; state++) {
		if (strcmp(state_word(state), value) == 0) {
			*(enum state *)(void *)((char *)out + row->offset) = state;
			return 0;
		}
	}
	return bad_value(row, value, err);
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
	case OPTION_FLAG:
		*(bool *)(void *)(base + row->offset) = true;
		return 0;
	case OPTION_COUNT:
		++*(unsigned *)(void *)(base + row->offset);
		return 0;
	case OPTION_TEXT:
		*(const char **)(void *)(base + row->offset) = value;
		return 0;
	case OPTION_LIST:
		return set_list(arena, out, row, value);
	case OPTION_NUMBER:
		return set_number(out, row, value, err);
	case OPTION_SECONDS:
		return set_seconds(out, row, value, err);
	case OPTION_COLOR:
		return set_color(out, row, value, err);
	case OPTION_SET:
		return set_variable(arena, out, row, value);
	case OPTION_STATE:
		return set_state(out, row, value, err);
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
	for (size_t i = 0; i < option_row_count && strncmp(word, "--", 2) == 0; i++) {
		bool starts = strlen(word) > 3 && str_starts(str_of(option_rows[i].name), word + 2);
		size_t d = starts ? 0 : distance(word + 2, option_rows[i].name);
		if (d < least) {
			least = d;
			best = option_rows[i].name;
		}
	}
	if (best)
		return err_set(err, ERR_USAGE, "unknown option '%.60s'; did you mean --%s?", word, best);
	return err_set(err, ERR_USAGE, "unknown option '%.60s'; see fgdiag --help", word);
}

static int take_command(struct arena *arena, const char *word, struct options *out, struct err *err)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, word) == 0) {
			out->command = (enum command_id)i;
			return 0;
		}
	}
	const char *names = "";
	for (size_t i = 0; i < COMMANDS; i++)
		names = arena_printf(arena, "%s%s%s", names,
		                     i == 0             ? ""
		                     : i + 1 < COMMANDS ? ", "
		                                        : " and ",
		                     commands[i].name);
	return err_set(err, ERR_USAGE, "unknown command '%.60s'; there are %s", word, names);
}

static int needs_value(const char *word, struct err *err)
{
	const struct option_row *row = row_of(optopt);
	return err_set(err, ERR_USAGE, "option '%.60s' needs a value: %s", word,
	               row && row->value ? row->value : "VALUE");
}

static int other_command(struct arena *arena, const struct option_row *row, enum command_id command, struct err *err)
{
	const char *names = "";
	for (enum command_id i = 0; i < COMMANDS; i++) {
		if (option_is_of(row, i))
			names = arena_printf(arena, "%s%sfgdiag %s", names, *names ? ", " : "", commands[i].name);
	}
	return err_set(err, ERR_USAGE, "fgdiag %s has no option --%s; it is one of %s", commands[command].name,
	               row->name, names);
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
		return needs_value(argv[optind - 1], err);
	const struct option_row *row = row_of(got);
	if (!row || !spelled_out(word, row->name))
		return unknown_option(arena, word, err);
	if (out->command != COMMANDS && !option_is_of(row, out->command))
		return other_command(arena, row, out->command, err);
	return set_row(arena, out, row, optarg ? optarg : "", err);
}

static int unknown_format(struct arena *arena, const char *word, struct err *err)
{
	const char *names = "";
	for (size_t i = 0; i < report_format_count; i++)
		names = arena_printf(arena, "%s%s%s", names,
		                     i == 0                        ? ""
		                     : i + 1 < report_format_count ? ", "
		                                                   : " or ",
		                     report_formats[i].name);
	return err_set(err, ERR_USAGE, "--format: '%.60s' is not %s", word, names);
}

int options_parse(struct arena *arena, int argc, char **argv, struct options *out, struct err *err)
{
	struct option *longs = ARENA_ARRAY(arena, option_row_count + 1, struct option);
	char *shorts = ARENA_ARRAY(arena, 2 * option_row_count + 2, char);
	struct options options = {.command = COMMANDS, .password_fd = -1, .format = "text", .playbook = "ip-conn"};
	options.parallel = PARALLEL;
	options.top = TOP;
	options.per_device = PER_DEVICE;
	options.unreachable = STATE_UNKNOWN;
	make_getopt(longs, shorts);
	bool has_command = argc > 1 && argv[1][0] != '-';
	if (has_command && take_command(arena, argv[1], &options, err) < 0)
		return -1;
	if (options.command == CMD_CHECK) {
		options.format = "check";
		options.playbook = "health";
	}
	if (options.command == CMD_BATCH)
		options.format = "json";
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
	bool scans = options.command == CMD_SCAN && strcmp(options.format, "csv") == 0;
	if (!scans && !report_format_find(options.format))
		return unknown_format(arena, options.format, err);
	if (options.output && strcmp(options.output, "-") == 0)
		options.output = NULL;
	options.redact = options.redact || options.redact_key;
	*out = options;
	return 0;
}
