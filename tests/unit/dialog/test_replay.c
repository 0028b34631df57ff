#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "transcript.h"

/* Every command of the recorded runs once more: however the device's bytes come
 * in pieces, and however long it takes from one to the next, the dialogue sends
 * the same and understands the same. */

#define SECOND 1000000

enum { MAX_FILE = 4 * 1024 * 1024, MAX_PIECES = 64, MAX_OUTPUT = 32 * 1024 };

/* What the device printed before we sent a key, and the key. */
struct piece {
	struct buf output;
	char key; /* 0 at the end */
};

/* One command of one run. */
struct item {
	char command[512];
	size_t unsent; /* bytes of it that are still to come as input */
	char prompt[128];
	struct piece pieces[MAX_PIECES];
	size_t count;
	size_t bytes;
	bool open;
};

static size_t replayed, refed;

static void item_begin(struct item *item, const char *command)
{
	*item = (struct item){.open = true, .count = 1, .unsent = strlen(command) + 1};
	(void)snprintf(item->command, sizeof item->command, "%s", command);
	buf_init(&item->pieces[0].output, MAX_FILE);
}

static void item_done(struct item *item)
{
	for (size_t i = 0; i < item->count; i++)
		buf_done(&item->pieces[i].output);
	*item = (struct item){0};
}

static void item_input(struct item *item, struct str keys)
{
	size_t typed = keys.n < item->unsent ? keys.n : item->unsent;
	item->unsent -= typed;
	keys = str_from(keys, typed);
	for (size_t i = 0; i < keys.n && item->count < MAX_PIECES; i++) {
		item->pieces[item->count - 1].key = keys.p[i];
		buf_init(&item->pieces[item->count++].output, MAX_FILE);
	}
}

/* ---- replay ---- */

/* How the bytes come: in two pieces cut there, with a pause between. */
struct way {
	size_t cut; /* SIZE_MAX for whole */
	bool single;
	int64_t pause_us;
};

static void feed_cut(struct player *player, struct str text, size_t before, const struct way *way)
{
	if (way->single) {
		for (size_t i = 0; i < text.n; i++)
			feed(player, text.p + i, 1);
		return;
	}
	size_t at = way->cut > before && way->cut - before < text.n ? way->cut - before : 0;
	if (at) {
		feed(player, text.p, at);
		wait(player, way->pause_us);
	}
	feed(player, text.p + at, text.n - at);
}

static void press(struct player *player, char key)
{
	if (key == 0x03 || key == 'q')
		dialog_stop(player->dialog, player->now_us);
	note(player);
	wait(player, SECOND / 2);
}

static void replay(const struct item *item, const struct way *way, struct player *player)
{
	struct err err = {0};
	size_t before = 0;
	player_init(player, &dialog_default_limits);
	feed(player, item->prompt, strlen(item->prompt));
	wait(player, SECOND / 2);
	player->command = item->command;
	if (dialog_command(player->dialog, item->command, player->now_us, &err) < 0)
		fail_msg("%s: %s", item->command, err.text);
	note(player);
	for (size_t i = 0; i < item->count; i++) {
		struct str text = buf_str(&item->pieces[i].output);
		feed_cut(player, text, before, way);
		before += text.n;
		if (item->pieces[i].key)
			press(player, item->pieces[i].key);
	}
	wait(player, 2 * (int64_t)SECOND);
}

static void assert_same(const struct item *item, const struct player *whole, const struct way *way, const char *path)
{
	struct player player;
	replay(item, way, &player);
	refed++;
	if (strcmp(buf_str(&whole->log).p, buf_str(&player.log).p) != 0)
		fail_msg("%s: %s: cut at %zu, %lld us: %s; whole: %s", path, item->command, way->cut,
		         (long long)way->pause_us, player.log.p, whole->log.p);
	if (strcmp(buf_str(&whole->clean).p, buf_str(&player.clean).p) != 0)
		fail_msg("%s: %s: cut at %zu, %lld us: another clean output", path, item->command, way->cut,
		         (long long)way->pause_us);
	player_done(&player);
}

