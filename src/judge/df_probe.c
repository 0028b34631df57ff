#include "check.h"

#include <inttypes.h>

/* Large pings with the don't-fragment bit: where small ones come back and these
 * do not, the path's MTU is too small for them and nobody says so (I4). */

enum { REPEATS = 3, HEADERS = 28 /* IPv4 and ICMP */ };

static const struct ping_run *probe_find(const struct judging *judging)
{
	for (size_t i = 0; i < judging->facts->ping_count; i++) {
		const struct ping_run *run = &judging->facts->pings[i];
		if (run->probe && run->started && !run->on_host)
			return run;
	}
	return NULL;
}

static void say_too_large(struct judging *judging, struct check_draft *draft, const struct ping_run *probe)
{
	unsigned packet = probe->data_size + HEADERS;
	check_say(draft, STATE_WARNING, CERTAINTY_LIKELY, "I4",
	          "None of %" PRIu32 " pings in packets of %u bytes that may not be split came back from %s, while "
	          "small ones do: the way is "
	          "too narrow for such packets, and connections that carry more than a little data hang.",
	          probe->transmitted, packet, judging_address(judging));
	draft->where = WHERE_BEYOND_GATE;
	check_advise(draft, "Find the size that passes: run again with a smaller --df-size, down to 1252.");
	check_advise(
	        draft,
	        "Let the routers on the way send ICMP \"fragmentation needed\" (type 3 code 4), or lower the TCP MSS "
	        "of this policy: both are for the owner of the configuration.");
}

void df_probe_judge(struct judging *judging, struct check_draft *draft)
{
	const struct ping_run *probe = probe_find(judging);
	if (!probe)
		return;
	unsigned packet = probe->data_size + HEADERS;
	bool silent = probe->have_statistics && probe->received == 0 && probe->reply_count == 0;
	check_quote(draft, probe->statistics_from);
	check_quote(draft, probe->error_from);
	if (probe->reply_count)
		check_add(draft, "Packets of %u bytes that may not be split pass.", packet);
	else if (probe->error)
		check_add(draft, "The ping in packets of %u bytes says nothing: \"%s\".", packet, probe->error);
	else if (judging->ping != PING_ANSWERED || !silent || probe->transmitted < REPEATS)
		check_add(draft, "Whether packets of %u bytes pass cannot be told.", packet);
	else if (check_is_finding(draft))
		check_add(draft, "None of %" PRIu32 " pings in packets of %u bytes that may not be split came back.",
		          probe->transmitted, packet);
	else
		say_too_large(judging, draft, probe);
}
