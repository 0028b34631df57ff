#include "dialog.h"

#include <stdlib.h>
#include <string.h>

#include "echo.h"
#include "login_text.h"
#include "mem.h"
#include "timestamp.h"
#include "watch.h"

const struct dialog_limits dialog_default_limits = {
        .prompt_us = 15 * US_PER_SECOND,
        .max_bytes = (size_t)8 * 1024 * 1024,
        .max_lines = 200000,
        .max_pages = 500,
        .interrupt_us = 3 * US_PER_SECOND,
};

enum {
	SETTLE_US = 250 * 1000, /* a doubtful prompt must stay last for this long */
	QUIET_US = 1000 * 1000, /* silence after which a question counts as one */
	LOGIN_MAX_BYTES = 64 * 1024,
	PENDING_MAX_BYTES = 1024,
	EVENTS_MAX = 4,
};

struct dialog {
	struct dialog_limits limits;
	enum dialog_state state;
	int64_t start_us;
	int64_t fed_us; /* last bytes from the device */
	struct watch watch;
	struct prompt home;   /* the first prompt; its host stays the session's */
	struct prompt prompt; /* the latest that ended something */
	struct buf login;
	size_t accepted; /* offset in login behind the request answered with 'a', 0 for none */
	struct buf banner;
	struct buf pending;
	bool was_quiet; /* QUIET_US of silence were looked at already */
	struct dialog_event events[EVENTS_MAX];
	size_t event_count;

	/* the command */
	enum command_kind kind;
	struct buf command;
	struct buf output;
	size_t unsent;   /* bytes of the command line not sent yet */
	unsigned pages;  /* pager answers given */
	size_t answered; /* watch.pages when the last was given */
	bool truncated;
	bool stop_wanted;
	int64_t stop_us; /* when the stop was asked for; then when its key went out */
	bool key_sent;
	bool echoed;         /* the echo was seen whole */
	bool newline_sent;   /* behind a q */
	bool probed;         /* a newline was sent to bring a prompt back */
	size_t probed_at;    /* bytes of output then, */
	int64_t probed_us;   /* and when */
	struct prompt asked; /* the prompt of another host that was to answer it */
	bool interrupted;    /* Ctrl-C went out for the latest command */
};

struct dialog *dialog_new(const struct dialog_limits *limits, int64_t now_us)
{
	struct dialog *dialog = mem_alloc(sizeof *dialog);
	dialog->limits = *limits;
	dialog->start_us = now_us;
	dialog->fed_us = now_us;
	watch_init(&dialog->watch, NULL);
	buf_init(&dialog->login, LOGIN_MAX_BYTES);
	buf_init(&dialog->banner, LOGIN_MAX_BYTES);
	buf_init(&dialog->pending, PENDING_MAX_BYTES);
	buf_init(&dialog->command, COMMAND_MAX_BYTES);
	buf_init(&dialog->output, limits->max_bytes);
	return dialog;
}

void dialog_free(struct dialog *dialog)
{
	if (!dialog)
		return;
	buf_done(&dialog->login);
	buf_done(&dialog->banner);
	buf_done(&dialog->pending);
	buf_done(&dialog->command);
	buf_done(&dialog->output);
	free(dialog);
}

/* ---- events ---- */

static void event_add(struct dialog *dialog, struct dialog_event event)
{
	if (dialog->event_count < EVENTS_MAX)
		dialog->events[dialog->event_count++] = event;
}

bool dialog_next(struct dialog *dialog, struct dialog_event *out)
{
	if (dialog->event_count == 0)
		return false;
	*out = dialog->events[0];
	dialog->event_count--;
	memmove(dialog->events, dialog->events + 1, dialog->event_count * sizeof dialog->events[0]);
	return true;
}

static void close_down(struct dialog *dialog, struct dialog_event event)
{
	dialog->state = DIALOG_CLOSED;
	buf_clear(&dialog->pending);
	event_add(dialog, event);
}

static void fail(struct dialog *dialog, const struct err *trouble)
{
	close_down(dialog, (struct dialog_event){.kind = DIALOG_EVENT_FAILED, .trouble = *trouble});
}

