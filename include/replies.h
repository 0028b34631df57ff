#ifndef FGDIAG_REPLIES_H
#define FGDIAG_REPLIES_H

#include "check.h"

/* What the checks of the client's conversations share: missing-replies,
 * icmp-error, refused. */

#define REPLIES_QUOTED 3 /* conversations that one check quotes */

/* The first packet of each leg, what ended the conversation and what came again in it. */
void replies_quote(struct judging *judging, struct check_draft *draft, const struct exchange *exchange);
void replies_quote_state(struct judging *judging, struct check_draft *draft, enum exchange_state state);

/* Says what to say when the sniffer was not planned, or showed nothing; true
 * when it did. */
bool replies_unseen(struct judging *judging, struct check_draft *draft);

/* Why the capture's silence proves nothing, or NULL when it does. */
const char *replies_unfit(struct judging *judging, const char **rule);

/* Where requests in that state are stuck: not forwarded, not answered or not passed on. */
enum where replies_negative_where(const struct judging *judging, enum exchange_state state);
const char *replies_negative_rule(const struct exchange *exchange);

/* What an ICMP error in place of a reply says of the place; *who in words. */
enum where replies_error_place(const struct judging *judging, const struct exchange *exchange, const char **rule,
                               const char **who);

/* ---- TCP after the handshake ---- */

/* Say of data that was never acknowledged, or was sent again too often; false
 * when there is nothing to say. */
bool replies_stalled(struct judging *judging, struct check_draft *draft);
bool replies_sent_again(struct judging *judging, struct check_draft *draft);
/* A sentence about data sent again, where that is no finding; or "". */
const char *replies_again_words(const struct judging *judging);
/* The place of most of what was lost. */
enum where stream_where(const unsigned lost[static WHERES]);

#endif
