#include "lines.h"

void lines_init(struct lines *lines, struct str text)
{
	*lines = (struct lines){.rest = text, .line = {"", 0}};
}

bool lines_next(struct lines *lines)
{
	if (str_find_char(lines->rest, '\n') < 0)
		return false;
	lines->number++;
	return str_next_line(&lines->rest, &lines->line);
}
