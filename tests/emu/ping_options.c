#include "ping_options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "console.h"

enum kind { KIND_NUMBER, KIND_YES_NO, KIND_ENABLE, KIND_TEXT };

static const struct row {
	const char *name;
	enum kind kind;
	size_t offset;
	long min, max; /* of a text: max bytes */
	bool v4_only;
} rows[] = {
        {"adaptive-ping", KIND_ENABLE, offsetof(struct ping_options, adaptive), 0, 1, false},
        {"data-size", KIND_NUMBER, offsetof(struct ping_options, data_size), 0, 65507, false},
        {"df-bit", KIND_YES_NO, offsetof(struct ping_options, df_bit), 0, 1, true},
        {"interface", KIND_TEXT, offsetof(struct ping_options, interface), 0, 31, false},
        {"interval", KIND_NUMBER, offsetof(struct ping_options, interval), 1, 2147483647, false},
        {"pattern", KIND_TEXT, offsetof(struct ping_options, pattern), 0, 39, false},
        {"repeat-count", KIND_NUMBER, offsetof(struct ping_options, repeat_count), 1, 2147483647, false},
        {"source", KIND_TEXT, offsetof(struct ping_options, source), 0, 63, false},
        {"timeout", KIND_NUMBER, offsetof(struct ping_options, timeout), 1, 2147483647, false},
        {"tos", KIND_NUMBER, offsetof(struct ping_options, tos), 0, 255, false},
        {"ttl", KIND_NUMBER, offsetof(struct ping_options, ttl), 1, 255, false},
        {"use-sdwan", KIND_YES_NO, offsetof(struct ping_options, sdwan), 0, 1, false},
        {"validate-reply", KIND_YES_NO, offsetof(struct ping_options, validate), 0, 1, false},
};

void ping_options_reset(struct ping_options *options)
{
	memset(options, 0, sizeof *options);
	options->repeat_count = 5;
	options->data_size = 56;
	options->timeout = 2;
	options->interval = 1;
	options->ttl = 64;
	strcpy(options->source, "auto");
	strcpy(options->interface, "Auto");
}

bool ping_options_changed(const struct ping_options *options)
{
	struct ping_options plain;
	ping_options_reset(&plain);
	return options->repeat_count != plain.repeat_count || options->data_size != plain.data_size ||
	       options->timeout != plain.timeout || options->interval != plain.interval || options->ttl != plain.ttl ||
	       options->tos != plain.tos || options->adaptive || options->df_bit || options->validate ||
	       options->sdwan || strcmp(options->source, plain.source) != 0 ||
	       strcmp(options->interface, plain.interface) != 0 || options->pattern[0];
}

static void view(struct console *console, const struct ping_options *o, bool v6)
{
	console_print(console, "Ping Options:\n");
	console_print(console, "\tRepeat Count: %ld\n\tData Size: %ld\n\tTimeout: %ld\n", o->repeat_count, o->data_size,
	              o->timeout);
	console_print(console, "\tInterval: %ld\n\tInterface: %s\n\tTTL: %ld\n\tTOS: %ld\n", o->interval, o->interface,
	              o->ttl, o->tos);
	if (!v6)
		console_print(console, "\tDF bit: %s\n", o->df_bit ? "set" : "unset");
	console_print(console, "\tSource Address: %s\n\tPattern: %s\n\tPattern Size in Bytes: %zu\n", o->source,
	              o->pattern, strlen(o->pattern) / 2);
	console_print(console, "\tValidate Reply: %s\n", o->validate ? "yes" : "no");
	if (console->world->device.generation->adaptive)
		console_print(console, "\tAdaptive Ping: %s\n\tUse SD-WAN: %s\n", o->adaptive ? "enable" : "disable",
		              o->sdwan ? "yes" : "no");
}

static bool choose(const char *word, const char *off, const char *on, long *out)
{
	if (strcmp(word, off) != 0 && strcmp(word, on) != 0)
		return false;
	*out = strcmp(word, on) == 0;
	return true;
}

static bool set(struct ping_options *options, const struct row *row, const char *word)
{
	char *at = (char *)options + row->offset;
	char *end;
	long value = 0;
	bool ok;
	if (row->kind == KIND_TEXT) {
		if ((long)strlen(word) > row->max)
			return false;
		strcpy(at, word);
		return true;
	}
	if (row->kind == KIND_NUMBER) {
		value = strtol(word, &end, 10);
		ok = *word && !*end && value >= row->min && value <= row->max;
	} else {
		bool yes_no = row->kind == KIND_YES_NO;
		ok = choose(word, yes_no ? "no" : "disable", yes_no ? "yes" : "enable", &value);
	}
	if (ok)
		memcpy(at, &value, sizeof value);
	return ok;
}

void ping_options_command(struct console *console, struct ping_options *options, bool v6, int argc, char **argv)
{
	if (argc == 0) {
		command_incomplete(console);
		return;
	}
	if (argc == 1 && strcmp(argv[0], "reset") == 0) {
		ping_options_reset(options);
		return;
	}
	if (argc == 1 && strcmp(argv[0], "view-settings") == 0) {
		view(console, options, v6);
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool source6 = v6 && strcmp(rows[i].name, "source") == 0 && strcmp(argv[0], "source6") == 0;
		bool known = console->world->device.generation->adaptive || strcmp(rows[i].name, "adaptive-ping") != 0;
		if ((strcmp(rows[i].name, argv[0]) != 0 && !source6) || (v6 && rows[i].v4_only) || !known)
			continue;
		if (argc == 1)
			command_incomplete(console);
		else if (argc > 2)
			command_parse_error(console, argv[2]);
		else if (!set(options, &rows[i], argv[1]))
			command_value_error(console, argv[1]);
		return;
	}
	command_parse_error(console, argv[0]);
}
