#include "check.h"

#include <string.h>

/* Is the server's address perhaps a virtual one, of the FortiGate itself? Then
 * a ping of it says nothing about the server behind. */

static const int64_t OWN_RTT_US = 1000; /* the FortiGate answers its own pings in less */

/* Did any ping of the FortiGate's show that the address is on a wire, and not at
 * home? The host's take their way to the FortiGate first. */
static bool is_far(const struct facts *facts)
{
	int64_t fastest_us = INT64_MAX;
	for (size_t i = 0; i < facts->ping_count; i++) {
		const struct ping_run *run = &facts->pings[i];
		for (size_t r = 0; r < run->reply_count && !run->on_host; r++) {
			if (run->replies[r].rtt_us < fastest_us)
				fastest_us = run->replies[r].rtt_us;
		}
	}
	return fastest_us != INT64_MAX && fastest_us >= OWN_RTT_US;
}

/* Traffic that leaves by a wan interface is not on its way to a server of ours. */
static bool leaves_by_wan(const struct judging *judging)
{
	const struct entry *entry = &judging->input->plan->entries.entry;
	if (!judging->target->have_entry || !ip_equal(&entry->dstip, &judging->target->server))
		return false;
	const struct entry_field *role = entry_field(entry, "dstintfrole");
	return role && str_is(role->value, "wan");
}

bool address_may_be_virtual(const struct judging *judging)
{
	const struct target *target = judging->target;
	if (!target->nat_unknown || target->mapped.family)
		return false;
	return !ip_is_private(&target->server) && !leaves_by_wan(judging) && !is_far(judging->facts);
}

bool server_may_be_virtual(const struct judging *judging)
{
	return judging->target->server_port && address_may_be_virtual(judging);
}
