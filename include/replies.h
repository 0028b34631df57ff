#ifndef FGDIAG_REPLIES_H
#define FGDIAG_REPLIES_H

#include "check.h"

/* What the checks of the client's conversations share: missing-replies,
 * icmp-error, refused. */

#define REPLIES_QUOTED 3 /* conversations that one check quotes */

const char *replies_plural(unsigned n); /* "" or "s" */

/* The first packet of each leg, and what ended the conversation. */
void replies_quote(struct judging *judging, struct check_draft *draft, const struct exchange *exchange);
void replies_quote_state(struct judging *judging, struct check_draft *draft, enum exchange_state state);

/* Says what to say when the sniffer was not planned, or showed nothing; true
 * when it did. */
bool replies_unseen(struct judging *judging, struct check_draft *draft);

/* Why the capture's silence proves nothing, or NULL when it does. */
const char *replies_unfit(struct judging *judging, const char **rule);

#endif
