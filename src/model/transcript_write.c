#include <inttypes.h>
#include <string.h>

#include "mem.h"
#include "timestamp.h"
#include "transcript.h"
#include "transcript_json.h"

/* How a player shows it; what the device was told is wider. */
enum { WIDTH = 160, HEIGHT = 48, LOOK_AHEAD = 256, CHARACTER_MAX = 4 };

static const char replacement[] = "\xef\xbf\xbd";

/* The start of a character that the lane's next event completes. */
struct carry {
	char bytes[CHARACTER_MAX];
	size_t n;
};

struct writer {
	const struct transcript *transcript;
	struct buf *out;
	struct buf data; /* the bytes of the event being written */
	const char *lane;
	struct carry carries[TRANSCRIPT_MAX_LANES];
};

/* ---- header ---- */

static json_t *need(json_t *value)
{
	if (!value)
		mem_exhausted();
	return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		mem_exhausted();
}

static json_t *sets_make(const struct transcript_header *header)
{
	json_t *sets = need(json_array());
	for (size_t i = 0; i < header->set_count; i++) {
		if (json_array_append_new(sets, transcript_json_text(header->sets[i])) != 0)
			mem_exhausted();
	}
	return sets;
}

static json_t *planned_make(const struct transcript_header *header)
{
	json_t *list = need(json_array());
	for (size_t i = 0; i < header->planned_count; i++) {
		const struct planned_step *step = &header->planned[i];
		json_t *one =
		        json_pack("{s:o,s:o,s:o,s:o,s:o}", "id", transcript_json_text(step->id), "on",
		                  transcript_json_text(step->on), "lane", transcript_json_text(step->lane), "read",
		                  transcript_json_text(step->read), "command", transcript_json_text(step->command));
		if (json_array_append_new(list, need(one)) != 0)
			mem_exhausted();
	}
	return list;
}

static json_t *ours_make(const struct transcript_header *header)
{
	json_t *ours = need(json_object());
	put(ours, "transcript", json_integer(1));
	put(ours, "started_us", json_integer(header->started_us));
	put(ours, "version", transcript_json_text(header->version));
	put(ours, "device", transcript_json_text(header->device));
	put(ours, "entry_text", transcript_json_text(header->entry_text));
	put(ours, "entry_number", json_integer(header->entry_number));
	put(ours, "target", transcript_json_text(header->target));
	put(ours, "proto", transcript_json_text(header->proto));
	put(ours, "vdom", transcript_json_text(header->vdom));
	if (header->host)
		put(ours, "host", transcript_json_text(header->host));
	if (header->trimmed)
		put(ours, "trimmed", need(json_true()));
	put(ours, "playbook_name", transcript_json_text(header->playbook_name));
	put(ours, "playbook", transcript_json_text(header->playbook));
	put(ours, "sets", sets_make(header));
	put(ours, "planned", planned_make(header));
	return ours;
}

static void header_write(struct writer *writer)
{
	const struct transcript_header *header = &writer->transcript->header;
	json_t *object = need(json_pack("{s:i,s:i,s:i,s:I,s:s,s:o}", "version", 2, "width", WIDTH, "height", HEIGHT,
	                                "timestamp", (json_int_t)(header->started_us / US_PER_SECOND), "title",
	                                "fgdiag", "fgdiag", ours_make(header)));
	transcript_json_write(object, writer->out);
	buf_add_char(writer->out, '\n');
	json_decref(object);
}

/* ---- events ---- */

static void line_write(struct writer *writer, int64_t time_us, char code, struct str text)
{
	json_t *string = need(json_stringn(text.p, text.n));
	buf_printf(writer->out, "[%" PRId64 ".%06" PRId64 ",\"%c\",", time_us / US_PER_SECOND, time_us % US_PER_SECOND,
	           code);
	transcript_json_write(string, writer->out);
	buf_add_text(writer->out, "]\n");
	json_decref(string);
}

static void lane_write(struct writer *writer, const struct event *event)
{
	if (event->lane[0] == '\0' || (writer->lane && strcmp(writer->lane, event->lane) == 0))
		return;
	struct buf text;
	json_t *marker = need(json_pack("{s:o}", "lane", transcript_json_text(event->lane)));
	writer->lane = event->lane;
	buf_init(&text, TRANSCRIPT_MAX_BYTES);
	transcript_json_write(marker, &text);
	line_write(writer, event->time_us, 'm', buf_str(&text));
	buf_done(&text);
	json_decref(marker);
}

