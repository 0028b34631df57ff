#include "ping_facts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "buf.h"

const struct ping_fact_ids ping_gate_facts = {
        .sent = FACT_ID_PING_SENT,
        .lost = FACT_ID_PING_LOST,
        .loss = FACT_ID_PING_LOSS,
        .longest_run = FACT_ID_PING_LONGEST_RUN,
        .longest_run_start = FACT_ID_PING_LONGEST_RUN_START,
        .duplicates = FACT_ID_PING_DUPLICATES,
        .late = FACT_ID_PING_LATE,
        .timeline = FACT_ID_PING_TIMELINE,
        .rtt_min = FACT_ID_PING_RTT_MIN,
        .rtt_median = FACT_ID_PING_RTT_MEDIAN,
        .rtt_p95 = FACT_ID_PING_RTT_P95,
        .rtt_max = FACT_ID_PING_RTT_MAX,
        .jitter = FACT_ID_PING_JITTER,
};

const struct ping_fact_ids ping_host_facts = {
        .sent = FACT_ID_HOST_PING_SENT,
        .lost = FACT_ID_HOST_PING_LOST,
        .loss = FACT_ID_HOST_PING_LOSS,
        .longest_run = FACT_ID_HOST_PING_LONGEST_RUN,
        .longest_run_start = FACT_ID_HOST_PING_LONGEST_RUN_START,
        .duplicates = FACT_ID_HOST_PING_DUPLICATES,
        .late = FACT_ID_HOST_PING_LATE,
        .timeline = FACT_ID_HOST_PING_TIMELINE,
        .rtt_min = FACT_ID_HOST_PING_RTT_MIN,
        .rtt_median = FACT_ID_HOST_PING_RTT_MEDIAN,
        .rtt_p95 = FACT_ID_HOST_PING_RTT_P95,
        .rtt_max = FACT_ID_HOST_PING_RTT_MAX,
        .jitter = FACT_ID_HOST_PING_JITTER,
};

static const struct source several = {0}; /* a sum has no line of its own */

static bool counts(const struct ping_run *run, bool on_host)
{
	return run->on_host == on_host && run->counted > 0 && !run->probe;
}

