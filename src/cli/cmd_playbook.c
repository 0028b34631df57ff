#include <string.h>

#include "assess.h"
#include "commands.h"
#include "input.h"
#include "output.h"
#include "playbook.h"

static int fail(const struct err *err)
{
	output_error(err);
	return 3;
}

static int print(const struct options *options, const struct buf *out)
{
	struct err err;
	return output_write(options->output, out, &err) < 0 ? fail(&err) : 0;
}

static int list(struct arena *arena, const struct options *options)
{
	struct buf out;
	buf_init(&out, 64 * 1024);
	int status = 0;
	for (size_t i = 0; i < builtin_playbook_count && status == 0; i++) {
		struct playbook playbook;
		struct err err;
		struct str text = {(const char *)builtin_playbooks[i].text, builtin_playbooks[i].n};
		if (playbook_parse(arena, builtin_playbooks[i].name, text, &playbook, &err) < 0)
			status = fail(&err);
		else
			buf_printf(&out, "%-16s %s\n", playbook.name, playbook.summary);
	}
	if (status == 0)
		status = print(options, &out);
	buf_done(&out);
	return status;
}

static int show(struct arena *arena, const struct options *options)
{
	struct str text;
	struct err err;
	if (playbook_load(arena, options->arguments[1], &text, &err) < 0)
		return fail(&err);
	struct buf out;
	buf_init(&out, PLAYBOOK_MAX_BYTES);
	buf_add_str(&out, text);
	int status = print(options, &out);
	buf_done(&out);
	return status;
}

static int lint(struct arena *arena, const struct options *options)
{
	int status = 0;
	for (size_t i = 1; i < options->argument_count; i++) {
		const char *file = options->arguments[i];
		struct playbook playbook;
		struct str text;
		struct err err;
		if (playbook_load(arena, file, &text, &err) < 0 ||
		    playbook_parse(arena, file, text, &playbook, &err) < 0)
			status = fail(&err);
	}
	return status;
}

static const struct {
	const char *name;
	size_t least, most; /* arguments after the name */
	int (*run)(struct arena *arena, const struct options *options);
} rows[] = {{"list", 0, 0, list}, {"show", 1, 1, show}, {"lint", 1, 1000, lint}};

int cmd_playbook(struct arena *arena, const struct options *options)
{
	size_t n = options->argument_count;
	for (size_t i = 0; n > 0 && i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].name, options->arguments[0]) == 0 && n - 1 >= rows[i].least && n - 1 <= rows[i].most)
			return rows[i].run(arena, options);
	}
	struct err err;
	(void)err_set(&err, ERR_USAGE, "do what? fgdiag playbook list | show NAME | lint FILE...");
	return fail(&err);
}
