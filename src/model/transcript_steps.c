#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "transcript.h"
#include "transcript_json.h"

static const size_t NONE = SIZE_MAX;

static const char ends_inside[] = "the transcript ends inside this step";
static const char ended_before[] = "the run ended before this step";

/* A skip marker. */
struct skip {
	const char *id;
	const char *reason;
	int64_t time_us;
};

/* What runs in a lane at the moment. */
struct lane {
	size_t step;       /* index in the list, or NONE */
	int64_t output_us; /* its last output, or its begin */
	int64_t quiet_us;  /* silence before our Ctrl-C; -1 before that */
};

struct gatherer {
	const struct transcript *transcript;
	struct arena *arena;
	struct step_list list;
	size_t capacity;
	struct skip *skips;
	size_t skip_count, skip_capacity;
	struct lane lanes[TRANSCRIPT_MAX_LANES];
	size_t *owner; /* per event, the step its bytes belong to */
};

static const struct planned_step *planned_find(const struct transcript *transcript, const char *id)
{
	for (size_t i = 0; i < transcript->header.planned_count; i++) {
		if (strcmp(transcript->header.planned[i].id, id) == 0)
			return &transcript->header.planned[i];
	}
	return NULL;
}

static struct step_run *step_add(struct gatherer *gatherer, const char *id)
{
	struct step_list *list = &gatherer->list;
	list->steps = arena_grow(gatherer->arena, list->steps, list->count, &gatherer->capacity, sizeof *list->steps);
	struct step_run *step = &list->steps[list->count++];
	*step = (struct step_run){.planned = planned_find(gatherer->transcript, id),
	                          .id = id,
	                          .lane = "",
	                          .command = "",
	                          .scope = "",
	                          .raw = {"", 0},
	                          .end.prompt = ""};
	return step;
}

static const char *member(struct gatherer *gatherer, const json_t *object, const char *key, const char *otherwise)
{
	const char *text;
	if (!transcript_json_member(gatherer->arena, object, key, otherwise, &text))
		return otherwise;
	return text;
}

static struct lane *lane_of(struct gatherer *gatherer, const char *name)
{
	for (size_t i = 0; i < gatherer->transcript->lane_count; i++) {
		if (strcmp(gatherer->transcript->lanes[i], name) == 0)
			return &gatherer->lanes[i];
	}
	return NULL;
}

/* ---- markers ---- */

static void lane_close(struct gatherer *gatherer, struct lane *lane, int64_t end_us)
{
	if (lane->step == NONE)
		return;
	struct step_run *step = &gatherer->list.steps[lane->step];
	step->end_us = end_us;
	step->quiet_us = lane->quiet_us >= 0 ? lane->quiet_us : end_us - lane->output_us;
	lane->step = NONE;
}

static void step_begin(struct gatherer *gatherer, const struct event *event, const json_t *marker)
{
	struct lane *lane = lane_of(gatherer, event->lane);
	const char *id = member(gatherer, marker, "begin", NULL);
	if (!lane || !id)
		return;
	lane_close(gatherer, lane, event->time_us);
	struct step_run *step = step_add(gatherer, id);
	const char *command = member(gatherer, marker, "command", "");
	step->lane = event->lane;
	step->scope = member(gatherer, marker, "scope", "");
	bool typed = str_starts(str_of(command), step->scope);
	step->command = typed ? command : arena_printf(gatherer->arena, "%s%s", step->scope, command);
	step->end = (struct step_end){.state = STEP_FAILED, .reason = ends_inside, .prompt = "", .missing = true};
	step->start_us = event->time_us;
	*lane = (struct lane){.step = gatherer->list.count - 1, .output_us = event->time_us, .quiet_us = -1};
}

static struct step_end end_make(struct gatherer *gatherer, const json_t *marker)
{
	struct step_end end = {.state = STEP_FAILED};
	json_int_t requested = json_integer_value(json_object_get(marker, "requested"));
	end.reason = member(gatherer, marker, "reason", NULL);
	if (!step_state_parse(member(gatherer, marker, "state", NULL), &end.state))
		end.reason = "the transcript does not tell how this step ended";
	end.prompt = member(gatherer, marker, "prompt", "");
	end.interrupted = json_is_true(json_object_get(marker, "interrupted"));
	end.link_lost = json_is_true(json_object_get(marker, "link_lost"));
	end.requested = requested > 0 && requested <= UINT_MAX ? (unsigned)requested : 0;
	end.adaptive = json_is_true(json_object_get(marker, "adaptive"));
	end.options_read_back = json_is_true(json_object_get(marker, "options_read_back"));
	return end;
}

static void step_end(struct gatherer *gatherer, const struct event *event, const json_t *marker)
{
	struct lane *lane = lane_of(gatherer, event->lane);
	const char *id = member(gatherer, marker, "end", NULL);
	if (!lane || lane->step == NONE || !id || strcmp(gatherer->list.steps[lane->step].id, id) != 0)
		return;
	gatherer->list.steps[lane->step].end = end_make(gatherer, marker);
	lane_close(gatherer, lane, event->time_us);
}

static void skip_add(struct gatherer *gatherer, const struct event *event, const json_t *marker)
{
	const char *id = member(gatherer, marker, "skip", NULL);
	if (!id)
		return;
	gatherer->skips = arena_grow(gatherer->arena, gatherer->skips, gatherer->skip_count, &gatherer->skip_capacity,
	                             sizeof *gatherer->skips);
	gatherer->skips[gatherer->skip_count++] = (struct skip){
	        .id = id, .reason = member(gatherer, marker, "reason", ended_before), .time_us = event->time_us};
}