/* A command that was recorded to its prompt. */
static void item_replay(const struct item *item, const char *path)
{
	static const struct {
		int64_t pause_us;
		size_t most; /* cuts of one command */
	} ways[] = {{0, 1500}, {SECOND * 2 / 5, 100}, {SECOND * 3 / 2, 100}};
	struct player whole;
	replay(item, &(struct way){.cut = SIZE_MAX}, &whole);
	if (!strstr(buf_str(&whole.log).p, "DONE"))
		fail_msg("%s: %s: %s", path, item->command, whole.log.p);
	assert_same(item, &whole, &(struct way){.single = true}, path);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		size_t step = 1 + item->bytes / ways[i].most;
		for (size_t cut = 1; cut < item->bytes; cut += step)
			assert_same(item, &whole, &(struct way){.cut = cut, .pause_us = ways[i].pause_us}, path);
	}
	player_done(&whole);
	replayed++;
}

/* ---- recorded runs ---- */

static struct item *item_of(const struct transcript *transcript, struct item *items, const char *lane)
{
	for (size_t i = 0; i < transcript->lane_count; i++) {
		if (strcmp(transcript->lanes[i], lane) == 0)
			return &items[i];
	}
	return NULL;
}

static void take_marker(struct item *item, struct str text, const char *path)
{
	json_t *marker = json_loadb(text.p, text.n, 0, NULL);
	const char *command = json_string_value(json_object_get(marker, "command"));
	const char *prompt = json_string_value(json_object_get(marker, "prompt"));
	if (json_object_get(marker, "begin") && command) {
		item_done(item);
		item_begin(item, command);
	} else if (json_object_get(marker, "end") && item->open) {
		(void)snprintf(item->prompt, sizeof item->prompt, "%s", prompt ? prompt : "");
		if (item->prompt[0] && item->bytes < MAX_OUTPUT && item->count < MAX_PIECES)
			item_replay(item, path);
		item_done(item);
	}
	json_decref(marker);
}

static void take_event(struct item *item, const struct event *event, const char *path)
{
	if (event->kind == EVENT_MARKER) {
		take_marker(item, event->data, path);
	} else if (item->open && event->kind == EVENT_INPUT) {
		item_input(item, event->data);
	} else if (item->open) {
		buf_add_str(&item->pieces[item->count - 1].output, event->data);
		item->bytes += event->data.n;
	}
}

static void file_replay(const char *path)
{
	struct err err;
	struct transcript transcript;
	static struct item items[TRANSCRIPT_MAX_LANES];
	FILE *in = fopen(path, "rb");
	char *bytes = malloc(MAX_FILE);
	assert_true(in && bytes);
	size_t n = fread(bytes, 1, MAX_FILE, in);
	(void)fclose(in);
	struct arena *arena = arena_new();
	transcript_init(&transcript, arena);
	assert_int_equal(transcript_read(arena, (struct str){bytes, n}, &transcript, &err), 0);
	for (size_t i = 0; i < transcript.event_count; i++) {
		struct item *item = item_of(&transcript, items, transcript.events[i].lane);
		if (item)
			take_event(item, &transcript.events[i], path);
	}
	for (size_t i = 0; i < TRANSCRIPT_MAX_LANES; i++)
		item_done(&items[i]);
	arena_free(arena);
	free(bytes);
}

static void recorded_runs_are_understood_however_their_bytes_come(void **state)
{
	glob_t found;
	(void)state;
	assert_int_equal(glob("tests/golden/*.cast", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		file_replay(found.gl_pathv[i]);
	globfree(&found);
	printf("%zu commands of recorded runs, fed in %zu ways\n", replayed, refed);
	assert_true(replayed >= 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(recorded_runs_are_understood_however_their_bytes_come),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
