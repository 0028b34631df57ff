#ifndef FGDIAG_TEST_PLAYER_H
#define FGDIAG_TEST_PLAYER_H

#include "buf.h"
#include "dialog.h"
#include "text.h"

/* A dialogue that is fed by hand and notes what it says and sends. Included by
 * the tests of the dialog layer only, behind cmocka. */

struct player {
	struct dialog *dialog;
	int64_t now_us;
	struct buf log; /* events and sent bytes, in order */
	struct buf clean;
	const char *command;
};

static inline void note_sent(struct player *player)
{
	struct str pending = dialog_pending(player->dialog);
	if (pending.n) {
		buf_add_text(&player->log, "[");
		text_add_safe(&player->log, pending);
		buf_add_text(&player->log, "]");
		dialog_sent(player->dialog, pending.n);
	}
}

static inline void note_event(struct player *player, const struct dialog_event *event)
{
	static const char *const words[] = {"READY", "DONE", "CLOSED", "FAILED"};
	buf_printf(&player->log, "%s", words[event->kind]);
	if (event->interrupted)
		buf_add_text(&player->log, " interrupted");
	if (event->running)
		buf_add_text(&player->log, " running");
	if (event->truncated)
		buf_add_text(&player->log, " truncated");
	if (event->kind == DIALOG_EVENT_FAILED)
		buf_printf(&player->log, " %s", err_word(event->trouble.kind));
	if (event->kind == DIALOG_EVENT_READY || event->kind == DIALOG_EVENT_DONE)
		buf_printf(&player->log, " '%s'", event->prompt);
	buf_add_text(&player->log, ";");
	if (event->kind == DIALOG_EVENT_DONE)
		dialog_clean(dialog_output(player->dialog), player->command, event->prompt, &player->clean);
}

static inline void note(struct player *player)
{
	struct dialog_event event;
	note_sent(player);
	while (dialog_next(player->dialog, &event))
		note_event(player, &event);
}

/* Lets time pass as the runner does: ticks at deadlines. */
static inline void wait(struct player *player, int64_t us)
{
	int64_t until_us = player->now_us + us;
	for (unsigned i = 0; dialog_deadline(player->dialog) <= until_us; i++) {
		assert_true(i < 20);
		int64_t when_us = dialog_deadline(player->dialog);
		if (when_us > player->now_us)
			player->now_us = when_us;
		dialog_tick(player->dialog, player->now_us);
		note(player);
	}
	player->now_us = until_us;
}

static inline void feed(struct player *player, const char *text, size_t n)
{
	dialog_feed(player->dialog, (struct str){text, n}, player->now_us);
	note(player);
}

static inline void player_init(struct player *player, const struct dialog_limits *limits)
{
	*player = (struct player){.dialog = dialog_new(limits, 5), .now_us = 5, .command = ""};
	buf_init(&player->log, 1 << 20);
	buf_init(&player->clean, 1 << 20);
}

static inline void player_done(struct player *player)
{
	dialog_free(player->dialog);
	buf_done(&player->log);
	buf_done(&player->clean);
}

#endif
