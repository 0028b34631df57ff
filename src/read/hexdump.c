#include "hexdump.h"

#include <string.h>

#include "num.h"

enum { LINE_MAX_BYTES = 512, WHOLE_ROW = 16 };

struct hexdump {
	hexdump_take *take;
	void *context;
	struct hexdump_counts counts;
	struct hexdump_capture capture;
	unsigned line; /* being read */

	/* The packet that is being read; spans point into `text`. */
	bool open;
	bool blank;       /* a blank line was the last one */
	bool interrupted; /* a foreign line stood between its rows, or its last line was cut */
	bool cut;         /* this feed's last line has no LF */
	const char *damage;
	unsigned damage_line;
	struct hexdump_packet packet;
	char text[LINE_MAX_BYTES];
	uint8_t bytes[HEXDUMP_MAX_BYTES + WHOLE_ROW];
};

struct hexdump *hexdump_new(struct arena *arena, hexdump_take *take, void *context)
{
	struct hexdump *hexdump = ARENA_NEW(arena, struct hexdump);
	hexdump->take = take;
	hexdump->context = context;
	return hexdump;
}

const struct hexdump_counts *hexdump_counts(const struct hexdump *hexdump)
{
	return &hexdump->counts;
}

/* ---- one packet ---- */

static void damage(struct hexdump *hexdump, const char *words, unsigned line)
{
	if (hexdump->damage)
		return;
	hexdump->damage = words;
	hexdump->damage_line = line;
}

static void open_packet(struct hexdump *hexdump)
{
	hexdump->open = true;
	hexdump->blank = hexdump->interrupted = false;
	hexdump->damage = NULL;
	hexdump->packet = (struct hexdump_packet){.capture = &hexdump->capture,
	                                          .bytes = hexdump->bytes,
	                                          .line = hexdump->line,
	                                          .last_line = hexdump->line};
}

static void close_packet(struct hexdump *hexdump)
{
	struct hexdump_packet *packet = &hexdump->packet;
	struct hexdump_counts *counts = &hexdump->counts;
	if (!hexdump->open)
		return;
	hexdump->open = false;
	packet->ended = hexdump->blank && !hexdump->interrupted;
	if (!hexdump->damage && packet->n == 0) {
		counts->without_bytes++;
		return;
	}
	if (!hexdump->damage)
		damage(hexdump, hexdump->take(hexdump->context, packet), packet->line);
	if (!hexdump->damage) {
		counts->packets++;
	} else if (counts->damaged++ == 0) {
		counts->damage = hexdump->damage;
		counts->damage_line = hexdump->damage_line;
	}
}

static void row_add(struct hexdump *hexdump, unsigned offset, struct str digits)
{
	struct hexdump_packet *packet = &hexdump->packet;
	bool starts = offset == 0 && packet->n;
	if (hexdump->open && starts)
		close_packet(hexdump);
	if (!hexdump->open) {
		open_packet(hexdump);
		damage(hexdump, "bytes without the packet's line before them", hexdump->line);
	}
	packet->last_line = hexdump->line;
	hexdump->blank = false;
	if (hexdump->cut)
		hexdump->interrupted = true;
	if (hexdump->damage)
		return;
	if (offset != packet->n || offset % WHOLE_ROW) {
		damage(hexdump, "a row of bytes is missing before this one", hexdump->line);
		return;
	}
	/* Room for one row more than fits is always there. */
	unsigned n = packet->n < HEXDUMP_MAX_BYTES ? hexdump_row(digits, hexdump->bytes + packet->n) : 0;
	if (n == 0)
		damage(hexdump, "a row that is not hex bytes", hexdump->line);
	packet->n += n;
}

/* ---- kinds of lines ---- */

static struct str skip_blanks(struct str text)
{
	size_t i = 0;
	while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'))
		i++;
	return str_from(text, i);
}

/* "0x0010" and blanks; what begins like that and goes on otherwise is a row
 * that was damaged. */
static bool row_read(struct hexdump *hexdump, struct str text)
{
	unsigned offset;
	if (text.n < 3 || text.p[0] != '0' || text.p[1] != 'x')
		return false;
	if (hexdump_offset(text, &offset))
		row_add(hexdump, offset, skip_blanks(str_from(text, 7)));
	else if (hexdump->open)
		damage(hexdump, "a row that is not hex bytes", hexdump->line);
	return true;
}

