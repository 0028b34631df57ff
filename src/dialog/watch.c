#include "watch.h"

#include <string.h>

#include "echo.h"

static const char more[] = "--More-- ";

void watch_init(struct watch *watch, const char *host)
{
	*watch = (struct watch){.host = host};
}

static void line_restart(struct watch *watch)
{
	watch->length = 0;
}

static void line_feed(struct watch *watch)
{
	watch->lines++;
	watch->blank_before = !watch->visible;
	watch->visible = false;
	line_restart(watch);
}

/* WATCH_PROMPT, WATCH_FOREIGN or WATCH_TEXT for the line so far. */
static enum watch_place prompt_place(struct watch *watch)
{
	struct prompt prompt;
	if (watch->length < 4 || watch->length > sizeof watch->line)
		return WATCH_TEXT;
	struct str line = {watch->line, watch->length};
	while (!watch->host && str_starts(line, " "))
		line = str_from(line, 1);
	if (!prompt_parse(line, &prompt))
		return WATCH_TEXT;
	watch->after_blank = watch->blank_before;
	if (watch->host && strcmp(prompt.host, watch->host) != 0) {
		watch->foreign = prompt;
		return WATCH_FOREIGN;
	}
	watch->prompt = prompt;
	return WATCH_PROMPT;
}

static enum watch_place place_after(struct watch *watch, char c)
{
	if (c == 'q' && watch->place == WATCH_PROMPT)
		return WATCH_PROMPT_Q;
	if (watch->place == WATCH_PROMPT && watch->after_blank)
		watch->passed = true;
	if (c == ' ' && memcmp(watch->tail, more, WATCH_MORE_BYTES) == 0)
		return WATCH_PAGER;
	if (c == '-' && memcmp(watch->tail + 1, more, WATCH_MORE_BYTES - 1) == 0) {
		watch->pages++;
		return WATCH_MORE;
	}
	return c == ' ' ? prompt_place(watch) : WATCH_TEXT;
}

static void plain_byte(struct watch *watch, char c)
{
	memmove(watch->tail, watch->tail + 1, WATCH_MORE_BYTES - 1);
	watch->tail[WATCH_MORE_BYTES - 1] = c;
	if (c == '\n') {
		line_feed(watch);
	} else if (c == '\r') {
		line_restart(watch);
	} else {
		watch->visible = true;
		if (watch->length < sizeof watch->line)
			watch->line[watch->length] = c;
		if (watch->length <= sizeof watch->line)
			watch->length++;
	}
	watch->place = place_after(watch, c);
}

/* Sequences are no text; one that moves home or erases starts a line. */
static void escape_byte(struct watch *watch, char c)
{
	bool introducer = watch->escape == 1 && c == '[';
	watch->escape++;
	if (introducer)
		return;
	bool parameter = watch->escape > 2 && c >= 0x20 && c <= 0x3f;
	if (parameter && watch->escape <= WATCH_ESCAPE_MAX)
		return;
	if (watch->escape > 2 && (c == 'H' || c == 'J')) {
		line_restart(watch);
		watch->place = WATCH_TEXT;
	}
	watch->escape = 0;
}

void watch_feed(struct watch *watch, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];
		if (c == 0x1b)
			watch->escape = 1;
		else if (watch->escape)
			escape_byte(watch, c);
		else
			plain_byte(watch, c);
	}
}
