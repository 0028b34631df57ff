#include "fuzz.h"
#include "judge/random.h"

/* Bytes are the draws of a random world; the harm comes from the first two. */
static const uint8_t *draws;
static size_t draws_left;

static uint32_t draw(void)
{
	uint32_t value = 0;
	for (size_t i = 0; i < 2 && draws_left; i++, draws_left--)
		value = value << 8 | *draws++;
	return value;
}

static void check_verdict(const struct world *w)
{
	const struct verdict *verdict = &w->verdict;
	PROMISE(verdict->summary && verdict->summary[0]);
	PROMISE(verdict->conversation_count <= VERDICT_MAX_CONVERSATIONS);
	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct check *check = &verdict->checks[i];
		bool finding = check->state == STATE_WARNING || check->state == STATE_CRITICAL;
		PROMISE(check->summary && check->rule && (!finding || check->evidence_count > 0));
	}
	for (size_t i = 0; i < verdict->conversation_count; i++)
		PROMISE(verdict->conversations[i].evidence_count > 0);
}

/* Loss, spread evenly or at one place, makes no verdict better. */
static void lose_more(struct world *w)
{
	uint32_t n = w->pings[1].counted, lost = w->pings[1].lost;
	int status = badness(w->verdict.status), check = badness(w->verdict.checks[CHECK_PACKET_LOSS].state);
	if (lost + 1 >= n)
		return;
	world_ping(w, 1, n, lost + 1 + random_below(n - lost - 1), w->pings[1].adaptive);
	world_judge(w);
	check_verdict(w);
	PROMISE(badness(w->verdict.status) >= status);
	PROMISE(badness(w->verdict.checks[CHECK_PACKET_LOSS].state) >= check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	draws = data + 2;
	draws_left = size - 2;
	struct world *w = world_random();
	world_judge(w);
	check_verdict(w);
	if (data[0] & 1) {
		lose_more(w);
	} else if (remove_evidence(w, data[1] % 13)) {
		world_judge_as_is(w);
		check_verdict(w);
		PROMISE(w->verdict.status != STATE_OK);
	}
	world_free(w);
	return 0;
}
