#include "check.h"
#include "clocks.h"
#include "timestamp.h"

#include <inttypes.h>

/* The FortiGate's clock and ours, and what that means for the entry's age. */

/* When the last packet's line came, by our clock; false where it is not UTC. */
static bool utc_ahead(const struct judging *judging, int64_t *ahead_us)
{
	const struct capture *capture = judging->capture;
	const struct step_run *run = capture ? check_step(judging->input->steps, capture->step) : NULL;
	if (!run || run->end_us <= 0 || capture->clock != CAPTURE_UTC || capture->packet_count == 0)
		return false;
	int64_t came_us = judging->input->started_us + run->end_us - capture->quiet_us;
	*ahead_us = capture->packets[capture->packet_count - 1].time_us - came_us;
	return true;
}

static bool clocks_seen(const struct judging *judging, struct clocks_seen *seen, int64_t *spread_us)
{
	const struct fact *device = &judging->facts->item[FACT_ID_DEVICE_TIME];
	const struct entry *entry = &judging->input->plan->entries.entry;
	const struct step_run *run = device->present ? check_step(judging->input->steps, device->from.step) : NULL;
	if (!run || run->file || judging->input->started_us <= 0 || run->end.state != STEP_DONE)
		return false;
	*spread_us = run->end_us - run->start_us;
	*seen = (struct clocks_seen){.local_ahead_us = device->value.integer - judging->input->started_us -
	                                               run->start_us - *spread_us / 2};
	seen->have_zone = judging->target->have_entry && entry->have_zone;
	seen->zone_s = seen->have_zone ? entry->zone_s : 0;
	seen->have_utc = utc_ahead(judging, &seen->utc_ahead_us);
	return true;
}

static const char *span_words(struct arena *arena, int64_t us)
{
	int64_t minutes = us / US_PER_SECOND / 60;
	return minutes < 2 ? check_seconds(arena, us) : arena_printf(arena, "%" PRId64 " minutes", minutes);
}

static void note_zone(struct judging *judging, const struct clocks *clocks)
{
	if (!clocks->zone_differs)
		return;
	int minutes = clocks->zone_s / 60;
	int size = minutes < 0 ? -minutes : minutes;
	judging->doubtful = true;
	judging_note(judging,
	             arena_printf(judging->arena, "The FortiGate's zone is now %c%02d:%02d, another than the entry's.",
	                          minutes < 0 ? '-' : '+', size / 60, size % 60));
}

static void note_skew(struct judging *judging, int64_t skew_us, int64_t spread_us)
{
	int64_t size_us = skew_us < 0 ? -skew_us : skew_us;
	if (size_us <= CLOCKS_SKEW_US + spread_us)
		return;
	judging->clock_ahead_us = skew_us;
	judging->doubtful = judging->doubtful || size_us > judging->limits->entry_age_us;
	judging_note(judging,
	             arena_printf(judging->arena, "The FortiGate's clock is %s %s ours%s.",
	                          span_words(judging->arena, size_us), skew_us < 0 ? "behind" : "ahead of",
	                          judging->target->have_entry ? "; the entry's age is told by the FortiGate's" : ""));
}

static void absent(struct judging *judging, const char *why)
{
	facts_set_absent(judging->facts, FACT_ID_TIME_SKEW, why);
	facts_set_absent(judging->facts, FACT_ID_TIME_ZONE, why);
}

void notes_clocks(struct judging *judging)
{
	struct clocks_seen seen;
	struct clocks clocks;
	int64_t spread_us;
	if (!clocks_seen(judging, &seen, &spread_us)) {
		absent(judging, "the FortiGate's time was not read beside ours");
		return;
	}
	clocks_reconcile(&seen, &clocks);
	if (!clocks.known) {
		absent(judging, "a wrong clock and another zone look the same");
		if (!seen.have_zone)
			return;
		judging->doubtful = true;
		judging_note(judging,
		             "The FortiGate's local time does not fit: it has another zone than the entry's, or "
		             "its clock is wrong.");
		return;
	}
	struct source from = judging->facts->item[FACT_ID_DEVICE_TIME].from;
	facts_set_int(judging->facts, FACT_ID_TIME_SKEW, clocks.skew_us, from);
	facts_set_int(judging->facts, FACT_ID_TIME_ZONE, clocks.zone_s, from);
	note_zone(judging, &clocks);
	note_skew(judging, clocks.skew_us, spread_us);
}
