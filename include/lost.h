#ifndef FGDIAG_LOST_H
#define FGDIAG_LOST_H

#include <stdbool.h>

#include "conduct.h"

/* What is said where a session ends under a command: what may go on without
 * us, on which device, and what to do next. */

/* Does the device go on with the running command when nobody listens? */
bool lost_may_run_on(const struct session *session);

/* Fit the end of the running command, as the dialogue gave it, to the loss. */
void lost_end(const struct conduct *run, const struct session *session, const struct err *why, struct step_end *end);

/* Note it as trouble of the run, at the session's step and with the next step. */
void lost_trouble(struct conduct *run, const struct session *session, const struct err *why);

void lost_add_next(struct err *trouble);

/* At which stage a run that is stopped was: behind the trouble's words, and as its step. */
void lost_stage(const struct conduct *run, struct err *trouble);

/* Trouble of the console with its device in front; a link names its own. */
struct err lost_named(const struct conduct *run, const struct err *trouble);

#endif
