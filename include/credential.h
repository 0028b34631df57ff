#ifndef FGDIAG_CREDENTIAL_H
#define FGDIAG_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "secret.h"

/* With what somebody logs in, as a mark to know it by: the slow salted hash
 * that systems keep passwords in (crypt(5), yescrypt) over user, public keys
 * and password. Who reads a mark can no more than guess, as slowly as at a
 * shadow file. */

#define CREDENTIAL_MARK_MAX 128

struct credential {
	const char *user;
	const char *const *identities; /* key files; one without a public part counts for nothing */
	size_t identity_count;
	const struct secret *password; /* NULL none */
};

/* A mark with a salt of its own. ERR_INTERNAL. */
int credential_mark(const struct credential *credential, char out[static CREDENTIAL_MARK_MAX], struct err *err);

/* Was it made of this credential? False also for what is no mark of ours: how
 * much work a mark asks for is not its own to say. */
bool credential_is(const struct credential *credential, const char *mark);

#endif
