#include <string.h>

#include "dialog.h"
#include "ip.h"
#include "num.h"
#include "paste.h"

/* Pasted commands in the place of planned steps. */

static const char not_pasted[] = "it is not in the pasted text";
static const char no_end[] = "the pasted text does not show its end";
static const char piped[] = "its output was piped through grep, so what is absent proves nothing";

/* A refusal stands in place of the output. */
enum { REFUSAL_LINES = 4, REFUSAL_BYTES = 1024 };

struct matcher {
	const struct paste *paste;
	const struct plan *plan;
	struct arena *arena;
	struct step_list *list;
	struct paste_notes *notes;
	bool *used; /* of each plan step */
};

static void note(struct matcher *matcher, const char *words)
{
	struct paste_notes *notes = matcher->notes;
	notes->words = arena_grow(matcher->arena, notes->words, notes->count, &notes->capacity, sizeof *notes->words);
	notes->words[notes->count++] = words;
}

/* ---- addresses that a command is about ---- */

static bool is_address_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

/* Next IP address in a text; false at the end. */
static bool next_address(struct str *rest, struct ip *ip)
{
	for (size_t i = 0; i < rest->n;) {
		size_t n = 0;
		while (i + n < rest->n && is_address_char(rest->p[i + n]))
			n++;
		if (n >= 3 && ip_parse(str_cut(*rest, i, n), ip)) {
			*rest = str_from(*rest, i + n);
			return true;
		}
		i += n + 1;
	}
	*rest = (struct str){"", 0};
	return false;
}

/* "PING NAME (ADDRESS): …" of the output, else of the command. */
static bool ping_address(const struct pasted *item, struct ip *ip)
{
	struct str rest = item->raw, line;
	while (str_next_line(&rest, &line)) {
		if (!str_starts(line, "PING "))
			continue;
		ptrdiff_t open = str_find_char(line, '(');
		struct str from = open < 0 ? line : str_from(line, (size_t)open);
		return next_address(&from, ip);
	}
	rest = str_of(item->command);
	return next_address(&rest, ip);
}

static struct str filter_of(const struct pasted *item)
{
	struct str rest = item->raw, line;
	while (str_next_line(&rest, &line)) {
		ptrdiff_t at = str_find(line, "filters=[");
		if (at >= 0)
			return str_from(line, (size_t)at);
	}
	return (struct str){"", 0};
}

/* ---- the server that the text is about ---- */

struct candidate {
	struct ip ip;
	size_t votes;
};

enum { CANDIDATES_MAX = 32 };

static void vote(struct candidate *candidates, size_t *count, const struct ip *ip)
{
	for (size_t i = 0; i < *count; i++) {
		if (ip_equal(&candidates[i].ip, ip)) {
			candidates[i].votes++;
			return;
		}
	}
	if (*count < CANDIDATES_MAX)
		candidates[(*count)++] = (struct candidate){*ip, 1};
}

/* The addresses of one item, each once. */
static size_t addresses_of(const struct pasted *item, struct candidate *out)
{
	size_t count = 0;
	struct ip ip;
	if (strcmp(item->reader, "ping") == 0 && ping_address(item, &ip))
		vote(out, &count, &ip);
	if (strcmp(item->reader, "sniffer") != 0)
		return count;
	struct str filter = filter_of(item);
	while (next_address(&filter, &ip))
		vote(out, &count, &ip);
	return count;
}

const char *paste_target(const struct paste *paste)
{
	struct candidate all[CANDIDATES_MAX], own[CANDIDATES_MAX];
	size_t count = 0, voters = 0;
	char text[IP_TEXT_MAX];
	for (size_t i = 0; i < paste->count; i++) {
		size_t n = addresses_of(&paste->items[i], own);
		voters += n > 0;
		for (size_t k = 0; k < n; k++)
			vote(all, &count, &own[k].ip);
	}
	const struct candidate *winner = NULL;
	for (size_t i = 0; i < count; i++) {
		if (all[i].votes != voters || !ip_is_host(&all[i].ip, NULL))
			continue;
		if (winner)
			return NULL;
		winner = &all[i];
	}
	return winner ? arena_strdup(paste->arena, ip_print(&winner->ip, text)) : NULL;
}

/* ---- which planned step ---- */

static bool same_kind(const struct plan_step *step, const struct pasted *item)
{
	return step->read && strcmp(step->read, item->reader) == 0 && strcmp(step->on, item->on) == 0;
}

