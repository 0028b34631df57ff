#include "outputs.h"

#include <string.h>

#include "output.h"

enum { FILES = 4 };

/* The report alone may go to stdout. */
static int file_check(const char *option, const char *path, struct err *err)
{
	if (path && strcmp(path, "-") == 0 && strcmp(option, "--output") != 0)
		return err_set(err, ERR_USAGE, "%s goes to a file, not to stdout", option);
	return 0;
}

int outputs_check(const struct options *options, struct err *err)
{
	const struct {
		const char *option, *path;
	} files[FILES] = {
	        {"--output", options->output},
	        {"--record", options->record},
	        {"--pcap", options->pcap},
	        {"--bundle", options->bundle},
	};
	for (size_t i = 0; i < FILES; i++) {
		if (file_check(files[i].option, files[i].path, err) < 0)
			return -1;
		for (size_t k = 0; k < i; k++) {
			if (files[i].path && files[k].path && strcmp(files[i].path, files[k].path) == 0)
				return err_set(err, ERR_USAGE, "%s and %s name the same file", files[k].option,
				               files[i].option);
		}
	}
	for (size_t i = 0; i < FILES; i++) {
		if (output_check(files[i].path, err) < 0)
			return -1;
	}
	return 0;
}
