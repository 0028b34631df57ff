#include "check.h"
#include "timestamp.h"

#include <inttypes.h>
#include <string.h>

/* What has to be said before the verdict: is this the right device, is the
 * entry of now, does the evidence contradict itself? */

enum { SERIAL_LENGTH = 16 };

void judging_note(struct judging *judging, const char *text)
{
	judging->notes = arena_grow(judging->arena, judging->notes, judging->note_count, &judging->note_capacity,
	                            sizeof(*judging->notes));
	judging->notes[judging->note_count++] = text;
}

static const char *fact_text(const struct judging *judging, enum fact_id id)
{
	const struct fact *fact = &judging->facts->item[id];
	return fact->present ? fact->value.text : NULL;
}

/* A masked or shortened serial number proves nothing. */
static bool is_serial(struct str devid)
{
	return devid.n == SERIAL_LENGTH && str_find(devid, "XXXX") < 0;
}

/* Is the serial number that of a member of this cluster? *asked tells whether
 * the cluster named its members at all. */
static bool is_member(const struct judging *judging, struct str serial, bool *asked)
{
	*asked = false;
	for (size_t i = 0; i < judging->facts->row_count; i++) {
		const struct fact_row *row = &judging->facts->rows[i];
		const char *member = strcmp(row->table, "member") == 0 ? facts_cell_of(row, "serial") : NULL;
		*asked = *asked || member;
		if (member && str_is(serial, member))
			return true;
	}
	return false;
}

static void note_device(struct judging *judging, const struct entry *entry)
{
	const char *serial = fact_text(judging, FACT_ID_DEVICE_SERIAL);
	if (!serial || !is_serial(entry->devid) || str_is(entry->devid, serial))
		return;
	const char *devid = arena_strndup(judging->arena, entry->devid.p, entry->devid.n);
	const char *ha = fact_text(judging, FACT_ID_DEVICE_HA_MODE);
	bool asked;
	judging->doubtful = true;
	if (is_member(judging, entry->devid, &asked)) {
		judging_note(judging,
		             arena_printf(judging->arena,
		                          "The entry was written by %s, the other member of this cluster; this is %s.",
		                          devid, serial));
		return;
	}
	if (ha && !asked && !str_starts(str_of(ha), "standalone")) {
		judging_note(
		        judging,
		        arena_printf(
		                judging->arena,
		                "The entry was written by %s, this is %s: perhaps the other member of the cluster.",
		                devid, serial));
		return;
	}
	judging->wrong_device = true;
	judging_note(judging, arena_printf(judging->arena, "Wrong device: the entry was written by %s, this is %s.",
	                                   devid, serial));
}

static void note_vdom(struct judging *judging, const struct entry *entry)
{
	const char *mode = fact_text(judging, FACT_ID_DEVICE_VDOM_MODE);
	const char *current = fact_text(judging, FACT_ID_DEVICE_VDOM);
	if (!mode || !current || entry->vd.n == 0 || !str_starts(str_of(mode), "disable") || str_is(entry->vd, current))
		return;
	judging->wrong_device = true;
	judging->doubtful = true;
	judging_note(judging, arena_printf(judging->arena,
	                                   "Wrong device: the entry is of VDOM %.*s, and this device has only %s.",
	                                   (int)entry->vd.n, entry->vd.p, current));
}

/* Age of the entry at the start of the run; false when the clocks do not tell. */
static bool entry_age(const struct judging *judging, const struct entry *entry, int64_t *age_us)
{
	const struct fact *device = &judging->facts->item[FACT_ID_DEVICE_TIME];
	if (entry->time_kind == ENTRY_TIME_UTC) {
		*age_us = judging->input->started_us + judging->clock_ahead_us - entry->time_us;
		return judging->input->started_us > 0;
	}
	if (entry->time_kind != ENTRY_TIME_LOCAL || !device->present)
		return false;
	*age_us = device->value.integer - entry->time_us;
	return true;
}

