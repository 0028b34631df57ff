#include <limits.h>
#include <math.h>
#include <string.h>

#include "timestamp.h"
#include "transcript.h"
#include "transcript_json.h"

/* 9999-12-31 in microseconds: more is no date. */
static const int64_t LATEST_US = INT64_C(253402300799999999);

struct reader_state {
	struct transcript transcript;
	struct arena *arena;
	struct err *err;
	const char *lane;
	unsigned line;
	size_t markers;
	size_t open; /* steps begun and not ended */
	bool exact;  /* an x event may follow the last event */
};

/* ---- header ---- */

static int broken(struct err *err, const char *what)
{
	return err_set(err, ERR_USAGE, "line 1: the transcript's header has no usable '%s'", what);
}

static int integer_read(const json_t *object, const char *key, int64_t max, int64_t *out, struct err *err)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
		return broken(err, key);
	*out = json_integer_value(value);
	return 0;
}

static int sets_read(struct arena *arena, const json_t *ours, struct transcript_header *header, struct err *err)
{
	const json_t *sets = json_object_get(ours, "sets");
	if (!json_is_array(sets) || json_array_size(sets) > TRANSCRIPT_MAX_PLANNED)
		return broken(err, "sets");
	header->set_count = json_array_size(sets);
	const char **list = ARENA_ARRAY(arena, header->set_count, const char *);
	for (size_t i = 0; i < header->set_count; i++) {
		if (!transcript_json_get(arena, json_array_get(sets, i), &list[i]) || !list[i])
			return broken(err, "sets");
	}
	header->sets = list;
	return 0;
}

static bool planned_one_read(struct arena *arena, const json_t *one, struct planned_step *out)
{
	return transcript_json_member(arena, one, "id", NULL, &out->id) && out->id &&
	       transcript_json_member(arena, one, "on", "gate", &out->on) &&
	       transcript_json_member(arena, one, "lane", "main", &out->lane) &&
	       transcript_json_member(arena, one, "read", NULL, &out->read) &&
	       transcript_json_member(arena, one, "command", "", &out->command);
}

static int planned_read(struct arena *arena, const json_t *ours, struct transcript_header *header, struct err *err)
{
	const json_t *planned = json_object_get(ours, "planned");
	if (!json_is_array(planned) || json_array_size(planned) > TRANSCRIPT_MAX_PLANNED)
		return broken(err, "planned");
	header->planned_count = json_array_size(planned);
	header->planned = ARENA_ARRAY(arena, header->planned_count, struct planned_step);
	for (size_t i = 0; i < header->planned_count; i++) {
		if (!planned_one_read(arena, json_array_get(planned, i), &header->planned[i]))
			return broken(err, "planned");
	}
	return 0;
}

static int texts_read(struct arena *arena, const json_t *ours, struct transcript_header *header, struct err *err)
{
	const struct {
		const char *key;
		const char *otherwise;
		const char **out;
	} texts[] = {
	        {"version", "", &header->version},
	        {"device", "", &header->device},
	        {"entry_text", NULL, &header->entry_text},
	        {"target", NULL, &header->target},
	        {"proto", NULL, &header->proto},
	        {"vdom", NULL, &header->vdom},
	        {"host", NULL, &header->host},
	        {"playbook_name", "", &header->playbook_name},
	        {"playbook", "", &header->playbook},
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (!transcript_json_member(arena, ours, texts[i].key, texts[i].otherwise, texts[i].out))
			return broken(err, texts[i].key);
	}
	return 0;
}

static int ours_read(struct arena *arena, const json_t *ours, struct transcript_header *header, struct err *err)
{
	int64_t number = 0;
	int64_t format = 0;
	if (integer_read(ours, "transcript", INT64_MAX, &format, err) < 0 ||
	    integer_read(ours, "started_us", LATEST_US, &header->started_us, err) < 0 ||
	    integer_read(ours, "entry_number", UINT_MAX, &number, err) < 0 ||
	    texts_read(arena, ours, header, err) < 0 || sets_read(arena, ours, header, err) < 0 ||
	    planned_read(arena, ours, header, err) < 0)
		return -1;
	if (format != 1)
		return err_set(err, ERR_USAGE, "line 1: this transcript's format is newer than this version reads");
	header->entry_number = (unsigned)number;
	header->trimmed = json_is_true(json_object_get(ours, "trimmed"));
	return 0;
}

static int header_read(struct reader_state *reader, struct str line)
{
	json_t *object = transcript_json_parse(line);
	const json_t *ours = json_object_get(object, "fgdiag");
	int status;
	if (json_integer_value(json_object_get(object, "version")) != 2 || !json_is_object(ours))
		status = err_set(reader->err, ERR_USAGE, "line 1: this is not a transcript that fgdiag wrote");
	else
		status = ours_read(reader->arena, ours, &reader->transcript.header, reader->err);
	json_decref(object);
	return status;
}

/* ---- events ---- */

static int bad_line(const struct reader_state *reader, const char *why)
{
	return err_set(reader->err, ERR_USAGE, "line %u of the transcript %s", reader->line, why);
}

static bool time_read(const json_t *value, int64_t *out)
{
	double seconds = json_number_value(value);
	if (!json_is_number(value) || !(seconds >= 0) || seconds > (double)(TRANSCRIPT_MAX_US / US_PER_SECOND))
		return false;
	*out = llround(seconds * (double)US_PER_SECOND);
	return true;
}

