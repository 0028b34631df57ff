#include "rights.h"

#include <string.h>

#include "lines.h"
#include "readers.h"

enum { VERSION_UNKNOWN = 0 };

/* 7.4.2 → 70402, VERSION_UNKNOWN for anything else. */
static unsigned version_number(const char *version)
{
	struct str rest = str_of(version ? version : "");
	unsigned number = 0;
	for (unsigned part = 0; part < 3; part++) {
		uint64_t value;
		if ((part > 0 && !read_after(rest, ".", &rest)) || !read_number(rest, 99, &value, &rest))
			return VERSION_UNKNOWN;
		number = number * 100 + (unsigned)value;
	}
	return rest.n ? VERSION_UNKNOWN : number;
}

/* The first row of a right whose `from` is not above the version; %s is the
 * version. Rows of unknown versions stand last. */
static const struct {
	const char *right;
	unsigned from;
	const char *words;
} rows[] = {
        {"cli-diagnose", 70402, "lacks the right cli-diagnose"},
        {"cli-diagnose", 60400, "lacks the right system-diagnostics (cli-diagnose from FortiOS 7.4.2 on)"},
        {"cli-diagnose", 1, "may be read-only, and FortiOS %s gives no read-only profile the diagnose commands"},
        {"cli-diagnose", VERSION_UNKNOWN,
         "lacks the right to diagnose (cli-diagnose from FortiOS 7.4.2 on, system-diagnostics from 6.4 on, and before "
         "that not for read-only profiles)"},
        {"cli-exec", 70402, "lacks the right cli-exec"},
        {"cli-exec", 1, "does not allow this execute command (FortiOS %s has no right of its own for it)"},
        {"cli-exec", VERSION_UNKNOWN, "lacks the right cli-exec (so called from FortiOS 7.4.2 on)"},
        {"cli-get", 70402, "lacks the right cli-get"},
        {"cli-get", 1, "does not allow this get command (it needs read access to System, sysgrp)"},
        {"cli-get", VERSION_UNKNOWN, "lacks the right cli-get (so called from FortiOS 7.4.2 on)"},
};

static const char *with_version(struct arena *arena, const char *words, const char *version)
{
	const char *at = strstr(words, "%s");
	return at ? arena_printf(arena, "%.*s%s%s", (int)(at - words), words, version, at + 2) : words;
}

const char *rights_lacking(struct arena *arena, const char *right, const char *version)
{
	unsigned number = version_number(version);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool covers = number == VERSION_UNKNOWN ? rows[i].from == VERSION_UNKNOWN
		                                        : rows[i].from != VERSION_UNKNOWN && rows[i].from <= number;
		if (covers && strcmp(rows[i].right, right) == 0)
			return with_version(arena, rows[i].words, version);
	}
	return arena_printf(arena, "lacks the right %s", right);
}