/* `sys top` and `performance top` are two planned steps of one reader. */
static const struct plan_step *planned_for(struct matcher *matcher, const struct pasted *item)
{
	const struct plan *plan = matcher->plan;
	const char *shape = strcmp(item->shape, "diagnose system top") == 0 ? "diagnose sys top" : item->shape;
	size_t found = plan->step_count;
	bool ping = strcmp(item->reader, "ping") == 0;
	for (size_t i = 0; i < plan->step_count; i++) {
		bool extra = plan_is_extra(&plan->steps[i]);
		if (matcher->used[i] || extra || !same_kind(&plan->steps[i], item))
			continue;
		bool exact = *shape && str_starts(str_of(plan->steps[i].command), shape);
		if (found == plan->step_count || (exact && !str_starts(str_of(plan->steps[found].command), shape)))
			found = i;
		/* The long ping is planned behind a short one that only measures. */
		if (ping)
			found = i;
	}
	if (found == plan->step_count)
		return NULL;
	matcher->used[found] = true;
	return &plan->steps[found];
}

static const struct planned_step *describe(struct matcher *matcher, const struct pasted *item, const char *id)
{
	struct planned_step *planned = ARENA_NEW(matcher->arena, struct planned_step);
	*planned = (struct planned_step){id, item->on, "paste", item->reader, item->command};
	return planned;
}

static bool id_taken(const struct matcher *matcher, const char *id)
{
	for (size_t i = 0; i < matcher->list->count; i++) {
		if (strcmp(matcher->list->steps[i].id, id) == 0)
			return true;
	}
	for (size_t i = 0; i < matcher->plan->step_count; i++) {
		if (strcmp(matcher->plan->steps[i].id, id) == 0)
			return true;
	}
	return false;
}

static const char *free_id(const struct matcher *matcher, const struct pasted *item)
{
	const char *base =
	        strcmp(item->on, "host") == 0 ? arena_printf(matcher->arena, "host-%s", item->reader) : item->reader;
	const char *id = base;
	for (unsigned n = 2; id_taken(matcher, id); n++)
		id = arena_printf(matcher->arena, "%s.%u", base, n);
	return id;
}

/* ---- steps ---- */

/* Fewer packets than were asked for, or than is known: somebody stopped it, and
 * an unanswered last one may still have been under way. */
static bool was_stopped(const struct pasted *item)
{
	struct str rest = item->raw, line, word;
	unsigned sent;
	if (item->interrupted || strcmp(item->reader, "ping") != 0)
		return item->interrupted;
	while (item->requested && str_next_line(&rest, &line)) {
		if (str_find(line, " packets transmitted") > 0 && str_next_word(&line, &word) &&
		    num_uint(word, 0, 1000000, &sent))
			return sent < item->requested;
	}
	return true;
}

static struct step_end end_of(const struct pasted *item)
{
	struct step_end end = {.state = STEP_DONE, .prompt = item->prompt, .interrupted = was_stopped(item)};
	end.requested = item->requested;
	end.adaptive = item->adaptive;
	end.link_lost = !item->closed || item->filtered;
	if (item->filtered) {
		end.state = STEP_FAILED;
		end.reason = piped;
	} else if (!item->closed) {
		end.state = STEP_FAILED;
		end.reason = no_end;
	}
	return end;
}

static void step_add(struct matcher *matcher, const struct pasted *item)
{
	const struct plan_step *from = planned_for(matcher, item);
	const char *id = from ? from->id : free_id(matcher, item);
	struct step_run *step = &matcher->list->steps[matcher->list->count++];
	*step = (struct step_run){
	        .planned = describe(matcher, item, id),
	        .id = id,
	        .lane = "paste",
	        .command = item->command,
	        .scope = "",
	        .end = end_of(item),
	        .raw = item->raw,
	        .file = item->file,
	        .first_line = item->line + (*item->command ? 1 : 0),
	};
}

static bool is_to_server(const struct matcher *matcher, const struct pasted *item)
{
	const struct target *target = &matcher->plan->target;
	struct ip ip;
	if (strcmp(item->reader, "ping") != 0)
		return true;
	if (!ping_address(item, &ip))
		return false;
	return ip_equal(&ip, &target->server) || (target->mapped.family && ip_equal(&ip, &target->mapped));
}