static void command_done(struct dialog *dialog)
{
	dialog->state = DIALOG_IDLE;
	dialog->prompt = dialog->watch.prompt;
	event_add(dialog, (struct dialog_event){.kind = DIALOG_EVENT_DONE,
	                                        .interrupted = dialog->key_sent,
	                                        .truncated = dialog->truncated,
	                                        .prompt = dialog->prompt.text});
}

static void key_send(struct dialog *dialog, enum command_key key)
{
	buf_add_char(&dialog->pending, command_key_byte(key));
}

/* ---- login ---- */

static struct str login_rest(const struct dialog *dialog)
{
	return str_from(buf_str(&dialog->login), dialog->accepted);
}

static void login_accept(struct dialog *dialog)
{
	if (dialog->accepted) {
		struct err trouble;
		(void)err_set(&trouble, ERR_BANNER, "the device asks again to accept its banner after that was done");
		fail(dialog, &trouble);
		return;
	}
	dialog->accepted = dialog->login.n;
	watch_init(&dialog->watch, NULL);
	key_send(dialog, KEY_BANNER_ACCEPT);
}

static void login_ready(struct dialog *dialog)
{
	dialog->home = dialog->prompt = dialog->watch.prompt;
	struct str text = buf_str(&dialog->login);
	text.n -= strlen(dialog->prompt.text);
	struct buf clean;
	buf_init(&clean, 2 * LOGIN_MAX_BYTES);
	dialog_clean(text, "", "", &clean);
	struct str banner = str_trim(buf_str(&clean));
	while (str_starts(banner, "\f"))
		banner = str_trim(str_from(banner, 1));
	buf_add_str(&dialog->banner, banner);
	buf_done(&clean);
	buf_done(&dialog->login);
	dialog->state = DIALOG_IDLE;
	event_add(dialog, (struct dialog_event){.kind = DIALOG_EVENT_READY, .prompt = dialog->prompt.text});
}

static void login_fail(struct dialog *dialog, enum err_kind kind, const char *what)
{
	struct err trouble;
	struct str last = login_text_last_line(login_rest(dialog));
	if (login_text_trouble(login_rest(dialog), true, &trouble))
		;
	else if (last.n)
		(void)err_set(&trouble, kind, "%s; the last line was: %.*s", what, (int)last.n, last.p);
	else
		(void)err_set(&trouble, kind, "%s; it sent no text", what);
	fail(dialog, &trouble);
}

/* A banner may hold anything, lines that look like a prompt too, so a first
 * prompt must stay last for a moment, unless the banner is behind us. */
static void login_look(struct dialog *dialog, int64_t now_us)
{
	int64_t quiet_us = now_us - dialog->fed_us;
	bool late = now_us >= dialog->start_us + dialog->limits.prompt_us;
	bool at_prompt = dialog->watch.place == WATCH_PROMPT;
	struct err trouble;
	if (dialog->login.full) {
		(void)err_set(&trouble, ERR_BANNER, "the device sent more than %d bytes before a prompt",
		              LOGIN_MAX_BYTES);
		fail(dialog, &trouble);
	} else if (login_text_wants_accept(login_rest(dialog))) {
		login_accept(dialog);
	} else if (at_prompt && (dialog->accepted || late || quiet_us >= SETTLE_US)) {
		login_ready(dialog);
	} else if (late) {
		login_fail(dialog, ERR_TIMEOUT, "no prompt came after the login");
	} else if (quiet_us >= QUIET_US && !dialog->was_quiet) {
		dialog->was_quiet = true;
		if (login_text_trouble(login_rest(dialog), true, &trouble))
			fail(dialog, &trouble);
	}
}

/* ---- a command runs ---- */

static void stop_want(struct dialog *dialog, int64_t now_us)
{
	if (dialog->stop_wanted)
		return;
	dialog->stop_wanted = true;
	dialog->stop_us = now_us;
	dialog->state = DIALOG_ENDING;
}

static bool pager_waits(const struct dialog *dialog, int64_t now_us)
{
	const struct watch *watch = &dialog->watch;
	if (watch->pages == dialog->answered)
		return false;
	return watch->place == WATCH_PAGER || (watch->place == WATCH_MORE && now_us - dialog->fed_us >= SETTLE_US);
}

