#include "transcript_trim.h"

#include <stdlib.h>
#include <string.h>

#include "dialog.h"
#include "echo.h"
#include "frame.h"
#include "hexdump.h"
#include "mem.h"
#include "num.h"
#include "sniffer_line.h"
#include "transcript_json.h"

enum { ROW_BYTES = 16 };

/* What one lane printed from a marker to its next one. */
struct part {
	const char *lane, *command, *prompt;
	size_t from;
	bool rows;  /* of packets have begun */
	bool ended; /* behind the step's end: what comes there belongs to nothing */
};

struct trimmer {
	const struct transcript *whole;
	struct transcript *out;
	struct buf text; /* of the part */
	size_t *headers; /* by line: bytes of headers of the packet that its row is of */
	bool *gone;      /* by byte */
};

/* ---- where the headers end ---- */

/* What a pager and a terminal leave between the rows becomes blanks: the text
 * keeps its length. */
static void traces_blank(char *text, size_t n)
{
	static const char pager[] = "--More--";
	for (size_t i = 0; i < n;) {
		size_t length = escape_length((struct str){text + i, n - i < 256 ? n - i : 256});
		if (str_starts((struct str){text + i, n - i}, pager))
			length = sizeof pager - 1;
		else if (text[i] == '\b')
			length = 1;
		memset(text + i, ' ', length);
		i += length ? length : 1;
	}
	char next = '\0';
	for (size_t i = n; i-- > 0; next = text[i]) {
		if (text[i] == '\r' && next != '\r' && next != '\n')
			text[i] = ' ';
	}
}

static const char *take(void *context, const struct hexdump_packet *packet)
{
	struct trimmer *trimmer = context;
	unsigned level = packet->capture->level;
	struct frame frame;
	if (level == 0)
		return NULL;
	frame_decode(level == 2 || level == 5 ? FRAME_RAW_IP : FRAME_ETHERNET, packet->bytes, packet->n, &frame);
	if (!packet->ended && frame_wire_length(&frame) != packet->n)
		return NULL;
	for (unsigned line = packet->line; line <= packet->last_line; line++)
		trimmer->headers[line] = frame.headers;
	return NULL;
}

static void headers_find(struct trimmer *trimmer, const struct part *part, size_t echo)
{
	struct str text = buf_str(&trimmer->text), line;
	unsigned before = 0;
	for (struct str head = str_cut(text, 0, echo); str_next_line(&head, &line);)
		before++;
	struct arena *arena = arena_new();
	struct hexdump *hexdump = hexdump_new(arena, take, trimmer);
	hexdump_command(hexdump, str_of(part->command));
	trimmer->headers += before;
	hexdump_feed(hexdump, str_from(text, echo));
	hexdump_end(hexdump);
	trimmer->headers -= before;
	arena_free(arena);
}

/* ---- lines ---- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* "0x0010" and a blank, anywhere in a line; -1 without. */
static ptrdiff_t row_find(struct str text)
{
	for (size_t at = 0; at + 6 < text.n; at++) {
		const char *p = text.p + at;
		if (p[0] == '0' && p[1] == 'x' && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]) &&
		    (p[6] == ' ' || p[6] == '\t'))
			return (ptrdiff_t)at;
	}
	return -1;
}

static void drop(struct trimmer *trimmer, struct str text)
{
	if (text.n)
		memset(trimmer->gone + (text.p - trimmer->text.p), true, text.n);
}

/* A row keeps its digits of the headers: groups of four with a blank between. */
static void row_trim(struct trimmer *trimmer, struct str line, unsigned offset, size_t headers)
{
	size_t kept = headers <= offset ? 0 : headers - offset;
	if (kept == 0) {
		drop(trimmer, line);
		return;
	}
	if (kept > ROW_BYTES)
		kept = ROW_BYTES;
	size_t at = 6;
	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	for (size_t digits = 2 * kept; at < line.n && digits; at++) {
		if (is_hex(line.p[at]))
			digits--;
		else if (line.p[at] != ' ' || at + 1 >= line.n || !is_hex(line.p[at + 1]))
			break;
	}
	drop(trimmer, str_from(line, at));
}

static bool is_packet(struct str line)
{
	struct str rest;
	int64_t time_us;
	return sniffer_stamp_parse(line, &time_us, &rest) != SNIFFER_STAMP_NONE;
}

static bool is_trailer(struct str line)
{
	struct str word;
	uint64_t number;
	return str_next_word(&line, &word) && num_u64(word, 0, UINT64_MAX, &number) && str_next_word(&line, &word) &&
	       (str_is(word, "packets") || str_is(word, "packet")) &&
	       (str_is(str_trim(line), "received by filter") || str_is(str_trim(line), "dropped by kernel"));
}

static bool is_prompt(struct str line, const char *prompt)
{
	struct str wanted = str_trim(str_of(prompt));
	return wanted.n && line.n >= wanted.n && memcmp(line.p, wanted.p, wanted.n) == 0 &&
	       (line.n == wanted.n || str_is(str_trim(str_from(line, wanted.n)), "q"));
}

/* May a line stand between the rows of packets? Others may be the rest of a row
 * that a message of the console broke in two. */
