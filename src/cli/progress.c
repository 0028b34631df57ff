#include "progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "buf.h"
#include "page.h"
#include "terminal.h"
#include "text.h"
#include "timestamp.h"

/* How often a step that goes on is told of, with -v and with -vv. */
static const int64_t SELDOM_US = 60 * US_PER_SECOND, OFTEN_US = 5 * US_PER_SECOND;

static void put(const struct buf *text)
{
	ssize_t n = write(STDERR_FILENO, text->p, text->n);
	(void)n; /* progress that cannot be shown changes nothing */
}

void progress_init(struct progress *progress, const struct options *options)
{
	*progress = (struct progress){
	        .live = !options->quiet && terminal_is_live(STDERR_FILENO),
	        .lines = options->verbose > 0 && !options->quiet,
	        .columns = terminal_columns(STDERR_FILENO),
	        .every_us = options->verbose > 1 ? OFTEN_US : SELDOM_US,
	};
}

void progress_done(struct progress *progress)
{
	if (!progress->dirty)
		return;
	struct buf line;
	buf_init(&line, 16);
	buf_add_text(&line, "\r\033[K");
	put(&line);
	buf_done(&line);
	progress->dirty = false;
}

static void words(const struct run_progress *news, struct buf *out)
{
	static const char *const what[] = {
	        [RUN_CONNECTING] = "connecting",
	        [RUN_LOGGED_IN] = "logged in to ",
	        [RUN_STEP_BEGIN] = "",
	        [RUN_STEP_ALIVE] = "",
	        [RUN_STEP_END] = "",
	        [RUN_STOPPING] = "stopping: ",
	        [RUN_NOTE] = "",
	};
	buf_add_text(out, what[news->kind]);
	if (news->step) {
		text_add_safe(out, str_of(news->step));
		if (news->text[0])
			buf_add_text(out, ": ");
	}
	text_add_safe(out, str_of(news->text));
	if (news->kind == RUN_STEP_END && !news->text[0])
		buf_add_text(out, " done");
}

/* What fits into `columns`, so that the live line never wraps. */
static size_t fit(struct str text, unsigned columns)
{
	size_t at = 0;
	while (at < text.n) {
		size_t n = utf8_length(text.p + at, text.n - at, NULL);
		unsigned width = page_columns(str_cut(text, at, n ? n : 1));
		if (width > columns)
			break;
		columns -= width;
		at += n ? n : 1;
	}
	return at;
}

static void show_live(struct progress *progress, const struct run_progress *news)
{
	struct buf text, line;
	buf_init(&text, 4096);
	buf_init(&line, 8192);
	buf_printf(&text, "%3" PRId64 " s  ", news->now_us / US_PER_SECOND);
	words(news, &text);
	buf_add_text(&line, "\r\033[K");
	buf_add(&line, text.p, fit(buf_str(&text), progress->columns - 1));
	put(&line);
	progress->dirty = true;
	buf_done(&text);
	buf_done(&line);
}

static void show_line(const struct run_progress *news)
{
	struct buf text;
	buf_init(&text, 4096);
	buf_printf(&text, "%3" PRId64 " s  ", news->now_us / US_PER_SECOND);
	words(news, &text);
	buf_add_char(&text, '\n');
	put(&text);
	buf_done(&text);
}

void progress_show(void *arg, const struct run_progress *news)
{
	struct progress *progress = arg;
	bool again = news->kind == RUN_STEP_ALIVE && news->now_us - progress->alive_us < progress->every_us;
	if (progress->lines && !again) {
		progress->alive_us = news->now_us;
		progress_done(progress);
		show_line(news);
	} else if (progress->live) {
		show_live(progress, news);
	}
}
