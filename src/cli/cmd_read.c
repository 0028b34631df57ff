#include <string.h>

#include "commands.h"
#include "dialog.h"
#include "input.h"
#include "output.h"
#include "paste.h"
#include "read.h"
#include "report.h"

static int fail(const struct err *err)
{
	output_error(err);
	return 3;
}

static int unknown_kind(const char *kind, struct err *err)
{
	struct buf names;
	buf_init(&names, 512);
	for (size_t i = 0; i < reader_count; i++) {
		if (readers[i].fact_count)
			buf_printf(&names, "%s%s", names.n ? ", " : "", readers[i].name);
	}
	(void)err_set(err, ERR_USAGE, "read what? '%.40s' is not one of: %s", kind, names.p);
	buf_done(&names);
	return -1;
}

static const struct reader *kind_of(const struct options *options, struct err *err)
{
	const char *kind = options->argument_count ? options->arguments[0] : "nothing";
	const struct reader *reader = reader_find(kind);
	if (options->argument_count > 2)
		(void)err_set(err, ERR_USAGE, "one file at a time; fgdiag read KIND [FILE]");
	else if (!reader || reader->fact_count == 0)
		(void)unknown_kind(kind, err);
	else
		return reader;
	return NULL;
}

/* What was pasted or saved may hold CRs and traces of the pager. */
static struct str cleaned(struct arena *arena, struct str text)
{
	struct buf clean;
	buf_init(&clean, TRANSCRIPT_MAX_BYTES);
	dialog_clean(text, "", "", &clean);
	if (clean.n && clean.p[clean.n - 1] != '\n')
		buf_add_char(&clean, '\n');
	struct str copy = arena_str(arena, buf_str(&clean));
	buf_done(&clean);
	return copy;
}

/* The first such command of a pasted session, with its prompt and what stands
 * around it, or the text itself. */
static struct str pasted(struct arena *arena, const struct reader *reader, struct str text)
{
	struct paste paste;
	paste_init(&paste, arena);
	paste_read(&paste, "stdin", text);
	for (size_t i = 0; i < paste.count; i++) {
		const struct pasted *item = &paste.items[i];
		struct str rest = item->raw, line;
		if (strcmp(item->reader, reader->name) == 0 && *item->command && str_next_line(&rest, &line))
			return rest;
	}
	return text;
}

int cmd_read(struct arena *arena, const struct options *options)
{
	struct err err;
	struct str text;
	struct facts facts;
	const struct reader *reader = kind_of(options, &err);
	const char *path = options->argument_count > 1 ? options->arguments[1] : "-";
	if (!reader || input_file(arena, path, TRANSCRIPT_MAX_BYTES, &text, &err) < 0)
		return fail(&err);
	struct read_input input = {.step = reader->name, .text = cleaned(arena, pasted(arena, reader, text))};
	facts_init(&facts, "the text does not tell it");
	reader->read(arena, &input, &facts);
	struct buf out;
	buf_init(&out, REPORT_MAX_BYTES);
	report_facts(&facts, reader->facts, reader->fact_count, &out);
	int status = output_write(options->output, &out, &err) < 0 ? fail(&err) : 0;
	buf_done(&out);
	return status;
}
