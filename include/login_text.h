#ifndef FGDIAG_LOGIN_TEXT_H
#define FGDIAG_LOGIN_TEXT_H

#include <stdbool.h>

#include "err.h"
#include "text.h"

/* What a device may say where a prompt was expected. */

/* Does the text end with the post-login banner's request for an 'a'? */
bool login_text_wants_accept(struct str text);

/* Known trouble (a forced password change, the administrators' limit, a
 * question) in the text before a prompt, or, when at_login is false, at the end
 * of a command's output so far. Fills *trouble when true. */
bool login_text_trouble(struct str text, bool at_login, struct err *trouble);

/* The last line that is not blank, cut at 160 bytes; empty when there is none. */
struct str login_text_last_line(struct str text);

#endif