static void pager_answer(struct dialog *dialog, int64_t now_us)
{
	dialog->answered = dialog->watch.pages;
	if (dialog->pages >= dialog->limits.max_pages) {
		dialog->truncated = true;
		stop_want(dialog, now_us);
		return;
	}
	dialog->pages++;
	key_send(dialog, KEY_PAGER_NEXT);
}

/* Top's q may reach the prompt instead of top, before or after that prompt was
 * seen: one newline settles both cases, and only the prompt behind it counts. */
static bool quit_settled(struct dialog *dialog)
{
	if (dialog->newline_sent)
		return dialog->watch.place == WATCH_PROMPT;
	if (dialog->watch.place == WATCH_PROMPT || dialog->watch.place == WATCH_PROMPT_Q) {
		dialog->newline_sent = true;
		dialog->watch.place = WATCH_TEXT;
		key_send(dialog, KEY_NEWLINE);
	}
	return false;
}

/* How long a doubtful prompt must stay last. Without the command's echo before
 * it, it may be one that came late. */
static int64_t settle_us(const struct dialog *dialog)
{
	bool expected = dialog->state == DIALOG_LOGIN || dialog->echoed || dialog->key_sent;
	return expected ? SETTLE_US : QUIET_US;
}

/* What came behind the newline that asks the prompt of another host: so far
 * that prompt alone, or its beginning? */
static bool answers_probe(const struct dialog *dialog, bool whole)
{
	struct str since = str_trim(str_from(buf_str(&dialog->output), dialog->probed_at));
	struct str prompt = str_trim(str_of(dialog->asked.text));
	return dialog->asked.text[0] && (whole ? since.n == prompt.n : since.n <= prompt.n) &&
	       memcmp(since.p, prompt.p, since.n) == 0;
}

/* The device was renamed, or an output only looks so. A prompt answers a newline
 * with itself and nothing else. */
static bool renamed(struct dialog *dialog, int64_t now_us)
{
	if (now_us - dialog->fed_us < QUIET_US || !answers_probe(dialog, true))
		return false;
	dialog->home = dialog->watch.prompt = dialog->watch.foreign;
	return true;
}

static bool at_end(struct dialog *dialog, int64_t now_us)
{
	const struct watch *watch = &dialog->watch;
	if (watch->place == WATCH_FOREIGN)
		return renamed(dialog, now_us);
	if (dialog->key_sent && dialog->kind == COMMAND_TOP)
		return quit_settled(dialog);
	if (watch->place != WATCH_PROMPT)
		return false;
	dialog->echoed = dialog->echoed || echo_end(buf_str(&dialog->output), dialog->command.p) > 0;
	if (now_us - dialog->fed_us >= settle_us(dialog))
		return true;
	return dialog->echoed && watch->after_blank && !dialog->key_sent;
}

/* When it is clear whether the prompt of another host is one. */
static int64_t foreign_due_us(const struct dialog *dialog)
{
	int64_t last_us = dialog->probed && dialog->probed_us > dialog->fed_us ? dialog->probed_us : dialog->fed_us;
	return last_us + QUIET_US;
}

/* Is the prompt of another host to be asked, or to answer yet? */
static bool maybe_renamed(const struct dialog *dialog)
{
	if (dialog->probed)
		return answers_probe(dialog, false);
	return dialog->watch.place == WATCH_FOREIGN && dialog->watch.after_blank;
}

static bool at_prompt(const struct dialog *dialog, int64_t now_us)
{
	return dialog->watch.place == WATCH_PROMPT ||
	       (maybe_renamed(dialog) && (!dialog->probed || now_us < foreign_due_us(dialog)));
}

/* Before the echo's end the command may not have started, and at what looks
 * like a prompt it may be over: a Ctrl-C there would close the session. */
