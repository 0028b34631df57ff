#ifndef FGDIAG_LOCK_H
#define FGDIAG_LOCK_H

#include "arena.h"
#include "err.h"

/* One run at a time asks a device, as far as this account's go: two sniffers
 * on a firewall are one too many, and the second run would measure the first. */

/* Hold the device until the process ends or lock_release(). A descriptor; or -1
 * with ERR_BUSY: another run does, since then; ERR_OUTPUT: there is no place for
 * the lock. */
int lock_take(struct arena *arena, const char *device, struct err *err);
void lock_release(int lock); /* -1 is fine */

#endif