static bool plain(struct str bytes)
{
	return utf8_valid(bytes) && (bytes.n == 0 || !memchr(bytes.p, 0, bytes.n));
}

/* What is not UTF-8 goes out twice: for players with replacement characters,
 * for us as hex. */
static void bytes_write(struct writer *writer, int64_t time_us, char code, struct str bytes)
{
	if (plain(bytes)) {
		line_write(writer, time_us, code, bytes);
		return;
	}
	struct buf text;
	buf_init(&text, TRANSCRIPT_MAX_BYTES * 3);
	for (size_t i = 0; i < bytes.n;) {
		size_t n = bytes.p[i] ? utf8_length(bytes.p + i, bytes.n - i, NULL) : 0;
		if (n)
			buf_add(&text, bytes.p + i, n);
		else
			buf_add_text(&text, replacement);
		i += n ? n : 1;
	}
	line_write(writer, time_us, code, buf_str(&text));
	buf_clear(&text);
	transcript_hex_write(bytes, &text);
	line_write(writer, time_us, 'x', buf_str(&text));
	buf_done(&text);
}

/* Length of the character that a first byte announces, 0 for none of several. */
static size_t announced(char first)
{
	unsigned char c = (unsigned char)first;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xc2 && c <= 0xdf ? 2 : 0;
}

/* Does the next event of event i's lane go on with what `start` began? */
static bool completed(const struct transcript *transcript, size_t i, struct str start, size_t length)
{
	for (size_t k = i + 1; k < transcript->event_count && k <= i + LOOK_AHEAD; k++) {
		const struct event *next = &transcript->events[k];
		if (strcmp(next->lane, transcript->events[i].lane) != 0)
			continue;
		char whole[CHARACTER_MAX];
		size_t wanted = length - start.n;
		if (next->kind != EVENT_OUTPUT || next->data.n < wanted)
			return false;
		memcpy(whole, start.p, start.n);
		memcpy(whole + start.n, next->data.p, wanted);
		return utf8_length(whole, length, NULL) == length;
	}
	return false;
}

/* Bytes at the end of event i that belong to a character its lane's next event
 * completes. */
static size_t carried(const struct transcript *transcript, size_t i, struct str bytes)
{
	for (size_t n = 1; n < CHARACTER_MAX && n <= bytes.n; n++) {
		struct str start = str_from(bytes, bytes.n - n);
		size_t length = announced(start.p[0]);
		if (length > n)
			return completed(transcript, i, start, length) ? n : 0;
		if (((unsigned char)start.p[0] & 0xc0) != 0x80)
			break;
	}
	return 0;
}

static struct carry *carry_of(struct writer *writer, const char *lane)
{
	for (size_t i = 0; i < writer->transcript->lane_count; i++) {
		if (strcmp(writer->transcript->lanes[i], lane) == 0)
			return &writer->carries[i];
	}
	return NULL;
}

static void output_write(struct writer *writer, size_t i)
{
	const struct event *event = &writer->transcript->events[i];
	struct carry *carry = carry_of(writer, event->lane);
	if (!carry) {
		bytes_write(writer, event->time_us, 'o', event->data);
		return;
	}
	buf_clear(&writer->data);
	buf_add(&writer->data, carry->bytes, carry->n);
	buf_add_str(&writer->data, event->data);
	struct str bytes = buf_str(&writer->data);
	carry->n = carried(writer->transcript, i, bytes);
	bytes.n -= carry->n;
	memcpy(carry->bytes, bytes.p + bytes.n, carry->n);
	bytes_write(writer, event->time_us, 'o', bytes);
}

static void event_write(struct writer *writer, size_t i)
{
	const struct event *event = &writer->transcript->events[i];
	lane_write(writer, event);
	switch (event->kind) {
	case EVENT_OUTPUT:
		output_write(writer, i);
		break;
	case EVENT_INPUT:
		bytes_write(writer, event->time_us, 'i', event->data);
		break;
	case EVENT_MARKER:
		line_write(writer, event->time_us, 'm', event->data);
		break;
	}
}

void transcript_write(const struct transcript *transcript, struct buf *out)
{
	struct writer writer = {.transcript = transcript, .out = out};
	buf_init(&writer.data, TRANSCRIPT_MAX_BYTES + CHARACTER_MAX);
	header_write(&writer);
	for (size_t i = 0; i < transcript->event_count && !out->full; i++)
		event_write(&writer, i);
	buf_done(&writer.data);
}
