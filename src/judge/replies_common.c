#include "replies.h"

void replies_quote(struct judging *judging, struct check_draft *draft, const struct exchange *exchange)
{
	for (size_t leg = 0; leg < 4; leg++)
		check_quote_packet(draft, judging->capture->step, exchange->first[leg]);
	check_quote_packet(draft, judging->capture->step, exchange->error);
	for (size_t i = 0; i < exchange->stream.quoted_count; i++)
		check_quote_packet(draft, judging->capture->step, exchange->stream.quoted[i]);
}

void replies_quote_state(struct judging *judging, struct check_draft *draft, enum exchange_state state)
{
	unsigned quoted = 0;
	for (size_t i = 0; i < judging->trace.exchange_count && quoted < REPLIES_QUOTED; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		if (exchange->of_entry && exchange->state == state) {
			replies_quote(judging, draft, exchange);
			quoted++;
		}
	}
}

bool replies_unseen(struct judging *judging, struct check_draft *draft)
{
	const char *why = NULL;
	enum check_steps steps = check_steps(judging, "gate", "sniffer", &why);
	if (steps == CHECK_STEPS_NONE && !judging->capture) {
		check_say(draft, STATE_SKIPPED, CERTAINTY_NONE, "S0", "The playbook does not capture traffic.");
		return true;
	}
	if (judging->trace.usable)
		return false;
	if (!why)
		why = judging->fitness.why;
	check_say(draft, STATE_UNKNOWN, CERTAINTY_NONE, "S0", "No traffic could be captured: %s.", why);
	if (judging->capture)
		check_quote(draft, judging->capture->error_from);
	return true;
}

const char *replies_unfit(struct judging *judging, const char **rule)
{
	const char *why = NULL;
	*rule = judging->fitness.rule ? judging->fitness.rule : "S0";
	if (!judging->trace.fit)
		return judging->trace.unfit_why;
	if (check_steps(judging, "gate", "sniffer", &why) == CHECK_STEPS_MISSING)
		return why;
	return NULL;
}
