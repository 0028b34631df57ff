#include "completion.h"

#include <string.h>

#include "input.h"
#include "read.h"
#include "report.h"

/* ---- what a word may be ---- */

static void add_word(struct offer *out, struct str word)
{
	if (out->words.n)
		buf_add_char(&out->words, ' ');
	buf_add_str(&out->words, word);
}

static void add_formats(struct offer *out)
{
	for (size_t i = 0; i < report_format_count; i++)
		add_word(out, str_of(report_formats[i].name));
}

static void add_kinds(struct offer *out)
{
	for (size_t i = 0; i < reader_count; i++) {
		if (readers[i].fact_count)
			add_word(out, str_of(readers[i].name));
	}
}

static void add_playbooks(struct offer *out)
{
	for (size_t i = 0; i < builtin_playbook_count; i++)
		add_word(out, str_of(builtin_playbooks[i].name));
}

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_choice(struct str token)
{
	size_t n = 0;
	while (n < token.n && (is_small(token.p[n]) || token.p[n] == '-'))
		n++;
	return n == token.n && is_small(token.p[0]);
}

/* FILE, FILE... and FILE.zip */
static bool is_file(struct str token)
{
	return str_starts(token, "FILE") && (token.n == 4 || token.p[4] == '.');
}

/* The next run of letters between the signs of a syntax. */
static bool next_token(struct str *rest, struct str *token)
{
	size_t start = 0, n = 0;
	while (start < rest->n && strchr(" |[]", rest->p[start]))
		start++;
	while (start + n < rest->n && !strchr(" |[]", rest->p[start + n]))
		n++;
	*token = str_cut(*rest, start, n);
	*rest = str_from(*rest, start + n);
	return n > 0;
}

enum names_are { NAMES_NOT_OURS, NAMES_PLAYBOOKS };

static void read_syntax(const char *syntax, enum names_are names, bool choices, struct offer *out)
{
	struct str rest = str_of(syntax), token;
	while (next_token(&rest, &token)) {
		if (choices && is_choice(token))
			add_word(out, token);
		else if (is_file(token))
			out->files = true;
		else if (str_is(token, "HOST"))
			out->hosts = true;
		else if (choices && str_is(token, "KIND"))
			add_kinds(out);
		else if (names == NAMES_PLAYBOOKS && str_is(token, "NAME"))
			add_playbooks(out);
	}
}

static void offer_init(struct offer *out)
{
	out->files = out->hosts = false;
	buf_init(&out->words, 64 * 1024);
}

void offer_of_option(const struct option_row *row, struct offer *out)
{
	offer_init(out);
	if (row->offset == offsetof(struct options, format) && row->type == OPTION_TEXT)
		add_formats(out);
	else if (row->value)
		read_syntax(row->value, strcmp(row->name, "playbook") == 0 ? NAMES_PLAYBOOKS : NAMES_NOT_OURS, true,
		            out);
}

/* Where the first argument is one of some words, what else is named comes
 * behind it. A HOST is an option's. */
void offer_of_argument(enum command_id command, bool first, struct offer *out)
{
	const char *syntax = commands[command].arguments;
	offer_init(out);
	read_syntax(syntax, first ? NAMES_NOT_OURS : NAMES_PLAYBOOKS, first, out);
	out->hosts = false;
	if (first && out->words.n)
		out->files = false;
}

const struct completion_shell completion_shells[] = {
        {"bash", completion_bash},
        {"zsh", completion_zsh},
        {"fish", completion_fish},
};
const size_t completion_shell_count = sizeof completion_shells / sizeof completion_shells[0];
