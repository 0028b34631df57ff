#include "completion.h"

#include <string.h>

/* Text inside '…', with a backslash before each character of `special`. */
static void add_escaped(struct buf *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'') {
			buf_add_text(out, "'\\''");
			continue;
		}
		if (strchr(special, *text))
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

static void add_action(const struct offer *offer, struct buf *out)
{
	buf_add_text(out, ": ");
	if (offer->words.n || offer->files || offer->hosts)
		buf_printf(out, "_fgdiag_offer %s %s%s%s", offer->files ? "files" : "-", offer->hosts ? "hosts" : "-",
		           offer->words.n ? " " : "", offer->words.n ? offer->words.p : "");
	buf_add_char(out, '\'');
}

static bool is_repeatable(const struct option_row *row)
{
	return row->type == OPTION_LIST || row->type == OPTION_COUNT;
}

/* '(-d --device)'{-d+,--device=}'[help]:VALUE: action' */
static void add_option(const struct option_row *row, struct buf *out)
{
	const char *sign = row->value ? "=" : "";
	buf_add_text(out, "\t\t\t'");
	if (is_repeatable(row))
		buf_add_char(out, '*');
	else if (row->letter)
		buf_printf(out, "(-%c --%s)", row->letter, row->name);
	if (row->letter)
		buf_printf(out, "'{-%c%s,--%s%s}'", row->letter, row->value ? "+" : "", row->name, sign);
	else
		buf_printf(out, "--%s%s", row->name, sign);
	buf_add_char(out, '[');
	add_escaped(out, row->help, "[]\\");
	buf_add_char(out, ']');
	if (row->value) {
		struct offer offer;
		offer_of_option(row, &offer);
		buf_add_char(out, ':');
		add_escaped(out, row->value, ":\\");
		add_action(&offer, out);
		buf_done(&offer.words);
	} else {
		buf_add_char(out, '\'');
	}
	buf_add_text(out, " \\\n");
}

static void add_argument(enum command_id command, bool first, struct buf *out)
{
	struct offer offer;
	offer_of_argument(command, first, &offer);
	buf_printf(out, "\t\t\t'%s:", first ? "1" : "*");
	add_escaped(out, commands[command].arguments, ":\\");
	add_action(&offer, out);
	buf_add_text(out, first ? " \\\n" : " && ret=0\n\t\t;;\n");
	buf_done(&offer.words);
}

static void add_command(enum command_id command, struct buf *out)
{
	buf_printf(out, "\t%s)\n\t\t_arguments -s -S \\\n", commands[command].name);
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_is_of(&option_rows[i], command))
			add_option(&option_rows[i], out);
	}
	add_argument(command, true, out);
	add_argument(command, false, out);
}

/* Options of the program as a whole stand in place of the command. */
static void add_first_words(struct buf *out)
{
	for (enum command_id command = 0; command < COMMANDS; command++) {
		buf_printf(out, "\t\t'%s:", commands[command].name);
		add_escaped(out, commands[command].what, "\\");
		buf_add_text(out, "'\n");
	}
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].commands)
			continue;
		buf_printf(out, "\t\t'--%s:", option_rows[i].name);
		add_escaped(out, option_rows[i].help, "\\");
		buf_add_text(out, "'\n");
	}
}

void completion_zsh(struct buf *out)
{
	buf_add_text(out, "#compdef fgdiag\n"
	                  "# Completion of fgdiag for zsh, made by: fgdiag completion zsh\n\n"
	                  "_fgdiag_offer() { # files|- hosts|- WORD...\n"
	                  "\tlocal files=$1 hosts=$2 ret=1\n\tshift 2\n"
	                  "\t(( $# )) && compadd -- \"$@\" && ret=0\n"
	                  "\t[[ $hosts == hosts ]] && _hosts && ret=0\n"
	                  "\t[[ $files == files ]] && _files && ret=0\n"
	                  "\treturn ret\n}\n\n"
	                  "_fgdiag() {\n\tlocal ret=1 command\n\tlocal -a first\n\tfirst=(\n");
	add_first_words(out);
	buf_add_text(out, "\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe -t commands command first && ret=0\n"
	                  "\t\treturn ret\n\tfi\n"
	                  "\tcommand=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n");
	for (enum command_id command = 0; command < COMMANDS; command++)
		add_command(command, out);
	buf_add_text(out,
	             "\tesac\n\treturn ret\n}\n\n"
	             "# Called by compinit as a function of its own, or read by `source`.\n"
	             "if [[ $funcstack[1] == _fgdiag ]]; then\n\t_fgdiag \"$@\"\nelse\n\tcompdef _fgdiag fgdiag\nfi\n");
}
