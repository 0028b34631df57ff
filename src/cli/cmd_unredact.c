#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "input.h"
#include "output.h"
#include "redacting.h"

/* The way back from a redacted text, for who has the key file. */

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

/* On a terminal what the text holds is made safe, line by line. */
static void make_safe(struct str text, struct buf *out)
{
	struct str line;
	while (str_next_line(&text, &line)) {
		text_add_safe(out, line);
		buf_add_char(out, '\n');
	}
}

static int restore(struct arena *arena, const struct options *options, struct redaction *redaction, struct err *err)
{
	struct str text;
	struct buf out, safe;
	const char *path = options->argument_count ? options->arguments[0] : "-";
	if (input_file(arena, path, TEXT_MAX_BYTES, &text, err) < 0)
		return -1;
	buf_init(&out, 8 * (size_t)TEXT_MAX_BYTES);
	buf_init(&safe, 32 * (size_t)TEXT_MAX_BYTES);
	redact_restore(redaction, text, &out);
	bool shown = !options->output && isatty(STDOUT_FILENO) == 1;
	if (shown)
		make_safe(buf_str(&out), &safe);
	int rc = output_write(options->output, shown ? &safe : &out, err);
	buf_done(&out);
	buf_done(&safe);
	return rc;
}

int cmd_unredact(struct arena *arena, const struct options *options)
{
	struct err err;
	struct redaction *redaction = NULL;
	bool found = false;
	int rc = 0;
	if (!options->redact_key)
		rc = err_set(&err, ERR_USAGE,
		             "unredact needs --redact-key FILE, as it was given when the text was made");
	else if (options->argument_count > 1)
		rc = err_set(&err, ERR_USAGE, "one text at a time");
	else
		rc = redacting_load(arena, options->redact_key, &redaction, &found, &err);
	if (rc == 0 && !found)
		rc = err_set(&err, ERR_USAGE, "--redact-key: %.200s: there is no such file", options->redact_key);
	if (rc == 0)
		rc = restore(arena, options, redaction, &err);
	if (rc < 0)
		output_error(&err);
	return rc < 0 ? 3 : 0;
}