static void event_append(struct reader_state *reader, int64_t time_us, enum event_kind kind, const char *lane,
                         struct str data)
{
	struct transcript *transcript = &reader->transcript;
	transcript->events = arena_grow(reader->arena, transcript->events, transcript->event_count,
	                                &transcript->event_capacity, sizeof *transcript->events);
	if (time_us > transcript->end_us)
		transcript->end_us = time_us;
	transcript->bytes += data.n;
	transcript->events[transcript->event_count++] =
	        (struct event){.time_us = transcript->end_us, .kind = kind, .lane = lane, .data = data};
}

static int lane_read(struct reader_state *reader, const char *lane)
{
	struct transcript *transcript = &reader->transcript;
	if (!lane || lane[0] == '\0')
		return bad_line(reader, "names no lane");
	for (size_t i = 0; i < transcript->lane_count; i++) {
		if (strcmp(transcript->lanes[i], lane) == 0) {
			reader->lane = transcript->lanes[i];
			return 0;
		}
	}
	if (transcript->lane_count == TRANSCRIPT_MAX_LANES)
		return bad_line(reader, "names one lane too many");
	reader->lane = transcript->lanes[transcript->lane_count++] = lane;
	return 0;
}

/* Markers of others are not ours to keep. */
static int marker_read(struct reader_state *reader, int64_t time_us, struct str text)
{
	const char *lane = NULL;
	int status = 0;
	json_t *marker = transcript_json_parse(text);
	bool begins = json_object_get(marker, "begin") != NULL;
	bool ends = json_object_get(marker, "end") != NULL;
	if (json_object_get(marker, "lane")) {
		if (transcript_json_member(reader->arena, marker, "lane", NULL, &lane))
			status = lane_read(reader, lane);
		else
			status = bad_line(reader, "names no lane");
	} else if (begins || ends) {
		reader->open += begins;
		reader->open -= ends && reader->open;
		event_append(reader, time_us, EVENT_MARKER, reader->lane, arena_str(reader->arena, text));
	} else if (json_object_get(marker, "skip") || json_object_get(marker, "note")) {
		event_append(reader, time_us, EVENT_MARKER, "", arena_str(reader->arena, text));
	}
	json_decref(marker);
	if (++reader->markers > TRANSCRIPT_MAX_MARKERS)
		return bad_line(reader, "holds one marker too many");
	return status;
}

static int exact_read(struct reader_state *reader, struct str hex)
{
	struct event *last = &reader->transcript.events[reader->transcript.event_count - 1];
	struct str bytes;
	if (!transcript_hex_parse(reader->arena, hex, &bytes))
		return bad_line(reader, "is not hex");
	reader->transcript.bytes += bytes.n;
	reader->transcript.bytes -= last->data.n;
	last->data = bytes;
	return 0;
}

static int event_read(struct reader_state *reader, const json_t *event)
{
	const json_t *code = json_array_get(event, 1);
	const json_t *data = json_array_get(event, 2);
	int64_t time_us;
	if (json_array_size(event) != 3 || !json_is_string(code) || !time_read(json_array_get(event, 0), &time_us))
		return bad_line(reader, "is not an event");
	bool output = strcmp(json_string_value(code), "o") == 0;
	bool input = strcmp(json_string_value(code), "i") == 0;
	bool marker = strcmp(json_string_value(code), "m") == 0;
	bool exact = strcmp(json_string_value(code), "x") == 0;
	bool expected = reader->exact;
	reader->exact = output || input;
	if (!output && !input && !marker && !(exact && expected))
		return 0;
	if (!json_is_string(data))
		return bad_line(reader, "is not an event");
	struct str text = {json_string_value(data), json_string_length(data)};
	if (reader->transcript.event_count >= TRANSCRIPT_MAX_EVENTS)
		return bad_line(reader, "holds one event too many");
	if (exact)
		return exact_read(reader, text);
	if (marker)
		return marker_read(reader, time_us, text);
	event_append(reader, time_us, output ? EVENT_OUTPUT : EVENT_INPUT, reader->lane,
	             arena_str(reader->arena, text));
	return 0;
}

/* -1 failed, 0 go on, 1 the file is cut inside this line. */
static int line_read(struct reader_state *reader, struct str line, bool last)
{
	if (str_trim(line).n == 0)
		return 0;
	json_t *event = transcript_json_parse(line);
	int status;
	if (event)
		status = event_read(reader, event);
	else
		status = last ? 1 : bad_line(reader, "is not JSON");
	json_decref(event);
	return status;
}

static int lines_read(struct reader_state *reader, struct str text)
{
	struct str line;
	int status = 0;
	bool whole = str_ends(text, "\n");
	if (!str_next_line(&text, &line))
		return err_set(reader->err, ERR_USAGE, "the transcript is empty");
	reader->line = 1;
	if (header_read(reader, line) < 0)
		return -1;
	while (status == 0 && str_next_line(&text, &line)) {
		reader->line++;
		status = line_read(reader, line, text.n == 0 && !whole);
	}
	reader->transcript.cut = status == 1 || reader->open > 0;
	return status < 0 ? -1 : 0;
}

int transcript_read(struct arena *arena, struct str text, struct transcript *out, struct err *err)
{
	if (text.n > TRANSCRIPT_MAX_BYTES)
		return err_set(err, ERR_USAGE, "the transcript is larger than %zu bytes", TRANSCRIPT_MAX_BYTES);
	struct reader_state reader = {.arena = arena, .err = err, .lane = ""};
	transcript_init(&reader.transcript, arena);
	if (lines_read(&reader, text) < 0)
		return -1;
	*out = reader.transcript;
	return 0;
}
