#ifndef EMU_STATE_H
#define EMU_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow.h"
#include "packet.h"

/* What the sessions share and change: who is logged in, failed logins, and the
 * device's own ping packets. Any thread may call these. */

/* One for each device; each thread plays one. */
void state_init(size_t devices);
void state_play(size_t device);

/* May one more administrator log in? */
bool state_room(long max_sessions);
unsigned state_enter(void); /* administrators logged in, this one included */
void state_leave(void);

/* Counts a refused login; true while the address is locked out. */
void state_login_failed(long lockout);
bool state_locked_out(void);

/* The device has been renamed, or its role has changed. */
void state_rename(void);
bool state_renamed(void);

void state_echo(const struct packet *packet);
size_t state_echo_mark(void);
void state_echo_since(size_t *mark, struct packet_list *out);
void state_free(void);

#endif
