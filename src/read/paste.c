#include "paste.h"

#include <string.h>

#include "buf.h"
#include "num.h"

/* The lines of a pasted text sorted into commands and their outputs. */

enum { ENTRIES_MAX = 4 * 1024 * 1024 };

struct cutter {
	struct paste *paste;
	const char *file;
	struct pasted *open; /* the item whose output goes on, or NULL */
	const char *raw;     /* where its text begins */
	bool opened;         /* the open item's telling line was seen */
	bool foreign;        /* behind a command of another machine: nothing there is the FortiGate's */
	const char *vdom;    /* of the last prompt or "edit NAME" */
	bool in_config_vdom;
};

void paste_init(struct paste *paste, struct arena *arena)
{
	*paste = (struct paste){.arena = arena, .host = "", .entries = {"", 0}};
}

static const char *keep(const struct cutter *cutter, struct str text)
{
	return arena_strndup(cutter->paste->arena, text.p, text.n);
}

/* ---- items ---- */

static void item_end(struct cutter *cutter, const char *end, const char *prompt)
{
	if (!cutter->open)
		return;
	cutter->open->raw = (struct str){cutter->raw, (size_t)(end - cutter->raw)};
	cutter->open->prompt = prompt;
	cutter->open->closed = cutter->open->closed || *prompt;
	cutter->open = NULL;
}

static void item_begin(struct cutter *cutter, const char *reader, const char *at, unsigned line)
{
	struct paste *paste = cutter->paste;
	cutter->opened = false;
	if (paste->count >= PASTE_MAX_STEPS) {
		paste->full = true;
		return;
	}
	paste->items = arena_grow(paste->arena, paste->items, paste->count, &paste->capacity, sizeof *paste->items);
	cutter->open = &paste->items[paste->count++];
	*cutter->open = (struct pasted){.reader = reader,
	                                .shape = "",
	                                .on = "gate",
	                                .command = "",
	                                .prompt = "",
	                                .vdom = cutter->vdom,
	                                .file = cutter->file,
	                                .line = line,
	                                .raw = {at, 0}};
	cutter->raw = at;
}

/* ---- what commands ask for ---- */

/* "repeat-count 100", "adaptive-ping enable", "reset", in any shortening. */
static void take_options(struct paste *paste, struct str values)
{
	struct str word, value = {"", 0};
	unsigned count;
	if (!str_next_word(&values, &word))
		return;
	(void)str_next_word(&values, &value);
	const char *name = arena_strndup(paste->arena, word.p, word.n);
	if (word.n > 2 && str_starts(STR("repeat-count"), name))
		paste->repeat = num_uint(value, 1, 1000000, &count) ? count : 0;
	else if (str_starts(STR("adaptive-ping"), name))
		paste->adaptive = str_starts(value, "en");
	else if (str_is(word, "reset")) {
		paste->repeat = 0;
		paste->adaptive = false;
	}
}

/* A word, or what stands in quotes. */
static bool next_value(struct str *rest, struct str *value)
{
	*rest = str_trim(*rest);
	if (rest->n == 0)
		return false;
	if (rest->p[0] != '"' && rest->p[0] != '\'')
		return str_next_word(rest, value);
	char quote = rest->p[0];
	*rest = str_from(*rest, 1);
	ptrdiff_t end = str_find_char(*rest, quote);
	*value = str_cut(*rest, 0, end < 0 ? rest->n : (size_t)end);
	*rest = str_from(*rest, end < 0 ? rest->n : (size_t)end + 1);
	return true;
}

/* INTERFACE FILTER LEVEL COUNT CLOCK: the fourth. */
static unsigned sniffer_count(struct str values)
{
	struct str value;
	unsigned count = 0;
	for (int i = 0; i < 4; i++) {
		if (!next_value(&values, &value))
			return 0;
	}
	return num_uint(value, 1, 1000000, &count) ? count : 0;
}

static void item_describe(struct cutter *cutter, const struct paste_command *command, struct str typed)
{
	struct pasted *item = cutter->open;
	if (!item)
		return;
	item->shape = command->shape;
	item->command = keep(cutter, typed);
	item->filtered = command->filtered;
	if (command->scope.n)
		item->vdom = keep(cutter, command->scope);
	if (strcmp(item->reader, "ping") == 0) {
		item->requested = cutter->paste->repeat;
		item->adaptive = cutter->paste->adaptive;
	} else if (strcmp(item->reader, "sniffer") == 0) {
		item->requested = sniffer_count(command->values);
	}
}

/* ---- lines ---- */

/* "config vdom", "edit NAME", "config global", "end". */
static void take_context(struct cutter *cutter, struct str typed)
{
	struct str word, name = {"", 0};
	if (!str_next_word(&typed, &word))
		return;
	(void)str_next_word(&typed, &name);
	if (str_starts(word, "conf")) {
		cutter->in_config_vdom = str_is(name, "vdom");
		if (str_is(name, "global"))
			cutter->vdom = NULL;
	} else if (str_is(word, "edit") && cutter->in_config_vdom && name.n) {
		cutter->vdom = keep(cutter, name);
	} else if (str_is(word, "end")) {
		cutter->vdom = NULL;
		cutter->in_config_vdom = false;
	}
}

