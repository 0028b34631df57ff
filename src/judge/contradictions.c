#include "check.h"

#include <inttypes.h>

/* Evidence that contradicts other evidence. It is told, and where it shakes
 * the verdict it lowers its certainty; it never vanishes. */

static bool state_is(const struct judging *judging, enum check_id id, enum state state)
{
	return judging->drafts[id].check.state == state;
}

static const char *filtered_ping(const struct judging *judging)
{
	if (judging->ping != PING_SILENT || !judging->tally.answered)
		return NULL;
	return "No ping was answered though the server answered other packets: ICMP is filtered, the ping is void.";
}

static const char *clean_ping(const struct judging *judging)
{
	if (!state_is(judging, CHECK_PACKET_LOSS, STATE_OK) || judging->tally.conversations[EXCHANGE_NO_REPLY] == 0)
		return NULL;
	return "The ping is clean while requests stay unanswered: the path works, the service does not.";
}

static const char *entry_received(const struct judging *judging)
{
	const struct entry *entry = &judging->input->plan->entries.entry;
	if (!judging->target->have_entry || !entry->have_rcvd || (entry->rcvdpkt == 0 && entry->rcvdbyte == 0))
		return NULL;
	return arena_printf(judging->arena,
	                    "The entry itself counts received traffic (%" PRIu64 " packets, %" PRIu64
	                    " bytes): there was a reply, so think of a late one or of an ICMP error first.",
	                    entry->rcvdpkt, entry->rcvdbyte);
}

/* An RST or ICMP error is an answer, and it did not come for every request. */
static const char *answered_by_error(const struct judging *judging)
{
	const unsigned *conversations = judging->tally.conversations;
	unsigned errors = conversations[EXCHANGE_REFUSED] + conversations[EXCHANGE_ICMP_ERROR];
	if (errors == 0 || conversations[EXCHANGE_NO_REPLY] == 0)
		return NULL;
	return arena_printf(judging->arena,
	                    "%u conversation%s got an RST or an ICMP error, others nothing at all: the fault does not "
	                    "show the same each time.",
	                    errors, text_plural(errors));
}

static const char *memory_lets_pass(const struct judging *judging)
{
	const unsigned *conversations = judging->tally.conversations;
	if (!judging->memory_extreme ||
	    (conversations[EXCHANGE_COMPLETE] == 0 && conversations[EXCHANGE_NO_REPLY] == 0))
		return NULL;
	return "Memory is over its extreme threshold, yet the client's requests do leave the FortiGate: the threshold "
	       "differs there, or the peak is over.";
}

static const char *cpu_without_process(const struct judging *judging)
{
	const struct fact *busy = &judging->facts->item[FACT_ID_CPU_BUSY];
	const struct fact *process = &judging->facts->item[FACT_ID_TOP_PROCESS_CPU];
	/* A tenth of one core explains nothing. */
	const double idle_process = 10;
	if (!busy->present || busy->value.real < judging->limits->cpu_critical || !process->present ||
	    process->value.real >= idle_process)
		return NULL;
	return "The CPU is busy though no process is: the kernel works, which is most often the handling of packets.";
}

static const char *lines_lost(const struct judging *judging)
{
	const struct capture *capture = judging->capture;
	if (!capture || !capture->have_trailer || capture->dropped ||
	    capture->packet_count + capture->unread_count >= capture->received)
		return NULL;
	return arena_printf(judging->arena,
	                    "The sniffer counts %" PRIu64 " packets and none dropped, and %zu were printed: lines were "
	                    "lost on the way, so what the capture does not show may have happened.",
	                    capture->received, capture->packet_count + capture->unread_count);
}

static const char *clean_now(const struct judging *judging)
{
	if (!judging->entry_is_old || judging->tally.conversations[EXCHANGE_COMPLETE] == 0 ||
	    !state_is(judging, CHECK_MISSING_REPLIES, STATE_OK))
		return NULL;
	return "The client is answered now, and the entry is old: its trouble is not reproduced.";
}

static const char *mixed(const struct judging *judging)
{
	if (judging->tally.conversations[EXCHANGE_COMPLETE] == 0 || !judging->trace.usable ||
	    judging->tally.transmissions[EXCHANGE_NO_REPLY] == 0 ||
	    check_is_finding(&judging->drafts[CHECK_PACKET_LOSS]))
		return NULL;
	return "Some conversations completed and others got no reply, without proven loss.";
}

static const struct {
	const char *(*words)(const struct judging *judging); /* NULL when there is no such contradiction */
	bool doubtful;                                       /* lowers the certainty of the verdict */
} contradictions[] = {
        {entry_received, true},
        {filtered_ping, false}, /* the ping is void, which its check says */
        {clean_ping, false},    /* a negative is at most likely anyway */
        {answered_by_error, true},
        {memory_lets_pass, true},
        {cpu_without_process, false}, /* no error: softirq is no process */
        {lines_lost, false},          /* the negatives are unknown already */
        {clean_now, false},           /* an old entry caps the certainty */
        {mixed, false},
};

void contradictions_note(struct judging *judging)
{
	for (size_t i = 0; i < sizeof contradictions / sizeof contradictions[0]; i++) {
		const char *words = contradictions[i].words(judging);
		if (!words)
			continue;
		judging_note(judging, words);
		judging->doubtful = judging->doubtful || contradictions[i].doubtful;
	}
}
