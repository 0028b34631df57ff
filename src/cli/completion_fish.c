#include "completion.h"

static void add_quoted(struct buf *out, const char *text)
{
	buf_add_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '\'');
}

static void add_offer(const struct offer *offer, struct buf *out)
{
	if (offer->files)
		buf_add_text(out, " -F");
	if (offer->words.n || offer->hosts)
		buf_printf(out, " -a '%s%s%s'", offer->words.n ? offer->words.p : "",
		           offer->words.n && offer->hosts ? " " : "", offer->hosts ? "(__fish_print_hostnames)" : "");
}

static void add_commands_of(const struct option_row *row, struct buf *out)
{
	if (!row->commands)
		return;
	buf_add_text(out, " -n '__fgdiag_is");
	for (enum command_id command = 0; command < COMMANDS; command++) {
		if (option_is_of(row, command))
			buf_printf(out, " %s", commands[command].name);
	}
	buf_add_char(out, '\'');
}

static void add_option(const struct option_row *row, struct buf *out)
{
	buf_add_text(out, "complete -c fgdiag");
	add_commands_of(row, out);
	if (row->letter)
		buf_printf(out, " -s %c", row->letter);
	buf_printf(out, " -l %s", row->name);
	if (row->value) {
		struct offer offer;
		offer_of_option(row, &offer);
		buf_add_text(out, offer.files ? " -r" : " -x");
		add_offer(&offer, out);
		buf_done(&offer.words);
	}
	buf_add_text(out, " -d ");
	add_quoted(out, row->help);
	buf_add_char(out, '\n');
}

static void add_argument(enum command_id command, bool first, struct buf *out)
{
	struct offer offer;
	offer_of_argument(command, first, &offer);
	if (offer.words.n || offer.files || offer.hosts) {
		buf_printf(out, "complete -c fgdiag -n '__fgdiag_is %s; and %s__fgdiag_is_first'",
		           commands[command].name, first ? "" : "not ");
		add_offer(&offer, out);
		buf_add_char(out, '\n');
	}
	buf_done(&offer.words);
}

void completion_fish(struct buf *out)
{
	buf_add_text(out, "# Completion of fgdiag for fish, made by: fgdiag completion fish\n\n"
	                  "function __fgdiag_is --description 'is the command one of these, or is there none yet?'\n"
	                  "\tset -l words (commandline -opc)\n"
	                  "\tif test (count $argv) -eq 0\n\t\ttest (count $words) -eq 1\n"
	                  "\telse\n\t\ttest (count $words) -gt 1; and contains -- $words[2] $argv\n\tend\nend\n"
	                  "function __fgdiag_is_first --description 'is this word the first behind the command?'\n"
	                  "\ttest (count (commandline -opc)) -eq 2\nend\n\n"
	                  "complete -c fgdiag -f\n");
	for (enum command_id command = 0; command < COMMANDS; command++) {
		buf_printf(out, "complete -c fgdiag -n __fgdiag_is -a %s -d ", commands[command].name);
		add_quoted(out, commands[command].what);
		buf_add_char(out, '\n');
		add_argument(command, true, out);
		add_argument(command, false, out);
	}
	for (size_t i = 0; i < option_row_count; i++)
		add_option(&option_rows[i], out);
}
