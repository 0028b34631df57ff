#include "host_command.h"

#include <string.h>

#include "slot.h"

enum { MAX_WORDS = 16 };

/* `ping -c N ADDRESS` is what iputils, busybox and BSD have in common: one a
 * second. Only Linux has /proc; grep's file names in front of each line tell its
 * files apart. */
const struct host_shape host_shapes[] = {
        {"ping -c <1-10000> <ip>", COMMAND_PING},
        {"grep -H . /proc/stat /proc/meminfo /proc/loadavg /proc/net/dev /proc/pressure/cpu /proc/pressure/memory "
         "/proc/pressure/io",
         COMMAND_PLAIN},
};
const size_t host_shape_count = sizeof host_shapes / sizeof host_shapes[0];

static bool fits(struct str want, struct str word)
{
	if (want.p[0] != '<')
		return want.n == word.n && memcmp(want.p, word.p, word.n) == 0;
	struct str slot = str_cut(want, 1, want.n - 2);
	return str_is(slot, "ip") ? slot_address(0, word) : slot_range(slot, word);
}

/* Words stand behind exactly one blank, or the text would not be what it says. */
static bool matches(const char *shape, struct str command)
{
	struct str wants = str_of(shape), rest = command, want, word;
	size_t bytes = 0, words = 0;
	while (str_next_word(&wants, &want)) {
		if (!str_next_word(&rest, &word) || !fits(want, word))
			return false;
		bytes += word.n + (words++ > 0);
	}
	return !str_next_word(&rest, &word) && bytes == command.n;
}

const struct host_shape *host_command_find(struct str command, struct err *err)
{
	bool printable = true;
	for (size_t i = 0; i < command.n; i++)
		printable = printable && command.p[i] >= ' ' && command.p[i] <= '~';
	for (size_t i = 0; printable && i < host_shape_count; i++) {
		if (matches(host_shapes[i].shape, command))
			return &host_shapes[i];
	}
	(void)err_set(err, ERR_PLAYBOOK, "it is not in the table of what may run on a host");
	return NULL;
}

const char *const *host_command_argv(struct arena *arena, struct str command)
{
	const char **argv = ARENA_ARRAY(arena, MAX_WORDS + 1, const char *);
	struct str rest = command, word;
	for (size_t i = 0; i < MAX_WORDS && str_next_word(&rest, &word); i++)
		argv[i] = arena_strndup(arena, word.p, word.n);
	return argv;
}
