#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "num.h"
#include "page.h"

unsigned terminal_columns(int fd)
{
	struct winsize size;
	if (isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= PAGE_MIN_COLUMNS)
		return size.ws_col;
	return 80;
}

bool terminal_is_live(int fd)
{
	const char *term = getenv("TERM");
	return term && strcmp(term, "dumb") != 0 && isatty(fd) == 1;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);
	return value && value[0];
}

static bool wants_color(const struct options *options)
{
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	if (options->output || is_set("NO_COLOR"))
		return false;
	return is_set("FORCE_COLOR") || terminal_is_live(STDOUT_FILENO);
}

static unsigned columns_of(const struct options *options)
{
	unsigned columns;
	if (options->output)
		return 80;
	return num_uint(str_of(getenv("COLUMNS")), PAGE_MIN_COLUMNS, 1000, &columns) ? columns
	                                                                             : terminal_columns(STDOUT_FILENO);
}

struct report_style terminal_style(const struct options *options)
{
	return (struct report_style){.columns = columns_of(options), .color = wants_color(options)};
}