static void take_command(struct cutter *cutter, const struct paste_command *command, struct str typed, struct str line,
                         unsigned number)
{
	take_context(cutter, typed);
	if (str_ends(str_of(command->shape), "-options"))
		take_options(cutter->paste, command->values);
	if (!command->reader)
		return;
	item_begin(cutter, command->reader, line.p, number);
	item_describe(cutter, command, typed);
}

/* `ping ADDRESS` of a machine with another shell than FortiOS's. */
static void take_host_command(struct cutter *cutter, struct str typed, struct str line, unsigned number)
{
	struct str rest = typed, word;
	if (!str_next_word(&rest, &word) || (!str_is(word, "ping") && !str_is(word, "ping6")))
		return;
	item_begin(cutter, "ping", line.p, number);
	if (!cutter->open)
		return;
	cutter->open->on = "host";
	cutter->open->command = keep(cutter, typed);
	cutter->open->vdom = NULL;
}

static bool take_prompt(struct cutter *cutter, struct str line, unsigned number)
{
	struct paste *paste = cutter->paste;
	struct paste_prompt prompt;
	struct paste_command command;
	if (!paste_prompt_parse(line, &prompt))
		return false;
	bool known = paste_command_parse(prompt.command, &command);
	if (prompt.kind == PASTE_HOST) {
		item_end(cutter, line.p, "");
		cutter->foreign = true;
		take_host_command(cutter, prompt.command, line, number);
		return true;
	}
	if (!known && !str_is(prompt.host, paste->host))
		return false;
	item_end(cutter, line.p, arena_printf(paste->arena, "%.*s ", (int)prompt.text.n, prompt.text.p));
	if (!*paste->host)
		paste->host = keep(cutter, prompt.host);
	cutter->foreign = false;
	cutter->in_config_vdom = cutter->in_config_vdom || str_is(prompt.context, "vdom");
	if (prompt.context.n == 0 || str_is(prompt.context, "global"))
		cutter->vdom = NULL;
	else if (!cutter->in_config_vdom)
		cutter->vdom = keep(cutter, prompt.context);
	if (known)
		take_command(cutter, &command, prompt.command, line, number);
	return true;
}

/* Another output than the open item's begins here, without a prompt. */
static bool begins_output(const struct cutter *cutter, const char *opening)
{
	if (!opening || cutter->foreign)
		return false;
	if (!cutter->open)
		return true;
	if (strcmp(cutter->open->reader, opening) != 0)
		return true;
	bool repeats = strcmp(opening, "top") == 0 || strcmp(opening, "memory") == 0;
	return cutter->opened && !repeats;
}

static bool is_log_line(struct str line)
{
	return str_find(line, "srcip=") >= 0 && str_find(line, "dstip=") >= 0 && str_find(line, "action=") >= 0;
}

static void take_line(struct cutter *cutter, struct str line, unsigned number)
{
	struct paste_command command;
	if (str_starts(line, "=~=~=~=") || str_starts(line, "Script started on ") ||
	    str_starts(line, "Script done on ")) {
		item_end(cutter, line.p, "");
		cutter->foreign = cutter->in_config_vdom = false;
		cutter->vdom = NULL;
		return;
	}
	if (take_prompt(cutter, line, number))
		return;
	if (!cutter->foreign && paste_command_parse(str_trim(line), &command) && command.reader) {
		item_end(cutter, line.p, "");
		take_command(cutter, &command, str_trim(line), line, number);
		return;
	}
	const char *opening = paste_opening(line);
	if (begins_output(cutter, opening)) {
		item_end(cutter, line.p, "");
		item_begin(cutter, opening, line.p, number);
	}
	if (!cutter->open)
		return;
	cutter->opened = cutter->opened || (opening && strcmp(opening, cutter->open->reader) == 0);
	cutter->open->closed = cutter->open->closed || paste_closing(cutter->open->reader, line);
	cutter->open->interrupted = cutter->open->interrupted || str_starts(str_trim(line), "^C");
}

static struct str entries_join(struct paste *paste, struct str text)
{
	struct buf out;
	struct str line;
	buf_init(&out, ENTRIES_MAX);
	buf_add_str(&out, paste->entries);
	while (str_next_line(&text, &line)) {
		if (!is_log_line(line) || out.n + line.n + 1 > ENTRIES_MAX)
			continue;
		buf_add_str(&out, line);
		buf_add_char(&out, '\n');
	}
	struct str copy = arena_str(paste->arena, buf_str(&out));
	buf_done(&out);
	return copy;
}

void paste_read(struct paste *paste, const char *name, struct str text)
{
	struct cutter cutter = {.paste = paste, .file = name};
	struct str whole = paste_normalise(paste->arena, text), rest = whole, line;
	paste->files++;
	paste->repeat = 0;
	paste->adaptive = false;
	paste->entries = entries_join(paste, whole);
	for (unsigned number = 1;; number++) {
		/* A last line without its LF was cut: it is a prompt or nothing. */
		bool last = str_find_char(rest, '\n') < 0;
		if (!str_next_line(&rest, &line))
			break;
		if (!last)
			take_line(&cutter, line, number);
		else
			(void)take_prompt(&cutter, line, number);
	}
	item_end(&cutter, whole.p + whole.n, "");
}
