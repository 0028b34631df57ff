#include "completion.h"

/* The scripts of the shells are text around rows: one row an option and one a
 * command. Words are ours, of small letters, digits and hyphens. */

static void add_option_names(const struct option_row *row, struct buf *out)
{
	if (row->letter)
		buf_printf(out, "-%c | ", row->letter);
	buf_printf(out, "--%s", row->name);
}

static void add_offer(const struct offer *offer, struct buf *out)
{
	if (offer->words.n)
		buf_printf(out, " words='%s'", offer->words.p);
	if (offer->files)
		buf_add_text(out, " files=1");
	if (offer->hosts)
		buf_add_text(out, " hosts=1");
	buf_add_text(out, " ;;\n");
}

static void add_values(struct buf *out)
{
	for (size_t i = 0; i < option_row_count; i++) {
		struct offer offer;
		if (!option_rows[i].value)
			continue;
		offer_of_option(&option_rows[i], &offer);
		buf_add_char(out, '\t');
		add_option_names(&option_rows[i], out);
		buf_add_char(out, ')');
		add_offer(&offer, out);
		buf_done(&offer.words);
	}
}

static void add_arguments(struct buf *out)
{
	for (enum command_id command = 0; command < COMMANDS; command++) {
		for (int later = 0; later < 2; later++) {
			struct offer offer;
			offer_of_argument(command, later == 0, &offer);
			buf_printf(out, "\t%s:%s)", commands[command].name, later ? "*" : "1");
			add_offer(&offer, out);
			buf_done(&offer.words);
		}
	}
}

static void add_options(struct buf *out)
{
	for (enum command_id command = 0; command <= COMMANDS; command++) {
		buf_printf(out, "\t%s) words='", command < COMMANDS ? commands[command].name : "*");
		const char *gap = "";
		for (size_t i = 0; i < option_row_count; i++) {
			if (command < COMMANDS ? !option_is_of(&option_rows[i], command) : option_rows[i].commands)
				continue;
			buf_printf(out, "%s--%s", gap, option_rows[i].name);
			gap = " ";
		}
		buf_add_text(out, "' ;;\n");
	}
}

static void add_commands(struct buf *out)
{
	for (enum command_id command = 0; command < COMMANDS; command++)
		buf_printf(out, "%s%s", command ? " " : "", commands[command].name);
}

/* File names are left to readline, which quotes them as they need it. A host
 * and a value behind = come in several words: bash breaks at @, : and =. */
void completion_bash(struct buf *out)
{
	buf_add_text(out, "# Completion of fgdiag for bash, made by: fgdiag completion bash\n\n"
	                  "# What an option's value may be; false when it has none.\n"
	                  "_fgdiag_value() {\n\tcase $1 in\n");
	add_values(out);
	buf_add_text(out, "\t*) return 1 ;;\n\tesac\n}\n\n"
	                  "# What the N-th argument of a command may be: COMMAND:N\n"
	                  "_fgdiag_argument() {\n\tcase $1 in\n\t:*) words='");
	add_commands(out);
	buf_add_text(out, "' ;;\n");
	add_arguments(out);
	buf_add_text(out, "\tesac\n}\n\n_fgdiag_options() {\n\tcase $1 in\n");
	add_options(out);
	buf_add_text(out,
	             "\tesac\n}\n\n_fgdiag() {\n"
	             "\tlocal cur=${COMP_WORDS[COMP_CWORD]} command= option= last= words= files= hosts= at=1 i word\n"
	             "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	             "\t\tword=${COMP_WORDS[i]}\n"
	             "\t\tif [[ $word == [=:@] ]]; then\n"
	             "\t\t\toption=$last\n"
	             "\t\telif [[ $option ]]; then\n"
	             "\t\t\toption=\n"
	             "\t\telif _fgdiag_value \"$word\"; then\n"
	             "\t\t\toption=$word last=$word\n"
	             "\t\telif [[ $word != -* && ! $command ]]; then\n"
	             "\t\t\tcommand=$word\n"
	             "\t\telif [[ $word != -* ]]; then\n"
	             "\t\t\tlast= at=$((at + 1))\n"
	             "\t\tfi\n"
	             "\tdone\n"
	             "\tif [[ $cur == [=:@] ]]; then\n"
	             "\t\toption=$last cur=\n"
	             "\tfi\n"
	             "\twords= files= hosts= COMPREPLY=()\n"
	             "\tif [[ $option ]]; then\n"
	             "\t\t_fgdiag_value \"$option\"\n"
	             "\telif [[ $cur == -* ]]; then\n"
	             "\t\t_fgdiag_options \"$command\"\n"
	             "\telse\n"
	             "\t\t_fgdiag_argument \"$command:$at\"\n"
	             "\tfi\n"
	             "\twhile read -r word; do\n"
	             "\t\tCOMPREPLY+=(\"$word\")\n"
	             "\tdone < <(compgen -W \"$words\" -- \"$cur\"; [[ $hosts ]] && compgen -A hostname -- \"$cur\")\n"
	             "\tif [[ $files ]]; then\n"
	             "\t\tcompopt -o default 2>/dev/null\n"
	             "\tfi\n"
	             "}\n\ncomplete -F _fgdiag fgdiag\n");
}