static bool packet_read(struct hexdump *hexdump, struct str text)
{
	struct hexdump_packet *packet = &hexdump->packet;
	int64_t time_us;
	struct str rest;
	if (text.p[0] < '0' || text.p[0] > '9' || text.n > LINE_MAX_BYTES ||
	    sniffer_stamp_parse(text, &time_us, &rest) == SNIFFER_STAMP_NONE)
		return false;
	close_packet(hexdump);
	open_packet(hexdump);
	memcpy(hexdump->text, text.p, text.n);
	packet->stamp = sniffer_stamp_parse((struct str){hexdump->text, text.n}, &packet->time_us, &rest);
	packet->direction = sniffer_place_parse(rest, &packet->interface, &packet->body);
	return true;
}

static bool header_read(struct hexdump *hexdump, struct str text)
{
	if (!str_starts(text, "interfaces=["))
		return false;
	close_packet(hexdump);
	struct str name = str_from(text, sizeof "interfaces=[" - 1);
	ptrdiff_t end = str_find_char(name, ']');
	name = str_cut(name, 0, end < 0 ? 0 : (size_t)end);
	struct hexdump_capture *capture = &hexdump->capture;
	if (name.n >= sizeof capture->interfaces)
		name.n = 0;
	memcpy(capture->interfaces, name.p, name.n);
	capture->interfaces[name.n] = '\0';
	capture->number++;
	return true;
}

/* ---- the command ---- */

/* The next argument, with quotes taken off. */
static bool next_argument(struct str *rest, struct str *out)
{
	*rest = str_trim(*rest);
	if (rest->n && (rest->p[0] == '"' || rest->p[0] == '\'')) {
		struct str inner = str_from(*rest, 1);
		ptrdiff_t end = str_find_char(inner, rest->p[0]);
		if (end < 0)
			return false;
		*out = str_cut(inner, 0, (size_t)end);
		*rest = str_from(inner, (size_t)end + 1);
		return true;
	}
	return str_next_word(rest, out);
}

/* Behind "diagnose sniffer packet", also shortened: INTERFACE FILTER LEVEL
 * COUNT CLOCK, of which any may be left out from the end. */
static bool arguments_find(struct str line, struct str *rest)
{
	ptrdiff_t at = str_find(line, "snif");
	struct str word;
	if (at < 0)
		return false;
	*rest = str_from(line, (size_t)at);
	return str_next_word(rest, &word) && word.n <= sizeof "sniffer" - 1 && str_next_word(rest, &word) &&
	       str_starts(word, "pac") && word.n <= sizeof "packet" - 1;
}

static bool command_read(struct hexdump *hexdump, struct str line)
{
	struct str rest, word;
	if (!arguments_find(line, &rest))
		return false;
	close_packet(hexdump);
	struct hexdump_capture *capture = &hexdump->capture;
	capture->level = 1;
	capture->have_clock = true;
	capture->clock = CAPTURE_RELATIVE;
	for (unsigned i = 0; i < 5 && next_argument(&rest, &word); i++) {
		if (i == 2 && !num_uint(word, 1, 6, &capture->level))
			capture->level = 0;
		if (i == 4)
			capture->clock = str_is(word, "a")   ? CAPTURE_UTC
			                 : str_is(word, "l") ? CAPTURE_LOCAL
			                                     : CAPTURE_RELATIVE;
	}
	return true;
}

void hexdump_command(struct hexdump *hexdump, struct str command)
{
	close_packet(hexdump);
	hexdump->line = 0;
	hexdump->capture.level = 0;
	hexdump->capture.have_clock = false;
	(void)command_read(hexdump, command);
}

/* ---- lines ---- */

static void foreign(struct hexdump *hexdump)
{
	if (hexdump->open && hexdump->blank)
		close_packet(hexdump);
	else if (hexdump->open)
		hexdump->interrupted = true;
}

static void line_read(struct hexdump *hexdump, struct str line)
{
	line = skip_blanks(line);
	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	if (line.n == 0)
		hexdump->blank = hexdump->packet.n > 0;
	else if (!row_read(hexdump, line) && !packet_read(hexdump, line) && !header_read(hexdump, line) &&
	         !command_read(hexdump, line))
		foreign(hexdump);
}

void hexdump_feed(struct hexdump *hexdump, struct str text)
{
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		hexdump->line++;
		hexdump->cut = !end;
		line_read(hexdump, (struct str){text.p, n});
		text = str_from(text, end ? n + 1 : n);
	}
}

void hexdump_end(struct hexdump *hexdump)
{
	close_packet(hexdump);
}
