#ifndef FGDIAG_RIGHTS_H
#define FGDIAG_RIGHTS_H

#include "arena.h"

/* What an account's profile lacks when FortiOS does not know a command that
 * exists: the right has another name in each generation.
 *  - from 7.4.2 on: cli-get, cli-exec, cli-diagnose, each by itself
 *  - 6.4.0 to 7.4.1: system-diagnostics for `diagnose`; the rest has no right of its own
 *  - before 6.4: read-only profiles have no `diagnose` at all
 * Source: Fortinet's technical tips 223742 and 300795, release notes 7.4.2
 * "CLI system permissions".
 *
 * right as in struct command_shape, version "7.4.8" or NULL when it is not
 * known. The words follow "the account's profile …"; they live in the arena. */
const char *rights_lacking(struct arena *arena, const char *right, const char *version);

#endif