static const char *age_words(struct arena *arena, int64_t age_us)
{
	int64_t minutes = age_us / US_PER_SECOND / 60;
	if (minutes < 120)
		return arena_printf(arena, "%" PRId64 " minutes", minutes);
	if (minutes < 48 * 60)
		return arena_printf(arena, "%" PRId64 " hours", minutes / 60);
	return arena_printf(arena, "%" PRId64 " days", minutes / 60 / 24);
}

static void note_age(struct judging *judging, const struct entry *entry)
{
	int64_t age_us = 0;
	if (!entry_age(judging, entry, &age_us)) {
		judging->doubtful = true;
		judging_note(judging, "How old the entry is cannot be told; what was found holds for now.");
		return;
	}
	if (age_us > judging->limits->entry_age_us) {
		judging->entry_is_old = true;
		judging_note(
		        judging,
		        arena_printf(judging->arena,
		                     "The entry is %s old: what was found holds for now, and at most likely for then.",
		                     age_words(judging->arena, age_us)));
	} else if (age_us < -judging->limits->entry_age_us) {
		judging->doubtful = true;
		judging_note(
		        judging,
		        arena_printf(judging->arena,
		                     "The entry is dated %s after this run began: a clock is wrong, here or there.",
		                     age_words(judging->arena, -age_us)));
	}
}

static void note_entry(struct judging *judging)
{
	if (!judging->target->have_entry) {
		notes_clocks(judging);
		return;
	}
	const struct entry_set *entries = &judging->input->plan->entries;
	const struct entry *entry = &entries->entry;
	note_device(judging, entry);
	note_vdom(judging, entry);
	notes_clocks(judging);
	note_age(judging, entry);
	if (entries->sibling_count)
		judging_note(
		        judging,
		        arena_printf(judging->arena,
		                     "%zu more log line%s of the same client and port within five seconds: a client "
		                     "that asks several servers at once closes its port after the first answer.",
		                     entries->sibling_count, text_plural(entries->sibling_count)));
}

/* What the server does with others in the same capture tells its own trouble
 * from one of this client's. */
static void note_others(struct judging *judging)
{
	unsigned answered = 0, silent = 0;
	if (!check_is_finding(&judging->drafts[CHECK_MISSING_REPLIES]) ||
	    judging->tally.conversations[EXCHANGE_NO_REPLY] == 0)
		return;
	for (size_t i = 0; i < judging->trace.exchange_count; i++) {
		const struct exchange *exchange = &judging->trace.exchanges[i];
		answered += !exchange->of_entry && exchange->state == EXCHANGE_COMPLETE;
		silent += !exchange->of_entry && exchange->state == EXCHANGE_NO_REPLY;
	}
	if (answered)
		judging_note(judging,
		             arena_printf(judging->arena,
		                          "Meanwhile the server answered %u conversation%s of another client: look for "
		                          "what differs for this one.",
		                          answered, text_plural(answered)));
	else if (silent)
		judging_note(judging,
		             arena_printf(judging->arena,
		                          "Meanwhile another client is not answered either (%u conversation%s): the "
		                          "trouble may not be this client's alone.",
		                          silent, text_plural(silent)));
}

/* Fine where it is meant, and a trap where it is not. */
static void note_asymmetry(struct judging *judging)
{
	const struct exchange *exchange = judging_asymmetric(judging, EXCHANGE_COMPLETE);
	if (exchange)
		judging_note(judging, arena_printf(judging->arena,
		                                   "Requests leave by %s and replies come in by %s: fine where that is "
		                                   "meant (SD-WAN), else "
		                                   "the FortiGate may drop such replies.",
		                                   exchange->first[1]->interface, exchange->first[2]->interface));
}

void notes_make(struct judging *judging)
{
	const char *changed = notes_prompt(judging);
	if (changed) {
		judging->doubtful = true;
		judging_note(judging, changed);
	}
	note_entry(judging);
	contradictions_note(judging);
	if (judging->input->cut)
		judging_note(judging, "The transcript is cut: what is missing in it counts as not measured.");
	note_others(judging);
	note_asymmetry(judging);
	for (size_t i = 0; i < judging->input->assumption_count; i++)
		judging_note(judging, judging->input->assumptions[i]);
	judging->doubtful = judging->doubtful || judging->input->doubtful;
}
