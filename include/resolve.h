#ifndef FGDIAG_RESOLVE_H
#define FGDIAG_RESOLVE_H

#include <netdb.h>
#include <stdbool.h>

#include "err.h"

/* A name look-up that cannot hold up the poll loop: getaddrinfo() has no
 * timeout, so names are looked up in a thread of their own, which is left
 * behind when its answer comes too late. Addresses need no thread. */
struct resolve;

/* Start a look-up of a name or address (no brackets). ERR_CONNECT when no
 * thread or descriptor can be had. */
struct resolve *resolve_start(const char *host, unsigned port, struct err *err);

/* Readable once the answer is there; -1 when it already is. */
int resolve_fd(const struct resolve *resolve);

/* True when the look-up is over: *list is the answer, owned by resolve, NULL
 * after a failure, and then *error is getaddrinfo's code. */
bool resolve_done(struct resolve *resolve, const struct addrinfo **list, int *error);

void resolve_free(struct resolve *resolve); /* NULL is fine; never waits */

#endif
