#include "transcript.h"

#include <string.h>

#include "mem.h"
#include "transcript_json.h"

static const char *const state_words[] = {
        [STEP_DONE] = "done",
        [STEP_STOPPED] = "stopped",
        [STEP_FAILED] = "failed",
        [STEP_SKIPPED] = "skipped",
};

enum { STATES = STEP_SKIPPED + 1, MARKER_MAX_BYTES = 64 * 1024 };

const char *step_state_word(enum step_state state)
{
	return (size_t)state < STATES ? state_words[state] : state_words[STEP_FAILED];
}

bool step_state_parse(const char *word, enum step_state *out)
{
	for (size_t i = 0; word && i < STATES; i++) {
		if (strcmp(word, state_words[i]) == 0) {
			*out = (enum step_state)i;
			return true;
		}
	}
	return false;
}

void transcript_init(struct transcript *transcript, struct arena *arena)
{
	*transcript = (struct transcript){.arena = arena};
}

static const char *lane_name(struct transcript *transcript, const char *lane)
{
	if (lane[0] == '\0')
		return "";
	for (size_t i = 0; i < transcript->lane_count; i++) {
		if (strcmp(transcript->lanes[i], lane) == 0)
			return transcript->lanes[i];
	}
	if (transcript->lane_count == TRANSCRIPT_MAX_LANES)
		return transcript->lanes[TRANSCRIPT_MAX_LANES - 1];
	return transcript->lanes[transcript->lane_count++] = arena_strdup(transcript->arena, lane);
}

static int64_t next_time(const struct transcript *transcript, int64_t time_us)
{
	if (time_us < transcript->end_us)
		return transcript->end_us;
	return time_us > TRANSCRIPT_MAX_US ? TRANSCRIPT_MAX_US : time_us;
}

static void event_add(struct transcript *transcript, int64_t time_us, enum event_kind kind, const char *lane,
                      struct str data)
{
	bool full =
	        transcript->bytes + data.n > TRANSCRIPT_MAX_BYTES || transcript->event_count >= TRANSCRIPT_MAX_EVENTS;
	if (full && kind != EVENT_MARKER) {
		transcript->cut = true;
		return;
	}
	transcript->events = arena_grow(transcript->arena, transcript->events, transcript->event_count,
	                                &transcript->event_capacity, sizeof *transcript->events);
	transcript->end_us = next_time(transcript, time_us);
	transcript->bytes += data.n;
	transcript->events[transcript->event_count++] = (struct event){
	        .time_us = transcript->end_us,
	        .kind = kind,
	        .lane = lane_name(transcript, lane),
	        .data = arena_str(transcript->arena, data),
	};
}

void transcript_output(struct transcript *transcript, int64_t time_us, const char *lane, struct str bytes)
{
	event_add(transcript, time_us, EVENT_OUTPUT, lane, bytes);
}

void transcript_input(struct transcript *transcript, int64_t time_us, const char *lane, struct str bytes)
{
	event_add(transcript, time_us, EVENT_INPUT, lane, bytes);
}

/* Takes the marker over. */
static void marker_add(struct transcript *transcript, int64_t time_us, const char *lane, json_t *marker)
{
	struct buf text;
	if (!marker)
		mem_exhausted();
	buf_init(&text, MARKER_MAX_BYTES);
	transcript_json_write(marker, &text);
	event_add(transcript, time_us, EVENT_MARKER, lane, buf_str(&text));
	buf_done(&text);
	json_decref(marker);
}

void transcript_begin(struct transcript *transcript, int64_t time_us, const char *lane, const char *step,
                      const char *command, const char *scope)
{
	marker_add(transcript, time_us, lane,
	           json_pack("{s:o,s:o,s:o}", "begin", transcript_json_text(step), "command",
	                     transcript_json_text(command ? command : ""), "scope",
	                     transcript_json_text(scope ? scope : "")));
}

void transcript_end(struct transcript *transcript, int64_t time_us, const char *lane, const char *step,
                    const struct step_end *end)
{
	marker_add(transcript, time_us, lane,
	           json_pack("{s:o,s:s,s:o,s:o,s:b,s:b,s:I,s:b,s:b}", "end", transcript_json_text(step), "state",
	                     step_state_word(end->state), "reason", transcript_json_text(end->reason), "prompt",
	                     transcript_json_text(end->prompt ? end->prompt : ""), "interrupted", end->interrupted,
	                     "link_lost", end->link_lost, "requested", (json_int_t)end->requested, "adaptive",
	                     end->adaptive, "options_read_back", end->options_read_back));
}

void transcript_skip(struct transcript *transcript, int64_t time_us, const char *step, const char *reason)
{
	marker_add(transcript, time_us, "",
	           json_pack("{s:o,s:s,s:o}", "skip", transcript_json_text(step), "state",
	                     step_state_word(STEP_SKIPPED), "reason", transcript_json_text(reason)));
}

void transcript_trouble(struct transcript *transcript, int64_t time_us, const struct err *trouble)
{
	const char *step = trouble->step[0] ? trouble->step : NULL;
	json_t *error = json_pack("{s:s,s:o,s:o}", "kind", err_word(trouble->kind), "message",
	                          transcript_json_text(trouble->text), "step", transcript_json_text(step));
	marker_add(transcript, time_us, "", json_pack("{s:s,s:o}", "note", "trouble", "error", error));
}