/* Was it refused, and typed again in a way that was not? People mistype. */
static bool is_refused(const struct pasted *item)
{
	struct str rest = item->raw, text;
	unsigned line = 0;
	if (*item->command)
		(void)str_next_line(&rest, &text);
	rest = str_cut(rest, 0, REFUSAL_BYTES);
	return dialog_refusal(rest, &line, &text) != REFUSAL_NONE && line <= REFUSAL_LINES;
}

static bool was_mistyped(const struct paste *paste, const struct pasted *item)
{
	if (!is_refused(item))
		return false;
	for (size_t i = 0; i < paste->count; i++) {
		const struct pasted *other = &paste->items[i];
		if (strcmp(other->reader, item->reader) == 0 && strcmp(other->on, item->on) == 0 && !is_refused(other))
			return true;
	}
	return false;
}

/* Is it about the server, and asked in the VDOM of the entry? What is not is
 * left out, with a word about it. */
static bool belongs(struct matcher *matcher, const struct pasted *item)
{
	const char *vdom = matcher->plan->target.vdom;
	bool aimed = strcmp(item->reader, "ping") == 0 || strcmp(item->reader, "sniffer") == 0;
	if (was_mistyped(matcher->paste, item))
		return false;
	if (aimed && !matcher->plan->target.server.family) {
		note(matcher,
		     arena_printf(matcher->arena,
		                  "Which server the %s in line %u is about is not known: give --target IP[:PORT] or "
		                  "the log entry.",
		                  item->reader, item->line));
		return false;
	}
	if (!is_to_server(matcher, item)) {
		note(matcher, arena_printf(matcher->arena, "The ping in line %u is not to the server: it was left out.",
		                           item->line));
		return false;
	}
	if (aimed && vdom && item->vdom && strcmp(vdom, item->vdom) != 0) {
		note(matcher,
		     arena_printf(matcher->arena, "The %s in line %u was run in VDOM %s, not in %s: it was left out.",
		                  item->reader, item->line, item->vdom, vdom));
		return false;
	}
	if (strcmp(item->reader, "ping") == 0 && !*item->command) {
		matcher->notes->doubtful = true;
		note(matcher,
		     arena_printf(matcher->arena, "The ping in line %u has no prompt: it is taken for the FortiGate's.",
		                  item->line));
	}
	return true;
}

static bool any_of(const struct matcher *matcher, const struct plan_step *step)
{
	for (size_t i = 0; i < matcher->list->count; i++) {
		const struct planned_step *planned = matcher->list->steps[i].planned;
		if (planned && step->read && strcmp(planned->read, step->read) == 0 &&
		    strcmp(planned->on, step->on) == 0)
			return true;
	}
	return false;
}

/* What was planned and not pasted is missing, unless another of its kind was
 * pasted: people ping once where the plan pings twice. */
static void skipped_add(struct matcher *matcher)
{
	size_t pasted = matcher->list->count;
	for (size_t i = 0; i < matcher->plan->step_count; i++) {
		const struct plan_step *from = &matcher->plan->steps[i];
		if (matcher->used[i])
			continue;
		struct step_run *step = &matcher->list->steps[pasted++];
		*step = (struct step_run){.id = from->id,
		                          .lane = "paste",
		                          .command = "",
		                          .scope = "",
		                          .raw = {"", 0},
		                          .end = {.state = STEP_SKIPPED, .reason = not_pasted, .prompt = ""}};
		if (any_of(matcher, from))
			continue;
		struct planned_step *planned = ARENA_NEW(matcher->arena, struct planned_step);
		*planned = (struct planned_step){from->id, from->on, "paste", from->read, from->command};
		step->planned = planned;
	}
	matcher->list->count = pasted;
}

void paste_steps(const struct paste *paste, const struct plan *plan, struct step_list *out, struct paste_notes *notes)
{
	struct matcher matcher = {.paste = paste, .plan = plan, .arena = paste->arena, .list = out, .notes = notes};
	*out = (struct step_list){0};
	matcher.used = ARENA_ARRAY(paste->arena, plan->step_count + 1, bool);
	out->steps = ARENA_ARRAY(paste->arena, paste->count + plan->step_count + 1, struct step_run);
	for (size_t i = 0; i < paste->count; i++) {
		if (belongs(&matcher, &paste->items[i]))
			step_add(&matcher, &paste->items[i]);
	}
	if (paste->full)
		note(&matcher, "The text holds more commands than are read: the later ones were left out.");
	skipped_add(&matcher);
}
