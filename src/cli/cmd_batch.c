#include "commands.h"

int cmd_batch(struct arena *arena, const struct options *options)
{
	(void)arena;
	(void)options;
	return 3;
}