static void stop_send(struct dialog *dialog, int64_t now_us)
{
	if (at_prompt(dialog, now_us))
		return;
	if (dialog->watch.lines == 0 && now_us < dialog->stop_us + SETTLE_US)
		return;
	dialog->key_sent = true;
	dialog->stop_us = now_us;
	dialog->interrupted = dialog->kind != COMMAND_TOP;
	key_send(dialog, dialog->kind == COMMAND_TOP ? KEY_TOP_QUIT : KEY_INTERRUPT);
}

static void stop_failed(struct dialog *dialog)
{
	struct err trouble;
	(void)err_set(&trouble, ERR_TIMEOUT, "the command did not come back to the prompt after %s",
	              dialog->kind == COMMAND_TOP ? "q" : "Ctrl-C");
	fail(dialog, &trouble);
}

/* Silence: a question nobody will answer, or a prompt that other text was
 * printed behind, which a newline brings back. */
static void command_quiet(struct dialog *dialog, int64_t now_us)
{
	struct err trouble;
	dialog->was_quiet = true;
	if (login_text_trouble(buf_str(&dialog->output), false, &trouble)) {
		fail(dialog, &trouble);
	} else if ((dialog->watch.passed || maybe_renamed(dialog)) && !dialog->probed) {
		dialog->probed = true;
		dialog->probed_at = dialog->output.n;
		dialog->probed_us = now_us;
		if (dialog->watch.place == WATCH_FOREIGN)
			dialog->asked = dialog->watch.foreign;
		key_send(dialog, KEY_NEWLINE);
	}
}

static void command_look(struct dialog *dialog, int64_t now_us)
{
	if (dialog->output.full || dialog->watch.lines > dialog->limits.max_lines)
		dialog->truncated = true;
	if (pager_waits(dialog, now_us))
		pager_answer(dialog, now_us);
	bool overdue = dialog->key_sent && now_us >= dialog->stop_us + dialog->limits.interrupt_us;
	if (at_end(dialog, now_us) || (overdue && dialog->watch.place == WATCH_PROMPT)) {
		command_done(dialog);
		return;
	}
	if (overdue) {
		stop_failed(dialog);
		return;
	}
	if (dialog->truncated)
		stop_want(dialog, now_us);
	if (dialog->stop_wanted && !dialog->key_sent)
		stop_send(dialog, now_us);
	if (!dialog->was_quiet && now_us - dialog->fed_us >= QUIET_US)
		command_quiet(dialog, now_us);
}

static void look(struct dialog *dialog, int64_t now_us)
{
	if (dialog->state == DIALOG_LOGIN)
		login_look(dialog, now_us);
	else if (dialog->state == DIALOG_RUNNING || dialog->state == DIALOG_ENDING)
		command_look(dialog, now_us);
}

/* ---- bytes and time in ---- */

/* Keeps what fits, to the byte. */
static void keep(struct buf *buf, struct str bytes)
{
	size_t room = buf->max_bytes - buf->n;
	buf_add_str(buf, str_cut(bytes, 0, room));
	if (bytes.n > room)
		buf->full = true;
}

void dialog_feed(struct dialog *dialog, struct str bytes, int64_t now_us)
{
	if (dialog->state == DIALOG_CLOSED || bytes.n == 0)
		return;
	dialog->fed_us = now_us;
	dialog->was_quiet = false;
	if (dialog->state == DIALOG_LOGIN)
		keep(&dialog->login, bytes);
	else if (dialog->state != DIALOG_IDLE)
		keep(&dialog->output, bytes);
	watch_feed(&dialog->watch, bytes);
	look(dialog, now_us);
}

void dialog_tick(struct dialog *dialog, int64_t now_us)
{
	look(dialog, now_us);
}

void dialog_end(struct dialog *dialog, int64_t now_us)
{
	(void)now_us;
	if (dialog->state == DIALOG_CLOSED)
		return;
	if (dialog->state == DIALOG_LOGIN) {
		login_fail(dialog, ERR_CLOSED, "the device ended the session before a prompt came");
		return;
	}
	if (dialog->state != DIALOG_IDLE && dialog->watch.place == WATCH_PROMPT)
		command_done(dialog);
	bool running = dialog->state != DIALOG_IDLE && dialog->kind != COMMAND_EXIT;
	bool stopped = dialog->state == DIALOG_IDLE ? dialog->interrupted : dialog->key_sent;
	close_down(dialog, (struct dialog_event){.kind = DIALOG_EVENT_CLOSED,
	                                         .interrupted = stopped,
	                                         .running = running,
	                                         .truncated = running && dialog->truncated});
}

