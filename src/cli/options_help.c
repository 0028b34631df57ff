#include "option_table.h"

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
			buf_printf(out, "  %-10s %-28s %s\n", commands[i].name, commands[i].arguments,
			           commands[i].what);
		buf_add_text(out, "\n`fgdiag COMMAND --help` lists a command's options.\n");
	} else {
		buf_printf(out, "usage: fgdiag %s [options] %s\n%s.\n\n", commands[command].name,
		           commands[command].arguments, commands[command].what);
	}
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		if (command == COMMANDS ? !row->commands : option_is_of(row, command))
			help_row(row, out);
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