static void trouble_take(struct gatherer *gatherer, const json_t *marker)
{
	const json_t *error = json_object_get(marker, "error");
	struct err *trouble = &gatherer->list.trouble;
	if (gatherer->list.have_trouble || !json_is_object(error))
		return;
	enum err_kind kind = err_from_word(member(gatherer, error, "kind", ""));
	(void)err_set(trouble, kind == ERR_KINDS ? ERR_INTERNAL : kind, "%s", member(gatherer, error, "message", ""));
	struct str step = str_cut(str_of(member(gatherer, error, "step", "")), 0, sizeof trouble->step - 1);
	memcpy(trouble->step, step.p, step.n);
	trouble->step[step.n] = '\0';
	gatherer->list.have_trouble = true;
}

static void marker_take(struct gatherer *gatherer, const struct event *event)
{
	json_t *marker = transcript_json_parse(event->data);
	if (json_object_get(marker, "begin"))
		step_begin(gatherer, event, marker);
	else if (json_object_get(marker, "end"))
		step_end(gatherer, event, marker);
	else if (json_object_get(marker, "skip"))
		skip_add(gatherer, event, marker);
	else
		trouble_take(gatherer, marker);
	json_decref(marker);
}

/* ---- bytes ---- */

static void bytes_take(struct gatherer *gatherer, size_t i)
{
	const struct event *event = &gatherer->transcript->events[i];
	struct lane *lane = lane_of(gatherer, event->lane);
	if (!lane || lane->step == NONE)
		return;
	if (event->kind == EVENT_OUTPUT) {
		gatherer->owner[i] = lane->step;
		gatherer->list.steps[lane->step].raw.n += event->data.n;
		lane->output_us = event->time_us;
	} else if (lane->quiet_us < 0 && str_find_char(event->data, 0x03) >= 0) {
		lane->quiet_us = event->time_us - lane->output_us;
	}
}

/* Every step's bytes in one piece; their length is known by now. */
static void bytes_join(struct gatherer *gatherer)
{
	struct step_list *list = &gatherer->list;
	char **ends = mem_alloc(list->count * sizeof *ends);
	for (size_t i = 0; i < list->count; i++) {
		ends[i] = arena_alloc(gatherer->arena, list->steps[i].raw.n + 1);
		list->steps[i].raw.p = ends[i];
	}
	for (size_t i = 0; i < gatherer->transcript->event_count; i++) {
		struct str data = gatherer->transcript->events[i].data;
		size_t owner = gatherer->owner[i];
		if (owner == NONE || data.n == 0)
			continue;
		memcpy(ends[owner], data.p, data.n);
		ends[owner] += data.n;
	}
	free(ends);
}

/* ---- steps that never ran ---- */

static bool in_list(const struct gatherer *gatherer, const char *id)
{
	for (size_t i = 0; i < gatherer->list.count; i++) {
		if (strcmp(gatherer->list.steps[i].id, id) == 0)
			return true;
	}
	return false;
}

static void skipped_add(struct gatherer *gatherer, const char *id, const char *reason, int64_t time_us)
{
	if (in_list(gatherer, id))
		return;
	struct step_run *step = step_add(gatherer, id);
	step->lane = step->planned ? step->planned->lane : "";
	step->end = (struct step_end){
	        .state = STEP_SKIPPED, .reason = reason, .prompt = "", .missing = reason == ended_before};
	step->start_us = step->end_us = time_us;
}

static void planned_add(struct gatherer *gatherer, const struct planned_step *planned)
{
	for (size_t i = 0; i < gatherer->skip_count; i++) {
		const struct skip *skip = &gatherer->skips[i];
		if (strcmp(skip->id, planned->id) == 0) {
			skipped_add(gatherer, planned->id, skip->reason, skip->time_us);
			return;
		}
	}
	skipped_add(gatherer, planned->id, ended_before, gatherer->transcript->end_us);
}

void transcript_steps(const struct transcript *transcript, struct step_list *out)
{
	struct gatherer gatherer = {.transcript = transcript, .arena = transcript->arena};
	gatherer.owner = mem_alloc(transcript->event_count * sizeof *gatherer.owner);
	for (size_t i = 0; i < TRANSCRIPT_MAX_LANES; i++)
		gatherer.lanes[i].step = NONE;
	for (size_t i = 0; i < transcript->event_count; i++) {
		gatherer.owner[i] = NONE;
		if (transcript->events[i].kind == EVENT_MARKER)
			marker_take(&gatherer, &transcript->events[i]);
		else
			bytes_take(&gatherer, i);
	}
	for (size_t i = 0; i < transcript->lane_count; i++)
		lane_close(&gatherer, &gatherer.lanes[i], transcript->end_us);
	bytes_join(&gatherer);
	for (size_t i = 0; i < transcript->header.planned_count; i++)
		planned_add(&gatherer, &transcript->header.planned[i]);
	for (size_t i = 0; i < gatherer.skip_count; i++)
		skipped_add(&gatherer, gatherer.skips[i].id, gatherer.skips[i].reason, gatherer.skips[i].time_us);
	free(gatherer.owner);
	*out = gatherer.list;
}
