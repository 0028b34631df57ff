#ifndef FGDIAG_SESSION_FILTER_H
#define FGDIAG_SESSION_FILTER_H

#include <stdbool.h>

#include "plan.h"
#include "text.h"

/* What `diagnose sys session filter` prints: "source ip: 10.0.0.5-10.0.0.5",
 * "dest port: 53-53", "proto: 17-17", and "any" where nothing is set. */

/* Does it show the client, the server, its port and the protocol of the target,
 * each as one value? */
bool session_filter_is(struct str clean, const struct target *target);

#endif
