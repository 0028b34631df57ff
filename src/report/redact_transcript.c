#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "redact_parts.h"
#include "transcript_json.h"

/* A transcript's copy, event by event. What a lane printed may be cut anywhere
 * between two events: a line is replaced as a whole and stands in the event
 * that ends it; what is left of a line when its step ends, in the lane's last. */

enum { DIRECTIONS = 2 }; /* what the device sent, what we sent */

struct stream {
	struct buf pending; /* a line's beginning */
	size_t last;        /* event that it came in */
	bool inside;        /* the line before was a row of hex */
};

struct copying {
	struct arena *arena;
	struct redaction *redaction;
	const struct transcript *in;
	struct transcript *out;
	struct stream streams[TRANSCRIPT_MAX_LANES][DIRECTIONS];
};

static const char *words(const struct copying *copying, const char *text)
{
	return redact_words(copying->arena, copying->redaction, text);
}

/* ---- header ---- */

static void header_copy(const struct copying *copying, const char *entry)
{
	const struct transcript_header *in = &copying->in->header;
	struct transcript_header *out = &copying->out->header;
	const char **sets = ARENA_ARRAY(copying->arena, in->set_count, const char *);
	*out = *in;
	out->device = words(copying, in->device);
	out->entry_text = entry;
	out->entry_number = entry ? 1 : 0;
	out->target = words(copying, in->target);
	out->vdom = redact_name(copying->arena, copying->redaction, in->vdom);
	out->host = words(copying, in->host);
	out->playbook_name = words(copying, in->playbook_name);
	out->playbook = words(copying, in->playbook);
	for (size_t i = 0; i < in->set_count; i++)
		sets[i] = words(copying, in->sets[i]);
	out->sets = sets;
	out->planned = ARENA_ARRAY(copying->arena, in->planned_count, struct planned_step);
	for (size_t i = 0; i < in->planned_count; i++) {
		out->planned[i] = in->planned[i];
		out->planned[i].id = words(copying, in->planned[i].id);
		out->planned[i].lane = words(copying, in->planned[i].lane);
		out->planned[i].command = words(copying, in->planned[i].command);
	}
}

/* ---- markers ---- */

static json_t *text_value(const struct copying *copying, const json_t *value)
{
	const char *text;
	if (!transcript_json_get(copying->arena, value, &text))
		return json_null();
	return transcript_json_text(words(copying, text));
}

/* Every text in it, and in its error. */
static json_t *marker_copy(const struct copying *copying, json_t *marker, bool nested)
{
	const char *key;
	json_t *value;
	json_t *out = json_object();
	json_object_foreach(marker, key, value)
	{
		bool hex = json_is_object(value) && json_object_get(value, "hex");
		json_t *one = NULL;
		if (json_is_string(value) || hex)
			one = text_value(copying, value);
		else if (json_is_object(value) && !nested)
			one = marker_copy(copying, value, true);
		else if (!json_is_object(value) && !json_is_array(value))
			one = json_incref(value);
		if (one && json_object_set_new(out, words(copying, key), one) != 0)
			mem_exhausted();
	}
	return out;
}

static struct str marker_text(const struct copying *copying, struct str text)
{
	struct buf out;
	json_t *marker = transcript_json_parse(text);
	json_t *copy = marker_copy(copying, marker, false);
	if (!copy)
		mem_exhausted();
	buf_init(&out, TRANSCRIPT_MAX_BYTES);
	transcript_json_write(copy, &out);
	struct str made = arena_str(copying->arena, buf_str(&out));
	buf_done(&out);
	json_decref(copy);
	json_decref(marker);
	return made;
}

/* ---- bytes ---- */

static struct stream *stream_of(struct copying *copying, const char *lane, enum event_kind kind)
{
	for (size_t i = 0; i < copying->in->lane_count; i++) {
		if (strcmp(copying->in->lanes[i], lane) == 0)
			return &copying->streams[i][kind == EVENT_INPUT];
	}
	return NULL;
}

/* The part of a text that ends with the last end of a line: LF of the device,
 * any control character of ours. */
