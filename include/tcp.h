#ifndef FGDIAG_TCP_H
#define FGDIAG_TCP_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* A TCP connection in the making: name look-up, then every address in turn,
 * the next one starting a quarter of a second after the last, so that one dead
 * address cannot use up the time of the others. Never blocks. */
struct tcp;

enum tcp_state { TCP_WAIT, TCP_CONNECTED, TCP_FAILED };

#define TCP_MAX_POLLFDS 4

struct tcp *tcp_open(const char *host, unsigned port); /* never NULL */

/* Progress. TCP_FAILED fills err (ERR_CONNECT: cause and what to check). */
enum tcp_state tcp_step(struct tcp *tcp, int64_t now_us, struct err *err);

/* The connected socket, once; non-blocking, close-on-exec, no Nagle delay,
 * keepalive. The caller closes it. */
int tcp_take_fd(struct tcp *tcp);

size_t tcp_pollfds(const struct tcp *tcp, struct pollfd fds[static TCP_MAX_POLLFDS]);
int64_t tcp_deadline(const struct tcp *tcp); /* when the next address is due; INT64_MAX none */

/* What it waits for, for a timeout's message: "name look-up" or "TCP
 * connection to 192.0.2.1". */
void tcp_waits_for(const struct tcp *tcp, char *out, size_t out_size);

void tcp_free(struct tcp *tcp); /* NULL is fine */

#endif
