#include "console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "die.h"
#include "event_log.h"
#include "state.h"

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, TAB = 9, DELETE = 127, PROMPT_HOST = 24 };

static const char MORE[] = "--More-- ";
static const char ERASE_MORE[] = "\r         \r";

static void send_text(struct console *console, const char *text)
{
	text_add(&console->out, text, strlen(text));
}

/* ---- prompt ---- */

/* A long name: 20 letters, '~', the last three. */
static void prompt_host(const char *name, char out[64])
{
	size_t n = strlen(name);
	if (n > PROMPT_HOST)
		(void)snprintf(out, 64, "%.20s~%s", name, name + n - 3);
	else
		(void)snprintf(out, 64, "%s", name);
}

static void put_prompt(struct console *console)
{
	const struct device *device = &console->world->device;
	const struct faults *faults = &console->world->faults;
	char host[64], prompt[192];
	bool renamed = state_renamed();
	const char *role = renamed && faults->rename_role ? faults->rename_role : device->ha_role;
	prompt_host(renamed && faults->rename_to ? faults->rename_to : device->hostname, host);
	(void)snprintf(prompt, sizeof prompt, "%s%s%s%s%s%s%s %s ", host, role[0] ? "(" : "", role, role[0] ? ")" : "",
	               console->context[0] ? " (" : "", console->context, console->context[0] ? ")" : "", device->mark);
	send_text(console, prompt);
	console->mode = CONSOLE_LINE;
	console->line_n = 0;
}

/* ---- output ---- */

void console_print(struct console *console, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	text_vprint(&console->body, fmt, args);
	va_end(args);
}

static bool line_passes(const struct console *console, const char *line, size_t n)
{
	if (strcmp(console->grep, ".") == 0)
		return n > 2;
	return memmem(line, n, console->grep, strlen(console->grep)) != NULL;
}

static void filter_body(struct console *console)
{
	struct text kept = {0};
	for (size_t at = 0; at < console->body.n;) {
		const char *line = console->body.p + at;
		const char *end = memchr(line, '\n', console->body.n - at);
		size_t n = end ? (size_t)(end - line) + 1 : console->body.n - at;
		if (line_passes(console, line, n))
			text_add(&kept, line, n);
		at += n;
	}
	text_free(&console->body);
	console->body = kept;
}

static void free_job(struct console *console)
{
	if (console->job)
		console->job->free(console->job);
	console->job = NULL;
}

void console_finish(struct console *console)
{
	if (console->grep[0])
		filter_body(console);
	console->finished = true;
}

void console_leave(struct console *console, const char *why)
{
	console->goodbye = why;
	console->mode = CONSOLE_OVER;
}

/* The next line of the body, or what is there when no more comes. */
static size_t next_piece(const struct console *console)
{
	const char *end = memchr(console->body.p, '\n', console->body.n);
	return end ? (size_t)(end - console->body.p) + 1 : console->body.n;
}

static bool page_full(const struct console *console)
{
	long rows = console->world->console.rows ? console->world->console.rows : console->rows;
	return console->paged && rows > 0 && console->page_lines >= (rows > 3 ? rows - 2 : 1);
}

/* The fault of a world: the connection goes in the middle of an output. */
static void count_bytes(struct console *console, size_t n)
{
	const struct faults *faults = &console->world->faults;
	const char *command = faults->drop_command;
	console->command_bytes += n;
	if (!command || strncmp(console->command, command, strlen(command)) != 0)
		return;
	if (console->command_bytes >= (size_t)faults->drop_bytes) {
		console->cut = true;
		console_leave(console, "cut by the world");
	}
}

/* Another fault: the device changes its name or role while a command runs. */
static void maybe_rename(const struct console *console)
{
	const char *command = console->world->faults.rename_command;
	if (command && strncmp(console->command, command, strlen(command)) == 0)
		state_rename();
}

static void feed_keys(struct console *console);

static void pump(struct console *console)
{
	if (console->mode != CONSOLE_RUN || world_now() < console->ready_us)
		return;
	while (console->body.n) {
		if (page_full(console)) {
			send_text(console, MORE);
			console->mode = CONSOLE_PAGER;
			return;
		}
		size_t n = next_piece(console);
		text_add(&console->out, console->body.p, n);
		text_drop(&console->body, n);
		console->page_lines++;
		count_bytes(console, n);
		if (console->mode != CONSOLE_RUN)
			return;
	}
	if (!console->finished)
		return;
	free_job(console);
	maybe_rename(console);
	send_text(console, "\r\n");
	put_prompt(console);
	feed_keys(console);
}

/* ---- keys ---- */

static void log_key(const struct console *console, char key)
{
	event_log(console->session, "KEY", "%02x", (unsigned char)key);
}

static void run_line(struct console *console)
{
	char line[sizeof console->line];
	memcpy(line, console->line, console->line_n);
	line[console->line_n] = '\0';
	console->line_n = 0;
	send_text(console, "\r\r\n");
	console->mode = CONSOLE_RUN;
	console->finished = false;
	console->page_lines = 0;
	console->command_bytes = 0;
	console->grep[0] = '\0';
	console->paged = console->world->console.pager;
	console->where = console->home;
	console->ready_us = world_now() + (int64_t)(console->world->console.latency_ms * 1000);
	strcpy(console->command, line);
	if (line[0])
		command_run(console, line);
	else
		log_key(console, '\n');
	if (console->job)
		console->paged = console->world->console.pager && console->world->console.page_streams;
	else if (console->mode == CONSOLE_RUN)
		console_finish(console);
	pump(console);
}

