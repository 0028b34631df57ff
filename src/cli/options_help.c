#include <string.h>

#include "option_table.h"
#include "page.h"

/* What --help prints, as wide as the terminal. On a narrow one a row's words
 * stand below its name. */

enum { NAME_COLUMNS = 32, TOPIC_COLUMNS = 42, WIDE_COLUMNS = 64, NAME_INDENT = 6, STACK_INDENT = 8 };

static unsigned second_column(const struct page *page, unsigned wide)
{
	return page->columns < WIDE_COLUMNS ? STACK_INDENT : wide;
}

static void add_words(struct page *page, unsigned column, const char *words)
{
	page_to(page, column);
	page_text(page, column, str_of(words));
	page_line(page);
}

static void help_row(const struct option_row *row, struct page *page)
{
	struct buf text;
	buf_init(&text, 256);
	if (row->letter)
		buf_printf(&text, "-%c, ", row->letter);
	buf_printf(&text, "--%s", row->name);
	if (row->value)
		buf_printf(&text, " %s", row->value);
	page_to(page, row->letter ? 2 : NAME_INDENT);
	page_whole(page, buf_str(&text));
	buf_done(&text);
	add_words(page, second_column(page, NAME_COLUMNS), row->help);
}

static void add_sentence(struct page *page, const char *sentence)
{
	page_text(page, 0, str_of(sentence));
	page_line(page);
}

static void help_program(struct page *page)
{
	add_sentence(page, "fgdiag finds out why a FortiGate logged action=ip-conn: traffic was allowed, but no reply "
	                   "came back.");
	page_gap(page);
	add_sentence(page, "usage: fgdiag COMMAND [options] [arguments]");
	page_gap(page);
	for (size_t i = 0; i < COMMANDS; i++) {
		page_to(page, 2);
		page_whole(page, str_of(commands[i].name));
		page_to(page, 13);
		page_text(page, 13, str_of(commands[i].arguments));
		add_words(page, second_column(page, TOPIC_COLUMNS), commands[i].what);
	}
	page_gap(page);
	add_sentence(page, "`fgdiag COMMAND --help` lists a command's options, `man fgdiag` has all of it.");
	page_gap(page);
}

static void help_command(enum command_id command, struct page *page)
{
	struct buf usage;
	buf_init(&usage, 1024);
	buf_printf(&usage, "usage: fgdiag %s [options] %s", commands[command].name, commands[command].arguments);
	add_sentence(page, usage.p);
	buf_clear(&usage);
	buf_printf(&usage, "%s.", commands[command].what);
	add_sentence(page, usage.p);
	page_gap(page);
	buf_done(&usage);
}

void options_help(enum command_id command, unsigned columns, struct buf *out)
{
	struct page page;
	page_init(&page, out, columns, false);
	if (command == COMMANDS)
		help_program(&page);
	else
		help_command(command, &page);
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		if (command == COMMANDS ? !row->commands : option_is_of(row, command))
			help_row(row, &page);
	}
	page_gap(&page);
	add_sentence(&page, "Exit status: 0 ok, 1 warning, 2 critical, 3 unknown or trouble.");
	page_done(&page);
}

void options_welcome(unsigned columns, struct buf *out)
{
	struct page page;
	page_init(&page, out, columns, false);
	add_sentence(&page, "fgdiag finds out why a FortiGate logged action=ip-conn: the traffic was allowed, but no "
	                    "reply came back. It logs in over SSH, asks, changes nothing, and says where the reply "
	                    "was lost, with the lines that prove it. What does such an entry mean? Try:");
	page_done(&page);
	/* To be copied as it stands, so it is not wrapped. */
	buf_add_text(out, "\n  fgdiag diagnose --explain \\\n"
	                  "    'type=traffic action=ip-conn proto=17 srcip=192.0.2.10 dstip=198.51.100.53'\n\n");
	page_init(&page, out, columns, false);
	add_sentence(&page, "With your own log line, and -d admin@FORTIGATE in place of --explain, it asks the "
	                    "FortiGate; -n shows each command that would be sent. `fgdiag --help` lists the rest.");
	page_done(&page);
}