static bool is_known(const struct part *part, struct str line)
{
	struct str rest;
	unsigned number;
	return line.n == 0 || is_packet(line) || str_starts(line, "interfaces=[") || str_starts(line, "filters=[") ||
	       is_trailer(line) || is_prompt(line, part->prompt) ||
	       dialog_refusal(line, &number, &rest) != REFUSAL_NONE;
}

static void line_trim(struct trimmer *trimmer, struct part *part, struct str line, size_t headers)
{
	unsigned offset;
	while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
		line = str_from(line, 1);
	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	if (str_starts(line, "0x")) {
		bool row = hexdump_offset(line, &offset);
		row_trim(trimmer, line, row ? offset : 0, row ? headers : 0);
		part->rows = true;
		return;
	}
	ptrdiff_t inside = row_find(line);
	if (part->rows && !is_known(part, line))
		drop(trimmer, line);
	else if (inside >= 0)
		drop(trimmer, str_from(line, (size_t)inside + 2)); /* it stays as unreadable as it was */
	part->rows |= inside >= 0 || is_packet(line);
}

static void lines_trim(struct trimmer *trimmer, struct part *part)
{
	struct str rest = buf_str(&trimmer->text), line;
	size_t lines = 2;
	for (struct str left = rest; str_next_line(&left, &line);)
		lines++;
	trimmer->gone = mem_alloc(rest.n + 1);
	trimmer->headers = mem_alloc(lines * sizeof *trimmer->headers);
	size_t echo = echo_end(rest, part->command);
	traces_blank(trimmer->text.p + echo, rest.n - echo);
	if (!part->ended)
		headers_find(trimmer, part, echo);
	for (size_t number = 1; str_next_line(&rest, &line); number++)
		line_trim(trimmer, part, line, trimmer->headers[number]);
	free(trimmer->headers);
}

/* ---- events ---- */

static bool is_output(const struct event *event, const char *lane)
{
	return event->kind == EVENT_OUTPUT && strcmp(event->lane, lane) == 0;
}

static void text_join(struct trimmer *trimmer, const struct part *part, size_t end)
{
	buf_clear(&trimmer->text);
	for (size_t i = part->from; i < end; i++) {
		if (is_output(&trimmer->whole->events[i], part->lane))
			buf_add_str(&trimmer->text, trimmer->whole->events[i].data);
	}
}

/* An event stays where it was, also without bytes: silence is measured by it. */
static void text_split(struct trimmer *trimmer, const struct part *part, size_t end)
{
	struct transcript *out = trimmer->out;
	const bool *gone = trimmer->gone;
	for (size_t i = part->from; i < end; i++) {
		struct event *event = &out->events[i];
		if (!is_output(event, part->lane))
			continue;
		size_t n = event->data.n, kept = 0;
		char *bytes = arena_alloc(out->arena, n + 1);
		for (size_t k = 0; k < n; k++) {
			if (!gone[k])
				bytes[kept++] = event->data.p[k];
		}
		gone += n;
		out->bytes -= n - kept;
		event->data = (struct str){bytes, kept};
	}
}

static void part_trim(struct trimmer *trimmer, struct part *part, size_t end)
{
	if (str_find(str_of(part->command), "sniffer packet") < 0)
		return;
	text_join(trimmer, part, end);
	if (!part->rows && row_find(buf_str(&trimmer->text)) < 0)
		return;
	lines_trim(trimmer, part);
	text_split(trimmer, part, end);
	free(trimmer->gone);
}

static const char *member(struct trimmer *trimmer, const json_t *marker, const char *key)
{
	const char *text;
	return transcript_json_member(trimmer->out->arena, marker, key, "", &text) ? text : "";
}

/* A marker of the lane at event i: what went before it is over. */
static void marker_take(struct trimmer *trimmer, struct part *part, size_t i)
{
	json_t *marker = transcript_json_parse(trimmer->whole->events[i].data);
	if (json_object_get(marker, "begin")) {
		part_trim(trimmer, part, i);
		*part = (struct part){
		        .lane = part->lane, .command = member(trimmer, marker, "command"), .prompt = "", .from = i};
	} else if (json_object_get(marker, "end")) {
		part->prompt = member(trimmer, marker, "prompt");
		part_trim(trimmer, part, i);
		part->from = i;
		part->ended = true;
	}
	json_decref(marker);
}

void transcript_trim(const struct transcript *whole, struct transcript *out)
{
	struct trimmer trimmer = {.whole = whole, .out = out};
	*out = *whole;
	out->events = ARENA_ARRAY(whole->arena, whole->event_count + 1, struct event);
	if (whole->event_count)
		memcpy(out->events, whole->events, whole->event_count * sizeof *out->events);
	out->event_capacity = whole->event_count + 1;
	buf_init(&trimmer.text, SIZE_MAX / 2);
	for (size_t k = 0; k < whole->lane_count; k++) {
		struct part part = {.lane = whole->lanes[k], .command = "", .prompt = ""};
		for (size_t i = 0; i < whole->event_count; i++) {
			const struct event *event = &whole->events[i];
			if (event->kind == EVENT_MARKER && strcmp(event->lane, part.lane) == 0)
				marker_take(&trimmer, &part, i);
		}
		part_trim(&trimmer, &part, whole->event_count);
	}
	out->header.trimmed = whole->header.trimmed || out->bytes < whole->bytes;
	buf_done(&trimmer.text);
}