static void idle_interrupt(struct console *console)
{
	log_key(console, CTRL_C);
	event_log(console->session, "IDLE-CTRL-C", "%s", "");
	send_text(console, "\r\n");
	console_leave(console, "Ctrl-C at an idle prompt");
}

static void line_key(struct console *console, char key)
{
	switch (key) {
	case '\r':
	case '\n':
		run_line(console);
		return;
	case CTRL_C:
		idle_interrupt(console);
		return;
	case BACKSPACE:
	case DELETE:
		if (console->line_n) {
			console->line_n--;
			send_text(console, "\b \b");
		}
		return;
	case '?':
	case TAB:
	case CTRL_D:
		event_log(console->session, "VIOLATION", "key %02x at the prompt", (unsigned char)key);
		return;
	default:
		break;
	}
	if ((unsigned char)key < ' ' || (unsigned char)key > 126) {
		event_log(console->session, "VIOLATION", "byte %02x at the prompt", (unsigned char)key);
		return;
	}
	if (console->line_n + 1 < sizeof console->line) {
		console->line[console->line_n++] = key;
		text_add(&console->out, &key, 1);
	}
}

static void pager_key(struct console *console, char key)
{
	log_key(console, key);
	if (key == ' ' || key == '\r' || key == '\n') {
		send_text(console, ERASE_MORE);
		console->page_lines = 0;
		console->mode = CONSOLE_RUN;
		pump(console);
	} else if (key == 'q' || key == 'Q' || key == CTRL_C) {
		send_text(console, ERASE_MORE);
		text_free(&console->body);
		console->mode = CONSOLE_RUN;
		console->finished = true;
		pump(console);
	}
}

static void banner_key(struct console *console, char key)
{
	log_key(console, key);
	send_text(console, "\r\n");
	if (key == 'a' || key == 'A')
		put_prompt(console);
	else
		console_leave(console, "the banner was not accepted");
}

static void run_key(struct console *console, char key)
{
	log_key(console, key);
	if (!console->job || !console->job->key(console->job, console, key))
		text_add(&console->keys, &key, 1);
	pump(console);
}

static void one_key(struct console *console, char key)
{
	switch (console->mode) {
	case CONSOLE_BANNER:
		banner_key(console, key);
		break;
	case CONSOLE_LINE:
		line_key(console, key);
		break;
	case CONSOLE_RUN:
		run_key(console, key);
		break;
	case CONSOLE_PAGER:
		pager_key(console, key);
		break;
	case CONSOLE_QUESTION:
		event_log(console->session, "VIOLATION", "answered a question: %02x", (unsigned char)key);
		break;
	case CONSOLE_OVER:
		break;
	}
}

/* What was typed while a command ran is read by the prompt that follows. */
static void feed_keys(struct console *console)
{
	struct text keys = console->keys;
	console->keys = (struct text){0};
	for (size_t i = 0; i < keys.n; i++)
		one_key(console, keys.p[i]);
	text_free(&keys);
}

void console_input(struct console *console, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		one_key(console, bytes[i]);
}

/* ---- life ---- */

struct console *console_new(const struct world *world, unsigned session, long rows)
{
	struct console *console = emu_alloc(sizeof *console);
	console->world = world;
	console->session = session;
	console->rows = rows;
	console->home = world->login.vdom ? WHERE_VDOM : world_multi(world) ? WHERE_TOP : WHERE_ALL;
	if (world->login.vdom && world->login.vdom_in_prompt)
		(void)snprintf(console->context, sizeof console->context, "%.40s", world->login.vdom);
	ping_options_reset(&console->ping_options);
	ping_options_reset(&console->ping6_options);
	return console;
}

static void send_lines(struct console *console, const char *text)
{
	for (const char *p = text; *p; p++)
		text_add(&console->out, *p == '\n' ? "\r\n" : p, *p == '\n' ? 2 : 1);
}

void console_start(struct console *console, bool refused)
{
	const char *banner = console->world->login.post_banner;
	if (refused) {
		send_text(console, "Reached maximum number of logged in administrators.\r\n");
		console_leave(console, "too many administrators");
		return;
	}
	if (console->world->login.greeting) {
		send_lines(console, console->world->login.greeting);
		console->mode = CONSOLE_QUESTION;
		return;
	}
	if (!banner) {
		put_prompt(console);
		return;
	}
	send_lines(console, banner);
	send_text(console, "\r\n(Press 'a' to accept):");
	console->mode = CONSOLE_BANNER;
}

void console_tick(struct console *console)
{
	if (console->mode == CONSOLE_RUN && console->job && !console->finished)
		console->job->tick(console->job, console, world_now());
	pump(console);
}

bool console_busy(const struct console *console)
{
	return console->mode == CONSOLE_RUN;
}

void console_free(struct console *console)
{
	if (console->job && !console->finished)
		event_log(console->session, "LEFT", "running %s", console->job->name);
	if (ping_options_changed(&console->ping_options))
		event_log(console->session, "LEFT", "ping-options");
	if (ping_options_changed(&console->ping6_options))
		event_log(console->session, "LEFT", "ping6-options");
	event_log(console->session, "CLOSE", "%s", console->goodbye ? console->goodbye : "by the client");
	free_job(console);
	text_free(&console->out);
	text_free(&console->body);
	text_free(&console->keys);
	free(console);
}