static size_t whole_lines(struct str text, enum event_kind kind)
{
	size_t n = text.n;
	while (n && !(kind == EVENT_INPUT ? (unsigned char)text.p[n - 1] < 0x20 : text.p[n - 1] == '\n'))
		n--;
	return n;
}

static void emit(struct copying *copying, struct stream *stream, enum event_kind kind, struct str text, size_t event)
{
	struct buf made;
	struct event *to = &copying->out->events[event];
	if (!text.n)
		return;
	buf_init(&made, TRANSCRIPT_MAX_BYTES);
	buf_add_str(&made, to->data);
	if (kind == EVENT_INPUT)
		redact_text(copying->redaction, text, &made);
	else
		redact_rows(copying->redaction, text, &stream->inside, &made);
	copying->out->cut = copying->out->cut || made.full;
	copying->out->bytes += made.n - to->data.n;
	to->data = arena_str(copying->arena, buf_str(&made));
	buf_done(&made);
}

static void bytes_take(struct copying *copying, size_t i)
{
	const struct event *event = &copying->in->events[i];
	struct stream *stream = stream_of(copying, event->lane, event->kind);
	if (!stream) { /* before any step: a banner, perhaps */
		struct stream none = {.last = i};
		emit(copying, &none, event->kind, event->data, i);
		return;
	}
	size_t n = whole_lines(event->data, event->kind);
	stream->last = i;
	if (!n) {
		buf_add_str(&stream->pending, event->data);
		return;
	}
	buf_add_str(&stream->pending, str_cut(event->data, 0, n));
	emit(copying, stream, event->kind, buf_str(&stream->pending), i);
	buf_clear(&stream->pending);
	buf_add_str(&stream->pending, str_from(event->data, n));
}

static void lane_flush(struct copying *copying, const char *lane)
{
	static const enum event_kind kinds[DIRECTIONS] = {EVENT_OUTPUT, EVENT_INPUT};
	for (size_t i = 0; i < DIRECTIONS; i++) {
		struct stream *stream = stream_of(copying, lane, kinds[i]);
		if (!stream)
			continue;
		emit(copying, stream, kinds[i], buf_str(&stream->pending), stream->last);
		buf_clear(&stream->pending);
		stream->inside = false;
	}
}

static void event_take(struct copying *copying, size_t i)
{
	const struct event *event = &copying->in->events[i];
	copying->out->events[i] = (struct event){
	        .time_us = event->time_us, .kind = event->kind, .lane = words(copying, event->lane), .data = {"", 0}};
	if (event->kind == EVENT_MARKER) {
		lane_flush(copying, event->lane);
		copying->out->events[i].data = marker_text(copying, event->data);
		copying->out->bytes += copying->out->events[i].data.n;
		return;
	}
	bytes_take(copying, i);
}

void redact_transcript(struct arena *arena, struct redaction *redaction, const struct transcript *in, const char *entry,
                       struct transcript *out)
{
	struct copying *copying = mem_alloc(sizeof *copying);
	*copying = (struct copying){.arena = arena, .redaction = redaction, .in = in, .out = out};
	for (size_t i = 0; i < TRANSCRIPT_MAX_LANES; i++) {
		for (size_t k = 0; k < DIRECTIONS; k++)
			buf_init(&copying->streams[i][k].pending, TRANSCRIPT_MAX_BYTES);
	}
	transcript_init(out, arena);
	header_copy(copying, entry);
	out->events = ARENA_ARRAY(arena, in->event_count, struct event);
	out->event_count = out->event_capacity = in->event_count;
	out->end_us = in->end_us;
	out->cut = in->cut;
	out->lane_count = in->lane_count;
	for (size_t i = 0; i < in->lane_count; i++)
		out->lanes[i] = words(copying, in->lanes[i]);
	for (size_t i = 0; i < in->event_count; i++)
		event_take(copying, i);
	for (size_t i = 0; i < in->lane_count; i++)
		lane_flush(copying, in->lanes[i]);
	for (size_t i = 0; i < TRANSCRIPT_MAX_LANES; i++) {
		for (size_t k = 0; k < DIRECTIONS; k++)
			buf_done(&copying->streams[i][k].pending);
	}
	free(copying);
}
