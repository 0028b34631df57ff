#ifndef FGDIAG_PROXY_H
#define FGDIAG_PROXY_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "link.h"

/* A running ssh_proxy: a child on one end of a socket pair, and what it says
 * on standard error. Never blocks, but for its end. */
struct proxy;

/* Start it. NULL with ERR_INTERNAL. */
struct proxy *proxy_open(const struct ssh_proxy *way, struct err *err);

/* Our end of the stream, once; non-blocking, close-on-exec. The caller closes it. */
int proxy_take_fd(struct proxy *proxy);

/* Its standard error, for poll(); -1 when that has ended. It must be listened
 * to, else a child that says much would stop. */
int proxy_error_fd(const struct proxy *proxy);
void proxy_listen(struct proxy *proxy);

/* The last of what it said, as one line of hostile text; "" for nothing. */
void proxy_said(struct proxy *proxy, struct buf *out);

/* Ends the child and reaps it: at once when our end of the stream is closed and
 * it leaves by itself, in at most two seconds when it has to be made to. NULL
 * is fine. */
void proxy_free(struct proxy *proxy);

#endif