static int by_size(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a;
	int64_t right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

/* The first reply to each sequence that counts, -1 without one; index 0 is
 * sequence 1. */
static int64_t *first_replies(struct arena *arena, const struct ping_run *run)
{
	int64_t *rtt = ARENA_ARRAY(arena, (size_t)run->counted + 1, int64_t);
	for (uint32_t i = 0; i < run->counted; i++)
		rtt[i] = -1;
	for (size_t i = run->reply_count; i-- > 0;) {
		uint32_t seq = run->replies[i].seq;
		if (seq >= 1 && seq <= run->counted)
			rtt[seq - 1] = run->replies[i].rtt_us;
	}
	return rtt;
}

/* ---- round trips ---- */

struct round_trips {
	int64_t *rtt;
	size_t count;
	int64_t differences_us; /* between those of neighbouring sequences */
	int64_t pairs;
};

static void round_trips_add(struct arena *arena, struct round_trips *all, const struct ping_run *run)
{
	const int64_t *rtt = first_replies(arena, run);
	for (uint32_t i = 0; i < run->counted; i++) {
		if (rtt[i] < 0)
			continue;
		all->rtt[all->count++] = rtt[i];
		if (i == 0 || rtt[i - 1] < 0)
			continue;
		all->differences_us += llabs(rtt[i] - rtt[i - 1]);
		all->pairs++;
	}
}

static void round_trip_facts(struct arena *arena, struct facts *facts, bool on_host, const struct ping_fact_ids *ids)
{
	size_t most = 0;
	for (size_t i = 0; i < facts->ping_count; i++)
		most += facts->pings[i].counted;
	struct round_trips all = {.rtt = ARENA_ARRAY(arena, most + 1, int64_t)};
	for (size_t i = 0; i < facts->ping_count; i++) {
		if (counts(&facts->pings[i], on_host))
			round_trips_add(arena, &all, &facts->pings[i]);
	}
	if (all.count == 0)
		return;
	size_t n = all.count;
	qsort(all.rtt, n, sizeof all.rtt[0], by_size);
	facts_set_int(facts, ids->rtt_min, all.rtt[0], several);
	facts_set_int(facts, ids->rtt_median, (all.rtt[(n - 1) / 2] + all.rtt[n / 2]) / 2, several);
	facts_set_int(facts, ids->rtt_p95, all.rtt[(n * 95 + 99) / 100 - 1], several);
	facts_set_int(facts, ids->rtt_max, all.rtt[n - 1], several);
	if (all.pairs)
		facts_set_int(facts, ids->jitter, all.differences_us / all.pairs, several);
}

/* ---- over the time of a run ---- */

struct part {
	uint32_t from, to; /* sequences */
	uint32_t lost;
	int64_t *rtt; /* of the answered ones, by size */
	size_t count;
};

static struct part part_make(struct arena *arena, const int64_t *rtt, uint32_t from, uint32_t to)
{
	struct part part = {.from = from, .to = to, .rtt = ARENA_ARRAY(arena, (size_t)(to - from) + 1, int64_t)};
	for (uint32_t seq = from; seq <= to; seq++) {
		if (rtt[seq - 1] < 0)
			part.lost++;
		else
			part.rtt[part.count++] = rtt[seq - 1];
	}
	qsort(part.rtt, part.count, sizeof part.rtt[0], by_size);
	return part;
}

static uint32_t parts_of(const struct ping_run *run)
{
	return run->counted < PING_TIMELINE_PARTS ? run->counted : PING_TIMELINE_PARTS;
}

static struct part part_of(struct arena *arena, const struct ping_run *run, const int64_t *rtt, uint32_t number)
{
	uint64_t n = run->counted, parts = parts_of(run);
	return part_make(arena, rtt, (uint32_t)(n * number / parts) + 1, (uint32_t)(n * (number + 1) / parts));
}

static void cell_number(struct arena *arena, struct fact_row *row, const char *name, int64_t value)
{
	facts_cell(arena, row, name, str_of(arena_printf(arena, "%" PRId64, value)));
}

/* Where reply lines are missing from the output they are no lost packets. */
static bool lines_are_whole(const struct ping_run *run, const int64_t *rtt)
{
	uint32_t lost = 0;
	for (uint32_t i = 0; i < run->counted; i++)
		lost += rtt[i] < 0;
	return lost == run->lost;
}

void ping_timeline(struct arena *arena, struct facts *facts, const struct ping_run *run)
{
	const int64_t *rtt = first_replies(arena, run);
	if (!lines_are_whole(run, rtt))
		return;
	for (uint32_t i = 0; i < parts_of(run); i++) {
		struct part part = part_of(arena, run, rtt, i);
		struct fact_row *row = facts_row(arena, facts, "ping-timeline", run->statistics_from);
		facts_cell(arena, row, "step", str_of(run->step));
		cell_number(arena, row, "from", part.from);
		cell_number(arena, row, "to", part.to);
		cell_number(arena, row, "sent", (int64_t)part.to - part.from + 1);
		cell_number(arena, row, "lost", part.lost);
		if (part.count == 0)
			continue;
		cell_number(arena, row, "rtt_min", part.rtt[0]);
		cell_number(arena, row, "rtt_median", part.rtt[(part.count - 1) / 2]);
		cell_number(arena, row, "rtt_max", part.rtt[part.count - 1]);
	}
}

/* NULL when the lines do not tell it. */
static const char *timeline_text(struct arena *arena, const struct ping_run *run)
{
	const int64_t *rtt = first_replies(arena, run);
	struct buf text;
	if (!lines_are_whole(run, rtt))
		return NULL;
	buf_init(&text, PING_TIMELINE_PARTS * 24);
	for (uint32_t i = 0; i < parts_of(run); i++) {
		struct part part = part_of(arena, run, rtt, i);
		buf_printf(&text, "%s%" PRIu32 "/%" PRIu32, i ? " " : "", part.lost, part.to - part.from + 1);
	}
	const char *kept = arena_str(arena, buf_str(&text)).p;
	buf_done(&text);
	return kept;
}

/* ---- all of it ---- */

struct sums {
	int64_t sent, lost, duplicates, late;
	const struct ping_run *burst, *longest, *last;
	unsigned runs;
};

static void sums_add(struct sums *sums, const struct ping_run *run)
{
	sums->sent += run->counted;
	sums->lost += run->lost;
	sums->duplicates += run->duplicates;
	sums->late += run->late;
	if (!sums->burst || run->longest_run > sums->burst->longest_run)
		sums->burst = run;
	if (!sums->longest || run->counted > sums->longest->counted)
		sums->longest = run;
	sums->last = run;
	sums->runs++;
}

void ping_facts(struct arena *arena, struct facts *facts, bool on_host, const struct ping_fact_ids *ids)
{
	static const char no_answer[] = "no counted ping was answered";
	struct sums sums = {0};
	for (size_t i = 0; i < facts->ping_count; i++) {
		if (counts(&facts->pings[i], on_host))
			sums_add(&sums, &facts->pings[i]);
	}
	if (sums.runs == 0)
		return;
	struct source from = sums.runs > 1 ? several : sums.last->statistics_from;
	facts_set_int(facts, ids->sent, sums.sent, from);
	facts_set_int(facts, ids->lost, sums.lost, from);
	facts_set_real(facts, ids->loss, (double)sums.lost * 100 / (double)sums.sent, from);
	facts_set_int(facts, ids->longest_run, sums.burst->longest_run, from);
	facts_set_absent(facts, ids->longest_run_start, "no ping was lost");
	if (sums.burst->longest_run)
		facts_set_int(facts, ids->longest_run_start, sums.burst->longest_run_start, from);
	facts_set_int(facts, ids->duplicates, sums.duplicates, from);
	facts_set_int(facts, ids->late, sums.late, from);
	const char *timeline = timeline_text(arena, sums.longest);
	facts_set_absent(facts, ids->timeline, "lines of replies are missing");
	if (timeline)
		facts_set_text(facts, ids->timeline, timeline, sums.longest->statistics_from);
	facts_set_absent(facts, ids->rtt_min, no_answer);
	facts_set_absent(facts, ids->rtt_median, no_answer);
	facts_set_absent(facts, ids->rtt_p95, no_answer);
	facts_set_absent(facts, ids->rtt_max, no_answer);
	facts_set_absent(facts, ids->jitter, "no two pings one after the other were answered");
	round_trip_facts(arena, facts, on_host, ids);
}
