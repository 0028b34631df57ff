#include <string.h>

#include "commands.h"
#include "completion.h"
#include "output.h"

static int fail(const struct err *err)
{
	output_error(err);
	return 3;
}

int cmd_completion(struct arena *arena, const struct options *options)
{
	(void)arena;
	const char *wanted = options->argument_count == 1 ? options->arguments[0] : "";
	struct err err;
	for (size_t i = 0; i < completion_shell_count; i++) {
		struct buf out;
		if (strcmp(completion_shells[i].name, wanted) != 0)
			continue;
		buf_init(&out, 256 * 1024);
		completion_shells[i].write(&out);
		int rc = output_write(options->output, &out, &err);
		buf_done(&out);
		return rc < 0 ? fail(&err) : 0;
	}
	(void)err_set(&err, ERR_USAGE, "for which shell? fgdiag completion bash | zsh | fish");
	return fail(&err);
}