int64_t dialog_deadline(const struct dialog *dialog)
{
	if (dialog->state == DIALOG_CLOSED || dialog->state == DIALOG_IDLE)
		return INT64_MAX;
	int64_t when = INT64_MAX;
	enum watch_place place = dialog->watch.place;
	if (dialog->state == DIALOG_LOGIN)
		when = dialog->start_us + dialog->limits.prompt_us;
	else if (dialog->key_sent)
		when = dialog->stop_us + dialog->limits.interrupt_us;
	else if (dialog->stop_wanted && maybe_renamed(dialog))
		when = foreign_due_us(dialog);
	else if (dialog->stop_wanted && place != WATCH_PROMPT)
		when = dialog->stop_us + SETTLE_US;
	if (place == WATCH_PROMPT)
		when = timestamp_earlier(when, dialog->fed_us + settle_us(dialog));
	bool pager = place == WATCH_MORE && dialog->watch.pages != dialog->answered;
	if (pager && dialog->state != DIALOG_LOGIN)
		when = timestamp_earlier(when, dialog->fed_us + SETTLE_US);
	if (!dialog->was_quiet)
		when = timestamp_earlier(when, dialog->fed_us + QUIET_US);
	return when;
}

/* ---- bytes out ---- */

struct str dialog_pending(const struct dialog *dialog)
{
	return buf_str(&dialog->pending);
}

void dialog_sent(struct dialog *dialog, size_t n)
{
	if (n > dialog->pending.n)
		n = dialog->pending.n;
	buf_drop(&dialog->pending, n);
	dialog->unsent -= n < dialog->unsent ? n : dialog->unsent;
}

enum dialog_state dialog_state(const struct dialog *dialog)
{
	return dialog->state;
}

int dialog_command(struct dialog *dialog, const char *command, int64_t now_us, struct err *err)
{
	if (dialog->state != DIALOG_IDLE || dialog->pending.n)
		return err_set(err, ERR_INTERNAL, "a command was started while the console was not at its prompt");
	const struct command_shape *shape = command_find(str_of(command), err);
	if (!shape)
		return -1;
	dialog->state = DIALOG_RUNNING;
	dialog->kind = shape->kind;
	dialog->fed_us = now_us;
	dialog->pages = 0;
	dialog->answered = 0;
	dialog->was_quiet = dialog->truncated = dialog->stop_wanted = false;
	dialog->key_sent = dialog->newline_sent = dialog->interrupted = false;
	dialog->echoed = dialog->probed = false;
	dialog->asked.text[0] = '\0';
	watch_init(&dialog->watch, dialog->home.host);
	buf_clear(&dialog->output);
	buf_clear(&dialog->command);
	buf_add_text(&dialog->command, command);
	buf_add_text(&dialog->pending, command);
	key_send(dialog, KEY_NEWLINE);
	dialog->unsent = dialog->pending.n;
	return 0;
}

void dialog_stop(struct dialog *dialog, int64_t now_us)
{
	if (dialog->state != DIALOG_RUNNING)
		return;
	if (dialog->unsent == dialog->command.n + 1) {
		buf_clear(&dialog->pending);
		dialog->watch.prompt = dialog->prompt;
		dialog->key_sent = true;
		command_done(dialog);
		return;
	}
	stop_want(dialog, now_us);
	command_look(dialog, now_us);
}

struct str dialog_output(const struct dialog *dialog)
{
	return buf_str(&dialog->output);
}

/* ---- learned at login ---- */

const char *dialog_host(const struct dialog *dialog)
{
	return dialog->home.host;
}

char dialog_mark(const struct dialog *dialog)
{
	return dialog->home.mark;
}

const char *dialog_context(const struct dialog *dialog)
{
	return dialog->home.context;
}

const char *dialog_banner(const struct dialog *dialog)
{
	return buf_str(&dialog->banner).p;
}
